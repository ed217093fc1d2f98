//! How many tokens one account may put on the list of revocations: what counts, what does not, and what is answered beyond.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use support::*;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_auth::{
    Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Clock, Lookup, SessionLimit, Timestamp, VerifyingKey,
    dialect::{AuthLocal, Login, Refusal, Tokens},
    store::{
        Guess, MemorySessions, MemoryThrottle, Rate, RateCount, Rotated, Rotation, SessionStore, StoreFuture,
        ThrottleKey, ThrottleStore, TokenKey, Verdict,
    },
};

fn rows() -> Vec<Row> {
    vec![Row::new(1, "duane15"), Row::new(5, "other")]
}

fn with_logout(builder: AuthLayerBuilder) -> AuthLayerBuilder {
    builder.dialect(AuthLocal::new().logout()).dialect(Login::new().logout()).dialect(Tokens::new().logout())
}

/// A builder with every logout, whose clock can be set.
fn clocked() -> (AuthLayerBuilder, ManualClock) {
    let clock = ManualClock::at(NOW);
    (with_logout(builder()).clock(clock.clone()), clock)
}

fn refresh(token: &str) -> Request<Full<Bytes>> {
    request("PATCH", &format!("/tokens/{token}"))
}

fn logout(token: &str) -> Request<Full<Bytes>> {
    request("DELETE", &format!("/tokens/{token}"))
}

fn exchange(credentials: &str) -> Request<Full<Bytes>> {
    authorized(request("POST", "/api/auth/token"), credentials)
}

