//! What has to be remembered between requests, each as a trait with a bounded store in memory.
//!
//! - `sessions`: which tokens were refreshed or revoked, and the sessions of a user. It may never forget; `session` has
//!   the plain types
//! - `revocation_list`: what guarded requests ask, over `flat_table` and its `shard`s; `families`: who came of whom;
//!   `listed`: whose sessions they are
//! - `throttle`: how often somebody tried and failed. It may forget under pressure, and says what; `rate`, `guess` and
//!   `throttle_key` have the plain types, `tally` the arithmetic, `table` the room
//! - `redis` (feature): both, for many servers
//!
//! The traits are shaped for a remote store too: what a guarded request asks is synchronous and local, everything
//! else is one atomic step behind a future.

mod families;
mod flat_table;
mod future;
mod guess;
mod listed;
mod memory_sessions;
mod memory_throttle;
mod rate;
#[cfg(feature = "redis")]
mod redis;
mod revocation_list;
mod session;
mod sessions;
mod shard;
mod table;
mod tally;
mod throttle;
mod throttle_key;

#[cfg(feature = "redis")]
pub use self::redis::{RedisBuilder, RedisStore};
pub use future::StoreFuture;
pub use guess::{Budget, Guess, Verdict};
pub use memory_sessions::MemorySessions;
pub use memory_throttle::MemoryThrottle;
pub use rate::{Rate, RateCount};
pub use revocation_list::RevocationList;
pub use session::{InvalidSessionId, Listing, Opening, Rotated, Rotation, Session, SessionId, Successor};
pub use sessions::SessionStore;
pub use tally::Tally;
pub use throttle::ThrottleStore;
pub use throttle_key::ThrottleKey;
