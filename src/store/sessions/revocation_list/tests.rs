//! The list against a plain map, its size, and readers beside writers.

use std::{collections::BTreeMap, thread};

use proptest::prelude::*;

use super::*;

const fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn key(number: u64) -> TokenKey {
    TokenKey::of_id("issuer", "subject", &number.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_list_answers_as_a_map_does(
        steps in proptest::collection::vec((0..100_u64, 0..50_u64, 1..200_u64, 0..3_u64), 1..300),
    ) {
        let list = RevocationList::with_capacity(10_000);
        let mut map: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        let mut now = 1000;
        for (number, from, life, wait) in steps {
            now += wait;
            // What has had its time may be gone or not: nobody asks for it again.
            if map.get(&number).is_some_and(|(_, until)| *until <= now) {
                continue;
            }
            let (from, until) = (now + from, now + from + life);
            list.revoke(key(number), at(now), at(from), at(until)).unwrap();
            let known = map.entry(number).or_insert((from, until));
            *known = (known.0.min(from), known.1.max(until));
            for number in 0..100 {
                let revoked = map.get(&number).is_some_and(|(from, until)| (*from..*until).contains(&now));
                prop_assert_eq!(list.is_revoked(&key(number), at(now)), revoked, "{} at {}", number, now);
            }
        }
        prop_assert!(list.len() <= map.len());
    }
}

#[test]
fn s64_at_most_32_bytes_for_each_revoked_token_at_every_size_that_matters() {
    let list = RevocationList::with_capacity(200_000);
    let mut most = 0;
    for number in 1..=200_000 {
        list.revoke(key(number as u64), at(0), at(0), at(100)).unwrap();
        if number % 1000 == 0 && number >= 50_000 {
            most = most.max(list.token_bytes().div_ceil(number));
        }
    }
    assert!((20..=32).contains(&most), "{most} bytes");
    let allocated = RevocationList::with_capacity(10).token_bytes();
    assert!((64..1000).contains(&allocated), "nothing but locks before the first: {allocated}");
    let error = list.revoke(key(0), at(0), at(0), at(100)).unwrap_err();
    assert_eq!(error.to_string(), "the revocation list is full: give it more capacity");
    assert!((1..=200_000).all(|number| list.is_revoked(&key(number), at(99))), "nothing was forgotten");
    assert!(!list.is_revoked(&key(0), at(0)));
    list.settle(at(100));
    list.revoke(key(0), at(100), at(0), at(200)).unwrap();
    list.sweep(at(100));
    assert_eq!(list.len(), 1);
    assert!(list.token_bytes() < 100_000, "{}", list.token_bytes());
}

#[test]
fn s64_what_has_had_its_time_leaves_by_and_by_without_a_sweep() {
    let list = RevocationList::with_capacity(10_000);
    for number in 0..9_000 {
        list.revoke(key(number), at(0), at(0), at(100)).unwrap();
    }
    let full = list.token_bytes();
    list.settle(at(100));
    for number in 0..10 {
        assert!(!list.is_empty(), "{number}");
        list.revoke(key(10_000 + number), at(100), at(0), at(200)).unwrap();
    }
    assert_eq!(list.len(), 10);
    assert!(list.token_bytes() < full / 10, "{} of {full}", list.token_bytes());
}

#[test]
fn s64_a_full_list_lets_go_of_what_has_had_its_time_before_it_refuses() {
    let list = RevocationList::with_capacity(2_048);
    // All in the second half of the key space, and the first turn is that of the first half.
    for number in 0..2_048_u128 {
        let key = TokenKey::from_bytes((number << 100 | 1 << 127).to_be_bytes());
        list.revoke(key, at(0), at(0), at(100)).unwrap();
    }
    assert!(list.revoke(key(0), at(99), at(0), at(200)).is_err());
    list.settle(at(100));
    for number in 0..2_048 {
        list.revoke(key(number), at(100), at(0), at(200)).unwrap();
    }
    assert_eq!(list.len(), 2_048);
}

#[test]
fn a_list_knows_whether_it_lists_anything_and_until_when() {
    let list = RevocationList::with_capacity(10);
    assert!(list.is_empty() && list.is_unused());
    list.revoke(key(1), at(0), at(50), at(100)).unwrap();
    assert!(!list.is_empty() && !list.is_unused());
    assert!(list.is_listed(&key(1), at(0)) && list.is_listed(&key(1), at(99)));
    assert!(!list.is_listed(&key(1), at(100)) && !list.is_listed(&key(2), at(0)));
    list.revoke_user(UserKey::of(&Subject::from(1)), at(0), at(0), at(100)).unwrap();
    list.settle(at(100));
    list.sweep(at(100));
    assert_eq!(format!("{list:?}"), "RevocationList { capacity: 10, tokens: 0, users: 0, .. }");
}

/// Beyond 500 that stand behind their place, marks do not tell the order any more.
#[test]
fn keys_that_crowd_at_either_end_of_the_key_space_hide_nobody() {
    let number = |number: u128| TokenKey::from_bytes(number.to_be_bytes());
    for end in [0, u128::MAX] {
        let list = RevocationList::with_capacity(1000);
        let spread: Vec<_> = (1..64).map(|part| number(u128::MAX / 64 * part)).collect();
        let revoke = |key: TokenKey| list.revoke(key, at(0), at(0), at(10)).unwrap();
        spread.iter().copied().for_each(revoke);
        let crowd =
            |step: u128| number(end.wrapping_add_signed((step.cast_signed() << 40) * if end == 0 { 1 } else { -1 }));
        for step in 0..900 {
            revoke(crowd(step));
            assert!(spread.iter().all(|key| list.is_revoked(key, at(0))), "after {step}");
            assert!(list.is_revoked(&crowd(step / 2), at(0)) && !list.is_revoked(&crowd(step + 1), at(0)));
        }
        // Made anew without one that has had its time, and then asked to take one from the other end.
        list.revoke(number(u128::MAX / 3), at(0), at(0), at(5)).unwrap();
        list.settle(at(5));
        list.revoke(number(!end ^ 1 << 100), at(5), at(0), at(10)).unwrap();
        assert_eq!(list.len(), 900 + 63 + 1);
        assert!((0..900).all(|step| list.is_revoked(&crowd(step), at(5))));
        assert!(spread.iter().all(|key| list.is_revoked(key, at(5))), "{end}");
    }
}

#[test]
fn s46_a_users_moment_is_kept_to_the_millisecond_and_the_later_one_wins() {
    let list = RevocationList::with_capacity(10);
    let ada = Subject::from(1);
    assert_eq!(list.valid_since(&ada, at(0)), None);
    let late = Timestamp::from_unix_millis(5_500);
    list.revoke_user(UserKey::of(&ada), at(5), late, at(100)).unwrap();
    list.revoke_user(UserKey::of(&ada), at(5), at(5), at(50)).unwrap();
    assert_eq!(list.valid_since(&"1".into(), at(99)), Some(late));
    assert_eq!(list.valid_since(&2.into(), at(99)), None);
    assert_eq!(list.valid_since(&ada, at(100)), None);
}

/// A reader never misses what was revoked before it asked, while shards are made anew around it.
#[test]
fn s43_readers_beside_writers_see_every_revocation() {
    let list = RevocationList::with_capacity(100_000);
    for number in 0..1000 {
        list.revoke(key(number), at(0), at(0), at(1000)).unwrap();
    }
    thread::scope(|scope| {
        for writer in 1..=2 {
            let list = &list;
            scope.spawn(move || {
                for number in 0..20_000 {
                    list.revoke(key(writer * 1_000_000 + number), at(number / 4000), at(0), at(1 + number % 7))
                        .unwrap();
                }
            });
        }
        for _ in 0..2 {
            let list = &list;
            scope.spawn(move || {
                for round in 0..20 {
                    let missed = (0..1000).filter(|number| !list.is_revoked(&key(*number), at(0))).count();
                    assert_eq!(missed, 0, "round {round}");
                }
            });
        }
    });
    assert!((0..1000).all(|number| list.is_revoked(&key(number), at(999))));
}
