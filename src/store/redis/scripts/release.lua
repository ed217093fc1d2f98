-- Takes back a guess that was not verified. Owes: no more than that one, and the lock that it led to.
--
-- ARGV[3…] the keys in which it was counted. ARGV[1] is when it was.
for at = 3, #ARGV do
  write(ARGV[at], undo(read(ARGV[at]), now))
end
return { 'ok' }
