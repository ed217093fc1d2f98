//! What the servers of a fleet share: the table of users.

pub mod users;
