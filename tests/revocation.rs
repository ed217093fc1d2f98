//! Revoking by hand: a token, its family, a user's tokens, a session.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use support::variant::Variant;
use support::*;
use tokio::sync::Notify;
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Clock, Lookup, Query, Rejection, RejectionKind,
    StoredPassword, Timestamp, VerifyingKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
    store::{MemorySessions, Opening, Rotated, Rotation, SessionStore, StoreFuture, TokenKey, UserKey},
};

#[tokio::test]
async fn a_revoked_token_is_refused_on_guarded_routes_and_others_are_not() {
    let layer = layer();
    let other = hs256(HEADER, &format!(r#"{{"id":1,"iat":{NOW},"exp":{}}}"#, NOW + 3601));
    assert_eq!(send(&layer, bearer(&good_token())).await.status, 200);
    assert!(layer.revoke(&good_token()).await.unwrap());
    let reply = send(&layer, bearer(&good_token())).await;
    let kind = reply.extensions.get::<Rejection>().map(Rejection::kind);
    assert_eq!((reply.status, kind), (401, Some(RejectionKind::RevokedToken)));
    assert_eq!(send(&layer, bearer(&other)).await.status, 200);
    assert!(layer.revoke(&good_token()).await.unwrap(), "again");
}

#[tokio::test]
async fn s47_a_revoked_token_is_refused_at_refresh_and_renewal_until_its_window_has_passed() {
    let clock = ManualClock::at(NOW);
    let layer = builder().clock(clock.clone()).build(find_in(users())).unwrap();
    let token = refreshable_token(NOW);
    assert!(layer.revoke(&token).await.unwrap());
    let renewal = authorized(request("POST", "/api/auth/token"), &format!("Bearer {token}"));
    assert_eq!(send(&layer, renewal).await.status, 403);
    let window = 40_320 * 60;
    for later in [0, 3_601, window] {
        clock.set(NOW + later);
        let reply = send(&layer, request("PATCH", &format!("/tokens/{token}"))).await;
        assert_eq!((reply.status, reply.text()), (401, r#"{"message":["The token has been blacklisted"]}"#), "{later}");
    }
}

#[tokio::test]
async fn an_expired_token_that_could_still_be_refreshed_can_be_revoked() {
    let layer = layer();
    let token = refreshable_token(NOW - 7_200);
    assert!(layer.revoke(&token).await.unwrap());
    assert_eq!(send(&layer, request("PATCH", &format!("/tokens/{token}"))).await.status, 401);
}

#[tokio::test]
async fn what_is_accepted_nowhere_needs_no_revocation() {
    let sessions = Arc::new(MemorySessions::default());
    let layer = builder().session_store(Arc::clone(&sessions)).build(find_in(users())).unwrap();
    let expired = hs256(HEADER, &format!(r#"{{"id":1,"iat":{},"exp":{}}}"#, NOW - 7_200, NOW - 3_600));
    let forged = format!("{}x", good_token());
    for token in ["", "a.b.c", &forged, &expired] {
        assert!(!layer.revoke(token).await.unwrap(), "{token}");
    }
    assert!(sessions.is_empty());
}

#[tokio::test]
async fn s64_a_store_without_room_says_so_and_the_token_goes_on() {
    let layer = builder().session_store(MemorySessions::with_capacity(0)).build(find_in(users())).unwrap();
    assert!(layer.revoke(&good_token()).await.is_err());
    assert_eq!(send(&layer, bearer(&good_token())).await.status, 200);
}

fn credentials() -> serde_json::Value {
    json!({ "identifier": "duane15", "username": "duane15", "login": "duane15", "password": PASSWORD })
}

/// Logs in by form, and returns the token.
async fn login<L: Lookup<User = User>>(layer: &AuthLayer<L>, path: &str) -> String {
    let reply = send(layer, post_json(path, &credentials())).await;
    let json = reply.json();
    let token = json.get("token").or(json.get("jwt")).unwrap_or_else(|| panic!("{}", reply.text()));
    token.as_str().unwrap().to_owned()
}

async fn refresh<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> Reply {
    send(layer, request("PATCH", &format!("/tokens/{token}"))).await
}

fn token_of(reply: &Reply) -> String {
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["token"].as_str().unwrap().to_owned()
}

async fn guarded<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> Option<RejectionKind> {
    let reply = send(layer, bearer(token)).await;
    reply.extensions.get::<Rejection>().map(Rejection::kind)
}

#[tokio::test]
async fn s44_a_family_is_revoked_by_any_of_its_tokens() {
    for shown in 0..3 {
        let layer = layer();
        let first = login(&layer, "/tokens").await;
        let second = token_of(&refresh(&layer, &first).await);
        let third = token_of(&refresh(&layer, &second).await);
        let other = login(&layer, "/tokens").await;
        let family = [first, second, third];
        for token in &family {
            assert_eq!(guarded(&layer, token).await, None, "inside its grace");
        }
        assert!(layer.revoke_family(&family[shown]).await.unwrap());
        for token in &family {
            assert_eq!(guarded(&layer, token).await, Some(RejectionKind::RevokedToken), "by {shown}");
            assert_eq!(refresh(&layer, token).await.text(), r#"{"message":["The token has been blacklisted"]}"#);
        }
        assert_eq!(guarded(&layer, &other).await, None, "the user's other login");
    }
    assert!(!layer().revoke_family("a.b.c").await.unwrap());
}

/// Whatever the contract, and whatever was issued before.
async fn s47_everything_before_is_refused(layer: &AuthLayer<impl Lookup<User = User>>, clock: &ManualClock) {
    let paths = ["/auth/local", "/login", "/tokens"];
    let mut before = Vec::new();
    for path in paths {
        before.push(login(layer, path).await);
    }
    let exchange = authorized(request("POST", "/api/auth/token"), &basic("duane15", PASSWORD));
    before.push(send(layer, exchange).await.json()["token"].as_str().unwrap().to_owned());
    let successor = token_of(&refresh(layer, &before[2]).await);
    before.push(successor);
    layer.revoke_user(1).await.unwrap();
    for token in &before {
        assert_eq!(guarded(layer, token).await.map(RejectionKind::as_str), Some("superseded_token"), "{token}");
        let renewal = authorized(request("POST", "/api/auth/token"), &format!("Bearer {token}"));
        assert_eq!(send(layer, renewal).await.status, 403);
    }
    assert_eq!(refresh(layer, &before[4]).await.status, 401);
    // A login in the very second of the revocation is from after it.
    for path in paths {
        let after = login(layer, path).await;
        assert_eq!(guarded(layer, &after).await, None, "{path}");
    }
    clock.advance(40_320 * 60 - 100);
    assert_eq!(refresh(layer, &before[4]).await.status, 401);
}

#[tokio::test]
async fn s44_log_out_everywhere_ends_every_token_of_the_user_at_every_door() {
    for claims_only in [false, true] {
        let clock = ManualClock::at(NOW);
        let builder = builder().clock(clock.clone());
        let builder = if claims_only { builder.claims_only() } else { builder };
        s47_everything_before_is_refused(&builder.build(find_in(users())).unwrap(), &clock).await;
    }
}

#[tokio::test]
async fn log_out_everywhere_leaves_other_users_alone() {
    let layer = layer();
    let token = login(&layer, "/tokens").await;
    layer.revoke_user("2").await.unwrap();
    assert_eq!(guarded(&layer, &token).await, None);
    layer.revoke_user("1").await.unwrap();
    assert_eq!(guarded(&layer, &token).await, Some(RejectionKind::SupersededToken), "by text as by number");
}

#[tokio::test]
async fn of_the_accounts_moment_and_the_handles_the_later_one_wins() {
    let clock = ManualClock::at(NOW);
    let rows = Arc::new(Mutex::new(users()));
    let layer = builder().clock(clock.clone()).build(find_in_shared(Arc::clone(&rows))).unwrap();
    let first = login(&layer, "/login").await;
    rows.lock().unwrap()[0].valid_since = Some(NOW + 1);
    assert_eq!(guarded(&layer, &first).await, Some(RejectionKind::SupersededToken));
    clock.advance(10);
    let second = login(&layer, "/login").await;
    assert_eq!(guarded(&layer, &second).await, None);
    clock.advance(10);
    layer.revoke_user(1).await.unwrap();
    assert_eq!(guarded(&layer, &second).await, Some(RejectionKind::SupersededToken));
    clock.advance(10);
    let third = login(&layer, "/login").await;
    assert_eq!(guarded(&layer, &third).await, None);
    rows.lock().unwrap()[0].valid_since = Some(NOW + 31);
    assert_eq!(guarded(&layer, &third).await, Some(RejectionKind::SupersededToken));
}

/// The login between two revocations in one second is dated into the next one, and is all the same from before the second.
#[tokio::test]
async fn s44_log_out_everywhere_twice_within_a_second_spares_no_login_in_between() {
    for path in ["/login", "/tokens", "/auth/local"] {
        let layer = layer();
        let first = login(&layer, path).await;
        assert!(layer.revoke(&first).await.unwrap());
        let second = login(&layer, path).await;
        layer.revoke_user(1).await.unwrap();
        let third = login(&layer, path).await;
        assert_eq!(guarded(&layer, &third).await, None, "{path}");
        layer.revoke_user(1).await.unwrap();
        for token in [&second, &third] {
            assert_eq!(guarded(&layer, token).await, Some(RejectionKind::SupersededToken), "{path}");
        }
    }
}

/// It is dated as far ahead as may be, and so its window ends later than that of a token of now.
#[tokio::test]
async fn s44_who_was_logged_out_everywhere_is_so_until_the_window_of_the_last_token_ends() {
    let clock = ManualClock::at(NOW);
    let only_tokens = builder().without(AuthLocal::NAME).without(Login::NAME).without(AuthToken::NAME);
    let layer = only_tokens.leeway(Duration::ZERO).clock(clock.clone()).build(find_in(users())).unwrap();
    layer.revoke_user(1).await.unwrap();
    layer.revoke_user(1).await.unwrap();
    let token = login(&layer, "/tokens").await;
    layer.revoke_user(1).await.unwrap();
    let window = 40_320 * 60;
    for later in [window, window + 1, window + 2] {
        clock.set(NOW + later);
        let reply = send(&layer, request("PATCH", &format!("/tokens/{token}"))).await;
        assert_eq!((reply.status, reply.text()), (401, r#"{"message":["User not found"]}"#), "{later}");
    }
}

#[tokio::test]
async fn s64_a_user_has_no_more_sessions_than_can_be_looked_at() {
    let clock = ManualClock::at(NOW);
    let listed = builder().list_sessions().without_session_limit().clock(clock.clone()).lookup_verifies_passwords();
    let somebody = async |_| Ok::<_, BoxError>(Some(Account::new(1, User::Null).password_verified()));
    let layer = listed.build(somebody).unwrap();
    let mut tokens = Vec::new();
    for _ in 0..258 {
        clock.advance(1);
        tokens.push(login(&layer, "/tokens").await);
    }
    assert_eq!(layer.sessions(1).await.unwrap().len(), 256);
    for number in [0, 1, 2, 257] {
        let revoked = (number < 2).then_some(RejectionKind::RevokedToken);
        assert_eq!(guarded(&layer, &tokens[number]).await, revoked, "{number}");
    }
}

/// A layer whose first lookup says when it was `asked`, and answers when it may `go` on.
fn waiting(builder: AuthLayerBuilder, asked: &Arc<Notify>, go: &Arc<Notify>) -> AuthLayer<impl Lookup<User = User>> {
    let (asked, go, find) = (Arc::clone(asked), Arc::clone(go), find_in(users()));
    let waits = Arc::new(AtomicBool::new(true));
    let lookup = move |query| {
        let (asked, go, found) = (Arc::clone(&asked), Arc::clone(&go), find(query));
        let waits = waits.swap(false, Ordering::SeqCst);
        async move {
            if waits {
                asked.notify_one();
                go.notified().await;
            }
            found.await
        }
    };
    builder.build(lookup).unwrap()
}

/// A second click on "log out everywhere", and a third.
#[tokio::test]
async fn s44_a_login_after_several_within_a_second_counts_or_is_put_off() {
    for path in ["/login", "/tokens", "/auth/local"] {
        let clock = ManualClock::at(NOW);
        let layer = builder().clock(clock.clone()).build(find_in(users())).unwrap();
        let mut before = Vec::new();
        for _ in 0..2 {
            before.push(login(&layer, path).await);
            layer.revoke_user(1).await.unwrap();
        }
        let after = login(&layer, path).await;
        assert_eq!(guarded(&layer, &after).await, None, "{path}");
        before.push(after);
        layer.revoke_user(1).await.unwrap();
        layer.revoke_user(1).await.unwrap();
        let put_off = send(&layer, post_json(path, &credentials())).await;
        assert_eq!((put_off.status, put_off.header("retry-after")), (503, Some("1")), "{path}");
        clock.advance(1);
        let after = login(&layer, path).await;
        assert_eq!(guarded(&layer, &after).await, None, "{path}");
        for token in &before {
            assert_eq!(guarded(&layer, token).await, Some(RejectionKind::SupersededToken), "{path}");
        }
    }
}

/// Two servers. The next lookup of `halting`, once `waits` is set, tells `asked` and goes on when told to `go`.
struct Two<H, L> {
    halting: AuthLayer<H>,
    other: AuthLayer<L>,
    clocks: [ManualClock; 2],
    waits: Arc<AtomicBool>,
    asked: Arc<Notify>,
    go: Arc<Notify>,
}

fn two() -> Two<impl Lookup<User = User>, impl Lookup<User = User>> {
    let (waits, asked, go) = (Arc::new(AtomicBool::new(false)), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let clocks = [ManualClock::at(NOW), ManualClock::at(NOW)];
    let sessions = Arc::new(MemorySessions::with_capacity(100));
    let [ours, theirs] = clocks.clone().map(|clock| builder().session_store(Arc::clone(&sessions)).clock(clock));
    let other = theirs.build(find_in(users())).unwrap();
    let (waiting, tells, told, find) = (Arc::clone(&waits), Arc::clone(&asked), Arc::clone(&go), find_in(users()));
    let halting = ours.build(move |query| {
        let (tells, told, found) = (Arc::clone(&tells), Arc::clone(&told), find(query));
        let waits = waiting.swap(false, Ordering::SeqCst);
        async move {
            if waits {
                tells.notify_one();
                told.notified().await;
            }
            found.await
        }
    });
    Two { halting: halting.unwrap(), other, clocks, waits, asked, go }
}

/// An old system wrote its users' names differently, and the lookup knows whom they mean.
fn renamed() -> impl Lookup<User = User> {
    let find = find_in(users());
    move |query: Query| match query {
        Query::Subject { id, .. } if id.as_str() == Some("OLD-1") => find(Query::subject(1)),
        query => find(query),
    }
}

fn old_token(iat: u64) -> String {
    let exp = NOW + 3_600;
    hs256(HEADER, &format!(r#"{{"sub":"OLD-1","iss":"i","iat":{iat},"nbf":{iat},"exp":{exp},"jti":"{iat}"}}"#))
}

#[tokio::test]
async fn s33_whoever_is_revoked_is_so_by_tokens_that_call_them_otherwise_too() {
    let layer = builder().tickets("/auth/ticket").build(renamed()).unwrap();
    let asks = |token: &str| {
        let bearer = format!("Bearer {token}");
        [
            authorized(request("GET", "/me"), &bearer),
            authorized(request("POST", "/api/auth/token"), &bearer),
            authorized(request("POST", "/auth/ticket"), &bearer),
            request("PATCH", &format!("/tokens/{token}")),
        ]
    };
    let given =
        send(&layer, authorized(request("POST", "/auth/ticket"), &format!("Bearer {}", old_token(NOW - 3)))).await;
    let mut opening = request("GET", &format!("/ws?ticket={}", given.json()["ticket"].as_str().unwrap()));
    for (name, value) in [("connection", "Upgrade"), ("upgrade", "websocket")] {
        opening.headers_mut().insert(name, value.parse().unwrap());
    }
    for (token, expected) in [(old_token(NOW - 1), [200, 200, 200, 201]), (old_token(NOW - 2), [401, 403, 401, 401])] {
        if expected[0] == 401 {
            layer.revoke_user(1).await.unwrap();
        }
        for (ask, expected) in asks(&token).into_iter().zip(expected) {
            let what = format!("{} {}", ask.method(), ask.uri().path());
            assert_eq!(send(&layer, ask).await.status, expected, "{what}");
        }
    }
    assert_eq!(send(&layer, opening).await.status, 401, "a ticket from before");
}

/// A user who was revoked on another server, of which this one hears when it asks.
struct Behind(MemorySessions, UserKey);

impl SessionStore for Behind {
    leave_to!(
        0,
        [is_stale, is_revoked, valid_since, rotate, revoke, revoke_family, revoke_user, open, sessions, end_session]
    );

    fn catch_up(&self, _: TokenKey, user: UserKey, now: Timestamp) -> StoreFuture<'_, ()> {
        match user == self.1 {
            true => self.0.revoke_user(user, now, now, now + Duration::from_secs(3_600)),
            false => Box::pin(std::future::ready(Ok(()))),
        }
    }
}

#[tokio::test]
async fn s33_a_renewal_asks_for_both_names_of_its_user() {
    for (revoked, expected) in [("OLD-1", 403), ("1", 403), ("2", 200)] {
        let store = Behind(MemorySessions::default(), UserKey::of(&revoked.into()));
        let layer = builder().session_store(store).build(renamed()).unwrap();
        let renewal = authorized(request("POST", "/api/auth/token"), &format!("Bearer {}", old_token(NOW - 60)));
        assert_eq!(send(&layer, renewal).await.status, expected, "{revoked}");
    }
}

/// By how many seconds the clock of the halting server is ahead, and how many pass before the revocation.
const MOMENTS: [(u64, u64); 3] = [(0, 0), (0, 1), (1, 0)];

/// Dated ahead, as a login of this second, its token would outlive the revocation.
#[tokio::test]
async fn s43_a_renewal_under_way_while_the_user_is_revoked_is_refused() {
    for moment in MOMENTS {
        let Two { halting, other, clocks, waits, asked, go } = two();
        let stolen = login(&other, "/login").await;
        clocks[0].advance(moment.0);
        waits.store(true, Ordering::SeqCst);
        let under_way = {
            let renewal = authorized(request("POST", "/api/auth/token"), &format!("Bearer {stolen}"));
            let halting = halting.clone();
            tokio::spawn(async move { send(&halting, renewal).await.status })
        };
        asked.notified().await;
        for clock in &clocks {
            clock.advance(moment.1);
        }
        other.revoke_user(1).await.unwrap();
        go.notify_one();
        assert_eq!(under_way.await.unwrap(), 403, "{moment:?}");
        assert_eq!(guarded(&halting, &stolen).await, Some(RejectionKind::SupersededToken));
    }
}

/// Whether it was before or after, nobody can tell, so everything is asked again.
#[tokio::test]
async fn s43_a_login_under_way_while_the_user_is_revoked_is_one_from_after() {
    for moment in MOMENTS {
        let Two { halting, other, clocks, waits, asked, go } = two();
        clocks[0].advance(moment.0);
        waits.store(true, Ordering::SeqCst);
        let under_way = {
            let halting = halting.clone();
            tokio::spawn(async move { login(&halting, "/login").await })
        };
        asked.notified().await;
        for clock in &clocks {
            clock.advance(moment.1);
        }
        other.revoke_user(1).await.unwrap();
        go.notify_one();
        assert_eq!(guarded(&halting, &under_way.await.unwrap()).await, None, "{moment:?}");
    }
}

/// The password is changed, and everything revoked, after the lookup of a login read the old one.
#[tokio::test]
async fn s43_a_login_by_the_old_password_under_way_in_the_second_of_its_change_is_refused() {
    let (asked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let changed = Arc::new(AtomicBool::new(false));
    let layer = {
        let (asked, go, changed) = (Arc::clone(&asked), Arc::clone(&go), Arc::clone(&changed));
        builder().clock(ManualClock::at(NOW)).build(move |_| {
            let (asked, go, changed) = (Arc::clone(&asked), Arc::clone(&go), changed.load(Ordering::SeqCst));
            async move {
                if !changed {
                    asked.notify_one();
                    go.notified().await;
                }
                let account = Account::new(1, json!({"username": "duane15"}));
                let hash = if changed { StoredPassword::hash("battery staple")? } else { BCRYPT.to_owned() };
                Ok::<_, BoxError>(Some(account.password_hash(hash)))
            }
        })
    }
    .unwrap();
    let under_way = {
        let layer = layer.clone();
        tokio::spawn(async move { send(&layer, post_json("/login", &credentials())).await.status })
    };
    asked.notified().await;
    changed.store(true, Ordering::SeqCst);
    layer.revoke_user(1).await.unwrap();
    go.notify_one();
    assert_eq!(under_way.await.unwrap(), 404);
}

/// Nor does one begin again: the store has forgotten the sessions from before.
#[tokio::test]
async fn s43_a_refresh_under_way_while_the_user_is_revoked_is_refused() {
    let clock = ManualClock::at(NOW);
    let (asked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let layer = waiting(builder().clock(clock.clone()).list_sessions(), &asked, &go);
    let under_way = {
        let layer = layer.clone();
        tokio::spawn(async move { refresh(&layer, &refreshable_token(NOW)).await })
    };
    asked.notified().await;
    clock.advance(1);
    layer.revoke_user(1).await.unwrap();
    go.notify_one();
    let reply = under_way.await.unwrap();
    assert_eq!((reply.status, reply.text()), (401, r#"{"message":["User not found"]}"#));
    assert!(layer.sessions(1).await.unwrap().is_empty());
}

/// A contract without `jti` writes the same token twice in one second, which must not be the one that was just revoked.
#[tokio::test]
async fn a_login_in_the_second_of_a_logout_works() {
    for leeway in [0, 10] {
        let clock = ManualClock::at(NOW);
        let layer = builder().leeway(secs(leeway)).clock(clock.clone()).build(find_in(users())).unwrap();
        for path in ["/auth/local", "/login"] {
            let first = login(&layer, path).await;
            assert!(layer.revoke(&first).await.unwrap());
            let second = login(&layer, path).await;
            assert_ne!(first, second);
            clock.advance(1);
            assert_eq!(guarded(&layer, &second).await, None, "{path}, leeway {leeway}");
            assert_eq!(guarded(&layer, &first).await, Some(RejectionKind::RevokedToken));
        }
    }
}

/// A store that notes until when it is asked to remember.
struct Until(MemorySessions, Arc<Mutex<Vec<Timestamp>>>);

impl SessionStore for Until {
    leave_to!(0, [answers, revoke_family, rotate, open, sessions, end_session]);

    fn revoke_user(&self, user: UserKey, now: Timestamp, since: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        self.1.lock().unwrap().push(until);
        self.0.revoke_user(user, now, since, until)
    }

    fn revoke(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        self.1.lock().unwrap().push(until);
        self.0.revoke(token, now, until)
    }
}

#[tokio::test]
async fn s64_a_token_that_cannot_be_refreshed_is_remembered_until_it_expires() {
    let noted = Arc::new(Mutex::new(Vec::new()));
    let sessions = Until(MemorySessions::default(), Arc::clone(&noted));
    let layer = builder().leeway(secs(10)).session_store(sessions).build(find_in(users())).unwrap();
    let refreshable = refreshable_token(NOW);
    for token in [login(&layer, "/login").await, good_token(), refreshable] {
        assert!(layer.revoke(&token).await.unwrap());
    }
    let (login, own, window) = (108 * 3_600, 3_600, 40_320 * 60);
    let expected = [login, own, window].map(|life| Timestamp::from_unix_seconds(NOW + life + 11));
    assert_eq!(*noted.lock().unwrap(), expected);
}

/// Of another issuer's tokens nobody knows how long they live, so nobody forgets too early.
#[tokio::test]
async fn s44_logging_out_everywhere_outlives_the_tokens_of_another_issuer() {
    let years = |number: u64| Timestamp::from_unix_seconds(NOW + number * 365 * 86_400);
    for (foreign, longest, knows) in [(true, None, false), (true, Some(3_600), true), (false, None, true)] {
        let noted = Arc::new(Mutex::new(Vec::new()));
        let theirs = VerifyingKey::secret(Algorithm::Hs256, "another issuer's secret, long enough").unwrap();
        let theirs = foreign.then(|| theirs.issuer("https://elsewhere.example").audience("us"));
        let builder = theirs.into_iter().fold(builder(), AuthLayerBuilder::verifying_key);
        let builder = longest.map(secs).into_iter().fold(builder, AuthLayerBuilder::longest_token);
        let layer = builder
            .session_store(Until(MemorySessions::default(), Arc::clone(&noted)))
            .build(find_in(users()))
            .unwrap();
        layer.revoke_user(1).await.unwrap();
        let until = noted.lock().unwrap()[0];
        assert!(until >= if knows { Timestamp::from_unix_seconds(NOW + 86_400) } else { years(10) });
        assert_eq!(knows, until < years(1));
    }
}

/// A server that only guards, beside one that logs in: what it revokes is revoked for as long as that one's tokens last.
#[tokio::test]
async fn s44_a_layer_without_contracts_does_not_forget_whom_it_logged_out() {
    let clock = ManualClock::at(NOW);
    let layer = builder().without_contracts().clock(clock.clone()).build(find_in(users())).unwrap();
    let token = hs256(HEADER, &format!(r#"{{"id":1,"iat":{NOW},"exp":{}}}"#, NOW + 30 * 86_400));
    assert_eq!(guarded(&layer, &token).await, None);
    layer.revoke_user(1).await.unwrap();
    for days in [0, 1, 29] {
        clock.set(NOW + days * 86_400);
        assert_eq!(guarded(&layer, &token).await, Some(RejectionKind::SupersededToken), "{days}");
    }
}

#[tokio::test]
async fn s47_what_is_revoked_here_is_so_for_as_long_as_another_layer_over_the_store_refreshes_it() {
    for (longest, revoked, expected) in [(Some(28 * 86_400), true, 401), (None, true, 201), (Some(86_400), true, 201)] {
        let (store, clock) = (Arc::new(MemorySessions::default()), ManualClock::at(NOW));
        let sharing = || builder().session_store(Arc::clone(&store)).clock(clock.clone());
        let guarding =
            longest.map(secs).into_iter().fold(sharing().without_contracts(), AuthLayerBuilder::longest_token);
        let (guarding, refreshing) =
            (guarding.build(find_in(users())).unwrap(), sharing().build(find_in(users())).unwrap());
        let token = refreshable_token(NOW);
        assert_eq!(guarding.revoke_family(&token).await.unwrap(), revoked);
        clock.set(NOW + 15 * 86_400);
        let refresh = request("PATCH", &format!("/tokens/{token}"));
        assert_eq!(send(&refreshing, refresh).await.status, expected, "{longest:?}");
    }
}

/// There are only so many tokens without `jti` to a second.
#[tokio::test]
async fn a_login_after_many_logouts_in_one_second_is_put_off_to_the_next() {
    let clock = ManualClock::at(NOW);
    let layer = builder().clock(clock.clone()).build(find_in(users())).unwrap();
    for _ in 0..3 {
        assert!(layer.revoke(&login(&layer, "/login").await).await.unwrap());
    }
    let put_off = send(&layer, post_json("/login", &credentials())).await;
    assert_eq!((put_off.status, put_off.header("retry-after")), (503, Some("1")));
    clock.advance(3);
    let token = login(&layer, "/login").await;
    assert_eq!(guarded(&layer, &token).await, None);
}

#[tokio::test]
async fn s43_one_winner_in_a_thousand_rounds_of_twenty_parallel_refreshes() {
    let layer = builder().without_session_limit().build(find_in(users())).unwrap();
    for round in 0..1000 {
        let claims = format!(
            r#"{{"sub":1,"iss":"http://old","iat":{NOW},"exp":{},"nbf":{NOW},"jti":"round{round:011}"}}"#,
            NOW + 3600
        );
        let token = hs256(r#"{"typ":"JWT","alg":"HS256"}"#, &claims);
        let calls: Vec<_> = (0..20)
            .map(|_| {
                let (layer, token) = (layer.clone(), token.clone());
                tokio::spawn(async move { token_of(&refresh(&layer, &token).await) })
            })
            .collect();
        let mut successors = Vec::new();
        for call in calls {
            successors.push(call.await.unwrap());
        }
        successors.dedup();
        assert_eq!(successors.len(), 1, "round {round}");
    }
}

/// A store that rests in the middle of a refresh, until it is told to go on.
struct Resting {
    sessions: MemorySessions,
    asked: Arc<tokio::sync::Notify>,
    go: Arc<tokio::sync::Notify>,
}

impl SessionStore for Resting {
    leave_to!(sessions, [answers, revoke, revoke_family, revoke_user, open, sessions, end_session]);

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        Box::pin(async {
            self.asked.notify_one();
            self.go.notified().await;
            self.sessions.rotate(rotation).await
        })
    }
}

#[tokio::test]
async fn s43_a_refresh_under_way_while_its_family_is_revoked_is_refused() {
    let (asked, go) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let store = Resting { sessions: MemorySessions::default(), asked: Arc::clone(&asked), go: Arc::clone(&go) };
    let layer = builder().session_store(store).build(find_in(users())).unwrap();
    let token = login(&layer, "/tokens").await;
    let under_way = {
        let (layer, token) = (layer.clone(), token.clone());
        tokio::spawn(async move { refresh(&layer, &token).await })
    };
    asked.notified().await;
    assert!(layer.revoke_family(&token).await.unwrap());
    go.notify_one();
    let reply = under_way.await.unwrap();
    assert_eq!((reply.status, reply.text()), (401, r#"{"message":["The token has been blacklisted"]}"#));
}

/// A store in which a session ends just before it is renewed.
struct Ending(MemorySessions);

impl SessionStore for Ending {
    leave_to!(0, [answers, rotate, revoke, revoke_family, revoke_user, sessions, end_session]);

    fn open(&self, opening: Opening) -> StoreFuture<'_, bool> {
        Box::pin(async {
            if let Some(old) = opening.renews {
                self.0.revoke_family(old, opening.now, opening.until).await?;
            }
            self.0.open(opening).await
        })
    }
}

#[tokio::test]
async fn s43_a_renewal_of_a_session_that_ends_meanwhile_is_refused_as_of_a_revoked_token() {
    let clock = ManualClock::at(NOW);
    let builder = builder().clock(clock.clone()).session_store(Ending(MemorySessions::default()));
    let layer = builder.max_sessions(3).build(find_in(users())).unwrap();
    let exchange = authorized(request("POST", "/api/auth/token"), &basic("duane15", PASSWORD));
    let token = send(&layer, exchange).await.json()["token"].as_str().unwrap().to_owned();
    let renewal = || authorized(request("POST", "/api/auth/token"), &format!("Bearer {token}"));
    // Of the same second they would be one token.
    clock.advance(1);
    for _ in 0..2 {
        let reply = send(&layer, renewal()).await;
        assert_eq!((reply.status, reply.text(), reply.header("retry-after")), (403, "", None));
    }
}

/// A store whose list of revocations has gone stale.
struct Stale(MemorySessions);

impl SessionStore for Stale {
    leave_to!(
        0,
        [is_revoked, valid_since, catch_up, rotate, revoke, revoke_family, revoke_user, open, sessions, end_session]
    );

    fn is_stale(&self, now: Timestamp) -> bool {
        now >= Timestamp::from_unix_seconds(NOW + 30)
    }
}

#[tokio::test]
async fn s60_a_stale_list_answers_503_and_not_yet_stale_goes_on() {
    let clock = ManualClock::at(NOW + 29);
    let layer =
        builder().clock(clock.clone()).session_store(Stale(MemorySessions::default())).build(find_in(users())).unwrap();
    assert_eq!(guarded(&layer, &good_token()).await, None);
    clock.advance(1);
    let reply = send(&layer, bearer(&good_token())).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    let renewal = authorized(request("POST", "/api/auth/token"), &format!("Bearer {}", good_token()));
    assert_eq!(send(&layer, renewal).await.status, 503, "and no new token for one that may be revoked");
}

#[tokio::test]
async fn s45_a_sliding_window_counts_from_the_last_refresh_and_an_absolute_one_from_the_login() {
    let (ttl, window) = (60, 120);
    for sliding in [false, true] {
        let clock = ManualClock::at(NOW);
        let tokens = Tokens::new().ttl(mins(ttl)).refresh_ttl(mins(window));
        let tokens = if sliding { tokens.sliding_refresh() } else { tokens };
        let layer = builder().clock(clock.clone()).dialect(tokens).build(find_in(users())).unwrap();
        let first = login(&layer, "/tokens").await;
        clock.advance(100 * 60);
        let second = token_of(&refresh(&layer, &first).await);
        clock.advance(100 * 60);
        let reply = refresh(&layer, &second).await;
        if sliding {
            let third = token_of(&reply);
            let (_, claims) = decoded(&third);
            assert!(claims.contains(&format!(r#""iat":{NOW}"#)), "the login stays what it was: {claims}");
            assert!(layer.revoke_family(&first).await.unwrap() || layer.revoke_family(&third).await.unwrap());
            clock.advance(100 * 60);
            assert_eq!(refresh(&layer, &third).await.status, 401, "what was revoked is remembered as long");
        } else {
            let expected = r#"{"message":["Token has expired and can no longer be refreshed"]}"#;
            assert_eq!((reply.status, reply.text()), (401, expected));
        }
        let fourth = login(&layer, "/tokens").await;
        clock.advance(window * 60 + 1);
        assert_eq!(refresh(&layer, &fourth).await.status, 401, "the window itself stays");
    }
}

#[tokio::test(start_paused = true)]
async fn s47_a_family_is_remembered_for_as_long_as_any_contract_refreshes_it() {
    // Minutes after the refresh: the window of `mobile` is still open, that of `tokens` is not, nor is anything good.
    for (sliding, logs_out, later) in [(false, false, 75), (false, true, 75), (true, true, 150)] {
        let clock = ManualClock::at(NOW);
        let sessions = Arc::new(MemorySessions::with_capacity(3));
        let tokens = Tokens::new().ttl(mins(60)).refresh_ttl(mins(180));
        let layer = builder()
            .clock(clock.clone())
            .dialect(Tokens::new().ttl(mins(60)).refresh_ttl(mins(120)))
            .dialect(Variant::mobile(if sliding { tokens.sliding_refresh() } else { tokens }))
            .session_store(Arc::clone(&sessions))
            .build(find_in(users()))
            .unwrap();
        let first = login(&layer, "/tokens").await;
        clock.advance(100 * 60);
        let second = token_of(&refresh(&layer, &first).await);
        if logs_out {
            assert!(layer.revoke_family(&second).await.unwrap());
        }
        clock.advance(later * 60);
        let now = clock.now();
        for byte in 0..6 {
            // Others want room, and have it of what has had its time for a minute, or not at all.
            let _ = sessions.revoke(TokenKey::from_bytes([byte; 16]), now, now).await;
            tokio::time::advance(Duration::from_secs(60)).await;
        }
        let shown = if sliding { &second } else { &first };
        let reply = send(&layer, request("PATCH", &format!("/mobile/{shown}"))).await;
        let expected = r#"{"message":["The token has been blacklisted"]}"#;
        assert_eq!((reply.status, reply.text()), (401, expected), "sliding {sliding}, logout {logs_out}");
    }
}

/// A retry at another contract is answered in that contract's words, which may let the successor live for longer.
#[tokio::test]
async fn s47_whatever_contract_signed_the_successor_it_ends_with_its_family() {
    let days = |number: u64| number * 24 * 3600;
    for end in ["logout", "family", "token", "session", "reuse", "bound"] {
        let clock = ManualClock::at(NOW);
        let layer = builder()
            .clock(clock.clone())
            .dialect(Tokens::new().ttl(mins(60)).refresh_ttl(mins(40_320)).logout())
            .dialect(Variant::mobile(Tokens::new().ttl(mins(20_160)).refresh_ttl(mins(40_320))))
            .max_sessions(1)
            .build(find_in(users()))
            .unwrap();
        let first = login(&layer, "/tokens").await;
        clock.advance(days(20));
        let short = token_of(&refresh(&layer, &first).await);
        let long = token_of(&send(&layer, request("PATCH", &format!("/mobile/{first}"))).await);
        let name = |token: &str| decoded(token).1.split(r#""jti":"#).last().unwrap().to_owned();
        assert_eq!(name(&short), name(&long), "one successor");
        clock.advance(days(1));
        match end {
            "logout" => assert_eq!(send(&layer, request("DELETE", &format!("/tokens/{long}"))).await.status, 204),
            "family" => assert!(layer.revoke_family(&first).await.unwrap()),
            "token" => assert!(layer.revoke(&long).await.unwrap()),
            "session" => {
                let session = layer.sessions(1).await.unwrap()[0].id;
                assert!(layer.end_session(1, session).await.unwrap());
            }
            "reuse" => assert_eq!(refresh(&layer, &first).await.status, 401),
            _ => drop(login(&layer, "/tokens").await),
        }
        for moment in ["at once", "while the successor lasts"] {
            assert_eq!(guarded(&layer, &long).await, Some(RejectionKind::RevokedToken), "{end}, {moment}");
            clock.advance(days(8));
        }
    }
}

#[tokio::test]
async fn s47_a_revoked_token_whose_window_passes_during_the_lookup_is_not_refreshed() {
    let clock = ManualClock::at(NOW);
    let passing = clock.clone();
    let find = move |query: Query| {
        if matches!(query, Query::Subject { .. }) {
            passing.advance(1);
        }
        find_in(users())(query)
    };
    let tokens = Tokens::new().ttl(mins(60)).refresh_ttl(mins(60));
    let layer = builder().clock(clock.clone()).leeway(secs(0)).dialect(tokens).build(find).unwrap();
    let token = login(&layer, "/tokens").await;
    assert!(layer.revoke(&token).await.unwrap());
    clock.set(NOW + 3_600);
    let reply = refresh(&layer, &token).await;
    let expected = r#"{"message":["Token has expired and can no longer be refreshed"]}"#;
    assert_eq!((reply.status, reply.text()), (401, expected));
}

#[tokio::test]
async fn sessions_are_listed_with_what_the_application_calls_the_client() {
    let layer = builder()
        .label_sessions_with(|request| request.headers.get("user-agent")?.to_str().ok().map(str::to_owned))
        .build(find_in(users()))
        .unwrap();
    let body = json!({ "login": "duane15", "password": PASSWORD });
    let mut from_phone = post_json("/tokens", &body);
    from_phone.headers_mut().insert("user-agent", "phone".repeat(100).parse().unwrap());
    let phone = token_of(&send(&layer, from_phone).await);
    let other = login(&layer, "/login").await;
    let sessions = layer.sessions(1).await.unwrap();
    let labels: Vec<_> = sessions.iter().map(|session| session.label.clone()).collect();
    assert!(labels.contains(&None) && labels.contains(&Some("phone".repeat(100)[..256].to_owned())), "{labels:?}");
    let session = sessions.iter().find(|session| session.label.is_some()).unwrap();
    assert_eq!((session.issued_at, session.refreshed_at), (Timestamp::from_unix_seconds(NOW), None));

    let id = session.id.to_string().parse().unwrap();
    assert!(!layer.end_session(2, id).await.unwrap(), "somebody else's");
    assert_eq!(guarded(&layer, &phone).await, None);
    assert!(layer.end_session(1, id).await.unwrap());
    assert_eq!(guarded(&layer, &phone).await, Some(RejectionKind::RevokedToken));
    assert_eq!(refresh(&layer, &phone).await.status, 401);
    assert_eq!(guarded(&layer, &other).await, None);
    assert_eq!(layer.sessions(1).await.unwrap().len(), 1);
    layer.revoke_user(1).await.unwrap();
    assert!(layer.sessions(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn beyond_the_bound_the_oldest_session_ends() {
    let clock = ManualClock::at(NOW);
    let layer = builder().clock(clock.clone()).max_sessions(2).build(find_in(users())).unwrap();
    let mut tokens = Vec::new();
    // All within one second, which is what claims count.
    for path in ["/login", "/tokens", "/auth/local"] {
        tokens.push(login(&layer, path).await);
    }
    clock.advance(1);
    assert_eq!(guarded(&layer, &tokens[0]).await, Some(RejectionKind::RevokedToken));
    assert_eq!(guarded(&layer, &tokens[1]).await, None);
    assert_eq!(guarded(&layer, &tokens[2]).await, None);
    // A renewal goes on with its session, and ends nobody's.
    let renewal = authorized(request("POST", "/api/auth/token"), &format!("Bearer {}", tokens[2]));
    let renewed = send(&layer, renewal).await.json()["token"].as_str().unwrap().to_owned();
    for token in [&tokens[1], &tokens[2], &renewed] {
        assert_eq!(guarded(&layer, token).await, None);
    }
    assert_eq!(layer.sessions(1).await.unwrap().len(), 2);
}

#[tokio::test]
async fn without_a_list_a_login_leaves_no_trace_and_a_list_is_refused() {
    let sessions = Arc::new(MemorySessions::default());
    let layer = builder().session_store(Arc::clone(&sessions)).build(find_in(users())).unwrap();
    login(&layer, "/tokens").await;
    assert!(sessions.is_empty() && sessions.is_unused());
    let error = layer.sessions(1).await.unwrap_err();
    assert_eq!(error.to_string(), "sessions are not listed: build the layer with `list_sessions()`");
    assert!(layer.end_session(1, "0".repeat(32).parse().unwrap()).await.is_err());
}

#[tokio::test]
async fn s60_a_login_that_cannot_be_listed_is_refused_in_the_contracts_shape() {
    let layer =
        builder().list_sessions().session_store(MemorySessions::with_capacity(0)).build(find_in(users())).unwrap();
    let words = "The service is unavailable at the moment, please try again";
    let body = json!({ "identifier": "duane15", "username": "duane15", "login": "duane15", "password": PASSWORD });
    for (path, expected) in [
        ("/auth/local", format!(r#"{{"statusCode":503,"error":"Service Unavailable","message":"{words}"}}"#)),
        ("/login", format!(r#"{{"message":"{words}"}}"#)),
        ("/tokens", format!(r#"{{"message":["{words}"]}}"#)),
    ] {
        let reply = send(&layer, post_json(path, &body)).await;
        assert_eq!((reply.status, reply.text(), reply.header("retry-after")), (503, &*expected, Some("1")));
    }
    let exchange = authorized(request("POST", "/api/auth/token"), &basic("duane15", PASSWORD));
    assert_eq!(send(&layer, exchange).await.json()["status"], 503);
}
