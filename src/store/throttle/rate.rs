//! `Rate`: how many requests a contract admits, and where a client stands.

use crate::clock::Timestamp;

/// A number of requests per window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    requests: u32,
    seconds: u32,
}

impl Rate {
    /// `requests` in every window of `seconds`.
    pub const fn new(requests: u32, seconds: u32) -> Self {
        Self { requests, seconds }
    }

    /// How many requests a window admits.
    pub const fn requests(self) -> u32 {
        self.requests
    }

    /// How long a window lasts, in seconds.
    pub const fn seconds(self) -> u32 {
        self.seconds
    }

    /// Half as many requests, at least one.
    pub(crate) const fn halved(self) -> Self {
        let half = self.requests / 2;
        Self { requests: if half == 0 { 1 } else { half }, seconds: self.seconds }
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

    /// Seconds until the window ends, at least one.
    pub fn retry_after(&self, now: Timestamp) -> u64 {
        now.whole_seconds_until(self.resets_at).max(1)
    }
}
