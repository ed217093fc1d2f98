//! Basic on guarded routes without a hash for each request: what is known again, and what ends it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{
    future::{Ready, ready},
    pin::pin,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use support::*;
use tower::{Layer, Service, ServiceExt, limit::ConcurrencyLimit, service_fn};
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, ClientAddr, FailureLimit, Identifier, Lookup, Query, Rejection,
    RejectionKind, Timestamp,
};

/// A user whose row can be changed between two requests.
#[derive(Clone)]
struct Person {
    name: &'static str,
    stored: Option<&'static str>,
    blocked: bool,
    unconfirmed: bool,
    valid_since: Option<u64>,
}

/// Whose password is the directory's to verify.
const DORA: Person = Person { name: "dora", stored: Some("directory:secret"), ..ADA };

const ADA: Person =
    Person { name: "ada", stored: Some("own:secret"), blocked: false, unconfirmed: false, valid_since: None };

/// A table of users, and how often it was asked and passwords were verified against it.
///
/// The stored form is the application's own, so that each verification is counted and costs nothing.
#[derive(Clone, Default)]
struct World {
    people: Arc<Mutex<Vec<Person>>>,
    asked: Arc<AtomicUsize>,
    hashed: Arc<AtomicUsize>,
    /// How often the directory was asked for a password.
    guessed: Arc<AtomicUsize>,
    gate: Arc<(Mutex<bool>, Condvar)>,
}

impl World {
    fn of(people: impl IntoIterator<Item = Person>) -> Self {
        let world = Self::default();
        world.people.lock().unwrap().extend(people);
        world
    }

    fn build(&self, builder: AuthLayerBuilder) -> AuthLayer<impl Lookup<User = User> + use<>> {
        let (world, verifying) = (self.clone(), self.clone());
        let verify = move |stored: &str, password: &str| {
            let right = stored.strip_prefix("own:")?;
            verifying.hashed.fetch_add(1, Ordering::SeqCst);
            let closed = verifying.gate.0.lock().unwrap();
            drop(verifying.gate.1.wait_while(closed, |closed| *closed).unwrap());
            Some(right == password)
        };
        builder.verify_passwords_with(verify).build(move |query: Query| world.find(&query)).unwrap()
    }

    fn find(&self, query: &Query) -> Ready<Result<Option<Account<User>>, BoxError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let Query::Login { identifier: Identifier::Username(name), password, .. } = query else {
            return ready(Ok(Some(Account::new(1, User::Null))));
        };
        let people = self.people.lock().unwrap();
        let found = people.iter().position(|person| person.name == name);
        ready(Ok(found.map(|at| {
            let person = &people[at];
            let account =
                Account::new(at as u64 + 1, User::Null).blocked(person.blocked).unconfirmed(person.unconfirmed);
            let account = match person.stored.and_then(|stored| stored.strip_prefix("directory:")) {
                Some(right) => {
                    self.guessed.fetch_add(1, Ordering::SeqCst);
                    let is_right = password.expose() == right;
                    if is_right { account.password_verified() } else { account.password_wrong() }
                }
                None => person.stored.into_iter().fold(account, Account::password_hash),
            };
            person.valid_since.map(Timestamp::from_unix_seconds).into_iter().fold(account, Account::valid_since)
        })))
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Person)) {
        change(self.people.lock().unwrap().iter_mut().find(|person| person.name == name).unwrap());
    }

    /// How many verifications there were since the last question.
    fn hashed(&self) -> usize {
        self.hashed.swap(0, Ordering::SeqCst)
    }

    /// Verifications wait until they are let go.
    fn close(&self) {
        *self.gate.0.lock().unwrap() = true;
    }

    fn open(&self) {
        *self.gate.0.lock().unwrap() = false;
        self.gate.1.notify_all();
    }
}

fn me(user_id: &str, password: &str) -> Request<Full<Bytes>> {
    authorized(request("GET", "/me"), &basic(user_id, password))
}

/// The reason for the refusal; `None` for somebody who was let in.
async fn refusal<L: Lookup<User = User>>(layer: &AuthLayer<L>, user_id: &str, password: &str) -> Option<RejectionKind> {
    let reply = send(layer, me(user_id, password)).await;
    assert_eq!(reply.status == 200, reply.text().starts_with("inner"), "{reply:?}");
    reply.extensions.get::<Rejection>().map(Rejection::kind)
}

