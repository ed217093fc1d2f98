//! What has to be remembered between requests, each as a trait with a bounded store in memory.
//!
//! - `sessions`: which tokens were refreshed or revoked, and the sessions of a user. It may never forget
//! - `throttle`: how often somebody tried and failed. It may forget under pressure, and says what
//! - `redis` (feature): both, for many servers
//!
//! The traits are shaped for a remote store too: what a guarded request asks is synchronous and local, everything
//! else is one atomic step behind a future.

mod future;
#[cfg(feature = "redis")]
mod redis;
mod sessions;
mod throttle;

#[cfg(feature = "redis")]
pub use self::redis::{RedisBuilder, RedisStore};
pub use future::StoreFuture;
pub use sessions::{
    InvalidSessionId, Listing, MemorySessions, Opening, RevocationList, Rotated, Rotation, Session, SessionId,
    SessionStore, Successor,
};
pub use throttle::{Budget, Guess, MemoryThrottle, Rate, RateCount, Tally, ThrottleKey, ThrottleStore, Verdict};