/// A token of `tokens` as from a login, by its number.
fn token(user: u64, number: u64) -> String {
    let exp = NOW + 86_400;
    let claims = format!(
        r#"{{"sub":{user},"iss":"http://old","iat":{NOW},"exp":{exp},"nbf":{NOW},"jti":"abcdefgh{number:08}"}}"#
    );
    hs256(r#"{"typ":"JWT","alg":"HS256"}"#, &claims)
}

async fn status<L: Lookup<User = User>>(layer: &AuthLayer<L>, request: Request<Full<Bytes>>) -> u16 {
    send(layer, request).await.status
}

/// Refreshes a token and its successors until that is refused: how often it was granted, and the refusal.
async fn refresh_on<L: Lookup<User = User>>(layer: &AuthLayer<L>, mut token: String) -> (usize, Reply) {
    for granted in 0..1000 {
        let reply = send(layer, refresh(&token)).await;
        if reply.status != 201 {
            return (granted, reply);
        }
        token = granted_token(&reply);
    }
    panic!("never refused");
}

#[track_caller]
fn assert_beyond(reply: &Reply, seconds: &str, what: &str) {
    assert_eq!((reply.status, reply.header("retry-after")), (429, Some(seconds)), "{what}");
    assert_eq!(reply.extensions.get(), Some(&Refusal::Throttled), "{what}");
}

// One account and the room of all

#[tokio::test]
async fn a_loop_of_refreshes_leaves_room_for_everybody_else() {
    let small = || MemorySessions::with_capacity(200);
    let limited = with_logout(builder()).session_store(small()).build(find_in(rows())).unwrap();
    let (granted, reply) = refresh_on(&limited, token(1, 0)).await;
    assert_eq!(granted, 120);
    assert_beyond(&reply, "3600", "the loop");
    assert_eq!(reply.text(), r#"{"message":["Too Many Attempts."]}"#);
    assert_eq!(status(&limited, refresh(&token(5, 0))).await, 201, "another account");
    assert_eq!(status(&limited, logout(&token(5, 1))).await, 204, "another account");

    let unlimited =
        with_logout(builder()).without_session_limit().session_store(small()).build(find_in(rows())).unwrap();
    let (granted, reply) = refresh_on(&unlimited, token(1, 0)).await;
    assert_eq!((granted, reply.status), (199, 503), "this is what the limit is for");
    assert_eq!(status(&unlimited, refresh(&token(5, 0))).await, 503, "another account");
}

#[tokio::test]
async fn a_loop_of_logins_and_logouts_leaves_room_for_everybody_else() {
    let sessions = MemorySessions::with_capacity(300);
    let layer = with_logout(builder()).session_store(sessions).build(find_in(rows())).unwrap();
    for number in 0..240 {
        assert_eq!(status(&layer, logout(&token(1, number))).await, 204, "{number}");
    }
    assert_beyond(&send(&layer, logout(&token(1, 240))).await, "3600", "the loop");
    assert_eq!(status(&layer, bearer(&token(1, 240))).await, 200, "what was not done is not done");
    assert_eq!(status(&layer, logout(&token(5, 0))).await, 204, "another account");
    assert_eq!(status(&layer, refresh(&token(5, 1))).await, 201, "another account");
}

#[tokio::test]
async fn a_stolen_token_that_is_refreshed_in_a_loop_keeps_nobody_from_logging_out_or_in() {
    let layer = with_logout(builder()).list_sessions().build(find_in(rows())).unwrap();
    refresh_on(&layer, token(1, 0)).await;
    assert_eq!(status(&layer, logout(&token(1, 1))).await, 204);
    for (contract, login, granted) in logins("duane15", PASSWORD) {
        assert_eq!(status(&layer, login).await, granted, "{contract}");
    }
}

/// Each renewal is a token of its own, and each of them can be logged out.
#[tokio::test]
async fn s64_a_stolen_token_that_is_renewed_in_a_loop_keeps_nobody_from_logging_out() {
    for lists in [true, false] {
        let (builder, clock) = clocked();
        let builder = if lists { builder.list_sessions() } else { builder };
        let limit = SessionLimit::new(3, secs(60)).refreshes(5);
        let layer = builder.session_limit(limit).build(find_in(rows())).unwrap();
        let stolen = format!("Bearer {}", token(1, 0));
        for renewal in 0..10 {
            // Tokens of one second would be one.
            clock.advance(1);
            let reply = send(&layer, exchange(&stolen)).await;
            if renewal >= 5 {
                assert_beyond(&reply, &(60 - renewal).to_string(), "the loop");
                continue;
            }
            let renewed = format!("Bearer {}", granted_token(&reply));
            let logout = authorized(request("POST", "/auth/logout"), &renewed);
            assert_eq!(status(&layer, logout).await, 200, "lists: {lists}, {renewal}");
        }
        for number in 1..=3 {
            assert_eq!(status(&layer, logout(&token(1, number))).await, 204, "lists: {lists}, {number}");
        }
    }
}

/// The secret of a key that comes from a set.
const PUBLISHED: &str = "a secret of thirty-two bytes, or some more";

/// Whom another issuer calls 1 is not our 1.
#[tokio::test]
async fn s64_tokens_of_another_issuer_take_nothing_from_whoever_has_their_subject_here() {
    let secret = "another issuer's secret, long enough";
    let theirs =
        VerifyingKey::secret(Algorithm::Hs256, secret).unwrap().issuer("https://elsewhere.example").audience("us");
    let limit = SessionLimit::new(1, secs(60)).logouts(2);
    let layer = with_logout(builder()).verifying_key(theirs).session_limit(limit);
    let published = published(PUBLISHED).into_iter().map(|key| key.audience("us"));
    let layer = layer.verifying_keys(published).build(find_in(rows())).unwrap();
    let foreign = |secret: &str, issuer: &str, number: usize| {
        let exp = NOW + 3600;
        let claims = format!(r#"{{"sub":1,{issuer}"aud":"us","exp":{exp},"jti":"{number}"}}"#);
        hs256_with(secret.as_bytes(), HEADER, &claims)
    };
    // A set's keys need no issuer of their own, and its tokens none.
    for (secret, issuer) in [(secret, r#""iss":"https://elsewhere.example","#), (PUBLISHED, "")] {
        for (number, expected) in [204, 204, 204, 429, 429].into_iter().enumerate() {
            assert_eq!(status(&layer, logout(&foreign(secret, issuer, number))).await, expected, "{number}");
        }
    }
    for (number, expected) in [204, 204, 204, 429].into_iter().enumerate() {
        assert_eq!(status(&layer, logout(&token(1, number as u64))).await, expected, "{number}");
    }
}

#[tokio::test]
async fn a_window_ends() {
    let (builder, clock) = clocked();
    let layer = builder.session_limit(SessionLimit::new(2, secs(60))).build(find_in(rows())).unwrap();
    for _ in 0..2 {
        let (granted, reply) = refresh_on(&layer, token(1, clock.now().unix_seconds())).await;
        assert_eq!(granted, 2);
        assert_beyond(&reply, "60", "at once");
        clock.advance(59);
        assert_beyond(&send(&layer, refresh(&token(1, 99))).await, "1", "a second before the end");
        clock.advance(1);
    }
}

#[tokio::test]
async fn each_budget_is_its_own() {
    let limit = SessionLimit::new(9, secs(60)).refreshes(1).logouts(2).logins(3);
    let layer = with_logout(builder()).list_sessions().session_limit(limit).build(find_in(rows())).unwrap();
    assert_eq!(refresh_on(&layer, token(1, 0)).await.0, 1);
    for (number, expected) in [204, 204, 204, 429].into_iter().enumerate() {
        assert_eq!(status(&layer, logout(&token(1, 10 + number as u64))).await, expected, "{number}");
    }
    let login = || logins("duane15", PASSWORD).into_iter().nth(1).unwrap().1;
    for (number, expected) in [200, 200, 200, 429].into_iter().enumerate() {
        assert_eq!(status(&layer, login()).await, expected, "{number}");
    }
}

// The answers

#[tokio::test]
async fn beyond_the_limit_each_contract_answers_in_its_own_shape() {
    let by_bearer = |method, path, token: &str| authorized(request(method, path), &format!("Bearer {token}"));
    let limit = SessionLimit::new(1, secs(60));
    let tokens = (r#"{"message":["Too Many Attempts."]}"#, "application/json", true);
    let auth_local = (
        r#"{"message":[{"messages":[{"id":"Auth.form.error.ratelimit","message":"Too many attempts, please try again in a minute."}]}]}"#,
        "application/json; charset=utf-8",
        true,
    );
    let login =
        (r#"{"message":"Too many attempts, please try again later"}"#, "application/json; charset=utf-8", false);
    for (method, path, (body, content_type, has_rate)) in [
        ("PATCH", "/tokens", tokens),
        ("DELETE", "/tokens", tokens),
        ("POST", "/auth/logout", auth_local),
        ("GET", "/logout", login),
        ("POST", "/logout", login),
    ] {
        let layer = with_logout(builder()).session_limit(limit).build(find_in(rows())).unwrap();
        let most = if method == "PATCH" { 1 } else { 2 };
        for number in 0..most {
            let within = status(&layer, by_bearer(method, path, &token(1, number))).await;
            assert!((200..300).contains(&within), "{method} {path}: {within}");
        }
        let reply = send(&layer, by_bearer(method, path, &token(1, most))).await;
        assert_beyond(&reply, "60", path);
        assert_eq!((reply.text(), reply.header("content-type")), (body, Some(content_type)), "{method} {path}");
        let rate = ["limit", "remaining", "reset"].map(|of| reply.header(&format!("x-ratelimit-{of}")));
        let reset = (NOW + 60).to_string();
        let most = most.to_string();
        let expected = if has_rate { [Some(&*most), Some("0"), Some(&*reset)] } else { [None; 3] };
        assert_eq!(rate, expected, "{method} {path}");
        assert_eq!(reply.header("www-authenticate"), None, "{method} {path}");
    }
}

// What counts

#[tokio::test]
async fn what_is_repeated_inside_the_grace_counts_once_also_when_the_budget_is_used_up() {
    let limit = SessionLimit::new(9, secs(60)).refreshes(2);
    let (builder, clock) = clocked();
    let layer = builder.session_limit(limit).build(find_in(rows())).unwrap();
    let first = token(1, 0);
    let second = granted_token(&send(&layer, refresh(&first)).await);
    for _ in 0..20 {
        assert_eq!(granted_token(&send(&layer, refresh(&first)).await), second);
    }
    let third = granted_token(&send(&layer, refresh(&second)).await);
    for _ in 0..20 {
        assert_eq!(granted_token(&send(&layer, refresh(&second)).await), third, "a lost answer is had again");
    }
    assert_beyond(&send(&layer, refresh(&third)).await, "60", "a third one");
    clock.advance(60);
    assert_eq!(status(&layer, refresh(&third)).await, 201);
}

#[tokio::test]
async fn a_token_that_is_used_up_takes_nothing_from_its_owner() {
    let limit = SessionLimit::new(1, secs(3600)).refreshes(2);
    let (builder, clock) = clocked();
    let layer = builder.session_limit(limit).build(find_in(rows())).unwrap();
    let (stolen, ended) = (token(1, 0), token(1, 1));
    assert_eq!(status(&layer, refresh(&stolen)).await, 201);
    assert_eq!(status(&layer, logout(&ended)).await, 204);
    clock.advance(60);
    for _ in 0..20 {
        assert_eq!(status(&layer, refresh(&stolen)).await, 401, "reuse, and then revoked");
        assert_eq!(status(&layer, refresh(&ended)).await, 401);
        assert_eq!(status(&layer, logout(&ended)).await, 204);
        assert_eq!(status(&layer, logout(&stolen)).await, 204);
    }
    assert_eq!(status(&layer, refresh(&token(1, 2))).await, 201);
    assert_eq!(status(&layer, logout(&token(1, 3))).await, 204);
    assert_eq!(status(&layer, logout(&token(1, 4))).await, 204);
    assert_eq!(status(&layer, logout(&token(1, 5))).await, 429);
}

#[tokio::test]
async fn what_is_refused_for_another_reason_counts_nothing() {
    let (builder, _) = clocked();
    let rows = vec![Row { blocked: true, ..Row::new(1, "duane15") }, Row::new(5, "other")];
    let rows = Arc::new(std::sync::Mutex::new(rows));
    let layer = builder.session_limit(SessionLimit::new(1, secs(60))).build(find_in_shared(Arc::clone(&rows))).unwrap();
    let forged = hs256_with(b"another secret of more than thirty-two bytes", HEADER, r#"{"sub":1}"#);
    for _ in 0..5 {
        assert_eq!(status(&layer, refresh(&token(1, 0))).await, 401, "blocked");
        assert_eq!(status(&layer, refresh(&forged)).await, 401);
        assert_eq!(status(&layer, logout(&forged)).await, 401);
    }
    rows.lock().unwrap()[0].blocked = false;
    assert_eq!(status(&layer, refresh(&token(1, 0))).await, 201);
    assert_eq!(status(&layer, logout(&token(1, 1))).await, 204);
}

#[tokio::test]
async fn a_renewal_counts_as_a_refresh_and_a_login_takes_no_entry_where_none_is_listed() {
    let limit = SessionLimit::new(9, secs(60)).refreshes(2).logins(1);
    for lists in [true, false] {
        let layer = if lists { builder().list_sessions() } else { builder() };
        let layer = layer.session_limit(limit).build(find_in(rows())).unwrap();
        let mut token = granted_token(&send(&layer, exchange(&basic("duane15", PASSWORD))).await);
        let again = status(&layer, exchange(&basic("duane15", PASSWORD))).await;
        assert_eq!(again, if lists { 429 } else { 200 }, "lists: {lists}");
        for expected in [200, 200, 429] {
            let reply = send(&layer, exchange(&format!("Bearer {token}"))).await;
            assert_eq!(reply.status, expected, "lists: {lists}");
            if expected == 200 {
                token = granted_token(&reply);
            }
        }
    }
}

// Stores that others share, and that fail

/// Stores that take their time, and fail when told to.
#[derive(Clone, Default)]
struct Slow {
    sessions: Arc<MemorySessions>,
    throttle: Arc<MemoryThrottle>,
    sessions_fail: Arc<AtomicBool>,
    /// Steps of sessions that are under way, once they are to have no end.
    sessions_hang: Arc<AtomicBool>,
    hanging: Arc<AtomicUsize>,
    throttle_fails: Arc<AtomicBool>,
    uncounted: Arc<AtomicUsize>,
}

impl Slow {
    async fn answer<T>(&self, fails: &AtomicBool, answer: StoreFuture<'_, T>) -> Result<T, BoxError> {
        if self.sessions_hang.load(Ordering::SeqCst) {
            self.hanging.fetch_add(1, Ordering::SeqCst);
            pending::<()>().await;
        }
        sleep(Duration::from_millis(2)).await;
        if fails.load(Ordering::SeqCst) { Err("it is away".into()) } else { answer.await }
    }
}

impl SessionStore for Slow {
    leave_to!(sessions, [answers, revoke, revoke_user, open, sessions, end_session]);

    fn is_spent(&self, token: &TokenKey, now: Timestamp) -> bool {
        self.sessions.is_spent(token, now)
    }

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        Box::pin(async move {
            let rotated = Box::pin(async move { self.sessions.rotate(rotation).await });
            self.answer(&self.sessions_fail, rotated).await
        })
    }

    fn revoke_family(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let revoked = Box::pin(async move { self.sessions.revoke_family(token, now, until).await });
            self.answer(&self.sessions_fail, revoked).await
        })
    }
}

impl ThrottleStore for Slow {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        Box::pin(async move {
            // It is the answer that takes its time.
            let counted = self.throttle.count(key, rate, now).await;
            sleep(Duration::from_millis(2)).await;
            if self.throttle_fails.load(Ordering::SeqCst) { Err("it is away".into()) } else { counted }
        })
    }

    fn uncount(&self, key: ThrottleKey, count: RateCount, now: Timestamp) -> StoreFuture<'_, ()> {
        self.uncounted.fetch_add(1, Ordering::SeqCst);
        self.throttle.uncount(key, count, now)
    }

    fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict> {
        self.throttle.guess(guess)
    }

    fn release(&self, guess: Guess, known: bool) -> StoreFuture<'_, ()> {
        self.throttle.release(guess, known)
    }

    fn succeed(&self, guess: Guess) -> StoreFuture<'_, ()> {
        self.throttle.succeed(guess)
    }

    fn clear(&self, account: ThrottleKey, now: Timestamp) -> StoreFuture<'_, ()> {
        self.throttle.clear(account, now)
    }
}

