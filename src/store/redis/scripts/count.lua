-- Counts a request in its window. Owes: no two requests get one number; a bounded bucket, at the cost of the window with
-- the fewest requests among a few.
--
-- KEYS[1] a hash of "used resets_at". ARGV[1] now, [2] how many windows the bucket holds, [3] key, [4] length in
-- milliseconds.
local bucket, key = KEYS[1], ARGV[3]
local now, length = tonumber(ARGV[1]), tonumber(ARGV[4])

local function parse(value)
  local used, resets = string.match(value or '', '^(%d+) (%d+)$')
  if not used or tonumber(resets) <= now then return 0, now + length end
  return tonumber(used), tonumber(resets)
end

local was = redis.call('HGET', bucket, key)
local used, resets = parse(was)
if not was and redis.call('HLEN', bucket) >= tonumber(ARGV[2]) then
  local few, cheapest, least = redis.call('HRANDFIELD', bucket, 8, 'WITHVALUES'), nil, nil
  for at = 1, #few, 2 do
    local costs = parse(few[at + 1])
    if not least or costs < least then
      cheapest, least = few[at], costs
    end
  end
  redis.call('HDEL', bucket, cheapest)
end
used = used + 1
redis.call('HSET', bucket, key, string.format('%.0f %.0f', used, resets))
local ttl = math.max(resets - now, 0) + 60000
if redis.call('PTTL', bucket) < ttl then
  redis.call('PEXPIRE', bucket, string.format('%.0f', ttl))
end
return { string.format('%.0f', used), string.format('%.0f', resets) }
