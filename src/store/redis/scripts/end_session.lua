-- Ends a listed session. Owes: nobody ends another user's.
--
-- ARGV[4] user, [5] the session's first token, [6] the rest of it.
for _, session in ipairs(listed(ARGV[4])) do
  if session[1] == ARGV[5] and session[5] == ARGV[6] then
    if not room(1) then return FULL end
    finish(session[1])
    return reply('ended')
  end
end
return reply('none')
