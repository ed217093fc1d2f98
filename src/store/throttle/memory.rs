//! `MemoryThrottle`: one process's counts, bounded.

use super::{Guess, Rate, RateCount, Tally, ThrottleKey, ThrottleStore, Verdict, table::Table};
use crate::{
    clock::Timestamp,
    store::StoreFuture,
    sync::{Mutex, PoisonError},
};

/// Keys counted by default, of requests and of failures each.
const CAPACITY: usize = 100_000;

/// Seconds for which a new key is answered as locked when there is room for none.
const FULL: u64 = 1;

/// The counts of one process, in memory.
///
/// When it is full, it forgets what has counted least among a few: a client that has failed little, or a known client
/// that has not failed. A lock that has not ended is never forgotten. By default it holds 100 000 keys of requests and
/// as many of failures, in at most 32 MB; an account that failed has one key, and one more for each network; and a
/// network one for each window in which it was counted.
#[derive(Debug)]
pub struct MemoryThrottle {
    windows: Mutex<Table<Window>>,
    tallies: Mutex<Table<Tally>>,
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
    /// A store for at most `capacity` keys of requests, and as many of failures; at least 8. Defaults to 100 000.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { windows: Mutex::new(Table::new(capacity)), tallies: Mutex::new(Table::new(capacity)) }
    }

    pub(crate) fn add(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> RateCount {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Window { used: 0, resets_at: now.plus_seconds(rate.seconds().into()) };
        let mut window = windows.get(&key).copied().filter(|window| window.resets_at > now).unwrap_or(fresh);
        window.used = window.used.saturating_add(1);
        windows.make_room(&[key], |window| Some(if window.resets_at > now { window.used } else { 0 }));
        windows.put(key, window);
        RateCount::new(rate, window.used, window.resets_at)
    }

    pub(crate) fn take_back(&self, key: ThrottleKey, count: RateCount) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        match windows.get_mut(&key).filter(|window| window.resets_at == count.resets_at) {
            Some(window) if window.used > 1 => window.used -= 1,
            Some(_) => windows.remove(&key),
            None => {}
        }
    }

    pub(crate) fn judge(&self, guess: Guess) -> Verdict {
        let now = guess.now;
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let mut account = tallies.get(&guess.account).copied().unwrap_or_default();
        let mut client = guess.client.map(|key| {
            let tally = tallies.get(&key).copied().unwrap_or_default();
            let cleared = account.cleared != 0 && tally.failed <= account.cleared;
            (key, if cleared { tally.emptied() } else { tally })
        });
        let known = client.is_some_and(|(_, tally)| tally.is_known(now));
        let by_client = client.and_then(|(_, tally)| tally.locked(now));
        let by_account = account.locked(now).filter(|_| !known);
        if let Some(until) = by_client.max(by_account) {
            return Verdict::Locked { until };
        }
        let counted = client.map(|(key, _)| key).into_iter().chain((!known).then_some(guess.account));
        if !tallies.make_room(&counted.collect::<Vec<_>>(), |tally| cost(tally, now)) {
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
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        for key in guess.client.into_iter().chain((!known).then_some(guess.account)) {
            if let Some(tally) = tallies.get_mut(&key) {
                tally.undo(guess.now);
                if *tally == Tally::default() {
                    tallies.remove(&key);
                }
            }
        }
    }

    pub(crate) fn reward(&self, guess: Guess) {
        let now = guess.now;
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let client = guess.client.map(|key| (key, tallies.get(&key).copied().unwrap_or_default()));
        let known = client.is_some_and(|(_, tally)| tally.is_known(now));
        match tallies.get(&guess.account).map(Tally::emptied).filter(|_| !known) {
            Some(tally) if tally == Tally::default() => tallies.remove(&guess.account),
            Some(tally) => tallies.put(guess.account, tally),
            None => {}
        }
        // Without room the client stays unknown.
        if let Some((key, tally)) = client.filter(|(key, _)| tallies.make_room(&[*key], |tally| cost(tally, now))) {
            tallies.put(key, Tally { succeeded: now.unix_millis(), ..tally.emptied() });
        }
    }

    pub(crate) fn forgive(&self, account: ThrottleKey, now: Timestamp) -> bool {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let room = tallies.make_room(&[account], |tally| cost(tally, now));
        if room {
            tallies.put(account, Tally { cleared: now.unix_millis(), ..Tally::default() });
        }
        room
    }
}

/// What is lost with a tally: its failures; a lock is never lost.
fn cost(tally: &Tally, now: Timestamp) -> Option<u32> {
    if tally.is_over(now) {
        return Some(0);
    }
    tally.locked(now).is_none().then(|| tally.in_a_row.saturating_add(1))
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
