//! A token in a cookie: set at login and refresh, read like any other, and not believed when another site's page may have
//! sent the request.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use support::{variant::Variant, *};
use tower_auth::{
    AuthLayer, AuthLayerBuilder, Lookup, Rejection, RejectionKind, SameSite, TokenCookie,
    dialect::{AuthLocal, AuthToken, Endpoint, Login, Operation, Refusal, Tokens},
};

const COOKIE: &str = "__Host-token";
const APP: &str = "https://app.example";

fn with_cookie() -> AuthLayerBuilder {
    builder().token_cookie(TokenCookie::new(COOKIE)).trusted_origin(APP)
}

fn layer_with_cookie() -> AuthLayer<impl Lookup<User = User>> {
    with_cookie().build(find_in(users())).unwrap()
}

fn with(mut request: Request<Full<Bytes>>, name: &'static str, value: &str) -> Request<Full<Bytes>> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

/// A request with the cookie, to `api.example`.
fn by_cookie(method: &str, path: &str, token: &str) -> Request<Full<Bytes>> {
    with(with(request(method, path), "host", "api.example"), "cookie", &format!("{COOKIE}={token}"))
}

fn set_cookies(reply: &Reply) -> Vec<&str> {
    reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
}

fn kind(reply: &Reply) -> Option<RejectionKind> {
    reply.extensions.get::<Rejection>().map(Rejection::kind)
}

#[tokio::test]
async fn every_login_sets_the_cookie_for_as_long_as_its_token_lives() {
    let layer = layer_with_cookie();
    let seconds = [("auth_local", 2_592_000), ("login", 388_800), ("auth_token", 7_200), ("tokens", 1_209_600)];
    for ((contract, login, status), (_, max_age)) in logins("duane15", PASSWORD).into_iter().zip(seconds) {
        let reply = send(&layer, login).await;
        assert_eq!(reply.status, status, "{contract}");
        let token = granted_token(&reply);
        let expected = format!("{COOKIE}={token}; Max-Age={max_age}; Path=/; Secure; HttpOnly; SameSite=Lax");
        assert_eq!(set_cookies(&reply), [expected], "{contract}");
        assert!(reply.headers["set-cookie"].is_sensitive(), "{contract}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{contract}");

        let reply = send(&layer, by_cookie("GET", "/me", &token)).await;
        assert_eq!(reply.text(), "inner: 1", "{contract}");
    }
    for (contract, refused, _) in logins("duane15", "wrong") {
        assert!(set_cookies(&send(&layer, refused).await).is_empty(), "{contract}");
    }
}

#[tokio::test]
async fn s23_without_the_knob_no_cookie_is_set_or_read() {
    let layer = layer();
    for (contract, login, _) in logins("duane15", PASSWORD) {
        assert!(set_cookies(&send(&layer, login).await).is_empty(), "{contract}");
    }
    let reply = send(&layer, by_cookie("GET", "/me", &good_token())).await;
    assert_eq!(kind(&reply), Some(RejectionKind::MissingCredentials));
}

#[tokio::test]
async fn a_refresh_sets_the_successor_and_a_repeated_one_what_is_left_of_it() {
    let clock = ManualClock::at(NOW);
    let layer = with_cookie().clock(clock.clone()).build(find_in(users())).unwrap();
    let refresh = || with(by_cookie("PATCH", "/tokens", &refreshable_token(NOW)), "sec-fetch-site", "same-origin");
    let first = send(&layer, refresh()).await;
    assert_eq!(first.status, 201);
    let token = granted_token(&first);
    assert!(set_cookies(&first)[0].starts_with(&format!("{COOKIE}={token}; Max-Age=1209600;")));
    clock.advance(5);
    let again = send(&layer, refresh()).await;
    assert!(set_cookies(&again)[0].starts_with(&format!("{COOKIE}={token}; Max-Age=1209595;")));
}

/// What a browser may say of the page that sent a request, and whether that page is one to believe.
const SENDERS: [(&[(&str, &str)], bool); 12] = [
    (&[], false),
    (&[("sec-fetch-site", "same-origin")], true),
    (&[("sec-fetch-site", "none")], true),
    (&[("sec-fetch-site", "same-site")], false),
    (&[("sec-fetch-site", "cross-site")], false),
    (&[("sec-fetch-site", "cross-site"), ("origin", APP)], true),
    (&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false),
    (&[("origin", "https://api.example")], true),
    (&[("origin", APP)], true),
    (&[("origin", "https://evil.example")], false),
    (&[("origin", "null")], false),
    (&[("referer", "https://api.example/")], false),
];

#[tokio::test]
async fn a_cookie_changes_something_only_from_a_page_of_our_own() {
    for claims_only in [false, true] {
        let builder = with_cookie().optional("/open");
        let builder = if claims_only { builder.claims_only() } else { builder };
        let layer = builder.build(find_in(users())).unwrap();
        let token = good_token();
        for (headers, own) in SENDERS {
            let sent = |request: Request<Full<Bytes>>| {
                headers.iter().fold(request, |request, (name, value)| with(request, name, value))
            };
            for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
                let reply = send(&layer, sent(by_cookie(method, "/me", &token))).await;
                assert_eq!(reply.status, 200, "{method} {headers:?}");
            }
            let upgrade = with(by_cookie("GET", "/me", &token), "connection", "upgrade");
            let mut unsafe_ones = vec![with(upgrade, "upgrade", "websocket")];
            unsafe_ones.extend(
                ["POST", "PUT", "PATCH", "DELETE", "QUERY", "CONNECT"].map(|method| by_cookie(method, "/me", &token)),
            );
            unsafe_ones.push(by_cookie("POST", "/open", &token));
            for request in unsafe_ones {
                let case = format!("{} {headers:?}", request.method());
                let reply = send(&layer, sent(request)).await;
                if own {
                    assert_eq!((reply.status, reply.text()), (200, "inner: 1"), "{case}");
                } else {
                    assert_eq!((reply.status, kind(&reply)), (403, Some(RejectionKind::CrossSite)), "{case}");
                    assert_eq!(reply.header("www-authenticate"), None, "{case}");
                }
            }
            // The same request with the token as Bearer is nobody's accident.
            let bearer = authorized(request("POST", "/me"), &format!("Bearer {token}"));
            assert_eq!(send(&layer, sent(bearer)).await.status, 200, "{headers:?}");
        }
    }
}

