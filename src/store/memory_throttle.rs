//! `MemoryThrottle`: one process's counts, bounded.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{Rate, RateCount, StoreFuture, ThrottleKey, ThrottleStore};
use crate::clock::Timestamp;

/// Keys counted by default: about 10 MB.
const CAPACITY: usize = 100_000;

/// How many entries are looked at to find one that is cheap to forget.
const SAMPLE: usize = 8;

/// The counts of one process, in memory. When it is full, it forgets what has counted least among a few.
#[derive(Debug)]
pub struct MemoryThrottle {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    windows: HashMap<ThrottleKey, Window>,
    swept: Option<Timestamp>,
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
    /// A store for at most `capacity` keys.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), state: Mutex::default() }
    }

    fn add(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> RateCount {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.windows.len() >= self.capacity && !state.windows.contains_key(&key) {
            state.make_room(self.capacity, now);
        }
        let fresh = Window { used: 0, resets_at: now.plus_seconds(rate.seconds().into()) };
        let window = state.windows.entry(key).or_insert(fresh);
        if window.resets_at <= now {
            *window = fresh;
        }
        window.used = window.used.saturating_add(1);
        RateCount::new(rate, window.used, window.resets_at)
    }
}

impl ThrottleStore for MemoryThrottle {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        Box::pin(std::future::ready(Ok(self.add(key, rate, now))))
    }
}

impl State {
    /// Sweeps out the windows that have ended, at most once a second, and then forgets what it must.
    fn make_room(&mut self, capacity: usize, now: Timestamp) {
        if self.swept.is_none_or(|swept| now >= swept.plus_seconds(1)) {
            self.swept = Some(now);
            self.windows.retain(|_, window| window.resets_at > now);
        }
        while self.windows.len() >= capacity {
            let least = self.windows.iter().take(SAMPLE).min_by_key(|(_, window)| window.used);
            let Some(key) = least.map(|(key, _)| *key) else { return };
            self.windows.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate::new(2, 60);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn a_window_admits_its_number_and_then_starts_anew() {
        let throttle = MemoryThrottle::default();
        let key = ThrottleKey::new("login", "10.0.0.1");
        let counts: Vec<_> = [0, 10, 20].map(|now| throttle.add(key, RATE, at(now))).into();
        let remaining: Vec<_> = counts.iter().map(|count| (count.remaining(), count.exceeded())).collect();
        assert_eq!(remaining, [(1, false), (0, false), (0, true)]);
        assert_eq!(counts.last().map(|count| count.retry_after(at(20))), Some(40));
        assert!(!throttle.add(key, RATE, at(60)).exceeded());
        assert!(!throttle.add(ThrottleKey::new("login", "10.0.0.2"), RATE, at(61)).exceeded());
    }

    #[test]
    fn s64_hostile_keys_do_not_grow_it_and_do_not_push_out_who_is_throttled() {
        let throttle = MemoryThrottle::with_capacity(64);
        let offender = ThrottleKey::new("login", "offender");
        for _ in 0..5 {
            throttle.add(offender, RATE, at(0));
        }
        for other in 0..10_000 {
            throttle.add(ThrottleKey::new("login", &other.to_string()), RATE, at(0));
        }
        assert!(throttle.state.lock().unwrap().windows.len() <= 64);
        assert!(throttle.add(offender, RATE, at(1)).exceeded());
    }
}
