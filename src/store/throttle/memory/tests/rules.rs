//! The rules, one by one, with the default numbers.

use super::{super::*, at};
use crate::store::Budget;

const CLIENT: Budget = Budget::new(10, 10, 900, 900, 3_600);
const ACCOUNT: Budget = Budget::new(50, 1, 900, 60, 3_600);
const START: u64 = 10_000_000;
const DAY: u64 = 86_400;

fn alone(now: u64) -> Guess {
    Guess::new(ThrottleKey::new("account", "ada"), CLIENT, at(now))
}

fn from(network: u32, now: u64) -> Guess {
    let client = ThrottleKey::new("client", network);
    Guess::new(ThrottleKey::new("account", "ada"), ACCOUNT, at(now)).by(client, CLIENT)
}

fn locked(verdict: Verdict) -> Option<u64> {
    match verdict {
        Verdict::Locked { until } => Some(until.unix_seconds()),
        Verdict::Admitted { .. } => None,
    }
}

/// Fails until it is locked, and says after how many failures and until when.
fn until_locked(throttle: &MemoryThrottle, guess: Guess) -> (u32, u64) {
    (0..).find_map(|failures| Some((failures, locked(throttle.judge(guess))?))).unwrap()
}

#[test]
fn s53_ten_failures_lock_with_growing_waits_and_every_lock_ends() {
    let throttle = MemoryThrottle::default();
    let mut now = START;
    for wait in [900, 1_800, 3_600, 3_600] {
        assert_eq!(until_locked(&throttle, alone(now)), (10, now + wait));
        assert_eq!(locked(throttle.judge(alone(now + wait - 1))), Some(now + wait), "to the last second");
        now += wait;
    }
}

#[test]
fn s53_after_a_hundred_in_a_row_it_is_one_a_day() {
    let throttle = MemoryThrottle::default();
    let (mut now, mut failures) = (START, 0);
    while failures < 100 {
        let (more, until) = until_locked(&throttle, alone(now));
        failures += more;
        now = until;
    }
    assert_eq!(failures, 100);
    for _ in 0..20 {
        assert_eq!(until_locked(&throttle, alone(now)), (1, now + DAY));
        now += DAY;
    }
    throttle.judge(alone(now));
    throttle.reward(alone(now));
    assert_eq!(until_locked(&throttle, alone(now)), (10, now + 900), "a success clears");
}

#[test]
fn s53_the_lock_of_a_window_ends_with_it_however_many_failed() {
    for (failures, left) in [(99, 900), (100, 900), (100, 1), (101, 60)] {
        let throttle = MemoryThrottle::default();
        let first = Guess::new(ThrottleKey::new("network", left), Budget::of_window(failures, 900, left), at(START));
        assert_eq!(until_locked(&throttle, first), (failures, START + u64::from(left)));
    }
}

#[test]
fn s53_failures_of_an_old_window_do_not_count_in_the_next() {
    let throttle = MemoryThrottle::default();
    for _ in 0..9 {
        assert_eq!(locked(throttle.judge(alone(START))), None);
    }
    assert_eq!(until_locked(&throttle, alone(START + 900)), (10, START + 1_800));
}

#[test]
fn s53_thirty_days_after_the_last_failure_locks_begin_anew() {
    let month = u64::from(Tally::KEPT);
    for (pause, wait) in [(month - 1, 1_800), (month, 900)] {
        let throttle = MemoryThrottle::default();
        until_locked(&throttle, alone(START));
        assert_eq!(until_locked(&throttle, alone(START + pause)), (10, START + pause + wait));
    }
}

#[test]
fn s52_a_released_guess_was_never_counted_and_lifts_the_lock_it_led_to() {
    let throttle = MemoryThrottle::default();
    assert_eq!(until_locked(&throttle, alone(START)).0, 10);
    throttle.undo(alone(START), false);
    assert_eq!(until_locked(&throttle, alone(START + 1)), (1, START + 901));
    for _ in 0..10 {
        throttle.undo(alone(START), false);
    }
    assert_eq!(until_locked(&throttle, alone(START + 2)), (10, START + 902));
}

#[test]
fn s52_who_gives_back_every_guess_has_never_failed() {
    let throttle = MemoryThrottle::default();
    for _ in 0..2 * Tally::MOST_IN_A_ROW {
        assert_eq!(locked(throttle.judge(alone(START))), None);
        throttle.undo(alone(START), false);
    }
    until_locked(&throttle, alone(START));
    assert_eq!(locked(throttle.judge(alone(START + 900))), None);
    (0..11).for_each(|_| throttle.undo(alone(START), false));
    assert_eq!(
        until_locked(&throttle, alone(START + 900)),
        (10, START + 1_800),
        "the locks went with the last failure"
    );
}

