-- Stands before every script on sessions. A script owes: one atomic step; every revocation into the log, in the order
-- in which they happened; an error instead of an answer when Redis holds another history than the caller knows.
--
-- KEYS[1] is the log; all other keys are made of its hash tag, so one step never leaves its slot. ARGV[1] is the epoch
-- that the caller knows, ARGV[2] the caller's now in unix milliseconds, ARGV[3] the most entries of the log.
--
-- A token and a user are called by the first 96 bits of their digests. The keys behind the tag:
--   epoch         what history this is; a Redis that was emptied has another or none
--   log           a stream of revocations: e: "t TOKEN FROM UNTIL" or "u USER SINCE UNTIL", n: its number
--   n             the number of the last one: a log that has lost entries gives theirs again
--   ends          which entry of the log has had its time when, by the clock of Redis
--   t:TOKEN       f: first token of its family, s: g(ood) r(efreshed) x (revoked), u: until; refreshed: i, a, e: its
--                 successor's id and moment, the end of the grace
--   f:FIRST       a family that is alive: n: newest token, u: until, r: last refresh, d: the rest of the digest of
--                 its first token; listed: w: user, i: login, l: label; g:TOKEN: the end of a grace, o:TOKEN: the turn of a
--                 renewed one, c: the last turn
--   u:USER        the first tokens of a user's listed families, in the order in which they were begun
--   v:USER        since when a user's tokens are good
--
-- Moments are the caller's and are compared with the caller's now: the clock that dates tokens also judges graces.
-- Lifetimes are lengths by the clock of Redis, with a minute to spare.
local log = KEYS[1]
local prefix = string.sub(log, 1, -4)
local now, capacity = tonumber(ARGV[2]), tonumber(ARGV[3])
local SLACK = 60000
local known, last, number = {}, '', 0

-- Of a slot that moves, Redis refuses to tell of several keys unless it has them all, and answers for one that is on its
-- way still as if there were none. So this, which no Redis has, refuses the whole step at its beginning.
redis.call('EXISTS', log, prefix .. 'none')

if redis.call('GET', prefix .. 'epoch') ~= ARGV[1] then
  return redis.error_reply('EPOCH another history')
end
local FULL = redis.error_reply('FULL the log has no room')

local clock = redis.call('TIME')
local here = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

local function text(number)
  return string.format('%.0f', number)
end

-- By the slower of two clocks, the caller's and that of Redis: neither makes anything leave before its time.
local function left(ends)
  return math.max(tonumber(ends) - math.min(now, here), 0) + SLACK
end

-- Keeps a key at least until `ends`.
local function keep(key, ends)
  local ttl = left(ends)
  if redis.call('PTTL', key) < ttl then
    redis.call('PEXPIRE', key, text(ttl))
  end
end

-- Lets go of entries of the log that have had their time.
local function trim(most)
  local ended = redis.call('ZRANGEBYSCORE', prefix .. 'ends', '-inf', text(here), 'LIMIT', 0, most)
  if #ended > 0 then
    redis.call('XDEL', log, unpack(ended))
    redis.call('ZREM', prefix .. 'ends', unpack(ended))
  end
end

-- Whether the log takes more.
local function room(more)
  trim(64)
  return redis.call('XLEN', log) + more <= capacity
end

