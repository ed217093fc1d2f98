-- Writes back what a process knows and Redis has lost. Owes: nothing twice, however many processes do it; and no token
-- good that somebody knows to be refreshed or revoked.
--
-- ARGV[4…] entries of the log, as text.
for at = 4, #ARGV do
  local kind, key, from, ends = string.match(ARGV[at], '^(%a) (%x+) (%d+) (%d+)$')
  if kind == 'u' then
    local since = tonumber(redis.call('GET', prefix .. 'v:' .. key) or -1)
    if since < tonumber(from) then
      append('u', key, from, ends)
      redis.call('SET', prefix .. 'v:' .. key, from)
      keep(prefix .. 'v:' .. key, ends)
    end
  elseif kind == 't' then
    local old = record(key)
    -- Refreshed without a grace, or its family has ended: the log says so already.
    local whole = old.status == 'r' and (old.grace == 0 or not alive(old.family))
    if from == '0' and old.status ~= 'x' and not whole then
      if old.family and alive(old.family) and redis.call('HGET', prefix .. 'f:' .. old.family, 'n') == key then
        finish(old.family)
      end
      append('t', key, '0', ends)
      remember(key, old.family or key, 'x', ends)
    elseif from ~= '0' and (not old.family or old.status == 'g') then
      -- Its successor is not known here: to refresh it again would make a second one.
      append('t', key, from, ends)
      remember(key, old.family or key, 'x', ends)
    end
  end
end
return reply('ok')