#[test]
fn s52_a_guess_that_led_to_no_lock_takes_none_back() {
    let throttle = MemoryThrottle::default();
    until_locked(&throttle, alone(START));
    assert_eq!(locked(throttle.judge(alone(START + 900))), None);
    throttle.undo(alone(START + 900), false);
    assert_eq!(until_locked(&throttle, alone(START + 900)), (10, START + 2_700), "the second lock");
}

#[test]
fn s52_a_guess_of_an_earlier_window_gives_nothing_back_in_a_later_one() {
    let throttle = MemoryThrottle::default();
    until_locked(&throttle, alone(START));
    assert_eq!(until_locked(&throttle, alone(START + 900)), (10, START + 2_700));
    throttle.undo(alone(START), false);
    assert_eq!(locked(throttle.judge(alone(START + 901))), Some(START + 2_700));
}

#[test]
fn a_stranger_locks_himself_and_nobody_else() {
    let throttle = MemoryThrottle::default();
    assert_eq!(until_locked(&throttle, from(1, START)), (10, START + 900));
    assert_eq!(until_locked(&throttle, from(2, START)), (10, START + 900));
    assert_eq!(locked(throttle.judge(from(3, START))), None);
}

#[test]
fn many_strangers_lock_the_account_to_strangers_for_a_minute_and_never_to_a_known_client() {
    let throttle = MemoryThrottle::default();
    throttle.judge(from(0, START));
    throttle.reward(from(0, START));
    for network in 1..=5 {
        until_locked(&throttle, from(network, START));
    }
    assert_eq!(locked(throttle.judge(from(6, START))), Some(START + 60));
    assert_eq!(throttle.judge(from(0, START)), Verdict::Admitted { known: true });
    // After the lock one failure is enough for the next.
    assert_eq!(until_locked(&throttle, from(6, START + 60)), (1, START + 60 + 120));
    assert_eq!(until_locked(&throttle, from(7, START + 180)), (1, START + 180 + 240));
    // The known client has a budget of its own, and its success leaves the strangers' lock alone.
    assert_eq!(until_locked(&throttle, from(0, START + 180)), (9, START + 180 + 900));
    throttle.reward(from(0, START + 200));
    assert_eq!(locked(throttle.judge(from(8, START + 200))), Some(START + 420));
    // A client is known for thirty days after its last success.
    let month = u64::from(Tally::KEPT);
    assert_eq!(throttle.judge(from(0, START + 199 + month)), Verdict::Admitted { known: true });
    assert_eq!(throttle.judge(from(0, START + 200 + month)), Verdict::Admitted { known: false });
}

#[test]
fn s53_what_many_strangers_can_guess() {
    let throttle = MemoryThrottle::default();
    let mut guessed = [0_u32; 30];
    for minute in 0..30 * 24 * 60 {
        // New networks each time, one a guess, as many as the account admits.
        let now = START + u64::from(minute) * 60;
        let until = (0..1_000).find(|more| locked(throttle.judge(from(minute * 1_000 + more, now))).is_some()).unwrap();
        guessed[usize::try_from(minute / (24 * 60)).unwrap()] += until;
    }
    assert_eq!(guessed[0], 50 + 6 + 22, "the first day: {guessed:?}");
    assert_eq!(guessed[..2].iter().sum::<u32>(), 100, "{guessed:?}");
    assert!(guessed[2..].iter().all(|day| *day == 1), "{guessed:?}");
}

#[test]
fn a_first_success_clears_the_account_for_strangers() {
    let throttle = MemoryThrottle::default();
    for network in 1..=4 {
        until_locked(&throttle, from(network, START));
    }
    throttle.judge(from(5, START));
    throttle.reward(from(5, START));
    for network in 6..=10 {
        until_locked(&throttle, from(network, START));
    }
    assert_eq!(locked(throttle.judge(from(11, START))), Some(START + 60), "fifty anew");
}

#[test]
fn a_human_clears_every_lock_of_an_account() {
    let throttle = MemoryThrottle::default();
    for network in 1..=5 {
        until_locked(&throttle, from(network, START));
    }
    assert!(throttle.forgive(from(1, START).account, at(START + 10)));
    assert_eq!(until_locked(&throttle, from(1, START + 11)), (10, START + 911));
    assert_eq!(until_locked(&throttle, from(6, START + 11)), (10, START + 911));
}
