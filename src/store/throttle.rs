//! `ThrottleStore`: how often somebody tried.

use std::{fmt, sync::Arc};

use sha2::{Digest, Sha256};

use super::StoreFuture;
use crate::clock::Timestamp;

/// Counts attempts in windows of time.
///
/// # What implementers owe
///
/// Counting and reading are one atomic step, also between processes that share the store. Hostile keys do not make it
/// grow without bound: it may forget an entry early, preferably one that has counted little. That lets somebody try
/// again sooner, and does no other harm.
pub trait ThrottleStore: Send + Sync + 'static {
    /// Counts one attempt, and says how many there are in this window.
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount>;
}

impl<S: ThrottleStore + ?Sized> ThrottleStore for Arc<S> {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        (**self).count(key, rate, now)
    }
}

/// Whose attempts are counted, as a digest: no identifier or address stands in a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThrottleKey([u8; 16]);

impl ThrottleKey {
    pub(crate) fn new(route: &str, whose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update((route.len() as u64).to_be_bytes());
        hash.update(route);
        hash.update(whose);
        let mut key = [0; 16];
        for (byte, digest) in key.iter_mut().zip(hash.finalize()) {
            *byte = digest;
        }
        Self(key)
    }

    /// A key of these bytes: for tests of a store.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes, for a remote store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for ThrottleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThrottleKey([digest])")
    }
}

/// So many requests in so many seconds.
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
}

/// Where somebody stands in a window.
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
        let millis = self.resets_at.unix_millis().saturating_sub(now.unix_millis());
        millis.div_ceil(1000).max(1)
    }
}
