//! Who has an account: what is answered to attempts that fail tells it neither by words nor by work. By time, `benches/timing.rs`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use support::*;
use tokio::sync::Semaphore;
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, ClientAddr, FailureLimit, Identifier, Lookup, Query, Rejection,
    Timestamp,
    store::{Guess, MemoryThrottle, Rate, RateCount, StoreFuture, ThrottleKey, ThrottleStore, Verdict},
};

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
    let auth = build(builder().failure_limit(FailureLimit::new(3, secs(900), secs(900))), &hashed);
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

// One name, by another spelling or another door

/// Users who are found by their name to the letter, and by an address where the contract takes it for one. A number behind
/// the name makes them another user.
fn find(query: Query) -> Option<Account<User>> {
    let Query::Login { identifier, password, .. } = query else { return None };
    let name = match &identifier {
        Identifier::Username(name) if !name.contains('@') => name,
        Identifier::Email(address) => address.strip_suffix("@example.com")?,
        Identifier::Id(number) if number.parse() == Ok(4711) => "known",
        _ => return None,
    };
    let account = Account::new(name, User::Null);
    match name.trim_end_matches(|last: char| last.is_ascii_digit()) {
        "known" => Some(account.password_hash(format!("own:{PASSWORD}"))),
        "blocked" => Some(account.password_hash(format!("own:{PASSWORD}")).blocked(true)),
        "nopassword" => Some(account),
        "told" if password.expose() == PASSWORD => Some(account.password_verified()),
        "told" => Some(account.password_wrong()),
        _ => None,
    }
}

/// The first is nobody. The others are somebody, whatever their standing; of the last, the lookup verifies the password,
/// where it does so.
fn people(lookup_verifies: bool) -> &'static [&'static str] {
    let people = &["nobody", "known", "blocked", "nopassword", "told"];
    if lookup_verifies { people } else { &people[..4] }
}

const ADDRESSES: [Option<&str>; 2] = [None, Some("192.0.2.1")];

fn announced(lookup_verifies: bool) -> AuthLayerBuilder {
    if lookup_verifies { builder().lookup_verifies_passwords() } else { builder() }
}

fn limited(lookup_verifies: bool, failures: u32, store: impl ThrottleStore) -> AuthLayer<impl Lookup<User = User>> {
    announced(lookup_verifies)
        .failure_limit(FailureLimit::new(failures, secs(900), secs(900)))
        .throttle_store(store)
        .verify_passwords_with(|stored, password| stored.strip_prefix("own:").map(|right| right == password))
        .build(async |query: Query| Ok::<_, BoxError>(find(query)))
        .unwrap()
}

fn by_door(number: usize, user_id: &str, password: &str, address: Option<&str>) -> Request<Full<Bytes>> {
    let (_, mut request) = doors(user_id, password).swap_remove(number);
    if let Some(address) = address {
        request.extensions_mut().insert(ClientAddr::from(address.parse::<IpAddr>().unwrap()));
    }
    request
}

/// Two names of somebody, each in spellings that many applications take for one.
fn spellings(name: &str) -> [Vec<String>; 2] {
    let address = format!("{name}@example.com");
    let names = vec![name.to_owned(), format!(" {name}"), format!("{} ", name.to_uppercase())];
    [names, vec![address.to_uppercase(), address]]
}

/// A failure by one door and spelling, which locks; and then what each door and spelling answers.
async fn answers(
    auth: &AuthLayer<impl Lookup<User = User>>,
    names: &[String],
    door: usize,
    address: Option<&str>,
) -> Vec<String> {
    let first = send(auth, by_door(door, &names[door % names.len()], "wrong", address)).await;
    assert!((400..429).contains(&first.status), "{names:?}: {}", first.status);
    let mut answers = Vec::new();
    for (name, door) in names.iter().flat_map(|name| (0..5).map(move |door| (name, door))) {
        answers.push(seen(&send(auth, by_door(door, name, "wrong", address)).await));
    }
    answers
}

