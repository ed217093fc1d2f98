//! Figures.

use std::{fmt, time::Duration};

/// Durations, as a line of figures.
pub struct Spread(Vec<Duration>);

impl Spread {
    pub fn of(mut durations: Vec<Duration>) -> Self {
        assert!(!durations.is_empty(), "something was measured");
        durations.sort_unstable();
        Self(durations)
    }

    /// The duration that so many in a hundred do not exceed.
    pub fn percentile(&self, hundredths: usize) -> Duration {
        self.0[(self.0.len() * hundredths).div_ceil(100).max(1) - 1]
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most, all] = [50, 99, 100].map(|hundredths| self.percentile(hundredths).as_secs_f64() * 1000.0);
        write!(f, "p50 {half:.2} ms, p99 {most:.2} ms, max {all:.2} ms, n {}", self.0.len())
    }
}
