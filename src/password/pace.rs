//! How long a job of the lane takes, as of late.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The share of the newest measure in the mean: one in so many.
const WEIGHT: u64 = 8;

/// Longest measure in microseconds that counts in full: a machine that was suspended says nothing about hashing.
const LONGEST: u64 = 10_000_000;

/// A moving mean, in microseconds. 0: nothing was measured yet.
#[derive(Debug, Default)]
pub(super) struct Pace(AtomicU64);

impl Pace {
    pub(super) fn took(&self, time: Duration) {
        let measured = u64::try_from(time.as_micros()).unwrap_or(LONGEST).clamp(1, LONGEST);
        // Two that meet may lose one measure of the two, and a mean can do without.
        let mean = match self.0.load(Ordering::Relaxed) {
            0 => measured,
            mean => (mean * (WEIGHT - 1) + measured).div_ceil(WEIGHT),
        };
        self.0.store(mean, Ordering::Relaxed);
    }

    pub(super) fn mean(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_measure_is_the_mean_and_later_ones_move_it() {
        let pace = Pace::default();
        assert_eq!(pace.mean(), Duration::ZERO);
        pace.took(Duration::from_millis(80));
        assert_eq!(pace.mean(), Duration::from_millis(80));
        pace.took(Duration::from_millis(160));
        assert_eq!(pace.mean(), Duration::from_millis(90));
        for _ in 0..200 {
            pace.took(Duration::from_millis(20));
        }
        assert!(pace.mean() < Duration::from_micros(20_010), "{:?}", pace.mean());
    }

    #[test]
    fn what_was_suspended_is_soon_forgotten() {
        let pace = Pace::default();
        pace.took(Duration::from_millis(20));
        pace.took(Duration::from_secs(3600));
        assert!(pace.mean() <= Duration::from_secs(2), "{:?}", pace.mean());
        pace.took(Duration::ZERO);
        assert!(pace.mean() > Duration::ZERO);
    }
}
