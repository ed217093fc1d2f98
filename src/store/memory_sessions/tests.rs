mod model;
mod rules;
mod threads;

use std::{
    collections::HashMap,
    pin::pin,
    sync::Barrier,
    task::{Context, Poll, Waker},
    thread,
};

use proptest::prelude::*;

use super::*;

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

fn successor(name: &str, now: Timestamp) -> Successor {
    Successor::new(name, now)
}

/// Memory answers at once.
fn answer<T>(future: StoreFuture<'_, T>) -> Result<T, BoxError> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits for something"),
    }
}

fn rotation(token: &str, successor_name: &str, now: Timestamp) -> Rotation {
    Rotation {
        token: key(token),
        successor: successor(successor_name, now),
        successor_key: key(successor_name),
        now,
        grace_ends: at(now.unix_millis() + GRACE),
        until: LATE,
    }
}

/// Refreshes `token` for `successor`.
fn rotate(sessions: &MemorySessions, token: &str, successor: &str, now: u64) -> Rotated {
    answer(sessions.rotate(rotation(token, successor, at(now)))).unwrap()
}

fn revoke(sessions: &MemorySessions, token: &str, now: u64) {
    answer(sessions.revoke(key(token), LATE, at(now))).unwrap();
}

/// Which of the tokens are revoked.
fn revoked<'a>(sessions: &MemorySessions, tokens: &[&'a str], now: u64) -> Vec<&'a str> {
    tokens.iter().copied().filter(|token| sessions.is_revoked(&key(token), at(now))).collect()
}
