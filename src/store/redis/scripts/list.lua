-- The listed sessions of a user. Owes: only those that are alive.
--
-- ARGV[4] user.
return listed(ARGV[4])
