-- Ends every lock of an account or a name, and forgets its failures. Owes: every client's tally from before is empty as
-- well, by the moment that it leaves.
--
-- ARGV[3] account or name.
if not room(bucket, { ARGV[3] }) then
  return { 'full' }
end
write(ARGV[3], { 0, 0, 0, 0, 0, 0, 0, now })
return { 'ok' }
