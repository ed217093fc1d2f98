//! `Tally`: the failures under one key, and the lock that follows them.

use super::Budget;
use crate::clock::Timestamp;

/// The failures under one key. Plain numbers, so that a remote store can keep them; moments are unix milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Failures in this window.
    pub failures: u32,
    /// Failures since the last success.
    pub in_a_row: u32,
    /// Locks since the last success.
    pub locks: u32,
    /// When the window began.
    pub began: u64,
    /// When the lock ends; 0 if there was none in this window.
    pub locked_until: u64,
    /// When a failure was last counted.
    pub failed: u64,
    /// A client's: when it last had the right password; 0 if never.
    pub succeeded: u64,
    /// An account's: when a human cleared it; 0 if never.
    pub cleared: u64,
}

impl Tally {
    /// Failures in a row after which each one more locks for a day. NIST SP 800-63B-4 §3.2.2
    pub const MOST_IN_A_ROW: u32 = 100;

    /// For how long failures and successes are remembered, in seconds: thirty days without another.
    pub const KEPT: u32 = 30 * 86_400;

    /// When the lock ends, if there is one now.
    pub fn locked(&self, now: Timestamp) -> Option<Timestamp> {
        (self.locked_until > now.unix_millis()).then(|| Timestamp::from_unix_millis(self.locked_until))
    }

    /// Whether the client had the right password not long ago.
    pub fn is_known(&self, now: Timestamp) -> bool {
        self.succeeded != 0 && now.unix_millis() < after(self.succeeded, Self::KEPT)
    }

    /// Whether nothing in it matters any more.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let last = self.failed.max(self.succeeded).max(self.cleared);
        self.locked(now).is_none() && after(last, Self::KEPT) <= now.unix_millis()
    }

    /// Counts a failure, and locks if it is one too many. Only for a tally that is not locked.
    pub fn add(&mut self, budget: &Budget, now: Timestamp) {
        let now = now.unix_millis();
        if after(self.failed, Self::KEPT) <= now {
            *self = self.emptied();
        }
        if self.locked_until != 0 {
            self.failures = budget.failures.saturating_sub(budget.again);
            (self.locked_until, self.began) = (0, now);
        } else if after(self.began, budget.window) <= now {
            (self.failures, self.began) = (0, now);
        }
        self.failures = self.failures.saturating_add(1);
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.failed = now;
        let long = budget.long > 0 && self.in_a_row >= Self::MOST_IN_A_ROW;
        if long || self.failures >= budget.failures {
            let doubled = u64::from(budget.lock).saturating_mul(1 << self.locks.min(32));
            let grown = u32::try_from(doubled).unwrap_or(u32::MAX).min(budget.longest);
            self.locks = self.locks.saturating_add(1);
            self.locked_until = after(now, if long { grown.max(budget.long) } else { grown });
        }
    }

    /// Takes back a failure that was counted at `then`, and the lock that it led to. The last one takes all along.
    pub fn undo(&mut self, then: Timestamp) {
        self.in_a_row = self.in_a_row.saturating_sub(1);
        if self.in_a_row == 0 {
            *self = self.emptied();
            return;
        }
        // Of a window that is over nothing is left to take back.
        if then.unix_millis() < self.began {
            return;
        }
        self.failures = self.failures.saturating_sub(1);
        // While it is locked nothing is counted: without this failure there would be no lock.
        if self.locked_until != 0 {
            self.locks = self.locks.saturating_sub(1);
            self.locked_until = 0;
        }
    }

    /// Without failures and locks.
    pub fn emptied(&self) -> Self {
        Self { succeeded: self.succeeded, cleared: self.cleared, ..Self::default() }
    }
}

fn after(millis: u64, seconds: u32) -> u64 {
    millis.saturating_add(u64::from(seconds) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_unix_millis(millis)
    }

    #[test]
    fn s64_a_tally_is_over_once_its_last_moment_was_thirty_days_ago_and_no_lock_is_left() {
        let (then, over) = (1_000, after(1_000, Tally::KEPT));
        for tally in [
            Tally { failed: then, ..Tally::default() },
            Tally { succeeded: then, ..Tally::default() },
            Tally { cleared: then, failed: 1, ..Tally::default() },
        ] {
            assert!(!tally.is_over(at(then)) && !tally.is_over(at(over - 1)), "{tally:?}");
            assert!(tally.is_over(at(over)), "{tally:?}");
        }
        let locked = Tally { failed: then, locked_until: over + 1, ..Tally::default() };
        assert!(!locked.is_over(at(over)) && locked.is_over(at(over + 1)));
    }
}