/// Waits for what happens behind somebody's back, but not for ever.
async fn until(what: &str, happened: impl Fn() -> bool) {
    let waiting = async {
        while !happened() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_secs(10), waiting).await.unwrap_or_else(|_| panic!("{what}"));
}

fn slow(limit: SessionLimit) -> (AuthLayer<impl Lookup<User = User> + Clone>, Slow) {
    let slow = Slow::default();
    let builder = with_logout(builder()).session_store(slow.clone()).throttle_store(slow.clone());
    (builder.session_limit(limit).build(find_in(rows())).unwrap(), slow)
}

/// Stores of an account that may do so once more.
async fn one_is_left(of: fn(&str) -> Request<Full<Bytes>>) -> (AuthLayer<impl Lookup<User = User> + Clone>, Slow) {
    let (layer, stores) = slow(SessionLimit::new(1, secs(60)));
    if of("a").method() == "DELETE" {
        // One for itself, and one for the refresh.
        assert_eq!(status(&layer, logout(&token(1, 99))).await, 204);
    }
    (layer, stores)
}

#[tokio::test]
async fn twenty_refreshes_of_one_token_at_once_have_one_successor_and_count_once() {
    let (layer, _) = slow(SessionLimit::new(2, secs(60)));
    let mut successors = vec![token(1, 0)];
    for _ in 0..2 {
        let mut tabs = JoinSet::new();
        for _ in 0..20 {
            let (layer, request) = (layer.clone(), refresh(successors.last().unwrap()));
            tabs.spawn(async move { granted_token(&send(&layer, request).await) });
        }
        let mut got = tabs.join_all().await;
        got.dedup();
        assert_eq!(got.len(), 1);
        successors.append(&mut got);
    }
    assert_beyond(&send(&layer, refresh(&successors[2])).await, "60", "a third one");
}

