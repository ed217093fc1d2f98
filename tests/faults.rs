//! What happens when the application's parts fail, panic or hang, and when a client goes away in the middle: the
//! contract's 500, or 503 on a guarded route, and nothing left behind.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{
    future::poll_fn,
    panic::resume_unwind,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::Full;
use serde::{Serialize, Serializer};
use serde_json::json;
use support::{variant::Variant, *};
use tokio::{sync::Notify, time::Instant};
use tower::{Layer, Service, service_fn};
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, Lookup, Query, Rejection, RejectionKind, Timestamp,
    dialect::{Dialect, Granted, Refusal, Tokens},
    store::{
        Guess, MemorySessions, MemoryThrottle, Rate, RateCount, Rotated, Rotation, SessionStore, StoreFuture,
        ThrottleKey, ThrottleStore, Verdict,
    },
};

/// Stands in every error and panic here, and in no answer.
const SECRET_TEXT: &str = "secret-4711: SELECT hash FROM users WHERE name = 'duane15'";

type Found = Result<Option<Account<User>>, BoxError>;
type Finding = Pin<Box<dyn Future<Output = Found> + Send>>;

/// What a lookup does instead of answering.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Fails,
    FailsLater,
    /// Panics before there is a future.
    Panics,
    PanicsWithText,
    PanicsWithNoText,
    /// Panics when its future is polled.
    PanicsInside,
    PanicsLater,
    Hangs,
}

const FAULTS: [Fault; 8] = [
    Fault::Fails,
    Fault::FailsLater,
    Fault::Panics,
    Fault::PanicsWithText,
    Fault::PanicsWithNoText,
    Fault::PanicsInside,
    Fault::PanicsLater,
    Fault::Hangs,
];

impl Fault {
    fn happen(self) -> Finding {
        match self {
            Self::Panics => resume_unwind(Box::new(SECRET_TEXT)),
            Self::PanicsWithText => resume_unwind(Box::new(SECRET_TEXT.to_owned())),
            Self::PanicsWithNoText => resume_unwind(Box::new(4711_u16)),
            Self::Fails => Box::pin(async { Err(SECRET_TEXT.into()) }),
            Self::FailsLater => Box::pin(async {
                tokio::task::yield_now().await;
                Err(SECRET_TEXT.into())
            }),
            Self::PanicsInside => Box::pin(async { resume_unwind(Box::new(SECRET_TEXT)) }),
            Self::PanicsLater => Box::pin(async {
                tokio::task::yield_now().await;
                resume_unwind(Box::new(SECRET_TEXT.to_owned()))
            }),
            Self::Hangs => Box::pin(std::future::pending()),
        }
    }
}

