-- The password was right. Owes: the client is known from now on; a known client's success leaves the account's tally be.
--
-- ARGV[3] account, [4] client or ''.
local account_key, client_key = ARGV[3], ARGV[4]
local client = client_key ~= '' and read(client_key)
if not (client and is_known(client)) then
  write(account_key, emptied(read(account_key)))
end
if client and room(known, { client_key }) then
  client = emptied(client)
  client[SUCCEEDED] = now
  write(client_key, client)
end
return { 'ok' }
