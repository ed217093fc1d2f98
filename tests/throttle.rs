//! Guessing through every door: what is counted, what locks, what unlocks, and what it costs.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{
    future::{Future, pending, ready},
    net::IpAddr,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::json;
use support::*;
use tower::{Layer, ServiceExt, service_fn};
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, ClientAddr, FailureLimit, ForwardedHeader, Identifier, Lookup,
    Query, Rejection, RejectionKind, Timestamp,
    dialect::{AuthLocal, AuthToken, Login, Refusal, Tokens},
    store::{Guess, MemoryThrottle, Rate, RateCount, StoreFuture, ThrottleKey, ThrottleStore, Verdict},
};

/// One attempt at each door: the four logins, and Basic on a guarded route. With each, the status that admits.
fn doors(user_id: &str, password: &str) -> Vec<(&'static str, Request<Full<Bytes>>, u16)> {
    let mut doors: Vec<_> = logins(user_id, password).into();
    doors.push(("basic", authorized(request("GET", "/me"), &basic(user_id, password)), 200));
    doors
}

fn door(name: &str, user_id: &str, password: &str) -> Request<Full<Bytes>> {
    doors(user_id, password).into_iter().find(|(door, ..)| *door == name).unwrap().1
}

fn attempt(user_id: &str, password: &str) -> Request<Full<Bytes>> {
    door("login", user_id, password)
}

fn from(mut request: Request<Full<Bytes>>, address: &str) -> Request<Full<Bytes>> {
    request.extensions_mut().insert(ClientAddr::from(address.parse::<IpAddr>().unwrap()));
    request
}

/// A builder whose clock can be set.
fn clocked() -> (AuthLayerBuilder, ManualClock) {
    let clock = ManualClock::at(NOW);
    (builder().clock(clock.clone()), clock)
}

/// Wrong passwords until the account is locked; how many it took.
async fn lock<L: Lookup<User = User>>(layer: &AuthLayer<L>, wrong: impl Fn() -> Request<Full<Bytes>>) -> usize {
    for number in 0..200 {
        if send(layer, wrong()).await.status == 429 {
            return number;
        }
    }
    panic!("never locked");
}

/// A stored form of these tests' own, whose verifications are counted.
const OWN: &str = "own";

fn counting(builder: AuthLayerBuilder) -> (AuthLayerBuilder, Arc<AtomicUsize>) {
    let verified = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&verified);
    let builder = builder.verify_passwords_with(move |stored, password| {
        (stored == OWN).then(|| {
            count.fetch_add(1, Ordering::SeqCst);
            password == PASSWORD
        })
    });
    (builder, verified)
}

fn own_users() -> Vec<Row> {
    let duane15 = Row { email: "duane@example.com", ..Row::new(1, "duane15") };
    [duane15, Row::new(5, "other")].map(|row| Row { hash: Some(OWN), ..row }).into()
}

// What locks, and where

#[tokio::test]
async fn s51_ten_failures_at_any_door_lock_every_door_and_no_token() {
    for (name, ..) in doors("", "") {
        let layer = builder().build(find_in(users())).unwrap();
        for number in 0..10 {
            let reply = send(&layer, door(name, "duane15", "wrong")).await;
            assert!((400..=422).contains(&reply.status), "{name} {number}: {}", reply.status);
        }
        for (other, request, _) in doors("duane15", PASSWORD) {
            let reply = send(&layer, request).await;
            assert_eq!((reply.status, reply.header("retry-after")), (429, Some("900")), "{name}, then {other}");
        }
        assert_eq!(send(&layer, bearer(&good_token())).await.text(), "inner: 1", "s56: {name}");
        assert_eq!(send(&layer, door("login", "blocked", PASSWORD)).await.status, 403, "s56: another account");
    }
}

#[tokio::test]
async fn s51_two_failures_at_each_of_five_doors_are_ten() {
    let layer = builder().build(find_in(users())).unwrap();
    for (name, request, _) in doors("duane15", "wrong").into_iter().chain(doors("duane15", "wrong")) {
        assert_ne!(send(&layer, request).await.status, 429, "{name}");
    }
    assert_eq!(send(&layer, attempt("duane15", PASSWORD)).await.status, 429);
}

#[tokio::test]
async fn s51_names_of_one_account_share_its_budget() {
    let layer = builder().build(find_in(users())).unwrap();
    for name in ["duane15", "duane@example.com", "13812345678"].into_iter().cycle().take(10) {
        assert_eq!(send(&layer, door("tokens", name, "wrong")).await.status, 422, "{name}");
    }
    assert_eq!(send(&layer, attempt("duane15", PASSWORD)).await.status, 429);
}

#[tokio::test]
async fn s51_s54_unknown_users_are_counted_and_refused_to_the_byte_like_others() {
    for (name, ..) in doors("", "") {
        let mut seen: Vec<(&str, Vec<_>)> = Vec::new();
        for user_id in ["duane15", "nobody", "blocked", "unconfirmed", "nopassword"] {
            let limit = FailureLimit::new(2, secs(900), secs(900));
            let layer = builder().failure_limit(limit).build(find_in(users())).unwrap();
            let mut answers = Vec::new();
            for _ in 0..4 {
                let reply = send(&layer, door(name, user_id, "wrong")).await;
                answers.push((reply.status, reply.headers.clone(), reply.body.clone()));
            }
            assert_eq!(answers.iter().filter(|(status, ..)| *status == 429).count(), 2, "{name} {user_id}");
            seen.push((user_id, answers));
        }
        for (user_id, answers) in &seen[1..] {
            assert_eq!(answers, &seen[0].1, "{name} {user_id}");
        }
    }
}

#[tokio::test]
async fn s51_spellings_of_an_unknown_name_are_one() {
    let layer = builder().build(find_in(users())).unwrap();
    let spellings = ["nobody", "NOBODY", " nobody", "Nobody "];
    for name in spellings.into_iter().cycle().take(10) {
        assert_eq!(send(&layer, attempt(name, "wrong")).await.status, 404, "{name:?}");
    }
    for name in spellings {
        assert_eq!(send(&layer, attempt(name, "wrong")).await.status, 429, "{name:?}");
    }
    assert_eq!(send(&layer, attempt("somebody", "wrong")).await.status, 404);
}

