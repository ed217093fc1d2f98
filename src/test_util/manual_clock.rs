//! `ManualClock`: time that stands still until it is set.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::clock::{Clock, Timestamp};

/// A clock that stands still until it is set. Clones show the same time.
///
/// ```
/// use std::time::Duration;
///
/// use tower_auth::{Clock, Timestamp, test_util::ManualClock};
///
/// let clock = ManualClock::at(Timestamp::from_unix_seconds(1_700_000_000));
/// let layers_own = clock.clone();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(layers_own.now().unix_seconds(), 1_700_000_060);
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// A clock that shows this moment, to the millisecond.
    pub fn at(moment: impl Into<Timestamp>) -> Self {
        Self(Arc::new(AtomicU64::new(moment.into().unix_millis())))
    }

    /// Sets it, also back.
    pub fn set(&self, moment: impl Into<Timestamp>) {
        self.0.store(moment.into().unix_millis(), Ordering::SeqCst);
    }

    /// Moves it on; at the end of time it stays there.
    pub fn advance(&self, length: Duration) {
        let later = |millis| Some((Timestamp::from_unix_millis(millis) + length).unix_millis());
        // `later` always has an answer, so the update is made.
        let _ = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, later);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
    }
}
