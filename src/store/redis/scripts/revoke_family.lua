-- Revokes every token of a family, by any of them. Owes: whatever is refreshed meanwhile is revoked with it.
--
-- ARGV[4] token, [5] until, for one that is of no family.
local token, ends = ARGV[4], ARGV[5]
if not room(1) then return FULL end
local old = record(token)
if old.family and alive(old.family) then
  finish(old.family)
else
  revoke_stranger(token, ends)
end
return reply('ok')
