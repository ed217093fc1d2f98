use std::sync::atomic::AtomicBool;

use super::*;
use crate::store::Budget;

const MINUTE: Duration = Duration::from_secs(60);

const BUDGET: Budget = Budget::new(10, 10, 900, 900, 3_600);

/// A store that fails or hangs when it is told to, and counts what it is asked.
#[derive(Default)]
struct Faulty {
    memory: MemoryThrottle,
    fails: AtomicBool,
    hangs: AtomicBool,
    asked: AtomicU64,
}

impl Faulty {
    fn answer<'a, T: Send + 'a>(
        &'a self,
        work: impl FnOnce(&'a MemoryThrottle) -> StoreFuture<'a, T>,
    ) -> StoreFuture<'a, T> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.hangs.load(Ordering::Relaxed) {
            return Box::pin(std::future::pending());
        }
        if self.fails.load(Ordering::Relaxed) {
            return Box::pin(async { Err("the store is down".into()) });
        }
        work(&self.memory)
    }
}

impl ThrottleStore for Faulty {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        self.answer(|memory| memory.count(key, rate, now))
    }

    fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict> {
        self.answer(|memory| memory.guess(guess))
    }

    fn release(&self, guess: Guess, known: bool) -> StoreFuture<'_, ()> {
        self.answer(|memory| memory.release(guess, known))
    }

    fn succeed(&self, guess: Guess) -> StoreFuture<'_, ()> {
        self.answer(|memory| memory.succeed(guess))
    }

    fn clear(&self, account: ThrottleKey, now: Timestamp) -> StoreFuture<'_, ()> {
        self.answer(|memory| memory.clear(account, now))
    }
}

fn now() -> Timestamp {
    Timestamp::from_unix_seconds(1_000_000)
}

fn guess() -> Guess {
    Guess::new(ThrottleKey::new("account", "ada"), BUDGET, now())
}

async fn admitted(store: &Fallback) -> usize {
    let mut admitted = 0;
    while store.guess(guess()).await.is_ok() {
        admitted += 1;
    }
    admitted
}

#[tokio::test(start_paused = true)]
async fn s60_a_failing_store_is_replaced_by_memory_at_half_the_limit() {
    let store = Arc::new(Faulty::default());
    let fallback = Fallback::new(store.clone());
    store.fails.store(true, Ordering::Relaxed);
    assert_eq!(admitted(&fallback).await, 5);
    let key = ThrottleKey::new("/login", "192.0.2.1");
    let count = fallback.count(key, Rate::new(10, MINUTE), now()).await;
    assert_eq!((count.0.rate, count.0.used, count.1), (Rate::new(5, MINUTE), 1, true));
    fallback.uncount(key, count, now()).await;
    assert_eq!(fallback.count(key, Rate::new(10, MINUTE), now()).await.0.used, 1, "it was taken back");
    assert_eq!(
        fallback.count(key, Rate::new(1, MINUTE), now()).await.0.rate,
        Rate::new(1, MINUTE),
        "never none at all"
    );
}

#[tokio::test(start_paused = true)]
async fn s60_a_store_that_hangs_costs_a_quarter_of_a_second_once_a_second() {
    let store = Arc::new(Faulty::default());
    let fallback = Fallback::new(store.clone());
    store.hangs.store(true, Ordering::Relaxed);
    let start = Instant::now();
    assert_eq!(admitted(&fallback).await, 5);
    assert_eq!(start.elapsed(), TIMEOUT);
    assert_eq!(store.asked.load(Ordering::Relaxed), 1, "it was left alone");
    tokio::time::advance(REST).await;
    assert!(fallback.guess(guess()).await.is_err());
    assert_eq!(store.asked.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn s60_a_store_that_is_back_is_asked_again_and_keeps_what_it_had() {
    let store = Arc::new(Faulty::default());
    let fallback = Fallback::new(store.clone());
    for _ in 0..9 {
        fallback.guess(guess()).await.unwrap();
    }
    store.fails.store(true, Ordering::Relaxed);
    let counted = fallback.guess(guess()).await.unwrap();
    assert!(counted.in_memory);
    store.fails.store(false, Ordering::Relaxed);
    // What was counted in memory is taken back there, not in the store.
    fallback.release(guess(), counted).await;
    tokio::time::advance(REST).await;
    let counted = fallback.guess(guess()).await.unwrap();
    assert!(fallback.guess(guess()).await.is_err(), "the tenth");
    fallback.succeed(guess(), counted).await;
    assert_eq!(admitted(&fallback).await, 10);
}

#[tokio::test(start_paused = true)]
async fn s60_a_clearing_that_fails_says_so() {
    let store = Arc::new(Faulty::default());
    let fallback = Fallback::new(store.clone());
    let account = guess().account;
    store.fails.store(true, Ordering::Relaxed);
    assert_eq!(fallback.clear(account, now()).await.unwrap_err().to_string(), "the store is down");
    store.fails.store(false, Ordering::Relaxed);
    store.hangs.store(true, Ordering::Relaxed);
    fallback.clear(account, now()).await.unwrap_err();
    store.hangs.store(false, Ordering::Relaxed);
    fallback.clear(account, now()).await.unwrap();
}
