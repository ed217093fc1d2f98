-- Revokes one token; the newest of a family takes it along. Owes: the token is in the log before the answer.
--
-- ARGV[4] token, [5] until at least.
local token, ends = ARGV[4], ARGV[5]
if not room(1) then return FULL end
local old = record(token)
local key = old.family and prefix .. 'f:' .. old.family
if not key or not alive(old.family) then
  revoke_stranger(token, ends)
elseif redis.call('HGET', key, 'n') == token then
  finish_by(token, old, ends)
else
  append('t', token, '0', ends)
  redis.call('HDEL', key, 'o:' .. token)
  remember(token, old.family, 'x', ends)
end
return reply('ok')
