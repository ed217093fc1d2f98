//! On axum: where the layer goes, and the extractors.
#![cfg(feature = "axum")]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::net::SocketAddr;

use axum::{Json, Router, extract::ConnectInfo, routing::get};
use serde_json::json;
use support::*;
use tower_auth::{AuthLayer, Claims, CurrentUser, Identity, Requirement};

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
async fn under_route_layer_a_page_on_the_path_brings_the_login_back() {
    let app = Router::new().route("/login", get(async || "a page")).route_layer(layer());
    assert_eq!(read(app.clone(), login()).await.status, 200);
    assert_eq!(read(app, request("GET", "/login")).await.status, 401);
}

#[tokio::test]
async fn merged_with_another_router_afterwards_it_serves_logins_only_from_the_right() {
    let guarded = || Router::new().route("/me", get(me)).layer(layer());
    let other = || Router::new().route("/open", get(async || "open"));
    for (app, status) in [(guarded().merge(other()), 404), (other().merge(guarded()), 200)] {
        assert_eq!(read(app.clone(), login()).await.status, status);
        assert_eq!(read(app.clone(), request("GET", "/me")).await.status, 401);
        assert_eq!(read(app, request("GET", "/open")).await.status, 200);
    }
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
        .route("/me", get(async |identity: Identity<User>| format!("{} by {}", identity.id(), identity.scheme())))
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

#[derive(serde::Deserialize)]
struct Tenant {
    tenant: String,
}

#[tokio::test]
async fn claims_are_read_as_the_handlers_own_type() {
    let auth = builder().optional("/maybe").build(find_in(users())).unwrap();
    let app = Router::new()
        .route("/me", get(async |Claims(claims): Claims<Tenant>| claims.tenant))
        .route(
            "/maybe",
            get(async |claims: Option<Claims<Tenant>>| format!("{:?}", claims.map(|claims| claims.0.tenant))),
        )
        .layer(auth);
    let token = |claims: &str| {
        let token = hs256(HEADER, &format!(r#"{{"sub":1,"iat":{NOW},"exp":{}{claims}}}"#, NOW + 60));
        format!("Bearer {token}")
    };
    let fitting = token(r#","tenant":"acme""#);
    let by_basic = basic("duane15", PASSWORD);
    for (path, authorization, status, challenge) in [
        ("/me", Some(&fitting), 200, None),
        ("/me", Some(&token("")), 401, Some(r#"Bearer error="invalid_token""#)),
        ("/me", Some(&token(r#","tenant":7"#)), 401, Some(r#"Bearer error="invalid_token""#)),
        ("/me", Some(&by_basic), 401, Some("Bearer")),
        ("/maybe", Some(&fitting), 200, None),
        ("/maybe", Some(&by_basic), 200, None),
        ("/maybe", None, 200, None),
        ("/maybe", Some(&token("")), 401, Some(r#"Bearer error="invalid_token""#)),
    ] {
        let request = request("GET", path);
        let request = match authorization {
            Some(value) => authorized(request, value),
            None => request,
        };
        let reply = read(app.clone(), request).await;
        assert_eq!((reply.status, reply.header("www-authenticate")), (status, challenge), "{path} {authorization:?}");
    }
    let reply = read(app, authorized(request("GET", "/me"), &fitting)).await;
    assert_eq!(reply.text(), "acme");
}

#[tokio::test]
async fn roles_and_scopes_guard_the_routes_that_ask_for_them() {
    let auth = builder()
        .build(|_: tower_auth::Query| {
            std::future::ready(Ok::<_, tower_auth::BoxError>(Some(
                tower_auth::Account::new(1, json!({})).roles(["editor"]),
            )))
        })
        .unwrap();
    let require = |role: &str| auth.require(Requirement::role(role));
    let app = Router::new()
        .route("/edit", get(async || "edited").route_layer(require("editor")))
        .route("/close", get(async || "closed").route_layer(require("admin")))
        .route(
            "/ask",
            get(async |identity: Identity<User>| Requirement::role("admin").check(&identity).map(|()| "asked")),
        )
        .layer(auth.clone());
    let get = |path: &str| authorized(request("GET", path), &format!("Bearer {}", good_token()));
    for (path, status) in [("/edit", 200), ("/close", 403), ("/ask", 403)] {
        let reply = read(app.clone(), get(path)).await;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.header("www-authenticate").is_some(), status == 403, "{path}");
    }
}

#[tokio::test]
async fn a_missing_layer_is_the_applications_mistake_and_never_a_401() {
    let user = || get(async |_: CurrentUser<User>| "");
    let identity = || get(async |_: Identity<User>| "");
    let claims = || get(async |_: Claims<serde_json::Value>| "");
    let optional = builder().optional("/me").build(find_in(users())).unwrap();
    let claims_only = builder().claims_only().build(find_in(users())).unwrap();
    let public = builder().public("/me").build(find_in(users())).unwrap();
    let [other, maybe_other] = [get(async |_: CurrentUser<String>| ""), get(async |_: Option<Identity<String>>| "")];
    let router = |handler| Router::new().route("/me", handler);
    let (nobody, somebody) = (|| request("GET", "/me"), || bearer(&good_token()));
    for (app, request, sentence) in [
        (router(user()), nobody(), "no AuthLayer let this request in"),
        (router(identity()), somebody(), "no AuthLayer let this request in"),
        (router(claims()), somebody(), "no AuthLayer let this request in"),
        (router(user()).layer(public), somebody(), "no AuthLayer let this request in"),
        (router(identity()).layer(optional.clone()), nobody(), "take an Option"),
        (router(claims()).layer(optional), nobody(), "take an Option"),
        (router(other).layer(layer()), somebody(), "another user type than the lookup's"),
        (router(maybe_other).layer(layer()), somebody(), "another user type than the lookup's"),
        (router(user()).layer(claims_only), somebody(), "take Identity or Claims under claims_only()"),
    ] {
        let reply = read(app, request).await;
        assert_eq!(reply.status, 500, "{sentence}");
        assert!(reply.text().contains(sentence), "{sentence}: {}", reply.text());
        assert_eq!(reply.header("www-authenticate"), None);
    }
}

#[tokio::test]
async fn s55_clients_are_told_apart_by_connect_info() {
    let key = tower_auth::SigningKey::hs256(SECRET).unwrap();
    let auth = tower_auth::AuthLayer::builder().key(key).without("auth_token").build(find_in(users())).unwrap();
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

#[tokio::test]
async fn s31_whatever_it_wraps_is_guarded_nested_merged_or_fallen_back_to() {
    let inside = Router::new().route("/me", get(me)).fallback(async || "inside");
    let beside = Router::new().route("/beside", get(async || "beside"));
    let app = Router::new().nest("/api", inside).merge(beside).fallback(async || "nowhere").layer(layer());
    for path in ["/api", "/api/me", "/api/nowhere", "/beside", "/nowhere", "/", "/api/", "/api//me"] {
        assert_eq!(read(app.clone(), request("GET", path)).await.status, 401, "{path}");
        let mut known = bearer(&good_token());
        *known.uri_mut() = path.parse().unwrap();
        assert_eq!(read(app.clone(), known).await.status, 200, "{path}");
    }
    assert_eq!(read(app, login()).await.status, 200);
}
