//! The contract `auth_token` through the door: every row of its answers, and how its request is read.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::json;
use support::*;
use tower_auth::{
    AuthLayer, BoxError, Lookup, Query, SigningKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};

const PATH: &str = "/api/auth/token";

/// `pass:wörd:` under bcrypt with cost 4.
const COLONS: &str = "$2b$04$abcdefghijklmnopqrstuum0KhDS.TsZcSTalr3sfbiiBm1mB18A2";

fn exchange(authorization: &str) -> Request<Full<Bytes>> {
    authorized(request("POST", PATH), authorization)
}

fn good() -> Request<Full<Bytes>> {
    exchange(&basic("duane15", PASSWORD))
}

fn renew(token: &str) -> Request<Full<Bytes>> {
    exchange(&format!("Bearer {token}"))
}

/// Nothing but the status: no body, no type of one, no challenge.
#[track_caller]
fn assert_refused(reply: &Reply, what: &str) {
    let headers: Vec<_> = reply.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    assert_eq!((reply.status, reply.text(), headers), (403, "", vec![("content-length", "0")]), "{what}");
}

#[track_caller]
fn assert_failed(reply: &Reply, path: &str) {
    let body = format!(
        r#"{{"timestamp":"2023-11-14T22:13:20.000+00:00","status":500,"error":"Internal Server Error","path":"{path}"}}"#
    );
    assert_eq!((reply.status, reply.text()), (500, &*body));
    assert_eq!(reply.header("content-type"), Some("application/json"));
}

