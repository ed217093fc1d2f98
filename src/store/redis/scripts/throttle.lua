-- Stands before every script on guesses. A script owes: one atomic step; a bounded bucket; a lock that has not ended is
-- never forgotten, and no known network for failures.
--
-- KEYS[1] is the bucket of an account, a hash of tallies: failures, in a row, locks, began, locked until, failed,
-- succeeded, cleared. Those of networks that had the right password stand beside it in a hash of their own, and neither
-- makes room for the other. ARGV[1] is the caller's now in unix milliseconds, ARGV[2] how many tallies each of them holds.
-- The arithmetic is that of `Tally`.
local bucket, known = KEYS[1], KEYS[1] .. ':known'
-- A slot that moves refuses the step unless it has both: what is on its way still would be begun anew.
redis.call('EXISTS', bucket, known)
local now, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local KEPT, DAY, MOST_IN_A_ROW = 2592000000, 86400000, 100
local FAILURES, IN_A_ROW, LOCKS, BEGAN, LOCKED_UNTIL, FAILED, SUCCEEDED, CLEARED = 1, 2, 3, 4, 5, 6, 7, 8

local function text(number)
  return string.format('%.0f', number)
end

local function parse(value)
  local tally = {}
  for number in string.gmatch(value or '0 0 0 0 0 0 0 0', '%d+') do
    tally[#tally + 1] = tonumber(number)
  end
  return tally
end

local function read(key)
  return parse(redis.call('HGET', known, key) or redis.call('HGET', bucket, key))
end

local function write(key, tally)
  local texts, empty = {}, true
  for at = 1, 8 do
    texts[at] = text(tally[at])
    empty = empty and tally[at] == 0
  end
  local here, there = bucket, known
  if tally[SUCCEEDED] ~= 0 then here, there = known, bucket end
  if empty then
    redis.call('HDEL', here, key)
  else
    -- What is new comes first, as in `rotate.lua`.
    redis.call('HSET', here, key, table.concat(texts, ' '))
    redis.call('PEXPIRE', here, text(KEPT + DAY))
  end
  redis.call('HDEL', there, key)
end

local function emptied(tally)
  return { 0, 0, 0, 0, 0, 0, tally[SUCCEEDED], tally[CLEARED] }
end

local function is_locked(tally)
  return tally[LOCKED_UNTIL] > now
end

local function is_known(tally)
  return tally[SUCCEEDED] ~= 0 and now < tally[SUCCEEDED] + KEPT
end

local function add(tally, budget)
  if tally[FAILED] + KEPT <= now then
    tally = emptied(tally)
  end
  if tally[LOCKED_UNTIL] ~= 0 then
    tally[FAILURES] = math.max(budget.failures - budget.again, 0)
    tally[LOCKED_UNTIL], tally[BEGAN] = 0, now
  elseif tally[BEGAN] + budget.window * 1000 <= now then
    tally[FAILURES], tally[BEGAN] = 0, now
  end
  tally[FAILURES] = tally[FAILURES] + 1
  tally[IN_A_ROW] = tally[IN_A_ROW] + 1
  tally[FAILED] = now
  local long = budget.long > 0 and tally[IN_A_ROW] >= MOST_IN_A_ROW
  if long or tally[FAILURES] >= budget.failures then
    local lock = math.min(budget.lock * 2 ^ math.min(tally[LOCKS], 32), budget.longest)
    if long then lock = math.max(lock, budget.long) end
    tally[LOCKS] = tally[LOCKS] + 1
    tally[LOCKED_UNTIL] = now + lock * 1000
  end
  return tally
end

local function undo(tally, at)
  tally[IN_A_ROW] = math.max(tally[IN_A_ROW] - 1, 0)
  if tally[IN_A_ROW] == 0 then return emptied(tally) end
  if at < tally[BEGAN] then return tally end
  tally[FAILURES] = math.max(tally[FAILURES] - 1, 0)
  if tally[LOCKED_UNTIL] ~= 0 then
    tally[LOCKS] = math.max(tally[LOCKS] - 1, 0)
    tally[LOCKED_UNTIL] = 0
  end
  return tally
end

-- What is lost with a tally: its failures; nil for a lock.
local function cost(tally)
  if is_locked(tally) then return nil end
  local at = math.max(tally[FAILED], tally[SUCCEEDED], tally[CLEARED])
  return at + KEPT <= now and 0 or tally[IN_A_ROW] + 1
end

-- Makes room for `keys` in a hash, at the cost of the cheapest among a few others.
local function room(hash, keys)
  local missing, spared = 0, {}
  for _, key in ipairs(keys) do
    missing = missing + 1 - redis.call('HEXISTS', hash, key)
    spared[key] = true
  end
  for _ = 1, redis.call('HLEN', hash) + missing - capacity do
    local cheapest, least
    for _ = 1, 8 do
      local few = redis.call('HRANDFIELD', hash, 8, 'WITHVALUES')
      for at = 1, #few, 2 do
        local costs = not spared[few[at]] and cost(parse(few[at + 1]))
        if costs and (not least or costs < least) then
          cheapest, least = few[at], costs
        end
      end
      if cheapest then break end
    end
    if not cheapest then return false end
    redis.call('HDEL', hash, cheapest)
  end
  return true
end

local function budget(at)
  local of = {}
  for index, name in ipairs({ 'failures', 'again', 'window', 'lock', 'longest', 'long' }) do
    of[name] = tonumber(ARGV[at + index - 1])
  end
  return of
end