#[tokio::test]
async fn a_refresh_by_cookie_is_held_to_the_same() {
    for (headers, own) in SENDERS {
        let layer = layer_with_cookie();
        let refresh = by_cookie("PATCH", "/tokens", &refreshable_token(NOW));
        let refresh = headers.iter().fold(refresh, |request, (name, value)| with(request, name, value));
        let reply = send(&layer, refresh).await;
        if own {
            assert_eq!(reply.status, 201, "{headers:?}");
            continue;
        }
        assert_eq!(reply.extensions.get(), Some(&Refusal::CrossSite), "{headers:?}");
        let text = r#"{"message":["What a browser adds by itself counts only when a page of this service sends it"]}"#;
        assert_eq!((reply.status, reply.text()), (403, text), "{headers:?}");
        assert!(set_cookies(&reply).is_empty());
    }
}

/// A browser that asked for a password keeps it, and sends it whichever page causes a request.
#[tokio::test]
async fn a_password_that_browsers_keep_is_held_to_the_same() {
    let by_basic =
        |method, path| with(authorized(request(method, path), &basic("duane15", PASSWORD)), "host", "api.example");
    for offered in [false, true] {
        let builder = builder().trusted_origin(APP).tickets("/auth/ticket");
        let builder = if offered { builder.offer_basic() } else { builder };
        let layer = builder.build(find_in(users())).unwrap();
        for (headers, own) in SENDERS {
            let told = headers.iter().any(|(name, _)| matches!(*name, "origin" | "sec-fetch-site"));
            let refused = offered && told && !own;
            let upgrade = with(with(by_basic("GET", "/me"), "connection", "upgrade"), "upgrade", "websocket");
            let changing =
                [by_basic("POST", "/me"), by_basic("DELETE", "/me"), by_basic("POST", "/auth/ticket"), upgrade];
            for request in changing {
                let case = format!("{} {} {headers:?}", request.method(), request.uri());
                let request = headers.iter().fold(request, |request, (name, value)| with(request, name, value));
                let reply = send(&layer, request).await;
                let expected = if refused { (403, Some(RejectionKind::CrossSite)) } else { (200, None) };
                assert_eq!((reply.status, kind(&reply)), expected, "{case} {offered}");
            }
            // A login that nobody asked for may end a session (`max_sessions`).
            let exchange = by_basic("POST", "/api/auth/token");
            let exchange = headers.iter().fold(exchange, |request, (name, value)| with(request, name, value));
            let reply = send(&layer, exchange).await;
            let expected = if refused { (403, Some(&Refusal::CrossSite)) } else { (200, None) };
            assert_eq!((reply.status, reply.extensions.get()), expected, "{headers:?} {offered}");
            let read = headers.iter().fold(by_basic("GET", "/me"), |request, (name, value)| with(request, name, value));
            assert_eq!(send(&layer, read).await.status, 200, "{headers:?} {offered}");
        }
    }
}

