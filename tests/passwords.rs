//! Passwords through the door: every stored form, the application's own verification, new hashes, and the lane on which
//! all hashing is done.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::json;
use support::*;
use tokio::sync::mpsc::unbounded_channel;
use tower_auth::{
    Account, AuthLayer, BoxError, Lookup, PasswordUpgrade, Query, Rejection, RejectionKind, StoredPassword,
    dialect::Refusal,
};

/// Made by argon2-cffi, PHP's `password_hash`, bcrypt for Python and hashlib, of [`PASSWORD`].
const FORMS: &[(&str, &str)] = &[
    ("argon2id", "$argon2id$v=19$m=64,t=2,p=1$NTQxQkdxd3RqMk13cXZndw$bUeRLgSPot//n7Gq18yOeKUma53/300uvLx2hPX5ERY"),
    ("argon2i", "$argon2i$v=19$m=64,t=2,p=1$Z1NJeHByNWU1dXJhMWpURg$LZEhkswUvQC9x/cEyAu1hy+5ZSW6DwPXwynV1WPWd40"),
    ("argon2d", "$argon2d$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$LmFg69OZeyHBxEUa1R5skTkupIKz81nzXcjNDQoHqPM"),
    (
        "argon2id of Spring",
        "{argon2}$argon2id$v=19$m=16384,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$ab+ISGQNSW96gQqmjcCVtv6pUJIHYuCuQv9Ep89LZPg",
    ),
    ("bcrypt 2a", "$2a$04$noMNHVuHWI7TXm5lM8ZdC.NC6s4p381CtlglgTSMkoALBOa3EM5qa"),
    ("bcrypt 2b", "$2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK"),
    ("bcrypt 2y", "$2y$04$O2L8TSeup8PbV1lzEWW9qOb9bT3IeNpiSgDxwLcm6Wue7fclx3MfS"),
    ("bcrypt of Spring", "{bcrypt}$2a$04$noMNHVuHWI7TXm5lM8ZdC.NC6s4p381CtlglgTSMkoALBOa3EM5qa"),
    ("scrypt", "$scrypt$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAs"),
    ("pbkdf2-sha256", "$pbkdf2-sha256$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M"),
    (
        "pbkdf2-sha512",
        "$pbkdf2-sha512$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$eIGMi+UqDswIbd31dNfOt/Ef/Dp4lJ3j3OqjlFeJWu75VMjKI1vX4xv9hmkwjYCpfvyG3tdytQqwPK/yPKxncA",
    ),
];

fn account() -> Account<User> {
    Account::new(1, json!({ "id": 1, "username": "duane15" }))
}

/// A lookup with one user, `duane15`, whose account is what `make` makes of it.
fn one_user(make: impl Fn(Account<User>) -> Account<User> + Clone + Send + Sync + 'static) -> impl Lookup<User = User> {
    move |query: Query| {
        let found = match query {
            Query::Login { identifier, .. } => identifier.as_str() == "duane15",
            Query::Subject { id, .. } => id.parse() == Some(1),
            _ => false,
        };
        std::future::ready(Ok::<_, BoxError>(found.then(|| make(account()))))
    }
}

fn stored(stored: impl Into<StoredPassword>) -> impl Lookup<User = User> {
    let stored = stored.into();
    one_user(move |account| account.password_hash(stored.clone()))
}

/// `GET /me` by Basic.
fn me(user_id: &str, password: &str) -> Request<Full<Bytes>> {
    authorized(request("GET", "/me"), &basic(user_id, password))
}

async fn assert_granted<L: Lookup<User = User>>(layer: &AuthLayer<L>, password: &str, why: &str) {
    for (contract, login, status) in logins("duane15", password) {
        let reply = send(layer, login).await;
        assert_eq!(reply.status, status, "{why}, {contract}: {:?}", reply.body);
        let reply = send(layer, bearer(&granted_token(&reply))).await;
        assert_eq!((reply.status, reply.text()), (200, "inner: 1"), "{why}, {contract}: its token");
    }
    let reply = send(layer, me("duane15", password)).await;
    assert_eq!((reply.status, reply.text()), (200, "inner: 1"), "{why}, Basic");
}

