//! `Guess`: one attempt at an account's password, as a store counts it.

use super::ThrottleKey;
use crate::clock::Timestamp;

/// An attempt at a password, counted as a failure before it is known to be one. One guess is counted at the account;
/// where client addresses are known, another one at the network that it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guess {
    /// The account, or the name that was typed; or a network in one window of time, for its failures at all accounts.
    pub account: ThrottleKey,
    /// What all unknown clients together may fail at this account; everybody, where there is no client.
    pub account_budget: Budget,
    /// The account and the client's network, where the server tells the client's address.
    pub client: Option<ThrottleKey>,
    /// What this client may fail at this account.
    pub client_budget: Budget,
    /// The moment of the guess.
    pub now: Timestamp,
}

impl Guess {
    /// A guess by a client whose address is not known.
    pub const fn new(account: ThrottleKey, budget: Budget, now: Timestamp) -> Self {
        Self { account, account_budget: budget, client: None, client_budget: budget, now }
    }

    /// Adds the key of the client's network at this account, and its own budget there.
    pub const fn by(mut self, client: ThrottleKey, budget: Budget) -> Self {
        self.client = Some(client);
        self.client_budget = budget;
        self
    }
}

/// What a store says to a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is counted, and may be verified.
    Admitted {
        /// Whether the client is known, and the account's own tally so left alone.
        known: bool,
    },
    /// It is not counted, and must not be verified.
    Locked {
        /// When the lock ends.
        until: Timestamp,
    },
}

/// How many failures there may be, and what follows them. Plain numbers, so that a remote store can be told them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Budget {
    /// Failures in a window; the last of them locks.
    pub failures: u32,
    /// Failures after a lock has ended, until the next.
    pub again: u32,
    /// How long a window lasts, in seconds.
    pub window: u32,
    /// How long the first lock lasts, in seconds. Each lasts twice as long as the one before.
    pub lock: u32,
    /// How long a lock lasts at most, in seconds.
    pub longest: u32,
    /// How long, in seconds, each lock lasts at least after
    /// [`Tally::MOST_IN_A_ROW`](crate::store::Tally::MOST_IN_A_ROW) failures in a row, whatever the rest says; 0 where failures in a row mean nothing.
    pub long: u32,
}

impl Budget {
    /// A lock for failures that have no end: a day, in seconds.
    pub(super) const LONG: u32 = 86_400;

    /// `failures` in a window of `window` seconds, and then a lock of `lock` seconds, each twice as long as the one
    /// before until it is `longest` seconds long; after it `again` failures. After a hundred in a row it is a
    /// day long.
    pub const fn new(failures: u32, again: u32, window: u32, lock: u32, longest: u32) -> Self {
        Self { failures, again, window, lock, longest, long: Self::LONG }
    }

    /// `failures` in a window of `window` seconds, and then a lock for the `left` ones, however many there are in a
    /// row: for a key that stands for that window, and is not asked for afterwards.
    pub const fn of_window(failures: u32, window: u32, left: u32) -> Self {
        Self { failures, again: failures, window, lock: left, longest: left, long: 0 }
    }

    /// Half as many failures, at least one.
    pub(crate) fn halved(self) -> Self {
        Self { failures: (self.failures / 2).max(1), again: (self.again / 2).max(1), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s51_half_a_budget_is_half_of_either_number_and_at_least_one() {
        let budget = |failures, again| Budget { failures, again, ..Budget::new(10, 900, 900, 900, 900) };
        for (whole, half) in [((10, 4), (5, 2)), ((3, 3), (1, 1)), ((1, 1), (1, 1))] {
            let halved = budget(whole.0, whole.1).halved();
            assert_eq!((halved.failures, halved.again), half, "{whole:?}");
        }
    }
}
