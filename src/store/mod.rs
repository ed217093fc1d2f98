//! Stores: what is remembered between requests, and the types that a store is asked in.
//!
//! | remembered | on one server (the default) | on several servers | a store of your own |
//! |---|---|---|---|
//! | which tokens were refreshed or revoked, and a user's sessions | [`MemorySessions`] | `RedisStore` | [`SessionStore`] |
//! | how often somebody tried, and failed | [`MemoryThrottle`] | `RedisStore` | [`ThrottleStore`] |
//!
//! One server needs nothing from here. Several take one `RedisStore` (feature `redis`) for both, as
//! [`guide::servers`](crate::guide::servers) has it. What a handler reads, [`Session`](crate::Session) and
//! [`SessionId`](crate::SessionId), is at the root of the crate.
//!
//! What a store of your own owes is in the docs of its trait; in short:
//!
//! - Whatever returns a [`StoreFuture`] is one atomic step, also between the processes that share the store, and fails
//!   rather than waits.
//! - A session store forgets nothing before its time: full, it refuses. What a guarded request asks, it answers from
//!   this process's memory without blocking; [`RevocationList`] is made for that.
//! - A throttle store is bounded whatever keys come, and may forget small counts, never a lock. [`Tally`] has its
//!   arithmetic.

mod future;
#[cfg(feature = "redis")]
mod redis;
mod sessions;
mod throttle;

#[cfg(feature = "redis")]
pub use self::redis::{RedisBuilder, RedisStore};
pub use crate::token::{TokenKey, UserKey};
pub use future::StoreFuture;
pub use sessions::{Listing, MemorySessions, Opening, RevocationList, Rotated, Rotation, SessionStore, Successor};
pub use throttle::{Budget, Guess, MemoryThrottle, Rate, RateCount, Tally, ThrottleKey, ThrottleStore, Verdict};
