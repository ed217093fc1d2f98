//! On axum: where the layer goes, and the extractors.
#![cfg(feature = "axum")]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::net::SocketAddr;

use axum::{Json, Router, extract::ConnectInfo, routing::get};
use serde_json::json;
use support::*;
use tower_auth::{AuthLayer, CurrentUser, Identity};

fn login() -> http::Request<http_body_util::Full<bytes::Bytes>> {
    post_json("/login", &json!({"username": "duane15", "password": PASSWORD}))
}

async fn me(user: CurrentUser<User>) -> Json<CurrentUser<User>> {
    Json(user)
}

#[tokio::test]
async fn as_the_outermost_layer_it_serves_logins_and_guards_routes_and_the_fallback() {
    let app = Router::new().route("/me", get(me)).layer(layer());
    assert_eq!(read(app.clone(), login()).await.status, 200);
    assert_eq!(read(app.clone(), request("GET", "/me")).await.status, 401);
    assert_eq!(read(app.clone(), request("GET", "/nowhere")).await.status, 401);
    let reply = read(app, bearer(&good_token())).await;
    assert_eq!((reply.status, reply.json()), (200, json!({"id": 1, "username": "duane15"})));
}

#[tokio::test]
async fn under_route_layer_the_logins_are_not_served() {
    let app = Router::new().route("/me", get(me)).route_layer(layer());
    assert_eq!(read(app.clone(), login()).await.status, 404);
    assert_eq!(read(app, request("GET", "/me")).await.status, 401);
}

#[tokio::test]
async fn nested_the_logins_are_not_served_and_the_endpoints_can_be_mounted_instead() {
    let auth = layer();
    let nested = Router::new().route("/me", get(me)).layer(auth.clone());
    let app = Router::new().nest("/api", nested.clone());
    let mut inside = login();
    *inside.uri_mut() = "/api/login".parse().unwrap();
    assert_eq!(read(app, inside).await.status, 404);

    let app = Router::new().nest("/api", nested).route_service("/login", auth.endpoints());
    assert_eq!(read(app.clone(), login()).await.status, 200);
    assert_eq!(read(app, request("GET", "/api/me")).await.status, 401);
}

#[tokio::test]
async fn a_route_added_after_the_layer_is_unguarded() {
    let app = Router::new().route("/me", get(me)).layer(layer()).route("/late", get(async || "late"));
    assert_eq!(read(app, request("GET", "/late")).await.status, 200);
}

#[tokio::test]
async fn merged_and_fallback_routers_are_guarded_when_the_layer_comes_last() {
    let other = Router::new().route("/other", get(async || "other"));
    let app = Router::new().merge(other).fallback(async || "fallback").layer(layer());
    for path in ["/other", "/anything"] {
        assert_eq!(read(app.clone(), request("GET", path)).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn extractors_give_the_user_the_identity_or_nobody() {
    let auth: AuthLayer<_> = builder().optional("/maybe").public("/open").build(find_in(users())).unwrap();
    let app = Router::new()
        .route(
            "/me",
            get(async |identity: Identity<User>| format!("{} by {}", identity.id(), identity.scheme().name())),
        )
        .route("/maybe", get(async |user: Option<CurrentUser<User>>| user.is_some().to_string()))
        .route("/open", get(async |identity: Option<Identity<User>>| identity.is_some().to_string()))
        .layer(auth);
    let token = format!("Bearer {}", good_token());
    for (path, authorization, text) in [
        ("/me", Some(token.clone()), "1 by bearer"),
        ("/me", Some(basic("duane15", PASSWORD)), "1 by basic"),
        ("/maybe", Some(token.clone()), "true"),
        ("/maybe", None, "false"),
        ("/open", Some(token), "false"),
    ] {
        let request = request("GET", path);
        let request = match &authorization {
            Some(value) => authorized(request, value),
            None => request,
        };
        let reply = read(app.clone(), request).await;
        assert_eq!((reply.status, reply.text()), (200, text), "{path} {authorization:?}");
    }
}

#[tokio::test]
async fn a_missing_layer_is_the_applications_mistake() {
    let app = Router::new().route("/me", get(me));
    assert_eq!(read(app, request("GET", "/me")).await.status, 500);

    let app = Router::new().route("/me", get(async |_: CurrentUser<String>| "")).layer(layer());
    assert_eq!(read(app, bearer(&good_token())).await.status, 500, "another user type");

    let auth = builder().claims_only().build(find_in(users())).unwrap();
    let app = Router::new().route("/me", get(me)).layer(auth);
    assert_eq!(read(app, bearer(&good_token())).await.status, 500, "nobody was looked up");
}

#[tokio::test]
async fn s55_clients_are_told_apart_by_connect_info() {
    let auth = builder().throttle(tower_auth::MemoryThrottle::default()).build(find_in(users())).unwrap();
    let app = Router::new().layer(auth);
    let from = |address: &str| {
        let mut request = post_json("/auth/local", &json!({"identifier": "duane15", "password": "x"}));
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(address.parse().unwrap()));
        request
    };
    for _ in 0..10 {
        assert_eq!(read(app.clone(), from("192.0.2.1:1")).await.status, 400);
    }
    assert_eq!(read(app.clone(), from("192.0.2.1:2")).await.status, 429);
    assert_eq!(read(app, from("192.0.2.2:1")).await.status, 400);
}
