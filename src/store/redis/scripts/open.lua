-- Lists a session from its login on, or goes on with the one that is renewed. Owes: nothing is opened for a token that
-- was revoked; there are never more than the bound, also of logins at once.
--
-- ARGV[4] token, [5] the renewed one or '', [6] until, [7] the bound, [8] user, [9] login, [10] label, [11] how many
-- renewed tokens stay good, [12] the rest of the token.
local token, renews, ends, most, user = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
if record(token).family then
  return reply('ok')
end
local family = token
if renews ~= '' then
  local old = record(renews)
  if old.family then
    -- As the list has it, in whole seconds.
    local over = old.status == 'r' and now >= math.ceil(old.grace / 1000) * 1000
    if old.status == 'x' or over or not alive(old.family) then
      return reply('ended')
    end
    family = old.family
  end
end
if not room(1) then return FULL end

local key = prefix .. 'f:' .. family
if family == token then
  begin(family, token, ends, ARGV[12])
  enlist(family, user, ARGV[9], ARGV[10])
  keep(prefix .. 'u:' .. user, ends)
else
  advance(family, token, ends, true)
  local renewed, oldest, turn = 0, nil, nil
  local fields = redis.call('HGETALL', key)
  for at = 1, #fields, 2 do
    if string.sub(fields[at], 1, 2) == 'o:' then
      renewed = renewed + 1
      if not turn or tonumber(fields[at + 1]) < turn then
        oldest, turn = string.sub(fields[at], 3), tonumber(fields[at + 1])
      end
    end
  end
  if renewed > tonumber(ARGV[11]) then
    redis.call('HDEL', key, 'o:' .. oldest)
    revoke_member(oldest)
  end
end
remember(token, family, 'g', ends)

-- Sessions that have ended count too, until somebody looks at each: here, before there are many.
if redis.call('ZCARD', prefix .. 'u:' .. user) > tonumber(most) then
  local sessions, begun = listed(user), {}
  local beyond = #sessions - tonumber(most)
  for at, session in ipairs(sessions) do begun[session[1]] = at end
  table.sort(sessions, function(one, other)
    local a, b = tonumber(one[2]), tonumber(other[2])
    local used_a, used_b = tonumber(one[3]) or a, tonumber(other[3]) or b
    if used_a ~= used_b then return used_a < used_b end
    if a ~= b then return a < b end
    return begun[one[1]] < begun[other[1]]
  end)
  for _, session in ipairs(sessions) do
    if beyond > 0 and session[1] ~= family then
      finish(session[1])
      beyond = beyond - 1
    end
  end
end
return reply('ok')
