//! `Fallback`: a store, and this process's memory in its stead while it is away.
//!
//! A store that fails, or does not answer in time, is left alone for a second. Meanwhile this process counts by itself,
//! at half of each limit: neither does an outage admit every guess, nor does it lock everybody out.

use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

use tokio::time::{Instant, timeout};

use crate::{
    BoxError,
    clock::Timestamp,
    store::{Guess, MemoryThrottle, Rate, RateCount, StoreFuture, ThrottleKey, ThrottleStore, Verdict},
    telemetry,
};

/// How long an operation may take.
const TIMEOUT: Duration = Duration::from_millis(250);

/// How long a store that failed is left alone.
const REST: Duration = Duration::from_secs(1);

/// Where a guess was counted, and as whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CountedGuess {
    known: bool,
    in_memory: bool,
}

pub(super) struct Fallback {
    store: Arc<dyn ThrottleStore>,
    memory: MemoryThrottle,
    made: Instant,
    /// Milliseconds since it was made.
    rests_until: AtomicU64,
}

impl Fallback {
    pub(super) fn new(store: Arc<dyn ThrottleStore>) -> Self {
        Self { store, memory: MemoryThrottle::default(), made: Instant::now(), rests_until: AtomicU64::new(0) }
    }

    /// Where somebody stands, and whether that was counted in memory.
    pub(super) async fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> (RateCount, bool) {
        match self.ask("count", |store| store.count(key, rate, now)).await {
            Some(count) => (count, false),
            None => (self.memory.add(key, rate.halved(), now), true),
        }
    }

    pub(super) async fn uncount(&self, key: ThrottleKey, (count, in_memory): (RateCount, bool), now: Timestamp) {
        if in_memory {
            self.memory.take_back(key, count);
        } else {
            self.ask("uncount", |store| store.uncount(key, count, now)).await;
        }
    }

    /// When the lock ends, if there is one.
    pub(super) async fn guess(&self, guess: Guess) -> Result<CountedGuess, Timestamp> {
        let (verdict, in_memory) = match self.ask("guess", |store| store.guess(guess)).await {
            Some(verdict) => (verdict, false),
            None => (self.memory.judge(halved(guess)), true),
        };
        match verdict {
            Verdict::Admitted { known } => Ok(CountedGuess { known, in_memory }),
            Verdict::Locked { until } => Err(until),
        }
    }

    pub(super) async fn release(&self, guess: Guess, counted: CountedGuess) {
        if counted.in_memory {
            self.memory.undo(guess, counted.known);
        } else {
            self.ask("release", |store| store.release(guess, counted.known)).await;
        }
    }

    pub(super) async fn succeed(&self, guess: Guess, counted: CountedGuess) {
        if counted.in_memory {
            self.memory.reward(guess);
        }
        self.ask("succeed", |store| store.succeed(guess)).await;
    }

    pub(super) async fn clear(&self, account: ThrottleKey, now: Timestamp) -> Result<(), BoxError> {
        self.memory.forgive(account, now);
        telemetry::asked("throttle", "clear", in_time(self.store.clear(account, now))).await
    }

    /// The store's answer, unless it fails, takes too long, or has done so a moment ago.
    async fn ask<'a, T>(
        &'a self,
        name: &'static str,
        operation: impl FnOnce(&'a dyn ThrottleStore) -> StoreFuture<'a, T>,
    ) -> Option<T> {
        if self.elapsed() < self.rests_until.load(Ordering::Relaxed) {
            return None;
        }
        if let Ok(answer) = telemetry::asked("throttle", name, in_time(operation(&*self.store))).await {
            return Some(answer);
        }
        self.rests_until.store(self.elapsed().saturating_add(millis(REST)), Ordering::Relaxed);
        None
    }

    fn elapsed(&self) -> u64 {
        millis(self.made.elapsed())
    }
}

/// The answer within the timeout. Without a timer when it is there at once.
async fn in_time<T>(mut operation: StoreFuture<'_, T>) -> Result<T, BoxError> {
    match poll_fn(|cx| Poll::Ready(operation.as_mut().poll(cx))).await {
        Poll::Ready(answer) => answer,
        Poll::Pending => timeout(TIMEOUT, operation).await?,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn halved(guess: Guess) -> Guess {
    Guess { account_budget: guess.account_budget.halved(), client_budget: guess.client_budget.halved(), ..guess }
}

#[cfg(test)]
mod tests;