fn token(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn s40_basic_is_exchanged_for_a_token() {
    let reply = send(&layer(), good()).await;
    let token = token(&reply);
    assert_eq!(reply.text(), format!(r#"{{"isSuccess":true,"token":"{token}"}}"#));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("pragma"), Some("no-cache"));
}

#[tokio::test]
async fn the_token_says_what_the_document_says_in_its_order_with_the_subject_as_text() {
    let layer = builder()
        .dialect(AuthToken::new().issuer("NomicGameManager.Api"))
        .build(find_in(vec![Row::new(1, "number"), Row::new("5f55e32aab24c71c3c1bf391", "text")]))
        .unwrap();
    for (username, sub) in [("number", "1"), ("text", "5f55e32aab24c71c3c1bf391")] {
        let token = token(&send(&layer, exchange(&basic(username, PASSWORD))).await);
        let claims = format!(r#"{{"sub":"{sub}","iss":"NomicGameManager.Api","exp":{},"iat":{NOW}}}"#, NOW + 7_200);
        assert_eq!(decoded(&token), (r#"{"typ":"JWT","alg":"RS256"}"#.to_owned(), claims));
    }
}

#[tokio::test]
async fn the_token_opens_guarded_routes_until_ten_seconds_after_it_expires() {
    let clock = ManualClock::at(NOW);
    let layer = builder().clock(clock.clone()).build(find_in(users())).unwrap();
    let token = token(&send(&layer, good()).await);
    clock.advance(7_200 + 9);
    assert_eq!(send(&layer, bearer(&token)).await.text(), "inner: 1");
    assert_eq!(send(&layer, renew(&token)).await.status, 200);
    clock.advance(1);
    assert_eq!(send(&layer, bearer(&token)).await.status, 401);
    assert_refused(&send(&layer, renew(&token)).await, "expired");
}

#[tokio::test]
async fn lifetime_and_algorithm_can_be_set() {
    let contract = AuthToken::new().lifetime(secs(900)).algorithm(tower_auth::Algorithm::Hs256).issuer("i");
    let layer = builder().dialect(contract).build(find_in(users())).unwrap();
    let token = token(&send(&layer, good()).await);
    let claims = format!(r#"{{"sub":"1","iss":"i","exp":{},"iat":{NOW}}}"#, NOW + 900);
    assert_eq!(token, hs256(r#"{"typ":"JWT","alg":"HS256"}"#, &claims));
}

#[tokio::test]
async fn a_common_issuer_and_audience_are_put_into_the_token_and_required() {
    let layer = builder().issuer("https://issuer").audience("app").build(find_in(users())).unwrap();
    let token = token(&send(&layer, good()).await);
    let claims = format!(r#"{{"sub":"1","iss":"https://issuer","exp":{},"iat":{NOW},"aud":"app"}}"#, NOW + 7_200);
    assert_eq!(decoded(&token).1, claims);
    assert_eq!(send(&layer, bearer(&token)).await.text(), "inner: 1");
    assert_eq!(send(&layer, renew(&token)).await.status, 200);
    assert_refused(&send(&layer, renew(&good_token())).await, "without issuer and audience");
}

#[tokio::test]
async fn a_valid_bearer_is_renewed_whichever_contract_issued_it() {
    let clock = ManualClock::at(NOW);
    let layer = builder().clock(clock.clone()).build(find_in(users())).unwrap();
    let body = json!({ "identifier": "duane15", "username": "duane15", "login": "duane15", "password": PASSWORD });
    let mut tokens = vec![token(&send(&layer, good()).await)];
    for (path, member) in [("/auth/local", "jwt"), ("/login", "token"), ("/tokens", "token")] {
        let reply = send(&layer, post_json(path, &body)).await;
        tokens.push(reply.json()[member].as_str().unwrap().to_owned());
    }
    clock.advance(100);
    for old in tokens {
        let renewed = token(&send(&layer, renew(&old)).await);
        let claims = format!(r#"{{"sub":"1","iss":"tower-auth","exp":{},"iat":{}}}"#, NOW + 100 + 7_200, NOW + 100);
        assert_eq!(decoded(&renewed).1, claims, "{}", decoded(&old).1);
        assert_eq!(send(&layer, bearer(&old)).await.text(), "inner: 1", "a renewed token lives on");
    }
}

#[tokio::test]
async fn a_token_with_audience_and_nbf_is_accepted() {
    let claims = format!(r#"{{"sub":"1","iss":"i","aud":["a","b"],"nbf":{NOW},"exp":{},"iat":{NOW}}}"#, NOW + 60);
    assert_eq!(send(&layer(), renew(&hs256(HEADER, &claims))).await.status, 200);
}

#[tokio::test]
async fn s24_a_password_may_hold_colons_and_utf_8() {
    let layer = builder().build(find_in(vec![Row { hash: Some(COLONS), ..Row::new(1, "Ünal") }])).unwrap();
    assert_eq!(send(&layer, exchange(&basic("Ünal", "pass:wörd:"))).await.status, 200);
    for (user_id, password) in [("Ünal", "pass:wörd"), ("Ünal", "pass"), ("ünal", "pass:wörd:")] {
        assert_refused(&send(&layer, exchange(&basic(user_id, password))).await, &format!("{user_id} {password}"));
    }
    // `Ünal:pass:wörd:` in Latin-1.
    assert_refused(&send(&layer, exchange("Basic 3G5hbDpwYXNzOnf2cmQ6")).await, "Latin-1");
}

#[tokio::test]
async fn s42_every_refusal_is_a_403_with_nothing_in_it() {
    let mut rows = users();
    rows.push(Row { valid_since: Some(NOW), ..Row::new(6, "everywhere") });
    let layer = builder().build(find_in(rows)).unwrap();
    let signed = |id: u32, iat: u64, exp: u64| {
        format!("Bearer {}", hs256(HEADER, &format!(r#"{{"id":{id},"iat":{iat},"exp":{exp}}}"#)))
    };
    let forged = hs256_with(&[b'x'; 64], HEADER, &format!(r#"{{"id":1,"iat":{NOW},"exp":{}}}"#, NOW + 60));
    let unsigned = hs256(r#"{"alg":"none"}"#, &format!(r#"{{"id":1,"exp":{}}}"#, NOW + 60));
    let unsigned = format!("{}.", unsigned.rsplit_once('.').unwrap().0);
    let refused = [
        ("unknown user", basic("nobody", PASSWORD)),
        ("wrong password", basic("duane15", "wrong")),
        ("blocked", basic("blocked", PASSWORD)),
        ("blocked, wrong password", basic("blocked", "wrong")),
        ("unconfirmed", basic("unconfirmed", PASSWORD)),
        ("no password stored", basic("nopassword", PASSWORD)),
        ("empty password", basic("nopassword", "")),
        ("empty user-id", basic("", PASSWORD)),
        ("e-mail, which this contract does not know", basic("duane@example.com", PASSWORD)),
        ("no base64", "Basic ???".into()),
        ("no colon", "Basic ZHVhbmUxNQ==".into()),
        ("no credentials after the scheme", "Basic".into()),
        ("another scheme", "Digest username=duane15".into()),
        ("a bare token", good_token()),
        ("malformed token", "Bearer garbage".into()),
        ("forged token", format!("Bearer {forged}")),
        ("unsigned token", format!("Bearer {unsigned}")),
        ("expired token", signed(1, NOW - 100, NOW - 50)),
        ("early token", signed(1, NOW + 50, NOW + 100)),
        ("token of nobody", signed(99, NOW, NOW + 60)),
        ("token of a blocked user", signed(2, NOW, NOW + 60)),
        ("token of an unconfirmed user", signed(3, NOW, NOW + 60)),
        ("token from before the user logged out everywhere", signed(6, NOW - 1, NOW + 60)),
    ];
    for (what, authorization) in refused {
        assert_refused(&send(&layer, exchange(&authorization)).await, what);
    }
    assert_eq!(send(&layer, exchange(&signed(6, NOW, NOW + 60))).await.status, 200);
    assert_refused(&send(&layer, request("POST", PATH)).await, "nothing sent");
}

#[tokio::test]
async fn s20_two_authorization_fields_are_refused_even_when_both_are_good() {
    let layer = layer();
    assert_refused(&send(&layer, authorized(good(), &basic("duane15", PASSWORD))).await, "equal");
    assert_refused(&send(&layer, authorized(good(), &format!("Bearer {}", good_token()))).await, "Basic and Bearer");
    assert_refused(&send(&layer, authorized(good(), "")).await, "good and empty");
}

#[tokio::test]
async fn s21_the_scheme_is_compared_without_case() {
    let layer = layer();
    let basic = basic("duane15", PASSWORD);
    for authorization in
        [basic.replace("Basic", "basic"), basic.replace("Basic ", "BASIC   "), format!("bEARER {}", good_token())]
    {
        assert_eq!(send(&layer, exchange(&authorization)).await.status, 200, "{authorization}");
    }
}

#[tokio::test]
async fn disclosing_unknown_users_changes_nothing_here() {
    let layer = builder().disclose_unknown_users().build(find_in(users())).unwrap();
    for (user_id, password) in [("nobody", PASSWORD), ("duane15", "wrong"), ("nopassword", PASSWORD)] {
        assert_refused(&send(&layer, exchange(&basic(user_id, password))).await, user_id);
    }
}

#[tokio::test]
async fn a_refreshed_token_is_not_renewed_after_its_grace() {
    let clock = ManualClock::at(NOW);
    let layer = builder().clock(clock.clone()).build(find_in(users())).unwrap();
    let old = refreshable_token(NOW);
    assert_eq!(send(&layer, request("PATCH", &format!("/tokens/{old}"))).await.status, 201);
    clock.advance(9);
    assert_eq!(send(&layer, renew(&old)).await.status, 200);
    clock.advance(1);
    assert_refused(&send(&layer, renew(&old)).await, "after the grace");
}

#[tokio::test]
async fn the_body_and_the_query_are_ignored() {
    let layer = layer();
    let credentials = json!({ "username": "duane15", "password": PASSWORD, "token": good_token() });
    assert_refused(&send(&layer, post_json(PATH, &credentials)).await, "credentials in the body");
    let query = format!("{PATH}?username=duane15&password=correct%20horse&access_token={}&token=a", good_token());
    assert_refused(&send(&layer, request("POST", &query)).await, "credentials in the query");
    for (content_type, body) in
        [("application/json", "{".to_owned()), ("text/plain", "x".repeat(70_000)), ("", String::new())]
    {
        let request = authorized(post(PATH, content_type, body), &basic("duane15", PASSWORD));
        assert_eq!(send(&layer, request).await.status, 200, "{content_type}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_not_waited_for() {
    let begun = tokio::time::Instant::now();
    let request = Request::post(PATH)
        .header("authorization", format!("Bearer {}", good_token()))
        .body(Pieces::stalled(vec!["{".into()]))
        .unwrap();
    assert_eq!(send_pieces(&layer(), request).await.status, 200);
    assert_eq!(begun.elapsed().as_secs(), 0);
}

#[tokio::test]
async fn a_failing_lookup_is_the_contracts_500() {
    assert_failed(&send(&layer(), exchange(&basic("frieda", PASSWORD))).await, PATH);
    let mounted = builder().mount("/v2").build(find_in(users())).unwrap();
    let request = authorized(request("POST", "/v2/api/auth/token?a=b"), &basic("frieda", PASSWORD));
    assert_failed(&send(&mounted, request).await, "/v2/api/auth/token");
    let failing = async |query: Query| match query {
        Query::Subject { .. } => Err("the database is down".into()),
        login => Ok::<_, BoxError>(find_in(users())(login).await?),
    };
    let layer = builder().build(failing).unwrap();
    assert_failed(&send(&layer, renew(&good_token())).await, PATH);
    assert_eq!(send(&layer, good()).await.status, 200);
}

/// Whether `POST path` with good credentials is an exchange; if not, that it is a guarded route.
async fn exchanges<L: Lookup<User = User>>(layer: &AuthLayer<L>, path: &str) -> bool {
    let reply = send(layer, authorized(request("POST", path), &basic("duane15", PASSWORD))).await;
    if reply.text().starts_with("{\"isSuccess\":true") {
        return true;
    }
    assert_eq!(reply.text(), "inner: 1", "{path}");
    let reply = send(layer, request("POST", path)).await;
    assert_eq!((reply.status, reply.header("content-type")), (401, Some("application/problem+json")), "{path}");
    false
}

const NEAR_MISSES: [&str; 7] = [
    "/api/auth",
    "/api/auth/tokens",
    "/api/auth/token/x",
    "//api/auth/token",
    "/api/auth/token//",
    "/api%2Fauth/token",
    "/auth/token",
];

#[tokio::test]
async fn s27_only_the_exact_path_is_the_exchange() {
    let layer = layer();
    assert!(exchanges(&layer, PATH).await);
    for path in NEAR_MISSES.into_iter().chain(["/api/auth/token/", "/API/auth/token"]) {
        assert!(!exchanges(&layer, path).await, "{path}");
    }
}

#[tokio::test]
async fn s27_lenient_paths_take_any_letter_case_and_one_trailing_slash() {
    let layer = builder().lenient_paths().build(find_in(users())).unwrap();
    for path in [PATH, "/api/auth/token/", "/API/Auth/Token", "/API/AUTH/TOKEN/"] {
        assert!(exchanges(&layer, path).await, "{path}");
    }
    for path in NEAR_MISSES {
        assert!(!exchanges(&layer, path).await, "{path}");
    }
}

#[tokio::test]
async fn the_path_can_be_moved_and_mounted() {
    let moved = builder().dialect(AuthToken::new().path("/token")).build(find_in(users())).unwrap();
    assert!(exchanges(&moved, "/token").await);
    assert!(!exchanges(&moved, PATH).await);
    let mounted = builder().mount("/v2").build(find_in(users())).unwrap();
    assert!(exchanges(&mounted, "/v2/api/auth/token").await);
    assert!(!exchanges(&mounted, PATH).await);
}

#[tokio::test]
async fn it_can_be_the_only_contract() {
    let layer = AuthLayer::builder()
        .key(SigningKey::rs256_pem(RSA_PEM).unwrap())
        .clock(ManualClock::at(NOW))
        .without(AuthLocal::NAME)
        .without(Login::NAME)
        .without(Tokens::NAME)
        .build(find_in(users()))
        .unwrap();
    assert!(exchanges(&layer, PATH).await);
    let login = json!({ "username": "duane15", "password": PASSWORD });
    assert_eq!(send(&layer, post_json("/login", &login)).await.status, 401);
}

#[tokio::test]
async fn s26_other_methods_on_the_path_are_guarded_routes() {
    let layer = layer();
    for method in ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "post"] {
        let reply = send(&layer, request(method, PATH)).await;
        assert_eq!((reply.status, reply.header("content-type")), (401, Some("application/problem+json")), "{method}");
        let admitted = authorized(request(method, PATH), &basic("duane15", PASSWORD));
        assert_eq!(send(&layer, admitted).await.text(), "inner: 1", "{method}");
    }
}
