//! Logging out, in each contract's manner.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::json;
use support::*;
use tower_auth::{
    AuthLayer, AuthLayerBuilder, Lookup, Timestamp,
    dialect::{AuthLocal, Login, Refusal, Tokens},
    store::{MemorySessions, SessionStore, StoreFuture, TokenKey},
};

fn with_logout(builder: AuthLayerBuilder) -> AuthLayerBuilder {
    builder.dialect(AuthLocal::new().logout()).dialect(Login::new().logout()).dialect(Tokens::new().logout())
}

/// A contract, a way to log out of it, and its answer.
type Logout = (&'static str, Request<Full<Bytes>>, (u16, &'static str));

/// Every way to log out with a token.
fn logouts(token: &str) -> Vec<Logout> {
    let by_bearer = |method, path| authorized(request(method, path), &format!("Bearer {token}"));
    vec![
        ("auth_local", by_bearer("POST", "/auth/logout"), (200, r#"{"ok":true}"#)),
        ("login", by_bearer("GET", "/logout"), (200, r#"{"message":"Logged out"}"#)),
        ("login", by_bearer("POST", "/logout"), (200, r#"{"message":"Logged out"}"#)),
        ("tokens", request("DELETE", &format!("/tokens/{token}")), (204, "")),
        ("tokens", by_bearer("DELETE", "/tokens"), (204, "")),
    ]
}

async fn guarded<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> u16 {
    send(layer, bearer(token)).await.status
}

async fn refresh<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> Reply {
    send(layer, request("PATCH", &format!("/tokens/{token}"))).await
}

#[tokio::test]
async fn logging_out_ends_the_token_at_every_door_and_twice_is_a_success() {
    for way in 0..5 {
        let layer = with_logout(builder()).build(find_in(users())).unwrap();
        let (token, other) = (refreshable_token(NOW), good_token());
        for time in 1..=2 {
            let (contract, request, expected) = logouts(&token).swap_remove(way);
            let reply = send(&layer, request).await;
            assert_eq!((reply.status, reply.text()), expected, "{contract}, time {time}");
            assert_eq!(guarded(&layer, &token).await, 401, "{contract}");
            assert_eq!(refresh(&layer, &token).await.status, 401, "{contract}");
        }
        assert_eq!(guarded(&layer, &other).await, 200, "another one");
    }
}

/// A cache would tell the next user that he is logged out, and the layer would hear nothing of it.
#[tokio::test]
async fn no_cache_keeps_the_answer_to_a_logout() {
    let layer = with_logout(builder()).token_header("x-access-token").build(find_in(users())).unwrap();
    let mut by_header = request("GET", "/logout");
    by_header.headers_mut().insert("x-access-token", refreshable_token(NOW).parse().unwrap());
    let others = logouts(&refreshable_token(NOW)).into_iter().map(|(_, request, _)| request);
    for request in others.chain([by_header]) {
        let asked = format!("{} {}", request.method(), request.uri().path());
        let reply = send(&layer, request).await;
        assert!(matches!(reply.status, 200 | 204), "{asked}: {reply:?}");
        let headers = (reply.header("cache-control"), reply.header("pragma"));
        assert_eq!(headers, (Some("no-store"), Some("no-cache")), "{asked}");
    }
}

#[tokio::test]
async fn s44_logging_out_ends_the_family_whichever_token_is_shown() {
    for shown in 0..3 {
        for way in 0..5 {
            let layer = with_logout(builder()).build(find_in(users())).unwrap();
            let mut family = vec![refreshable_token(NOW)];
            for _ in 0..2 {
                let reply = refresh(&layer, family.last().unwrap()).await;
                family.push(reply.json()["token"].as_str().unwrap().to_owned());
            }
            let (_, request, (status, _)) = logouts(&family[shown]).swap_remove(way);
            assert_eq!(send(&layer, request).await.status, status);
            for token in &family {
                assert_eq!(guarded(&layer, token).await, 401, "shown {shown}, way {way}");
                let reply = refresh(&layer, token).await;
                assert_eq!(reply.text(), r#"{"message":["The token has been blacklisted"]}"#);
            }
        }
    }
}

#[tokio::test]
async fn an_expired_token_that_could_still_be_refreshed_logs_out() {
    for way in 0..5 {
        let layer = with_logout(builder()).build(find_in(users())).unwrap();
        let token = refreshable_token(NOW - 7_200);
        let (_, request, (status, _)) = logouts(&token).swap_remove(way);
        assert_eq!(send(&layer, request).await.status, status);
        assert_eq!(refresh(&layer, &token).await.extensions.get(), Some(&Refusal::RevokedToken));
    }
}

#[tokio::test]
async fn a_token_that_means_nothing_is_refused_as_the_contract_refuses_bad_tokens() {
    let layer = with_logout(builder()).build(find_in(users())).unwrap();
    let expired = hs256(HEADER, &format!(r#"{{"id":1,"iat":{},"exp":{}}}"#, NOW - 7_200, NOW - 3_600));
    let forged = hs256_with(b"another secret of more than thirty-two bytes", HEADER, r#"{"id":1}"#);
    for (token, tokens_words) in [
        ("abc", "Wrong number of segments"),
        (&*expired, "Token has expired and can no longer be refreshed"),
        (&*forged, "Token Signature could not be verified."),
    ] {
        for (contract, request, _) in logouts(token) {
            let reply = send(&layer, request).await;
            let expected = match contract {
                "auth_local" => r#"{"statusCode":401,"error":"Unauthorized","message":"Invalid token."}"#.to_owned(),
                "login" => r#"{"message":"Invalid token for request"}"#.to_owned(),
                _ => format!(r#"{{"message":["{tokens_words}"]}}"#),
            };
            assert_eq!(reply.text(), expected, "{contract}");
            let challenge = r#"Bearer realm="api", error="invalid_token""#;
            assert_eq!((reply.status, reply.header("www-authenticate")), (401, Some(challenge)), "{contract}");
        }
    }
}

#[tokio::test]
async fn without_a_token_a_logout_is_refused() {
    let layer = with_logout(builder()).build(find_in(users())).unwrap();
    for (method, path, status, body) in [
        ("POST", "/auth/logout", 403, r#"{"statusCode":403,"error":"Forbidden","message":"Forbidden"}"#),
        ("GET", "/logout", 401, r#"{"message":"Require authentication token for request."}"#),
        ("POST", "/logout", 401, r#"{"message":"Require authentication token for request."}"#),
        ("DELETE", "/tokens", 401, r#"{"message":["Token not provided"]}"#),
    ] {
        let reply = send(&layer, request(method, path)).await;
        assert_eq!((reply.status, reply.text()), (status, body), "{method} {path}");
        let challenge = (status == 401).then_some(r#"Bearer realm="api""#);
        assert_eq!(reply.header("www-authenticate"), challenge, "{method} {path}");
        let reply = send(&layer, authorized(request(method, path), &basic("duane15", PASSWORD))).await;
        assert_eq!(reply.status, status, "a password logs nobody out");
    }
}

#[tokio::test]
async fn s26_logout_routes_are_guarded_ones_unless_asked_for() {
    let layer = layer();
    for (_, request, _) in logouts(&refreshable_token(NOW)) {
        let reply = send(&layer, request).await;
        let inner = reply.text() == "inner: 1";
        let guarded = reply.status == 401 && reply.header("content-type") == Some("application/problem+json");
        assert!(inner || guarded, "{}", reply.text());
    }
    assert_eq!(guarded(&layer, &refreshable_token(NOW)).await, 200);
    let layer = with_logout(builder()).build(find_in(users())).unwrap();
    for (method, path) in [("GET", "/auth/logout"), ("DELETE", "/logout"), ("POST", "/tokens/x"), ("HEAD", "/logout")] {
        let reply = send(&layer, request(method, path)).await;
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_contract_that_is_moved_takes_its_logout_along() {
    let layer = builder()
        .mount("/v1")
        .dialect(AuthLocal::new().path("/api/auth/local").logout())
        .dialect(Tokens::new().path("/api/tokens").logout())
        .build(find_in(users()))
        .unwrap();
    let token = refreshable_token(NOW);
    let by_bearer = |method, path| authorized(request(method, path), &format!("Bearer {token}"));
    assert_eq!(send(&layer, by_bearer("POST", "/v1/api/auth/logout")).await.status, 200);
    assert_eq!(send(&layer, by_bearer("DELETE", "/v1/api/tokens")).await.status, 204);
    assert_eq!(send(&layer, request("DELETE", &format!("/v1/api/tokens/{token}"))).await.status, 204);
}

#[tokio::test]
async fn a_blocked_user_and_one_who_is_gone_may_log_out() {
    for user in [2, 99] {
        let layer = with_logout(builder()).build(find_in(users())).unwrap();
        let token = hs256(HEADER, &format!(r#"{{"id":{user},"iat":{NOW},"exp":{}}}"#, NOW + 3600));
        let (_, request, (status, _)) = logouts(&token).swap_remove(0);
        assert_eq!(send(&layer, request).await.status, status);
    }
}

/// A store that cannot revoke while the switch is on.
struct Failing(MemorySessions, Arc<AtomicBool>);

impl SessionStore for Failing {
    leave_to!(0, [answers, rotate, revoke, revoke_user, open, sessions, end_session]);

    fn revoke_family(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        match self.1.load(Ordering::SeqCst) {
            true => Box::pin(async { Err("the store is down".into()) }),
            false => self.0.revoke_family(token, now, until),
        }
    }
}

#[tokio::test]
async fn s60_a_store_that_fails_is_never_a_success() {
    let broken = Arc::new(AtomicBool::new(true));
    let store = Failing(MemorySessions::default(), Arc::clone(&broken));
    let layer = with_logout(builder().session_store(store)).build(find_in(users())).unwrap();
    let token = refreshable_token(NOW);
    let words = "The service is unavailable at the moment, please try again";
    for (contract, request, _) in logouts(&token) {
        let reply = send(&layer, request).await;
        let expected = match contract {
            "auth_local" => json!({ "statusCode": 503, "error": "Service Unavailable", "message": words }),
            "login" => json!({ "message": words }),
            _ => json!({ "message": [words] }),
        };
        assert_eq!((reply.status, reply.json(), reply.header("retry-after")), (503, expected, Some("1")), "{contract}");
        assert_eq!(guarded(&layer, &token).await, 200, "and the token goes on");
    }
    broken.store(false, Ordering::SeqCst);
    let (_, request, (status, _)) = logouts(&token).swap_remove(0);
    assert_eq!(send(&layer, request).await.status, status);
    assert_eq!(guarded(&layer, &token).await, 401);
}

#[tokio::test]
async fn s64_a_full_store_is_never_a_success() {
    let layer = with_logout(builder().session_store(MemorySessions::with_capacity(0))).build(find_in(users())).unwrap();
    for (contract, request, _) in logouts(&refreshable_token(NOW)) {
        assert_eq!(send(&layer, request).await.status, 503, "{contract}");
    }
}
