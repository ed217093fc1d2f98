//! What the store in memory promises beyond the trait, whose rules `tests/stores.rs` has.

#[cfg(shuttle)]
mod interleavings;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use super::*;
use crate::store::{Listing, Successor};

/// Milliseconds that a grace lasts here.
const GRACE: u64 = 10_000;

/// After everything that happens here.
const LATE: Timestamp = at(1_000_000_000);

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_unix_millis(millis)
}

fn key(name: &str) -> TokenKey {
    TokenKey::of_id("issuer", "subject", name)
}

/// Memory answers at once.
fn answer<T>(future: StoreFuture<'_, T>) -> Result<T, BoxError> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits for something"),
    }
}

fn rotation(token: &str, successor: &str, now: u64) -> Rotation {
    let signed = Successor::new(successor, at(now));
    Rotation { grace_ends: at(now + GRACE), ..Rotation::new(key(token), signed, key(successor), at(now), LATE) }
}

fn rotate(sessions: &MemorySessions, token: &str, successor: &str, now: u64) -> Rotated {
    answer(sessions.rotate(rotation(token, successor, now))).unwrap()
}

fn revoke(sessions: &MemorySessions, token: &str, now: u64) {
    answer(sessions.revoke(key(token), at(now), LATE)).unwrap();
}

/// Which of the tokens are revoked.
fn revoked<'a>(sessions: &MemorySessions, tokens: &[&'a str], now: u64) -> Vec<&'a str> {
    tokens.iter().copied().filter(|token| sessions.is_revoked(&key(token), at(now))).collect()
}

#[test]
fn s47_an_entry_lives_until_its_time_and_then_makes_room() {
    let sessions = MemorySessions::with_capacity(5);
    let until = |token, successor, until| Rotation { until, ..rotation(token, successor, 0) };
    answer(sessions.rotate(until("a", "a2", at(100_000)))).unwrap();
    answer(sessions.rotate(until("b", "b2", at(200_000)))).unwrap();
    answer(sessions.revoke(key("c"), at(0), at(100_001))).unwrap();

    assert!(answer(sessions.revoke(key("d"), at(99_999), LATE)).is_err());
    assert_eq!(revoked(&sessions, &["a", "b", "c", "d"], 99_999), ["a", "b", "c"]);

    sessions.list.settle(at(100_000));
    assert!(answer(sessions.revoke(key("d"), at(100_000), LATE)).is_ok());
    assert_eq!(revoked(&sessions, &["a", "b", "c", "d"], 100_000), ["b", "c", "d"]);
    assert_eq!(sessions.len(), 4);

    assert!(answer(sessions.rotate(rotation("x", "x2", 100_000))).is_err(), "one free place is not enough for two");
    assert_eq!(rotate(&sessions, "b2", "b3", 100_001), Rotated::Fresh);
    assert_eq!(revoked(&sessions, &["b", "b2", "b3", "c", "d"], 150_000), ["b", "b2", "d"], "c has had its time");
}

#[test]
fn s64_what_has_had_its_time_is_swept_out_by_and_by() {
    let sessions = MemorySessions::default();
    let mut most = 0;
    for now in 0..100_000 {
        let (token, next) = (format!("a{now}"), format!("b{now}"));
        let short = Rotation { until: at(now + 100), ..rotation(&token, &next, now) };
        sessions.list.settle(at(now));
        assert_eq!(answer(sessions.rotate(short)).unwrap(), Rotated::Fresh);
        most = most.max(sessions.families.lock().members());
    }
    assert!(most <= 2 * 1024 + 2, "200 tokens are alive at any time, {most} were remembered");
    // The list counts whole seconds, and looks over one shard of a thousand with each entry.
    assert!(sessions.len() < 10_000, "{}", sessions.len());
}

/// A full table is swept by a clock that is ahead, and then the clock comes back.
#[test]
fn s65_a_clock_that_jumps_ahead_and_comes_back_forgets_no_family() {
    let sessions = MemorySessions::with_capacity(2);
    rotate(&sessions, "a", "a2", 0);
    let ahead = LATE.plus_seconds(1);
    assert!(answer(sessions.revoke(key("b"), ahead, ahead.plus_seconds(1))).is_err());
    assert_eq!(rotate(&sessions, "a", "x", GRACE), Rotated::Reuse);
    assert_eq!(revoked(&sessions, &["a", "a2"], GRACE), ["a", "a2"]);
}

#[test]
fn s64_a_full_store_refuses_and_forgets_nothing() {
    let sessions = MemorySessions::with_capacity(6);
    rotate(&sessions, "a", "a2", 0);
    rotate(&sessions, "b", "b2", 0);
    revoke(&sessions, "c", 0);
    revoke(&sessions, "d", 0);
    assert_eq!(sessions.len(), 6);
    for attempt in 0..1000 {
        let token = format!("e{attempt}");
        assert!(answer(sessions.rotate(rotation(&token, "x", GRACE))).is_err());
        assert!(answer(sessions.revoke(key(&token), at(GRACE), LATE)).is_err());
        assert!(answer(sessions.revoke_family(key(&token), at(GRACE), LATE)).is_err());
        assert_eq!(revoked(&sessions, &[&token], GRACE), [""; 0], "what failed has done nothing");
    }
    assert_eq!(revoked(&sessions, &["a", "a2", "b", "b2", "c", "d"], GRACE), ["a", "b", "c", "d"]);
    let error = answer(sessions.rotate(rotation("e", "x", GRACE))).unwrap_err();
    assert_eq!(error.to_string(), "the session store is full: give it more capacity");
}

