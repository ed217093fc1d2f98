//! `ManualClock`: time that stands still until it is set.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::clock::{Clock, Timestamp};

/// A clock that stands still until it is set. Clones show the same time.
///
/// ```
/// use tower_auth::{Clock, test_util::ManualClock};
///
/// let clock = ManualClock::at(1_700_000_000);
/// let layers_own = clock.clone();
/// clock.advance(60);
/// assert_eq!(layers_own.now().unix_seconds(), 1_700_000_060);
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that shows the moment `unix_seconds` after the epoch.
    pub fn at(unix_seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(Timestamp::from_unix_seconds(unix_seconds).unix_millis())))
    }

    /// Sets it, also back.
    pub fn set(&self, unix_seconds: u64) {
        self.0.store(Timestamp::from_unix_seconds(unix_seconds).unix_millis(), Ordering::SeqCst);
    }

    /// Moves it on by so many **seconds**; at the end of time it stays there.
    pub fn advance(&self, seconds: u64) {
        let later = |millis| Some(Timestamp::from_unix_millis(millis).plus_seconds(seconds).unix_millis());
        // `later` always has an answer, so the update is made.
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, later);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
    }
}