/// `auth_token` by a method that any page can have a browser send.
fn by_get() -> Variant<AuthToken> {
    let endpoints = vec![Endpoint::new(Method::GET, "/session", Operation::Exchange)];
    Variant { endpoints, ..Variant::new("by_get", AuthToken::new()) }
}

#[tokio::test]
async fn an_exchange_by_a_password_that_browsers_keep_is_held_to_the_same_whatever_its_method() {
    let layer = builder().trusted_origin(APP).offer_basic().dialect(by_get());
    let layer = layer.build(find_in(users())).unwrap();
    for (headers, own) in SENDERS {
        let told = headers.iter().any(|(name, _)| matches!(*name, "origin" | "sec-fetch-site"));
        let exchange = with(authorized(request("GET", "/session"), &basic("duane15", PASSWORD)), "host", "api.example");
        let exchange = headers.iter().fold(exchange, |request, (name, value)| with(request, name, value));
        let reply = send(&layer, exchange).await;
        let expected = if told && !own { (403, Some(&Refusal::CrossSite)) } else { (200, None) };
        assert_eq!((reply.status, reply.extensions.get()), expected, "{headers:?}");
    }
}

#[tokio::test]
async fn a_logout_by_cookie_is_held_to_the_same_whatever_its_method() {
    for method in ["GET", "POST"] {
        for (headers, own) in SENDERS {
            let layer = with_cookie().dialect(Login::new().logout()).build(find_in(users())).unwrap();
            let token = good_token();
            let logout = by_cookie(method, "/logout", &token);
            let logout = headers.iter().fold(logout, |request, (name, value)| with(request, name, value));
            let reply = send(&layer, logout).await;
            let refused = reply.extensions.get() == Some(&Refusal::CrossSite);
            assert_eq!((reply.status, refused), if own { (200, false) } else { (403, true) }, "{method} {headers:?}");
            assert_eq!(set_cookies(&reply).len(), usize::from(own), "{method} {headers:?}");
            let still = send(&layer, bearer(&token)).await.status;
            assert_eq!(still, if own { 401 } else { 200 }, "{method} {headers:?}");
        }
    }
}

#[tokio::test]
async fn a_logout_from_another_site_leaves_the_cookie_that_is_there() {
    for (headers, own) in SENDERS {
        let told = headers.iter().any(|(name, _)| matches!(*name, "origin" | "sec-fetch-site"));
        // A page of another site has a token of its own, and the browser's cookie does not come along (`SameSite=Lax`).
        let layer = with_cookie().token_query("t").dialect(AuthLocal::new().logout()).build(find_in(users())).unwrap();
        let logout = with(request("POST", &format!("/auth/logout?t={}", good_token())), "host", "api.example");
        let logout = headers.iter().fold(logout, |request, (name, value)| with(request, name, value));
        let reply = send(&layer, logout).await;
        assert_eq!(reply.status, 200, "{headers:?}");
        assert_eq!(set_cookies(&reply).len(), usize::from(own || !told), "{headers:?}");
    }
}

