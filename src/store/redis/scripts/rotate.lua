-- Refreshes a token. Owes: of any number of calls one is first, and names the successor of all others inside the grace;
-- one after the grace ends the family.
--
-- ARGV[4] token, [5] successor, [6] its id, [7] when it was signed, [8] the end of the grace, [9] until, [10] user or '',
-- [11] login, [12] label, [13] the bound, [14] the rest of the token.
local token, successor = ARGV[4], ARGV[5]
-- A grace of nothing is over at once, by whatever clock.
local grace, ends = tonumber(ARGV[8]) <= now and '0' or ARGV[8], ARGV[9]
local old = record(token)
if old.family then
  if old.status == 'x' or not alive(old.family) then
    return reply('revoked')
  elseif old.status == 'r' and now < old.grace then
    return reply('replay', old.id, old.signed)
  end
end
if not room(1) then return FULL end
if old.family and old.status == 'r' then
  finish(old.family)
  return reply('reuse')
end

local family = old.family or token
local key = prefix .. 'f:' .. family
-- What is new comes first: of a step, a Redis that is out of memory refuses the first write or none.
if not old.family then
  begin(family, token, ends, ARGV[14])
end
if ARGV[10] ~= '' and redis.call('HEXISTS', key, 'w') == 0 then
  enlist(family, ARGV[10], ARGV[11], ARGV[12])
  keep_to(ARGV[10], ARGV[13], family)
end
remember(successor, family, 'g', ends)
append('t', token, grace, ends)
advance(family, successor, ends, redis.call('HDEL', key, 'o:' .. token) == 1)
-- Ends of graces stand in the list in whole seconds.
local fields = redis.call('HGETALL', key)
for at = 1, #fields, 2 do
  if string.sub(fields[at], 1, 2) == 'g:' and tonumber(fields[at + 1]) + 1000 <= now then
    redis.call('HDEL', key, fields[at])
  end
end
redis.call('HSET', key, 'g:' .. token, grace)
remember(token, family, 'r', ends)
redis.call('HSET', prefix .. 't:' .. token, 'i', ARGV[6], 'a', ARGV[7], 'e', grace)
return reply('fresh')
