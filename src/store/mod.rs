//! What has to be remembered between requests, each as a trait with a bounded store in memory.
//!
//! - `sessions`: which tokens were refreshed or revoked. It may never forget
//! - `throttle`: how often somebody tried. It may forget under pressure, and says what
//!
//! The traits are shaped for a remote store too: what a guarded request asks is synchronous and local, everything
//! else is one atomic step behind a future.

mod future;
mod memory_sessions;
mod memory_throttle;
mod sessions;
mod throttle;

pub use future::StoreFuture;
pub use memory_sessions::MemorySessions;
pub use memory_throttle::MemoryThrottle;
pub use sessions::{Rotated, Rotation, SessionStore, Successor};
pub use throttle::{Rate, RateCount, ThrottleKey, ThrottleStore};
