use std::time::Duration;

use super::*;

mod model;
mod room;
mod rules;

const RATE: Rate = Rate::new(2, Duration::from_secs(60));

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
    assert_eq!(counts.last().map(|count| count.retry_after(at(20))), Some(Duration::from_secs(40)));
    assert!(!throttle.add(key, RATE, at(60)).exceeded());
    assert!(!throttle.add(ThrottleKey::new("login", "10.0.0.2"), RATE, at(61)).exceeded());
}

#[test]
fn a_request_that_is_taken_back_was_not_counted() {
    let throttle = MemoryThrottle::default();
    let key = ThrottleKey::new("login", "10.0.0.1");
    let first = throttle.add(key, RATE, at(0));
    throttle.take_back(key, first);
    let first = throttle.add(key, RATE, at(30));
    assert_eq!((first.used, first.resets_at), (1, at(90)), "nor did it begin a window");
    let second = throttle.add(key, RATE, at(30));
    throttle.take_back(key, second);
    assert_eq!(throttle.add(key, RATE, at(89)).used, 2);
    assert_eq!(throttle.add(key, RATE, at(90)).used, 1);
    throttle.take_back(key, second);
    assert_eq!(throttle.add(key, RATE, at(90)).used, 2, "of a window that is over nothing is left to take back");
}