async fn assert_refused<L: Lookup<User = User>>(layer: &AuthLayer<L>, password: &str, why: &str) {
    for ((contract, login, _), (_, status, body)) in logins("duane15", password).into_iter().zip(WRONG_PASSWORD) {
        let reply = send(layer, login).await;
        assert_eq!((reply.status, reply.text()), (status, body), "{why}, {contract}");
    }
    let reply = send(layer, me("duane15", password)).await;
    assert_eq!(reply.status, 401, "{why}, Basic: {:?}", reply.body);
}

#[tokio::test]
async fn every_stored_form_logs_in_at_every_door() {
    let mut forms: Vec<(&str, StoredPassword)> = FORMS.iter().map(|(name, form)| (*name, (*form).into())).collect();
    forms.push((
        "salted SHA-256",
        StoredPassword::salted_sha256("s4lt", "yC0sRRMvYnYDTds6jnT2XlqJ1kYO2jJH0+uvxqB7szo="),
    ));
    for (name, form) in forms {
        let layer = builder().build(stored(form)).unwrap();
        assert_granted(&layer, PASSWORD, name).await;
        assert_refused(&layer, "incorrect horse", name).await;
    }
}

#[tokio::test]
async fn s39_passwords_are_compared_whole_at_every_door() {
    for (name, form) in [FORMS[0], FORMS[5], FORMS[8], FORMS[10]] {
        let layer = builder().without_failure_limit().build(stored(form)).unwrap();
        for other in
            ["correct horse ", " correct horse", "Correct horse", "correct hors", "correct horse correct horse"]
        {
            assert_refused(&layer, other, &format!("{name}, {other:?}")).await;
        }
        // What Basic cannot carry.
        for other in ["correct horse\0", "correct horse\0correct horse", "correct horse\n"] {
            let body = json!({ "username": "duane15", "password": other });
            let reply = send(&layer, post_json("/login", &body)).await;
            assert_eq!((reply.status, reply.text()), (404, WRONG_PASSWORD[1].2), "{name}, {other:?}");
        }
    }
}

#[tokio::test]
async fn s39_a_password_over_72_bytes_is_refused_for_bcrypt_and_taken_by_others() {
    let long = "a".repeat(72);
    let layer = builder().build(stored("$2b$04$5T.RIolYfWV3RP17Yduhke.vxfbNE0nplE.Z2h7XnhEGJfGiGuHG2")).unwrap();
    assert_granted(&layer, &long, "72 bytes").await;
    assert_refused(&layer, &(long.clone() + "a"), "73 bytes").await;
    assert_refused(&layer, &long.repeat(80), "5760 bytes").await;

    let longer = "a".repeat(4096);
    let form = "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$uI82GZG5EAHyZ3G+WAbzOfgtJ3hYIW/Y+Xeg96yPZR4";
    let layer = builder().build(stored(form)).unwrap();
    assert_granted(&layer, &longer, "4096 bytes").await;
    assert_refused(&layer, &(longer.clone() + "a"), "4097 bytes").await;
}

#[tokio::test]
async fn what_is_no_hash_is_refused_like_a_wrong_password() {
    for form in ["correct horse", "{noop}correct horse", "", "$2b$04$damaged", "own:correct horse"] {
        let layer = builder().build(stored(form)).unwrap();
        assert_refused(&layer, PASSWORD, form).await;
    }
}

#[tokio::test]
async fn the_application_verifies_its_own_forms() {
    let verify = |stored: &str, password: &str| stored.strip_prefix("own:").map(|own| own == password);
    let layer = |form: &str| {
        let form = StoredPassword::from(form);
        builder().verify_passwords_with(verify).build(stored(form)).unwrap()
    };
    assert_granted(&layer("own:correct horse"), PASSWORD, "an own form").await;
    assert_refused(&layer("own:correct horse"), "correct horse ", "an own form").await;
    assert_refused(&layer("other:correct horse"), PASSWORD, "nobody's form").await;
    assert_refused(&layer("{noop}own:correct horse"), PASSWORD, "plain text").await;
    assert_granted(&layer(FORMS[5].1), PASSWORD, "a form known to the layer").await;
}