#[tokio::test]
async fn twenty_logouts_of_one_token_at_once_count_once() {
    let (layer, _) = slow(SessionLimit::new(1, secs(60)));
    for number in 0..2 {
        let mut tabs = JoinSet::new();
        for _ in 0..20 {
            let (layer, request) = (layer.clone(), logout(&token(1, number)));
            tabs.spawn(async move { send(&layer, request).await.status });
        }
        assert_eq!(tabs.join_all().await, [204; 20], "{number}");
    }
    assert_beyond(&send(&layer, logout(&token(1, 2))).await, "60", "a third one");
}

#[tokio::test]
async fn who_is_beyond_the_limit_is_not_counted_when_one_within_it_is_taken_back() {
    for of in [refresh, logout] {
        let (layer, stores) = one_is_left(of).await;
        stores.sessions_fail.store(true, Ordering::SeqCst);
        let both = tokio::join!(status(&layer, of(&token(1, 0))), status(&layer, of(&token(1, 1))));
        assert_eq!(both, (503, 429));
        stores.sessions_fail.store(false, Ordering::SeqCst);
        let (first, second) = (status(&layer, of(&token(1, 0))).await, status(&layer, of(&token(1, 1))).await);
        assert!((200..300).contains(&first), "{first}");
        assert_eq!(second, 429);
    }
}

