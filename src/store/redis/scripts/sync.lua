-- Says which history Redis holds, and whether it has what the caller saw of it. Begins one where there is none. Owes: two
-- processes that ask a Redis that was emptied get one epoch; nothing leaves before its time while somebody asks, and once
-- nobody does, nothing stays for more than a day after it.
--
-- KEYS[1] log. ARGV[1] the epoch to begin with, ARGV[2] the entry that the log has to have, or ''.
local log = KEYS[1]
local prefix = string.sub(log, 1, -4)
local DAY = 86400000
-- As in `sessions.lua`; but once both have arrived, what follows begins nothing.
redis.call('EXISTS', log, prefix .. 'epoch')
-- A write, so that no replica answers, nor a primary that was told to stop without replicas; and one that a Redis out of
-- memory still takes.
if redis.call('PEXPIRE', prefix .. 'epoch', DAY) == 0 then
  redis.call('SET', prefix .. 'epoch', ARGV[1], 'PX', DAY)
end
local whole = 1
if ARGV[2] ~= '' and #redis.call('XRANGE', log, ARGV[2], ARGV[2]) == 0 then
  whole = 0
end
local ended = redis.call('TIME')[1] .. '000'
ended = redis.call('ZRANGEBYSCORE', prefix .. 'ends', '-inf', ended, 'LIMIT', 0, 1000)
if #ended > 0 then
  redis.call('XDEL', log, unpack(ended))
  redis.call('ZREM', prefix .. 'ends', unpack(ended))
end
for _, name in ipairs({ 'log', 'ends', 'n' }) do
  local key = prefix .. name
  local ttl = redis.call('PTTL', key)
  if ttl >= 0 and ttl < DAY / 2 then
    redis.call('PEXPIRE', key, DAY)
  end
end
return { redis.call('GET', prefix .. 'epoch'), whole }
