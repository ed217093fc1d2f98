-- Counts a guess as a failure before it is verified, unless it is locked. Owes: of guesses at once no more are admitted
-- than the budget has, from however many processes.
--
-- ARGV[3] account, [4…9] its budget, [10] client or '', [11…16] its budget.
local account_key, client_key = ARGV[3], ARGV[10]
local account, client = read(account_key), nil
if client_key ~= '' then
  client = read(client_key)
  if account[CLEARED] ~= 0 and client[FAILED] <= account[CLEARED] then
    client = emptied(client)
  end
end
local by_known = client and is_known(client) or false
local ends = 0
if client and is_locked(client) then ends = client[LOCKED_UNTIL] end
if not by_known and is_locked(account) then ends = math.max(ends, account[LOCKED_UNTIL]) end
if ends > 0 then
  return { 'locked', text(ends) }
end
local keys = {}
if client and client[SUCCEEDED] == 0 then keys[#keys + 1] = client_key end
if not by_known then keys[#keys + 1] = account_key end
if not room(bucket, keys) then
  return { 'locked', text(now + 1000) }
end
if client then write(client_key, add(client, budget(11))) end
if not by_known then write(account_key, add(account, budget(4))) end
return { 'admitted', by_known and '1' or '0' }
