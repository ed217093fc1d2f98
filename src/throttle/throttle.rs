//! `Throttle`: requests and guesses, counted.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{
    Attempt, CountedAction, FailureLimit, SessionAction, SessionLimit, counting::Success, counts::Counts,
    network::NetworkLimit,
};
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
    sessions: Option<SessionLimit>,
    clock: Arc<dyn Clock>,
    /// Whether somebody was told that clients have no addresses.
    told_unaddressed: AtomicBool,
}

/// No password is verified now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Locked {
    /// Seconds until one is, at least one.
    pub(crate) retry_after: u64,
}

impl Locked {
    fn new(limit: &'static str, now: Timestamp, until: Timestamp) -> Self {
        telemetry::throttled(limit);
        Self { retry_after: now.whole_seconds_until(until).max(1) }
    }
}

impl Throttle {
    pub(crate) fn new(
        store: Arc<dyn ThrottleStore>,
        counts_requests: bool,
        failures: Option<FailureLimit>,
        sessions: Option<SessionLimit>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            counts: Arc::new(Counts::new(store)),
            counts_requests,
            failures,
            sessions,
            clock,
            told_unaddressed: AtomicBool::new(false),
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

    /// How often an account may do that to its sessions, where that is limited.
    #[cfg(feature = "openapi")]
    pub(crate) fn session_rate(&self, action: SessionAction) -> Option<Rate> {
        self.sessions.map(|limit| limit.rate(action))
    }

    /// Counts a request of somebody to a route that has a rate.
    pub(crate) async fn request(&self, path: &str, whose: &str, rate: Rate, now: Timestamp) -> Option<RateCount> {
        if !self.counts_requests {
            return None;
        }
        let (count, _) = self.counts.store.count(ThrottleKey::new(path, whose), rate, now).await;
        Some(count)
    }

    /// Counts what an account does to its sessions, where that is limited; apart, what another `issuer`'s tokens do for
    /// whom it calls so. An error says how far it is beyond.
    pub(crate) async fn session_action(
        &self,
        action: SessionAction,
        account: &Subject,
        issuer: Option<&str>,
    ) -> Result<CountedAction, RateCount> {
        let Some(limit) = self.sessions else { return Ok(CountedAction::uncounted()) };
        let ours = ThrottleKey::new(action.name(), account);
        let key = issuer.map_or(ours, |issuer| ours.at(issuer));
        let (counts, clock) = (Arc::clone(&self.counts), Arc::clone(&self.clock));
        let (counted, count) = CountedAction::count(counts, clock, key, limit.rate(action)).await;
        if count.exceeded() {
            telemetry::throttled(action.name());
            // Left there, it would stand in the way once one within the limit is taken back.
            counted.take_back().await;
            return Err(count);
        }
        Ok(counted)
    }

    /// The key of an account.
    pub(crate) fn account(id: &Subject) -> ThrottleKey {
        ThrottleKey::new("account", id)
    }

    /// The key of a name, whoever has it. Spellings that many applications take for one name have one key, and so have
    /// those that a number has.
    pub(crate) fn name(typed: &str) -> ThrottleKey {
        let typed = typed.trim();
        let digits = typed.strip_prefix('+').unwrap_or(typed);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        ThrottleKey::new("name", if is_number { digits.trim_start_matches('0').into() } else { typed.to_lowercase() })
    }

    /// Whose guesses under a key are counted together: those of one network, where clients have addresses.
    pub(crate) fn guesser(key: ThrottleKey, client: Option<ClientAddr>) -> ThrottleKey {
        client.map_or(key, |client| key.at(client.network()))
    }

    /// Counts a guess, before anything is verified: at the network and at the name.
    ///
    /// The network comes first, so that one that is locked leaves no trace at any name. It is locked for the accounts
    /// that were used from there too: or whoever shares it would be told which these are.
    pub(crate) async fn attempt(&self, name: ThrottleKey, client: Option<ClientAddr>) -> Result<Attempt, Locked> {
        if client.is_none() && self.failures.is_some() && !self.told_unaddressed.swap(true, Ordering::Relaxed) {
            telemetry::unaddressed();
        }
        let by_network = self.attempt_by_network(client).await?;
        match self.attempt_at(name, client).await {
            Ok(at_name) => Ok(by_network.and(at_name)),
            Err(locked) => {
                by_network.release().await;
                Err(locked)
            }
        }
    }

    /// Counts a guess at one key alone: at the account, where network and name are counted already.
    pub(crate) async fn attempt_at(&self, key: ThrottleKey, client: Option<ClientAddr>) -> Result<Attempt, Locked> {
        let Some(limit) = self.failures else { return Ok(Attempt::uncounted()) };
        let guesser = Self::guesser(key, client);
        let client = client.map(|_| guesser);
        let guess = |now| match client {
            Some(client) => Guess::new(key, limit.strangers(), now).by(client, limit.client()),
            None => Guess::new(key, limit.client(), now),
        };
        let attempt = self.count(guesser, Success::Clears, guess).await;
        attempt.map_err(|(now, until)| Locked::new("failures", now, until))
    }

    /// Asks the store what a guess at an account would, where nobody has the name: time must not tell. It is taken
    /// back at once, and nobody waits for that.
    pub(crate) async fn attempt_at_nobody(&self, name: ThrottleKey, client: Option<ClientAddr>) {
        drop(self.attempt_at(name.at("nobody"), client).await);
    }

    async fn attempt_by_network(&self, client: Option<ClientAddr>) -> Result<Attempt, Locked> {
        let limit = self.failures.and_then(FailureLimit::network);
        let (Some(limit), Some(client)) = (limit, client) else { return Ok(Attempt::uncounted()) };
        let network = client.network();
        let guess = |now| Guess::new(limit.key(network, now), limit.budget(now), now);
        let attempt = self.count(NetworkLimit::waiting_room(network), Success::TakesBack, guess).await;
        attempt.map_err(|(now, until)| Locked::new("network", now, until.min(limit.ends(now))))
    }

    /// Counts a guess, or says what time it is when there is a lock, and until when that is. Under the key of the
    /// `waiting_room` others wait for this one.
    async fn count(
        &self,
        waiting_room: ThrottleKey,
        success: Success,
        guess: impl Fn(Timestamp) -> Guess,
    ) -> Result<Attempt, (Timestamp, Timestamp)> {
        let mut inside = self.counts.waiting_rooms.enter(waiting_room);
        loop {
            let now = self.clock.now();
            let (until, refused) = match Attempt::count(&self.counts, guess(now), inside, success).await {
                Ok(attempt) => return Ok(attempt),
                Err(refused) => refused,
            };
            // The lock may be no more than guesses under way, of which one may be right.
            inside = refused.wait().await.ok_or_else(|| (self.clock.now(), until))?;
        }
    }

    /// Ends every lock of the account or name that has this key.
    pub(crate) async fn clear(&self, key: ThrottleKey) -> Result<(), BoxError> {
        self.counts.store.clear(key, self.clock.now()).await
    }
}

#[cfg(test)]
mod tests;
