-- Revokes every token of a family, by any of them. Owes: whatever is refreshed meanwhile is revoked with it.
--
-- ARGV[4] token, [5] until at least.
local token, ends = ARGV[4], ARGV[5]
if not room(1) then return FULL end
local old = record(token)
if old.family and alive(old.family) then
  finish_by(token, old, ends)
else
  revoke_stranger(token, ends)
end
return reply('ok')