/// Polls once.
fn is_pending<F: Future>(future: F) -> bool {
    pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// Waits for what happens on other threads, but not for ever.
async fn until(what: &str, happened: impl Fn() -> bool) {
    let waiting = async {
        while !happened() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap_or_else(|_| panic!("waiting for {what}"));
}

// What is known again

#[tokio::test]
async fn a_second_request_costs_a_lookup_and_no_hash() {
    let world = World::of([ADA]);
    let layer = world.build(builder());
    for round in 1..=3 {
        assert_eq!(refusal(&layer, "ada", "secret").await, None);
        assert_eq!(world.asked.load(Ordering::SeqCst), round);
    }
    assert_eq!(world.hashed(), 1);
}

#[tokio::test]
async fn a_layer_and_its_clones_know_one_thing_and_another_layer_another() {
    let world = World::of([ADA]);
    let layer = world.build(builder());
    assert_eq!(refusal(&layer, "ada", "secret").await, None);
    assert_eq!(refusal(&layer.clone(), "ada", "secret").await, None);
    assert_eq!(world.hashed(), 1);
    assert_eq!(refusal(&world.build(builder()), "ada", "secret").await, None);
    assert_eq!(world.hashed(), 1);
}

#[tokio::test]
async fn an_entry_lives_for_its_seconds_from_the_verification() {
    for (builder, seconds) in [(builder(), 60), (builder().basic_cache(10, secs(5)), 5)] {
        let (world, clock) = (World::of([ADA]), ManualClock::at(NOW));
        let layer = world.build(builder.clock(clock.clone()));
        for (now, hashed) in [(0, 1), (seconds - 1, 0), (seconds, 1), (2 * seconds - 1, 0), (2 * seconds, 1)] {
            clock.set(NOW + now);
            assert_eq!(refusal(&layer, "ada", "secret").await, None);
            assert_eq!(world.hashed(), hashed, "after {now} of {seconds}");
        }
        // A clock that was set back knows nothing.
        clock.set(NOW);
        assert_eq!(refusal(&layer, "ada", "secret").await, None);
        assert_eq!(world.hashed(), 1);
    }
}

#[tokio::test]
async fn switched_off_every_request_is_hashed() {
    for builder in
        [builder().without_basic_cache(), builder().basic_cache(10, secs(0)), builder().basic_cache(0, secs(60))]
    {
        let world = World::of([ADA]);
        let layer = world.build(builder);
        for _ in 0..3 {
            assert_eq!(refusal(&layer, "ada", "secret").await, None);
        }
        assert_eq!(world.hashed(), 3);
    }
}

#[tokio::test]
async fn claims_only_believes_tokens_and_no_password() {
    let world = World::of([ADA]);
    let layer = world.build(builder().claims_only());
    assert_eq!(send(&layer, bearer(&good_token())).await.status, 200);
    assert_eq!(world.asked.load(Ordering::SeqCst), 0);
    for asked in 1..=2 {
        assert_eq!(refusal(&layer, "ada", "secret").await, None);
        assert_eq!(world.asked.load(Ordering::SeqCst), asked);
    }
    world.change("ada", |ada| ada.blocked = true);
    assert_eq!(refusal(&layer, "ada", "secret").await, Some(RejectionKind::BlockedUser));
}

#[tokio::test]
async fn a_token_is_granted_for_a_hash_and_nothing_less() {
    let world = World::of([ADA]);
    let layer = world.build(builder());
    assert_eq!(refusal(&layer, "ada", "secret").await, None);
    assert_eq!(world.hashed(), 1);
    for _ in 0..2 {
        let exchange = authorized(request("POST", "/api/auth/token"), &basic("ada", "secret"));
        assert_eq!(send(&layer, exchange).await.status, 200);
        let login = post_json("/login", &serde_json::json!({"username": "ada", "password": "secret"}));
        assert_eq!(send(&layer, login).await.status, 200);
        assert_eq!(world.hashed(), 2);
    }
}

#[tokio::test]
async fn what_a_closure_verifies_itself_is_asked_each_time() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let find = move |query: Query| {
        let Query::Login { password, .. } = query else { return ready(Ok(None)) };
        // Right once, and never again: a directory in which the password was changed.
        let right = counter.fetch_add(1, Ordering::SeqCst) == 0 && password.expose() == "secret";
        ready(Ok::<_, BoxError>(right.then(|| Account::new(1, User::Null).password_verified())))
    };
    let layer = builder().lookup_verifies_passwords().build(find).unwrap();
    assert_eq!(refusal(&layer, "ada", "secret").await, None);
    assert_eq!(refusal(&layer, "ada", "secret").await, Some(RejectionKind::InvalidPassword));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

// What ends it, on the very next request

#[tokio::test]
async fn s63_a_changed_hash_counts_at_once() {
    let world = World::of([ADA]);
    let layer = world.build(builder());
    assert_eq!(refusal(&layer, "ada", "secret").await, None);
    world.change("ada", |ada| ada.stored = Some("own:changed"));
    world.hashed();
    assert_eq!(refusal(&layer, "ada", "secret").await, Some(RejectionKind::InvalidPassword));
    assert_eq!(world.hashed(), 1);
    assert_eq!(refusal(&layer, "ada", "changed").await, None);
    assert_eq!(world.hashed(), 1);
    assert_eq!(refusal(&layer, "ada", "changed").await, None);
    assert_eq!(world.hashed(), 0);
    world.change("ada", |ada| ada.stored = None);
    assert_eq!(refusal(&layer, "ada", "changed").await, Some(RejectionKind::InvalidPassword));
}

#[tokio::test]
async fn s33_s63_a_changed_standing_counts_at_once_and_the_way_back_costs_a_hash() {
    type Change = fn(&mut Person, bool);
    let changes: [(Change, RejectionKind); 2] = [
        (|ada, out| ada.blocked = out, RejectionKind::BlockedUser),
        (|ada, out| ada.unconfirmed = out, RejectionKind::UnconfirmedUser),
    ];
    for (change, kind) in changes {
        let world = World::of([ADA]);
        let layer = world.build(builder());
        assert_eq!(refusal(&layer, "ada", "secret").await, None);
        world.hashed();
        world.change("ada", |ada| change(ada, true));
        for _ in 0..2 {
            assert_eq!(refusal(&layer, "ada", "secret").await, Some(kind));
            assert_eq!(world.hashed(), 1, "the refusal costs what it costs without a cache");
        }
        world.change("ada", |ada| change(ada, false));
        assert_eq!(refusal(&layer, "ada", "secret").await, None);
        assert_eq!(world.hashed(), 1);
    }
}

#[tokio::test]
async fn s63_a_changed_valid_since_counts_at_once() {
    let world = World::of([ADA]);
    let layer = world.build(builder());
    assert_eq!(refusal(&layer, "ada", "secret").await, None);
    world.hashed();
    for (valid_since, hashed) in [(Some(0), 1), (Some(0), 0), (Some(7), 1), (Some(7), 0), (None, 1)] {
        world.change("ada", |ada| ada.valid_since = valid_since);
        assert_eq!(refusal(&layer, "ada", "secret").await, None);
        assert_eq!(world.hashed(), hashed, "{valid_since:?}");
    }
}

#[tokio::test]
async fn s59_s63_a_user_who_is_gone_or_cannot_be_asked_for_is_not_known_again() {
    let world = World::of([ADA]);
    let (asked, find) = (Arc::new(AtomicUsize::new(0)), world.clone());
    let counter = Arc::clone(&asked);
    let lookup = move |query: Query| match counter.fetch_add(1, Ordering::SeqCst) {
        2 => ready(Err("the database is down".into())),
        3 => ready(Ok(None)),
        _ => find.find(&query),
    };
    let verify = |stored: &str, password: &str| Some(stored.strip_prefix("own:")? == password);
    let layer = builder().verify_passwords_with(verify).build(lookup).unwrap();
    let expected = [None, None, Some(RejectionKind::Unavailable), Some(RejectionKind::InvalidPassword), None, None];
    for (at, kind) in expected.into_iter().enumerate() {
        assert_eq!(refusal(&layer, "ada", "secret").await, kind, "request {at}");
    }
}

// What is not known

#[tokio::test]
async fn s63_only_this_user_id_with_this_password_is_known() {
    let bob = Person { name: "bob", ..ADA };
    let world = World::of([
        ADA,
        bob,
        Person { name: "a", stored: Some("own:bc"), ..ADA },
        Person { name: "ab", stored: Some("own:bc"), ..ADA },
    ]);
    let layer = world.build(builder());
    assert_eq!(refusal(&layer, "ada", "secret").await, None);
    world.hashed();
    assert_eq!(refusal(&layer, "bob", "secret").await, None);
    assert_eq!(world.hashed(), 1, "two users with one password and even one stored form");
    for password in ["Secret", "secret ", "secre", "secrett"] {
        assert_eq!(refusal(&layer, "ada", password).await, Some(RejectionKind::InvalidPassword), "{password}");
    }
    world.hashed();
    assert_eq!(refusal(&layer, "bob", "secret").await, None);
    assert_eq!(world.hashed(), 0, "wrong ones leave others known");

    // One text, two ways to cut it, and the stored form is the same.
    assert_eq!(refusal(&layer, "a", "bc").await, None);
    assert_eq!(refusal(&layer, "ab", "c").await, Some(RejectionKind::InvalidPassword));
    assert_eq!(refusal(&layer, "a", "b:c").await, Some(RejectionKind::InvalidPassword));
}

#[tokio::test]
async fn s57_whoever_is_refused_costs_the_same_beside_a_warm_cache() {
    let world = World::of([
        ADA,
        Person { name: "blocked", blocked: true, ..ADA },
        Person { name: "unconfirmed", unconfirmed: true, ..ADA },
        Person { name: "nopassword", stored: None, ..ADA },
    ]);
    let layer = world.build(builder());
    assert_eq!(refusal(&layer, "ada", "secret").await, None);
    world.hashed();
    let attempts = ["ada:x", "nobody:secret", "blocked:x", "blocked:secret", "unconfirmed:secret", "nopassword:secret"];
    for attempt in attempts {
        let (user_id, password) = attempt.split_once(':').unwrap();
        for round in 0..2 {
            assert!(refusal(&layer, user_id, password).await.is_some());
            assert_eq!(world.hashed(), 1, "{attempt}, round {round}");
        }
        // And at the same time: what is shared is shared whoever it is.
        world.close();
        let (one, other) = (refusal(&layer, user_id, password), refusal(&layer, user_id, password));
        // Polled last, when both are on their way.
        let (one, other, ()) = tokio::join!(biased; one, other, async { world.open() });
        assert!(one.is_some() && one == other, "{attempt}");
        assert_eq!(world.hashed(), 1, "{attempt}, twice at once");
    }
}

#[tokio::test]
async fn s64_beyond_its_entries_it_forgets() {
    const PEOPLE: usize = 500;
    let names: Vec<_> = (0..PEOPLE).map(|number| &*format!("user{number}").leak()).collect();
    let world = World::of(names.iter().map(|name| Person { name, ..ADA }));
    let layer = world.build(builder().basic_cache(100, secs(60)));
    for round in 0..2 {
        for name in &names {
            assert_eq!(refusal(&layer, name, "secret").await, None);
        }
        let hashed = world.hashed();
        assert!((PEOPLE - 100..=PEOPLE).contains(&hashed), "round {round}: {hashed}");
    }
    // Not all at once: who comes again soon is known.
    assert_eq!(refusal(&layer, names[PEOPLE - 1], "secret").await, None);
    assert_eq!(world.hashed(), 0);
}

// Single flight

/// Requests on their way, on threads of the runtime.
fn start<L: Lookup<User = User>>(
    layer: &AuthLayer<L>,
    number: usize,
    password: &'static str,
) -> Vec<tokio::task::JoinHandle<Reply>> {
    let request = move || {
        let layer = layer.clone();
        tokio::spawn(async move { send(&layer, me("ada", password)).await })
    };
    std::iter::repeat_with(request).take(number).collect()
}

#[tokio::test]
async fn a_thousand_first_requests_at_once_cost_one_hash() {
    let world = World::of([ADA]);
    let layer = world.build(builder().hashing_lane(4, 4));
    world.close();
    let requests = start(&layer, 1000, "secret");
    // On one thread a request that has asked has gone on to wait.
    until("every request", || world.asked.load(Ordering::SeqCst) == 1000).await;
    world.open();
    for request in requests {
        assert_eq!(request.await.unwrap().status, 200);
    }
    assert_eq!(world.hashed(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_requests_on_four_threads_cost_one_hash() {
    for _ in 0..5 {
        let world = World::of([ADA]);
        let layer = world.build(builder());
        for request in start(&layer, 1000, "secret") {
            assert_eq!(request.await.unwrap().status, 200);
        }
        assert_eq!(world.hashed(), 1);
    }
}

#[tokio::test]
async fn a_thousand_wrong_ones_at_once_let_nobody_in_and_nothing_is_kept() {
    let world = World::of([ADA]);
    let layer = world.build(builder());
    world.close();
    let requests = start(&layer, 1000, "wrong");
    until("every request", || world.asked.load(Ordering::SeqCst) == 1000).await;
    world.open();
    for request in requests {
        let reply = request.await.unwrap();
        assert_eq!(
            (reply.status, reply.extensions.get().map(Rejection::kind)),
            (401, Some(RejectionKind::InvalidPassword))
        );
    }
    world.hashed();
    assert_eq!(refusal(&layer, "ada", "wrong").await, Some(RejectionKind::InvalidPassword));
    assert_eq!(world.hashed(), 1);
    assert_eq!(refusal(&layer, "ada", "secret").await, None);
}

#[tokio::test]
async fn s61_a_first_request_that_goes_away_strands_nobody() {
    let world = World::of([ADA]);
    let layer = world.build(builder().hashing_lane(2, 2));
    world.close();
    let first = start(&layer, 1, "secret").pop().unwrap();
    until("the first hash", || world.hashed.load(Ordering::SeqCst) == 1).await;
    let others = start(&layer, 100, "secret");
    until("the others", || world.asked.load(Ordering::SeqCst) == 101).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    until("the hash of another", || world.hashed.load(Ordering::SeqCst) == 2).await;
    world.open();
    for request in others {
        assert_eq!(request.await.unwrap().status, 200);
    }
    assert_eq!(world.hashed(), 2);
}

#[tokio::test]
async fn a_change_during_the_hash_is_judged_by_who_sees_it() {
    let world = World::of([ADA]);
    let layer = world.build(builder().hashing_lane(4, 4));
    world.close();
    let before = start(&layer, 1, "secret").pop().unwrap();
    until("the first hash", || world.hashed.load(Ordering::SeqCst) == 1).await;
    world.change("ada", |ada| ada.stored = Some("own:changed"));
    let after = start(&layer, 1, "secret").pop().unwrap();
    until("the second hash", || world.hashed.load(Ordering::SeqCst) == 2).await;
    world.change("ada", |ada| *ada = Person { blocked: true, ..ADA });
    let blocked = start(&layer, 1, "secret").pop().unwrap();
    until("the third request", || world.asked.load(Ordering::SeqCst) == 3).await;
    world.open();
    assert_eq!(before.await.unwrap().status, 200, "it had asked before the change");
    assert_eq!(after.await.unwrap().status, 401);
    let blocked = blocked.await.unwrap();
    assert_eq!(blocked.extensions.get().map(Rejection::kind), Some(RejectionKind::BlockedUser));
}

// Guesses

/// The request of a client elsewhere.
fn from(mut request: Request<Full<Bytes>>, address: &str) -> Request<Full<Bytes>> {
    request.extensions_mut().insert(ClientAddr::from(address.parse::<std::net::IpAddr>().unwrap()));
    request
}

/// Twenty requests that are known again, of which none is a guess.
async fn warm<L: Lookup<User = User>>(world: &World, layer: &AuthLayer<L>, address: &str) {
    for _ in 0..20 {
        assert_eq!(send(layer, from(me("ada", "secret"), address)).await.status, 200);
    }
    assert_eq!(world.hashed(), 1);
}

#[tokio::test]
async fn s52_a_password_that_is_known_again_answers_no_guesses_at_others() {
    const HERE: &str = "192.0.2.1";
    let world = World::of([ADA]);
    let layer = world.build(builder().failure_limit(FailureLimit::new(2, secs(900), secs(900))));
    let status = async |password: &str| send(&layer, from(me("ada", password), HERE)).await.status;
    warm(&world, &layer, HERE).await;
    // Among guesses the right one is one more of them, locked out like the wrong ones.
    for (password, answer) in [("wrong", 401), ("guess", 401), ("other", 429), ("secret", 429), ("secret", 429)] {
        assert_eq!(status(password).await, answer, "{password}");
    }
    assert_eq!(world.hashed(), 2, "s54");
}

/// Some accounts have a stored hash, and the passwords of others are verified by the lookup.
async fn mixed(limit: FailureLimit) -> (World, AuthLayer<impl Lookup<User = User> + use<>>) {
    let world = World::of([ADA, DORA]);
    let layer = world.build(builder().lookup_verifies_passwords().failure_limit(limit));
    assert_eq!(send(&layer, from(me("dora", "secret"), "203.0.113.1")).await.status, 200);
    assert!(world.hashed() == 0 && world.guessed.swap(0, Ordering::SeqCst) == 1);
    (world, layer)
}

#[tokio::test]
async fn a_lookup_that_verifies_the_passwords_of_some_leaves_the_others_known_again() {
    let (world, layer) = mixed(FailureLimit::default()).await;
    for _ in 0..3 {
        assert_eq!(refusal(&layer, "ada", "secret").await, None);
        assert_eq!(refusal(&layer, "dora", "secret").await, None);
    }
    assert_eq!((world.hashed(), world.guessed.swap(0, Ordering::SeqCst)), (1, 3));
    // Whatever ends it elsewhere ends it here.
    world.change("ada", |ada| ada.valid_since = Some(1));
    assert_eq!(refusal(&layer, "ada", "secret").await, None);
    assert_eq!(world.hashed(), 1);
    world.change("ada", |ada| ada.blocked = true);
    assert_eq!(refusal(&layer, "ada", "secret").await, Some(RejectionKind::BlockedUser));
    world.change("ada", |ada| (ada.blocked, ada.stored) = (false, Some("directory:other")));
    assert_eq!(refusal(&layer, "ada", "secret").await, Some(RejectionKind::InvalidPassword));
    assert_eq!(refusal(&layer, "ada", "other").await, None);
}

#[tokio::test]
async fn s52_in_a_mixed_lookup_what_is_known_answers_no_guesses_either() {
    const HERE: &str = "192.0.2.1";
    let (world, layer) = mixed(FailureLimit::new(2, secs(900), secs(900))).await;
    let status =
        async |name: &str, password: &str, address: &str| send(&layer, from(me(name, password), address)).await.status;
    for _ in 0..2 {
        assert_eq!(status("ada", "secret", HERE).await, 200);
    }
    assert_eq!(world.hashed(), 1);
    for (password, answer) in [("wrong", 401), ("guess", 401), ("other", 429), ("secret", 429), ("secret", 429)] {
        assert_eq!(status("ada", password, HERE).await, answer, "{password}");
    }
    assert_eq!(world.hashed(), 2, "s54");
    // The directory is asked as often as guesses are counted, from wherever it knows anybody.
    assert_eq!(status("dora", "secret", HERE).await, 200);
    world.guessed.store(0, Ordering::SeqCst);
    for (password, answer) in [("wrong", 401), ("guess", 401), ("other", 429), ("secret", 429)] {
        assert_eq!(status("dora", password, HERE).await, answer, "{password}");
    }
    assert_eq!(world.guessed.load(Ordering::SeqCst), 2, "s54");
}

#[tokio::test]
async fn s57_in_a_mixed_lookup_equal_guesses_at_once_are_a_hash_each_and_count_each() {
    let (world, layer) = mixed(FailureLimit::new(4, secs(900), secs(900))).await;
    world.close();
    let before = world.asked.load(Ordering::SeqCst);
    let requests = start(&layer, 4, "wrong");
    until("every request", || world.asked.load(Ordering::SeqCst) == before + 4).await;
    world.open();
    for request in requests {
        assert_eq!(request.await.unwrap().status, 401);
    }
    assert_eq!(world.hashed(), 4);
    assert_eq!(refusal(&layer, "ada", "secret").await, Some(RejectionKind::Throttled));
}

#[tokio::test]
async fn s61_who_rides_on_a_guess_keeps_no_place_that_it_waits_for() {
    const HERE: &str = "192.0.2.1";
    let world = World::of([ADA, DORA]);
    let (people, gate) = (world.clone(), Arc::new(tokio::sync::Semaphore::new(0)));
    let (waiting, asked) = (Arc::clone(&gate), Arc::new(AtomicUsize::new(0)));
    let (slow, is_slow) = (Arc::clone(&asked), Arc::new(AtomicBool::new(false)));
    let slows = Arc::clone(&is_slow);
    let limit = FailureLimit::default().network_failures(3, secs(900));
    let limited = builder().lookup_verifies_passwords().failure_limit(limit);
    let hashing = limited.verify_passwords_with(|stored, password| Some(stored.strip_prefix("own:")? == password));
    let layer = hashing.build(move |query: Query| {
        let (people, waiting, slow) = (people.clone(), Arc::clone(&waiting), Arc::clone(&slow));
        let slows = slows.load(Ordering::SeqCst);
        async move {
            if matches!(&query, Query::Login { password, .. } if slows && password.expose() == "secret") {
                slow.fetch_add(1, Ordering::SeqCst);
                waiting.acquire().await.unwrap().forget();
            }
            people.find(&query).await
        }
    });
    let layer = layer.unwrap();
    let ask = |name: &str, password: &str, address: &str| {
        let (layer, request) = (layer.clone(), from(me(name, password), address));
        tokio::spawn(async move { send(&layer, request).await.status })
    };
    assert_eq!(ask("dora", "secret", "203.0.113.1").await.unwrap(), 200);
    assert_eq!(ask("ada", "secret", HERE).await.unwrap(), 200);
    assert_eq!(ask("nobody", "wrong", HERE).await.unwrap(), 401);
    // Known by the name for this password when it is asked for, and no more when the next one is.
    world.change("ada", |ada| ada.stored = Some("own:changed"));
    is_slow.store(true, Ordering::SeqCst);
    let leader = ask("ada", "secret", HERE);
    until("the first guess", || asked.load(Ordering::SeqCst) == 1).await;
    assert_eq!(ask("ada", "other", HERE).await.unwrap(), 401);
    let rider = ask("ada", "secret", HERE);
    until("the second guess", || asked.load(Ordering::SeqCst) == 2).await;
    gate.add_permits(2);
    let both = async { [rider.await.unwrap(), leader.await.unwrap()] };
    let answers = tokio::time::timeout(Duration::from_secs(10), both).await;
    assert_eq!(answers.expect("each waits for the other"), [401, 429]);
}

#[tokio::test]
async fn what_is_known_of_a_name_opens_the_directory_for_no_other_spelling() {
    const HERE: &str = "192.0.2.1";
    let (world, layer) = mixed(FailureLimit::new(2, secs(900), secs(900))).await;
    world.people.lock().unwrap().push(Person { name: "Ada", stored: Some("directory:other"), ..ADA });
    let status = async |name: &str, password: &str| send(&layer, from(me(name, password), HERE)).await.status;
    assert_eq!(status("ada", "secret").await, 200);
    for answer in [404, 404, 429] {
        let [_, (_, login, _), ..] = logins("Ada", "wrong");
        assert_eq!(send(&layer, from(login, HERE)).await.status, answer);
    }
    world.guessed.store(0, Ordering::SeqCst);
    assert_eq!(status("Ada", "wrong").await, 429);
    assert_eq!(world.guessed.load(Ordering::SeqCst), 0);
    assert_eq!(status("ada", "secret").await, 200, "s56");
}

#[tokio::test]
async fn s52_an_account_that_moves_to_the_directory_is_guessed_at_there_as_often_as_may_fail() {
    const HERE: &str = "192.0.2.1";
    let (world, layer) = mixed(FailureLimit::new(2, secs(900), secs(900))).await;
    let status = async |password: &str| send(&layer, from(me("ada", password), HERE)).await.status;
    assert_eq!(status("secret").await, 200);
    world.change("ada", |ada| ada.stored = Some("directory:secret"));
    for (password, answer) in [("wrong", 401), ("guess", 401), ("secret", 429), ("other", 429)] {
        assert_eq!(status(password).await, answer, "{password}");
    }
    assert_eq!(world.guessed.load(Ordering::SeqCst), 2, "s54");
}

#[tokio::test]
async fn s56_in_a_mixed_lookup_a_network_that_is_locked_leaves_those_who_are_known_alone() {
    const HERE: &str = "192.0.2.1";
    let (world, layer) = mixed(FailureLimit::default().network_failures(2, secs(900))).await;
    let status = async |name: &str, password: &str| send(&layer, from(me(name, password), HERE)).await.status;
    assert_eq!(status("ada", "secret").await, 200);
    for (number, answer) in [401, 401, 429].into_iter().enumerate() {
        assert_eq!(status(&format!("nobody{number}"), "wrong").await, answer);
    }
    world.hashed();
    assert_eq!((status("ada", "secret").await, world.hashed()), (200, 0));
    assert_eq!(status("dora", "secret").await, 429);
}

#[tokio::test]
async fn s52_a_lock_for_all_strangers_is_one_for_the_right_password_too() {
    let world = World::of([ADA]);
    let layer = world.build(builder().failure_limit(FailureLimit::new(2, secs(900), secs(900))));
    let status = async |address: &str, password: &str| send(&layer, from(me("ada", password), address)).await.status;
    warm(&world, &layer, "192.0.2.1").await;
    let mut strangers = (1..=200).map(|number| format!("198.51.100.{number}"));
    while status(&strangers.next().unwrap(), "wrong").await != 429 {}
    world.hashed();
    // One guess from each address: right or wrong, the answer is the same.
    assert_eq!(status(&strangers.next().unwrap(), "secret").await, 429);
    assert_eq!(status(&strangers.next().unwrap(), "wrong").await, 429);
    assert_eq!(world.hashed(), 0);
    // S56: whose network it is known from goes on.
    assert_eq!(status("192.0.2.1", "secret").await, 200);
    assert_eq!(world.hashed(), 0);
}

#[tokio::test]
async fn s52_nobody_rides_on_the_flight_of_another_network() {
    let world = World::of([ADA]);
    let layer = world.build(builder().hashing_lane(4, 4));
    let status = |address: &'static str| {
        let layer = layer.clone();
        tokio::spawn(async move { send(&layer, from(me("ada", "secret"), address)).await.status })
    };
    world.close();
    let both = [status("192.0.2.1"), status("198.51.100.1")];
    until("both", || world.asked.load(Ordering::SeqCst) == 2).await;
    world.open();
    for one in both {
        assert_eq!(one.await.unwrap(), 200);
    }
    assert_eq!(world.hashed(), 2);
}

#[tokio::test]
async fn s52_equal_guesses_at_once_are_one() {
    let world = World::of([ADA]);
    let layer = world.build(builder().failure_limit(FailureLimit::new(2, secs(900), secs(900))));
    world.close();
    let requests = start(&layer, 50, "wrong");
    until("every request", || world.asked.load(Ordering::SeqCst) == 50).await;
    world.open();
    for request in requests {
        assert_eq!(request.await.unwrap().status, 401);
    }
    assert_eq!(world.hashed(), 1);
    assert_eq!(refusal(&layer, "ada", "wrong").await, Some(RejectionKind::InvalidPassword));
    assert_eq!(refusal(&layer, "ada", "wrong").await, Some(RejectionKind::Throttled));
}

#[tokio::test]
async fn s56_who_is_locked_out_is_so_alone() {
    let world = World::of([ADA]);
    let layer = world.build(builder().hashing_lane(4, 4).failure_limit(FailureLimit::new(1, secs(900), secs(900))));
    let status = |address: &'static str, password: &'static str| {
        let layer = layer.clone();
        tokio::spawn(async move { send(&layer, from(me("ada", password), address)).await.status })
    };
    // The network that was used before has a budget of its own.
    assert_eq!(status("192.0.2.1", "secret").await.unwrap(), 200);
    world.change("ada", |ada| ada.valid_since = Some(1));
    assert_eq!(status("198.51.100.1", "wrong").await.unwrap(), 401);
    assert_eq!(status("198.51.100.1", "secret").await.unwrap(), 429);
    // The locked one waits for a guess of its own network that is under way, and the others of other networks with it.
    world.close();
    let guess = status("192.0.2.1", "wrong");
    until("the guess", || world.asked.load(Ordering::SeqCst) == 4).await;
    let mine = status("192.0.2.1", "secret");
    until("the one that waits", || world.asked.load(Ordering::SeqCst) == 5).await;
    let other = status("203.0.113.7", "secret");
    until("the other", || world.asked.load(Ordering::SeqCst) == 6).await;
    world.open();
    assert_eq!(guess.await.unwrap(), 401);
    assert_eq!((mine.await.unwrap(), other.await.unwrap()), (429, 200));
}

// The inner service

#[tokio::test]
async fn s62_passwords_that_are_hashed_keep_no_permit_from_who_is_admitted() {
    let world = World::of([ADA]);
    let layer =
        world.build(builder().hashing_lane(1, 100).hashing_patience(Duration::from_secs(60)).without_failure_limit());
    world.close();
    let inner = service_fn(|_: Request<Full<Bytes>>| ready(Ok::<_, BoxError>(Response::new(Full::<Bytes>::default()))));
    let mut service = layer.layer(ConcurrencyLimit::new(inner, 1));
    let mut flood = Vec::new();
    for number in 0..50 {
        let mut one = service.clone();
        flood.push(tokio::spawn(async move {
            let password = if number == 0 { "secret".into() } else { format!("wrong{number}") };
            one.ready().await.unwrap().call(me("ada", &password)).await.unwrap().status().as_u16()
        }));
    }
    until("the flood", || world.asked.load(Ordering::SeqCst) == 50).await;
    let guarded = async { service.ready().await.unwrap().call(bearer(&good_token())).await.unwrap() };
    let guarded = tokio::time::timeout(Duration::from_secs(60), guarded).await.expect("the one permit is free");
    assert_eq!(guarded.status(), 200);

    // And whoever is admitted waits for a permit like everybody.
    let mut other = service.clone();
    other.ready().await.unwrap();
    world.open();
    until("the hash", || world.hashed.load(Ordering::SeqCst) >= 2).await;
    assert!(is_pending(&mut flood[0]));
    drop(other);
    let mut statuses = Vec::new();
    for request in flood {
        statuses.push(request.await.unwrap());
    }
    assert_eq!((statuses[0], statuses[1..].iter().all(|status| *status == 401)), (200, true));
}

#[tokio::test]
async fn s62_an_inner_service_that_breaks_meanwhile_is_the_error() {
    #[derive(Clone)]
    struct Breaks(Arc<AtomicUsize>);

    impl Service<Request<Full<Bytes>>> for Breaks {
        type Response = Response<Full<Bytes>>;
        type Error = BoxError;
        type Future = Ready<Result<Self::Response, BoxError>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> std::task::Poll<Result<(), BoxError>> {
            std::task::Poll::Ready(match self.0.fetch_add(1, Ordering::SeqCst) {
                0 => Ok(()),
                _ => Err("broken".into()),
            })
        }

        fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
            panic!("it was not ready")
        }
    }

    let layer = World::of([ADA]).build(builder());
    let error = layer.layer(Breaks(Arc::default())).oneshot(me("ada", "secret")).await.unwrap_err();
    assert_eq!(error.to_string(), "broken");
}

// What it costs

#[tokio::test]
async fn a_password_that_is_known_again_is_answered_at_once_for_few_allocations() {
    let user = Arc::new(User::Null);
    let find = move |_: Query| {
        ready(Ok::<_, BoxError>(Some(Account::shared(1, Arc::clone(&user)).password_hash("own:secret"))))
    };
    let verify = |stored: &str, password: &str| Some(stored.strip_prefix("own:")? == password);
    let layer = builder().verify_passwords_with(verify).build(find).unwrap();
    let mut service = layer.layer(service_fn(|_: Request<Full<Bytes>>| ready(Ok::<_, BoxError>(Response::new(())))));
    assert_eq!(service.call(me("ada", "secret")).await.unwrap().status(), 200);

    let request = me("ada", "secret");
    let allocations = allocation_counter::measure(|| assert!(!is_pending(service.call(request)), "no thread is asked"));
    // One is the lookup's own, for the stored hash; three are a request's extensions that were empty; the rest are the
    // user-pass, the two halves that the query owns, and the account.
    assert_eq!(allocations.count_total, 8);
}
