//! Every secret of every source, through every door and every refusal: what answers, logs, spans, metrics, errors and `Debug`
//! give away of it.
#![cfg(all(feature = "tracing", feature = "metrics"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{error::Error, fmt::Write as _, panic};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::json;
use support::{told::*, *};
use tower::Layer;
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, ErrorCode, Identifier, Lookup, Password, Query,
    Rejection, SigningKey, TokenCookie, VerifyingKey,
    dialect::{AuthLocal, Login, Refusal, Tokens},
    store::MemorySessions,
};

const WRONG: &str = "wrong/battery+staple 4711 = ö";

/// Every source, every route.
fn everything() -> AuthLayerBuilder {
    builder()
        .dialect(AuthLocal::new().logout())
        .dialect(Login::new().logout())
        .dialect(Tokens::new().logout())
        .accept_bare_tokens()
        .token_header("x-access-token")
        .token_query("access_token")
        .token_cookie(TokenCookie::new("session").dangerous_over_plain_http())
        .trusted_origin("https://app.example")
        .websocket_tokens()
        .tickets("/auth/ticket")
        .offer_basic()
        .optional("/maybe")
        .user_id_in_spans()
}

fn with(mut request: Request<Full<Bytes>>, name: &'static str, value: &str) -> Request<Full<Bytes>> {
    if let Ok(value) = value.parse() {
        request.headers_mut().append(name, value);
    }
    request
}

fn websocket(path: &str) -> Request<Full<Bytes>> {
    with(with(request("GET", path), "connection", "Upgrade"), "upgrade", "websocket")
}

/// A token in every place where one may stand, and in some where none may.
fn showings(token: &str) -> Vec<Request<Full<Bytes>>> {
    let bearer = format!("Bearer {token}");
    vec![
        authorized(request("GET", "/me"), &bearer),
        authorized(request("GET", "/maybe"), &bearer),
        authorized(request("GET", "/me"), token),
        authorized(request("GET", "/me"), &format!("Digest {token}")),
        authorized(request("GET", "/me"), &format!("{bearer}, {token}")),
        authorized(authorized(request("GET", "/me"), &bearer), &bearer),
        with(request("GET", "/me"), "x-access-token", token),
        request("GET", &format!("/me?access_token={token}")),
        request("GET", &format!("/{token}?x={token}")),
        with(request("GET", "/me"), "cookie", &format!("session={token}")),
        with(request("POST", "/me"), "cookie", &format!("session={token}")),
        with(with(request("POST", "/me"), "cookie", &format!("session={token}")), "origin", "https://evil.example"),
        with(websocket("/ws"), "sec-websocket-protocol", &format!("chat, bearer, {token}")),
        websocket(&format!("/ws?ticket={token}")),
        authorized(request("POST", "/auth/ticket"), &bearer),
        authorized(request("POST", "/api/auth/token"), &bearer),
        request("PATCH", &format!("/tokens/{token}")),
        request("PATCH", &format!("/tokens/{token}/")),
        request("PATCH", &format!("/Tokens/{token}")),
        authorized(request("PATCH", "/tokens"), &bearer),
        authorized(with(request("POST", "/me"), "content-type", "application/grpc"), &bearer),
        authorized(with(request("GET", "/me"), "accept", "text/html"), &bearer),
        request("DELETE", &format!("/tokens/{token}x")),
        authorized(request("POST", "/auth/logout"), &format!("{bearer}x")),
        authorized(request("GET", "/logout"), &format!("{bearer}x")),
    ]
}

/// All that a reply has: head, body, and the reasons in its extensions with what is behind them.
fn told_by(reply: &Reply) -> String {
    let mut text = format!("{:?}\n{}\n", reply.headers, String::from_utf8_lossy(&reply.body));
    if let Some(rejection) = reply.extensions.get::<Rejection>() {
        let source = rejection.source().map(ToString::to_string);
        writeln!(text, "{rejection} {rejection:?} {source:?} {:?}", rejection.error_code().map(ErrorCode::as_str))
            .unwrap();
    }
    if let Some(refusal) = reply.extensions.get::<Refusal>() {
        writeln!(text, "{refusal:?} {refusal}").unwrap();
    }
    text
}