#[tokio::test]
async fn a_login_from_another_site_answers_as_ever_and_leaves_no_cookie() {
    let layer = layer_with_cookie();
    for (headers, own) in SENDERS {
        let told = headers.iter().any(|(name, _)| matches!(*name, "origin" | "sec-fetch-site"));
        for (contract, login, status) in logins("duane15", PASSWORD) {
            let login = headers.iter().fold(login, |request, (name, value)| with(request, name, value));
            let reply = send(&layer, with(login, "host", "api.example")).await;
            assert_eq!(reply.status, status, "{contract}");
            assert_eq!(set_cookies(&reply).len(), usize::from(own || !told), "{contract} {headers:?}");
        }
    }
}

#[tokio::test]
async fn a_refusal_has_the_shape_of_its_client() {
    let grpc = |request| with(request, "content-type", "application/grpc");
    let reply = send(&layer_with_cookie(), grpc(by_cookie("POST", "/a.B/C", &good_token()))).await;
    assert_eq!((reply.status, reply.header("grpc-status")), (200, Some("7")));
    for dialect in [AuthLocal::NAME, Login::NAME, AuthToken::NAME, Tokens::NAME] {
        let layer = with_cookie().refuse_like(dialect).build(find_in(users())).unwrap();
        let reply = send(&layer, by_cookie("POST", "/me", &good_token())).await;
        assert_eq!((reply.status, kind(&reply)), (403, Some(RejectionKind::CrossSite)), "{dialect}");
    }
}

#[tokio::test]
async fn cookies_are_read_as_browsers_send_them() {
    let layer = layer_with_cookie();
    let good = good_token();
    let cookies =
        |fields: &[String]| fields.iter().fold(request("GET", "/me"), |request, field| with(request, "cookie", field));
    let admitted: [&[String]; 4] = [
        &[format!("a=b; {COOKIE}={good}; c=d")],
        &["a=b".into(), format!("{COOKIE}={good}"), "c=d".into()],
        &[format!("{COOKIE}=\"{good}\"")],
        &[format!(" {COOKIE} = {good} ;")],
    ];
    for fields in admitted {
        assert_eq!(send(&layer, cookies(fields)).await.status, 200, "{fields:?}");
    }
    let refused: [(&[String], RejectionKind); 6] = [
        (&[format!("{COOKIE}={good}; {COOKIE}={good}")], RejectionKind::SeveralCredentials),
        (&[format!("{COOKIE}={good}"), format!("{COOKIE}=other")], RejectionKind::SeveralCredentials),
        (&[format!("{COOKIE}=\"{good}")], RejectionKind::MalformedToken),
        (&[format!("{COOKIE}=")], RejectionKind::MalformedToken),
        (&[format!("__host-token={good}")], RejectionKind::MissingCredentials),
        (&[format!("a={COOKIE}={good}")], RejectionKind::MissingCredentials),
    ];
    for (fields, expected) in refused {
        assert_eq!(kind(&send(&layer, cookies(fields)).await), Some(expected), "{fields:?}");
    }
}

#[tokio::test]
async fn a_cookie_for_a_page_of_another_site() {
    let cookie = TokenCookie::new("token").same_site(SameSite::None).domain("example.com").path("/api");
    let layer = builder().token_cookie(cookie).build(find_in(users())).unwrap();
    let [(_, login, _), ..] = logins("duane15", PASSWORD);
    let reply = send(&layer, login).await;
    let attributes = "; Max-Age=2592000; Path=/api; Domain=example.com; Secure; HttpOnly; SameSite=None";
    assert!(set_cookies(&reply)[0].ends_with(attributes), "{reply:?}");
}