#[tokio::test]
async fn s53_locks_grow_and_end_and_count_nothing_meanwhile() {
    let (builder, clock) = clocked();
    let layer = builder.build(find_in(users())).unwrap();
    let wrong = || attempt("duane15", "wrong");
    for wait in [900, 1_800] {
        assert_eq!(lock(&layer, wrong).await, 10);
        for _ in 0..20 {
            assert_eq!(send(&layer, wrong()).await.status, 429);
        }
        let reply = send(&layer, wrong()).await;
        assert_eq!(reply.header("retry-after"), Some(&*wait.to_string()));
        clock.advance(wait - 1);
        let reply = send(&layer, attempt("duane15", PASSWORD)).await;
        assert_eq!((reply.status, reply.header("retry-after")), (429, Some("1")));
        clock.advance(1);
    }
    assert_eq!(send(&layer, attempt("duane15", PASSWORD)).await.status, 200);
}

#[tokio::test]
async fn s53_success_clears() {
    let layer = builder().build(find_in(users())).unwrap();
    for _ in 0..2 {
        for _ in 0..9 {
            assert_eq!(send(&layer, attempt("duane15", "wrong")).await.status, 404);
        }
        assert_eq!(send(&layer, door("basic", "duane15", PASSWORD)).await.status, 200);
    }
}

#[tokio::test]
async fn successes_use_nothing_up() {
    let layer = builder().build(find_in(users())).unwrap();
    for _ in 0..8 {
        for (name, request, status) in doors("duane15", PASSWORD) {
            assert_eq!(send(&layer, request).await.status, status, "{name}");
        }
    }
}

#[tokio::test]
async fn the_right_password_of_a_blocked_account_is_no_failure() {
    let layer = builder().build(find_in(users())).unwrap();
    for _ in 0..15 {
        assert_eq!(send(&layer, attempt("blocked", PASSWORD)).await.status, 403);
    }
}

#[tokio::test]
async fn s53_a_human_can_clear() {
    let layer = builder().build(find_in(users())).unwrap();
    let wrong = || from(attempt("duane15", "wrong"), "192.0.2.1");
    assert_eq!(lock(&layer, wrong).await, 10);
    layer.clear_failures(1, ["Duane15 ", "duane@example.com"]).await.unwrap();
    // A failure in the millisecond of the clearing is cleared as well, and this clock stands still.
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "192.0.2.1")).await.status, 200);
}

// Strangers

#[tokio::test]
async fn a_stranger_locks_nobody_else_out() {
    let layer = builder().build(find_in(users())).unwrap();
    assert_eq!(lock(&layer, || from(attempt("duane15", "wrong"), "192.0.2.1")).await, 10);
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "198.51.100.7")).await.status, 200);
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "192.0.2.1")).await.status, 429);
}

#[tokio::test]
async fn many_strangers_lock_out_no_client_that_is_known_and_others_for_a_minute() {
    let (builder, clock) = clocked();
    let layer = builder.build(find_in(users())).unwrap();
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "198.51.100.7")).await.status, 200);
    for number in 0..50 {
        let request = from(attempt("duane15", "wrong"), &format!("192.0.2.{number}"));
        assert_eq!(send(&layer, request).await.status, 404, "{number}");
    }
    let reply = send(&layer, from(attempt("duane15", PASSWORD), "203.0.113.9")).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("60")));
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "198.51.100.7")).await.status, 200);
    clock.advance(60);
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "203.0.113.9")).await.status, 200);
}

#[tokio::test]
async fn s55_one_network_of_ipv6_is_one_client() {
    let layer = builder().build(find_in(users())).unwrap();
    let number = AtomicUsize::new(0);
    let wrong = || {
        let host = number.fetch_add(1, Ordering::SeqCst);
        from(attempt("duane15", "wrong"), &format!("2001:db8:1:2::{host:x}"))
    };
    assert_eq!(lock(&layer, wrong).await, 10);
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "2001:db8:1:3::1")).await.status, 200);
}

#[tokio::test]
async fn s55_trusted_proxies_name_the_client_and_nobody_else_does() {
    let proxies = ["10.0.0.0/8"];
    let layer = builder().trust_proxies(ForwardedHeader::XForwardedFor, proxies).build(find_in(users())).unwrap();
    let by = |peer: &str, header: &str, password: &str| {
        let mut request = from(attempt("duane15", password), peer);
        request.headers_mut().insert("x-forwarded-for", header.parse().unwrap());
        request
    };
    let number = AtomicUsize::new(0);
    // What the client itself wrote stands left of what the proxy wrote, and does not help.
    let spoofing =
        |peer| by(peer, &format!("198.51.100.{}, 192.0.2.1", number.fetch_add(1, Ordering::SeqCst)), "wrong");
    assert_eq!(lock(&layer, || spoofing("10.0.0.1")).await, 10);
    assert_eq!(send(&layer, by("10.9.9.9", "192.0.2.1", PASSWORD)).await.status, 429, "by another proxy");
    assert_eq!(send(&layer, by("10.0.0.1", "192.0.2.2", PASSWORD)).await.status, 200, "another client");
    // Somebody who connects by himself is who he is, whatever he writes.
    let direct = || by("203.0.113.9", &format!("192.0.2.{}", 10 + number.fetch_add(1, Ordering::SeqCst)), "wrong");
    assert_eq!(lock(&layer, direct).await, 10);
}

#[tokio::test]
async fn s55_forwarded_and_hops() {
    let header = ForwardedHeader::Forwarded;
    let layer = builder().trust_any_peer_behind_hops(header, 2).build(find_in(users())).unwrap();
    let by = |value: &str, password: &str| {
        let mut request = from(attempt("duane15", password), "10.0.0.1");
        request.headers_mut().insert("forwarded", value.parse().unwrap());
        request
    };
    let number = AtomicUsize::new(0);
    let wrong = || {
        let claimed = number.fetch_add(1, Ordering::SeqCst);
        by(&format!("for=198.51.100.{claimed}, for=\"[2001:db8::1]:4711\", for=10.0.0.2"), "wrong")
    };
    assert_eq!(lock(&layer, wrong).await, 10);
    assert_eq!(send(&layer, by("for=\"[2001:db8:0:1::1]\", for=10.0.0.2", PASSWORD)).await.status, 200);
}