/// A retry, a theft, a logout and a second one add nothing to the table.
#[test]
fn s64_a_full_store_still_answers_what_takes_no_room() {
    let full = || {
        let sessions = MemorySessions::with_capacity(4);
        rotate(&sessions, "a", "a2", 0);
        revoke(&sessions, "b", 0);
        revoke(&sessions, "c", 0);
        sessions
    };
    let ask = |token: &str, now| answer(full().rotate(rotation(token, "x", now))).map_err(|error| error.to_string());
    assert_eq!(ask("a", 1), Ok(Rotated::Replay(Successor::new("a2", at(0)))), "a retry inside the grace");
    assert_eq!(ask("b", 1), Ok(Rotated::Revoked), "a revoked token");
    assert_eq!(ask("a", GRACE), Ok(Rotated::Reuse), "a stolen token");

    let sessions = full();
    assert!(answer(sessions.revoke(key("b"), at(1), LATE)).is_ok(), "logging out twice");
    assert!(answer(sessions.revoke_family(key("a2"), at(1), LATE)).is_ok(), "logging out with a token that is known");
    assert_eq!(revoked(&sessions, &["a", "a2"], 1), ["a", "a2"]);
    assert_eq!(sessions.len(), 4);
}

#[test]
fn s64_logins_that_are_listed_take_room_and_a_session_that_ends_gives_none_away() {
    let sessions = MemorySessions::with_capacity(2);
    let user = UserKey::of(&"ada".into());
    let open =
        |token: &str| answer(sessions.open(Opening::new(key(token), Listing::new(user, at(0), None), at(0), LATE)));
    open("a").unwrap();
    open("b").unwrap();
    assert!(open("c").is_err());
    assert!(answer(sessions.end_session(user, SessionId::of(key("a")), at(1))).unwrap());
    assert_eq!((sessions.len(), revoked(&sessions, &["a", "b"], 1)), (2, vec!["a"]));
    assert!(open("c").is_err(), "the ended one is still revoked");
}

#[test]
fn s64_a_renewed_token_that_has_had_its_time_makes_room_for_one_other() {
    let sessions = MemorySessions::with_capacity(3);
    let user = UserKey::of(&"ada".into());
    let open = |token: &str, renews: Option<&str>, now, until| {
        let plain = Opening::new(key(token), Listing::new(user, at(now), None), at(now), until);
        answer(sessions.open(Opening { renews: renews.map(key), ..plain }))
    };
    open("a", None, 0, at(100_000)).unwrap();
    open("b", Some("a"), 1, LATE).unwrap();
    open("c", Some("b"), 2, LATE).unwrap();
    assert!(open("d", None, 99_999, LATE).is_err());
    sessions.list.settle(at(100_000));
    open("d", None, 100_000, LATE).unwrap();
    assert!(open("e", None, 100_001, LATE).is_err(), "b, c and d are good still");
    assert_eq!(revoked(&sessions, &["b", "c", "d"], 100_001), [""; 0]);
}

#[test]
fn s64_what_moves_within_a_session_is_counted_once_and_what_ends_leaves_no_trace() {
    let sessions = MemorySessions::default();
    let user = UserKey::of(&"ada".into());
    let open = |token: &str, renews: Option<&str>| {
        let plain = Opening::new(key(token), Listing::new(user, at(0), None), at(0), LATE);
        answer(sessions.open(Opening { renews: renews.map(key), ..plain })).unwrap();
        sessions.len()
    };
    assert_eq!((open("a", None), open("a", None), open("b", Some("a")), open("other", None)), (1, 1, 2, 3));
    rotate(&sessions, "a", "a2", 1);
    assert_eq!(sessions.len(), 4, "a, and three that are good");
    revoke(&sessions, "b", 2);
    assert_eq!(sessions.len(), 4, "a and b, and two that are good");
    for first in ["a", "other"] {
        assert!(!sessions.families.lock().users.is_empty());
        assert!(answer(sessions.end_session(user, SessionId::of(key(first)), at(3))).unwrap());
    }
    assert_eq!(sessions.len(), 4, "all four are revoked");
    assert!(!sessions.is_empty() && sessions.families.lock().users.is_empty());
    open("0", None);
    for turn in 1..=20 {
        open(&turn.to_string(), Some(&(turn - 1).to_string()));
    }
    assert_eq!(sessions.len(), 4 + 21, "seventeen that are good, and four that are revoked");
}

#[test]
fn a_store_without_capacity_refuses_everything() {
    let sessions = MemorySessions::with_capacity(0);
    assert!(answer(sessions.rotate(rotation("a", "a2", 0))).is_err());
    assert!(answer(sessions.revoke(key("a"), at(0), LATE)).is_err());
    assert!(answer(sessions.revoke_user(UserKey::of(&1.into()), at(0), at(0), LATE)).is_err());
    assert!(sessions.is_empty());
    assert_eq!(revoked(&sessions, &["a"], 0), [""; 0]);
}
