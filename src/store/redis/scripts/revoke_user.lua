-- Revokes a user's tokens from before a moment. Owes: of two moments the later one counts; sessions from before are off
-- the list, and nothing of theirs is refreshed.
--
-- ARGV[4] user, [5] since, [6] until.
local user, since, ends = ARGV[4], ARGV[5], ARGV[6]
if not room(1) then return FULL end
local key = prefix .. 'v:' .. user
local was = redis.call('GET', key)
if was and tonumber(was) > tonumber(since) then
  since = was
end
append('u', user, since, ends)
redis.call('SET', key, since, 'KEEPTTL')
keep(key, ends)
for _, session in ipairs(listed(user)) do
  if tonumber(session[2]) < tonumber(ARGV[5]) then
    redis.call('DEL', prefix .. 'f:' .. session[1])
    redis.call('ZREM', prefix .. 'u:' .. user, session[1])
  end
end
return reply('ok')