// Parallel guesses

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s52_forty_parallel_guesses_over_five_doors_are_ten_verifications() {
    for address in [None, Some("192.0.2.1")] {
        let (builder, verified) = counting(builder().hashing_lane(4, 256));
        let layer = builder.build(find_in(own_users())).unwrap();
        let mut guesses = Vec::new();
        // Eight that differ: of equal ones by Basic at the same time, one is verified and counted for all.
        for (_, request, _) in (0..8).flat_map(|round| doors("duane15", &format!("wrong{round}"))) {
            let layer = layer.clone();
            let request = match address {
                Some(address) => from(request, address),
                None => request,
            };
            guesses.push(tokio::spawn(async move { send(&layer, request).await.status }));
        }
        let mut locked = 0;
        for guess in guesses {
            locked += usize::from(guess.await.unwrap() == 429);
        }
        assert_eq!((verified.load(Ordering::SeqCst), locked), (10, 30), "{address:?}");
        assert_eq!(send(&layer, attempt("other", PASSWORD)).await.status, 200, "s56");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_logins_with_the_right_password_are_all_admitted() {
    let (builder, _) = counting(builder().hashing_lane(4, 256));
    let layer = builder.build(find_in(own_users())).unwrap();
    let mut logins = Vec::new();
    for (name, request, status) in (0..20).flat_map(|_| doors("duane15", PASSWORD)) {
        let layer = layer.clone();
        logins.push(tokio::spawn(async move {
            let reply = send(&layer, request).await;
            assert_eq!(reply.status, status, "{name}");
        }));
    }
    for login in logins {
        login.await.unwrap();
    }
}

#[tokio::test]
async fn s54_a_locked_account_costs_no_hashing() {
    let (builder, verified) = counting(builder());
    let layer = builder.build(find_in(own_users())).unwrap();
    for user_id in ["duane15", "nobody"] {
        lock(&layer, || attempt(user_id, "wrong")).await;
        let before = verified.load(Ordering::SeqCst);
        for (name, request, _) in doors(user_id, PASSWORD) {
            let reply = send(&layer, request).await;
            assert_eq!(reply.status, 429, "{name}");
        }
        assert_eq!(verified.load(Ordering::SeqCst), before, "{user_id}");
    }
}

// One network over many accounts

/// Guesses at accounts that nobody has, one after the other by every door.
fn spray(number: usize) -> Request<Full<Bytes>> {
    let mut doors = doors(&format!("nobody{number}"), "wrong");
    doors.swap_remove(number % doors.len()).1
}

#[tokio::test]
async fn s51_one_network_fails_a_hundred_times_over_all_accounts_and_doors() {
    let (builder, clock) = clocked();
    let (builder, verified) = counting(builder);
    let layer = builder.build(find_in(own_users())).unwrap();
    assert_eq!(send(&layer, from(attempt("other", PASSWORD), "2001:db8:1:2::1")).await.status, 200);
    for number in 0..100 {
        let reply = send(&layer, from(spray(number), &format!("2001:db8:1:2::{number:x}"))).await;
        assert!((400..=422).contains(&reply.status), "{number}: {}", reply.status);
    }
    let before = verified.load(Ordering::SeqCst);
    // An account that was used from there is refused like one that is unknown: who shares the network is told nothing.
    for user_id in ["duane15", "other", "nobody"] {
        for (name, request, _) in doors(user_id, PASSWORD) {
            let reply = send(&layer, from(request, "2001:db8:1:2::1")).await;
            // Windows of 900 seconds by the clock: this one is over a hundred seconds after `NOW`.
            assert_eq!((reply.status, reply.header("retry-after")), (429, Some("100")), "{user_id} {name}");
        }
    }
    assert_eq!(verified.load(Ordering::SeqCst), before, "s54");
    assert_eq!(send(&layer, from(bearer(&good_token()), "2001:db8:1:2::1")).await.status, 200, "s56");
    assert_eq!(
        send(&layer, from(attempt("duane15", PASSWORD), "2001:db8:1:3::1")).await.status,
        200,
        "another network"
    );
    assert_eq!(send(&layer, attempt("duane15", PASSWORD)).await.status, 200, "no address, no network");
    clock.advance(99);
    let reply = send(&layer, from(attempt("duane15", PASSWORD), "2001:db8:1:2::1")).await;
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("1")));
    clock.advance(1);
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "2001:db8:1:2::1")).await.status, 200);
}

/// A store that remembers what it was asked.
#[derive(Default)]
struct Watched {
    store: MemoryThrottle,
    guesses: Mutex<Vec<Guess>>,
}

impl ThrottleStore for Watched {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        self.store.count(key, rate, now)
    }

    fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict> {
        self.guesses.lock().unwrap().push(guess);
        self.store.guess(guess)
    }

    fn release(&self, guess: Guess, known: bool) -> StoreFuture<'_, ()> {
        self.store.release(guess, known)
    }

    fn succeed(&self, guess: Guess) -> StoreFuture<'_, ()> {
        self.store.succeed(guess)
    }

    fn clear(&self, account: ThrottleKey, now: Timestamp) -> StoreFuture<'_, ()> {
        self.store.clear(account, now)
    }
}

#[tokio::test]
async fn s64_what_a_network_leaves_in_the_store_is_locked_until_its_window_ends() {
    let watched = Arc::new(Watched::default());
    let layer = builder().throttle_store(Arc::clone(&watched)).build(find_in(users())).unwrap();
    for number in 0..100 {
        send(&layer, from(spray(number), "192.0.2.1")).await;
    }
    assert_eq!(send(&layer, from(spray(100), "192.0.2.1")).await.header("retry-after"), Some("100"));
    let last = *watched.guesses.lock().unwrap().last().unwrap();
    let until = Timestamp::from_unix_seconds(NOW + 100);
    assert_eq!(watched.store.guess(last).await.unwrap(), Verdict::Locked { until });
}

fn with_network(failures: u32, window: u64) -> FailureLimit {
    FailureLimit::default().network_failures(failures, secs(window))
}

#[tokio::test]
async fn s53_the_failures_of_a_network_do_not_add_up_over_its_windows() {
    let (builder, clock) = clocked();
    let layer = builder.failure_limit(with_network(10, 10)).build(find_in(users())).unwrap();
    for window in 0..12 {
        for number in 0..10 {
            let reply = send(&layer, from(spray(window * 10 + number), "192.0.2.1")).await;
            assert_ne!(reply.status, 429, "{window} {number}");
        }
        let reply = send(&layer, from(attempt("duane15", PASSWORD), "192.0.2.1")).await;
        assert_eq!((reply.status, reply.header("retry-after")), (429, Some("10")), "{window}");
        clock.advance(10);
    }
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "192.0.2.1")).await.status, 200);
}