#[tokio::test]
async fn s67_no_answer_log_span_or_metric_repeats_a_secret_of_any_source() {
    let (log, recorder) = (Log::start(), recorder());
    let auth = everything().build(find_in(users())).unwrap();
    let expired = hs256(HEADER, r#"{"id":1,"iat":1600000000,"exp":1600003600}"#);
    let blocked = hs256(HEADER, r#"{"id":2,"exp":1700003600}"#);
    let (good, refreshable) = (good_token(), refreshable_token(NOW));
    let altered = format!("{good}x");
    let unreadable = "eyJ.c2VjcmV0LXNlY3JldC1zZWNyZXQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ".to_owned();
    let mut secrets =
        vec![SECRET.to_owned(), RSA_PEM.lines().nth(3).unwrap().to_owned(), WRONG.into(), PASSWORD.into()];
    for token in [&good, &refreshable, &altered, &expired, &blocked, &unreadable] {
        secrets.push(token.clone());
        secrets.push(token.rsplit('.').next().unwrap().to_owned());
    }
    let mut requests: Vec<_> = [&good, &refreshable, &altered, &expired, &blocked, &unreadable]
        .into_iter()
        .flat_map(|token| showings(token))
        .collect();
    for (name, password) in [("duane15", WRONG), ("nobody", WRONG), ("blocked", PASSWORD), ("frieda", WRONG)] {
        requests.extend(logins(name, password).map(|(_, request, _)| request));
        requests.push(authorized(request("GET", "/me"), &basic(name, password)));
        requests.push(authorized(request("PATCH", "/tokens"), &basic(name, password)));
        requests.push(post("/login", "application/json", format!(r#"{{"username":"{name}","password":"{password}""#)));
        requests.push(post("/login", "text/plain", format!("{name} {password}")));
        requests.push(request(
            "GET",
            &format!("/login?username={name}&password=wrong/battery%2Bstaple%204711%20=%20%C3%B6"),
        ));
    }
    for request in requests {
        let what = format!("{} {}", request.method(), request.uri().path());
        let reply = send(&auth, request).await;
        let mut told = told_by(&reply);
        if reply.status < 300 {
            // What is granted may be said to whom it is granted, once.
            for granted in [reply.json_member("token"), reply.json_member("ticket")].into_iter().flatten() {
                told = told.replace(&granted, "");
                secrets.push(granted);
            }
        }
        assert_tells_none(&format!("{what}\n{told}").replace(&what, "a request"), &secrets);
    }
    let text = log.take_all();
    assert!(text.contains("auth.refused") || text.contains("refused"), "{text}");
    assert_tells_none(&text, &secrets);
    assert_is_unforged(&text);
    assert_tells_none(&recorder.render(), &secrets);
    assert_tells_none(&format!("{auth:?} {:?}", auth.layer(())), &secrets);
}

/// A member of an answer's JSON.
trait Member {
    fn json_member(&self, name: &str) -> Option<String>;
}

impl Member for Reply {
    fn json_member(&self, name: &str) -> Option<String> {
        let body: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        body[name].as_str().map(str::to_owned)
    }
}

/// Everything that is sent, and all that is said to it.
async fn all_of<L: Lookup<User = User>>(auth: &AuthLayer<L>) -> String {
    let mut told = String::new();
    for request in showings(&good_token()).into_iter().chain(showings(&refreshable_token(NOW))) {
        told += &told_by(&send(auth, request).await);
    }
    for (_, request, granted) in logins("duane15", WRONG) {
        let reply = send(auth, request).await;
        assert_ne!(reply.status, granted);
        told += &told_by(&reply);
    }
    told
}

#[tokio::test]
async fn s67_failures_and_panics_behind_the_layer_tell_no_password_or_token() {
    let (log, recorder) = (Log::start(), recorder());
    let fails = everything()
        .build(async |query: Query| {
            Err::<Option<Account<User>>, BoxError>(format!("{query:?} could not be answered").into())
        })
        .unwrap();
    let panics = everything()
        .build(async |query: Query| -> Result<Option<Account<User>>, BoxError> {
            panic::resume_unwind(Box::new(format!("{query:?} is too much")))
        })
        .unwrap();
    let full = everything().session_store(MemorySessions::with_capacity(0)).build(find_in(users())).unwrap();
    let secrets = [WRONG.to_owned(), PASSWORD.to_owned(), good_token(), refreshable_token(NOW)];
    for told in [all_of(&fails).await, all_of(&panics).await] {
        // Tickets are given for a lookup's answer only, so nothing at all was granted.
        assert_tells_none(&told, &secrets);
    }
    all_of(&full).await;
    let text = log.take_all();
    assert!(text.contains("could not be answered") && text.contains("is too much"), "{text}");
    assert_tells_none(&text, &secrets);
    assert_is_unforged(&text);
    assert_tells_none(&recorder.render(), &secrets);
}

#[test]
fn s67_nothing_public_that_holds_a_secret_prints_it() {
    let signing = SigningKey::hs256(SECRET).unwrap().key_id("k");
    let rsa = SigningKey::rs256_pem(RSA_PEM).unwrap();
    let verifying = VerifyingKey::secret(Algorithm::Hs512, SECRET).unwrap();
    let auth = everything().key(signing.clone()).build(find_in(users())).unwrap();
    let account = Account::new(1, json!({ "password": WRONG })).password_hash(BCRYPT);
    let printed = [
        format!("{signing:?}"),
        format!("{rsa:?} {:?}", rsa.verifying_key()),
        format!("{verifying:?}"),
        format!("{:?}", everything()),
        format!("{auth:?} {:?} {:?}", auth.layer(()), auth.endpoints()),
        format!("{account:?}"),
        format!("{:?}", Password::new(WRONG)),
        format!("{:?}", Query::login(Identifier::Username("duane15".into()), Password::new(WRONG))),
        format!("{:?}", SigningKey::hs256(WRONG).unwrap_err()),
        format!("{}", SigningKey::rs256_pem(RSA_PEM.replace("PRIVATE", "SECRET")).unwrap_err()),
        format!("{:?}", VerifyingKey::jwk_set(&format!(r#"{{"keys":[{{"kty":"oct","k":"{WRONG}"}}]}}"#)).unwrap_err()),
    ];
    let mut secrets = vec![SECRET.to_owned(), WRONG.to_owned(), BCRYPT.to_owned()];
    secrets.extend(RSA_PEM.lines().filter(|line| !line.starts_with('-') && line.len() > 20).map(str::to_owned));
    for text in printed {
        assert_tells_none(&text, &secrets);
    }
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn s67_a_redis_that_cannot_be_reached_does_not_print_its_password() {
    use tower_auth::store::RedisStore;
    let (log, recorder) = (Log::start(), recorder());
    let url = format!("redis://user:{}@127.0.0.1:1/", "hunter2-hunter2");
    let building = RedisStore::builder(url.clone());
    let secrets = ["hunter2-hunter2".to_owned()];
    assert_tells_none(&format!("{building:?}"), &secrets);
    let store = building.connect().unwrap();
    assert_tells_none(&format!("{store:?}"), &secrets);
    let auth = builder().session_store(store.clone()).throttle_store(store).build(find_in(users())).unwrap();
    for request in
        showings(&refreshable_token(NOW)).into_iter().chain(logins("duane15", PASSWORD).map(|(_, request, _)| request))
    {
        assert_tells_none(&told_by(&send(&auth, request).await), &secrets);
    }
    let text = log.take_all();
    assert_tells_none(&text, &secrets);
    assert_tells_none(&recorder.render(), &secrets);
    let unusable = RedisStore::builder(url.replace("redis:", "reddis:")).connect().map(drop).unwrap_err();
    assert_tells_none(&format!("{unusable} {unusable:?}"), &secrets);
}
