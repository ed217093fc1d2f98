-- Tells the caller's own list what became of a token and its user. Owes: all that was revoked before, and no word of a
-- replica's.
--
-- ARGV[4] token, [5] user.
local token, moment = ARGV[4], prefix .. 'v:' .. ARGV[5]
-- A write that changes nothing, as in `sync.lua`: a replica may lack the last moments.
redis.call('PEXPIRE', prefix .. 'epoch', 86400000)
local old = record(token)
if old.family then
  if old.status == 'x' or not alive(old.family) then
    tell('t', token, '0', old.ends)
  elseif old.status == 'r' then
    tell('t', token, text(old.grace), old.ends)
  end
end
local since = redis.call('GET', moment)
if since then
  tell('u', ARGV[5], since, text(here + redis.call('PTTL', moment)))
end
return reply('ok')
