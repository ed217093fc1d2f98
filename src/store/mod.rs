//! What has to be remembered between requests, each as a trait with a bounded store in memory.
//!
//! - `sessions`: which tokens were refreshed or revoked. It may never forget
//! - `throttle`: how often somebody tried. It may forget under pressure, and says what
//!
//! The traits are shaped for a remote store too: what a guarded request asks is synchronous and local, everything
//! else is one atomic step behind a future.

mod memory_sessions;
mod memory_throttle;
mod sessions;
mod throttle;

pub use memory_sessions::MemorySessions;
pub use memory_throttle::MemoryThrottle;
pub use sessions::{Rotated, Rotation, SessionStore, Successor};
pub use throttle::{Rate, RateCount, ThrottleKey, ThrottleStore};

use std::pin::Pin;

use crate::BoxError;

/// What a store's operation returns: boxed, since stores are chosen at run time and these are rare.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'a>>;
