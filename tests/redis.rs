//! Sessions and counts in Redis: two processes on one server, and every fault that a server can have. The rules that every
//! store follows are in `stores.rs`.
//!
//! What is measured is printed: `cargo test --features redis --test redis -- --nocapture`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use proptest::{prelude::*, test_runner::TestRunner};
use sha2::{Digest, Sha256};
use support::{
    proxy::{Proxy, Wire},
    redis_server::{Cluster, Server},
    variant::Variant,
    *,
};
use tower_auth::{
    Algorithm, AuthLayer, Clock, Lookup, Subject, SystemClock, Timestamp,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
    store::{
        Budget, Guess, Listing, MemoryThrottle, Opening, Rate, RedisBuilder, RedisStore, Rotated, Rotation,
        SessionStore, Successor, ThrottleKey, ThrottleStore, TokenKey, UserKey, Verdict,
    },
};

/// How long a wait may take before it is a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// An operation's timeout, what scheduling adds to it on a busy machine, and no more.
const AT_ONCE: Duration = Duration::from_millis(250);

fn key(name: &str) -> TokenKey {
    TokenKey::from_bytes(digest(name))
}

fn digest(name: &str) -> [u8; 16] {
    let digest = Sha256::digest(name);
    std::array::from_fn(|index| digest[index])
}

