//! Revoking a token by hand.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::sync::Arc;

use support::*;
use tower_auth::{MemorySessions, Rejection, RejectionKind};

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
    let layer = builder().sessions(Arc::clone(&sessions)).build(find_in(users())).unwrap();
    let expired = hs256(HEADER, &format!(r#"{{"id":1,"iat":{},"exp":{}}}"#, NOW - 7_200, NOW - 3_600));
    let forged = format!("{}x", good_token());
    for token in ["", "a.b.c", &forged, &expired] {
        assert!(!layer.revoke(token).await.unwrap(), "{token}");
    }
    assert!(sessions.is_empty());
}

#[tokio::test]
async fn s64_a_store_without_room_says_so_and_the_token_goes_on() {
    let layer = builder().sessions(MemorySessions::with_capacity(0)).build(find_in(users())).unwrap();
    assert!(layer.revoke(&good_token()).await.is_err());
    assert_eq!(send(&layer, bearer(&good_token())).await.status, 200);
}
