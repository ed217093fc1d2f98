-- Takes back a request that was counted. Owes: no more than that one, of the window in which it was.
--
-- KEYS[1] a hash of "used resets_at". ARGV[3] key, [4] when the window ends.
local used, resets = string.match(redis.call('HGET', KEYS[1], ARGV[3]) or '', '^(%d+) (%d+)$')
if resets == ARGV[4] then
  if tonumber(used) > 1 then
    redis.call('HSET', KEYS[1], ARGV[3], string.format('%.0f %s', tonumber(used) - 1, resets))
  else
    redis.call('HDEL', KEYS[1], ARGV[3])
  end
end
return { 'ok' }