/// A lookup among the usual users that can be made to fail, and that counts the questions.
#[derive(Clone, Default)]
struct Switch {
    on: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Switch {
    fn set(&self, on: bool) {
        self.on.store(on, Ordering::SeqCst);
    }

    fn lookup(&self, fault: Fault) -> impl Lookup<User = User> + use<> {
        let (switch, find) = (self.clone(), find_in(users()));
        move |query: Query| -> Finding {
            switch.asked.fetch_add(1, Ordering::SeqCst);
            match switch.on.load(Ordering::SeqCst) {
                true => fault.happen(),
                false => Box::pin(find(query)),
            }
        }
    }
}

/// Every request that asks the lookup on a login route: a name, the request, and the body of its 500.
fn asking_logins() -> Vec<(&'static str, Request<Full<Bytes>>, &'static str)> {
    const AUTH_TOKEN: &str = r#"{"timestamp":"2023-11-14T22:13:20.000+00:00","status":500,"error":"Internal Server Error","path":"/api/auth/token"}"#;
    const REFRESH: &str = r#"{"message":["Failed to refresh token."]}"#;
    let bodies = [
        r#"{"statusCode":500,"error":"Internal Server Error","message":"An internal server error occurred"}"#,
        r#"{"message":"An internal server error occurred"}"#,
        AUTH_TOKEN,
        r#"{"message":["Failed to create token."]}"#,
    ];
    let logins = logins("duane15", PASSWORD).into_iter().zip(bodies);
    let mut asking: Vec<_> = logins.map(|((contract, login, _), body)| (contract, login, body)).collect();
    let token = refreshable_token(NOW);
    let renewal = authorized(request("POST", "/api/auth/token"), &format!("Bearer {}", good_token()));
    asking.push(("auth_token by Bearer", renewal, AUTH_TOKEN));
    asking.push(("refresh", request("PATCH", &format!("/tokens/{token}")), REFRESH));
    asking.push(("refresh by Bearer", authorized(request("PATCH", "/tokens"), &format!("Bearer {token}")), REFRESH));
    asking
}

/// Requests to a guarded route that ask the lookup.
fn asking_guarded() -> [(&'static str, Request<Full<Bytes>>); 2] {
    [("Bearer", bearer(&good_token())), ("Basic", authorized(request("GET", "/me"), &basic("duane15", PASSWORD)))]
}

/// Nothing of an error or a panic, in whatever part of the answer.
fn assert_discreet(reply: &Reply, why: &str) {
    let whole = format!("{:?} {:?}", reply.headers, reply.body);
    for word in ["4711", "SELECT", "panick", "lookup", "timed out", "took longer"] {
        assert!(!whole.contains(word), "{why}: {word:?} in {whole}");
    }
    if let Some(rejection) = reply.extensions.get::<Rejection>() {
        let printed = format!("{rejection:?} {rejection}");
        assert!(!printed.contains("4711"), "{why}: {printed}");
    }
}

async fn assert_all_is_well<L: Lookup<User = User>>(layer: &AuthLayer<L>, why: &str) {
    for (contract, login, status) in logins("duane15", PASSWORD) {
        assert_eq!(send(layer, login).await.status, status, "{why}: then {contract}");
    }
    for (scheme, request) in asking_guarded() {
        let reply = send(layer, request).await;
        assert_eq!((reply.status, reply.text()), (200, "inner: 1"), "{why}: then {scheme}");
    }
}

#[tokio::test(start_paused = true)]
async fn s59_a_faulty_lookup_gives_each_login_route_its_500() {
    for fault in FAULTS {
        let switch = Switch::default();
        let layer = builder().build(switch.lookup(fault)).unwrap();
        for (route, login, body) in asking_logins() {
            let why = format!("{fault:?}, {route}");
            switch.set(true);
            let asked = switch.asked.load(Ordering::SeqCst);
            let reply = send(&layer, login.clone()).await;
            assert_eq!((reply.status, reply.text()), (500, body), "{why}");
            assert!(reply.header("content-type").unwrap().starts_with("application/json"), "{why}");
            assert_eq!(reply.header("www-authenticate"), None, "{why}");
            assert_eq!(switch.asked.load(Ordering::SeqCst), asked + 1, "{why}: asked once");
            assert_discreet(&reply, &why);

            switch.set(false);
            let reply = send(&layer, login).await;
            assert!(reply.status < 300, "{why}: the next one gets {} {:?}", reply.status, reply.body);
        }
        assert_all_is_well(&layer, &format!("{fault:?}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn s59_a_faulty_lookup_gives_a_guarded_route_503() {
    for fault in FAULTS {
        let switch = Switch::default();
        let layer = builder().build(switch.lookup(fault)).unwrap();
        for (scheme, request) in asking_guarded() {
            let why = format!("{fault:?}, {scheme}");
            switch.set(true);
            let reply = send(&layer, request).await;
            assert_eq!(reply.status, 503, "{why}");
            assert_eq!(reply.header("retry-after"), Some("1"), "{why}");
            assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{why}");
            assert_eq!(reply.header("www-authenticate"), None, "{why}");
            let problem = reply.json();
            assert_eq!((&problem["status"], &problem["title"]), (&json!(503), &json!("Service Unavailable")), "{why}");
            let rejection = reply.extensions.get::<Rejection>().unwrap();
            assert_eq!(rejection.kind(), RejectionKind::Unavailable, "{why}");
            assert!(std::error::Error::source(rejection).is_some(), "{why}: for a log");
            assert_discreet(&reply, &why);
            switch.set(false);
            assert_all_is_well(&layer, &why).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s59_an_optional_route_does_not_take_a_faulty_lookup_for_nobody() {
    for fault in FAULTS {
        let switch = Switch::default();
        let layer = builder().optional("/me").build(switch.lookup(fault)).unwrap();
        switch.set(true);
        for (scheme, request) in asking_guarded() {
            assert_eq!(send(&layer, request).await.status, 503, "{fault:?}, {scheme}");
        }
        assert_eq!(send(&layer, request("GET", "/me")).await.text(), "inner: nobody", "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn s59_under_refuse_like_a_faulty_lookup_is_told_in_the_shape_of_the_contract() {
    let shapes = [
        ("auth_local", r#"{"statusCode":503,"error":"Service Unavailable","message":"Service Unavailable"}"#),
        ("login", r#"{"message":"Service Unavailable"}"#),
        (
            "auth_token",
            r#"{"timestamp":"2023-11-14T22:13:20.000+00:00","status":503,"error":"Service Unavailable","path":"/me"}"#,
        ),
        ("tokens", r#"{"message":["Service Unavailable"]}"#),
    ];
    for (contract, body) in shapes {
        for fault in FAULTS {
            let switch = Switch::default();
            let layer = builder().refuse_like(contract).build(switch.lookup(fault)).unwrap();
            for (scheme, request) in asking_guarded() {
                let why = format!("{fault:?}, {scheme}, like {contract}");
                switch.set(true);
                let reply = send(&layer, request).await;
                assert_eq!((reply.status, reply.text()), (503, body), "{why}");
                assert_eq!(reply.header("retry-after"), Some("1"), "{why}");
                assert_eq!(reply.header("www-authenticate"), None, "{why}");
                assert_discreet(&reply, &why);
                switch.set(false);
                assert_all_is_well(&layer, &why).await;
            }
        }
    }
}

/// Tells when it is dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn s59_a_lookup_that_hangs_is_dropped_when_its_time_is_over() {
    for (timeout, builder) in [
        (Duration::from_secs(5), builder()),
        (Duration::from_millis(3), builder().lookup_timeout(Duration::from_millis(3))),
    ] {
        let dropped = Arc::new(AtomicUsize::new(0));
        let find = {
            let dropped = Arc::clone(&dropped);
            move |_: Query| -> Finding {
                let held = Dropped(Arc::clone(&dropped));
                Box::pin(async move {
                    std::future::pending::<()>().await;
                    drop(held);
                    Ok(None)
                })
            }
        };
        let layer = builder.build(find).unwrap();
        let mut asking: Vec<_> = asking_logins().into_iter().map(|(_, login, _)| (login, 500)).collect();
        asking.extend(asking_guarded().map(|(_, request)| (request, 503)));
        for (number, (request, status)) in asking.into_iter().enumerate() {
            let start = Instant::now();
            assert_eq!(send(&layer, request).await.status, status);
            let waited = start.elapsed();
            assert!(waited >= timeout && waited <= timeout + Duration::from_millis(2), "{waited:?} of {timeout:?}");
            assert_eq!(dropped.load(Ordering::SeqCst), number + 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_is_slow_and_in_time_is_waited_for() {
    let find = find_in(users());
    let layer = builder()
        .build(move |query| -> Finding {
            let found = find(query);
            Box::pin(async {
                tokio::time::sleep(Duration::from_millis(4900)).await;
                found.await
            })
        })
        .unwrap();
    assert_all_is_well(&layer, "slow").await;
}

/// `panics` and `inside` panic at login, everybody else is found as usual.
fn with_some_that_panic() -> AuthLayer<impl Lookup<User = User>> {
    let find = find_in(users());
    builder()
        .build(move |query: Query| -> Finding {
            match &query {
                Query::Login { identifier, .. } if identifier.as_str() == "panics" => Fault::Panics.happen(),
                Query::Login { identifier, .. } if identifier.as_str() == "inside" => Fault::PanicsLater.happen(),
                _ => Box::pin(find(query)),
            }
        })
        .unwrap()
}

#[tokio::test]
async fn s59_requests_beside_a_faulty_one_are_not_touched() {
    let layer = with_some_that_panic();
    let mut tasks = Vec::new();
    for round in 0..60 {
        let user = ["panics", "inside", "duane15"][round % 3];
        for (contract, login, granted) in logins(user, PASSWORD) {
            let layer = layer.clone();
            let expected = if user == "duane15" { granted } else { 500 };
            tasks.push((contract, user, expected, tokio::spawn(async move { send(&layer, login).await.status })));
        }
    }
    for (contract, user, expected, task) in tasks {
        assert_eq!(task.await.unwrap(), expected, "{contract}, {user}");
    }
}

/// A user that cannot be written down, as long as the switch is on.
struct Unwritable {
    broken: Arc<AtomicBool>,
    panics: bool,
}

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.broken.load(Ordering::SeqCst) {
            return json!({ "id": 1, "username": "duane15" }).serialize(serializer);
        }
        match self.panics {
            true => resume_unwind(Box::new(SECRET_TEXT)),
            false => Err(serde::ser::Error::custom(SECRET_TEXT)),
        }
    }
}

fn unwritable(
    builder: AuthLayerBuilder,
    broken: &Arc<AtomicBool>,
    panics: bool,
) -> AuthLayer<impl Lookup<User = Unwritable> + use<>> {
    let broken = Arc::clone(broken);
    builder
        .build(move |_: Query| {
            let user = Unwritable { broken: Arc::clone(&broken), panics };
            std::future::ready(Ok::<_, BoxError>(Some(Account::new(1, user).password_hash(BCRYPT))))
        })
        .unwrap()
}

async fn send_to<L: Lookup>(layer: &AuthLayer<L>, request: Request<Full<Bytes>>) -> Reply {
    let inner = service_fn(async |_: Request<Full<Bytes>>| {
        Ok::<_, BoxError>(Response::new(Full::new(Bytes::from_static(b"inner"))))
    });
    read(layer.layer(inner), request).await
}

#[tokio::test]
async fn s59_a_user_that_does_not_serialize_gives_the_contracts_500() {
    for panics in [false, true] {
        let broken = Arc::new(AtomicBool::new(true));
        let layer = unwritable(builder(), &broken, panics);
        for (contract, login, body) in asking_logins() {
            // The contracts that show the user.
            if !["auth_local", "login", "tokens"].contains(&contract) {
                continue;
            }
            let why = format!("{contract}, panics: {panics}");
            broken.store(true, Ordering::SeqCst);
            let reply = send_to(&layer, login.clone()).await;
            assert_eq!((reply.status, reply.text()), (500, body), "{why}");
            assert_discreet(&reply, &why);
            broken.store(false, Ordering::SeqCst);
            assert!(send_to(&layer, login).await.status < 300, "{why}: the next one");
        }
        broken.store(true, Ordering::SeqCst);
        for (scheme, request) in asking_guarded() {
            assert_eq!(send_to(&layer, request).await.text(), "inner", "{scheme}: nobody writes the user down there");
        }
    }
}

#[tokio::test]
async fn s59_a_contract_that_panics_over_its_answer_fails_that_request_alone() {
    static BROKEN: AtomicBool = AtomicBool::new(true);
    let granted = |of: &Tokens, granted: &Granted<'_>| match BROKEN.load(Ordering::SeqCst) {
        true => resume_unwind(Box::new(SECRET_TEXT)),
        false => of.granted(granted),
    };
    let contract = Variant { granted, ..Variant::new("mobile", Tokens::new().path("/mobile")) };
    let layer = builder().dialect(contract).build(find_in(users())).unwrap();
    let login = || post_json("/mobile", &json!({ "login": "duane15", "password": PASSWORD }));
    let reply = send(&layer, login()).await;
    assert_eq!((reply.status, reply.text()), (500, ""));
    assert_eq!(reply.extensions.get(), Some(&Refusal::Failed));
    BROKEN.store(false, Ordering::SeqCst);
    assert_eq!(send(&layer, login()).await.status, 201, "the next one");
}

/// A store of counts that panics at one of its steps.
struct Panicking(MemoryThrottle, &'static str);

impl Panicking {
    fn at<'a, T: Send + 'a>(&self, step: &str, answer: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        match self.1 == step {
            true => Box::pin(async { resume_unwind(Box::new(SECRET_TEXT)) }),
            false => answer,
        }
    }
}

impl ThrottleStore for Panicking {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        self.at("count", self.0.count(key, rate, now))
    }

    fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict> {
        self.at("guess", self.0.guess(guess))
    }

    fn release(&self, guess: Guess, known: bool) -> StoreFuture<'_, ()> {
        self.at("release", self.0.release(guess, known))
    }

    fn succeed(&self, guess: Guess) -> StoreFuture<'_, ()> {
        self.at("succeed", self.0.succeed(guess))
    }

    fn clear(&self, account: ThrottleKey, now: Timestamp) -> StoreFuture<'_, ()> {
        self.at("clear", self.0.clear(account, now))
    }
}

/// A panic while another unwinds would take the process down, and this test with it.
#[tokio::test]
async fn s59_a_store_of_counts_that_panics_fails_its_requests_and_no_more() {
    for step in ["count", "guess", "succeed", "release"] {
        let store = Panicking(MemoryThrottle::default(), step);
        let layer = builder().throttle_store(store).build(find_in(users())).unwrap();
        for password in [PASSWORD, "wrong"] {
            for (contract, login, _) in logins("duane15", password) {
                let status = send(&layer, login).await.status;
                assert!((200..=500).contains(&status), "{step}, {contract}: {status}");
            }
        }
        assert_eq!(send(&layer, bearer(&good_token())).await.status, 200, "{step}");
    }
}

/// The answer to a refresh has no user in it; and if it fails all the same, the token has to stay what it was.
#[tokio::test]
async fn an_id_that_no_token_may_carry_fails_the_login() {
    for length in [0, 1, 255, 256] {
        let id = "x".repeat(length);
        let layer = builder().build(find_in(vec![Row::new(id.clone(), "duane15")])).unwrap();
        for (contract, login, granted) in logins("duane15", PASSWORD) {
            let reply = send(&layer, login).await;
            if (1..=255).contains(&length) {
                assert_eq!(reply.status, granted, "{contract}");
                assert_eq!(send(&layer, bearer(&granted_token(&reply))).await.text(), format!("inner: {id}"));
            } else {
                assert_eq!(reply.status, 500, "{contract}: {length}");
            }
        }
    }
}

#[tokio::test]
async fn s61_a_refresh_that_failed_has_not_used_the_token_up() {
    for panics in [false, true] {
        let broken = Arc::new(AtomicBool::new(true));
        let clock = ManualClock::at(NOW);
        let layer = unwritable(builder().clock(clock.clone()), &broken, panics);
        let refresh = || request("PATCH", &format!("/tokens/{}", refreshable_token(NOW)));
        let first = send_to(&layer, refresh()).await;
        if first.status == 201 {
            continue;
        }
        assert_eq!((first.status, first.text()), (500, r#"{"message":["Failed to refresh token."]}"#));
        broken.store(false, Ordering::SeqCst);
        clock.advance(60);
        let second = send_to(&layer, refresh()).await;
        assert_eq!(second.status, 201, "a minute later: {:?}", second.body);
    }
}

/// A store whose operations fail while the switch is on.
struct FailingSessions(MemorySessions, Arc<AtomicBool>);

impl SessionStore for FailingSessions {
    leave_to!(0, [answers, revoke, revoke_family, revoke_user, open, sessions, end_session]);

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        match self.1.load(Ordering::SeqCst) {
            true => Box::pin(async { Err(SECRET_TEXT.into()) }),
            false => self.0.rotate(rotation),
        }
    }
}

#[tokio::test]
async fn s60_a_session_store_that_fails_gives_the_refresh_503_and_nothing_else() {
    let broken = Arc::new(AtomicBool::new(true));
    let sessions = FailingSessions(MemorySessions::default(), Arc::clone(&broken));
    let layer = builder().session_store(sessions).build(find_in(users())).unwrap();
    let refresh = || request("PATCH", &format!("/tokens/{}", refreshable_token(NOW)));
    let reply = send(&layer, refresh()).await;
    let words = r#"{"message":["The service is unavailable at the moment, please try again"]}"#;
    assert_eq!((reply.status, reply.text(), reply.header("retry-after")), (503, words, Some("1")));
    assert_discreet(&reply, "a failing store");
    assert_all_is_well(&layer, "a failing store").await;
    broken.store(false, Ordering::SeqCst);
    assert_eq!(send(&layer, refresh()).await.status, 201);
}

/// Wakes a test.
#[derive(Default)]
struct Bell(Notify);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

/// Polls `future` as often as `polls` says, each time when it asked for it, and drops it then. `Some` when it was done
/// before that.
async fn poll_and_drop<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let mut future = pin!(future);
    for poll in 0..polls {
        if poll > 0 {
            within(bell.0.notified()).await;
        }
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
    }
    None
}

/// Waits, but not for ever: something that was leaked would otherwise be waited for.
async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("something waits for ever")
}

/// A body that lets others run before each of its bytes.
struct Dripping {
    bytes: std::vec::IntoIter<u8>,
    rested: bool,
}

impl http_body::Body for Dripping {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if !std::mem::replace(&mut self.rested, true) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.rested = false;
        let pieces: Vec<u8> = self.bytes.by_ref().take(16).collect();
        Poll::Ready((!pieces.is_empty()).then(|| Ok(Frame::data(pieces.into()))))
    }
}

/// The same request with its body in drops.
async fn dripping(request: Request<Full<Bytes>>) -> Request<Dripping> {
    use http_body_util::BodyExt;
    let (parts, body) = request.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes().to_vec().into_iter();
    Request::from_parts(parts, Dripping { bytes, rested: false })
}

/// Sessions that let others run before and after each step.
#[derive(Default)]
struct RestingSessions(MemorySessions);

impl SessionStore for RestingSessions {
    leave_to!(0, [answers, revoke, revoke_family, revoke_user, open, sessions, end_session]);

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        Box::pin(async {
            tokio::task::yield_now().await;
            let rotated = self.0.rotate(rotation).await;
            tokio::task::yield_now().await;
            rotated
        })
    }
}

/// A layer with a lane of one place and a queue of one, every part of which rests in between.
fn resting(clock: &ManualClock) -> AuthLayer<impl Lookup<User = User> + use<>> {
    let find = find_in(users());
    builder()
        .clock(clock.clone())
        .session_store(RestingSessions::default())
        .hashing_lane(1, 1)
        .build(move |query| -> Finding {
            let found = find(query);
            Box::pin(async {
                rest().await;
                rest().await;
                found.await
            })
        })
        .unwrap()
}

/// Yields once, and asks at once to be polled again.
async fn rest() {
    let mut rested = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut rested, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The future of one request, not yet polled.
fn future_of<L: Lookup<User = User>>(
    layer: &AuthLayer<L>,
    request: Request<Dripping>,
) -> impl Future<Output = u16> + use<L> {
    let mut service = layer.layer(service_fn(async |_: Request<Dripping>| {
        rest().await;
        Ok::<_, BoxError>(Response::new(Full::new(Bytes::from_static(b"inner"))))
    }));
    let response = service.call(request);
    async move { response.await.unwrap().status().as_u16() }
}

#[tokio::test]
async fn s61_a_login_that_is_dropped_at_any_await_leaves_nothing_behind() {
    let layer = resting(&ManualClock::at(NOW));
    let mut requests: Vec<_> = asking_logins().into_iter().map(|(name, request, _)| (name, request)).collect();
    requests.retain(|(name, _)| !name.contains("refresh"));
    requests.extend(logins("duane15", "wrong").map(|(name, request, _)| (name, request)));
    requests.extend(logins("nobody", PASSWORD).map(|(name, request, _)| (name, request)));
    requests.extend(asking_guarded());
    for (name, request) in requests {
        let mut polls = 0;
        let status = loop {
            let future = future_of(&layer, dripping(request.clone()).await);
            let done = poll_and_drop(future, polls).await;
            within(assert_all_is_well(&layer, &format!("{name}, dropped after {polls} polls"))).await;
            if let Some(status) = done {
                break status;
            }
            polls += 1;
        };
        assert!(polls >= 3, "{name} was dropped at {polls} places only, and then answered {status}");
    }
}

#[tokio::test]
async fn s61_a_refresh_that_is_dropped_at_any_await_is_done_or_undone() {
    let clock = ManualClock::at(NOW);
    let layer = resting(&clock);
    let mut polls = 0;
    loop {
        let now = NOW + 100 * polls as u64;
        clock.set(now);
        let claims = format!(
            r#"{{"sub":1,"iss":"http://old","iat":{now},"exp":{},"nbf":{now},"jti":"token{polls:011}"}}"#,
            now + 3600
        );
        let token = hs256(r#"{"typ":"JWT","alg":"HS256"}"#, &claims);
        let refresh = || request("PATCH", &format!("/tokens/{token}"));

        let done = poll_and_drop(future_of(&layer, dripping(refresh()).await), polls).await;

        clock.advance(5);
        let retries = [send(&layer, refresh()).await, send(&layer, refresh()).await];
        for retry in &retries {
            assert_eq!(retry.status, 201, "after {polls} polls: {:?}", retry.body);
        }
        let [first, second] = retries.map(|retry| granted_token(&retry));
        assert_eq!(first, second, "after {polls} polls: one successor and no other");
        clock.advance(11);
        assert_eq!(send(&layer, bearer(&first)).await.status, 200, "after {polls} polls: the successor");
        assert_eq!(send(&layer, bearer(&token)).await.status, 401, "after {polls} polls: the old token");
        if done.is_some() {
            assert_eq!(done, Some(201));
            break;
        }
        polls += 1;
    }
    assert!(polls >= 5, "dropped at {polls} places only");
}

/// A layer with a lane of one place and a queue of one, whose verifications tell that they began and wait for how to end.
fn gated() -> (AuthLayer<impl Lookup<User = User>>, tokio::sync::mpsc::UnboundedReceiver<()>, mpsc::Sender<bool>) {
    let (end, ends) = mpsc::channel();
    let ends = Mutex::new(ends);
    let (enter, entered) = tokio::sync::mpsc::unbounded_channel();
    let verify = move |_: &str, _: &str| {
        enter.send(()).ok();
        Some(ends.lock().unwrap().recv().unwrap_or(false))
    };
    let rows = vec![Row { hash: Some("own:form"), ..Row::new(1, "duane15") }];
    let layer = builder().hashing_lane(1, 1).verify_passwords_with(verify).build(find_in(rows)).unwrap();
    (layer, entered, end)
}

#[tokio::test]
async fn s61_a_login_that_leaves_the_queue_makes_room_in_it() {
    let (layer, mut entered, end) = gated();
    let login = || logins("duane15", PASSWORD)[1].1.clone();
    let spawned = || {
        let (layer, login) = (layer.clone(), login());
        tokio::spawn(async move { send(&layer, login).await.status })
    };

    let first = spawned();
    entered.recv().await.unwrap();
    for attempt in 0..50 {
        // Each of the routes waits in the queue, and goes away.
        let requests = logins("duane15", PASSWORD).map(|(_, request, _)| request);
        let request = dripping(requests[attempt % 4].clone()).await;
        let mut future = Box::pin(future_of(&layer, request));
        let waits = poll_until_it_waits(future.as_mut());
        assert!(waits, "attempt {attempt} was answered: its place in the queue was not free");
        assert_eq!(send(&layer, login()).await.status, 503, "attempt {attempt}: the queue has one place");
        drop(future);
    }
    let second = spawned();
    tokio::task::yield_now().await;
    assert!(!second.is_finished());

    // One that goes away while its password is verified keeps the place until that is done, and no longer.
    end.send(true).unwrap();
    assert_eq!(within(first).await.unwrap(), 200);
    within(entered.recv()).await.unwrap();
    second.abort();
    assert!(second.await.unwrap_err().is_cancelled());
    let third = spawned();
    tokio::task::yield_now().await;
    assert!(!third.is_finished());
    end.send(true).unwrap();
    within(entered.recv()).await.unwrap();
    end.send(true).unwrap();
    assert_eq!(within(third).await.unwrap(), 200);
}

/// Polls for as long as the future asks for it at once. `false` when it was done.
fn poll_until_it_waits(mut future: Pin<&mut impl Future>) -> bool {
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    loop {
        if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            return false;
        }
        let mut rung = pin!(bell.0.notified());
        if rung.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            return true;
        }
    }
}