#[tokio::test]
async fn the_application_is_not_asked_about_forms_known_to_the_layer() {
    let layer = builder().verify_passwords_with(|_, _| Some(true)).build(stored(FORMS[5].1)).unwrap();
    assert_refused(&layer, "wrong", "bcrypt").await;
}

#[tokio::test]
async fn s59_a_verifier_that_panics_fails_its_login_and_no_other() {
    let verify = |stored: &str, _: &str| match stored {
        "own:panic" => std::panic::resume_unwind(Box::new("secret text of the panic")),
        _ => Some(true),
    };
    let rows = vec![
        Row { hash: Some("own:panic"), ..Row::new(1, "bad") },
        Row { hash: Some("own:good"), ..Row::new(2, "good") },
    ];
    let layer = builder().hashing_lane(1, 0).verify_passwords_with(verify).build(find_in(rows)).unwrap();
    for _ in 0..3 {
        for (contract, login, _) in logins("bad", PASSWORD) {
            let reply = send(&layer, login).await;
            assert_eq!(reply.status, 500, "{contract}");
            assert!(!reply.text().contains("panic"), "{contract}: {}", reply.text());
        }
        let reply = send(&layer, me("bad", PASSWORD)).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
        assert!(!reply.text().contains("panic"), "{}", reply.text());
    }
    for (contract, login, status) in logins("good", PASSWORD) {
        assert_eq!(send(&layer, login).await.status, status, "{contract}");
    }
}

#[tokio::test]
async fn a_closure_that_verified_the_password_is_believed() {
    let find = |query: Query| {
        let found = match query {
            Query::Login { identifier, password, .. } if identifier.as_str() == "duane15" => {
                (password.expose() == "as LDAP has it").then(|| account().password_verified())
            }
            Query::Subject { id, .. } => (id.parse() == Some(1)).then(account),
            _ => None,
        };
        std::future::ready(Ok::<_, BoxError>(found))
    };
    let layer = builder().lookup_verifies_passwords().build(find).unwrap();
    assert_granted(&layer, "as LDAP has it", "verified elsewhere").await;
    assert_refused(&layer, PASSWORD, "verified elsewhere").await;
}

#[tokio::test]
async fn s57_a_password_that_a_closure_found_wrong_is_refused_to_the_byte_as_one_that_is_hashed() {
    type Told = fn(Account<User>) -> Account<User>;
    let told: [Told; 3] = [|account| account, |account| account.blocked(true), |account| account.unconfirmed(true)];
    for disclosed in [false, true] {
        for told in told {
            let builder = || if disclosed { builder().disclose_unknown_users() } else { builder() };
            let hashed = builder().build(one_user(move |account| told(account).password_hash(BCRYPT))).unwrap();
            let wrong = one_user(move |account| told(account).password_wrong());
            let wrong = builder().lookup_verifies_passwords().build(wrong).unwrap();
            let attempts =
                || logins("duane15", "wrong").map(|(_, login, _)| login).into_iter().chain([me("duane15", "wrong")]);
            for (login, as_login) in attempts().zip(attempts()) {
                let (reply, expected) = (send(&wrong, login).await, send(&hashed, as_login).await);
                assert_eq!(
                    (reply.status, &reply.headers, &reply.body),
                    (expected.status, &expected.headers, &expected.body)
                );
                assert_eq!(reply.extensions.get::<Refusal>(), expected.extensions.get::<Refusal>());
                let kind = |reply: &Reply| reply.extensions.get::<Rejection>().map(Rejection::kind);
                assert_eq!(kind(&reply), kind(&expected));
            }
            let status = send(&wrong, bearer(&good_token())).await.status;
            assert_eq!(status, send(&hashed, bearer(&good_token())).await.status, "it says nothing of tokens");
        }
    }
}

#[tokio::test]
async fn s33_a_closure_that_verified_the_password_lets_no_blocked_user_in() {
    let blocked = one_user(|account| account.password_verified().blocked(true));
    let layer = builder().lookup_verifies_passwords().build(blocked).unwrap();
    let statuses = [400, 403, 403, 422];
    for ((contract, login, _), status) in logins("duane15", PASSWORD).into_iter().zip(statuses) {
        assert_eq!(send(&layer, login).await.status, status, "{contract}");
    }
    assert_eq!(send(&layer, me("duane15", PASSWORD)).await.status, 401);
    assert_eq!(send(&layer, bearer(&good_token())).await.status, 401);
}

