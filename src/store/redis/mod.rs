//! `RedisStore`: what has to be remembered, in Redis or Valkey, for many servers.
//!
//! - `builder`: how to reach it, and what it may cost; `store` is the store
//! - `sessions` and `throttle`: the two traits, each operation one script of `scripts/`
//! - `follow`: the log of revocations, read into this process; `core` is what it shares with the operations
//! - `replica`: what guarded requests ask, and how old it is; `history`: which log it comes from
//! - `link`: the connection, or none: nobody waits for a Redis that is away; `connection` is one, to a server or a
//!   cluster
//! - `script`, `entry`, `fault`: calls, lines of the log, and what goes wrong

mod builder;
mod connection;
mod core;
mod entry;
mod fault;
mod follow;
mod history;
mod link;
mod replica;
mod script;
mod sessions;
mod store;
mod throttle;

pub use builder::RedisBuilder;
pub use store::RedisStore;
