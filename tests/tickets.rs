//! Tickets: fetched with credentials, good for one WebSocket and ten seconds, and for nothing else.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use serde_json::{Value, json};
use support::*;
use tokio::{sync::Notify, time::advance};
use tower::{Layer, service_fn};
use tower_auth::{
    Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Clock, Identity, Lookup, Query, Rejection, RejectionKind,
    SigningKey, Timestamp, TokenCookie, VerifyingKey,
    dialect::AuthToken,
    store::{MemorySessions, Rotated, Rotation, SessionStore, StoreFuture, TokenKey},
};

fn with_tickets() -> AuthLayerBuilder {
    builder().tickets("/auth/ticket")
}

fn with(mut request: Request<Full<Bytes>>, name: &'static str, value: &str) -> Request<Full<Bytes>> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

fn upgrade(path: &str) -> Request<Full<Bytes>> {
    with(with(request("GET", path), "connection", "Upgrade"), "upgrade", "websocket")
}

fn open(ticket: &str) -> Request<Full<Bytes>> {
    upgrade(&format!("/ws?ticket={ticket}&room=1"))
}

fn ask(authorization: &str) -> Request<Full<Bytes>> {
    authorized(request("POST", "/auth/ticket"), authorization)
}

/// Who reached the inner service, by what, and to which URI.
async fn look<L: Lookup<User = User>>(layer: &AuthLayer<L>, request: Request<Full<Bytes>>) -> Reply {
    let service = layer.layer(service_fn(async |request: Request<Full<Bytes>>| {
        let identity = Identity::<User>::of(request.extensions()).unwrap();
        let claims = identity.claims().map(|claims| claims.get::<Value>().unwrap());
        let body = json!({
            "uri": request.uri().to_string(),
            "id": identity.id(),
            "scheme": identity.scheme().as_str(),
            "claims": claims,
            "user": identity.user(),
            "reads": identity.has_scope("read"),
        });
        Ok::<_, BoxError>(Response::new(Full::new(Bytes::from(body.to_string()))))
    }));
    read(service, request).await
}

async fn ticket<L: Lookup<User = User>>(layer: &AuthLayer<L>, authorization: &str) -> String {
    let reply = look(layer, ask(authorization)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["ticket"].as_str().unwrap().to_owned()
}

#[track_caller]
fn assert_refused(reply: &Reply, expected: RejectionKind, case: &str) {
    let kind = reply.extensions.get::<Rejection>().unwrap_or_else(|| panic!("{case}: {reply:?}")).kind();
    assert_eq!((reply.status, kind), (401, expected), "{case}");
}

fn scoped_token() -> String {
    hs256(HEADER, &format!(r#"{{"id":1,"iat":{NOW},"exp":{},"scope":"read","deep":{{"a":[1,2]}}}}"#, NOW + 3600))
}

#[tokio::test]
async fn a_ticket_admits_once_as_whoever_showed_the_token() {
    for claims_only in [false, true] {
        let builder = if claims_only { with_tickets().claims_only() } else { with_tickets() };
        let layer = builder.build(find_in(users())).unwrap();
        let reply = look(&layer, ask(&format!("Bearer {}", scoped_token()))).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
        assert_eq!((reply.header("cache-control"), reply.header("pragma")), (Some("no-store"), Some("no-cache")));
        let body = reply.json();
        let ticket = body["ticket"].as_str().unwrap();
        assert_eq!(reply.text(), format!(r#"{{"ticket":"{ticket}","expires_in":10}}"#));

        let reply = look(&layer, open(ticket)).await;
        let seen = reply.json();
        assert_eq!(seen["uri"], "/ws?room=1");
        assert_eq!((&seen["id"], &seen["scheme"]), (&json!(1), &json!("bearer")));
        assert_eq!(seen["claims"]["deep"], json!({ "a": [1, 2] }), "the token's own claims");
        assert_eq!(seen["claims"]["exp"], NOW + 3600);
        assert_eq!(seen["reads"], true);
        assert_eq!(seen["user"].is_null(), claims_only);
        assert_eq!(reply.header("cache-control"), Some("private"));

        assert_refused(&look(&layer, open(ticket)).await, RejectionKind::RevokedToken, "again");
    }
}

#[tokio::test]
async fn a_ticket_for_a_password_is_a_password_s() {
    for claims_only in [false, true] {
        let builder = if claims_only { with_tickets().claims_only() } else { with_tickets() };
        let layer = builder.build(find_in(users())).unwrap();
        let ticket = ticket(&layer, &basic("duane15", PASSWORD)).await;
        let seen = look(&layer, open(&ticket)).await.json();
        assert_eq!((&seen["id"], &seen["scheme"], &seen["claims"]), (&json!(1), &json!("basic"), &Value::Null));
        assert_eq!(seen["user"]["username"], "duane15");
        assert_refused(&look(&layer, open(&ticket)).await, RejectionKind::RevokedToken, "again");
    }
}

/// Sessions whose one step is taken only when twenty are about to take it.
struct AtOnce {
    inner: MemorySessions,
    arrived: tokio::sync::Barrier,
}

impl SessionStore for AtOnce {
    leave_to!(inner, [answers, revoke, revoke_family, revoke_user, open, sessions, end_session]);

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        Box::pin(async move {
            self.arrived.wait().await;
            self.inner.rotate(rotation).await
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_parallel_uses_one_is_admitted() {
    for claims_only in [false, true] {
        let sessions = AtOnce { inner: MemorySessions::default(), arrived: tokio::sync::Barrier::new(20) };
        let builder = with_tickets().session_store(sessions);
        let builder = if claims_only { builder.claims_only() } else { builder };
        let layer = Arc::new(builder.build(find_in(users())).unwrap());
        let ticket = ticket(&layer, &format!("Bearer {}", good_token())).await;
        let mut uses = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (layer, ticket) = (Arc::clone(&layer), ticket.clone());
            uses.spawn(async move { look(&layer, open(&ticket)).await.status });
        }
        let mut statuses = uses.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [&[200][..], &[401; 19]].concat());
    }
}

#[tokio::test]
async fn a_ticket_is_good_for_ten_seconds_and_no_longer_than_its_token() {
    let clock = ManualClock::at(NOW);
    let layer = with_tickets().clock(clock.clone()).build(find_in(users())).unwrap();
    let late = ticket(&layer, &format!("Bearer {}", good_token())).await;
    let just = ticket(&layer, &format!("Bearer {}", good_token())).await;
    clock.advance(9);
    assert_eq!(look(&layer, open(&just)).await.status, 200);
    clock.advance(1);
    assert_refused(&look(&layer, open(&late)).await, RejectionKind::ExpiredToken, "after ten seconds");

    // The token itself is good until its `exp` and the leeway.
    clock.set(NOW);
    let short = hs256(HEADER, &format!(r#"{{"id":1,"iat":{NOW},"exp":{}}}"#, NOW - 6));
    let reply = look(&layer, ask(&format!("Bearer {short}"))).await;
    assert_eq!(reply.json()["expires_in"], 4);
}

#[tokio::test]
async fn a_ticket_opens_a_websocket_and_nothing_else() {
    let layer = with_tickets().optional("/open").token_header("x-access-token").build(find_in(users())).unwrap();
    let ticket = ticket(&layer, &format!("Bearer {}", good_token())).await;
    let plain = look(&layer, request("GET", &format!("/ws?ticket={ticket}"))).await;
    assert_refused(&plain, RejectionKind::MissingCredentials, "no upgrade");
    for (case, sent) in [
        ("as bearer", bearer(&ticket)),
        ("as a header", with(upgrade("/ws"), "x-access-token", &ticket)),
        ("for another ticket", ask(&format!("Bearer {ticket}"))),
    ] {
        assert_refused(&look(&layer, sent).await, RejectionKind::UnsupportedToken, case);
    }
    let renewed = look(&layer, authorized(request("POST", "/api/auth/token"), &format!("Bearer {ticket}"))).await;
    assert_eq!(renewed.status, 403);
    let refreshed = look(&layer, request("PATCH", &format!("/tokens/{ticket}"))).await;
    assert_eq!(refreshed.text(), r#"{"message":["Token Signature could not be verified."]}"#);

    // Nor a token as a ticket, nor a ticket beside another credential.
    for token in [good_token(), refreshable_token(NOW)] {
        assert_refused(&look(&layer, open(&token)).await, RejectionKind::UnsupportedToken, "a token");
    }
    let both = look(&layer, authorized(open(&ticket), &format!("Bearer {}", good_token()))).await;
    assert_eq!(both.status, 400);
    let twice = look(&layer, upgrade(&format!("/open?ticket={ticket}&tic%6Bet={ticket}"))).await;
    assert_eq!(twice.status, 400);
    // Nothing of that used it up.
    assert_eq!(look(&layer, upgrade(&format!("/open?%74icket={ticket}"))).await.json()["uri"], "/open");
}

#[tokio::test]
async fn s23_without_the_knob_there_are_no_tickets() {
    let given = with_tickets().build(find_in(users())).unwrap();
    let ticket = ticket(&given, &format!("Bearer {}", good_token())).await;
    let layer = layer();
    assert_refused(&look(&layer, open(&ticket)).await, RejectionKind::MissingCredentials, "off");
    let reply = look(&layer, ask(&format!("Bearer {}", good_token()))).await;
    assert_eq!(reply.json()["uri"], "/auth/ticket", "the path is the inner service's");
    let get = authorized(request("GET", "/auth/ticket"), &format!("Bearer {}", good_token()));
    assert_eq!(look(&given, get).await.json()["uri"], "/auth/ticket", "and so are other methods");
}

/// The parameter is the inner service's wherever it can be no ticket, and nobody comes in by it.
#[tokio::test]
async fn s23_what_cannot_be_a_ticket_stays_in_the_uri() {
    let good = good_token();
    let given = with_tickets().build(find_in(users())).unwrap();
    let plain = authorized(request("GET", "/search?ticket=5&a=1"), &format!("Bearer {good}"));
    assert_eq!(look(&given, plain).await.json()["uri"], "/search?ticket=5&a=1", "no upgrade");

    let without = builder().websocket_tokens().build(find_in(users())).unwrap();
    let offer = with(upgrade("/ws?ticket=5"), "sec-websocket-protocol", &format!("bearer, {good}"));
    assert_eq!(look(&without, offer).await.json()["uri"], "/ws?ticket=5", "no tickets");
    let ticket = ticket(&given, &format!("Bearer {good}")).await;
    assert_refused(&look(&without, open(&ticket)).await, RejectionKind::MissingCredentials, "no tickets");
}

#[tokio::test]
async fn lenient_paths_give_tickets_with_a_slash_at_either_end_of_the_comparison() {
    for known in ["/auth/ticket", "/auth/ticket/"] {
        let layer = builder().tickets(known).lenient_paths().build(find_in(users())).unwrap();
        for path in ["/auth/ticket", "/auth/ticket/", "/AUTH/Ticket"] {
            let reply = look(&layer, authorized(request("POST", path), &format!("Bearer {}", good_token()))).await;
            assert!(reply.json()["ticket"].is_string(), "{known} {path}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn a_ticket_is_given_for_good_credentials_only() {
    let layer = with_tickets().token_cookie(TokenCookie::new("token")).build(find_in(users())).unwrap();
    let cookie = || with(request("POST", "/auth/ticket"), "cookie", &format!("token={}", good_token()));
    assert_refused(&look(&layer, request("POST", "/auth/ticket")).await, RejectionKind::MissingCredentials, "none");
    assert_refused(&look(&layer, ask("Bearer a.b.c")).await, RejectionKind::MalformedToken, "bad");
    assert_refused(&look(&layer, ask(&basic("duane15", "wrong"))).await, RejectionKind::InvalidPassword, "wrong");
    assert_refused(&look(&layer, ask(&basic("blocked", PASSWORD))).await, RejectionKind::BlockedUser, "blocked");
    assert_eq!(look(&layer, cookie()).await.status, 403);
    assert_eq!(look(&layer, with(cookie(), "sec-fetch-site", "same-origin")).await.status, 200);
}

#[tokio::test]
async fn a_ticket_ends_with_its_token_and_with_its_user() {
    // Revoked by its `jti`, and where it has none by what was signed.
    for token in [refreshable_token(NOW), good_token()] {
        let layer = with_tickets().claims_only().build(find_in(users())).unwrap();
        let ticket = ticket(&layer, &format!("Bearer {token}")).await;
        assert!(layer.revoke(&token).await.unwrap());
        assert_refused(&look(&layer, open(&ticket)).await, RejectionKind::RevokedToken, "revoked");
    }
    let rows = Arc::new(Mutex::new(users()));
    let layer = with_tickets().build(find_in_shared(Arc::clone(&rows))).unwrap();
    let by_token = ticket(&layer, &format!("Bearer {}", good_token())).await;
    let by_password = ticket(&layer, &basic("duane15", PASSWORD)).await;
    rows.lock().unwrap()[0].valid_since = Some(NOW + 1);
    for ticket in [&by_token, &by_password] {
        assert_refused(&look(&layer, open(ticket)).await, RejectionKind::SupersededToken, "logged out everywhere");
    }
    rows.lock().unwrap()[0].blocked = true;
    for ticket in [&by_token, &by_password] {
        assert_refused(&look(&layer, open(ticket)).await, RejectionKind::SupersededToken, "and blocked");
    }
    rows.lock().unwrap()[0].valid_since = None;
    assert_refused(&look(&layer, open(&by_token)).await, RejectionKind::BlockedUser, "blocked");
    rows.lock().unwrap().clear();
    assert_refused(&look(&layer, open(&by_token)).await, RejectionKind::UnknownUser, "gone");
    // None of the refusals used it up.
    *rows.lock().unwrap() = users();
    for ticket in [&by_token, &by_password] {
        assert_eq!(look(&layer, open(ticket)).await.status, 200);
    }
}

#[tokio::test]
async fn a_ticket_ends_when_its_user_logs_out_everywhere() {
    for claims_only in [false, true] {
        for credentials in [format!("Bearer {}", good_token()), basic("duane15", PASSWORD)] {
            let builder = if claims_only { with_tickets().claims_only() } else { with_tickets() };
            let layer = builder.build(find_in(users())).unwrap();
            let ticket = ticket(&layer, &credentials).await;
            layer.revoke_user(1).await.unwrap();
            let reply = look(&layer, open(&ticket)).await;
            assert_refused(&reply, RejectionKind::SupersededToken, &format!("{credentials} {claims_only}"));
        }
    }
}

/// Sessions that no longer know what was revoked elsewhere.
struct Stale(MemorySessions);

impl SessionStore for Stale {
    leave_to!(
        0,
        [is_revoked, valid_since, catch_up, rotate, revoke, revoke_family, revoke_user, open, sessions, end_session]
    );

    fn is_stale(&self, _: Timestamp) -> bool {
        true
    }
}

#[tokio::test]
async fn s60_a_ticket_is_not_judged_by_a_stale_list() {
    let given = with_tickets().build(find_in(users())).unwrap();
    let ticket = ticket(&given, &format!("Bearer {}", good_token())).await;
    let stale =
        with_tickets().claims_only().session_store(Stale(MemorySessions::default())).build(find_in(users())).unwrap();
    let reply = look(&stale, open(&ticket)).await;
    assert_eq!(reply.extensions.get::<Rejection>().map(Rejection::kind), Some(RejectionKind::Unavailable), "{reply:?}");
    assert_eq!(reply.status, 503);
}

#[tokio::test(start_paused = true)]
async fn s47_a_ticket_that_ends_during_the_lookup_is_not_used_again() {
    let (clock, sessions) = (ManualClock::at(NOW), Arc::new(MemorySessions::with_capacity(3)));
    let (go, asked) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
    let going = Arc::clone(&go);
    let find = move |query: Query| {
        let waits = matches!(query, Query::Subject { .. }) && asked.fetch_add(1, Ordering::SeqCst) == 0;
        let (going, found) = (Arc::clone(&going), find_in(users())(query));
        async move {
            if waits {
                going.notified().await;
            }
            found.await
        }
    };
    let builder = with_tickets().lookup_timeout(Duration::from_secs(3600)).leeway(secs(0));
    let layer = builder.clock(clock.clone()).session_store(Arc::clone(&sessions)).build(find).unwrap();
    let ticket = ticket(&layer, &basic("duane15", PASSWORD)).await;
    let mut waits = Box::pin(look(&layer, open(&ticket)));
    assert!(waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(look(&layer, open(&ticket)).await.status, 200);
    clock.advance(11);
    let now = clock.now();
    for byte in 0..6 {
        // Others want room, and have it of what has had its time for a minute.
        let _ = sessions.revoke(TokenKey::from_bytes([byte; 16]), now, now).await;
        advance(Duration::from_secs(60)).await;
    }
    go.notify_one();
    assert_refused(&waits.await, RejectionKind::ExpiredToken, "again");
}

#[tokio::test]
async fn a_foreign_ticket_is_none() {
    let layer = with_tickets().build(find_in(users())).unwrap();
    let secret = "another secret of at least thirty-two bytes";
    let other = builder().key(SigningKey::hs256(secret).unwrap()).tickets("/auth/ticket").without(AuthToken::NAME);
    let other = other.build(find_in(users())).unwrap();
    let ticket_of_other = ticket(&other, &format!("Bearer {}", good_token())).await;
    assert_refused(&look(&layer, open(&ticket_of_other)).await, RejectionKind::InvalidSignature, "another key");

    // Another issuer's key signs for its tokens, not for tickets.
    let bound = VerifyingKey::secret(Algorithm::Hs256, secret).unwrap().issuer("https://other.example");
    let trusting = with_tickets().verifying_key(bound.dangerous_any_audience()).build(find_in(users())).unwrap();
    assert_refused(&look(&trusting, open(&ticket_of_other)).await, RejectionKind::InvalidSignature, "another issuer's");
    // Nor does one that others publish.
    let published = published(secret).into_iter().map(VerifyingKey::dangerous_any_audience);
    let trusting = with_tickets().verifying_keys(published);
    let trusting = trusting.build(find_in(users())).unwrap();
    assert_refused(&look(&trusting, open(&ticket_of_other)).await, RejectionKind::InvalidSignature, "a published key");
    // A key of ours that only verifies does: the other servers' key during a rotation.
    let old = VerifyingKey::secret(Algorithm::Hs256, secret).unwrap();
    let rotating = with_tickets().verifying_key(old).build(find_in(users())).unwrap();
    assert_eq!(look(&rotating, open(&ticket_of_other)).await.status, 200);

    // The same secret for another audience.
    let token = hs256(HEADER, &format!(r#"{{"id":1,"aud":["a","b"],"iat":{NOW},"exp":{}}}"#, NOW + 60));
    let [a, b] = ["a", "b"].map(|audience| with_tickets().audience(audience).build(find_in(users())).unwrap());
    let ticket = ticket(&a, &format!("Bearer {token}")).await;
    assert_refused(&look(&b, open(&ticket)).await, RejectionKind::ForeignToken, "another audience");
    assert_eq!(look(&a, open(&ticket)).await.status, 200);
}

#[tokio::test]
async fn a_made_up_ticket_is_none_even_with_the_right_key() {
    let layer = with_tickets().build(find_in(users())).unwrap();
    let header = r#"{"alg":"HS256","typ":"ticket+jwt"}"#;
    let exp = NOW + 5;
    for claims in [
        format!(r#"{{"sub":1,"exp":{exp},"jti":"a","original":{{"sub":1,"exp":{exp}}}}}"#),
        format!(r#"{{"sub":1,"exp":{exp},"jti":"b","key":"AAAAAAAAAAAAAAAAAAAAAA"}}"#),
        format!(r#"{{"sub":1,"exp":{exp},"jti":"c","original":{{}},"key":"AAAAAAAAAAAAAAAAAAAAAA"}}"#),
        format!(r#"{{"sub":1,"exp":{exp},"jti":"d","original":{{"sub":1}},"key":"AAAA"}}"#),
        format!(r#"{{"sub":1,"exp":{exp},"jti":"e","original":1,"key":"AAAAAAAAAAAAAAAAAAAAAA"}}"#),
        r#"{"sub":1,"jti":"f"}"#.into(),
    ] {
        let reply = look(&layer, open(&hs256(header, &claims))).await;
        assert_eq!(reply.status, 401, "{claims}: {reply:?}");
    }
    for text in ["", "a", "a.b.c", "%20", "a%00b"] {
        assert_refused(&look(&layer, open(text)).await, RejectionKind::MalformedToken, text);
    }
}

/// Sessions that count what they are asked, and fail when told to.
#[derive(Default)]
struct Sessions {
    inner: MemorySessions,
    rotations: AtomicUsize,
    fails: std::sync::atomic::AtomicBool,
}

impl SessionStore for Sessions {
    leave_to!(inner, [answers, revoke, revoke_family, revoke_user, open, sessions, end_session]);

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        self.rotations.fetch_add(1, Ordering::SeqCst);
        match self.fails.load(Ordering::SeqCst) {
            true => Box::pin(std::future::ready(Err("the store is down".into()))),
            false => self.inner.rotate(rotation),
        }
    }
}

#[tokio::test]
async fn giving_a_ticket_stores_nothing_and_a_store_that_fails_admits_nobody() {
    let sessions = Arc::new(Sessions::default());
    let layer = with_tickets().session_store(Arc::clone(&sessions)).build(find_in(users())).unwrap();
    let ticket = ticket(&layer, &format!("Bearer {}", good_token())).await;
    assert_eq!((sessions.inner.len(), sessions.rotations.load(Ordering::SeqCst)), (0, 0));
    sessions.fails.store(true, Ordering::SeqCst);
    let reply = look(&layer, open(&ticket)).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    sessions.fails.store(false, Ordering::SeqCst);
    assert_eq!(look(&layer, open(&ticket)).await.status, 200);
    assert_eq!(sessions.inner.len(), 2);
}

#[tokio::test]
async fn two_servers_that_share_a_store_admit_once_between_them() {
    let sessions = Arc::new(MemorySessions::default());
    let [one, two] =
        [(); 2].map(|()| with_tickets().session_store(Arc::clone(&sessions)).build(find_in(users())).unwrap());
    let ticket = ticket(&one, &format!("Bearer {}", good_token())).await;
    assert_eq!(look(&two, open(&ticket)).await.status, 200);
    assert_refused(&look(&one, open(&ticket)).await, RejectionKind::RevokedToken, "used up at the other");
}

#[tokio::test]
async fn tickets_are_signed_by_whatever_key_there_is() {
    for algorithm in [Algorithm::Hs512, Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let key = SigningKey::generate(algorithm).unwrap().key_id("the key");
        let without = AuthLayer::builder().key(key).clock(ManualClock::at(NOW)).tickets("/auth/ticket");
        let without =
            ["auth_local", "login", "auth_token", "tokens"].into_iter().fold(without, AuthLayerBuilder::without);
        let layer = without.build(find_in(users())).unwrap();
        let ticket = ticket(&layer, &basic("duane15", PASSWORD)).await;
        assert_eq!(decoded(&ticket).0, format!(r#"{{"alg":"{algorithm}","typ":"ticket+jwt","kid":"the key"}}"#));
        assert_eq!(look(&layer, open(&ticket)).await.status, 200, "{algorithm}");
        assert_eq!(look(&layer, open(&ticket)).await.status, 401, "{algorithm}");
    }
}

#[tokio::test]
async fn an_issuer_of_any_name_changes_nothing() {
    for issuer in ["ticket", "", "a used"] {
        let layer = with_tickets().issuer(issuer).build(find_in(users())).unwrap();
        let ticket = ticket(&layer, &basic("duane15", PASSWORD)).await;
        assert_eq!(look(&layer, open(&ticket)).await.status, 200, "{issuer}");
        assert_refused(&look(&layer, open(&ticket)).await, RejectionKind::RevokedToken, issuer);
    }
}