#[tokio::test]
async fn who_goes_away_before_the_sessions_are_asked_is_not_counted_and_who_does_later_is() {
    for of in [refresh, logout] {
        let (layer, stores) = one_is_left(of).await;
        for (number, taken_back) in [(0, 1), (1, 2), (2, 3)] {
            let mut gone = Box::pin(send(&layer, of(&token(1, number))));
            assert!(gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(), "it is counted now");
            drop(gone);
            until("it is taken back", || stores.uncounted.load(Ordering::SeqCst) == taken_back).await;
        }
        stores.sessions_hang.store(true, Ordering::SeqCst);
        let gone = tokio::spawn({
            let (layer, request) = (layer.clone(), of(&token(1, 3)));
            async move { send(&layer, request).await.status }
        });
        until("the sessions are asked", || stores.hanging.load(Ordering::SeqCst) == 1).await;
        gone.abort();
        stores.sessions_hang.store(false, Ordering::SeqCst);
        assert_eq!(status(&layer, of(&token(1, 4))).await, 429, "the store may have done it");
    }
}

#[tokio::test]
async fn whoever_goes_away_in_the_midst_of_a_refresh_leaves_it_to_the_others() {
    let (layer, _) = slow(SessionLimit::new(9, secs(60)));
    let first = token(1, 0);
    let mut gone = Box::pin(send(&layer, refresh(&first)));
    let mut waits = Box::pin(send(&layer, refresh(&first)));
    tokio::select! { biased; _ = &mut gone => panic!(), _ = &mut waits => panic!(), () = sleep(Duration::from_millis(1)) => {} }
    drop(gone);
    let successor = granted_token(&waits.await);
    assert_eq!(granted_token(&send(&layer, refresh(&first)).await), successor);
}

#[tokio::test]
async fn what_the_session_store_failed_to_do_counts_nothing() {
    let (layer, stores) = slow(SessionLimit::new(1, secs(60)));
    stores.sessions_fail.store(true, Ordering::SeqCst);
    for _ in 0..5 {
        assert_eq!(status(&layer, refresh(&token(1, 0))).await, 503);
        assert_eq!(status(&layer, logout(&token(1, 1))).await, 503);
    }
    stores.throttle_fails.store(true, Ordering::SeqCst);
    for _ in 0..5 {
        assert_eq!(status(&layer, refresh(&token(1, 0))).await, 503, "with both away");
    }
    stores.sessions_fail.store(false, Ordering::SeqCst);
    assert_eq!(status(&layer, refresh(&token(1, 0))).await, 201);
    assert_eq!(status(&layer, logout(&token(1, 1))).await, 204);
}

#[tokio::test]
async fn s60_while_the_throttle_is_away_half_of_it_is_left() {
    let (layer, stores) = slow(SessionLimit::new(10, secs(60)));
    stores.throttle_fails.store(true, Ordering::SeqCst);
    assert_eq!(refresh_on(&layer, token(1, 0)).await.0, 5);
}
