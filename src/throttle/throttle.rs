//! `Throttle`: requests and guesses, counted.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{Attempt, FailureLimit, counts::Counts};
use crate::{
    BoxError, ClientAddr, Subject,
    clock::{Clock, Timestamp},
    store::{Guess, Rate, RateCount, ThrottleKey, ThrottleStore},
    telemetry,
};

pub(crate) struct Throttle {
    counts: Arc<Counts>,
    /// Whether the contracts' own limits on requests are applied.
    counts_requests: bool,
    failures: Option<FailureLimit>,
    clock: Arc<dyn Clock>,
    /// Whether the lookup was seen to verify passwords itself.
    verified_by_lookup: AtomicBool,
}

/// No password is verified now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Locked {
    /// Seconds until one is, at least one.
    pub(crate) retry_after: u64,
}

impl Throttle {
    pub(crate) fn new(
        store: Arc<dyn ThrottleStore>,
        counts_requests: bool,
        failures: Option<FailureLimit>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            counts: Arc::new(Counts::new(store)),
            counts_requests,
            failures,
            clock,
            verified_by_lookup: AtomicBool::new(false),
        }
    }

    /// Whether the contracts' own limits on requests are applied.
    #[cfg(feature = "openapi")]
    pub(crate) fn counts_requests(&self) -> bool {
        self.counts_requests
    }

    /// Whether failures lock an account.
    #[cfg(feature = "openapi")]
    pub(crate) fn locks_accounts(&self) -> bool {
        self.failures.is_some()
    }

    /// Counts a request of somebody to a route that has a rate.
    pub(crate) async fn request(&self, path: &str, whose: &str, rate: Rate, now: Timestamp) -> Option<RateCount> {
        if !self.counts_requests {
            return None;
        }
        Some(self.counts.store.count(ThrottleKey::new(path, whose), rate, now).await)
    }

    /// The key of an account.
    pub(crate) fn account(id: &Subject) -> ThrottleKey {
        ThrottleKey::new("account", id)
    }

    /// The key of a name that is no account's. Spellings that many applications take for one name have one key.
    pub(crate) fn name(typed: &str) -> ThrottleKey {
        ThrottleKey::new("name", typed.trim().to_lowercase())
    }

    /// Whose guesses at an account are counted together: those of one network, where clients have addresses.
    pub(crate) fn guesser(account: ThrottleKey, client: Option<ClientAddr>) -> ThrottleKey {
        client.map_or(account, |client| account.at(&client.network()))
    }

    /// Counts a guess, before anything is verified.
    pub(crate) async fn attempt(&self, account: ThrottleKey, client: Option<ClientAddr>) -> Result<Attempt, Locked> {
        let Some(limit) = self.failures else { return Ok(Attempt::uncounted()) };
        let guesser = Self::guesser(account, client);
        let client = client.map(|_| guesser);
        let mut landing = self.counts.flights.next(guesser);
        loop {
            let now = self.clock.now();
            let guess = match client {
                Some(client) => Guess::new(account, limit.strangers(), now).by(client, limit.client()),
                None => Guess::new(account, limit.client(), now),
            };
            let until = match self.counts.store.guess(guess).await {
                Ok(counted) => return Ok(Attempt::new(Arc::clone(&self.counts), guess, counted)),
                Err(until) => until,
            };
            // The lock may be no more than guesses under way, of which one may be right.
            let waited = match landing.take() {
                Some(landing) => {
                    landing.await;
                    true
                }
                None => false,
            };
            landing = self.counts.flights.next(guesser);
            if !waited && landing.is_none() {
                telemetry::throttled("failures");
                let millis = until.unix_millis().saturating_sub(now.unix_millis());
                return Err(Locked { retry_after: millis.div_ceil(1000).max(1) });
            }
        }
    }

    /// Whether guesses have to be counted before the lookup.
    pub(crate) fn is_verified_by_lookup(&self) -> bool {
        self.verified_by_lookup.load(Ordering::Relaxed)
    }

    /// The lookup was seen to verify passwords itself.
    pub(crate) fn lookup_verifies(&self) {
        self.verified_by_lookup.store(true, Ordering::Relaxed);
    }

    /// Ends every lock of an account.
    pub(crate) async fn clear(&self, id: &Subject) -> Result<(), BoxError> {
        self.counts.store.clear(Self::account(id), self.clock.now()).await
    }
}
