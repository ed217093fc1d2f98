//! What hostile keys can do.

use super::{super::*, RATE, at};
use crate::store::Budget;

const BUDGET: Budget = Budget::new(3, 3, 900, 900, 3_600);

fn key(number: u64) -> ThrottleKey {
    ThrottleKey::new("failures", number)
}

fn fail(throttle: &MemoryThrottle, number: u64, now: Timestamp) -> Verdict {
    throttle.judge(Guess::new(key(number), BUDGET, now))
}

fn is_locked(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Locked { .. })
}

#[test]
fn s64_hostile_keys_do_not_grow_it_and_do_not_push_out_who_is_throttled() {
    let throttle = MemoryThrottle::with_capacity(64);
    let offender = ThrottleKey::new("login", "offender");
    for _ in 0..5 {
        throttle.add(offender, RATE, at(1));
    }
    for other in 0..10_000 {
        throttle.add(key(other), RATE, at(1));
    }
    assert_eq!(throttle.windows.lock().len(), 64);
    assert!(throttle.add(offender, RATE, at(2)).exceeded());
}

#[test]
fn s64_eviction_never_unlocks() {
    let throttle = MemoryThrottle::with_capacity(64);
    for number in 0..32 {
        for _ in 0..3 {
            assert!(!is_locked(fail(&throttle, number, at(1))));
        }
    }
    for other in 1_000..100_000 {
        fail(&throttle, other, at(2));
    }
    assert_eq!(throttle.tallies.lock().len(), 64);
    for number in 0..32 {
        assert_eq!(fail(&throttle, number, at(3)), Verdict::Locked { until: at(901) }, "{number}");
    }
}

#[tokio::test]
async fn s64_full_of_locks_it_admits_nobody_new_and_recovers_when_they_end() {
    let throttle = MemoryThrottle::with_capacity(8);
    for number in 0..8 {
        for _ in 0..3 {
            assert!(!is_locked(fail(&throttle, number, at(1))));
        }
    }
    assert_eq!(fail(&throttle, 9, at(2)), Verdict::Locked { until: at(3) });
    assert!(throttle.clear(key(9), at(2)).await.is_err());
    assert_eq!(throttle.tallies.lock().len(), 8);
    assert_eq!(fail(&throttle, 0, at(2)), Verdict::Locked { until: at(901) });
    assert!(!is_locked(fail(&throttle, 9, at(901))));
    assert!(throttle.tallies.lock().len() <= 8);
    assert!(throttle.clear(key(9), at(902)).await.is_ok());
}

#[test]
fn s64_a_stranger_needs_room_for_the_network_as_well() {
    let throttle = MemoryThrottle::with_capacity(8);
    for number in 0..7 {
        for _ in 0..3 {
            fail(&throttle, number, at(1));
        }
    }
    let stranger = Guess::new(key(8), BUDGET, at(2)).by(key(9), BUDGET);
    assert_eq!(throttle.judge(stranger), Verdict::Locked { until: at(3) });
    assert!(!is_locked(fail(&throttle, 8, at(2))), "there is room for one");
    assert_eq!(throttle.tallies.lock().len(), 8);
}

/// With a few of many to choose from, none of them is still of use to anybody but once in ten thousand times.
#[test]
fn s64_what_is_over_makes_room_first_however_much_it_counted() {
    let throttle = MemoryThrottle::with_capacity(64);
    for number in 0..64 {
        for _ in 0..2 {
            throttle.add(key(number), RATE, at(1));
            fail(&throttle, number, at(1));
        }
    }
    let month = u64::from(Tally::KEPT);
    for number in 64..80 {
        throttle.add(key(number), RATE, at(61));
        fail(&throttle, number, at(1 + month));
    }
    for number in 64..80 {
        assert_eq!(throttle.add(key(number), RATE, at(62)).remaining(), 0, "{number}");
        assert_eq!(throttle.tallies.lock().get(&key(number)).in_a_row, 1, "{number}");
    }
}

#[test]
fn s64_who_has_failed_more_stays_longer() {
    let throttle = MemoryThrottle::with_capacity(64);
    let budget = Budget::new(50, 50, 900, 900, 3_600);
    let offender = Guess::new(key(0), budget, at(1));
    for _ in 0..40 {
        throttle.judge(offender);
    }
    for other in 1..100_000 {
        throttle.judge(Guess::new(key(other), budget, at(1)));
    }
    for _ in 0..10 {
        assert!(!is_locked(throttle.judge(offender)));
    }
    assert!(is_locked(throttle.judge(offender)), "all fifty were remembered");
}

/// A known network that never fails costs nothing, and strangers can fail at any number of names.
#[test]
fn s64_strangers_who_fail_do_not_make_a_network_unknown() {
    let throttle = MemoryThrottle::with_capacity(64);
    let home = Guess::new(key(0), BUDGET, at(1)).by(key(1), BUDGET);
    throttle.judge(home);
    throttle.reward(home);
    for other in 2..10_000 {
        fail(&throttle, other, at(2));
    }
    assert_eq!(throttle.judge(home), Verdict::Admitted { known: true });
}

#[test]
fn s64_known_networks_do_not_make_failures_forgotten_and_are_bounded() {
    let throttle = MemoryThrottle::with_capacity(64);
    for _ in 0..2 {
        fail(&throttle, 0, at(1));
    }
    for network in 1..10_000 {
        let known = Guess::new(key(1), BUDGET, at(1)).by(key(1_000 + network), BUDGET);
        throttle.judge(known);
        throttle.reward(known);
    }
    assert!(!is_locked(fail(&throttle, 0, at(2))));
    assert!(is_locked(fail(&throttle, 0, at(2))), "all three were remembered");
    assert!(throttle.tallies.lock().len() <= 128);
}

#[test]
fn a_success_leaves_one_entry_and_only_for_a_client_with_an_address() {
    let throttle = MemoryThrottle::default();
    let guess = Guess::new(key(1), BUDGET, at(1));
    throttle.judge(guess);
    throttle.reward(guess);
    assert_eq!(throttle.tallies.lock().len(), 0);
    let guess = guess.by(key(2), BUDGET);
    throttle.judge(guess);
    throttle.reward(guess);
    assert_eq!(throttle.tallies.lock().len(), 1);
}

#[test]
fn a_guess_that_was_taken_back_makes_room_before_a_client_that_is_known() {
    let throttle = MemoryThrottle::with_capacity(64);
    for number in 0..8 {
        let known = Guess::new(key(number), BUDGET, at(1)).by(key(1_000 + number), BUDGET);
        throttle.judge(known);
        throttle.reward(known);
    }
    for number in 0..10_000 {
        let right = Guess::new(key(2_000 + number), BUDGET, at(1));
        throttle.judge(right);
        throttle.undo(right, false);
    }
    let tallies = throttle.tallies.lock();
    let known = (0..8).filter(|number| tallies.get(&key(1_000 + number)).is_known(at(1))).count();
    assert!(known >= 6, "{known} of 8");
}