-- Has the caller's own list know a revocation that the log has already.
local function tell(kind, key, from, ends)
  known[#known + 1] = kind .. ' ' .. key .. ' ' .. from .. ' ' .. ends
end

local function append(kind, key, from, ends)
  tell(kind, key, from, ends)
  number = redis.call('INCR', prefix .. 'n')
  local newest = number == 1 and redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  if newest then
    -- Somebody took the count away, and numbers must go on as they were.
    number = tonumber(newest[2][4]) + 1
    redis.call('SET', prefix .. 'n', text(number))
  end
  last = redis.call('XADD', log, '*', 'e', known[#known], 'n', text(number))
  redis.call('ZADD', prefix .. 'ends', text(here + left(ends)), last)
  for _, name in ipairs({ 'log', 'ends', 'n' }) do
    keep(prefix .. name, ends)
  end
end

local function reply(...)
  return { { ... }, last, number, known }
end

local function record(token)
  local of = redis.call('HMGET', prefix .. 't:' .. token, 'f', 's', 'u', 'i', 'a', 'e')
  return { family = of[1], status = of[2], ends = of[3], id = of[4], signed = of[5], grace = tonumber(of[6] or 0) }
end

local function remember(token, family, status, ends)
  local key = prefix .. 't:' .. token
  redis.call('HSET', key, 'f', family, 's', status, 'u', ends)
  keep(key, ends)
end

local function alive(family)
  return redis.call('EXISTS', prefix .. 'f:' .. family) == 1
end

local function revoke_member(token)
  local member = record(token)
  if not member.family then return end
  append('t', token, '0', member.ends)
  if member.status == 'g' then
    redis.call('HSET', prefix .. 't:' .. token, 's', 'x')
  end
end

-- Ends a family: everything of it that some door still takes is revoked.
local function finish(family)
  local key = prefix .. 'f:' .. family
  local fields = redis.call('HGETALL', key)
  for at = 1, #fields, 2 do
    local name, value = fields[at], fields[at + 1]
    local kind = string.sub(name, 1, 2)
    if name == 'n' then
      revoke_member(value)
    elseif kind == 'o:' or kind == 'g:' then
      revoke_member(string.sub(name, 3))
    elseif name == 'w' then
      redis.call('ZREM', prefix .. 'u:' .. value, family)
    end
  end
  redis.call('DEL', key)
end

-- Ends the family of a token that is shown, which is remembered for as long as it lasts itself: lifetimes may have grown
-- since.
local function finish_by(token, member, ends)
  if tonumber(ends) > tonumber(member.ends) then
    remember(token, member.family, member.status, ends)
  end
  finish(member.family)
end

-- Revokes a token that is of no family, or of none that is alive.
local function revoke_stranger(token, ends)
  local old = record(token)
  if old.status == 'x' and tonumber(old.ends) >= tonumber(ends) then
    tell('t', token, '0', old.ends)
    return
  end
  append('t', token, '0', ends)
  remember(token, old.family or token, 'x', ends)
end

-- `rest` is what the name of its first token leaves out of the digest.
local function begin(family, newest, ends, rest)
  local key = prefix .. 'f:' .. family
  redis.call('HSET', key, 'n', newest, 'u', ends, 'd', rest)
  keep(key, ends)
end

-- Puts a family onto its user's list. `label` begins with 1 where there is one.
local function enlist(family, user, issued, label)
  local key = prefix .. 'f:' .. family
  redis.call('HSET', key, 'w', user, 'i', issued)
  if string.sub(label, 1, 1) == '1' then
    redis.call('HSET', key, 'l', string.sub(label, 2))
  end
  local last = redis.call('ZRANGE', prefix .. 'u:' .. user, -1, -1, 'WITHSCORES')
  redis.call('ZADD', prefix .. 'u:' .. user, text(tonumber(last[2] or 0) + 1), family)
end

-- Makes `token` the newest of a family, and the one before a renewed one if it stays good.
local function advance(family, token, ends, renewed)
  local key = prefix .. 'f:' .. family
  local was = redis.call('HMGET', key, 'n', 'u', 'w')
  if renewed then
    redis.call('HSET', key, 'o:' .. was[1], redis.call('HINCRBY', key, 'c', 1))
  end
  if tonumber(was[2]) > tonumber(ends) then ends = was[2] end
  redis.call('HSET', key, 'n', token, 'r', ARGV[2], 'u', ends)
  keep(key, ends)
  if was[3] then
    keep(prefix .. 'u:' .. was[3], ends)
  end
end

-- A user's listed families that are alive, in the order in which they were begun: first token, login, last refresh,
-- label, the rest of the first token.
local function listed(user)
  local sessions = {}
  for _, family in ipairs(redis.call('ZRANGE', prefix .. 'u:' .. user, 0, -1)) do
    local of = redis.call('HMGET', prefix .. 'f:' .. family, 'u', 'i', 'r', 'l', 'd')
    if not of[1] then
      redis.call('ZREM', prefix .. 'u:' .. user, family)
    elseif tonumber(of[1]) > now then
      sessions[#sessions + 1] = { family, of[2], of[3] or '', of[4] and ('1' .. of[4]) or '0', of[5] }
    end
  end
  return sessions
end

-- Ends the sessions of a user that were begun or refreshed longest ago, until there are no more than `most`, and never the
-- `spared` one; of very many, as where the bound was lowered, some in each step. Those that have ended count too until
-- somebody looks at each: here, before there are many.
local function keep_to(user, most, spared)
  if redis.call('ZCARD', prefix .. 'u:' .. user) <= tonumber(most) then return end
  local sessions, begun = listed(user), {}
  local beyond = math.min(#sessions - tonumber(most), 64)
  for at, session in ipairs(sessions) do begun[session[1]] = at end
  table.sort(sessions, function(one, other)
    local a, b = tonumber(one[2]), tonumber(other[2])
    local used_a, used_b = tonumber(one[3]) or a, tonumber(other[3]) or b
    if used_a ~= used_b then return used_a < used_b end
    if a ~= b then return a < b end
    return begun[one[1]] < begun[other[1]]
  end)
  for _, session in ipairs(sessions) do
    if beyond > 0 and session[1] ~= spared then
      finish(session[1])
      beyond = beyond - 1
    end
  end
end