/// Whoever has the name, each door and spelling answers as it does where nobody has it.
async fn assert_a_lock_tells_nothing<S: ThrottleStore + Clone>(store: impl Fn() -> S) {
    let doors = (0..5).flat_map(|door| [(door, 0), (door, 1)]);
    for ((door, group), lookup_verifies) in doors.flat_map(|door| [(door, false), (door, true)]) {
        let address = ADDRESSES[(door + group) % 2];
        let mut of_nobody = None;
        for name in people(lookup_verifies) {
            let names = &spellings(&format!("{name}{door}{group}{}", u8::from(lookup_verifies)))[group];
            let answers = answers(&limited(lookup_verifies, 1, store()), names, door, address).await;
            assert_eq!(of_nobody.get_or_insert_with(|| answers.clone()), &answers, "{names:?} {door} {address:?}");
        }
    }
}

#[tokio::test]
async fn s51_s54_a_lock_tells_by_no_other_door_or_spelling_who_has_an_account() {
    assert_a_lock_tells_nothing(|| Arc::new(MemoryThrottle::default())).await;
}

/// `tokens` looks for a number by its value.
#[tokio::test]
async fn s51_s54_a_lock_tells_by_no_spelling_of_a_number_whose_it_is() {
    for (locked, shown) in [("", "0"), ("0", "00"), ("00", "")] {
        let mut answers = Vec::new();
        for number in [4711, 4712] {
            let auth = limited(false, 1, Arc::new(MemoryThrottle::default()));
            for zeros in [locked, shown] {
                let login = serde_json::json!({ "login": format!("{zeros}{number}"), "password": "wrong" });
                answers.push(seen(&send(&auth, post_json("/tokens", &login)).await));
            }
        }
        assert_eq!(answers[..2], answers[2..], "{locked:?}, {shown:?}");
        assert_ne!(answers[0], answers[1], "{locked:?}, {shown:?}: it is locked");
    }
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn s51_s54_nor_does_one_over_redis() {
    let patience = Duration::from_secs(20);
    let server = support::redis_server::Server::start();
    let store = tower_auth::store::RedisStore::builder(server.url()).timeout(patience).connect().unwrap();
    tokio::time::timeout(patience, store.ready()).await.unwrap();
    assert_a_lock_tells_nothing(|| store.clone()).await;
}

/// A store behind a network: each of its steps takes a millisecond, or waits for leave.
#[derive(Default)]
struct Distant(MemoryThrottle, Option<Arc<Semaphore>>);

impl Distant {
    fn later<'a, T: Send + 'a>(&'a self, answer: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        Box::pin(async {
            match &self.1 {
                Some(leave) => leave.acquire().await.unwrap().forget(),
                None => tokio::time::sleep(Duration::from_millis(1)).await,
            }
            answer.await
        })
    }
}

impl ThrottleStore for Distant {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        self.later(self.0.count(key, rate, now))
    }

    fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict> {
        self.later(self.0.guess(guess))
    }

    fn release(&self, guess: Guess, known: bool) -> StoreFuture<'_, ()> {
        self.later(self.0.release(guess, known))
    }

    fn succeed(&self, guess: Guess) -> StoreFuture<'_, ()> {
        self.later(self.0.succeed(guess))
    }

    fn clear(&self, account: ThrottleKey, now: Timestamp) -> StoreFuture<'_, ()> {
        self.later(self.0.clear(account, now))
    }
}

/// The clock of timers stands still but for the store's steps, hashing included.
#[tokio::test(start_paused = true)]
async fn s54_an_answer_waits_for_as_many_steps_of_the_store_whoever_it_is_about() {
    // A login and Basic, which go two ways.
    for (address, door) in ADDRESSES.into_iter().flat_map(|address| [(address, 1), (address, 4)]) {
        for lookup_verifies in [false, true] {
            let mut of_nobody = None;
            for name in people(lookup_verifies) {
                let auth = limited(lookup_verifies, 2, Distant::default());
                let mut waits = Vec::new();
                for _ in 0..3 {
                    let asked = tokio::time::Instant::now();
                    let status = send(&auth, by_door(door, name, "wrong", address)).await.status;
                    waits.push((status, asked.elapsed().as_millis()));
                }
                assert!(waits.iter().all(|(_, steps)| (1..=4).contains(steps)), "{waits:?}");
                assert_eq!(
                    of_nobody.get_or_insert_with(|| waits.clone()),
                    &waits,
                    "{name} {door} {address:?} {lookup_verifies}"
                );
            }
        }
    }
}

