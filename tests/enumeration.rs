//! Who has an account: what is answered to attempts that fail tells it neither by words nor by work. By time, `benches/timing.rs`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use support::*;
use tower_auth::{Account, AuthLayer, AuthLayerBuilder, BoxError, FailureLimit, Identifier, Lookup, Query, Rejection};

/// Whom an attempt is about, and the password that is tried.
fn attempts() -> Vec<(&'static str, String)> {
    let long = "x".repeat(5000);
    vec![
        ("known", "wrong".into()),
        ("unknown", "wrong".into()),
        ("unknown", PASSWORD.into()),
        ("blocked", "wrong".into()),
        ("unconfirmed", "wrong".into()),
        ("nopassword", "wrong".into()),
        ("damaged", PASSWORD.into()),
        ("known", long.clone()),
        ("unknown", long.clone()),
        ("blocked", long.clone()),
        ("known", "x".repeat(73)),
        ("unknown", "x".repeat(73)),
        ("known", format!("{PASSWORD} ")),
    ]
}

/// Every stored hash is of the application's own form, so that each verification is counted.
fn build(builder: AuthLayerBuilder, hashed: &Arc<AtomicUsize>) -> AuthLayer<impl Lookup<User = User> + use<>> {
    let counter = Arc::clone(hashed);
    let verify = move |stored: &str, password: &str| {
        let right = stored.strip_prefix("own:")?;
        counter.fetch_add(1, Ordering::SeqCst);
        Some(right == password)
    };
    builder
        .verify_passwords_with(verify)
        .build(async |query: Query| {
            let Query::Login { identifier: Identifier::Username(name), .. } = query else { return Ok(None) };
            let account = |id: u64| Account::new(id, User::Null).password_hash(format!("own:{PASSWORD}"));
            Ok::<_, BoxError>(match &*name {
                "known" => Some(account(1)),
                "blocked" => Some(account(2).blocked(true)),
                "unconfirmed" => Some(account(3).unconfirmed(true)),
                "nopassword" => Some(Account::new(4, User::Null)),
                "damaged" => Some(Account::new(5, User::Null).password_hash("garbage")),
                _ => None,
            })
        })
        .unwrap()
}

/// The five doors that take a password.
fn doors(user_id: &str, password: &str) -> Vec<(&'static str, Request<Full<Bytes>>)> {
    let mut doors: Vec<_> = logins(user_id, password).into_iter().map(|(name, request, _)| (name, request)).collect();
    doors.push(("basic", authorized(request("GET", "/me"), &basic(user_id, password))));
    doors
}

/// All that a client gets, and the reason that an operator is told.
fn seen(reply: &Reply) -> String {
    let kind = reply.extensions.get::<Rejection>().map(Rejection::kind);
    format!("{} {:?} {:?} {kind:?}", reply.status, reply.headers, reply.body)
}

#[tokio::test]
async fn s57_what_fails_is_answered_alike_and_does_the_same_work_whoever_it_is_about() {
    let hashed = Arc::new(AtomicUsize::new(0));
    let auth = build(builder().without_failure_limit(), &hashed);
    // What the stored form costs is seen once, by a right password.
    for (_, request) in doors("known", PASSWORD) {
        assert!(send(&auth, request).await.status < 300);
    }
    for door in 0..5 {
        let mut first = None;
        for (user_id, password) in attempts() {
            hashed.store(0, Ordering::SeqCst);
            let (name, request) = doors(user_id, &password).swap_remove(door);
            let reply = send(&auth, request).await;
            let what = format!("{name}: {user_id}, {} bytes", password.len());
            assert!(reply.status >= 400, "{what}");
            assert_eq!(hashed.load(Ordering::SeqCst), 1, "{what}");
            assert_eq!(*first.get_or_insert_with(|| seen(&reply)), seen(&reply), "{what}");
        }
    }
}

#[tokio::test]
async fn s54_who_is_locked_out_is_answered_alike_and_costs_nothing_whoever_it_is_about() {
    let hashed = Arc::new(AtomicUsize::new(0));
    let auth = build(builder().failure_limit(FailureLimit::new(3, 900, 900)), &hashed);
    for door in 0..5 {
        let mut first = None;
        for user_id in ["known", "unknown", "blocked", "unconfirmed", "nopassword"] {
            for _ in 0..3 {
                send(&auth, doors(user_id, "wrong").swap_remove(door).1).await;
            }
            hashed.store(0, Ordering::SeqCst);
            for password in ["wrong", PASSWORD] {
                let (name, request) = doors(user_id, password).swap_remove(door);
                let reply = send(&auth, request).await;
                assert_eq!(reply.status, 429, "{name}: {user_id}");
                assert_eq!(*first.get_or_insert_with(|| seen(&reply)), seen(&reply), "{name}: {user_id}");
            }
            assert_eq!(hashed.load(Ordering::SeqCst), 0, "{user_id}");
        }
    }
}