/// What a token is called in Redis.
fn named(name: &str) -> String {
    format!("{:032x}", u128::from_be_bytes(digest(name)))[..24].to_owned()
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn late() -> Timestamp {
    now() + secs(3600)
}

/// A store that takes a machine that is busy with something else for no fault.
async fn store(url: &str) -> RedisStore {
    ready(RedisStore::builder(url).timeout(PATIENCE)).await
}

/// A store as it is by default.
async fn default_store(url: &str) -> RedisStore {
    ready(RedisStore::builder(url)).await
}

async fn ready(builder: RedisBuilder) -> RedisStore {
    let store = builder.connect().unwrap();
    tokio::time::timeout(PATIENCE, store.ready()).await.expect("Redis is reached");
    store
}

fn rotation(token: &str, successor: &str) -> Rotation {
    let mut rotation = Rotation::new(key(token), Successor::new(successor, now()), key(successor), now(), late());
    rotation.grace_ends = now() + secs(10);
    rotation
}

async fn revoke(store: &RedisStore, token: &str) {
    store.revoke(key(token), now(), late()).await.unwrap();
}

fn knows(store: &RedisStore, token: &str) -> bool {
    store.is_revoked(&key(token), now())
}

/// Waits for something that has to come true.
async fn until(what: &str, mut is: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    begun.elapsed()
}

/// Waits until Redis was heard of for long enough that it was asked about its history.
async fn beat(redis: &RedisStore) {
    for _ in 0..4 {
        let mut oldest = Duration::ZERO;
        until("it is heard of", || {
            let age = redis.age().unwrap();
            std::mem::replace(&mut oldest, age) > age
        })
        .await;
    }
}

/// A layer over a store, with logout at `tokens`, the time of day, and one account that does everything.
fn layer(store: &RedisStore) -> AuthLayer<impl Lookup<User = User> + use<>> {
    builder()
        .clock(SystemClock)
        .dialect(Tokens::new().logout())
        .without_session_limit()
        .session_store(store.clone())
        .throttle_store(store.clone())
        .build(find_in(users()))
        .unwrap()
}

/// A token of an hour for user 1, of the contract `tokens`.
fn token(id: &str) -> String {
    let iat = now().unix_seconds();
    let claims =
        format!(r#"{{"sub":1,"iss":"http://old","iat":{iat},"exp":{},"nbf":{iat},"jti":"{id:0>16}"}}"#, iat + 3600);
    hs256(r#"{"typ":"JWT","alg":"HS256"}"#, &claims)
}

async fn guarded<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> u16 {
    send(layer, bearer(token)).await.status
}

async fn login<L: Lookup<User = User>>(layer: &AuthLayer<L>) -> u16 {
    let body = serde_json::json!({ "login": "duane15", "password": PASSWORD });
    send(layer, post_json("/tokens", &body)).await.status
}

async fn refresh<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> u16 {
    send(layer, request("PATCH", &format!("/tokens/{token}"))).await.status
}

async fn logout<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> u16 {
    send(layer, request("DELETE", &format!("/tokens/{token}"))).await.status
}

async fn renew<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> u16 {
    send(layer, authorized(request("POST", "/api/auth/token"), &format!("Bearer {token}"))).await.status
}

/// What a guarded request, a login, a renewal, a refresh and a logout are answered, with tokens that nobody has used.
async fn answers<L: Lookup<User = User>>(layer: &AuthLayer<L>, name: &str) -> [u16; 5] {
    let [first, second, third, fourth] = ["g", "n", "r", "l"].map(|what| token(&format!("{what}{name}")));
    [
        guarded(layer, &first).await,
        login(layer).await,
        renew(layer, &second).await,
        refresh(layer, &third).await,
        logout(layer, &fourth).await,
    ]
}

/// What is answered when all is well.
const WELL: [u16; 5] = [200, 201, 200, 201, 204];

/// While Redis is away, and the list is not too old.
const AWAY: [u16; 5] = [200, 201, 503, 503, 503];

/// While Redis answers, and takes nothing more.
const FULL: [u16; 5] = [200, 201, 200, 503, 503];

/// Refreshes and logouts while Redis is away: none succeeds, and 99 of 100 are refused at once.
async fn assert_refused_at_once<L: Lookup<User = User>>(layer: &AuthLayer<L>, why: &str) {
    let mut took = Vec::new();
    for number in 0..200 {
        let token = token(&format!("once{number}"));
        let method = if number % 2 == 0 { "PATCH" } else { "DELETE" };
        let begun = Instant::now();
        let reply = send(layer, request(method, &format!("/tokens/{token}"))).await;
        took.push(begun.elapsed());
        let words = r#"{"message":["The service is unavailable at the moment, please try again"]}"#;
        let expected = (503, words, Some("1"));
        assert_eq!((reply.status, reply.text(), reply.header("retry-after")), expected, "{why}: {number}");
    }
    took.sort_unstable();
    assert!(took[197] <= AT_ONCE, "{why}: {:?} at the 99th percentile", took[197]);
    println!(
        "{why}: refused within {:?} (median), {:?} (99th percentile), {:?} (worst)",
        took[100], took[197], took[199]
    );
}

/// All four are answered as ever before long; within two seconds, if the machine has nothing else to do.
async fn assert_recovers<L: Lookup<User = User>>(layer: &AuthLayer<L>, why: &str) {
    let begun = Instant::now();
    let mut number = 0;
    loop {
        number += 1;
        let answers = answers(layer, &format!("back{number}")).await;
        let took = begun.elapsed();
        if answers == WELL {
            println!("{why}: recovered within {took:?}");
            return;
        }
        assert!(took <= PATIENCE, "{why}: {answers:?} after {took:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What an operator is told, of every store of this program.
#[cfg(feature = "tracing")]
mod events {
    use std::{
        fmt::Write,
        sync::{Mutex, Once},
    };

    use tracing::{
        Event, Metadata, Subscriber,
        span::{Attributes, Id, Record},
    };

    static SEEN: Mutex<String> = Mutex::new(String::new());

    struct Watcher;

    impl Subscriber for Watcher {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut fields = String::new();
            event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                write!(fields, " {field}={value:?}").unwrap();
            });
            writeln!(SEEN.lock().unwrap(), "{}{fields}", event.metadata().name()).unwrap();
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    pub(crate) fn watch() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::subscriber::set_global_default(Watcher).unwrap());
    }

    /// Whether an event of this name was seen with this in its fields.
    pub(crate) fn seen(name: &str, part: &str) -> bool {
        SEEN.lock().unwrap().lines().any(|line| line.starts_with(name) && line.contains(part))
    }
}

mod two_processes {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn s43_of_twenty_parallel_refreshes_one_wins_in_1000_of_1000_rounds() {
        let server = Server::start();
        let stores = [store(&server.url()).await, store(&server.url()).await];
        for round in 0..1000 {
            let tasks: Vec<_> = (0..20)
                .map(|task| {
                    let store = stores[task % 2].clone();
                    let (token, next) = (format!("round {round}"), format!("round {round}, task {task}"));
                    tokio::spawn(async move { (next.clone(), store.rotate(rotation(&token, &next)).await.unwrap()) })
                })
                .collect();
            let (mut winners, mut named) = (Vec::new(), Vec::new());
            for task in tasks {
                match task.await.unwrap() {
                    (next, Rotated::Fresh) => winners.push(next),
                    (_, Rotated::Replay(first)) => named.push(first.token_id),
                    (next, other) => panic!("{next}: {other:?}"),
                }
            }
            assert_eq!(winners.len(), 1, "round {round}");
            assert!(named.iter().all(|name| *name == winners[0]), "round {round}");
        }
    }

    #[tokio::test]
    async fn an_account_that_is_at_its_limit_at_one_door_is_so_at_the_other() {
        let server = Server::start();
        let limit = tower_auth::SessionLimit::new(7, secs(3600));
        let mut doors = Vec::new();
        for _ in 0..2 {
            let redis = store(&server.url()).await;
            let builder = builder().clock(SystemClock).dialect(Tokens::new().logout()).session_limit(limit);
            doors.push(builder.session_store(redis.clone()).throttle_store(redis).build(find_in(users())).unwrap());
        }
        let mut token = refreshable_token(now().unix_seconds());
        for round in 0..6 {
            let [one, other] = [&doors[round % 2], &doors[1 - round % 2]];
            // A repeat counts nothing once a door knows of the first, and is taken back before.
            let path = format!("/tokens/{token}");
            let (first, second) =
                tokio::join!(send(one, request("PATCH", &path)), send(other, request("PATCH", &path)));
            let again = send(other, request("PATCH", &path)).await;
            assert_eq!([&first, &second, &again].map(|reply| reply.status), [201; 3], "{round}");
            token = granted_token(&first);
            assert_eq!([granted_token(&second), granted_token(&again)], [token.clone(), token.clone()], "{round}");
        }
        token = granted_token(&send(&doors[0], request("PATCH", &format!("/tokens/{token}"))).await);
        for door in &doors {
            let reply = send(door, request("PATCH", &format!("/tokens/{token}"))).await;
            assert_eq!((reply.status, reply.text()), (429, r#"{"message":["Too Many Attempts."]}"#));
        }
        assert_eq!(logout(&doors[1], &token).await, 204);
    }

    #[tokio::test]
    async fn a_refresh_at_both_doors_gives_one_token() {
        let server = Server::start();
        let layers = [layer(&store(&server.url()).await), layer(&store(&server.url()).await)];
        let old = token("both");
        let [first, second] = [&layers[0], &layers[1]].map(|layer| {
            let request = request("PATCH", &format!("/tokens/{old}"));
            send(layer, request)
        });
        let (first, second) = tokio::join!(first, second);
        assert_eq!((first.status, second.status), (201, 201));
        assert_eq!(granted_token(&first), granted_token(&second));
        assert_eq!(guarded(&layers[1], &granted_token(&first)).await, 200);
    }

    /// A retry at another contract is answered in that contract's words, which may let the successor live for longer.
    #[tokio::test]
    async fn s47_whatever_contract_signed_the_successor_it_ends_with_its_family() {
        let server = Server::start();
        let store = store(&server.url()).await;
        let clock = ManualClock::at(NOW);
        let layer = builder()
            .clock(clock.clone())
            .dialect(Tokens::new().ttl(mins(60)).refresh_ttl(mins(40_320)).logout())
            .dialect(Variant::mobile(Tokens::new().ttl(mins(20_160)).refresh_ttl(mins(40_320))))
            .list_sessions()
            .session_store(store)
            .build(find_in(users()))
            .unwrap();
        for end in ["logout", "session"] {
            let body = serde_json::json!({ "login": "duane15", "password": PASSWORD });
            let first = granted_token(&send(&layer, post_json("/tokens", &body)).await);
            clock.advance(20 * 24 * 3600);
            assert_eq!(refresh(&layer, &first).await, 201);
            let long = granted_token(&send(&layer, request("PATCH", &format!("/mobile/{first}"))).await);
            let ended = match end {
                "logout" => logout(&layer, &long).await == 204,
                _ => layer.end_session(1, layer.sessions(1).await.unwrap()[0].id).await.unwrap(),
            };
            assert!(ended, "{end}");
            clock.advance(9 * 24 * 3600);
            assert_eq!(guarded(&layer, &long).await, 401, "{end}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_revocation_is_known_here_at_once_and_there_within_100_ms() {
        let server = Server::start();
        let [here, there] = [store(&server.url()).await, store(&server.url()).await];
        // Once of three, as the machine may be busy with something else.
        for attempt in 1..=3 {
            let mut took = Vec::new();
            for number in 0..300 {
                let name = format!("attempt {attempt}, token {number}");
                let begun = Instant::now();
                revoke(&here, &name).await;
                assert!(knows(&here, &name), "no success before this process knows it");
                until("it arrives", || knows(&there, &name)).await;
                took.push(begun.elapsed());
            }
            took.sort_unstable();
            println!("known elsewhere after {:?} (median), {:?} (99th percentile)", took[150], took[296]);
            if took[296] <= Duration::from_millis(100) {
                return;
            }
        }
        panic!("never within 100 ms");
    }

    #[tokio::test]
    async fn every_kind_of_end_arrives() {
        let server = Server::start();
        let [here, there] = [store(&server.url()).await, store(&server.url()).await];
        let ada = Subject::from("ada");
        for first in ["f", "s"] {
            let listing = Listing::new(UserKey::of(&ada), now(), None);
            here.open(Opening::new(key(first), listing, now(), late())).await.unwrap();
            here.rotate(rotation(first, &format!("{first}2"))).await.unwrap();
        }
        there.revoke_family(key("f2"), now(), late()).await.unwrap();
        until("a family", || knows(&here, "f") && knows(&here, "f2")).await;
        assert_eq!(there.sessions(UserKey::of(&ada), now()).await.unwrap().len(), 1);
        let session = there.sessions(UserKey::of(&ada), now()).await.unwrap()[0].id;
        assert!(there.end_session(UserKey::of(&ada), session, now()).await.unwrap());
        until("a session", || knows(&here, "s") && knows(&here, "s2")).await;
        let since = now();
        there.revoke_user(UserKey::of(&ada), now(), since, late()).await.unwrap();
        until("a user", || here.valid_since(&ada, now()) == Some(since)).await;
        let mut graceless = rotation("g", "g2");
        graceless.grace_ends = now();
        there.rotate(graceless).await.unwrap();
        until("a grace of nothing", || knows(&here, "g")).await;
    }

    #[tokio::test]
    async fn who_comes_later_knows_what_was_revoked_before() {
        let server = Server::start();
        let first = store(&server.url()).await;
        for number in 0..5000 {
            revoke(&first, &format!("token {number}")).await;
        }
        let second = store(&server.url()).await;
        assert!((0..5000).all(|number| knows(&second, &format!("token {number}"))));
    }

    /// A layer with a logout at every contract that has one, tickets, and a list of sessions.
    fn whole_layer(store: &RedisStore) -> AuthLayer<impl Lookup<User = User> + use<>> {
        builder()
            .clock(SystemClock)
            .dialect(AuthLocal::new().logout())
            .dialect(Login::new().logout())
            .dialect(Tokens::new().logout())
            .list_sessions()
            .tickets("/ticket")
            .session_store(store.clone())
            .throttle_store(store.clone())
            .build(find_in(users()))
            .unwrap()
    }

    #[tokio::test]
    async fn a_logout_at_any_contract_here_ends_the_token_there() {
        let server = Server::start();
        let stores = [store(&server.url()).await, store(&server.url()).await];
        let [here, there] = stores.each_ref().map(whole_layer);
        for (contract, login, _) in logins("duane15", PASSWORD) {
            let token = granted_token(&send(&here, login).await);
            assert_eq!(guarded(&there, &token).await, 200, "{contract}");
            let logout = match contract {
                "auth_local" => request("POST", "/auth/logout"),
                "login" => request("POST", "/logout"),
                "tokens" => request("DELETE", &format!("/tokens/{token}")),
                _ => continue,
            };
            let logout = if contract == "tokens" { logout } else { authorized(logout, &format!("Bearer {token}")) };
            let reply = send(&here, logout).await;
            assert!(reply.status < 300, "{contract}: {reply:?}");
            assert_eq!(guarded(&here, &token).await, 401, "{contract}");
            let begun = Instant::now();
            while guarded(&there, &token).await != 401 {
                assert!(begun.elapsed() < PATIENCE, "{contract}");
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_session_is_listed_and_ended_at_either_door() {
        let server = Server::start();
        let stores = [store(&server.url()).await, store(&server.url()).await];
        let [here, there] = stores.each_ref().map(whole_layer);
        let login = || post_json("/tokens", &serde_json::json!({ "login": "duane15", "password": PASSWORD }));
        let tokens = [granted_token(&send(&here, login()).await), granted_token(&send(&here, login()).await)];
        let next = granted_token(&send(&there, request("PATCH", &format!("/tokens/{}", tokens[0]))).await);
        let [newest, oldest] = &there.sessions(1).await.unwrap()[..] else { panic!("two") };
        assert!(newest.refreshed_at.is_none() && oldest.refreshed_at.is_some());
        assert!(there.end_session(1, oldest.id).await.unwrap());
        assert_eq!([guarded(&there, &tokens[0]).await, guarded(&there, &next).await], [401, 401]);
        assert_eq!(here.sessions(1).await.unwrap().iter().map(|session| session.id).collect::<Vec<_>>(), [newest.id]);
        assert_eq!(guarded(&here, &tokens[1]).await, 200);
        assert_eq!(refresh(&here, &next).await, 401);
    }

    async fn ticket<L: Lookup<User = User>>(layer: &AuthLayer<L>, credentials: &str) -> String {
        let reply = send(layer, authorized(request("POST", "/ticket"), credentials)).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()["ticket"].as_str().unwrap().to_owned()
    }

    async fn websocket<L: Lookup<User = User>>(layer: &AuthLayer<L>, ticket: &str) -> u16 {
        let mut upgrade = request("GET", &format!("/ws?ticket={ticket}"));
        for (name, value) in [("connection", "Upgrade"), ("upgrade", "websocket")] {
            upgrade.headers_mut().insert(name, value.parse().unwrap());
        }
        send(layer, upgrade).await.status
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_twenty_uses_of_a_ticket_at_two_doors_one_is_admitted() {
        let server = Server::start();
        let stores = [store(&server.url()).await, store(&server.url()).await];
        let layers = stores.each_ref().map(|store| Arc::new(whole_layer(store)));
        for credentials in [format!("Bearer {}", token("t")), basic("duane15", PASSWORD)] {
            let ticket = ticket(&layers[0], &credentials).await;
            let uses = (0..20).map(|number| {
                let (layer, ticket) = (Arc::clone(&layers[number % 2]), ticket.clone());
                tokio::spawn(async move { websocket(&layer, &ticket).await })
            });
            let mut statuses = Vec::new();
            for used in uses.collect::<Vec<_>>() {
                statuses.push(used.await.unwrap());
            }
            statuses.sort_unstable();
            assert_eq!(statuses, [&[200][..], &[401; 19]].concat());
        }
    }

    #[tokio::test]
    async fn a_ticket_ends_there_with_its_token_and_when_its_user_logs_out_everywhere_here() {
        let server = Server::start();
        let stores = [store(&server.url()).await, store(&server.url()).await];
        let [here, there] = stores.each_ref().map(whole_layer);
        let token = token("t");
        let revoked = ticket(&there, &format!("Bearer {token}")).await;
        let good = ticket(&there, &basic("duane15", PASSWORD)).await;
        let other = ticket(&there, &basic("duane15", PASSWORD)).await;
        assert!(here.revoke(&token).await.unwrap());
        let entries = || server.ask(&["XLEN", "{tower-auth}:log"]);
        assert_eq!(entries(), "1");
        until("it arrives", || format!("{:?}", stores[1]).contains("tokens: 1")).await;
        assert_eq!([websocket(&there, &revoked).await, websocket(&there, &good).await], [401, 200]);
        here.revoke_user(1).await.unwrap();
        until("it arrives", || stores[1].valid_since(&Subject::from(1), now()).is_some()).await;
        assert_eq!([websocket(&here, &other).await, websocket(&there, &other).await], [401, 401]);
        let written = entries();
        assert_eq!(written, "3", "nothing is written for a ticket that is refused");
    }

    #[tokio::test]
    async fn s60_while_redis_is_away_no_ticket_is_used() {
        let mut server = Server::start();
        let layer = whole_layer(&store(&server.url()).await);
        let unused = ticket(&layer, &basic("duane15", PASSWORD)).await;
        server.kill();
        assert_eq!(websocket(&layer, &unused).await, 503);
        assert_eq!(websocket(&layer, &unused).await, 503);
        server.restart();
        let begun = Instant::now();
        let mut fresh = ticket(&layer, &basic("duane15", PASSWORD)).await;
        while websocket(&layer, &fresh).await != 200 {
            assert!(begun.elapsed() < PATIENCE);
            tokio::time::sleep(Duration::from_millis(20)).await;
            fresh = ticket(&layer, &basic("duane15", PASSWORD)).await;
        }
        assert_eq!(websocket(&layer, &fresh).await, 401, "once");
    }

    /// Ten, and one more that may slip through where two processes count.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn s52_parallel_guesses_over_every_door_of_two_processes_are_within_the_budget() {
        let server = Server::start();
        let verified = Arc::new(AtomicUsize::new(0));
        let mut layers = Vec::new();
        for _ in 0..2 {
            let (store, count) = (store(&server.url()).await, Arc::clone(&verified));
            let counting =
                builder().clock(SystemClock).throttle_store(store).verify_passwords_with(move |stored, password| {
                    (stored == "own").then(|| {
                        count.fetch_add(1, Ordering::SeqCst);
                        password == PASSWORD
                    })
                });
            layers.push(counting.build(find_in(vec![Row { hash: Some("own"), ..Row::new(1, "duane15") }])).unwrap());
        }
        let mut tasks = Vec::new();
        for guess in 0..40 {
            let layer = layers[guess % 2].clone();
            let door = logins("duane15", "wrong").into_iter().nth(guess / 2 % 4).unwrap().1;
            tasks.push(tokio::spawn(async move { send(&layer, door).await.status }));
        }
        let mut locked = 0;
        for task in tasks {
            locked += usize::from(task.await.unwrap() == 429);
        }
        let verified = verified.load(Ordering::SeqCst);
        println!("40 guesses over two processes: {verified} verified, {locked} locked");
        assert!((10..=11).contains(&verified), "{verified}");
        assert_eq!(locked, 40 - verified);
    }

    #[tokio::test]
    async fn namespaces_do_not_meet() {
        let server = Server::start();
        let ours = store(&server.url()).await;
        let theirs = RedisStore::builder(server.url()).namespace("other").connect().unwrap();
        theirs.ready().await;
        revoke(&ours, "a").await;
        assert_eq!(theirs.rotate(rotation("a", "a2")).await.unwrap(), Rotated::Fresh);
        assert!(!knows(&theirs, "a"));
    }
}

mod lists {
    use proptest::sample::Index;
    use tower_auth::{SessionId, store::MemorySessions};

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Open { ada: bool, most: Option<usize> },
        Renew { token: Index, most: Option<usize> },
        Refresh { token: Index, listed: bool, grace: u64 },
        Revoke(Index),
        RevokeFamily(Index),
        RevokeUser { ada: bool },
        End { ada: bool, token: Index },
        Wait(u64),
    }

    /// A token of somebody's, and when the login was that it came of.
    #[derive(Clone)]
    struct Issued {
        name: String,
        user: Subject,
        login: u64,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let most = || proptest::option::of(1..4usize);
        let token = any::<Index>;
        let step = prop_oneof![
            4 => (any::<bool>(), most()).prop_map(|(ada, most)| Step::Open { ada, most }),
            3 => (token(), most()).prop_map(|(token, most)| Step::Renew { token, most }),
            5 => (token(), any::<bool>(), prop_oneof![Just(0), Just(10_000u64)])
                .prop_map(|(token, listed, grace)| Step::Refresh { token, listed, grace }),
            1 => token().prop_map(Step::Revoke),
            1 => token().prop_map(Step::RevokeFamily),
            1 => any::<bool>().prop_map(|ada| Step::RevokeUser { ada }),
            1 => (any::<bool>(), token()).prop_map(|(ada, token)| Step::End { ada, token }),
            4 => prop_oneof![Just(0), Just(1), 0..12_000u64].prop_map(Step::Wait),
        ];
        proptest::collection::vec(step, 1..60)
    }

    /// The rules stand in Rust and in Lua: random histories, and no difference.
    #[test]
    fn any_history_of_sessions_is_as_in_memory() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = Server::start();
        let number = AtomicUsize::new(0);
        let outcome = TestRunner::new(ProptestConfig::with_cases(80)).run(&steps(), |steps| {
            runtime.block_on(async {
                let namespace = format!("history-{}", number.fetch_add(1, Ordering::SeqCst));
                let redis = ready(RedisStore::builder(server.url()).namespace(namespace).timeout(PATIENCE)).await;
                compared(&redis, &MemorySessions::default(), steps).await
            })
        });
        outcome.unwrap_or_else(|error| panic!("{error}"));
    }

    async fn compared(redis: &RedisStore, memory: &MemorySessions, steps: Vec<Step>) -> Result<(), TestCaseError> {
        let users = [Subject::from("ada"), Subject::from("alan")];
        let of = |ada: bool| users[usize::from(!ada)].clone();
        let (base, mut millis) = (now().unix_millis(), 0);
        let until = Timestamp::from_unix_millis(base + 1_000_000_000);
        let mut tokens = vec![Issued { name: "unknown".into(), user: of(true), login: base }];
        for (number, step) in steps.into_iter().enumerate() {
            let (moment, name) = (Timestamp::from_unix_millis(base + millis), format!("token {number}"));
            // What the layer asks no store about.
            let is_superseded = |token: &Issued| {
                redis.valid_since(&token.user, moment).is_some_and(|at| token.login < at.unix_millis())
            };
            let listing = |user: &Subject, login: u64| {
                let login = Timestamp::from_unix_millis(login);
                Listing::new(UserKey::of(user), login, Some(format!("since {login:?}")))
            };
            match step {
                Step::Wait(time) => millis += time,
                Step::Open { ada, most } => {
                    let token = Issued { name, user: of(ada), login: base + millis };
                    let mut opening = Opening::new(key(&token.name), listing(&token.user, token.login), moment, until);
                    opening.listing.most = most.unwrap_or(usize::MAX);
                    memory.open(opening.clone()).await.unwrap();
                    redis.open(opening).await.unwrap();
                    tokens.push(token);
                }
                Step::Renew { token, most } => {
                    let old = token.get(&tokens).clone();
                    if is_superseded(&old) {
                        continue;
                    }
                    let mut opening = Opening::new(key(&name), listing(&old.user, base + millis), moment, until);
                    (opening.renews, opening.listing.most) = (Some(key(&old.name)), most.unwrap_or(usize::MAX));
                    let done = memory.open(opening.clone()).await.is_ok();
                    prop_assert_eq!(redis.open(opening).await.is_ok(), done, "renewal of {}", old.name);
                    if done {
                        tokens.push(Issued { name, ..old });
                    }
                }
                Step::Refresh { token, listed, grace } => {
                    let old = token.get(&tokens).clone();
                    if is_superseded(&old) {
                        continue;
                    }
                    let mut asked =
                        Rotation::new(key(&old.name), Successor::new(&name, moment), key(&name), moment, until);
                    asked.grace_ends = Timestamp::from_unix_millis(base + millis + grace);
                    asked.listing = listed.then(|| listing(&old.user, old.login));
                    let rotated = memory.rotate(asked.clone()).await.unwrap();
                    prop_assert_eq!(&redis.rotate(asked).await.unwrap(), &rotated, "refresh of {}", old.name);
                    if rotated == Rotated::Fresh {
                        tokens.push(Issued { name, ..old });
                    }
                }
                Step::Revoke(token) => {
                    let token = token.get(&tokens);
                    if is_superseded(token) {
                        continue;
                    }
                    let token = key(&token.name);
                    memory.revoke(token, moment, until).await.unwrap();
                    redis.revoke(token, moment, until).await.unwrap();
                }
                Step::RevokeFamily(token) => {
                    let token = token.get(&tokens);
                    if is_superseded(token) {
                        continue;
                    }
                    let token = key(&token.name);
                    memory.revoke_family(token, moment, until).await.unwrap();
                    redis.revoke_family(token, moment, until).await.unwrap();
                }
                Step::RevokeUser { ada } => {
                    let user = UserKey::of(&of(ada));
                    memory.revoke_user(user, moment, moment, until).await.unwrap();
                    redis.revoke_user(user, moment, moment, until).await.unwrap();
                }
                Step::End { ada, token } => {
                    let (user, session) = (UserKey::of(&of(ada)), SessionId::of(key(&token.get(&tokens).name)));
                    let ended = memory.end_session(user, session, moment).await.unwrap();
                    prop_assert_eq!(redis.end_session(user, session, moment).await.unwrap(), ended);
                }
            }
            let moment = Timestamp::from_unix_millis(base + millis);
            for token in tokens.iter().filter(|token| !is_superseded(token)) {
                let known = memory.is_revoked(&key(&token.name), moment);
                prop_assert_eq!(redis.is_revoked(&key(&token.name), moment), known, "{} at {}", token.name, millis);
            }
            for user in &users {
                prop_assert_eq!(redis.valid_since(user, moment), memory.valid_since(user, moment));
                let user = UserKey::of(user);
                let listed = memory.sessions(user, moment).await.unwrap();
                prop_assert_eq!(redis.sessions(user, moment).await.unwrap(), listed, "at {}", millis);
            }
        }
        Ok(())
    }
}

mod counts {
    use super::*;

    const BUDGET: Budget = Budget::new(5, 2, 60, 30, 3600);

    fn account(number: u8) -> ThrottleKey {
        ThrottleKey::from_bytes([7, number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    #[derive(Clone, Debug)]
    enum Step {
        Guess {
            account: u8,
            client: Option<u8>,
        },
        /// Of the guesses that were admitted, the last.
        Release,
        Succeed,
        Clear(u8),
        Count(u8),
        /// Of the requests that were counted, the last.
        Uncount,
        Wait(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            8 => (0..2u8, proptest::option::of(2..5u8)).prop_map(|(account, client)| Step::Guess { account, client }),
            1 => Just(Step::Release),
            1 => Just(Step::Succeed),
            1 => (0..2u8).prop_map(Step::Clear),
            2 => (0..3u8).prop_map(Step::Count),
            1 => Just(Step::Uncount),
            3 => prop_oneof![0..100_000u64, Just(60_000), Just(30_000), Just(2_592_000_000)].prop_map(Step::Wait),
        ];
        proptest::collection::vec(step, 1..80)
    }

    /// The arithmetic stands in Rust and in Lua: random histories, and no difference.
    #[test]
    fn any_history_is_judged_as_in_memory() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = Server::start();
        let number = AtomicUsize::new(0);
        let outcome = TestRunner::new(ProptestConfig::with_cases(300)).run(&steps(), |steps| {
            runtime.block_on(async {
                let namespace = format!("history-{}", number.fetch_add(1, Ordering::SeqCst));
                let redis = ready(RedisStore::builder(server.url()).namespace(namespace).timeout(PATIENCE)).await;
                let memory = MemoryThrottle::default();
                let (mut now, mut open, mut counted) = (now(), Vec::new(), Vec::new());
                for step in steps {
                    match step {
                        Step::Wait(millis) => now = Timestamp::from_unix_millis(now.unix_millis() + millis),
                        Step::Clear(number) => {
                            redis.clear(account(number), now).await.unwrap();
                            memory.clear(account(number), now).await.unwrap();
                        }
                        Step::Count(number) => {
                            let (key, rate) = (account(number), Rate::new(3, secs(60)));
                            let counts = (
                                redis.count(key, rate, now).await.unwrap(),
                                memory.count(key, rate, now).await.unwrap(),
                            );
                            prop_assert_eq!(counts.0, counts.1);
                            counted.push((key, counts.0));
                        }
                        Step::Uncount => {
                            let Some((key, count)) = counted.pop() else { continue };
                            redis.uncount(key, count, now).await.unwrap();
                            memory.uncount(key, count, now).await.unwrap();
                        }
                        Step::Guess { account: number, client } => {
                            let guess = Guess::new(account(number), BUDGET, now);
                            let guess = client.map_or(guess, |client| guess.by(account(client + 4 * number), BUDGET));
                            let verdicts = (redis.guess(guess).await.unwrap(), memory.guess(guess).await.unwrap());
                            prop_assert_eq!(verdicts.0, verdicts.1, "{:?}", guess);
                            if let Verdict::Admitted { known } = verdicts.0 {
                                open.push((guess, known));
                            }
                        }
                        Step::Release => {
                            let Some((guess, known)) = open.pop() else { continue };
                            redis.release(guess, known).await.unwrap();
                            memory.release(guess, known).await.unwrap();
                        }
                        Step::Succeed => {
                            let Some((guess, _)) = open.pop() else { continue };
                            redis.succeed(guess).await.unwrap();
                            memory.succeed(guess).await.unwrap();
                        }
                    }
                }
                Ok(())
            })
        });
        outcome.unwrap_or_else(|error| panic!("{error}"));
    }

    #[tokio::test]
    async fn s53_the_lock_of_a_window_ends_with_it_and_that_of_an_account_after_a_day() {
        let server = Server::start();
        let redis = store(&server.url()).await;
        let longer = Budget::new(100, 100, 900, 900, 3600);
        for (number, (budget, lasts)) in
            [(Budget::of_window(100, 900, 60), 60), (longer, 86_400)].into_iter().enumerate()
        {
            let guess = Guess::new(account(u8::try_from(number).unwrap()), budget, now());
            for _ in 0..100 {
                assert_eq!(redis.guess(guess).await.unwrap(), Verdict::Admitted { known: false });
            }
            let until = guess.now + secs(lasts);
            assert_eq!(redis.guess(guess).await.unwrap(), Verdict::Locked { until });
        }
    }

    #[tokio::test]
    async fn s64_hostile_keys_do_not_grow_a_bucket_nor_unlock_a_locked_account() {
        let server = Server::start();
        // Eight keys a bucket, and all of these share one.
        let redis = RedisStore::builder(server.url()).throttle_capacity(0).connect().unwrap();
        redis.ready().await;
        let locked = Guess::new(account(0), BUDGET, now());
        while matches!(redis.guess(locked).await.unwrap(), Verdict::Admitted { .. }) {}
        for number in 1..=255 {
            redis.guess(Guess::new(account(number), BUDGET, now())).await.unwrap();
            redis.count(account(number), Rate::new(3, secs(60)), now()).await.unwrap();
        }
        assert!(matches!(redis.guess(locked).await.unwrap(), Verdict::Locked { .. }));
        for bucket in ["{tower-auth:g07}", "{tower-auth:r07}"] {
            assert_eq!(server.ask(&["HLEN", bucket]), "8");
        }
        // Full of locks, it refuses a new key for a second.
        let mut last = Verdict::Admitted { known: false };
        for number in 1..=8 {
            let guess = Guess::new(account(number), BUDGET, now());
            for _ in 0..6 {
                last = redis.guess(guess).await.unwrap();
            }
        }
        let Verdict::Locked { until } = last else { panic!("{last:?}") };
        assert!(until <= now() + secs(1));
    }

    #[tokio::test]
    async fn s64_strangers_who_fail_do_not_make_a_network_unknown_nor_known_ones_a_failure_forgotten() {
        let server = Server::start();
        let redis = ready(RedisStore::builder(server.url()).throttle_capacity(0).timeout(PATIENCE)).await;
        let [locks_soon, client] = [account(0), account(1)];
        let home = Guess::new(account(2), BUDGET, now()).by(account(3), BUDGET);
        redis.guess(home).await.unwrap();
        redis.succeed(home).await.unwrap();
        for _ in 0..4 {
            redis.guess(Guess::new(locks_soon, BUDGET, now())).await.unwrap();
        }
        for number in 4..=255 {
            redis.guess(Guess::new(account(number), BUDGET, now())).await.unwrap();
        }
        assert_eq!(redis.guess(home).await.unwrap(), Verdict::Admitted { known: true });
        for number in 4..=255 {
            let known = Guess::new(client, BUDGET, now()).by(account(number), BUDGET);
            redis.guess(known).await.unwrap();
            redis.succeed(known).await.unwrap();
        }
        let last = Guess::new(locks_soon, BUDGET, now());
        assert!(matches!(redis.guess(last).await.unwrap(), Verdict::Admitted { .. }));
        assert!(matches!(redis.guess(last).await.unwrap(), Verdict::Locked { .. }), "all five were remembered");
        for (bucket, most) in [("{tower-auth:g07}", 8), ("{tower-auth:g07}:known", 8)] {
            assert!(server.ask(&["HLEN", bucket]).parse::<u32>().unwrap() <= most, "{bucket}");
        }
    }

    #[tokio::test]
    async fn in_a_cluster_every_bucket_is_found_and_two_processes_count_as_one() {
        let cluster = support::redis_server::Cluster::shared();
        let namespace = support::redis_server::fresh_namespace();
        let mut stores = Vec::new();
        for _ in 0..2 {
            let store = RedisStore::cluster(cluster.urls()).namespace(&namespace).connect().unwrap();
            store.ready().await;
            stores.push(store);
        }
        for number in 0..=255 {
            let guess = Guess::new(ThrottleKey::from_bytes([number; 16]), BUDGET, now());
            let mut admitted = 0;
            while matches!(stores[admitted % 2].guess(guess).await.unwrap(), Verdict::Admitted { .. }) {
                admitted += 1;
            }
            assert_eq!(admitted, 5, "bucket {number}");
        }
    }

    #[tokio::test]
    async fn s60_without_redis_the_floor_counts_at_half_of_the_limit() {
        let mut server = Server::start();
        let layer = layer(&store(&server.url()).await);
        server.kill();
        let mut verified = 0;
        let wrong = || post_json("/tokens", &serde_json::json!({ "login": "duane15", "password": "wrong" }));
        while send(&layer, wrong()).await.status != 429 {
            verified += 1;
        }
        assert_eq!(verified, 5);
    }
}

mod kept {
    use super::*;

    #[tokio::test]
    async fn s67_keys_are_namespaced_and_leave_and_nothing_secret_is_ever_sent() {
        let server = Server::with(&["--appendonly", "yes"]);
        let redis = store(&server.url()).await;
        let layer = builder()
            .clock(SystemClock)
            .dialect(Tokens::new().logout())
            .list_sessions()
            .session_store(redis.clone())
            .throttle_store(redis.clone())
            .build(find_in(users()))
            .unwrap();
        let body = serde_json::json!({ "login": "duane15", "password": PASSWORD });
        let mut tokens = Vec::new();
        for _ in 0..3 {
            tokens.push(granted_token(&send(&layer, post_json("/tokens", &body)).await));
        }
        let refreshed = granted_token(&send(&layer, request("PATCH", &format!("/tokens/{}", tokens[0]))).await);
        assert_eq!(logout(&layer, &tokens[1]).await, 204);
        layer.revoke_user(2).await.unwrap();
        let wrong = serde_json::json!({ "login": "nobody-knows-me", "password": "swordfish" });
        send(&layer, post_json("/tokens", &wrong)).await;
        tokens.push(refreshed);

        let keys = server.ask(&["KEYS", "*"]);
        assert!(keys.split(' ').count() >= 12, "{keys}");
        for key in keys.split(' ') {
            assert!(key.starts_with("{tower-auth:") || key.starts_with("{tower-auth}:"), "{key}");
            let ttl: i64 = server.ask(&["TTL", key]).parse().unwrap();
            assert!(ttl > 0, "{key} has {ttl} seconds");
        }
        // Everything that was ever written, in plain text.
        let mut written = String::new();
        for file in std::fs::read_dir(server.socket().with_file_name("appendonlydir")).unwrap() {
            written += &String::from_utf8_lossy(&std::fs::read(file.unwrap().path()).unwrap());
        }
        assert!(written.contains("tower-auth"));
        let secrets =
            tokens.iter().map(String::as_str).chain([PASSWORD, "swordfish", "duane15", "nobody-knows-me", SECRET]);
        for secret in secrets {
            assert!(!written.contains(secret), "{secret}");
        }
    }

    #[tokio::test]
    async fn s47_what_has_had_its_time_leaves_the_log() {
        let server = Server::start();
        let redis = store(&server.url()).await;
        // By the clock of Redis, with a minute to spare: in the past by the caller's, it has a minute.
        redis.revoke(key("short"), now(), now()).await.unwrap();
        let ttl: u64 = server.ask(&["PTTL", &format!("{{tower-auth}}:t:{}", named("short"))]).parse().unwrap();
        assert!((50_000..=60_000).contains(&ttl), "{ttl}");
        // Its minute is over.
        let id = server.ask(&["ZRANGE", "{tower-auth}:ends", "0", "0"]);
        server.ask(&["ZADD", "{tower-auth}:ends", "1", &id]);
        revoke(&redis, "long").await;
        assert_eq!(
            (server.ask(&["XLEN", "{tower-auth}:log"]), server.ask(&["ZCARD", "{tower-auth}:ends"])),
            ("1".into(), "1".into())
        );
    }

    /// An evicted key is a forgotten revocation: an operator is told that it may come to that.
    #[cfg(feature = "tracing")]
    #[tokio::test]
    async fn a_redis_that_evicts_is_warned_of() {
        events::watch();
        for (memory, policy, warned) in [("100mb", "allkeys-random", true), ("0", "allkeys-lfu", false)] {
            let server = Server::with(&["--maxmemory", memory, "--maxmemory-policy", policy]);
            let redis = store(&server.url()).await;
            beat(&redis).await;
            assert_eq!(events::seen("auth.may_forget", policy), warned, "{policy}");
        }
    }

    /// What leaves is no loss: nobody reads anew, and no operation is refused for it.
    #[tokio::test]
    async fn s47_a_log_whose_last_entries_leave_is_still_the_one_that_was_read() {
        let server = Server::start();
        let redis = store(&server.url()).await;
        // Each question of this test is one.
        let connections = || -> u64 { info(&server, "stats", "total_connections_received").parse().unwrap() };
        for entries in ["0", "1"] {
            if entries == "1" {
                revoke(&redis, "long").await;
            }
            redis.revoke(key("short"), now(), now()).await.unwrap();
            beat(&redis).await;
            let ends = server.ask(&["ZRANGE", "{tower-auth}:ends", "0", "-1"]);
            server.ask(&["ZADD", "{tower-auth}:ends", "1", ends.split(' ').next().unwrap()]);
            tokio::time::timeout(PATIENCE, async {
                while server.ask(&["XLEN", "{tower-auth}:log"]) != entries {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            })
            .await
            .expect("it leaves");
            let before = connections();
            beat(&redis).await;
            assert!(redis.is_up(), "{entries}");
            assert_eq!(connections(), before + 1, "{entries}: nobody but this test connected");
        }
    }

    /// By the slower of two clocks: a process whose own is fast gives a revocation no shorter life.
    #[tokio::test]
    async fn s47_a_clock_that_is_fast_makes_nothing_leave_early() {
        let server = Server::start();
        let redis = store(&server.url()).await;
        let (ends, fast) = (now() + secs(600), now() + secs(3600));
        redis.revoke(key("a"), fast, ends).await.unwrap();
        let ttl: u64 = server.ask(&["TTL", &format!("{{tower-auth}}:t:{}", named("a"))]).parse().unwrap();
        assert!(ttl > 600, "{ttl}");
        let slow = Timestamp::from_unix_seconds(now().unix_seconds() - 3600);
        redis.revoke(key("b"), slow, ends).await.unwrap();
        let ttl: u64 = server.ask(&["TTL", &format!("{{tower-auth}}:t:{}", named("b"))]).parse().unwrap();
        assert!(ttl > 4200, "{ttl}: when it is the end by that clock too");
    }

    /// One of the figures that a server tells of itself.
    fn info(server: &Server, section: &str, name: &str) -> String {
        let info = server.ask(&["INFO", section]);
        let figure = info.lines().find_map(|line| line.split_once(':').filter(|(known, _)| *known == name));
        figure.unwrap().1.trim().to_owned()
    }

    #[tokio::test]
    async fn s64_a_full_log_refuses_and_forgets_nothing() {
        let server = Server::start();
        let redis = RedisStore::builder(server.url()).capacity(3).connect().unwrap();
        redis.ready().await;
        for token in ["a", "b", "c"] {
            revoke(&redis, token).await;
        }
        let error = redis.revoke(key("d"), now(), late()).await.unwrap_err();
        assert_eq!(error.to_string(), "there is no room for more revocations: give the store more capacity");
        assert!(redis.rotate(rotation("e", "e2")).await.is_err());
        assert!(["a", "b", "c"].iter().all(|token| knows(&redis, token)));
        assert!(redis.is_up() && !redis.is_stale(now()), "it goes on");
    }

    #[tokio::test]
    async fn s64_sessions_that_have_ended_leave_a_users_list_once_it_is_beyond_its_bound() {
        let server = Server::start();
        let redis = store(&server.url()).await;
        let opening = |token: &str, until| {
            let listing = Listing::new(UserKey::of(&Subject::from("ada")), now(), None);
            let mut opening = Opening::new(key(token), listing, now(), until);
            opening.listing.most = 4;
            opening
        };
        assert!(redis.open(opening("lasting", late())).await.unwrap());
        let lasting = server.ask(&["KEYS", "{tower-auth}:f:*"]);
        for token in ["a", "b", "c"] {
            assert!(redis.open(opening(token, now() + secs(1))).await.unwrap());
        }
        // Their time is over.
        let families = server.ask(&["KEYS", "{tower-auth}:f:*"]);
        for family in families.split(' ').filter(|family| *family != lasting) {
            assert_eq!(server.ask(&["DEL", family]), "1");
        }
        let list = server.ask(&["KEYS", "{tower-auth}:u:*"]);
        assert_eq!(server.ask(&["ZCARD", &list]), "4");
        assert!(redis.open(opening("new", late())).await.unwrap());
        assert_eq!(server.ask(&["ZCARD", &list]), "2");
    }

    /// The last room is for what is asked, and a session that ends takes its renewed tokens along.
    #[tokio::test]
    async fn s64_a_session_of_many_tokens_ends_in_the_last_room() {
        let server = Server::start();
        let redis = ready(RedisStore::builder(server.url()).capacity(3).timeout(PATIENCE)).await;
        for turn in 0..10 {
            let listing = Listing::new(UserKey::of(&Subject::from("ada")), now(), None);
            let mut opening = Opening::new(key(&format!("t{turn}")), listing, now(), late());
            opening.renews = (turn > 0).then(|| key("t0"));
            redis.open(opening).await.unwrap();
        }
        revoke(&redis, "a").await;
        redis.revoke_family(key("t0"), now(), late()).await.unwrap();
        assert_eq!(server.ask(&["XLEN", "{tower-auth}:log"]), "11");
        beat(&redis).await;
        assert!((0..10).all(|turn| knows(&redis, &format!("t{turn}"))));
        assert!(redis.revoke(key("b"), now(), late()).await.unwrap_err().to_string().contains("no room"));
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_url_is_said_without_it() {
        for url in ["redis://user:hunter2@:x:y/", "http://user:hunter2@localhost/", "hunter2"] {
            let error = RedisStore::connect(url).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the URL of Redis is none that can be connected to: redis://[user[:password]@]host[:port]"
            );
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        let builder = RedisStore::builder("redis://user:hunter2@localhost/");
        assert!(!format!("{builder:?}").contains("hunter2"));
        assert!(!format!("{:?}", builder.connect().unwrap()).contains("hunter2"));
        for (builder, says) in [
            (RedisStore::builder("redis://localhost").namespace(""), "a namespace is 1 to 64 letters, digits and -_.:"),
            (
                RedisStore::builder("redis://localhost").namespace("a}b"),
                "a namespace is 1 to 64 letters, digits and -_.:",
            ),
            (
                RedisStore::builder("redis://localhost").timeout(Duration::ZERO),
                "a timeout is 1 millisecond to a minute: less lets nothing through, more holds up logins",
            ),
            (
                RedisStore::builder("redis://localhost").timeout(Duration::MAX),
                "a timeout is 1 millisecond to a minute: less lets nothing through, more holds up logins",
            ),
            (
                RedisStore::builder("redis://localhost").staleness_bound(Duration::from_secs(3601)),
                "a staleness bound beyond an hour is none: call `admit_revoked_tokens_when_stale`",
            ),
            (
                RedisStore::builder("redis://localhost").staleness_bound(Duration::from_secs(1)),
                "a staleness bound below 2 seconds is passed while Redis is up",
            ),
        ] {
            assert_eq!(builder.connect().unwrap_err().to_string(), says);
        }
    }

    #[test]
    fn without_a_runtime_nothing_connects() {
        let error = RedisStore::connect("redis://localhost").unwrap_err();
        assert_eq!(error.to_string(), "a Redis store connects in a tokio runtime");
    }

    /// Over TLS, by a certificate that the system trusts; and not by one that it does not.
    #[cfg(feature = "redis-tls")]
    #[tokio::test]
    async fn a_rediss_url_is_encrypted_and_the_server_is_verified() {
        const URL: &str = "TOWER_AUTH_TEST_REDISS";
        if let Ok(url) = std::env::var(URL) {
            // The process that trusts it.
            let redis = store(&url).await;
            revoke(&redis, "a").await;
            return;
        }
        let folder = std::env::temp_dir().join(format!("tower-auth-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let (key, certificate) = (path("key.pem"), path("certificate.pem"));
        let made = std::process::Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"])
            .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-keyout", &key, "-out", &certificate])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let server = Server::with(&[
            "--tls-port",
            &port,
            "--tls-cert-file",
            &certificate,
            "--tls-key-file",
            &key,
            "--tls-ca-cert-file",
            &certificate,
            "--tls-auth-clients",
            "no",
        ]);
        let url = format!("rediss://localhost:{port}/");
        let heir = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kept::a_rediss_url_is_encrypted_and_the_server_is_verified"])
            .env(URL, &url)
            .env("SSL_CERT_FILE", &certificate)
            .output()
            .unwrap();
        assert!(heir.status.success(), "{}", String::from_utf8_lossy(&heir.stdout));
        assert_eq!(server.ask(&["XLEN", "{tower-auth}:log"]), "1");

        let stranger = RedisStore::connect(&url).unwrap();
        let waited = tokio::time::timeout(Duration::from_secs(1), stranger.ready()).await;
        assert!(waited.is_err() && !stranger.is_up(), "nobody vouches for that server here");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(not(feature = "redis-tls"))]
    #[tokio::test]
    async fn a_rediss_url_without_tls_says_which_feature_it_takes() {
        let error = RedisStore::connect("rediss://localhost/").unwrap_err();
        assert_eq!(error.to_string(), "a URL of Redis wants TLS: switch on the feature `redis-tls`");
    }

    /// What the docs of `RedisStore` ask for is enough.
    #[tokio::test]
    async fn the_documented_permissions_suffice() {
        let server = Server::start();
        let made = "ACL SETUSER auth on >word ~{tower-auth}:* ~{tower-auth:* +evalsha +eval +xread +get +set +time +exists \
            +hget +hset +hmget +hdel +hgetall +hexists +incr +hincrby +hlen +hrandfield +xadd +xdel +xlen +xrange +xrevrange +zadd +zrem \
            +zrange +zrangebyscore +zcard +del +pexpire +pttl";
        assert_eq!(server.ask(&made.split_whitespace().collect::<Vec<_>>()), "OK");
        let redis = store(&server.url_as("auth", "word")).await;
        let layer = builder()
            .clock(SystemClock)
            .dialect(Tokens::new().logout())
            .max_sessions(1)
            .session_store(redis.clone())
            .throttle_store(redis.clone())
            .build(find_in(users()))
            .unwrap();
        assert_eq!(answers(&layer, "acl").await, WELL);
        assert_eq!(answers(&layer, "acl2").await, WELL);
        assert_eq!(layer.sessions(1).await.unwrap().len(), 1, "the one that was refreshed last");
        layer.revoke_user(1).await.unwrap();
        layer.clear_failures(1, ["acl"]).await.unwrap();
        let guess = Guess::new(ThrottleKey::from_bytes([1; 16]), Budget::new(5, 5, 5, 5, 5), now());
        redis.guess(guess).await.unwrap();
        redis.release(guess, false).await.unwrap();
        redis.count(ThrottleKey::from_bytes([1; 16]), Rate::new(1, secs(1)), now()).await.unwrap();
        redis.revoke(key("a"), now(), late()).await.unwrap();
    }

    #[tokio::test]
    async fn s61_a_rotation_that_is_cancelled_is_done_or_undone() {
        let server = Server::start();
        let [redis, other] = [store(&server.url()).await, store(&server.url()).await];
        let (mut done, mut undone) = (0, 0);
        for round in 0..300 {
            let (token, next, again) = (format!("t{round}"), format!("n{round}"), format!("a{round}"));
            // Dropped before the first poll, at once after it, or somewhat later.
            let mut rotating = redis.rotate(rotation(&token, &next));
            if round % 3 > 0 {
                let time = Duration::from_micros(round % 30 * 20);
                let _ = tokio::time::timeout(time, &mut rotating).await;
            }
            drop(rotating);
            let named = match other.rotate(rotation(&token, &again)).await.unwrap() {
                Rotated::Fresh => {
                    undone += 1;
                    again
                }
                Rotated::Replay(first) => {
                    done += 1;
                    first.token_id
                }
                other => panic!("round {round}: {other:?}"),
            };
            let further = other.rotate(rotation(&named, &format!("f{round}"))).await.unwrap();
            assert_eq!(further, Rotated::Fresh, "round {round}");
        }
        println!("of 300 cancelled rotations {done} were done and {undone} undone");
        assert!(done > 0 && undone > 0);
    }

    /// User, password and database stand in the URL, of any characters.
    #[tokio::test]
    async fn an_acl_user_stands_in_the_url() {
        let server = Server::on_port(&[]);
        assert_eq!(server.ask(&["ACL", "SETUSER", "auth@shop", "on", ">p@ss:w/rd?", "~*", "+@all"]), "OK");
        assert_eq!(server.ask(&["ACL", "SETUSER", "default", "-evalsha", "-eval"]), "OK");
        let url = format!("redis://auth%40shop:p%40ss%3Aw%2Frd%3F@127.0.0.1:{}/3", server.port());
        let redis = store(&url).await;
        revoke(&redis, "a").await;
        assert!(server.ask(&["INFO", "keyspace"]).contains("db3:"), "in its database");
        for wrong in [url.replace("p%40ss", "pass"), url.replace("auth%40shop", "auth"), url.replace("/3", "/99")] {
            let stranger = RedisStore::connect(wrong).unwrap();
            let waited = tokio::time::timeout(Duration::from_millis(500), stranger.ready()).await;
            assert!(waited.is_err() && !stranger.is_up());
        }
    }

    /// What each request asks of Redis, and what stays there: the unit costs of a fleet.
    #[tokio::test]
    async fn a_guarded_request_asks_nothing_and_a_renewal_a_refresh_or_a_logout_two_scripts() {
        const ROUNDS: u32 = 25;
        let server = Server::start();
        let redis = store(&server.url()).await;
        // With every limit that is on by default.
        let limited = || {
            AuthLayer::builder()
                .key(tower_auth::SigningKey::hs256(SECRET).unwrap())
                .dialect(Tokens::new().logout())
                .dialect(AuthToken::new().algorithm(Algorithm::Hs256))
                .session_store(redis.clone())
                .throttle_store(redis.clone())
        };
        let plain = limited().build(find_in(users())).unwrap();
        let listed = limited().list_sessions().build(find_in(users())).unwrap();
        let body = serde_json::json!({ "login": "duane15", "password": PASSWORD });
        let login = || post_json("/tokens", &body);
        let figure = |section: &str, name: &str| -> f64 { info(&server, section, name).parse().unwrap() };
        let part = |line: &str, name: &str| -> f64 {
            line.split(',').find_map(|part| part.strip_prefix(name)).unwrap().parse().unwrap()
        };
        let mut granted: Vec<String> = Vec::new();
        let mut ops = Vec::new();
        for kind in ["login", "listed login", "guarded", "renewal", "refresh", "logout"] {
            server.ask(&["CONFIG", "RESETSTAT"]);
            for round in 0..ROUNDS as usize {
                let (layer, request) = match kind {
                    "login" => (&plain, login()),
                    "guarded" => (&plain, bearer(&granted[round])),
                    "renewal" => {
                        let credentials = format!("Bearer {}", granted[round]);
                        (&plain, authorized(request("POST", "/api/auth/token"), &credentials))
                    }
                    "refresh" => (&plain, request("PATCH", &format!("/tokens/{}", granted[round]))),
                    "logout" => (&plain, request("DELETE", &format!("/tokens/{}", granted[round]))),
                    _ => {
                        let reply = send(&listed, login()).await;
                        assert_eq!(reply.status, 201);
                        continue;
                    }
                };
                let reply = send(layer, request).await;
                assert!(reply.status < 300, "{kind}: {reply:?}");
                match kind {
                    "login" => granted.push(granted_token(&reply)),
                    "refresh" => granted[round] = granted_token(&reply),
                    _ => {}
                }
            }
            let scripts = server.ask(&["INFO", "commandstats"]);
            let scripts =
                scripts.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:")).unwrap_or("calls=0,usec=0");
            let (calls, time) = (part(scripts, "calls="), part(scripts, "usec="));
            let (sent, told) = (figure("stats", "total_net_input_bytes"), figure("stats", "total_net_output_bytes"));
            let [sent, told, calls_each] = [sent, told, calls].map(|total| total / f64::from(ROUNDS));
            println!(
                "{kind}: {calls_each:.2} scripts of {:.0} µs, {sent:.0} bytes to Redis, {told:.0} back",
                time / calls.max(1.0)
            );
            ops.push((kind, calls_each.round()));
        }
        // The follower asks once a second too, which is less than one in two of these.
        let expected = [
            ("login", 5.0),
            ("listed login", 7.0),
            ("guarded", 0.0),
            ("renewal", 2.0),
            ("refresh", 2.0),
            ("logout", 2.0),
        ];
        assert_eq!(ops, expected);
    }

    /// What `capacity` and `docs/scaling.md` count with.
    #[tokio::test]
    async fn what_stays_in_redis_has_its_size() {
        let server = Server::start();
        let redis = store(&server.url()).await;
        let size = || -> f64 { info(&server, "memory", "used_memory").parse().unwrap() };
        let most = 5000;
        let user = |name: &str| UserKey::of(&Subject::from(name));
        // Redis stores values beyond 64 bytes in another way (`hash-max-listpack-value`).
        let labels = ["Firefox on Linux", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"];
        for (what, bound) in [
            ("a revoked token", 500.0),
            ("a refresh of an unlisted session", 1200.0),
            ("a listed session", 1000.0),
            ("a listed session with a long label", 1500.0),
            ("a user's moment", 400.0),
        ] {
            let before = size();
            for number in 0..most {
                let name = format!("{what} {number}");
                match what {
                    "a revoked token" => revoke(&redis, &name).await,
                    "a refresh of an unlisted session" => {
                        redis.rotate(rotation(&name, &format!("{name} 2"))).await.unwrap();
                    }
                    "a listed session" | "a listed session with a long label" => {
                        let long = usize::from(what.ends_with("label"));
                        let listing = Listing::new(user(&name), now(), Some(labels[long].into()));
                        redis.open(Opening::new(key(&name), listing, now(), late())).await.unwrap();
                    }
                    _ => redis.revoke_user(user(&name), now(), now(), late()).await.unwrap(),
                }
            }
            let each = (size() - before) / f64::from(most);
            println!("{what} takes {each:.0} bytes in Redis");
            assert!(each < bound, "{what}: {each}");
        }
    }
}

mod faults {
    use super::*;

    /// A store with the shortest bound.
    async fn strict(url: &str) -> RedisStore {
        let strict = RedisStore::builder(url).staleness_bound(Duration::from_secs(2)).connect().unwrap();
        strict.ready().await;
        strict
    }

    #[tokio::test]
    async fn s60_the_shortest_bound_is_not_passed_while_redis_is_up() {
        let server = Server::start();
        let strict = strict(&server.url()).await;
        let (begun, mut ages) = (Instant::now(), Vec::new());
        while begun.elapsed() < Duration::from_secs(3) {
            ages.push(strict.age().unwrap());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        ages.sort_unstable();
        // Nearly always, as the machine may be busy with something else.
        let usual = ages[ages.len() * 95 / 100];
        assert!(usual < Duration::from_millis(1500), "{usual:?}");
    }

    #[tokio::test]
    async fn s60_down_at_start() {
        let mut server = Server::start();
        let url = server.url();
        server.kill();
        let redis = RedisStore::connect(&url).unwrap();
        let layer = layer(&redis);
        assert_eq!(answers(&layer, "down").await, [503, 201, 503, 503, 503]);
        assert_refused_at_once(&layer, "down at start").await;
        server.restart();
        assert_recovers(&layer, "down at start").await;
    }

    #[tokio::test]
    async fn s60_lost_in_mid_run() {
        let mut server = Server::with(&["--appendonly", "yes", "--appendfsync", "always"]);
        let stores = [store(&server.url()).await, store(&server.url()).await];
        let layers = stores.each_ref().map(layer);
        let revoked: Vec<String> = (0..100).map(|number| token(&format!("gone{number}"))).collect();
        for token in &revoked {
            assert_eq!(logout(&layers[0], token).await, 204);
        }
        until("the last arrives", || stores[1].age().is_some() && knows_all(&stores[1], &revoked)).await;
        server.kill();

        let mut accepted = 0;
        for attempt in 0..10_000 {
            accepted += usize::from(guarded(&layers[attempt % 2], &revoked[attempt / 2 % 100]).await != 401);
        }
        assert_eq!(accepted, 0, "of 10 000 tries with revoked tokens");
        for layer in &layers {
            assert_eq!(answers(layer, "lost").await, AWAY);
            assert_refused_at_once(layer, "lost in mid-run").await;
        }
        server.restart();
        for layer in &layers {
            assert_recovers(layer, "lost in mid-run").await;
        }
    }

    /// Whether a store has as many revocations as there are tokens.
    fn knows_all(store: &RedisStore, tokens: &[String]) -> bool {
        format!("{store:?}").contains(&format!("tokens: {}", tokens.len()))
    }

    #[tokio::test]
    async fn s60_past_the_bound_guarded_requests_are_refused_unless_told_otherwise() {
        let mut server = Server::start();
        let bound = Duration::from_secs(5);
        let short = RedisStore::builder(server.url()).staleness_bound(bound).connect().unwrap();
        let open = RedisStore::builder(server.url()).admit_revoked_tokens_when_stale().connect().unwrap();
        short.ready().await;
        open.ready().await;
        let layers = [layer(&short), layer(&open)];
        let revoked = token("revoked");
        assert_eq!(logout(&layers[0], &revoked).await, 204);
        server.kill();
        assert_eq!(answers(&layers[0], "young").await, AWAY);
        until("it is too old", || short.is_stale(now())).await;
        assert!(short.age().unwrap() > bound);
        assert_eq!(answers(&layers[0], "old").await, [503, 201, 503, 503, 503]);
        assert_eq!(answers(&layers[1], "open").await, AWAY, "as the application chose");
        for layer in &layers {
            assert_ne!(guarded(layer, &revoked).await, 200, "what is known to be revoked stays so");
        }
        server.restart();
        assert_recovers(&layers[0], "past the bound").await;
    }

    #[tokio::test]
    async fn s60_a_slow_redis_is_a_redis_that_is_away() {
        let server = Server::start();
        let proxy = Proxy::to(server.socket()).await;
        let layer = layer(&default_store(&proxy.url()).await);
        assert_eq!(answers(&layer, "quick").await, WELL);
        proxy.set(Wire::Slow(Duration::from_millis(200)));
        // The first who meets it waits for its timeout, and nobody after it.
        assert_eq!(refresh(&layer, &token("first")).await, 503);
        assert_eq!(answers(&layer, "slow").await, AWAY);
        assert_refused_at_once(&layer, "slow").await;
        proxy.set(Wire::Whole);
        assert_recovers(&layer, "slow").await;
    }

    #[tokio::test]
    async fn s60_paused_by_sigstop() {
        let server = Server::start();
        let layer = layer(&default_store(&server.url()).await);
        assert_eq!(answers(&layer, "running").await, WELL);
        server.pause();
        assert_eq!(answers(&layer, "paused").await, AWAY);
        assert_refused_at_once(&layer, "paused").await;
        server.go_on();
        assert_recovers(&layer, "paused").await;
    }

    #[tokio::test]
    async fn s60_cut_off_without_a_word() {
        let server = Server::start();
        let proxy = Proxy::to(server.socket()).await;
        let [cut, whole] = [default_store(&proxy.url()).await, store(&server.url()).await];
        let layer = layer(&cut);
        proxy.set(Wire::Cut);
        assert_eq!(answers(&layer, "cut").await, AWAY);
        assert_refused_at_once(&layer, "cut off").await;
        // What is revoked meanwhile is not known here, and is caught up with.
        revoke(&whole, "meanwhile").await;
        assert!(!knows(&cut, "meanwhile"));
        proxy.set(Wire::Whole);
        assert_recovers(&layer, "cut off").await;
        assert!(knows(&cut, "meanwhile"));
    }

    #[tokio::test]
    async fn s60_out_of_memory() {
        let server = Server::with(&["--maxmemory-policy", "noeviction"]);
        let redis = store(&server.url()).await;
        let layer = layer(&redis);
        let revoked = token("before");
        assert_eq!(logout(&layer, &revoked).await, 204);
        assert_eq!(server.ask(&["CONFIG", "SET", "maxmemory", "1"]), "OK");
        assert_eq!(answers(&layer, "full").await, FULL);
        assert_refused_at_once(&layer, "out of memory").await;
        assert_eq!(guarded(&layer, &revoked).await, 401);
        // It is not away: guarded requests go on for as long as it lasts.
        beat(&redis).await;
        assert_eq!(answers(&layer, "still full").await, FULL);
        assert_eq!(server.ask(&["CONFIG", "SET", "maxmemory", "0"]), "OK");
        assert_recovers(&layer, "out of memory").await;
    }

    #[tokio::test]
    async fn s64_out_of_memory_no_guess_is_written() {
        let server = Server::with(&["--maxmemory-policy", "noeviction"]);
        let redis = store(&server.url()).await;
        let budget = Budget::new(5, 2, 60, 30, 3600);
        let [account, home] = [1, 2].map(|number| ThrottleKey::from_bytes([number; 16]));
        let known = Guess::new(account, budget, now()).by(home, budget);
        redis.guess(known).await.unwrap();
        assert_eq!(server.ask(&["CONFIG", "SET", "maxmemory", "1"]), "OK");
        let before = server.ask(&["HGETALL", "{tower-auth:g01}"]);
        assert!(redis.guess(known).await.is_err());
        assert_eq!(server.ask(&["HGETALL", "{tower-auth:g01}"]), before);
        assert_eq!(server.ask(&["EXISTS", "{tower-auth:g01}:known"]), "0");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_acknowledged_revocation_is_lost_in_a_crash() {
        let mut server = Server::with(&["--appendonly", "yes", "--appendfsync", "always"]);
        for crash in 0..5 {
            let redis = store(&server.url()).await;
            let written = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&written);
            let writing = tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for number in 0.. {
                    let name = format!("crash {crash}, token {number}");
                    match redis.revoke(key(&name), now(), late()).await {
                        Ok(()) => acknowledged.push(name),
                        Err(_) => break,
                    }
                    count.store(acknowledged.len(), Ordering::SeqCst);
                }
                acknowledged
            });
            let crash_after = Instant::now() + Duration::from_millis(100 + 37 * crash);
            // A disk may be slow, and each of these waits for it.
            until("it writes", || written.load(Ordering::SeqCst) > 10 && Instant::now() > crash_after).await;
            server.kill();
            let acknowledged = writing.await.unwrap();
            server.restart();
            // A process that knows nothing of its own.
            let heir = store(&server.url()).await;
            let lost = acknowledged.iter().filter(|name| !knows(&heir, name)).count();
            println!("crash {crash}: {lost} lost of {} acknowledged", acknowledged.len());
            assert_eq!(lost, 0);
            assert!(acknowledged.len() > 10);
            let newest = acknowledged.last().unwrap();
            assert_eq!(heir.rotate(rotation(newest, "x")).await.unwrap(), Rotated::Revoked);
        }
    }

    #[tokio::test]
    async fn a_redis_that_was_emptied_is_told_what_a_process_knows() {
        let mut server = Server::start();
        let redis = store(&server.url()).await;
        let layer = layer(&redis);
        let ada = Subject::from("ada");
        revoke(&redis, "revoked").await;
        redis.revoke_user(UserKey::of(&ada), now(), now(), late()).await.unwrap();
        let since = redis.valid_since(&ada, now());
        redis.rotate(rotation("old", "new")).await.unwrap();
        for (how, newest) in [("restarted", "new"), ("flushed", "newer")] {
            if how == "restarted" {
                server.kill();
                assert_eq!(answers(&layer, how).await, AWAY);
                server.restart_empty();
                assert_recovers(&layer, "restarted empty").await;
            } else {
                server.ask(&["FLUSHALL"]);
                assert_eq!(refresh(&layer, &token("flushed")).await, 503, "nothing is asked of another history");
                assert_recovers(&layer, "flushed").await;
            }
            let heir = store(&server.url()).await;
            assert!(knows(&heir, "revoked"), "{how}");
            assert_eq!(heir.valid_since(&ada, now()), since, "{how}");
            assert_eq!(heir.rotate(rotation("revoked", "x")).await.unwrap(), Rotated::Revoked, "{how}");
            // Its successor is not known any more, and there is no second one.
            assert_eq!(heir.rotate(rotation("old", "x")).await.unwrap(), Rotated::Revoked, "{how}");
            assert_eq!(heir.rotate(rotation(newest, "newer")).await.unwrap(), Rotated::Fresh, "{how}");
            until("and back", || knows(&redis, "revoked")).await;
        }
    }

    /// As behind something that leads to another primary without a word, where others have gone on writing.
    #[tokio::test]
    async fn what_a_log_has_lost_is_seen_by_what_comes_instead() {
        let server = Server::start();
        let redis = store(&server.url()).await;
        revoke(&redis, "kept").await;
        revoke(&redis, "lost").await;
        beat(&redis).await;
        let ids = server.ask(&["ZRANGE", "{tower-auth}:ends", "0", "-1"]);
        let lost = ids.rsplit(' ').next().unwrap();
        let record = format!("{{tower-auth}}:t:{}", named("lost"));
        // All at once, since one look of the process in between would see that its last entry is not there.
        let instead = "redis.call('XDEL', KEYS[1], ARGV[1]) redis.call('DEL', KEYS[2]) \
            return redis.call('XADD', KEYS[1], '*', 'e', ARGV[2], 'n', 2)";
        let line = format!("t 0123456789abcdef01234567 0 {}", late().unix_millis());
        server.ask(&["EVAL", instead, "2", "{tower-auth}:log", &record, lost, &line]);
        until("it is written back", || server.ask(&["EXISTS", &record]) == "1").await;
        until("and goes on", || redis.is_up()).await;
        assert_eq!(redis.rotate(rotation("lost", "x")).await.unwrap(), Rotated::Revoked);
        assert!(["kept", "lost"].iter().all(|token| knows(&redis, token)));
    }

    /// Whoever deletes the count, or lets it be evicted, does no more harm than a moment.
    #[tokio::test]
    async fn numbers_go_on_without_the_count() {
        let server = Server::start();
        let redis = store(&server.url()).await;
        revoke(&redis, "a").await;
        revoke(&redis, "b").await;
        assert_eq!(server.ask(&["DEL", "{tower-auth}:n"]), "1");
        revoke(&redis, "c").await;
        assert_eq!(server.ask(&["GET", "{tower-auth}:n"]), "3");
        assert!(redis.is_up());
    }

    #[tokio::test]
    async fn however_many_processes_write_back_the_log_has_each_entry_once() {
        let mut server = Server::start();
        let stores = [store(&server.url()).await, store(&server.url()).await, store(&server.url()).await];
        for number in 0..1000 {
            revoke(&stores[number % 3], &format!("token {number}")).await;
        }
        until("all know all", || stores.iter().all(|store| (0..1000).all(|n| knows(store, &format!("token {n}")))))
            .await;
        server.kill();
        until("all lost it", || stores.iter().all(|store| !store.is_up())).await;
        server.restart_empty();
        for store in &stores {
            until("it is back", || store.is_up()).await;
        }
        assert_eq!(server.ask(&["XLEN", "{tower-auth}:log"]), "1000");
    }

    /// Replication is asynchronous: the replica lacks the last moments, and whoever knows them writes them back.
    #[tokio::test]
    async fn a_replica_that_takes_over_without_the_last_moments_is_told_them() {
        let primary = Server::on_port(&[]);
        let replica = Server::with(&["--replicaof", "127.0.0.1", &primary.port().to_string()]);
        let proxy = Proxy::to(primary.socket()).await;
        let redis = store(&proxy.url()).await;
        let layer = layer(&redis);
        revoke(&redis, "replicated").await;
        until("it is replicated", || replica.ask(&["XLEN", "{tower-auth}:log"]) == "1").await;
        // Cut off from its primary: what follows is acknowledged, and lost.
        replica.ask(&["REPLICAOF", "NO", "ONE"]);
        revoke(&redis, "lost").await;
        redis.rotate(rotation("refreshed", "lost too")).await.unwrap();

        proxy.lead_to(replica.socket());
        drop(primary);
        until("it is away", || !redis.is_up()).await;
        assert_eq!(guarded(&layer, &token("failover")).await, 200);
        assert_recovers(&layer, "failed over").await;
        let heir = store(&proxy.url()).await;
        for token in ["replicated", "lost"] {
            assert!(knows(&redis, token) && knows(&heir, token), "{token}");
            assert_eq!(heir.rotate(rotation(token, "x")).await.unwrap(), Rotated::Revoked, "{token}");
        }
        assert_eq!(heir.rotate(rotation("refreshed", "x")).await.unwrap(), Rotated::Revoked, "no second successor");
    }

    #[tokio::test]
    async fn s60_a_replica_that_was_not_promoted_yet_refuses() {
        let primary = Server::on_port(&[]);
        let replica = Server::with(&["--replicaof", "127.0.0.1", &primary.port().to_string()]);
        let proxy = Proxy::to(primary.socket()).await;
        let strict = strict(&proxy.url()).await;
        let layer = layer(&store(&proxy.url()).await);
        until("it replicates", || replica.ask(&["EXISTS", "{tower-auth}:epoch"]) == "1").await;
        beat(&strict).await;
        proxy.lead_to(replica.socket());
        drop(primary);
        assert_eq!(answers(&layer, "replica").await, AWAY);
        assert_refused_at_once(&layer, "not promoted").await;
        until("nobody knows what it lacks", || strict.is_stale(now())).await;
        replica.ask(&["REPLICAOF", "NO", "ONE"]);
        assert_recovers(&layer, "promoted").await;
    }

    /// As where a name has two addresses for a moment: what is written reaches the primary, and what is read a replica
    /// that is cut off from it.
    #[tokio::test]
    async fn s60_a_replica_is_not_believed_for_what_its_primary_answers() {
        let primary = Server::on_port(&[]);
        let replica = Server::with(&["--replicaof", "127.0.0.1", &primary.port().to_string()]);
        let whole = layer(&store(&primary.url()).await);
        until("it replicates", || replica.ask(&["EXISTS", "{tower-auth}:epoch"]) == "1").await;
        assert_eq!(replica.ask(&["REPLICAOF", "127.0.0.1", "1"]), "OK");
        let ended = token("ended");
        assert_eq!(logout(&whole, &ended).await, 204);

        let proxy = Proxy::to(primary.socket()).await;
        proxy.lead_by_turns([primary.socket(), replica.socket()]);
        let redis = RedisStore::connect(proxy.url()).unwrap();
        let split = layer(&redis);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            assert_ne!(guarded(&split, &ended).await, 200);
            assert!(!redis.is_up(), "nor is what it is asked by operations, which are led elsewhere");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        proxy.lead_to(primary.socket());
        assert_recovers(&split, "one server").await;
        assert_eq!(guarded(&split, &ended).await, 401);
    }

    /// As one that is cut off from its replicas, of which another is promoted meanwhile: who hears of it alone is not told
    /// what is revoked elsewhere.
    #[tokio::test]
    async fn s60_a_primary_without_the_replicas_that_it_has_to_have_is_not_believed() {
        let server = Server::start();
        let strict = strict(&server.url()).await;
        let layers = [layer(&store(&server.url()).await), layer(&strict)];
        assert_eq!(answers(&layers[0], "whole").await, WELL);
        // Nothing is to be done any more but to ask.
        beat(&strict).await;
        assert_eq!(server.ask(&["CONFIG", "SET", "min-replicas-to-write", "1"]), "OK");
        assert_eq!(answers(&layers[0], "alone").await, AWAY);
        until("it is too old", || strict.is_stale(now())).await;
        assert_eq!(answers(&layers[1], "old").await, [503, 201, 503, 503, 503]);
        assert_eq!(server.ask(&["CONFIG", "SET", "min-replicas-to-write", "0"]), "OK");
        assert_recovers(&layers[0], "not alone any more").await;
    }

    #[tokio::test]
    async fn s60_a_wrong_password_and_missing_permissions() {
        let server = Server::start();
        for user in [
            "ACL SETUSER whole on >word ~* +@all",
            "ACL SETUSER no-scripts on >word ~* +@all -evalsha -eval",
            "ACL SETUSER no-log on >word ~* +@all -xread",
            "ACL SETUSER no-keys on >word ~other* +@all",
        ] {
            assert_eq!(server.ask(&user.split(' ').collect::<Vec<_>>()), "OK");
        }
        for (user, password) in [("whole", "wrong"), ("no-scripts", "word"), ("no-log", "word"), ("no-keys", "word")] {
            let layer = layer(&RedisStore::connect(server.url_as(user, password)).unwrap());
            assert_eq!(answers(&layer, user).await, [503, 201, 503, 503, 503], "{user}");
            assert_refused_at_once(&layer, user).await;
        }
        // Taken away in mid-run: nothing can be written, and what is known is known.
        let redis = store(&server.url_as("whole", "word")).await;
        let layer = layer(&redis);
        let revoked = token("before");
        assert_eq!(logout(&layer, &revoked).await, 204);
        assert_eq!(server.ask(&["ACL", "SETUSER", "whole", "-xadd"]), "OK");
        assert_eq!(answers(&layer, "acl").await[2..], FULL[2..]);
        assert_eq!(guarded(&layer, &revoked).await, 401);
        assert_eq!(server.ask(&["ACL", "SETUSER", "whole", "+xadd"]), "OK");
        assert_recovers(&layer, "permission given back").await;
    }

    /// As behind a proxy, or in a cluster, that leads to a new primary without ending the connection.
    #[tokio::test]
    async fn what_this_process_knows_to_be_revoked_is_not_refreshed_though_redis_forgot_it() {
        let server = Server::start();
        let [redis, other] = [store(&server.url()).await, store(&server.url()).await];
        revoke(&redis, "a").await;
        let record = server.ask(&["KEYS", "{tower-auth}:t:*"]);
        assert_eq!(server.ask(&["DEL", &record]), "1");
        assert_eq!(redis.rotate(rotation("a", "a2")).await.unwrap(), Rotated::Revoked);
        until("nor is its successor good", || knows(&other, "a2")).await;
        assert_eq!(other.rotate(rotation("a2", "a3")).await.unwrap(), Rotated::Revoked);
    }

    #[tokio::test]
    async fn what_this_process_knows_to_be_revoked_has_no_successor_though_redis_names_one() {
        let server = Server::start();
        let redis = store(&server.url()).await;
        redis.rotate(rotation("a", "a2")).await.unwrap();
        let keys = server.ask(&["KEYS", "{tower-auth}:[tf]:*"]);
        let keys: Vec<_> = keys.split(' ').map(|key| (key, format!("{key}:before"))).collect();
        assert!(keys.len() >= 3, "{keys:?}");
        for (key, before) in &keys {
            assert_eq!(server.ask(&["COPY", key, before]), "1");
        }
        redis.revoke_family(key("a2"), now(), late()).await.unwrap();
        for (key, before) in &keys {
            assert_eq!(server.ask(&["COPY", before, key, "REPLACE"]), "1");
        }
        assert_eq!(redis.rotate(rotation("a", "a3")).await.unwrap(), Rotated::Revoked);
    }

    /// What is granted anew would outlive what this process does not know yet.
    #[tokio::test]
    async fn s60_cut_off_from_redis_nothing_is_renewed_that_may_be_revoked_elsewhere() {
        let server = Server::start();
        let proxy = Proxy::to(server.socket()).await;
        let [whole, cut] = [layer(&store(&server.url()).await), layer(&default_store(&proxy.url()).await)];
        let [stolen, ended] = ["stolen", "ended"].map(token);
        proxy.set(Wire::Cut);
        assert_eq!(logout(&whole, &ended).await, 204);
        whole.revoke_user(1).await.unwrap();
        for token in [&stolen, &ended] {
            assert_eq!(renew(&cut, token).await, 503);
            assert_eq!(guarded(&cut, token).await, 200, "for as long as the list may be old, and no longer");
        }
        proxy.set(Wire::Whole);
        assert_recovers(&cut, "renewals").await;
        assert_eq!([renew(&cut, &stolen).await, renew(&cut, &ended).await], [403, 403]);
    }

    /// As where what was revoked comes late: the log has nothing to tell, and Redis knows.
    #[tokio::test]
    async fn s60_a_renewal_asks_redis_itself_about_the_token_and_its_user() {
        let server = Server::start();
        let door = layer(&store(&server.url()).await);
        let [ended, renewed, first, graced, other] = ["e", "n", "f", "g", "o"].map(token);
        assert_eq!(logout(&door, &ended).await, 204);
        let next = granted_token(&send(&door, request("PATCH", &format!("/tokens/{first}"))).await);
        assert_eq!(logout(&door, &next).await, 204);
        assert_eq!(refresh(&door, &graced).await, 201);
        let untold = async |door| {
            drop(door);
            server.ask(&["DEL", "{tower-auth}:log", "{tower-auth}:ends", "{tower-auth}:n"]);
            layer(&store(&server.url()).await)
        };

        let door = untold(door).await;
        for token in [&ended, &first, &next] {
            assert_eq!(guarded(&door, token).await, 200, "the list knows nothing");
            assert_eq!(renew(&door, token).await, 403);
            assert_eq!(guarded(&door, token).await, 401, "what was heard is known from then on");
        }
        assert_eq!([renew(&door, &graced).await, guarded(&door, &graced).await], [200, 200], "inside its grace");
        assert_eq!(renew(&door, &renewed).await, 200);

        door.revoke_user(1).await.unwrap();
        let door = untold(door).await;
        assert_eq!(guarded(&door, &other).await, 200, "the list knows nothing");
        assert_eq!([renew(&door, &other).await, guarded(&door, &other).await], [403, 401]);
    }

    /// The same of one that was refreshed, for which its successor goes on.
    #[tokio::test]
    async fn s43_inside_its_grace_a_token_has_no_second_successor_though_redis_forgot_the_first() {
        let server = Server::start();
        let [redis, other] = [store(&server.url()).await, store(&server.url()).await];
        redis.rotate(rotation("a", "a2")).await.unwrap();
        for record in server.ask(&["KEYS", "{tower-auth}:[tf]:*"]).split(' ') {
            assert_eq!(server.ask(&["DEL", record]), "1");
        }
        assert!(!knows(&redis, "a"), "inside its grace");
        assert_eq!(redis.rotate(rotation("a", "b")).await.unwrap(), Rotated::Revoked);
        until("nor is another good", || knows(&other, "b")).await;
        assert_eq!(other.rotate(rotation("b", "b2")).await.unwrap(), Rotated::Revoked);
        assert_eq!(other.rotate(rotation("a2", "a3")).await.unwrap(), Rotated::Fresh);
    }

    /// What Redis has whole is not written back: it would fill the log, and no reuse would end a family any more.
    #[tokio::test]
    async fn s44_a_loss_of_one_entry_leaves_other_families_as_they_are() {
        let server = Server::start();
        let redis = store(&server.url()).await;
        for (token, next) in [("a", "b"), ("b", "c"), ("c", "d")] {
            let mut at_once = rotation(token, next);
            at_once.grace_ends = at_once.now;
            assert_eq!(redis.rotate(at_once).await.unwrap(), Rotated::Fresh);
        }
        redis.rotate(rotation("e", "f")).await.unwrap();
        redis.revoke_family(key("f"), now(), late()).await.unwrap();
        revoke(&redis, "lost").await;
        beat(&redis).await;
        let entries = server.ask(&["XLEN", "{tower-auth}:log"]);
        let ids = server.ask(&["ZRANGE", "{tower-auth}:ends", "0", "-1"]);
        let record = format!("{{tower-auth}}:t:{}", named("lost"));
        let lose = "redis.call('DEL', KEYS[2]) return redis.call('XDEL', KEYS[1], ARGV[1])";
        let last = ids.rsplit(' ').next().unwrap();
        assert_eq!(server.ask(&["EVAL", lose, "2", "{tower-auth}:log", &record, last]), "1");
        until("it is written back", || server.ask(&["EXISTS", &record]) == "1").await;
        until("and goes on", || redis.is_up()).await;
        assert_eq!(server.ask(&["XLEN", "{tower-auth}:log"]), entries, "nothing else is");
        assert_eq!(redis.rotate(rotation("a", "x")).await.unwrap(), Rotated::Reuse);
        assert!(knows(&redis, "d"));
    }

    #[tokio::test]
    async fn a_store_that_is_dropped_leaves_redis() {
        let server = Server::start();
        let clients = || server.ask(&["CLIENT", "LIST"]).matches("cmd=").count();
        let redis = store(&server.url()).await;
        assert!(clients() > 2);
        drop(redis);
        until("whoever asks is alone", || clients() == 1).await;
    }

    /// A slot that moves refuses what it does not hold, also in the middle of a step.
    #[tokio::test]
    async fn s61_a_refresh_that_a_moving_slot_refuses_is_undone() {
        let cluster = Cluster::start();
        let redis = ready(RedisStore::cluster(cluster.urls()).timeout(PATIENCE)).await;
        redis.rotate(rotation("a", "b")).await.unwrap();
        let [from, _] = cluster.move_slot("{tower-auth}:log");
        assert!(redis.rotate(rotation("b", "c")).await.is_err());
        assert_eq!(from.ask(&["XLEN", "{tower-auth}:log"]), "1");
        cluster.stay("{tower-auth}:log");
        until("it is heard of", || redis.is_up()).await;
        assert_eq!(redis.rotate(rotation("b", "d")).await.unwrap(), Rotated::Fresh);
        assert_eq!(redis.rotate(rotation("d", "e")).await.unwrap(), Rotated::Fresh);
    }

    /// Where the log has arrived already, a record that has not is no record that is missing.
    #[tokio::test]
    async fn s61_a_slot_that_arrives_is_not_asked_for_what_is_still_elsewhere() {
        let cluster = Cluster::start();
        let redis = ready(RedisStore::cluster(cluster.urls()).timeout(PATIENCE)).await;
        redis.rotate(rotation("a", "b")).await.unwrap();
        let [from, to] = cluster.move_slot("{tower-auth}:log");
        for name in ["log", "epoch", "n", "ends"] {
            from.give(to, &format!("{{tower-auth}}:{name}"));
        }
        until("it is heard of", || redis.is_up()).await;
        for refreshed in ["a", "b", "of nobody"] {
            assert!(redis.rotate(rotation(refreshed, "c")).await.is_err(), "{refreshed}");
        }
    }

    #[tokio::test]
    async fn s61_a_slot_that_arrives_begins_no_second_history_nor_count() {
        let cluster = Cluster::start();
        let redis = ready(RedisStore::cluster(cluster.urls()).timeout(PATIENCE)).await;
        redis.rotate(rotation("a", "b")).await.unwrap();
        let [from, to] = cluster.move_slot("{tower-auth}:log");
        let give = |name: &str| from.give(to, &format!("{{tower-auth}}:{name}"));
        give("log");
        // It asks once a second which history there is.
        until("it asks", || !redis.is_up()).await;
        give("epoch");
        until("it is heard of", || redis.is_up()).await;
        for record in [format!("t:{}", named("a")), format!("t:{}", named("b")), format!("f:{}", named("a"))] {
            give(&record);
        }
        redis.revoke(key("b"), now(), late()).await.unwrap_err();
        give("n");
        give("ends");
        cluster.arrive("{tower-auth}:log", to);
        until("the slot has moved", || redis.is_up()).await;
        revoke(&redis, "b").await;
        assert_eq!(to.ask(&["GET", "{tower-auth}:n"]), "3", "a, and of its family a and b");
    }

    #[tokio::test]
    async fn s61_a_slot_that_arrives_loses_no_session_from_a_list() {
        let cluster = Cluster::start();
        let redis = ready(RedisStore::cluster(cluster.urls()).timeout(PATIENCE)).await;
        let user = UserKey::of(&Subject::from("ada"));
        redis.open(Opening::new(key("a"), Listing::new(user, now(), None), now(), late())).await.unwrap();
        redis.rotate(rotation("a", "b")).await.unwrap();
        let session = redis.sessions(user, now()).await.unwrap()[0].id;
        let [from, to] = cluster.move_slot("{tower-auth}:log");
        let give = |name: &str| from.give(to, &format!("{{tower-auth}}:{name}"));
        for name in ["log", "epoch", "n", "ends"] {
            give(name);
        }
        // Neither the list of the user is there, nor then what is on it.
        let list = from.ask(&["KEYS", "{tower-auth}:u:*"]);
        for name in [list.trim_start_matches("{tower-auth}:"), &format!("f:{}", named("a"))] {
            assert!(redis.sessions(user, now()).await.is_err(), "before {name}");
            assert!(redis.end_session(user, session, now()).await.is_err(), "before {name}");
            give(name);
        }
        for token in ["a", "b"] {
            give(&format!("t:{}", named(token)));
        }
        cluster.arrive("{tower-auth}:log", to);
        until("the slot has moved", || redis.is_up()).await;
        assert_eq!(redis.sessions(user, now()).await.unwrap().len(), 1);
        assert!(redis.end_session(user, session, now()).await.unwrap());
        assert!(knows(&redis, "b"));
    }

    #[tokio::test]
    async fn s61_a_slot_that_arrives_begins_no_second_bucket() {
        let cluster = Cluster::start();
        let redis = ready(RedisStore::cluster(cluster.urls()).timeout(PATIENCE)).await;
        let budget = Budget::new(5, 2, 60, 30, 3600);
        let [account, home, stranger] = [1, 2, 3].map(|last| {
            let mut bytes = [7; 16];
            bytes[15] = last;
            ThrottleKey::from_bytes(bytes)
        });
        let known = Guess::new(account, budget, now()).by(home, budget);
        redis.guess(known).await.unwrap();
        redis.succeed(known).await.unwrap();
        redis.guess(Guess::new(stranger, budget, now())).await.unwrap();
        let [from, to] = cluster.move_slot("{tower-auth:g07}");
        from.give(to, "{tower-auth:g07}");
        assert!(redis.guess(known).await.is_err());
        assert!(redis.succeed(known).await.is_err());
        from.give(to, "{tower-auth:g07}:known");
        cluster.arrive("{tower-auth:g07}", to);
        assert_eq!(redis.guess(known).await.unwrap(), Verdict::Admitted { known: true });
    }

    /// As on a host that was suspended, where the monotonic clock stands still.
    #[tokio::test]
    async fn s60_a_list_grows_old_while_its_host_sleeps() {
        let server = Server::start();
        let clock = ManualClock::at(now().unix_seconds());
        let redis = ready(RedisStore::builder(server.url()).clock(clock.clone())).await;
        beat(&redis).await;
        server.pause();
        clock.advance(31);
        let noticed = until("it is too old", || redis.is_stale(now())).await;
        assert!(noticed < Duration::from_secs(20), "{noticed:?}");
        server.go_on();
        until("it is heard of", || !redis.is_stale(now())).await;
    }

    #[tokio::test]
    async fn s60_a_clock_that_is_set_forward_is_not_waited_for() {
        let server = Server::start();
        let clock = ManualClock::at(now().unix_seconds());
        let redis = ready(RedisStore::builder(server.url()).clock(clock.clone())).await;
        beat(&redis).await;
        clock.advance(31);
        let (begun, mut refused) = (Instant::now(), 0);
        while begun.elapsed() < Duration::from_millis(1500) {
            refused += u32::from(redis.is_stale(now()));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(refused < 100, "for {refused} ms");
    }

    #[tokio::test]
    async fn s60_where_sessions_are_listed_a_login_needs_redis() {
        let mut server = Server::start();
        let redis = store(&server.url()).await;
        let layer = builder().clock(SystemClock).list_sessions().session_store(redis).build(find_in(users())).unwrap();
        assert_eq!(login(&layer).await, 201);
        server.kill();
        assert_eq!(login(&layer).await, 503);
    }
}
