//! `Settled`: how far time is over for good, though a clock may jump ahead and come back.

use std::time::Duration;

use tokio::time::Instant;

use crate::{clock::Timestamp, sync::Mutex};

/// For how long a clock has to say so.
const LASTING: Duration = Duration::from_secs(60);

/// What a clock has said, and for how long.
#[derive(Debug)]
pub(super) struct Settled(Mutex<Readings>);

#[derive(Debug)]
struct Readings {
    /// Since when the earliest reading is looked for, by the monotonic clock, and which it is so far.
    since: Instant,
    earliest: Timestamp,
    /// The earliest of the time before.
    settled: Timestamp,
}

impl Settled {
    /// Nothing is over yet.
    pub(super) fn new() -> Self {
        let epoch = Timestamp::from_unix_seconds(0);
        Self(Mutex::new(Readings { since: Instant::now(), earliest: epoch, settled: epoch }))
    }

    /// Takes note of what the clock says, and tells a moment that it was not behind for a minute at least, nor is.
    pub(super) fn by(&self, now: Timestamp) -> Timestamp {
        let mut readings = self.0.lock();
        readings.earliest = readings.earliest.min(now);
        if readings.since.elapsed() >= LASTING {
            *readings = Readings { since: Instant::now(), earliest: now, settled: readings.earliest };
        }
        readings.settled.min(now)
    }

    /// As if the clock had said so for long.
    #[cfg(test)]
    pub(super) fn settle(&self, now: Timestamp) {
        let mut readings = self.0.lock();
        (readings.earliest, readings.settled) = (now, now);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn s65_what_a_clock_says_counts_once_it_has_said_nothing_earlier_for_a_minute() {
        let settled = Settled::new();
        let mut seen = Vec::new();
        // Right, ahead for a moment, right again, ahead for a moment once more, and ahead for good.
        for now in [1000, 9000, 1060, 1090, 9120, 1121, 1181, 9240, 9300, 9360] {
            seen.push(settled.by(at(now)).unix_seconds());
            advance(Duration::from_secs(30)).await;
        }
        assert_eq!(seen, [0, 0, 0, 0, 1060, 1060, 1121, 1121, 1181, 1181]);
        advance(LASTING).await;
        assert_eq!(settled.by(at(9480)), at(9300));
        assert_eq!(settled.by(at(1500)), at(1500), "a clock that went back counts at once");
    }
}