#[tokio::test]
async fn a_right_password_neither_counts_at_its_network_nor_clears_it() {
    let layer = builder().failure_limit(with_network(4, 900)).build(find_in(users())).unwrap();
    let right = async || {
        for (name, request, status) in doors("duane15", PASSWORD) {
            assert_eq!(send(&layer, from(request, "192.0.2.1")).await.status, status, "{name}");
        }
    };
    for number in 0..4 {
        right().await;
        assert_ne!(send(&layer, from(spray(number), "192.0.2.1")).await.status, 429, "{number}");
    }
    assert_eq!(send(&layer, from(spray(4), "192.0.2.1")).await.status, 429);
}

#[tokio::test]
async fn who_is_locked_at_an_account_uses_up_nothing_of_its_network() {
    let limit = FailureLimit::new(2, secs(900), secs(900)).network_failures(4, secs(900));
    let layer = builder().failure_limit(limit).build(find_in(users())).unwrap();
    assert_eq!(lock(&layer, || from(attempt("duane15", "wrong"), "192.0.2.1")).await, 2);
    for _ in 0..5 {
        assert_eq!(send(&layer, from(attempt("duane15", "wrong"), "192.0.2.1")).await.status, 429);
    }
    for number in 0..2 {
        assert_ne!(send(&layer, from(spray(number), "192.0.2.1")).await.status, 429, "{number}");
    }
    assert_eq!(send(&layer, from(spray(2), "192.0.2.1")).await.status, 429);
}

#[tokio::test]
async fn s56_a_network_that_is_locked_leaves_no_trace_at_an_account() {
    let (builder, clock) = clocked();
    let layer = builder.failure_limit(with_network(4, 900)).build(find_in(users())).unwrap();
    for number in 0..4 {
        assert_ne!(send(&layer, from(spray(number), "192.0.2.1")).await.status, 429, "{number}");
    }
    for _ in 0..20 {
        assert_eq!(send(&layer, from(attempt("duane15", "wrong"), "192.0.2.1")).await.status, 429);
    }
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "198.51.100.7")).await.status, 200);
    // The network's window is over, and a lock of the account would not be.
    clock.advance(100);
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "192.0.2.1")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s52_forty_parallel_guesses_over_forty_accounts_and_two_layers_are_ten_verifications() {
    let rows: Vec<_> =
        (0..40_u32).map(|id| Row { hash: Some(OWN), ..Row::new(id, format!("user{id}").leak()) }).collect();
    let store = Arc::new(MemoryThrottle::default());
    let [(one, by_one), (other, by_other)] = [(); 2].map(|()| {
        let builder =
            builder().hashing_lane(4, 256).throttle_store(Arc::clone(&store)).failure_limit(with_network(10, 900));
        let (builder, verified) = counting(builder);
        (builder.build(find_in(rows.clone())).unwrap(), verified)
    });
    let mut guesses = Vec::new();
    for number in 0..40 {
        let mut doors = doors(&format!("user{number}"), "wrong");
        let request = from(doors.swap_remove(number / 2 % doors.len()).1, "192.0.2.1");
        let layer = if number % 2 == 0 { one.clone() } else { other.clone() };
        guesses.push(tokio::spawn(async move { send(&layer, request).await.status }));
    }
    let mut locked = 0;
    for guess in guesses {
        locked += usize::from(guess.await.unwrap() == 429);
    }
    let verified = by_one.load(Ordering::SeqCst) + by_other.load(Ordering::SeqCst);
    assert_eq!((verified, locked), (10, 30));
    assert_eq!(send(&other, from(attempt("user39", PASSWORD), "198.51.100.7")).await.status, 200);
}

