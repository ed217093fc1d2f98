//! Scopes and roles: what a route asks for beyond being somebody.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::future::{Ready, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use serde_json::json;
use support::variant::Variant;
use support::*;
use tower::{Layer, service_fn};
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Identity, Lookup, Query, Rejection, RejectionKind,
    Requirement, SigningKey, TokenClaims, dialect::Tokens,
};

/// User 1, whose account says this of scopes and of roles.
fn somebody(scopes: Option<&'static [&str]>, roles: Option<&'static [&str]>) -> impl Lookup<User = User> {
    move |_: Query| -> Ready<Result<Option<Account<User>>, BoxError>> {
        let mut account = Account::new(1, json!({})).password_verified();
        if let Some(scopes) = scopes {
            account = account.scopes(scopes.iter().copied());
        }
        if let Some(roles) = roles {
            account = account.roles(roles.iter().copied());
        }
        ready(Ok(Some(account)))
    }
}

/// A token for user 1 with these claims besides.
fn token(claims: &str) -> String {
    hs256(HEADER, &format!(r#"{{"sub":1,"iat":{NOW},"exp":{}{claims}}}"#, NOW + 60))
}

/// Sends a request through the layer, and behind it to an inner service that requires something.
async fn ask<L: Lookup>(auth: &AuthLayer<L>, required: Requirement, request: Request<Full<Bytes>>) -> Reply {
    let inner = service_fn(async |_| Ok::<_, BoxError>(Response::new(Full::<Bytes>::from("inner"))));
    read(auth.layer(auth.require(required).layer(inner)), request).await
}

async fn status(builder: AuthLayerBuilder, lookup: impl Lookup, required: Requirement, claims: &str) -> u16 {
    ask(&builder.build(lookup).unwrap(), required, bearer(&token(claims))).await.status
}

#[tokio::test]
async fn a_token_names_its_scopes_in_either_way() {
    for (claims, met) in [
        (r#","scope":"read write""#, true),
        (r#","scope":"write""#, true),
        (r#","scp":"read write""#, true),
        (r#","scp":["read","write"]"#, true),
        (r#","scope":"read","scp":["write"]"#, false),
        (r#","scope":"read""#, false),
        (r#","scope":"writer rewrite WRITE""#, false),
        (r#","scope":"""#, false),
        (r#","scope":null,"scp":["write"]"#, false),
        (r#","scope":7"#, false),
        (r#","scope":["write",7]"#, false),
        (r#","roles":["write"]"#, false),
        ("", false),
    ] {
        let expected = if met { 200 } else { 403 };
        let required = || Requirement::scope("write");
        assert_eq!(status(builder().claims_only(), find_in(users()), required(), claims).await, expected, "{claims}");
        assert_eq!(status(builder(), somebody(None, None), required(), claims).await, expected, "{claims}");
    }
}

#[tokio::test]
async fn account_and_token_both_have_it_as_far_as_they_say() {
    let scopes: [(Option<&[&str]>, &str, bool); 9] = [
        (Some(&["write"]), "", true),
        (Some(&["write"]), r#","scope":"write""#, true),
        (Some(&["write"]), r#","scope":"read""#, false),
        (Some(&["read"]), r#","scope":"write""#, false),
        (Some(&[]), r#","scope":"write""#, false),
        (None, r#","scope":"write""#, true),
        // What is no text and no number for anybody who reads it; ignored members may be that.
        (Some(&["write"]), r#","scope":"write \ud83d""#, false),
        (Some(&["write"]), r#","scope":[1e999]"#, false),
        (Some(&["write"]), r#","scope":"write","x":["\ud83d",1e999]"#, true),
    ];
    for (account, claims, met) in scopes {
        let status = status(builder(), somebody(account, None), Requirement::scope("write"), claims).await;
        assert_eq!(status == 200, met, "{account:?} {claims}");
    }
    for (account, claims, met) in scopes {
        let claims = claims.replace("scope", "roles");
        let status = status(builder(), somebody(None, account), Requirement::role("write"), &claims).await;
        assert_eq!(status == 200, met, "{account:?} {claims}");
    }
}

#[tokio::test]
async fn scopes_and_roles_are_no_names_for_each_other() {
    for (required, expected) in [(Requirement::scope("admin"), 403), (Requirement::role("admin"), 200)] {
        assert_eq!(status(builder(), somebody(None, Some(&["admin"])), required, "").await, expected);
    }
}

#[tokio::test]
async fn one_of_several_is_enough_and_one_behind_the_other_is_both() {
    let either = Requirement::scope("write").or(Requirement::role("admin"));
    assert_eq!(status(builder(), somebody(None, Some(&["admin"])), either.clone(), "").await, 200);
    assert_eq!(status(builder(), somebody(Some(&["write"]), None), either.clone(), "").await, 200);
    assert_eq!(status(builder(), somebody(Some(&["read"]), Some(&["user"])), either, "").await, 403);

    let auth = builder().build(somebody(Some(&["write"]), Some(&["user"]))).unwrap();
    let inner = service_fn(async |_| Ok::<_, BoxError>(Response::new(Full::<Bytes>::from("inner"))));
    let both = auth.require(Requirement::role("admin")).layer(inner);
    let both = auth.layer(auth.require(Requirement::scope("write")).layer(both));
    assert_eq!(read(both, bearer(&token(""))).await.status, 403);
}

#[tokio::test]
async fn s25_a_refusal_is_403_with_the_layers_own_challenge() {
    let auth = builder().realm("vault").lookup_verifies_passwords().build(somebody(None, None)).unwrap();
    let reply = ask(&auth, Requirement::scope("write"), bearer(&token(""))).await;
    assert_eq!(
        (reply.status, reply.json()["detail"].as_str()),
        (403, Some("the credentials do not cover this request"))
    );
    assert_eq!(reply.header("www-authenticate"), Some(r#"Bearer realm="vault", error="insufficient_scope""#));
    let kind = reply.extensions.get::<Rejection>().map(Rejection::kind);
    assert_eq!(kind, Some(RejectionKind::InsufficientScope));

    let by_basic = authorized(request("GET", "/me"), &basic("duane15", PASSWORD));
    let reply = ask(&auth, Requirement::scope("write"), by_basic).await;
    assert_eq!((reply.status, reply.header("www-authenticate")), (403, None), "RFC 6750 §3: no token, no code");
}

#[tokio::test]
async fn a_refusal_has_the_form_that_the_layer_refuses_in() {
    let auth = builder().refuse_like(Tokens::NAME).build(somebody(None, None)).unwrap();
    let reply = ask(&auth, Requirement::scope("write"), bearer(&token(""))).await;
    assert_eq!((reply.status, reply.json()), (403, json!({"message": ["Forbidden"]})));

    let mut call = authorized(request("POST", "/pkg.Service/Method"), &format!("Bearer {}", token("")));
    call.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    let reply = ask(&auth, Requirement::scope("write"), call).await;
    assert_eq!((reply.status, reply.header("grpc-status")), (200, Some("7")));
}

#[tokio::test]
async fn nobody_on_an_optional_route_is_asked_for_credentials() {
    let auth = builder().optional("/me").build(somebody(None, Some(&["admin"]))).unwrap();
    let reply = ask(&auth, Requirement::role("admin"), request("GET", "/me")).await;
    assert_eq!((reply.status, reply.header("www-authenticate")), (401, Some(r#"Bearer realm="api""#)));
    assert_eq!(ask(&auth, Requirement::role("admin"), bearer(&token(""))).await.status, 200);
}

#[tokio::test]
async fn without_the_layer_before_it_nobody_comes_through_and_the_answer_says_why() {
    let auth = builder().public("/me").build(somebody(None, Some(&["admin"]))).unwrap();
    let inner = service_fn(async |_| Ok::<_, BoxError>(Response::new(Full::<Bytes>::from("inner"))));
    let alone = read(auth.require(Requirement::role("admin")).layer(inner), bearer(&token(""))).await;
    assert_eq!(alone.status, 500);
    assert!(alone.text().contains("no AuthLayer let this request in"), "{}", alone.text());
    assert_eq!(ask(&auth, Requirement::role("admin"), bearer(&token(""))).await.status, 500, "a public route");
}

#[tokio::test]
async fn a_handler_asks_the_identity() {
    let auth = builder().build(somebody(Some(&["read"]), None)).unwrap();
    let service = auth.layer(service_fn(async |request: Request<Full<Bytes>>| {
        let identity = Identity::<User>::of(request.extensions()).unwrap();
        let found = ["read", "write"].map(|name| Requirement::scope(name).check(&identity).is_ok());
        Ok::<_, BoxError>(Response::new(Full::<Bytes>::from(format!("{found:?}"))))
    }));
    assert_eq!(read(service, bearer(&token(""))).await.text(), "[true, false]");
}

/// A narrow token for user 1, whose account may read and write, with all that a token needs to be refreshed.
fn narrow(claims: &str) -> String {
    let exp = NOW + 60;
    let registered =
        format!(r#""sub":1,"iss":"http://old","iat":{NOW},"exp":{exp},"nbf":{NOW},"jti":"abcdefghij012345""#);
    hs256(HEADER, &format!("{{{registered}{claims}}}"))
}

#[tokio::test]
async fn s49_what_a_token_is_renewed_by_does_no_more_than_it() {
    let doors = [("POST", "/api/auth/token", 200, 403), ("PATCH", "/tokens", 201, 401)];
    for (method, path, granted, refused) in doors {
        for (claims, renewed) in [
            ("", true),
            (r#","scope":"read""#, false),
            (r#","scp":["read"]"#, false),
            (r#","scope":"""#, false),
            (r#","roles":["reader"]"#, false),
            (r#","scope":"read","roles":["reader \ud83d"]"#, false),
            (r#","scp":[1e999]"#, false),
        ] {
            let layer = builder().build(somebody(Some(&["read", "write"]), Some(&["reader", "admin"]))).unwrap();
            let token = narrow(claims);
            let reply = send(&layer, authorized(request(method, path), &format!("Bearer {token}"))).await;
            assert_eq!(reply.status, if renewed { granted } else { refused }, "{method} {path} {claims}");
            // It was not used up.
            assert_eq!(send(&layer, bearer(&token)).await.status, 200, "{method} {path} {claims}");
        }
    }
}

/// `tokens` for clients that may only read.
fn readers() -> Variant<Tokens> {
    let claims = |claims: Vec<u8>| {
        let mut claims: User = serde_json::from_slice(&claims)?;
        claims["scope"] = "read".into();
        Ok(serde_json::to_vec(&claims)?)
    };
    Variant { claims, ..Variant::new("readers", Tokens::new()) }
}

#[tokio::test]
async fn s49_a_contract_that_writes_scopes_renews_what_has_these() {
    for (claims, status) in
        [(r#","scope":"read""#, 201), (r#","scope":"read","roles":[]"#, 401), (r#","scope":"read write""#, 401)]
    {
        let layer = builder().without(Tokens::NAME).dialect(readers()).build(somebody(None, None)).unwrap();
        let refresh = authorized(request("PATCH", "/tokens"), &format!("Bearer {}", narrow(claims)));
        assert_eq!(send(&layer, refresh).await.status, status, "{claims}");
    }
}

#[tokio::test]
async fn who_was_let_in_by_another_layer_is_nobody_here() {
    let outer = builder().build(somebody(None, Some(&["admin"]))).unwrap();
    let inner =
        builder().key(SigningKey::generate(Algorithm::Hs256).unwrap()).public("/me").build(somebody(None, None));
    let inner = inner.unwrap();
    let service = service_fn(async |_| Ok::<_, BoxError>(Response::new(Full::<Bytes>::from("inner"))));
    // Once before the layer that it belongs to, and once on a public route of that.
    let before = inner.require(Requirement::role("admin")).layer(inner.layer(service));
    let behind = inner.layer(inner.require(Requirement::role("admin")).layer(service));
    let before = read(outer.layer(before), bearer(&token(""))).await;
    let behind = read(outer.layer(behind), bearer(&token(""))).await;
    assert_eq!((before.status, behind.status), (500, 500));
}

#[tokio::test]
async fn s29_s30_where_a_layer_asks_nobody_is_nobody_whom_one_further_out_let_in() {
    let outer = builder().build(somebody(None, Some(&["admin"]))).unwrap();
    let inner = builder().public("/me").allow_preflight().build(somebody(None, None)).unwrap();
    let service = service_fn(async |request: Request<Full<Bytes>>| {
        let identity = Identity::<User>::of(request.extensions());
        let seen = format!("{} {}", identity.is_some(), TokenClaims::of(request.extensions()).is_some());
        Ok::<_, BoxError>(Response::new(Full::<Bytes>::from(seen)))
    });
    for (request, seen) in [
        (bearer(&token("")), "false false"),
        (authorized(preflight("/items"), &format!("Bearer {}", token(""))), "false false"),
        (authorized(request("GET", "/items"), &format!("Bearer {}", token(""))), "true true"),
    ] {
        let asked = format!("{} {}", request.method(), request.uri());
        let reply = read(outer.layer(inner.layer(service)), request).await;
        assert_eq!((reply.status, reply.text()), (200, seen), "{asked}");
    }
}

#[tokio::test]
async fn s26_s29_a_preflight_runs_nothing_where_a_role_is_required() {
    let auth = builder().allow_preflight().build(somebody(None, None)).unwrap();
    // Anybody can write one by hand, and a handler may take any method.
    for asked in [preflight("/me"), request("OPTIONS", "/me")] {
        let reply = ask(&auth, Requirement::role("admin"), asked).await;
        let kind = reply.extensions.get().map(Rejection::kind);
        assert_eq!((reply.status, kind), (401, Some(RejectionKind::MissingCredentials)));
    }
}
