//! `Rate`: how many requests a contract admits, and where a client stands.

use std::time::Duration;

use crate::clock::Timestamp;

/// A number of requests per window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    requests: u32,
    window: Duration,
}

impl Rate {
    /// `requests` in every `window`. A contract's is of whole seconds, which its answers count.
    pub const fn new(requests: u32, window: Duration) -> Self {
        Self { requests, window }
    }

    /// How many requests a window admits.
    pub const fn requests(self) -> u32 {
        self.requests
    }

    /// How long a window lasts.
    pub const fn window(self) -> Duration {
        self.window
    }

    /// Half as many requests, at least one.
    pub(crate) const fn halved(self) -> Self {
        let half = self.requests / 2;
        Self { requests: if half == 0 { 1 } else { half }, window: self.window }
    }
}

/// How much of a window a client has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateCount {
    /// The rate that is applied.
    pub rate: Rate,
    /// Attempts in this window, this one among them.
    pub used: u32,
    /// When the window ends.
    pub resets_at: Timestamp,
}

impl RateCount {
    /// A count as it was stored.
    pub const fn new(rate: Rate, used: u32, resets_at: Timestamp) -> Self {
        Self { rate, used, resets_at }
    }

    /// How many more attempts this window admits.
    pub const fn remaining(&self) -> u32 {
        self.rate.requests.saturating_sub(self.used)
    }

    /// Whether this attempt is one too many.
    pub const fn exceeded(&self) -> bool {
        self.used > self.rate.requests
    }

    /// How long until the window ends: whole seconds, at least one.
    pub fn retry_after(&self, now: Timestamp) -> Duration {
        Duration::from_secs(now.whole_seconds_until(self.resets_at).max(1))
    }
}