#[tokio::test]
async fn an_account_without_any_proof_is_refused_like_a_wrong_password() {
    let layer = builder().build(one_user(|account| account)).unwrap();
    for password in [PASSWORD, "x"] {
        assert_refused(&layer, password, "no proof").await;
    }
    assert_eq!(send(&layer, bearer(&good_token())).await.status, 200, "its tokens are as good as any");
}

#[tokio::test]
async fn the_last_proof_that_is_given_counts() {
    let builder = || builder().lookup_verifies_passwords();
    let layer = builder().build(one_user(|account| account.password_verified().password_hash(BCRYPT))).unwrap();
    assert_refused(&layer, "wrong", "verified, then a hash").await;
    let layer = builder().build(one_user(|account| account.password_hash(BCRYPT).password_verified())).unwrap();
    assert_granted(&layer, "wrong", "a hash, then verified").await;
    let layer = builder().build(one_user(|account| account.password_verified().password_wrong())).unwrap();
    assert_refused(&layer, PASSWORD, "verified, then wrong").await;
}

#[tokio::test]
async fn an_older_form_is_stored_anew_and_the_new_one_logs_in_and_is_left_alone() {
    let table = Arc::new(Mutex::new(StoredPassword::from(FORMS[5].1)));
    let find = one_user({
        let table = Arc::clone(&table);
        move |account| account.password_hash(table.lock().unwrap().clone())
    });
    let (sender, mut stored) = unbounded_channel();
    let layer = builder()
        .rehash_with(move |upgrade: PasswordUpgrade| {
            let hash = upgrade.replacement.expose().to_owned();
            let mut stored = table.lock().unwrap();
            assert_eq!(upgrade.stored.expose(), stored.expose(), "compare, and set");
            *stored = upgrade.replacement;
            sender.send((upgrade.id, hash)).ok();
            std::future::ready(Ok::<_, BoxError>(()))
        })
        .build(find)
        .unwrap();

    assert_refused(&layer, "wrong", "before").await;
    assert_eq!(send(&layer, logins("duane15", PASSWORD)[1].1.clone()).await.status, 200);
    let (subject, hash) = stored.recv().await.unwrap();
    assert_eq!(subject.parse(), Some(1));
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");

    assert_granted(&layer, PASSWORD, "the new form").await;
    assert_refused(&layer, "correct horse ", "the new form").await;
    drop(layer);
    assert!(stored.recv().await.is_none(), "the new form was stored once more");
}

#[tokio::test]
async fn every_door_that_takes_a_password_stores_an_older_form_anew() {
    let (sender, mut stored) = unbounded_channel();
    let layer = builder()
        .rehash_with(move |upgrade: PasswordUpgrade| {
            sender.send(upgrade.replacement).ok();
            std::future::ready(Ok::<_, BoxError>(()))
        })
        .build(self::stored(FORMS[5].1))
        .unwrap();
    for (contract, login, status) in logins("duane15", PASSWORD) {
        assert_eq!(send(&layer, login).await.status, status, "{contract}");
        assert!(stored.recv().await.is_some(), "{contract}");
    }
    assert_eq!(send(&layer, me("duane15", PASSWORD)).await.status, 200);
    assert!(stored.recv().await.is_some(), "Basic");
    assert_eq!(send(&layer, bearer(&good_token())).await.status, 200);
    drop(layer);
    assert!(stored.recv().await.is_none(), "one for each login, and none for a token");
}

#[tokio::test]
async fn a_rehash_that_fails_or_hangs_or_panics_fails_no_login() {
    let tried = Arc::new(AtomicUsize::new(0));
    let (sender, mut attempts) = unbounded_channel();
    let layer = builder()
        .hashing_lane(1, 1)
        .rehash_with(move |_| {
            sender.send(()).ok();
            let attempt = tried.fetch_add(1, Ordering::SeqCst);
            async move {
                match attempt % 3 {
                    0 => Err(BoxError::from("the database is down")),
                    1 => std::future::pending().await,
                    _ => std::panic::resume_unwind(Box::new("the hook")),
                }
            }
        })
        .build(stored(FORMS[5].1))
        .unwrap();
    for round in 0..6 {
        let login = logins("duane15", PASSWORD)[1].1.clone();
        assert_eq!(send(&layer, login).await.status, 200, "login {round}");
        attempts.recv().await.unwrap();
    }
}

