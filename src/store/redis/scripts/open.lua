-- Lists a session from its login on, or goes on with the one that is renewed. Owes: nothing is opened for a token that
-- was revoked; there are never more than the bound, also of logins at once.
--
-- ARGV[4] token, [5] the renewed one or '', [6] until, [7] user, [8] login, [9] label, [10] the bound, [11] how many renewed
-- tokens stay good, [12] the rest of the token.
local token, renews, ends, user = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
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
  enlist(family, user, ARGV[8], ARGV[9])
  keep(prefix .. 'u:' .. user, ends)
else
  if redis.call('HEXISTS', key, 'w') == 0 then
    enlist(family, user, ARGV[8], ARGV[9])
  end
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

keep_to(user, ARGV[10], family)
return reply('ok')