#[tokio::test]
async fn an_office_of_three_hundred_logs_in_at_once() {
    const PEOPLE: usize = 300;
    let rows = (0..PEOPLE).map(|id| Row { hash: Some(OWN), ..Row::new(id, format!("user{id}").leak()) });
    let (asked, find) = (Arc::new(AtomicUsize::new(0)), find_in(rows.collect()));
    let count = Arc::clone(&asked);
    let (builder, begins, release) = stalled(builder(), 512);
    // The first is held up for as long as all take to come, by which the lane judges how long the others would wait.
    let layer = builder
        .hashing_patience(Duration::from_secs(3600))
        .build(move |query| {
            count.fetch_add(1, Ordering::SeqCst);
            find(query)
        })
        .unwrap();
    let mut logins = Vec::new();
    for number in 0..PEOPLE {
        let layer = layer.clone();
        let mut doors = doors(&format!("user{number}"), PASSWORD);
        let (name, request, status) = doors.swap_remove(number % doors.len());
        logins.push((name, status, tokio::spawn(async move { send(&layer, from(request, "192.0.2.1")).await.status })));
    }
    // On one thread, a request that has asked has gone on to be verified, or to wait for those that are.
    while asked.load(Ordering::SeqCst) < PEOPLE {
        tokio::task::yield_now().await;
    }
    drop(release);
    for (name, status, login) in logins {
        assert_eq!(login.await.unwrap(), status, "{name}");
    }
    drop(begins);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s61_who_hangs_up_before_the_hashing_has_not_guessed_at_his_network_either() {
    let (builder, begins, release) = stalled(builder().failure_limit(with_network(1, 900)), 8);
    let layer = builder.build(find_in(own_users())).unwrap();
    let holder = tokio::spawn({
        let layer = layer.clone();
        async move { send(&layer, attempt("other", PASSWORD)).await.status }
    });
    let begins = tokio::task::spawn_blocking(move || begins.recv().map(|()| begins)).await.unwrap().unwrap();
    for (name, request, _) in doors("duane15", "wrong") {
        let mut guess = pin!(send(&layer, from(request, "192.0.2.1")));
        assert!(!poll(guess.as_mut()), "{name}");
    }
    drop(release);
    assert_eq!(holder.await.unwrap(), 200);
    assert_eq!(send(&layer, from(attempt("duane15", "wrong"), "192.0.2.1")).await.status, 404);
    assert_eq!(send(&layer, from(attempt("duane15", PASSWORD), "192.0.2.1")).await.status, 429);
    drop(begins);
}

#[tokio::test]
async fn s60_without_its_store_a_network_fails_half_as_often() {
    let layer = builder().throttle_store(Away).failure_limit(with_network(8, 900)).build(find_in(users())).unwrap();
    let number = AtomicUsize::new(0);
    let wrong = || from(spray(number.fetch_add(1, Ordering::SeqCst)), "192.0.2.1");
    assert_eq!(lock(&layer, wrong).await, 4);
}

#[tokio::test]
async fn networks_are_not_counted_where_that_is_switched_off() {
    let limits = [
        builder().failure_limit(with_network(1, 900).without_network_failures()),
        builder().failure_limit(with_network(1, 900)).without_failure_limit(),
    ];
    for builder in limits {
        let layer = builder.build(find_in(users())).unwrap();
        for number in 0..5 {
            assert_ne!(send(&layer, from(spray(number), "192.0.2.1")).await.status, 429, "{number}");
        }
    }
}

// What is no failure

#[tokio::test]
async fn a_lookup_that_fails_is_no_failure() {
    let broken = Arc::new(AtomicBool::new(true));
    let find = find_in(users());
    let is_broken = Arc::clone(&broken);
    let layer = builder()
        .build(move |query| match is_broken.load(Ordering::SeqCst) {
            true => ready(Err("the database is down".into())),
            false => find(query),
        })
        .unwrap();
    for _ in 0..15 {
        for (name, request, _) in doors("duane15", "wrong") {
            assert!([500, 503].contains(&send(&layer, request).await.status), "{name}");
        }
    }
    broken.store(false, Ordering::SeqCst);
    assert_eq!(send(&layer, attempt("duane15", PASSWORD)).await.status, 200);
}

/// A lane of one, whose one thread stands still until it is let go, and says when it began.
fn stalled(builder: AuthLayerBuilder, queue: usize) -> (AuthLayerBuilder, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (began, begins) = mpsc::channel();
    let (release, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let builder = builder.hashing_lane(1, queue).verify_passwords_with(move |stored, password| {
        (stored == OWN).then(|| {
            began.send(()).ok();
            gate.lock().unwrap().recv().ok();
            password == PASSWORD
        })
    });
    (builder, begins, release)
}

/// Polls once.
fn poll(future: std::pin::Pin<&mut impl Future>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overload_is_no_failure() {
    let (builder, begins, release) = stalled(builder().failure_limit(FailureLimit::new(2, secs(900), secs(900))), 0);
    let layer = builder.build(find_in(own_users())).unwrap();
    let holder = tokio::spawn({
        let layer = layer.clone();
        async move { send(&layer, attempt("other", PASSWORD)).await.status }
    });
    tokio::task::spawn_blocking(move || begins.recv().map(|()| begins)).await.unwrap().unwrap();
    for _ in 0..5 {
        assert_eq!(send(&layer, attempt("duane15", "wrong")).await.status, 503);
    }
    drop(release);
    assert_eq!(holder.await.unwrap(), 200);
    assert_eq!(send(&layer, attempt("duane15", PASSWORD)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s52_s61_who_hangs_up_before_the_hashing_has_not_guessed_and_who_does_later_has() {
    let (builder, begins, release) = stalled(builder().failure_limit(FailureLimit::new(1, secs(900), secs(900))), 8);
    let lookup_hangs = Arc::new(AtomicBool::new(true));
    let hangs = Arc::clone(&lookup_hangs);
    let find = find_in(own_users());
    let layer = builder
        .build(move |query: Query| {
            let hangs = hangs.load(Ordering::SeqCst);
            let answer = find(query);
            async move { if hangs { pending().await } else { answer.await } }
        })
        .unwrap();

    // In the lookup, by every door.
    for (_, request, _) in doors("duane15", "wrong") {
        let mut guess = Box::pin(send(&layer, request));
        assert!(!poll(guess.as_mut()));
    }
    lookup_hangs.store(false, Ordering::SeqCst);

    // In the queue of the lane: somebody else is being verified.
    let holder = tokio::spawn({
        let layer = layer.clone();
        async move { send(&layer, attempt("other", PASSWORD)).await.status }
    });
    let begins = tokio::task::spawn_blocking(move || begins.recv().map(|()| begins)).await.unwrap().unwrap();
    for (name, request, _) in doors("duane15", "wrong") {
        {
            let mut guess = pin!(send(&layer, request));
            assert!(!poll(guess.as_mut()), "{name}");
        }
        // The guess is taken back, or the next would not wait in the queue but be refused.
    }
    release.send(()).unwrap();
    assert_eq!(holder.await.unwrap(), 200);

    // While it is verified: it counts, and the verification goes on.
    let begins = {
        let mut guess = pin!(send(&layer, attempt("duane15", "wrong")));
        assert!(!poll(guess.as_mut()));
        tokio::task::spawn_blocking(move || begins.recv().map(|()| begins)).await.unwrap().unwrap()
    };
    let refused = tokio::time::timeout(Duration::from_secs(10), send(&layer, attempt("duane15", PASSWORD)));
    let reply = refused.await.unwrap_or_else(|_| panic!("it waits to be verified"));
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some("900")));
    drop((begins, release));
}

// Closures that verify passwords themselves

#[tokio::test]
async fn a_lookup_that_verifies_by_itself_is_limited_too_and_once_that_is_used_up_not_even_asked() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let layer = builder()
        .lookup_verifies_passwords()
        .build(move |query: Query| {
            count.fetch_add(1, Ordering::SeqCst);
            let right = match query {
                Query::Login { identifier, password, .. } => {
                    identifier.as_str() == "ldap" && password.expose() == PASSWORD
                }
                _ => false,
            };
            ready(Ok::<_, BoxError>(right.then(|| Account::new(9, json!({})).password_verified())))
        })
        .unwrap();
    assert_eq!(lock(&layer, || attempt("ldap", "wrong")).await, 10);
    for (name, request, _) in doors("ldap", PASSWORD) {
        assert_eq!(send(&layer, request).await.status, 429, "{name}: the right password is no way to find it out");
    }
    assert_eq!(send(&layer, attempt("LDAP ", "wrong")).await.status, 429);

    let before = asked.load(Ordering::SeqCst);
    assert_eq!(send(&layer, attempt("ldap", PASSWORD)).await.status, 429);
    assert_eq!(asked.load(Ordering::SeqCst), before, "the directory is left in peace");
}

#[tokio::test]
async fn a_lookup_that_verifies_some_by_itself_counts_each_by_its_own_rule() {
    let layer = builder()
        .lookup_verifies_passwords()
        .build(async |query: Query| {
            let Query::Login { identifier: Identifier::Username(name), password, .. } = query else { return Ok(None) };
            Ok::<_, BoxError>(match &*name {
                "ldap" if password.expose() == PASSWORD => Some(Account::new(9, json!({})).password_verified()),
                "local" => Some(Account::new(1, json!({})).password_hash(BCRYPT)),
                _ => None,
            })
        })
        .unwrap();
    for _ in 0..2 {
        assert_eq!(send(&layer, attempt("ldap", PASSWORD)).await.status, 200);
        for _ in 0..9 {
            assert_eq!(send(&layer, attempt("local", "wrong")).await.status, 404);
            assert_eq!(send(&layer, attempt("ldap", "wrong")).await.status, 404);
        }
        assert_eq!(send(&layer, attempt("local", PASSWORD)).await.status, 200);
    }
}

/// A directory that ignores soft hyphens, as some do, and counts how often it was asked. It tells whose password was wrong.
fn directory() -> (impl Fn(Query) -> Answer + Clone + Send + Sync + 'static, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let find = move |query: Query| {
        let Query::Login { identifier, password, .. } = query else { return ready(Ok(None)) };
        count.fetch_add(1, Ordering::SeqCst);
        let account = (identifier.as_str().replace('\u{ad}', "") == "ldap").then(|| Account::new(9, json!({})));
        ready(Ok(account.map(|account| match password.expose() == PASSWORD {
            true => account.password_verified(),
            false => account.password_wrong(),
        })))
    };
    (find, asked)
}

/// One name, and each time another spelling.
fn spelled(number: usize) -> String {
    format!("l{}dap", "\u{ad}".repeat(number))
}

#[tokio::test]
async fn s51_all_spellings_of_an_account_share_its_budget_where_a_lookup_verifies_by_itself() {
    for (name, ..) in doors("", "") {
        let (find, _) = directory();
        let layer = builder().lookup_verifies_passwords().build(find).unwrap();
        for number in 0..10 {
            let reply = send(&layer, door(name, &spelled(number), "wrong")).await;
            assert!((400..=422).contains(&reply.status), "{name} {number}: {}", reply.status);
        }
        // Locked, right and wrong are one answer.
        for (number, password) in [(10, "wrong"), (11, PASSWORD), (12, "wrong")] {
            for (other, request, _) in doors(&spelled(number), password) {
                let reply = send(&layer, request).await;
                assert_eq!((reply.status, reply.header("retry-after")), (429, Some("900")), "{name}, then {other}");
            }
        }
        assert_ne!(send(&layer, attempt("nobody", "wrong")).await.status, 429, "s56");
    }
}

#[tokio::test]
async fn s53_a_right_password_clears_all_spellings() {
    let (find, _) = directory();
    let layer = builder().lookup_verifies_passwords().build(find).unwrap();
    for round in 0..3 {
        for number in 0..9 {
            assert_eq!(send(&layer, attempt(&spelled(number), "wrong")).await.status, 404, "{round} {number}");
        }
        assert_eq!(send(&layer, attempt("ldap", PASSWORD)).await.status, 200);
    }
    for number in 0..10 {
        assert_eq!(send(&layer, attempt(&spelled(100 + number), "wrong")).await.status, 404, "{number}");
    }
    assert_eq!(send(&layer, attempt("ldap", "wrong")).await.status, 429);
}

#[tokio::test]
async fn s52_forty_parallel_spellings_find_out_about_ten() {
    let (find, _) = directory();
    let layer = builder().lookup_verifies_passwords().build(find).unwrap();
    let guesses = (0..40).map(|number| {
        let layer = layer.clone();
        tokio::spawn(async move { send(&layer, attempt(&spelled(number), "wrong")).await.status })
    });
    let mut locked = 0;
    for guess in guesses.collect::<Vec<_>>() {
        locked += usize::from(guess.await.unwrap() == 429);
    }
    assert_eq!(locked, 30);
}

#[tokio::test]
async fn a_directory_is_left_in_peace_by_a_name_that_is_locked_also_where_the_account_is() {
    let (find, asked) = directory();
    let layer = builder().lookup_verifies_passwords().build(find).unwrap();
    for number in 0..10 {
        assert_eq!(send(&layer, attempt(&spelled(number + 1), "wrong")).await.status, 404, "{number}");
    }
    // The account is locked, and this name is not yet.
    let before = asked.load(Ordering::SeqCst);
    for number in 0..20 {
        let password = if number % 2 == 0 { PASSWORD } else { "wrong" };
        assert_eq!(send(&layer, attempt("ldap", password)).await.status, 429, "{number}");
    }
    assert_eq!(asked.load(Ordering::SeqCst) - before, 10);
}

#[tokio::test]
async fn a_directory_is_asked_by_one_network_as_often_as_that_may_fail() {
    let (find, asked) = directory();
    let layer = builder().lookup_verifies_passwords().failure_limit(with_network(8, 900)).build(find).unwrap();
    for (name, request, status) in doors("ldap", PASSWORD) {
        assert_eq!(send(&layer, from(request, "192.0.2.1")).await.status, status, "{name}");
    }
    let before = asked.load(Ordering::SeqCst);
    for number in 0..20 {
        let reply = send(&layer, from(spray(number), "192.0.2.1")).await;
        assert_eq!(reply.status == 429, number >= 8, "{number}");
    }
    assert_eq!(asked.load(Ordering::SeqCst) - before, 8);
    assert_eq!(send(&layer, from(attempt("ldap", PASSWORD), "198.51.100.7")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s52_what_a_directory_has_verified_is_a_guess_also_when_the_lane_is_full() {
    for user_id in ["ldap", "nobody"] {
        let (builder, begins, release) =
            stalled(builder().failure_limit(FailureLimit::new(2, secs(900), secs(900))), 0);
        let (directory, _) = directory();
        let find = find_in(own_users());
        let layer = builder
            .lookup_verifies_passwords()
            .build(move |query: Query| match &query {
                Query::Login { identifier, .. } if identifier.as_str() == "other" => find(query),
                _ => directory(query),
            })
            .unwrap();
        assert_eq!(send(&layer, attempt("ldap", PASSWORD)).await.status, 200);
        let holder = tokio::spawn({
            let layer = layer.clone();
            async move { send(&layer, attempt("other", PASSWORD)).await.status }
        });
        let begins = tokio::task::spawn_blocking(move || begins.recv().map(|()| begins)).await.unwrap().unwrap();
        for status in [503, 503, 429] {
            assert_eq!(send(&layer, attempt(user_id, "wrong")).await.status, status, "{user_id}");
        }
        drop(release);
        assert_eq!(holder.await.unwrap(), 200);
        drop(begins);
    }
}

// Closures that verify the passwords of some

/// A lookup that verifies the password of `ldap`, and leaves the others to the layer. Asked for anybody else, it hangs
/// while it is told to.
async fn partly(
    builder: AuthLayerBuilder,
) -> (AuthLayer<impl Lookup<User = User> + Clone>, Arc<AtomicBool>, Arc<AtomicUsize>) {
    let (hangs, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (is_hanging, count) = (Arc::clone(&hangs), Arc::clone(&asked));
    let (find, (directory, _)) = (find_in(own_users()), directory());
    let layer = builder
        .lookup_verifies_passwords()
        .build(move |query: Query| {
            let is_told = matches!(&query, Query::Login { identifier, .. } if identifier.as_str() == "ldap");
            let hangs = !is_told && is_hanging.load(Ordering::SeqCst);
            count.fetch_add(1, Ordering::SeqCst);
            let answer = if is_told { directory(query) } else { find(query) };
            async move { if hangs { pending().await } else { answer.await } }
        })
        .unwrap();
    assert_eq!(send(&layer, from(attempt("ldap", PASSWORD), "203.0.113.1")).await.status, 200);
    asked.store(0, Ordering::SeqCst);
    (layer, hangs, asked)
}

#[tokio::test]
async fn lookups_that_nobody_waits_for_keep_no_user_out_whose_password_is_stored() {
    const HOME: &str = "198.51.100.7";
    for (name, _, granted) in doors("", "") {
        let (builder, _) = counting(builder().without_basic_cache());
        let (layer, hangs, _) = partly(builder).await;
        let right = async || {
            assert_eq!(send(&layer, from(door(name, "duane15", PASSWORD), HOME)).await.status, granted, "{name}");
        };
        let hang_up = |address: &str| {
            hangs.store(true, Ordering::SeqCst);
            assert!(!poll(pin!(send(&layer, from(door(name, "duane15", "wrong"), address)))), "{name}");
            hangs.store(false, Ordering::SeqCst);
        };
        right().await;
        for number in 0..50 {
            hang_up(&format!("192.0.2.{number}"));
        }
        // Her network is known at the name too, and what was open there is cleared.
        for _ in 0..3 {
            right().await;
            (0..9).for_each(|_| hang_up(HOME));
        }
        right().await;
    }
}

#[tokio::test]
async fn a_name_is_locked_with_its_account_before_the_lookup_is_asked() {
    for (name, ..) in doors("", "") {
        let (builder, _) = counting(builder());
        let (layer, _, asked) = partly(builder).await;
        assert_eq!(lock(&layer, || door(name, "duane15", "wrong")).await, 10, "{name}");
        for _ in 0..5 {
            assert_eq!(send(&layer, door(name, "duane15", PASSWORD)).await.status, 429, "{name}");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 10, "{name}");
    }
}

#[tokio::test]
async fn a_name_is_used_up_while_its_account_is_locked_since_a_directory_may_have_been_asked() {
    let (builder, _) = counting(builder());
    let (layer, _, _) = partly(builder).await;
    assert_eq!(lock(&layer, || door("tokens", "duane@example.com", "wrong")).await, 10);
    for (name, request, _) in (0..3).flat_map(|_| doors("duane15", PASSWORD)) {
        assert_eq!(send(&layer, request).await.status, 429, "{name}");
    }
    layer.clear_failures(1, ["duane@example.com"]).await.unwrap();
    assert_eq!(send(&layer, attempt("duane15", PASSWORD)).await.status, 429);
    layer.clear_failures(1, ["duane@example.com", "duane15"]).await.unwrap();
    assert_eq!(send(&layer, attempt("duane15", PASSWORD)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hangs_up_behind_such_a_lookup_and_before_the_hashing_has_guessed() {
    for (name, request, _) in doors("duane15", "wrong") {
        let (builder, begins, release) =
            stalled(builder().failure_limit(FailureLimit::new(1, secs(900), secs(900))), 8);
        let (layer, ..) = partly(builder).await;
        let holder = tokio::spawn({
            let layer = layer.clone();
            async move { send(&layer, attempt("other", PASSWORD)).await.status }
        });
        let begins = tokio::task::spawn_blocking(move || begins.recv().map(|()| begins)).await.unwrap().unwrap();
        assert!(!poll(pin!(send(&layer, request))), "{name}");
        drop(release);
        assert_eq!(holder.await.unwrap(), 200, "{name}");
        assert_eq!(send(&layer, attempt("duane15", PASSWORD)).await.status, 429, "{name}");
        drop(begins);
    }
}

// The store

/// A store that is away.
struct Away;

impl Away {
    fn failed<T: Send + 'static>() -> StoreFuture<'static, T> {
        Box::pin(async { Err("the store is away".into()) })
    }
}

impl ThrottleStore for Away {
    fn count(&self, _: ThrottleKey, _: Rate, _: Timestamp) -> StoreFuture<'_, RateCount> {
        Self::failed()
    }

    fn guess(&self, _: Guess) -> StoreFuture<'_, Verdict> {
        Self::failed()
    }

    fn release(&self, _: Guess, _: bool) -> StoreFuture<'_, ()> {
        Self::failed()
    }

    fn succeed(&self, _: Guess) -> StoreFuture<'_, ()> {
        Self::failed()
    }

    fn clear(&self, _: ThrottleKey, _: Timestamp) -> StoreFuture<'_, ()> {
        Self::failed()
    }
}

#[tokio::test]
async fn s60_without_its_store_the_layer_counts_by_itself_at_half_the_limits() {
    let layer = builder().throttle_store(Away).build(find_in(users())).unwrap();
    assert_eq!(lock(&layer, || attempt("duane15", "wrong")).await, 5);
    assert_eq!(send(&layer, attempt("blocked", PASSWORD)).await.status, 403);
    assert!(layer.clear_failures(1, ["duane15"]).await.is_err());

    let layer = rated().throttle_store(Away).without_failure_limit().build(find_in(users())).unwrap();
    let reply = send(&layer, door("auth_local", "duane15", "wrong")).await;
    assert_eq!((reply.status, reply.header("x-ratelimit-limit")), (400, Some("5")));
    assert_eq!(lock(&layer, || door("auth_local", "duane15", "wrong")).await, 4);
}

/// The builder with the contracts' own limits on.
fn rated() -> AuthLayerBuilder {
    let key = tower_auth::SigningKey::hs256(SECRET).unwrap();
    AuthLayer::builder().key(key).without(AuthToken::NAME).clock(ManualClock::at(NOW))
}

#[tokio::test]
async fn layers_share_a_store() {
    let store = Arc::new(MemoryThrottle::default());
    let [one, other] = [(); 2].map(|()| builder().throttle_store(Arc::clone(&store)).build(find_in(users())).unwrap());
    for _ in 0..5 {
        assert_eq!(send(&one, attempt("duane15", "wrong")).await.status, 404);
        assert_eq!(send(&other, attempt("duane15", "wrong")).await.status, 404);
    }
    assert_eq!(send(&one, attempt("duane15", PASSWORD)).await.status, 429);
    other.clear_failures(1, ["duane15"]).await.unwrap();
    assert_eq!(send(&one, attempt("duane15", PASSWORD)).await.status, 200);
}

// Knobs

#[tokio::test]
async fn limits_and_rates_are_switched_off_each_by_its_own_call() {
    let layer = builder().without_failure_limit().build(find_in(users())).unwrap();
    for _ in 0..12 {
        assert_eq!(send(&layer, attempt("duane15", "wrong")).await.status, 404);
    }
    let layer = rated().without_failure_limit().build(find_in(users())).unwrap();
    assert_eq!(lock(&layer, || door("auth_local", "duane15", "wrong")).await, 10, "the contract's own");
    let layer = rated().without_rate_limits().build(find_in(users())).unwrap();
    for _ in 0..30 {
        assert_eq!(send(&layer, door("auth_local", "duane15", PASSWORD)).await.status, 200);
    }
    assert_eq!(lock(&layer, || door("auth_local", "duane15", "wrong")).await, 10, "failures");
}

#[tokio::test]
async fn the_limit_can_be_set() {
    let (builder, clock) = clocked();
    let layer = builder.failure_limit(FailureLimit::new(3, secs(60), secs(2))).build(find_in(users())).unwrap();
    for wait in [2, 4, 8] {
        assert_eq!(lock(&layer, || attempt("duane15", "wrong")).await, 3);
        clock.advance(wait);
    }
    assert_eq!(send(&layer, attempt("duane15", PASSWORD)).await.status, 200);
    for _ in 0..5 {
        assert_eq!(send(&layer, attempt("duane15", "wrong")).await.status, 404);
        assert_eq!(send(&layer, attempt("duane15", "wrong")).await.status, 404);
        clock.advance(60);
    }
}

// Answers of guarded routes

#[tokio::test]
async fn s54_a_guarded_route_answers_in_the_form_its_client_reads() {
    let refused = async |builder: AuthLayerBuilder, request: fn() -> Request<Full<Bytes>>| {
        let layer = builder.failure_limit(FailureLimit::new(1, secs(900), secs(900))).build(find_in(users())).unwrap();
        lock(&layer, || attempt("duane15", "wrong")).await;
        send(&layer, authorized(request(), &basic("duane15", PASSWORD))).await
    };
    let reply = refused(builder(), || request("GET", "/me")).await;
    let problem = r#"{"type":"about:blank","title":"Too Many Requests","status":429,"detail":"too many failed attempts, try again later"}"#;
    assert_eq!((reply.status, reply.text()), (429, problem));
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    assert_eq!(reply.header("retry-after"), Some("900"));
    assert_eq!(reply.header("www-authenticate"), None);
    let rejection = reply.extensions.get::<Rejection>().unwrap();
    assert_eq!((rejection.kind(), rejection.retry_after()), (RejectionKind::Throttled, Some(secs(900))));

    let grpc = || post("/package.Service/Method", "application/grpc", "");
    let reply = refused(builder(), grpc).await;
    assert_eq!((reply.status, reply.header("grpc-status")), (200, Some("8")));
    assert_eq!(reply.header("grpc-message"), Some("too many failed attempts, try again later"));

    let shapes = [
        (
            AuthLocal::NAME,
            r#"{"statusCode":429,"error":"Too Many Requests","message":"Too many attempts, please try again later"}"#,
        ),
        (Login::NAME, r#"{"message":"Too many attempts, please try again later"}"#),
        (AuthToken::NAME, ""),
        (Tokens::NAME, r#"{"message":["Too Many Attempts."]}"#),
    ];
    for (name, body) in shapes {
        let reply = refused(builder().refuse_like(name), || request("GET", "/me")).await;
        assert_eq!((reply.status, reply.text(), reply.header("retry-after")), (429, body, Some("900")), "{name}");
    }
}

#[tokio::test]
async fn a_login_route_says_why_in_its_extensions() {
    let layer = builder().build(find_in(users())).unwrap();
    lock(&layer, || attempt("duane15", "wrong")).await;
    for (name, request, _) in logins("duane15", PASSWORD) {
        let reply = send(&layer, request).await;
        assert_eq!(reply.extensions.get::<Refusal>(), Some(&Refusal::Throttled), "{name}");
    }
}

#[tokio::test]
async fn the_endpoints_alone_share_the_count() {
    let layer = builder().build(find_in(users())).unwrap();
    lock(&layer, || attempt("duane15", "wrong")).await;
    let reply = read(layer.endpoints(), attempt("duane15", PASSWORD)).await;
    assert_eq!(reply.status, 429);
    let inner =
        service_fn(async |_: Request<Full<Bytes>>| Ok::<_, BoxError>(http::Response::new(Full::<Bytes>::default())));
    let response = layer.layer(inner).oneshot(door("basic", "duane15", PASSWORD)).await.unwrap();
    assert_eq!(response.status(), 429);
}