/// Waits, but not for ever: a place that was leaked would otherwise be waited for.
async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(30), future).await.expect("something waits for ever")
}

/// A layer with a lane of one place whose verifications wait until they are told how to end.
struct Gate {
    entered: tokio::sync::mpsc::UnboundedReceiver<()>,
    end: mpsc::Sender<bool>,
}

fn gated(width: usize, queue: usize) -> (AuthLayer<impl Lookup<User = User>>, Gate) {
    let (end, ends) = mpsc::channel();
    let (enter, entered) = unbounded_channel();
    let ends = Mutex::new(ends);
    let verify = move |_: &str, _: &str| {
        enter.send(()).ok();
        // A gate that is gone lets nobody in.
        Some(ends.lock().unwrap().recv().unwrap_or(false))
    };
    let layer = builder().hashing_lane(width, queue).verify_passwords_with(verify).build(stored("own:form")).unwrap();
    (layer, Gate { entered, end })
}

/// What a login is told that finds no room: the contract's name and the body, less the words of a timestamp.
const NO_ROOM: [(&str, &str); 4] = [
    (
        "auth_local",
        r#"{"statusCode":503,"error":"Service Unavailable","message":"Too many logins at the moment, please try again"}"#,
    ),
    ("login", r#"{"message":"Too many logins at the moment, please try again"}"#),
    (
        "auth_token",
        r#"{"timestamp":"2023-11-14T22:13:20.000+00:00","status":503,"error":"Service Unavailable","path":"/api/auth/token"}"#,
    ),
    ("tokens", r#"{"message":["Too many logins at the moment, please try again"]}"#),
];

#[tokio::test]
async fn s58_of_two_logins_in_a_lane_of_one_place_one_is_refused_at_once_and_tokens_still_work() {
    for (contract, body) in NO_ROOM {
        let (layer, mut gate) = gated(1, 0);
        let login = || logins("duane15", PASSWORD).into_iter().find(|(name, ..)| *name == contract).unwrap();
        let (_, first, granted) = login();
        let first = tokio::spawn({
            let layer = layer.clone();
            async move { send(&layer, first).await }
        });
        within(gate.entered.recv()).await.unwrap();

        let second = send(&layer, login().1).await;
        assert_eq!((second.status, second.text()), (503, body), "{contract}");
        assert_eq!(second.header("retry-after"), Some("1"), "{contract}");
        assert!(second.header("content-type").unwrap().starts_with("application/json"), "{contract}");

        let guarded = send(&layer, bearer(&good_token())).await;
        assert_eq!((guarded.status, guarded.text()), (200, "inner: 1"), "{contract}");

        gate.end.send(true).unwrap();
        assert_eq!(within(first).await.unwrap().status, granted, "{contract}");
        gate.end.send(true).unwrap();
        assert_eq!(send(&layer, login().1).await.status, granted, "{contract}: there is room again");
    }
}

#[tokio::test]
async fn s58_a_guarded_route_refuses_a_password_that_finds_no_room() {
    let (layer, mut gate) = gated(1, 0);
    let first = tokio::spawn({
        let layer = layer.clone();
        async move { send(&layer, me("duane15", PASSWORD)).await }
    });
    within(gate.entered.recv()).await.unwrap();

    // Another password: the same one would wait for the first one's hash.
    let second = send(&layer, me("duane15", "another")).await;
    assert_eq!(second.status, 503);
    assert_eq!(second.header("retry-after"), Some("1"));
    assert_eq!(second.header("content-type"), Some("application/problem+json"));
    assert_eq!(second.header("www-authenticate"), None);
    assert_eq!(second.json()["status"], 503);
    let rejection = second.extensions.get::<tower_auth::Rejection>().unwrap();
    assert_eq!(rejection.kind(), RejectionKind::Overloaded);

    // An account that does not exist is told the same.
    let unknown = send(&layer, me("nobody", PASSWORD)).await;
    assert_eq!((unknown.status, &unknown.body), (503, &second.body));

    gate.end.send(true).unwrap();
    assert_eq!(within(first).await.unwrap().text(), "inner: 1");
}

#[tokio::test]
async fn s58_of_a_flood_all_beyond_the_queue_are_refused_at_once() {
    for (at, (contract, body)) in NO_ROOM.into_iter().enumerate() {
        let (layer, mut gate) = gated(1, 2);
        let login = || {
            let (layer, (_, login, granted)) = (layer.clone(), logins("duane15", PASSWORD)[at].clone());
            tokio::spawn(async move { (send(&layer, login).await, granted) })
        };
        let inside: Vec<_> = std::iter::repeat_with(login).take(3).collect();
        within(gate.entered.recv()).await.unwrap();
        for _ in 0..200 {
            let (reply, _) = within(login()).await.unwrap();
            assert_eq!((reply.status, reply.text()), (503, body), "{contract}");
            assert_eq!(reply.header("retry-after"), Some("1"), "{contract}");
        }
        for login in inside {
            gate.end.send(true).unwrap();
            let (reply, granted) = within(login).await.unwrap();
            assert_eq!(reply.status, granted, "{contract}");
        }
    }
}

#[tokio::test]
async fn s58_without_patience_nobody_waits_in_the_queue() {
    let (enter, mut entered) = unbounded_channel();
    let (end, ends) = mpsc::channel::<()>();
    let ends = Mutex::new(ends);
    let verify = move |_: &str, _: &str| {
        enter.send(()).ok();
        Some(ends.lock().unwrap().recv().is_ok())
    };
    let patience = std::time::Duration::ZERO;
    let layer = builder().hashing_lane(1, 256).hashing_patience(patience).verify_passwords_with(verify);
    let layer = layer.build(stored("own:form")).unwrap();
    let login = || logins("duane15", PASSWORD)[1].1.clone();
    let first = tokio::spawn({
        let (layer, login) = (layer.clone(), login());
        async move { send(&layer, login).await.status }
    });
    within(entered.recv()).await.unwrap();
    let second = within(send(&layer, login())).await;
    assert_eq!((second.status, second.header("retry-after")), (503, Some("1")));
    end.send(()).unwrap();
    assert_eq!(within(first).await.unwrap(), 200);
}

#[tokio::test]
async fn s58_a_login_in_the_queue_gets_its_turn_and_one_beyond_it_does_not() {
    let (layer, mut gate) = gated(1, 1);
    let login = |layer: &AuthLayer<_>| {
        let layer = layer.clone();
        tokio::spawn(async move { send(&layer, logins("duane15", PASSWORD)[1].1.clone()).await })
    };
    let first = login(&layer);
    within(gate.entered.recv()).await.unwrap();
    // Two more: on this one thread each runs until it waits, so one is in the queue and the other was refused.
    let (second, third) = (login(&layer), login(&layer));
    let third = within(third).await.unwrap();
    assert_eq!((third.status, third.header("retry-after")), (503, Some("1")));
    assert!(!second.is_finished());

    gate.end.send(false).unwrap();
    within(gate.entered.recv()).await.unwrap();
    gate.end.send(true).unwrap();
    assert_eq!(within(first).await.unwrap().status, 404);
    assert_eq!(within(second).await.unwrap().status, 200);
}

#[tokio::test]
async fn s58_hashing_leaves_the_async_thread_free() {
    let (layer, mut gate) = gated(1, 0);
    let login = tokio::spawn({
        let layer = layer.clone();
        async move { send(&layer, logins("duane15", PASSWORD)[1].1.clone()).await }
    });
    within(gate.entered.recv()).await.unwrap();
    // The runtime has one thread; it answers all of these while the verification stands still.
    for _ in 0..100 {
        assert_eq!(send(&layer, bearer(&good_token())).await.status, 200);
    }
    assert!(!login.is_finished());
    gate.end.send(true).unwrap();
    assert_eq!(within(login).await.unwrap().status, 200);
}