/// The status of an answer, and how many steps of the store it waited for.
async fn stepwise(
    auth: &AuthLayer<impl Lookup<User = User>>,
    request: Request<Full<Bytes>>,
    leave: &Semaphore,
) -> (u16, usize) {
    let mut asking = std::pin::pin!(send(auth, request));
    let mut steps = 0;
    loop {
        let stands_still = async {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            answer = &mut asking => return (answer.status, steps),
            () = stands_still => leave.add_permits(1),
        }
        steps += 1;
    }
}

#[tokio::test]
async fn s54_a_full_lane_answers_after_as_many_steps_too() {
    let doors = ADDRESSES.into_iter().flat_map(|address| [(address, 1), (address, 4)]);
    for ((address, door), lookup_verifies) in doors.flat_map(|door| [(door, false), (door, true)]) {
        let mut of_nobody = None;
        for name in people(lookup_verifies) {
            let leave = Arc::new(Semaphore::new(100));
            let (has_begun, begun) = mpsc::channel();
            let (release, gate) = mpsc::channel::<()>();
            let gate = Mutex::new(gate);
            let verify = move |stored: &str, password: &str| {
                if password == "stay" {
                    has_begun.send(()).unwrap();
                    gate.lock().unwrap().recv().unwrap_err();
                }
                stored.strip_prefix("own:").map(|right| right == password)
            };
            let builder =
                announced(lookup_verifies).throttle_store(Distant(MemoryThrottle::default(), Some(Arc::clone(&leave))));
            let builder = builder.hashing_lane(1, 0).verify_passwords_with(verify);
            let auth = builder.build(async |query: Query| Ok::<_, BoxError>(find(query))).unwrap();
            let staying = by_door(1, "known2", "stay", Some("203.0.113.1"));
            let staying = tokio::spawn({
                let auth = auth.clone();
                async move { send(&auth, staying).await }
            });
            while begun.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
            leave.forget_permits(100);
            let waited = stepwise(&auth, by_door(door, name, "wrong", address), &leave).await;
            assert_eq!(waited.0, 503, "{name} {door} {address:?}");
            assert_eq!(of_nobody.get_or_insert(waited), &waited, "{name} {door} {address:?}");
            leave.add_permits(100);
            drop(release);
            staying.await.unwrap();
        }
    }
}

#[tokio::test]
async fn s57_equal_guesses_at_once_are_as_much_work_whoever_they_are_about_where_a_lookup_verifies_some() {
    let hashed = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&hashed);
    let verify = move |stored: &str, password: &str| {
        let right = stored.strip_prefix("own:")?;
        counter.fetch_add(1, Ordering::SeqCst);
        Some(right == password)
    };
    let auth = announced(true).verify_passwords_with(verify);
    let auth = auth.build(async |query: Query| Ok::<_, BoxError>(find(query))).unwrap();
    assert_eq!(send(&auth, by_door(1, "known9", PASSWORD, None)).await.status, 200);
    for (name, address) in people(true).iter().flat_map(|name| ADDRESSES.map(|address| (name, address))) {
        hashed.store(0, Ordering::SeqCst);
        let asked = || send(&auth, by_door(4, name, "wrong", address));
        let replies = tokio::join!(asked(), asked(), asked());
        assert_eq!([replies.0.status, replies.1.status, replies.2.status], [401; 3], "{name} {address:?}");
        assert_eq!(hashed.load(Ordering::SeqCst), 3, "{name} {address:?}");
    }
}

#[tokio::test]
async fn s54_equal_guesses_at_once_are_refused_alike_where_a_lookup_verifies_some() {
    for address in ADDRESSES {
        let mut of_nobody = None;
        for name in people(true) {
            let auth = limited(true, 10, MemoryThrottle::default());
            let asked = (0..20).map(|_| {
                let (auth, request) = (auth.clone(), by_door(4, name, "wrong", address));
                tokio::spawn(async move { send(&auth, request).await.status })
            });
            let mut statuses = Vec::new();
            for asked in asked.collect::<Vec<_>>() {
                statuses.push(asked.await.unwrap());
            }
            statuses.sort_unstable();
            assert_eq!(of_nobody.get_or_insert_with(|| statuses.clone()), &statuses, "{name} {address:?}");
        }
    }
}
