-- Says which history Redis holds, and whether it has what the caller saw of it. Begins one where there is none. Owes: two
-- processes that ask a Redis that was emptied get one epoch.
--
-- KEYS[1] log. ARGV[1] the epoch to begin with, ARGV[2] and ARGV[3] entries that the caller saw or wrote last, or ''.
local prefix = string.sub(KEYS[1], 1, -4)
if redis.call('EXISTS', prefix .. 'epoch') == 0 then
  -- Only then: a Redis without room refuses every write, and this is asked all the time.
  redis.call('SET', prefix .. 'epoch', ARGV[1])
end
local whole = 1
for at = 2, 3 do
  if ARGV[at] ~= '' and #redis.call('XRANGE', KEYS[1], ARGV[at], ARGV[at]) == 0 then
    whole = 0
  end
end
local ended = redis.call('TIME')[1] .. '000'
ended = redis.call('ZRANGEBYSCORE', prefix .. 'ends', '-inf', ended, 'LIMIT', 0, 1000)
if #ended > 0 then
  redis.call('XDEL', KEYS[1], unpack(ended))
  redis.call('ZREM', prefix .. 'ends', unpack(ended))
end
return { redis.call('GET', prefix .. 'epoch'), whole }
