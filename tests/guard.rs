//! Every route that is not a login route: Bearer, Basic, public, optional, preflight, and how each refusal looks.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines
)]

mod support;

use std::{
    error::Error as _,
    future::{Ready, pending, ready},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use support::*;
use tower::{Layer, ServiceExt, service_fn};
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, Explained, Identity, Lookup, Query, Rejection, RejectionKind,
    Scheme, SigningKey, Timestamp,
    dialect::{AuthLocal, AuthToken, Dialect, Login, Tokens},
    store::MemorySessions,
};

const BARE: &str = r#"Bearer realm="api""#;
const INVALID_TOKEN: &str = r#"Bearer realm="api", error="invalid_token""#;
const INVALID_REQUEST: &str = r#"Bearer realm="api", error="invalid_request""#;
const BASIC: &str = r#"Basic realm="api", charset="UTF-8""#;

fn me() -> Request<Full<Bytes>> {
    request("GET", "/me")
}

fn with(mut request: Request<Full<Bytes>>, name: &'static str, value: &str) -> Request<Full<Bytes>> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

fn by_basic(user_id: &str, password: &str) -> Request<Full<Bytes>> {
    authorized(me(), &basic(user_id, password))
}

/// The request as a gRPC client would send it.
fn grpc(mut request: Request<Full<Bytes>>, content_type: &str) -> Request<Full<Bytes>> {
    *request.method_mut() = http::Method::POST;
    with(request, "content-type", content_type)
}

/// A token of any claims, well signed.
fn token(claims: &str) -> String {
    hs256(HEADER, claims)
}

/// A good token for the user of this id.
fn token_of(id: u64) -> String {
    token(&format!(r#"{{"id":{id},"iat":{NOW},"exp":{}}}"#, NOW + 3600))
}

fn challenges(reply: &Reply) -> Vec<&str> {
    reply.headers.get_all("www-authenticate").iter().map(|value| value.to_str().unwrap()).collect()
}

#[track_caller]
fn kind(reply: &Reply) -> RejectionKind {
    reply.extensions.get::<Rejection>().expect("a refusal carries its reason").kind()
}

/// The whole neutral refusal.
#[track_caller]
fn assert_refused(reply: &Reply, expected: RejectionKind, status: u16, offered: &[&str], case: &str) {
    let rejection = reply.extensions.get::<Rejection>().unwrap_or_else(|| panic!("{case}: {reply:?}"));
    assert_eq!(rejection.kind(), expected, "{case}");
    assert_eq!(reply.status, status, "{case}");
    assert_eq!(rejection.status().as_u16(), status, "{case}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{case}");
    let title = http::StatusCode::from_u16(status).unwrap().canonical_reason().unwrap();
    let problem = format!(r#"{{"type":"about:blank","title":"{title}","status":{status},"detail":"{rejection}"}}"#);
    assert_eq!(reply.text(), problem, "{case}");
    assert_eq!(challenges(reply), offered, "{case}");
}

#[track_caller]
fn assert_admitted(reply: &Reply, id: &str, case: &str) {
    assert_eq!((reply.status, reply.text()), (200, format!("inner: {id}").as_str()), "{case}");
    assert!(reply.extensions.get::<Rejection>().is_none(), "{case}");
}

// Bearer

#[tokio::test]
async fn a_good_token_reaches_the_inner_service_as_its_user() {
    let reply = send(&layer(), bearer(&good_token())).await;
    assert_eq!((reply.status, reply.text()), (200, "inner: 1"));
}

#[tokio::test]
async fn s25_every_refusal_is_a_problem_with_its_challenge_and_its_reason() {
    use RejectionKind as Kind;
    let exp = NOW + 3600;
    let good = good_token();
    let bearer = |token: &str| format!("Bearer {token}");
    let signed = |claims: &str| bearer(&token(claims));
    let cases: Vec<(&str, Option<String>, RejectionKind, &str)> = vec![
        ("nothing", None, Kind::MissingCredentials, BARE),
        ("an empty field", Some(String::new()), Kind::UnsupportedScheme, BARE),
        ("another scheme", Some("Digest username=\"duane15\"".into()), Kind::UnsupportedScheme, BARE),
        ("a token without a scheme", Some(good.clone()), Kind::UnsupportedScheme, BARE),
        ("a scheme run into its token", Some(format!("Bearer{good}")), Kind::UnsupportedScheme, BARE),
        ("Basic that is not base64", Some("Basic ???".into()), Kind::MalformedBasic, BARE),
        ("Basic without a colon", Some("Basic ZHVhbmUxNQ==".into()), Kind::MalformedBasic, BARE),
        ("Basic without a password", Some(basic("duane15", "")), Kind::MalformedBasic, BARE),
        ("Basic with a wrong password", Some(basic("duane15", "x")), Kind::InvalidPassword, BARE),
        ("Bearer alone", Some("Bearer".into()), Kind::MalformedToken, INVALID_TOKEN),
        ("two tokens", Some(format!("Bearer {good} {good}")), Kind::MalformedToken, INVALID_TOKEN),
        ("two tokens, with a comma", Some(format!("Bearer {good},{good}")), Kind::MalformedToken, INVALID_TOKEN),
        ("no compact form", Some("Bearer abc".into()), Kind::MalformedToken, INVALID_TOKEN),
        (
            "an unsigned token",
            Some(format!("{}.", bearer(hs256(r#"{"alg":"none"}"#, r#"{"id":1}"#).rsplit_once('.').unwrap().0))),
            Kind::UnsupportedToken,
            INVALID_TOKEN,
        ),
        (
            "another key's token",
            Some(bearer(&hs256_with(&[7; 32], HEADER, &format!(r#"{{"id":1,"exp":{exp}}}"#)))),
            Kind::InvalidSignature,
            INVALID_TOKEN,
        ),
        ("no exp", Some(signed(&format!(r#"{{"id":1,"iat":{NOW}}}"#))), Kind::MissingClaim, INVALID_TOKEN),
        ("no subject", Some(signed(&format!(r#"{{"exp":{exp}}}"#))), Kind::MissingClaim, INVALID_TOKEN),
        ("an old token", Some(signed(&format!(r#"{{"id":1,"exp":{}}}"#, NOW - 60))), Kind::ExpiredToken, INVALID_TOKEN),
        (
            "a token before its nbf",
            Some(signed(&format!(r#"{{"id":1,"nbf":{},"exp":{exp}}}"#, NOW + 60))),
            Kind::EarlyToken,
            INVALID_TOKEN,
        ),
        (
            "a token of the future",
            Some(signed(&format!(r#"{{"id":1,"iat":{},"exp":{exp}}}"#, NOW + 60))),
            Kind::EarlyToken,
            INVALID_TOKEN,
        ),
        ("a user who is gone", Some(bearer(&token_of(99))), Kind::UnknownUser, INVALID_TOKEN),
        ("a blocked user", Some(bearer(&token_of(2))), Kind::BlockedUser, INVALID_TOKEN),
        ("an unconfirmed user", Some(bearer(&token_of(3))), Kind::UnconfirmedUser, INVALID_TOKEN),
    ];
    let layer = layer();
    for (case, field, kind, challenge) in cases {
        let request = match &field {
            Some(field) => authorized(me(), field),
            None => me(),
        };
        let reply = send(&layer, request).await;
        assert_refused(&reply, kind, 401, &[challenge], case);
        for sent in field.iter().filter(|field| field.len() > 16) {
            let answer = format!("{:?} {}", reply.headers, reply.text());
            assert!(!answer.contains(&**sent), "{case}: what was sent comes back");
        }
    }
}

#[tokio::test]
async fn s20_two_authorization_fields_are_a_bad_request_even_when_equal() {
    let good = format!("Bearer {}", good_token());
    let right = basic("duane15", PASSWORD);
    for pair in [[&*good, &*good], [&*right, &*right], [&*good, &*right], [&*good, ""], ["x", &*good]] {
        let request = authorized(authorized(me(), pair[0]), pair[1]);
        let reply = send(&layer(), request).await;
        assert_refused(&reply, RejectionKind::SeveralCredentials, 400, &[INVALID_REQUEST], pair[1]);
    }
}

#[tokio::test]
async fn s21_the_scheme_is_compared_without_case_and_followed_by_spaces() {
    for scheme in ["Bearer ", "bearer ", "BEARER ", "bEaReR    "] {
        let reply = send(&layer(), authorized(me(), &format!("{scheme}{}", good_token()))).await;
        assert_admitted(&reply, "1", scheme);
    }
    let right = basic("duane15", PASSWORD);
    for scheme in ["basic", "BASIC"] {
        let reply = send(&layer(), authorized(me(), &right.replace("Basic", scheme))).await;
        assert_admitted(&reply, "1", scheme);
    }
    for glue in ["\t", " \t", "  ,"] {
        let reply = send(&layer(), authorized(me(), &format!("Bearer{glue}{}", good_token()))).await;
        assert_eq!(reply.status, 401, "{glue:?}");
    }
}

#[tokio::test]
async fn s22_bytes_beyond_ascii_are_refused() {
    for value in [&b"Bearer \xff\xfe"[..], b"Basic \xc3\xbc", b"\xff", b"Bearer\xa0a.b.c"] {
        let mut request = me();
        request.headers_mut().insert("authorization", http::HeaderValue::from_bytes(value).unwrap());
        assert_eq!(send(&layer(), request).await.status, 401, "{value:?}");
    }
}

#[tokio::test]
async fn s23_a_token_anywhere_else_is_no_credential() {
    let good = good_token();
    let field = format!("Bearer {good}");
    for (name, value) in [
        ("x-access-token", &good),
        ("x-authorization", &field),
        ("proxy-authorization", &field),
        ("cookie", &format!("token={good}; access_token={good}")),
    ] {
        let reply = send(&layer(), with(me(), name, value)).await;
        assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE], name);
    }
    for path in [format!("/me?access_token={good}"), format!("/me?token={good}"), format!("/{good}")] {
        let reply = send(&layer(), request("GET", &path)).await;
        assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE], &path);
    }
    let form = post("/me", "application/x-www-form-urlencoded", format!("access_token={good}"));
    assert_refused(&send(&layer(), form).await, RejectionKind::MissingCredentials, 401, &[BARE], "a form");
}

#[tokio::test]
async fn s28_no_header_names_another_user_path_or_method() {
    let layer = builder().public("/health").build(find_in(users())).unwrap();
    for (name, value) in [
        ("x-forwarded-user", "duane15"),
        ("remote-user", "1"),
        ("x-user-id", "1"),
        ("x-original-url", "/health"),
        ("x-rewrite-url", "/health"),
        ("x-forwarded-prefix", "/health"),
        ("x-http-method-override", "OPTIONS"),
        ("x-forwarded-for", "127.0.0.1"),
    ] {
        let reply = send(&layer, with(me(), name, value)).await;
        assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE], name);
        let reply = send(&layer, with(bearer(&token_of(4)), name, value)).await;
        assert_admitted(&reply, "4", name);
        let reply = send(&layer, with(request("GET", "/login"), name, "POST")).await;
        assert_eq!(kind(&reply), RejectionKind::MissingCredentials, "{name}");
    }
}

#[tokio::test]
async fn s30_nobody_is_left_behind_for_the_next_request() {
    let mut service = layer().layer(service_fn(async |request: Request<Full<Bytes>>| {
        let known = Identity::<User>::of(request.extensions()).is_some();
        Ok::<_, BoxError>(Response::new(Full::new(Bytes::from(known.to_string()))))
    }));
    for (request, status) in [(bearer(&good_token()), 200), (me(), 401), (bearer("a.b.c"), 401)] {
        let response = tower::Service::call(service.ready().await.unwrap(), request).await.unwrap();
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn an_identity_says_who_by_which_scheme_and_with_which_claims() {
    let seen = Arc::new(Mutex::new(None));
    let inner = {
        let seen = Arc::clone(&seen);
        service_fn(move |request: Request<Full<Bytes>>| {
            *seen.lock().unwrap() = Identity::<User>::of(request.extensions());
            ready(Ok::<_, BoxError>(Response::new(Full::<Bytes>::default())))
        })
    };
    read(layer().layer(inner.clone()), bearer(&good_token())).await;
    let identity = seen.lock().unwrap().take().unwrap();
    assert_eq!((identity.scheme(), identity.username()), (Scheme::Bearer, Some("duane15")));
    assert_eq!(identity.user().unwrap()["username"], "duane15");
    let claims = identity.claims().unwrap();
    assert_eq!((claims.issued_at(), claims.token_id()), (Some(Timestamp::from_unix_seconds(NOW)), None));
    assert_eq!(claims.get::<Value>().unwrap()["id"], 1);

    read(layer().layer(inner), by_basic("duane15", PASSWORD)).await;
    let identity = seen.lock().unwrap().take().unwrap();
    assert_eq!(identity.scheme(), Scheme::Basic);
    assert!(identity.claims().is_none());
    assert_eq!(identity.user().unwrap()["id"], 1);
}

#[tokio::test]
async fn s17_the_subject_reaches_the_lookup_as_the_token_has_it() {
    let asked = Arc::new(Mutex::new(None));
    let lookup = {
        let asked = Arc::clone(&asked);
        move |query: Query| {
            if let Query::Subject { id, .. } = query {
                *asked.lock().unwrap() = Some(id);
            }
            ready(Ok::<Option<Account<User>>, BoxError>(None))
        }
    };
    let layer = builder().build(lookup).unwrap();
    for (subject, id) in [
        (r#"" A\u0130 ""#, tower_auth::Subject::from(" A\u{130} ")),
        ("42", 42.into()),
        (r#""42""#, "42".into()),
        ("-7", (-7).into()),
    ] {
        let claims = format!(r#"{{"sub":{subject},"exp":{}}}"#, NOW + 3600);
        assert_eq!(kind(&send(&layer, bearer(&token(&claims))).await), RejectionKind::UnknownUser);
        assert_eq!(asked.lock().unwrap().take(), Some(id));
    }
    for subject in ["null", "true", "1.5", "[1]", "{}", r#""""#, &format!("\"{}\"", "x".repeat(256))] {
        let claims = format!(r#"{{"sub":{subject},"exp":{}}}"#, NOW + 3600);
        assert_eq!(send(&layer, bearer(&token(&claims))).await.status, 401, "{subject}");
        assert_eq!(asked.lock().unwrap().take(), None, "{subject}");
    }
}

// Standing of the account

#[tokio::test]
async fn s33_blocked_and_unconfirmed_users_are_out_by_bearer_and_by_basic() {
    let cases = [
        ("blocked, Bearer", bearer(&token_of(2)), RejectionKind::BlockedUser, INVALID_TOKEN),
        ("unconfirmed, Bearer", bearer(&token_of(3)), RejectionKind::UnconfirmedUser, INVALID_TOKEN),
        ("blocked, Basic", by_basic("blocked", PASSWORD), RejectionKind::BlockedUser, BARE),
        ("unconfirmed, Basic", by_basic("unconfirmed", PASSWORD), RejectionKind::UnconfirmedUser, BARE),
    ];
    for (case, request, kind, challenge) in cases {
        assert_refused(&send(&layer(), request).await, kind, 401, &[challenge], case);
    }
}

#[tokio::test]
async fn valid_since_voids_older_tokens_and_those_without_iat_but_no_password() {
    let since = |then: u64| {
        let rows = vec![Row { valid_since: Some(then), ..Row::new(1, "duane15") }];
        builder().build(find_in(rows)).unwrap()
    };
    let good = good_token();
    assert_admitted(&send(&since(NOW - 1), bearer(&good)).await, "1", "issued later");
    assert_admitted(&send(&since(NOW), bearer(&good)).await, "1", "issued in that second");
    let reply = send(&since(NOW + 1), bearer(&good)).await;
    assert_refused(&reply, RejectionKind::SupersededToken, 401, &[INVALID_TOKEN], "issued before");
    let dateless = token(&format!(r#"{{"id":1,"exp":{}}}"#, NOW + 3600));
    let reply = send(&since(1), bearer(&dateless)).await;
    assert_refused(&reply, RejectionKind::SupersededToken, 401, &[INVALID_TOKEN], "no iat");
    assert_admitted(&send(&since(NOW + 1), by_basic("duane15", PASSWORD)).await, "1", "Basic");
}

#[tokio::test]
async fn a_refreshed_token_is_refused_after_the_grace_and_its_successor_is_not() {
    let clock = ManualClock::at(NOW);
    let layer = builder().clock(clock.clone()).build(find_in(users())).unwrap();
    let old = refreshable_token(NOW);
    let refreshed = send(&layer, request("PATCH", &format!("/tokens/{old}"))).await;
    assert_eq!(refreshed.status, 201);
    let new = refreshed.json()["token"].as_str().unwrap().to_owned();

    clock.advance(9);
    assert_admitted(&send(&layer, bearer(&old)).await, "1", "inside the grace");
    clock.advance(2);
    for _ in 0..2 {
        let reply = send(&layer, bearer(&old)).await;
        assert_refused(&reply, RejectionKind::RevokedToken, 401, &[INVALID_TOKEN], "after the grace");
        assert_admitted(&send(&layer, bearer(&new)).await, "1", "the use of the old one revokes nothing");
    }
}

// Basic

#[tokio::test]
async fn s32_basic_wrong_unknown_and_without_password_are_one_refusal() {
    let layer = layer();
    assert_admitted(&send(&layer, by_basic("duane15", PASSWORD)).await, "1", "right");
    let expected = send(&layer, by_basic("duane15", "wrong")).await;
    assert_refused(&expected, RejectionKind::InvalidPassword, 401, &[BARE], "wrong");
    for (user_id, password) in [
        ("nobody", PASSWORD),
        ("nopassword", PASSWORD),
        ("nopassword", "wrong"),
        ("blocked", "wrong"),
        ("unconfirmed", "wrong"),
        ("duane15 ", PASSWORD),
        ("DUANE15", PASSWORD),
        ("duane15", "Correct horse"),
        ("duane15", "correct horse "),
    ] {
        let reply = send(&layer, by_basic(user_id, password)).await;
        assert_eq!(kind(&reply), RejectionKind::InvalidPassword, "{user_id}:{password}");
        assert_eq!((reply.status, &reply.headers, &reply.body), (expected.status, &expected.headers, &expected.body));
    }
}

#[tokio::test]
async fn without_basic_a_right_password_is_an_unsupported_scheme() {
    for builder in [builder().without_basic(), builder().without_basic().offer_basic()] {
        let layer = builder.build(find_in(users())).unwrap();
        let reply = send(&layer, by_basic("duane15", PASSWORD)).await;
        assert_refused(&reply, RejectionKind::UnsupportedScheme, 401, &[BARE], "Basic");
        assert_refused(&send(&layer, me()).await, RejectionKind::MissingCredentials, 401, &[BARE], "nothing");
        assert_admitted(&send(&layer, bearer(&good_token())).await, "1", "Bearer");
    }
}

#[tokio::test]
async fn s25_basic_is_offered_when_asked_for_and_never_to_a_script() {
    let layer = builder().offer_basic().build(find_in(users())).unwrap();
    let not_navigation = ["cors", "no-cors", "same-origin", "websocket", ""].map(|mode| ("sec-fetch-mode", mode));
    for (name, value) in [("accept", "*/*"), ("sec-fetch-mode", "navigate")] {
        let reply = send(&layer, with(me(), name, value)).await;
        assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE, BASIC], value);
        let reply = send(&layer, with(bearer("a.b.c"), name, value)).await;
        assert_refused(&reply, RejectionKind::MalformedToken, 401, &[INVALID_TOKEN, BASIC], value);
    }
    for (name, value) in [("x-requested-with", "XMLHttpRequest")].into_iter().chain(not_navigation) {
        let reply = send(&layer, with(me(), name, value)).await;
        assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE], value);
    }
}

#[tokio::test]
async fn the_realm_names_the_protection_space() {
    let layer = builder().realm("the shop").offer_basic().build(find_in(users())).unwrap();
    let reply = send(&layer, me()).await;
    assert_eq!(challenges(&reply), [r#"Bearer realm="the shop""#, r#"Basic realm="the shop", charset="UTF-8""#]);
}

#[tokio::test]
async fn s58_beyond_the_hashing_lane_basic_is_503_at_once_and_bearer_goes_on() {
    let (started, start) = mpsc::channel();
    let (release, gate) = mpsc::channel::<()>();
    let (started, gate) = (Mutex::new(started), Mutex::new(gate));
    let rows = vec![Row { hash: Some("own:form"), ..Row::new(1, "duane15") }];
    let layer = builder()
        .hashing_lane(1, 0)
        .verify_passwords_with(move |_, _| {
            started.lock().unwrap().send(()).unwrap();
            Some(gate.lock().unwrap().recv().is_ok())
        })
        .build(find_in(rows))
        .unwrap();
    let first = tokio::spawn({
        let layer = layer.clone();
        async move { send(&layer, by_basic("duane15", PASSWORD)).await }
    });
    tokio::task::spawn_blocking(move || start.recv()).await.unwrap().unwrap();

    // Others: the same credentials would wait for the first one's hash.
    let reply = send(&layer, by_basic("duane15", "another")).await;
    assert_refused(&reply, RejectionKind::Overloaded, 503, &[], "the second");
    assert_eq!(reply.header("retry-after"), Some("1"));
    let grpc = send(&layer, grpc(by_basic("duane15", "another"), "application/grpc")).await;
    assert_eq!((grpc.status, grpc.header("grpc-status")), (200, Some("8")));
    assert_eq!((grpc.header("retry-after"), grpc.header("grpc-retry-pushback-ms")), (Some("1"), Some("1000")));
    assert_admitted(&send(&layer, bearer(&good_token())).await, "1", "Bearer");

    release.send(()).unwrap();
    assert_admitted(&first.await.unwrap(), "1", "the first");
}

// The lookup fails

type Fault = fn() -> Asked;
type Asked = Pin<Box<dyn Future<Output = Result<Option<Account<User>>, BoxError>> + Send>>;

#[tokio::test(start_paused = true)]
async fn s59_a_lookup_that_fails_panics_or_hangs_is_503_with_retry_after() {
    let faults: [(&str, Fault); 4] = [
        ("an error", || Box::pin(ready(Err("the database is down".into())))),
        ("a panic at once", || panic!("at once")),
        ("a panic later", || {
            Box::pin(async {
                tokio::task::yield_now().await;
                panic!("later")
            })
        }),
        ("a hang", || Box::pin(pending())),
    ];
    for (case, fault) in faults {
        let layer = builder().build(move |_: Query| fault()).unwrap();
        for request in [bearer(&good_token()), by_basic("duane15", PASSWORD)] {
            let reply = send(&layer, request).await;
            assert_refused(&reply, RejectionKind::Unavailable, 503, &[], case);
            assert_eq!(reply.header("retry-after"), Some("1"), "{case}");
            let rejection = reply.extensions.get::<Rejection>().unwrap();
            assert!(rejection.source().is_some(), "{case}: the cause travels with the reason");
            assert!(!reply.text().contains("database"), "{case}");
        }
    }
}

#[tokio::test]
async fn s59_a_failed_lookup_is_not_remembered() {
    let calls = Arc::new(AtomicUsize::new(0));
    let layer = {
        let (calls, find) = (Arc::clone(&calls), find_in(users()));
        let flaky = move |query: Query| match calls.fetch_add(1, Ordering::SeqCst) {
            0 => ready(Err("the database is down".into())),
            _ => find(query),
        };
        builder().build(flaky).unwrap()
    };
    assert_eq!(send(&layer, bearer(&good_token())).await.status, 503);
    assert_admitted(&send(&layer, bearer(&good_token())).await, "1", "the next request");
    assert_eq!(calls.load(Ordering::SeqCst), 2, "each request asks");
}

#[tokio::test(start_paused = true)]
async fn lookup_timeout_bounds_the_wait() {
    let layer = builder()
        .lookup_timeout(std::time::Duration::from_millis(250))
        .build(|_: Query| pending::<Result<Option<Account<User>>, BoxError>>())
        .unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(send(&layer, bearer(&good_token())).await.status, 503);
    assert_eq!(start.elapsed().as_millis() / 10, 25);
}

// refuse_like

/// What a contract says to the requests of [`rows_of_refuse_like`], in their order: status and body.
type Shape = [(u16, &'static str); 10];

fn rows_of_refuse_like() -> [(&'static str, Request<Full<Bytes>>); 10] {
    [
        ("no credentials", me()),
        ("a bad token", bearer("a.b.c")),
        ("an expired token", bearer(&token(&format!(r#"{{"id":1,"exp":{}}}"#, NOW - 60)))),
        ("a user who is gone", bearer(&token_of(99))),
        ("a blocked user", bearer(&token_of(2))),
        ("an unconfirmed user", bearer(&token_of(3))),
        ("two credentials", authorized(bearer(&good_token()), "Bearer x")),
        ("a wrong password", by_basic("duane15", "wrong")),
        ("a blocked user by password", by_basic("blocked", PASSWORD)),
        ("a lookup that fails", by_basic("frieda", PASSWORD)),
    ]
}

async fn assert_refuses_like(contract: impl Dialect, content_type: Option<&str>, expected: Shape) {
    let name = contract.name();
    let layer = builder().refuse_like(name).dialect(contract).build(find_in(users())).unwrap();
    for ((case, request), (status, body)) in rows_of_refuse_like().into_iter().zip(expected) {
        let case = format!("{name}: {case}");
        let reply = send(&layer, request).await;
        assert_eq!((reply.status, reply.text()), (status, body), "{case}");
        let content_type = if body.is_empty() { None } else { content_type.or(Some("application/json")) };
        assert_eq!(reply.header("content-type"), content_type, "{case}");
        if body.is_empty() {
            assert_eq!(reply.header("content-length"), Some("0"), "{case}");
        }
        assert_eq!(reply.header("retry-after"), (status == 503).then_some("1"), "{case}");
        // RFC 9110 §15.5.2: a challenge with every 401; and a contract's own 403 or 503 has none.
        let challenged = challenges(&reply).iter().any(|challenge| challenge.starts_with(BARE));
        assert_eq!(challenged, status == 401, "{case}");
        assert!(reply.extensions.get::<Rejection>().is_some(), "{case}");
    }
    assert_admitted(&send(&layer, bearer(&good_token())).await, "1", name);
}

#[tokio::test]
async fn refuse_like_auth_local() {
    const INVALID: &str = r#"{"statusCode":401,"error":"Unauthorized","message":"Invalid token."}"#;
    const BLOCKED: &str =
        r#"{"statusCode":401,"error":"Unauthorized","message":"Your account has been blocked by the administrator."}"#;
    let expected = [
        (403, r#"{"statusCode":403,"error":"Forbidden","message":"Forbidden"}"#),
        (401, INVALID),
        (401, INVALID),
        (401, r#"{"statusCode":401,"error":"Unauthorized","message":"User Not Found"}"#),
        (401, BLOCKED),
        (401, r#"{"statusCode":401,"error":"Unauthorized","message":"Your account email is not confirmed."}"#),
        (401, INVALID),
        (401, INVALID),
        (401, BLOCKED),
        (503, r#"{"statusCode":503,"error":"Service Unavailable","message":"Service Unavailable"}"#),
    ];
    assert_refuses_like(AuthLocal::new(), Some("application/json; charset=utf-8"), expected).await;
}

#[tokio::test]
async fn refuse_like_auth_local_of_strapi_4() {
    const MISSING: &str = r#"{"data":null,"error":{"status":401,"name":"UnauthorizedError","message":"Missing or invalid credentials","details":{}}}"#;
    const INVALID: &str = r#"{"data":null,"error":{"status":401,"name":"UnauthorizedError","message":"Invalid credentials","details":{}}}"#;
    let mut expected = [(401, MISSING); 10];
    expected[0] =
        (403, r#"{"data":null,"error":{"status":403,"name":"ForbiddenError","message":"Forbidden","details":{}}}"#);
    for user_is_known_and_out in [3, 4, 5, 8] {
        expected[user_is_known_and_out] = (401, INVALID);
    }
    expected[9] = (
        503,
        r#"{"data":null,"error":{"status":503,"name":"ServiceUnavailableError","message":"Service Unavailable","details":{}}}"#,
    );
    assert_refuses_like(AuthLocal::strapi_4(), Some("application/json; charset=utf-8"), expected).await;
}

#[tokio::test]
async fn refuse_like_login() {
    let mut expected = [(401, r#"{"message":"Invalid token for request"}"#); 10];
    expected[0] = (401, r#"{"message":"Require authentication token for request."}"#);
    expected[9] = (503, r#"{"message":"Service Unavailable"}"#);
    assert_refuses_like(Login::new(), Some("application/json; charset=utf-8"), expected).await;
}

#[tokio::test]
async fn refuse_like_auth_token() {
    let mut expected = [(403, ""); 10];
    expected[9] = (
        503,
        r#"{"timestamp":"2023-11-14T22:13:20.000+00:00","status":503,"error":"Service Unavailable","path":"/me"}"#,
    );
    assert_refuses_like(AuthToken::new(), None, expected).await;
}

#[tokio::test]
async fn refuse_like_tokens() {
    let mut expected = [(401, r#"{"message":["Unauthenticated."]}"#); 10];
    expected[9] = (503, r#"{"message":["Service Unavailable"]}"#);
    assert_refuses_like(Tokens::new(), None, expected).await;
}

// Public, optional, preflight

/// An inner service that tells everything it was given.
async fn send_to_witness<L: Lookup<User = User>>(layer: &AuthLayer<L>, request: Request<Full<Bytes>>) -> Value {
    let witness = service_fn(async |request: Request<Full<Bytes>>| {
        let (parts, body) = request.into_parts();
        let fields = parts.headers.get_all("authorization");
        let seen = json!({
            "method": parts.method.as_str(),
            "uri": parts.uri.to_string(),
            "version": format!("{:?}", parts.version),
            "authorization": fields.iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>(),
            "headers": parts.headers.len(),
            "identity": Identity::<User>::of(&parts.extensions).map(|identity| identity.id().to_string()),
            "extension": parts.extensions.get::<&str>(),
            "body": String::from_utf8(body.collect().await?.to_bytes().to_vec())?,
        });
        Ok::<_, BoxError>(Response::new(Full::new(Bytes::from(seen.to_string()))))
    });
    let reply = read(layer.layer(witness), request).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()
}

/// A lookup that must not be asked.
fn unasked(_: Query) -> Ready<Result<Option<Account<User>>, BoxError>> {
    panic!("nobody was to be looked up")
}

#[tokio::test]
async fn s29_a_public_route_never_looks_at_credentials() {
    let layer = builder().public("/health").public("GET /login").build(unasked).unwrap();
    let good = format!("Bearer {}", good_token());
    let right = basic("duane15", PASSWORD);
    let cases: [&[&str]; 7] =
        [&[], &["garbage"], &["Bearer a.b.c"], &["Basic ???"], &[&good], &[&right], &[&good, &right]];
    for fields in cases {
        for path in ["/health", "/login"] {
            let mut request = request("GET", path);
            for field in fields {
                request = authorized(request, field);
            }
            let seen = send_to_witness(&layer, request).await;
            assert_eq!(seen["authorization"], json!(fields));
            assert_eq!(seen["identity"], Value::Null);
        }
    }
}

#[tokio::test]
async fn s29_public_paths_are_exact() {
    let layer = builder().public("/health").public("GET /docs/{page}").build(find_in(users())).unwrap();
    for (method, path) in [
        ("GET", "/health/"),
        ("GET", "/Health"),
        ("GET", "//health"),
        ("GET", "/health/x"),
        ("GET", "/healthx"),
        ("GET", "/./health"),
        ("GET", "/x/../health"),
        ("GET", "/%68ealth"),
        ("POST", "/docs/a"),
        ("GET", "/docs/a/b"),
        ("GET", "/docs/"),
    ] {
        let reply = send(&layer, request(method, path)).await;
        assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE], path);
    }
    let reply = send(&layer, request("HEAD", "/docs/a")).await;
    assert_eq!(kind(&reply), RejectionKind::MissingCredentials, "GET is not HEAD");
    for (method, path) in [("GET", "/health?a=b"), ("DELETE", "/health"), ("GET", "/docs/a")] {
        assert_admitted(&send(&layer, request(method, path)).await, "nobody", path);
    }
}

#[tokio::test]
async fn s29_a_public_pattern_lets_no_path_through_that_others_read_differently() {
    let layer = builder().public("/assets/{*rest}").public("/docs/{page}").build(find_in(users())).unwrap();
    for path in ["/assets/a", "/assets/a/b.js", "/assets/..a/b.", "/assets/%20", "/docs/a"] {
        assert_admitted(&send(&layer, request("GET", path)).await, "nobody", path);
    }
    for path in [
        "/assets/../me",
        "/assets/./me",
        "/assets/a/..",
        "/assets/a//b",
        "/assets/%2e%2e/me",
        "/assets/%2E./me",
        "/assets/..%2fme",
        "/assets/a%5c..%5cme",
        "/docs/..",
        "/docs/%2e%2e",
        "/docs/a%2F..%2F..%2Fme",
    ] {
        let reply = send(&layer, request("GET", path)).await;
        assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE], path);
    }
}

#[tokio::test]
async fn s67_a_token_in_a_path_is_not_repeated() {
    for contract in [AuthLocal::NAME, Login::NAME, AuthToken::NAME, Tokens::NAME] {
        let layer = builder().refuse_like(contract).build(find_in(users())).unwrap();
        let old = refreshable_token(NOW);
        for (method, path) in [
            ("GET", format!("/tokens/{old}")),
            ("PATCH", format!("/tokens/{old}/")),
            ("PATCH", format!("/Tokens/{old}")),
            ("PATCH", format!("//tokens/{old}")),
        ] {
            for request in [
                request(method, &path),
                authorized(request(method, &path), "Bearer a.b.c"),
                authorized(request(method, &path), &basic("frieda", PASSWORD)),
            ] {
                let reply = send(&layer, request).await;
                assert!(reply.extensions.get::<Rejection>().is_some(), "{method} {path}");
                let told = format!("{:?} {}", reply.headers, reply.text());
                assert!(!told.contains(&old[..20]), "{contract}, {method}: {told}");
            }
        }
    }
}

#[tokio::test]
async fn an_optional_route_takes_nobody_or_somebody_and_refuses_the_bad() {
    let layer = builder().optional("/feed").build(find_in(users())).unwrap();
    let feed = || request("GET", "/feed");
    assert_admitted(&send(&layer, feed()).await, "nobody", "no credentials");
    let good = format!("Bearer {}", good_token());
    assert_admitted(&send(&layer, authorized(feed(), &good)).await, "1", "Bearer");
    assert_admitted(&send(&layer, authorized(feed(), &basic("duane15", PASSWORD))).await, "1", "Basic");
    for (field, kind, status, challenge) in [
        ("Bearer a.b.c".to_owned(), RejectionKind::MalformedToken, 401, INVALID_TOKEN),
        (String::new(), RejectionKind::UnsupportedScheme, 401, BARE),
        (basic("duane15", "wrong"), RejectionKind::InvalidPassword, 401, BARE),
        (format!("Bearer {}", token_of(2)), RejectionKind::BlockedUser, 401, INVALID_TOKEN),
    ] {
        let reply = send(&layer, authorized(feed(), &field)).await;
        assert_refused(&reply, kind, status, &[challenge], &field);
    }
    let reply = send(&layer, authorized(authorized(feed(), &good), &good)).await;
    assert_refused(&reply, RejectionKind::SeveralCredentials, 400, &[INVALID_REQUEST], "two");
}

#[tokio::test]
async fn s29_preflights_pass_only_when_allowed_and_as_nobody() {
    let allowed = builder().allow_preflight().build(unasked).unwrap();
    for path in ["/me", "/login", "/tokens"] {
        assert_admitted(&send(&allowed, preflight(path)).await, "nobody", path);
        for field in [&*format!("Bearer {}", good_token()), "Bearer a.b.c", &basic("duane15", PASSWORD)] {
            assert_admitted(&send(&allowed, authorized(preflight(path), field)).await, "nobody", field);
        }
        let reply = send(&layer(), preflight(path)).await;
        assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE], "not allowed");
    }
}

#[tokio::test]
async fn s29_fake_preflights_are_guarded() {
    let layer = builder().allow_preflight().build(find_in(users())).unwrap();
    let (origin, method) = (("origin", "https://app.example"), ("access-control-request-method", "POST"));
    let cases: [(&str, &[(&'static str, &str)]); 9] = [
        ("OPTIONS", &[]),
        ("OPTIONS", &[origin]),
        ("OPTIONS", &[method]),
        ("OPTIONS", &[origin, ("access-control-request-method", "")]),
        ("OPTIONS", &[("origin", ""), method]),
        ("GET", &[origin, method]),
        ("POST", &[origin, method]),
        ("options", &[origin, method]),
        ("OPTIONSX", &[origin, method]),
    ];
    for (verb, fields) in cases {
        let request = fields.iter().fold(request(verb, "/me"), |request, (name, value)| with(request, name, value));
        let reply = send(&layer, request).await;
        assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE], &format!("{verb} {fields:?}"));
    }
}

// claims_only

#[tokio::test]
async fn claims_only_believes_the_token_and_asks_for_nobody() {
    let layer = builder().claims_only().build(unasked).unwrap();
    for id in [1, 2, 99] {
        let seen = send_to_witness(&layer, bearer(&token_of(id))).await;
        assert_eq!(seen["identity"], id.to_string());
    }
    let reply = send(&layer, bearer(&token(r#"{"id":1,"exp":1}"#))).await;
    assert_refused(&reply, RejectionKind::ExpiredToken, 401, &[INVALID_TOKEN], "expired");

    let inner = service_fn(async |request: Request<Full<Bytes>>| {
        let identity = Identity::<User>::of(request.extensions()).unwrap();
        assert_eq!(identity.scheme(), Scheme::Bearer);
        assert!(identity.user().is_none() && identity.current_user().is_none() && identity.username().is_none());
        assert_eq!(identity.claims().unwrap().expires_at(), Some(Timestamp::from_unix_seconds(NOW + 3600)));
        Ok::<_, BoxError>(Response::new(Full::<Bytes>::default()))
    });
    assert_eq!(read(layer.layer(inner), bearer(&good_token())).await.status, 200);
}

#[tokio::test]
async fn claims_only_still_verifies_passwords() {
    let layer = builder().claims_only().build(find_in(users())).unwrap();
    assert_admitted(&send(&layer, by_basic("duane15", PASSWORD)).await, "1", "right");
    let reply = send(&layer, by_basic("duane15", "wrong")).await;
    assert_refused(&reply, RejectionKind::InvalidPassword, 401, &[BARE], "wrong");
}

// Everything else is guarded

#[tokio::test]
async fn s26_near_misses_of_the_endpoints_and_other_methods_are_guarded_routes() {
    let layer = layer();
    let cases = [
        ("GET", "/login"),
        ("PUT", "/login"),
        ("PATCH", "/login"),
        ("DELETE", "/login"),
        ("OPTIONS", "/login"),
        ("TRACE", "/login"),
        ("PROPFIND", "/login"),
        ("post", "/login"),
        ("POST", "/login/"),
        ("POST", "/Login"),
        ("POST", "//login"),
        ("POST", "/login;v=1"),
        ("POST", "/login%20"),
        ("POST", "/%6cogin"),
        ("POST", "/./login"),
        ("POST", "/x/../login"),
        ("POST", "/login.json"),
        ("POST", "/api/login"),
        ("POST", "/auth"),
        ("POST", "/auth/local/"),
        ("POST", "/auth/local/register"),
        ("POST", "/auth//local"),
        ("POST", "/auth%2flocal"),
        ("GET", "/auth/local"),
        ("GET", "/api/auth/token"),
        ("POST", "/api/auth/token/"),
        ("POST", "/api/auth/tokens"),
        ("GET", "/tokens"),
        ("DELETE", "/tokens"),
        ("POST", "/tokens/"),
        ("POST", "/tokens/a.b.c"),
        ("PUT", "/tokens/a.b.c"),
        ("DELETE", "/tokens/a.b.c"),
        ("PATCH", "/tokens/"),
        ("PATCH", "/tokens/a/b"),
        ("PATCH", "/tokens/a.b.c/"),
        ("GET", "/"),
        ("OPTIONS", "*"),
        ("CONNECT", "example.com:443"),
    ];
    let good = format!("Bearer {}", good_token());
    for (method, path) in cases {
        let case = format!("{method} {path}");
        let reply = send(&layer, request(method, path)).await;
        assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE], &case);
        assert_admitted(&send(&layer, authorized(request(method, path), &good)).await, "1", &case);
    }
    let upgrade = with(with(me(), "connection", "upgrade"), "upgrade", "websocket");
    assert_eq!(kind(&send(&layer, upgrade).await), RejectionKind::MissingCredentials);
}

#[tokio::test]
async fn a_refusal_of_head_is_the_head_of_the_refusal_of_get() {
    for builder in [builder(), builder().refuse_like(AuthLocal::NAME), builder().refuse_like(AuthToken::NAME)] {
        let layer = builder.build(find_in(users())).unwrap();
        for path in ["/me", "/login", "/tokens/a.b.c"] {
            for credentials in ["Bearer a.b.c", "Basic ZHVhbmUxNTp4", ""] {
                let ask = async |method| send(&layer, authorized(request(method, path), credentials)).await;
                let (mut head, mut get) = (ask("HEAD").await, ask("GET").await);
                let length = head.headers.remove("content-length").unwrap();
                get.headers.remove("content-length");
                assert_eq!((head.status, head.text()), (get.status, ""), "{path} {credentials}");
                assert_eq!(length, get.body.len().to_string(), "{path} {credentials}");
                assert_eq!(head.headers, get.headers, "{path} {credentials}");
                assert_eq!(kind(&head), kind(&get), "{path} {credentials}");
            }
        }
    }
}

#[tokio::test]
async fn s27_the_query_does_not_choose_the_route() {
    let body = json!({ "username": "duane15", "password": PASSWORD });
    assert_eq!(send(&layer(), post_json("/login?next=/me", &body)).await.status, 200);
    let reply = send(&layer(), request("POST", "/me?/login")).await;
    assert_eq!(kind(&reply), RejectionKind::MissingCredentials);
}

#[tokio::test]
async fn lenient_paths_serve_one_trailing_slash_and_any_case_and_nothing_nearer() {
    let layer = builder().lenient_paths().build(find_in(users())).unwrap();
    let body = json!({ "username": "duane15", "password": PASSWORD });
    for path in ["/login", "/login/", "/LOGIN", "/Login/"] {
        assert_eq!(send(&layer, post_json(path, &body)).await.status, 200, "{path}");
    }
    for path in ["/login//", "//login", "/%6cogin", "/loginx"] {
        assert_eq!(kind(&send(&layer, post_json(path, &body)).await), RejectionKind::MissingCredentials, "{path}");
    }
}

#[tokio::test]
async fn a_contract_left_out_or_moved_leaves_a_guarded_route_behind() {
    let layer = builder().without(Login::NAME).dialect(AuthLocal::new().path("/in")).build(find_in(users())).unwrap();
    let body = json!({ "username": "duane15", "identifier": "duane15", "password": PASSWORD });
    for path in ["/login", "/auth/local"] {
        assert_eq!(kind(&send(&layer, post_json(path, &body)).await), RejectionKind::MissingCredentials, "{path}");
    }
    assert_eq!(send(&layer, post_json("/in", &body)).await.status, 200);
}

#[tokio::test]
async fn a_layer_without_contracts_guards_and_serves_what_is_named_afterwards() {
    let old = SigningKey::hs256(SECRET).unwrap().verifying_key();
    let guard = AuthLayer::builder().verifying_key(old).without_contracts().clock(ManualClock::at(NOW));
    let layer = guard.build(find_in(users())).unwrap();
    for path in ["/auth/local", "/login", "/api/auth/token", "/tokens"] {
        assert_eq!(layer.explain(&http::Method::POST, path), Explained::Guarded, "{path}");
    }
    assert_eq!(send(&layer, authorized(me(), &format!("Bearer {}", token_of(1)))).await.status, 200);

    let body = json!({ "username": "duane15", "identifier": "duane15", "password": PASSWORD });
    let one = builder().dialect(AuthLocal::new()).without_contracts().dialect(Login::new());
    let layer = one.build(find_in(users())).unwrap();
    assert_eq!(send(&layer, post_json("/login", &body)).await.status, 200);
    assert_eq!(kind(&send(&layer, post_json("/auth/local", &body)).await), RejectionKind::MissingCredentials);
}

// gRPC

#[tokio::test]
async fn grpc_requests_are_refused_in_trailers_only() {
    let layers = [builder(), builder().refuse_like(AuthLocal::NAME).offer_basic()];
    for layer in layers.map(|builder| builder.build(find_in(users())).unwrap()) {
        for content_type in
            ["application/grpc", "application/grpc+proto", "application/grpc-web+proto", "APPLICATION/GRPC"]
        {
            for (request, status, reason) in [
                (me(), "16", RejectionKind::MissingCredentials),
                (bearer("a.b.c"), "16", RejectionKind::MalformedToken),
                (bearer(&token_of(2)), "16", RejectionKind::BlockedUser),
                (by_basic("duane15", "wrong"), "16", RejectionKind::InvalidPassword),
                (authorized(bearer("a.b.c"), "Bearer x"), "16", RejectionKind::SeveralCredentials),
                (by_basic("frieda", PASSWORD), "14", RejectionKind::Unavailable),
            ] {
                let reply = send(&layer, grpc(request, content_type)).await;
                assert_eq!((reply.status, reply.header("grpc-status")), (200, Some(status)), "{reason:?}");
                assert_eq!(reply.header("content-type"), Some(content_type));
                assert_eq!(reply.header("grpc-message"), Some(Rejection::from(reason).to_string().as_str()));
                assert_eq!((kind(&reply), reply.text()), (reason, ""));
            }
            let good = grpc(bearer(&good_token()), content_type);
            assert_admitted(&send(&layer, good).await, "1", content_type);
        }
    }
    for content_type in ["application/grpcx", "application/json", "text/application/grpc", "application/grp"] {
        let reply = send(&layer(), grpc(me(), content_type)).await;
        assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE], content_type);
    }
    // Every call is a POST, and the refusal of anything else must not look like a success.
    let reply = send(&layer(), with(me(), "content-type", "application/grpc")).await;
    assert_refused(&reply, RejectionKind::MissingCredentials, 401, &[BARE], "GET");
}

// What passes through

/// A body that tells when somebody reads it.
struct Watched {
    polls: Arc<AtomicUsize>,
    frames: Vec<Frame<Bytes>>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.polls.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(self.frames.pop().map(Ok))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(7)
    }
}

#[tokio::test]
async fn s37_the_request_body_reaches_the_inner_service_unread() {
    let layer = builder().public("/health").optional("/feed").body_limit(1).build(find_in(users())).unwrap();
    let good = format!("Bearer {}", good_token());
    let right = basic("duane15", PASSWORD);
    for (path, field) in
        [("/health", None), ("/feed", None), ("/feed", Some(&good)), ("/me", Some(&good)), ("/me", Some(&right))]
    {
        let polls = Arc::new(AtomicUsize::new(0));
        let inner = {
            let polls = Arc::clone(&polls);
            service_fn(move |request: Request<Watched>| {
                assert_eq!(polls.load(Ordering::SeqCst), 0, "the layer read the body");
                async move {
                    let body = request.into_body().collect().await?.to_bytes();
                    Ok::<_, BoxError>(Response::new(Full::new(body)))
                }
            })
        };
        let body = Watched { polls: Arc::clone(&polls), frames: vec![Frame::data("content".into())] };
        let mut request = Request::post(path).body(body).unwrap();
        if let Some(field) = field {
            request.headers_mut().insert("authorization", field.parse().unwrap());
        }
        let response = layer.layer(inner).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200, "{path} {field:?}");
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "content");
    }
}

#[tokio::test]
async fn head_headers_and_extensions_reach_the_inner_service_untouched() {
    let layer = builder().public("/health").build(find_in(users())).unwrap();
    let good = format!("Bearer {}", good_token());
    let right = basic("duane15", PASSWORD);
    for (path, field, id) in [("/health", &good, None), ("/me", &good, Some("1")), ("/me", &right, Some("1"))] {
        let uri = format!("{path}?a=%20b&access_token=x");
        let mut request = with(post(&uri, "text/plain", "the body"), "x-own", "value");
        *request.version_mut() = http::Version::HTTP_2;
        request.extensions_mut().insert("an extension");
        let seen = send_to_witness(&layer, authorized(request, field)).await;
        let expected = json!({
            "method": "POST",
            "uri": uri,
            "version": "HTTP/2.0",
            "authorization": [field],
            "headers": 3,
            "identity": id,
            "extension": "an extension",
            "body": "the body",
        });
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn the_inner_response_passes_through_with_its_trailers() {
    let inner = service_fn(async |_: Request<Full<Bytes>>| {
        let mut trailers = http::HeaderMap::new();
        trailers.insert("grpc-status", 0.into());
        let frames = vec![Frame::trailers(trailers), Frame::data(Bytes::from("content"))];
        let response = Response::builder().status(418).header("x-own", "value").extension("an extension");
        Ok::<_, BoxError>(response.body(Watched { polls: Arc::default(), frames }).unwrap())
    });
    let response = layer().layer(inner).oneshot(bearer(&good_token())).await.unwrap();
    assert_eq!(response.status(), 418);
    assert_eq!(response.headers().len(), 1);
    assert_eq!(response.extensions().get(), Some(&"an extension"));
    assert_eq!(response.body().size_hint().exact(), Some(7));
    let collected = response.into_body().collect().await.unwrap();
    assert_eq!(collected.trailers().unwrap()["grpc-status"], "0");
    assert_eq!(collected.to_bytes(), "content");
}

#[tokio::test]
async fn the_inner_services_own_401_is_left_alone() {
    let inner = service_fn(async |_: Request<Full<Bytes>>| {
        Ok::<_, BoxError>(Response::builder().status(401).body(Full::new(Bytes::from("no"))).unwrap())
    });
    let reply = read(layer().layer(inner), bearer(&good_token())).await;
    assert_eq!((reply.status, reply.text(), reply.headers.len()), (401, "no", 0));
    assert!(reply.extensions.get::<Rejection>().is_none());
}

// endpoints()

#[tokio::test]
async fn endpoints_serve_the_logins_and_answer_404_to_the_rest() {
    let layer = builder().public("/health").allow_preflight().build(find_in(users())).unwrap();
    let logins = [
        (post_json("/auth/local", &json!({ "identifier": "duane15", "password": PASSWORD })), 200),
        (post_json("/auth/local", &json!({ "identifier": "duane15", "password": "wrong" })), 400),
        (post_json("/login", &json!({ "username": "duane15", "password": PASSWORD })), 200),
        (authorized(request("POST", "/api/auth/token"), &basic("duane15", PASSWORD)), 200),
        (post_json("/tokens", &json!({ "login": "duane15", "password": PASSWORD })), 201),
        (request("PATCH", &format!("/tokens/{}", refreshable_token(NOW))), 201),
    ];
    for (request, status) in logins {
        let path = request.uri().path().to_owned();
        let reply = read(layer.endpoints(), request).await;
        assert_eq!(reply.status, status, "{path}: {reply:?}");
    }
    for request in [
        me(),
        bearer(&good_token()),
        request("GET", "/login"),
        request("POST", "/login/"),
        request("GET", "/health"),
        preflight("/login"),
    ] {
        let path = request.uri().path().to_owned();
        let reply = read(layer.endpoints(), request).await;
        assert_eq!((reply.status, reply.text()), (404, ""), "{path}");
    }
}

#[tokio::test]
async fn endpoints_share_keys_and_stores_with_the_layer() {
    let layer = builder().refresh_grace(secs(0)).build(find_in(users())).unwrap();
    let old = refreshable_token(NOW);
    let reply = read(layer.endpoints(), request("PATCH", &format!("/tokens/{old}"))).await;
    let new = reply.json()["token"].as_str().unwrap().to_owned();
    assert_admitted(&send(&layer, bearer(&new)).await, "1", "the successor");
    assert_eq!(kind(&send(&layer, bearer(&old)).await), RejectionKind::RevokedToken);
}

// Claims

async fn status_of(builder: AuthLayerBuilder, claims: &str) -> (u16, Option<RejectionKind>) {
    let layer = builder.build(find_in(users())).unwrap();
    let reply = send(&layer, bearer(&token(claims))).await;
    (reply.status, reply.extensions.get::<Rejection>().map(Rejection::kind))
}

#[tokio::test]
async fn s15_a_configured_issuer_is_required_to_the_byte() {
    let issuer = "https://issuer.example/";
    let claims = |iss: &str| format!(r#"{{"id":1,"exp":{}{iss}}}"#, NOW + 3600);
    let status = async |iss: &str| status_of(builder().issuer(issuer), &claims(iss)).await;
    assert_eq!(status(&format!(r#","iss":"{issuer}""#)).await.0, 200);
    assert_eq!(status(r#","iss":"https:\/\/issuer.example\u002f""#).await.0, 200, "an escape is spelling");
    for foreign in [
        "",
        r#","iss":"""#,
        r#","iss":"https://issuer.example""#,
        r#","iss":"https://issuer.example//""#,
        r#","iss":"https://ISSUER.example/""#,
        r#","iss":" https://issuer.example/""#,
        r#","iss":"other""#,
        r#","aud":"https://issuer.example/""#,
    ] {
        assert_eq!(status(foreign).await, (401, Some(RejectionKind::ForeignToken)), "{foreign}");
    }
    for wrong_type in ["1", "null", "true", r#"["https://issuer.example/"]"#, r#"{"iss":"https://issuer.example/"}"#] {
        assert_eq!(status(&format!(r#","iss":{wrong_type}"#)).await.0, 401, "{wrong_type}");
    }
    assert_eq!(status_of(builder(), &claims(r#","iss":"anybody""#)).await.0, 200, "none is configured");
}

#[tokio::test]
async fn s15_a_configured_audience_is_required_to_the_byte() {
    let claims = |aud: &str| format!(r#"{{"id":1,"exp":{}{aud}}}"#, NOW + 3600);
    let status = async |aud: &str| status_of(builder().audience("shop"), &claims(aud)).await;
    for good in [r#","aud":"shop""#, r#","aud":["shop"]"#, r#","aud":["other","shop"]"#] {
        assert_eq!(status(good).await.0, 200, "{good}");
    }
    for foreign in [
        "",
        r#","aud":"""#,
        r#","aud":[]"#,
        r#","aud":"other""#,
        r#","aud":"Shop""#,
        r#","aud":"shop ""#,
        r#","aud":"other shop""#,
        r#","aud":["sho","p"]"#,
        r#","iss":"shop""#,
    ] {
        assert_eq!(status(foreign).await, (401, Some(RejectionKind::ForeignToken)), "{foreign}");
    }
    for wrong_type in ["1", "null", "{}", r#"["shop",1]"#, r#"[["shop"]]"#, r#"{"shop":"shop"}"#] {
        assert_eq!(status(&format!(r#","aud":{wrong_type}"#)).await.0, 401, "{wrong_type}");
    }
}

#[tokio::test]
async fn s15_what_is_issued_under_an_issuer_and_an_audience_is_admitted() {
    let layer = builder().issuer("https://issuer.example").audience("shop").build(find_in(users())).unwrap();
    let logins = [
        (post_json("/auth/local", &json!({ "identifier": "duane15", "password": PASSWORD })), "jwt"),
        (post_json("/login", &json!({ "username": "duane15", "password": PASSWORD })), "token"),
        (authorized(request("POST", "/api/auth/token"), &basic("duane15", PASSWORD)), "token"),
        (post_json("/tokens", &json!({ "login": "duane15", "password": PASSWORD })), "token"),
    ];
    for (request, member) in logins {
        let path = request.uri().path().to_owned();
        let token = send(&layer, request).await.json()[member].as_str().unwrap().to_owned();
        let claims: Value = serde_json::from_str(&decoded(&token).1).unwrap();
        assert_eq!((&claims["iss"], &claims["aud"]), (&json!("https://issuer.example"), &json!("shop")), "{path}");
        assert_admitted(&send(&layer, bearer(&token)).await, "1", &path);
    }
}

#[tokio::test]
async fn s13_s14_times_are_held_to_the_leeway() {
    use RejectionKind::{EarlyToken, ExpiredToken, MissingClaim};
    let far = NOW + 3600;
    let cases = [
        // leeway, claims, refused as
        (None, format!(r#""exp":{}"#, NOW + 1), None),
        (None, format!(r#""exp":{}"#, NOW - 9), None),
        (None, format!(r#""exp":{}"#, NOW - 10), Some(ExpiredToken)),
        (None, format!(r#""exp":{far},"nbf":{}"#, NOW + 10), None),
        (None, format!(r#""exp":{far},"nbf":{}"#, NOW + 11), Some(EarlyToken)),
        (None, format!(r#""exp":{far},"iat":{}"#, NOW + 10), None),
        (None, format!(r#""exp":{far},"iat":{}"#, NOW + 11), Some(EarlyToken)),
        (Some(0), format!(r#""exp":{}"#, NOW + 1), None),
        (Some(0), format!(r#""exp":{NOW}"#), Some(ExpiredToken)),
        (Some(0), format!(r#""exp":{far},"nbf":{NOW},"iat":{NOW}"#), None),
        (Some(0), format!(r#""exp":{far},"nbf":{}"#, NOW + 1), Some(EarlyToken)),
        (Some(0), format!(r#""exp":{far},"iat":{}"#, NOW + 1), Some(EarlyToken)),
        (Some(300), format!(r#""exp":{}"#, NOW - 299), None),
        (Some(300), format!(r#""exp":{}"#, NOW - 300), Some(ExpiredToken)),
        // floats and exponents
        (Some(0), format!(r#""exp":{far}.5"#), None),
        (Some(0), r#""exp":1.7000036e9"#.into(), None),
        (Some(0), r#""exp":17000036E+2"#.into(), None),
        (Some(0), format!(r#""exp":{}.5"#, NOW - 1), Some(ExpiredToken)),
        (Some(0), format!(r#""exp":{far},"nbf":{}.5"#, NOW - 1), None),
        (Some(0), format!(r#""exp":{far},"nbf":{NOW}.5"#), Some(EarlyToken)),
        (Some(0), format!(r#""exp":{far},"iat":{NOW}.001"#), Some(EarlyToken)),
        // saturation
        (None, r#""exp":1e308"#.into(), None),
        (None, r#""exp":18446744073709551615"#.into(), None),
        (None, r#""exp":-1e308"#.into(), Some(ExpiredToken)),
        (None, format!(r#""exp":{far},"nbf":1e308"#), Some(EarlyToken)),
        (None, format!(r#""exp":{far},"iat":-1e308"#), None),
        // exp is required
        (None, format!(r#""iat":{NOW}"#), Some(MissingClaim)),
        (None, format!(r#""EXP":{far}"#), Some(MissingClaim)),
    ];
    for (leeway, times, refused) in cases {
        let builder = leeway.map(secs).into_iter().fold(builder(), AuthLayerBuilder::leeway);
        let expected = (if refused.is_some() { 401 } else { 200 }, refused);
        assert_eq!(status_of(builder, &format!(r#"{{"id":1,{times}}}"#)).await, expected, "{leeway:?} {times}");
    }
    for claim in ["exp", "nbf", "iat"] {
        for value in [r#""1700003600""#, "null", "true", "[1700000000]", "{}", "1e400", "-1e400", "NaN"] {
            let others = if claim == "exp" { String::new() } else { format!(r#","exp":{far}"#) };
            let claims = format!(r#"{{"id":1,"{claim}":{value}{others}}}"#);
            assert_eq!(status_of(builder(), &claims).await.0, 401, "{claims}");
        }
    }
}

#[tokio::test]
async fn a_token_dies_with_the_clock() {
    let clock = ManualClock::at(NOW);
    let layer = builder().clock(clock.clone()).leeway(secs(0)).build(find_in(users())).unwrap();
    for (seconds, status) in [(NOW, 200), (NOW + 3599, 200), (NOW + 3600, 401), (NOW + 3599, 200), (NOW - 1, 401)] {
        clock.set(seconds);
        assert_eq!(send(&layer, bearer(&good_token())).await.status, status, "{seconds}");
    }
}

#[tokio::test]
async fn s10_a_token_beyond_the_limit_is_refused() {
    let good = good_token();
    for (limit, status) in [(good.len(), 200), (good.len() - 1, 401)] {
        let layer = builder().token_limit(limit).build(find_in(users())).unwrap();
        assert_eq!(send(&layer, bearer(&good)).await.status, status, "{limit}");
    }
    let padded = |length: usize| {
        (0..length)
            .map(|pad| token(&format!(r#"{{"id":1,"exp":{},"x":"{}"}}"#, NOW + 3600, "x".repeat(pad))))
            .skip(length / 2)
            .find(|token| token.len() >= length)
            .unwrap()
    };
    let (largest, beyond) = (padded(16 * 1024), padded(16 * 1024 + 1));
    assert_eq!(largest.len(), 16 * 1024, "the default limit can be met exactly");
    assert_admitted(&send(&layer(), bearer(&largest)).await, "1", "16 KiB");
    let reply = send(&layer(), bearer(&beyond)).await;
    assert_refused(&reply, RejectionKind::MalformedToken, 401, &[INVALID_TOKEN], "beyond 16 KiB");
}

#[tokio::test]
async fn s18_unknown_header_members_and_claims_are_ignored() {
    let header = r#"{"alg":"HS256","typ":"JWT","a":1,"b":{"c":[null]},"jku":"http://evil.example/keys"}"#;
    let claims = format!(r#"{{"x":{{"sub":"2"}},"id":1,"exp":{},"roles":["admin"],"n":null}}"#, NOW + 3600);
    assert_admitted(&send(&layer(), bearer(&hs256(header, &claims))).await, "1", "unknown members");
}

#[tokio::test]
async fn s19_guarded_routes_exchange_and_refresh_refuse_the_same_tokens() {
    let auth = layer();
    let refreshable = refreshable_token(NOW);
    let (_, claims) = decoded(&refreshable);
    let bad = [
        hs256_with(b"somebody else's secret", HEADER, &claims),
        hs256(r#"{"alg":"none"}"#, &claims),
        hs256(r#"{"alg":"HS256","crit":["x"]}"#, &claims),
        hs256(r#"{"alg":"HS256","typ":"ticket+jwt"}"#, &claims),
        hs256(HEADER, &claims.replace(r#""sub":1"#, r#""sub":1,"sub":1"#)),
        hs256(HEADER, &claims.replace(r#""nbf":1700000000"#, r#""nbf":1700009999"#)),
        hs256(HEADER, &claims.replace(r#""exp":1700003600"#, r#""exp":"1700003600""#)),
        hs256(HEADER, &claims.replace(r#""sub":1"#, r#""sub":2"#)),
        format!("{refreshable}="),
        format!("{refreshable}.x"),
    ];
    for token in bad {
        assert_eq!(send(&auth, bearer(&token)).await.status, 401, "{token}");
        let exchange = authorized(request("POST", "/api/auth/token"), &format!("Bearer {token}"));
        assert_eq!(send(&auth, exchange).await.status, 403, "{token}");
        assert_eq!(send(&auth, request("PATCH", &format!("/tokens/{token}"))).await.status, 401, "{token}");
    }
    assert_eq!(send(&auth, bearer(&refreshable)).await.status, 200);
    assert_eq!(send(&auth, request("PATCH", &format!("/tokens/{refreshable}"))).await.status, 201);
}

#[tokio::test]
async fn s65_a_clock_that_jumps_opens_nothing_for_good() {
    let clock = ManualClock::at(NOW);
    let auth = builder().clock(clock.clone()).build(find_in(users())).unwrap();
    let at = async |seconds: u64| {
        clock.set(seconds);
        send(&auth, bearer(&good_token())).await.extensions.get::<Rejection>().map(Rejection::kind)
    };
    assert_eq!(at(NOW).await, None);
    // Far ahead, back before its time, to the first of all seconds, to the last that there is, and home again.
    assert_eq!(at(NOW + 1_000_000_000).await, Some(RejectionKind::ExpiredToken));
    assert_eq!(at(NOW - 100_000).await, Some(RejectionKind::EarlyToken));
    assert_eq!(at(0).await, Some(RejectionKind::EarlyToken));
    assert_eq!(at(u64::MAX / 1000).await, Some(RejectionKind::ExpiredToken));
    assert_eq!(at(NOW).await, None);
}

/// What is revoked while the clock is ahead has others leave that have had their time, and none else.
#[tokio::test]
async fn s65_a_clock_that_jumps_ahead_and_comes_back_revives_no_revoked_token() {
    let clock = ManualClock::at(NOW);
    let sessions = MemorySessions::with_capacity(10);
    let auth = builder().clock(clock.clone()).session_store(sessions).build(find_in(users())).unwrap();
    let token = refreshable_token(NOW);
    assert!(auth.revoke(&token).await.is_ok());
    let ahead = NOW + 365 * 86_400;
    clock.set(ahead);
    for id in 0..5 {
        let jti = format!("another-token-{id}");
        let claims =
            json!({ "sub": 1, "iss": "http://old", "iat": ahead, "exp": ahead + 3600, "nbf": ahead, "jti": jti });
        assert!(auth.revoke(&hs256(r#"{"typ":"JWT","alg":"HS256"}"#, &claims.to_string())).await.is_ok());
    }
    clock.set(NOW);
    assert_eq!(send(&auth, bearer(&token)).await.status, 401);
    assert_eq!(send(&auth, request("PATCH", &format!("/tokens/{token}"))).await.status, 401);
}

#[tokio::test]
async fn s65_a_revoked_token_stays_out_while_the_clock_goes_back_and_forth() {
    let clock = ManualClock::at(NOW);
    let auth = builder().clock(clock.clone()).build(find_in(users())).unwrap();
    let token = refreshable_token(NOW);
    assert!(auth.revoke(&token).await.is_ok());
    for seconds in [NOW, NOW - 30, NOW + 30, NOW - 3600, NOW + 3000, NOW] {
        clock.set(seconds);
        assert_eq!(send(&auth, bearer(&token)).await.status, 401, "{seconds}");
        assert_eq!(send(&auth, request("PATCH", &format!("/tokens/{token}"))).await.status, 401, "{seconds}");
    }
}
