-- Ends a listed session. Owes: nobody ends another user's.
--
-- ARGV[4] user, [5] the session's first token, [6] the rest of it.
local of = redis.call('HMGET', prefix .. 'f:' .. ARGV[5], 'w', 'd', 'u')
if of[1] ~= ARGV[4] or of[2] ~= ARGV[6] or tonumber(of[3]) <= now then
  return reply('none')
end
if not room(1) then return FULL end
finish(ARGV[5])
return reply('ended')
