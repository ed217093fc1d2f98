//! `MemoryThrottle`: one process's counts, bounded.

use super::{Guess, Rate, RateCount, Tally, ThrottleKey, ThrottleStore, Verdict, table::Table, tallies::Tallies};
use crate::{clock::Timestamp, store::StoreFuture, sync::Mutex};

/// Keys held by default, of requests, of failures and of known networks each.
const CAPACITY: usize = 100_000;

/// Seconds for which a new key is answered as locked when there is room for none.
const FULL: u64 = 1;

/// The counts of one process, in memory.
///
/// It holds requests, failures and known networks apart, and none of them makes room for another. When it is full of
/// one, it forgets what has counted least among a few of these: a client that has failed little, or a known network
/// that has not failed. A lock that has not ended is never forgotten. By default it holds 100 000 keys of each, in at
/// most 40 MB; an account that failed has one key, and one more for each network, and so has each name that was typed;
/// and a network has one for each window in which it was counted.
#[derive(Debug)]
pub struct MemoryThrottle {
    windows: Mutex<Table<Window>>,
    tallies: Mutex<Tallies>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    used: u32,
    resets_at: Timestamp,
}

impl Default for MemoryThrottle {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl MemoryThrottle {
    /// A store for at most `capacity` keys of requests, as many of failures and as many of known networks; at least 8.
    /// Defaults to 100 000.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { windows: Mutex::new(Table::new(capacity)), tallies: Mutex::new(Tallies::new(capacity)) }
    }

    pub(crate) fn add(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> RateCount {
        let mut windows = self.windows.lock();
        let fresh = Window { used: 0, resets_at: now + rate.window() };
        let mut window = windows.get(&key).copied().filter(|window| window.resets_at > now).unwrap_or(fresh);
        window.used = window.used.saturating_add(1);
        windows.make_room(&[key], |window| Some(if window.resets_at > now { window.used } else { 0 }));
        windows.put(key, window);
        RateCount::new(rate, window.used, window.resets_at)
    }

    pub(crate) fn take_back(&self, key: ThrottleKey, count: RateCount) {
        let mut windows = self.windows.lock();
        match windows.get_mut(&key).filter(|window| window.resets_at == count.resets_at) {
            Some(window) if window.used > 1 => window.used -= 1,
            Some(_) => windows.remove(&key),
            None => {}
        }
    }

    pub(crate) fn judge(&self, guess: Guess) -> Verdict {
        let now = guess.now;
        let mut tallies = self.tallies.lock();
        let mut account = tallies.get(&guess.account);
        let mut client = guess.client.map(|key| {
            let tally = tallies.get(&key);
            let cleared = account.cleared != 0 && tally.failed <= account.cleared;
            (key, if cleared { tally.emptied() } else { tally })
        });
        let known = client.is_some_and(|(_, tally)| tally.is_known(now));
        let by_client = client.and_then(|(_, tally)| tally.locked(now));
        let by_account = account.locked(now).filter(|_| !known);
        if let Some(until) = by_client.max(by_account) {
            return Verdict::Locked { until };
        }
        let stranger = client.filter(|(_, tally)| tally.succeeded == 0).map(|(key, _)| key);
        let counted = stranger.into_iter().chain((!known).then_some(guess.account));
        if !tallies.make_room(&counted.collect::<Vec<_>>(), now) {
            return Verdict::Locked { until: now.plus_seconds(FULL) };
        }
        if let Some((key, tally)) = &mut client {
            tally.add(&guess.client_budget, now);
            tallies.put(*key, *tally);
        }
        if !known {
            account.add(&guess.account_budget, now);
            tallies.put(guess.account, account);
        }
        Verdict::Admitted { known }
    }

    pub(crate) fn undo(&self, guess: Guess, known: bool) {
        let mut tallies = self.tallies.lock();
        for key in guess.client.into_iter().chain((!known).then_some(guess.account)) {
            let mut tally = tallies.get(&key);
            tally.undo(guess.now);
            tallies.put(key, tally);
        }
    }

    pub(crate) fn reward(&self, guess: Guess) {
        let now = guess.now;
        let mut tallies = self.tallies.lock();
        let client = guess.client.map(|key| (key, tallies.get(&key)));
        let known = client.is_some_and(|(_, tally)| tally.is_known(now));
        if !known {
            let account = tallies.get(&guess.account).emptied();
            tallies.put(guess.account, account);
        }
        // Without room the client stays unknown.
        if let Some((key, tally)) = client.filter(|(key, _)| tallies.make_room_for_known(*key, now)) {
            tallies.put(key, Tally { succeeded: now.unix_millis(), ..tally.emptied() });
        }
    }

    pub(crate) fn forgive(&self, account: ThrottleKey, now: Timestamp) -> bool {
        let mut tallies = self.tallies.lock();
        let room = tallies.make_room(&[account], now);
        if room {
            tallies.put(account, Tally { cleared: now.unix_millis(), ..Tally::default() });
        }
        room
    }
}

impl ThrottleStore for MemoryThrottle {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        let count = self.add(key, rate, now);
        Box::pin(async move { Ok(count) })
    }

    fn uncount(&self, key: ThrottleKey, count: RateCount, _: Timestamp) -> StoreFuture<'_, ()> {
        self.take_back(key, count);
        Box::pin(async { Ok(()) })
    }

    fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict> {
        let verdict = self.judge(guess);
        Box::pin(async move { Ok(verdict) })
    }

    fn release(&self, guess: Guess, known: bool) -> StoreFuture<'_, ()> {
        self.undo(guess, known);
        Box::pin(async { Ok(()) })
    }

    fn succeed(&self, guess: Guess) -> StoreFuture<'_, ()> {
        self.reward(guess);
        Box::pin(async { Ok(()) })
    }

    fn clear(&self, account: ThrottleKey, now: Timestamp) -> StoreFuture<'_, ()> {
        let cleared = self.forgive(account, now);
        Box::pin(async move { if cleared { Ok(()) } else { Err("the throttle is full of locks".into()) } })
    }
}

#[cfg(test)]
mod tests;
