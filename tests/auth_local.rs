//! The contract `auth_local` through the door: every row of its answers, and how its request is read.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use support::*;
use tower_auth::{
    AuthLayer, AuthLayerBuilder, ClientAddr, Identifier, Lookup, Query, SigningKey,
    dialect::{AuthLocal, AuthToken},
};

const PATH: &str = "/auth/local";

const INVALID: (&str, &str) = ("Auth.form.error.invalid", "Identifier or password invalid.");
const NO_IDENTIFIER: (&str, &str) = ("Auth.form.error.email.provide", "Please provide your username or your e-mail.");
const NO_PASSWORD: (&str, &str) = ("Auth.form.error.password.provide", "Please provide your password.");
const BLOCKED: (&str, &str) = ("Auth.form.error.blocked", "Your account has been blocked by an administrator");
const UNCONFIRMED: (&str, &str) = ("Auth.form.error.confirmed", "Your account email is not confirmed");
const NO_LOCAL_PASSWORD: (&str, &str) = (
    "Auth.form.error.password.local",
    "This user never set a local password, please login with the provider used during account creation.",
);

fn attempt(identifier: &str, password: &str) -> Request<Full<Bytes>> {
    post_json(PATH, &json!({ "identifier": identifier, "password": password }))
}

fn good() -> Request<Full<Bytes>> {
    attempt("duane15", PASSWORD)
}

fn from_address(mut request: Request<Full<Bytes>>, address: &str) -> Request<Full<Bytes>> {
    request.extensions_mut().insert(ClientAddr::from(address.parse::<IpAddr>().unwrap()));
    request
}

/// The builder with its rate limits on, and its clock.
fn limited() -> (AuthLayerBuilder, ManualClock) {
    let clock = ManualClock::at(NOW);
    let builder =
        AuthLayer::builder().key(SigningKey::hs256(SECRET).unwrap()).without(AuthToken::NAME).clock(clock.clone());
    (builder, clock)
}

/// The body of a 400 that names its reason to a program.
fn reasoned((id, message): (&str, &str)) -> String {
    let messages = format!(r#"[{{"messages":[{{"id":"{id}","message":"{message}"}}]}}]"#);
    format!(r#"{{"statusCode":400,"error":"Bad Request","message":{messages},"data":{messages}}}"#)
}

/// The body of a refusal in words only.
fn plain(status: u16, error: &str, message: &str) -> String {
    format!(r#"{{"statusCode":{status},"error":"{error}","message":"{message}"}}"#)
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, body: &str, what: &str) {
    assert_eq!((reply.status, reply.text()), (status, body), "{what}");
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"), "{what}");
    assert_eq!(reply.header("www-authenticate"), None, "{what}");
}

fn jwt(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["jwt"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn s40_a_login_is_answered_with_a_token_and_the_user() {
    let reply = send(&layer(), good()).await;
    let token = jwt(&reply);
    assert_eq!(reply.text(), format!(r#"{{"jwt":"{token}","user":{{"id":1,"username":"duane15"}}}}"#));
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("pragma"), Some("no-cache"));
}

#[tokio::test]
async fn the_token_says_what_the_document_says_in_its_order() {
    let text_id = Row::new("5f55e32aab24c71c3c1bf391", "user2");
    let layer = builder().build(find_in(vec![users().swap_remove(0), text_id])).unwrap();
    for (username, id) in [("duane15", "1"), ("user2", r#""5f55e32aab24c71c3c1bf391""#)] {
        let token = jwt(&send(&layer, attempt(username, PASSWORD)).await);
        let claims = format!(r#"{{"id":{id},"iat":{NOW},"exp":{}}}"#, NOW + 2_592_000);
        assert_eq!(decoded(&token), (r#"{"alg":"HS256","typ":"JWT"}"#.to_owned(), claims.clone()));
        assert_eq!(token, hs256(HEADER, &claims));
    }
}

#[tokio::test]
async fn the_token_opens_guarded_routes_until_it_expires() {
    let clock = ManualClock::at(NOW);
    let contract = AuthLocal::new().lifetime(secs(60));
    let layer = builder().clock(clock.clone()).leeway(secs(0)).dialect(contract).build(find_in(users())).unwrap();
    let token = jwt(&send(&layer, good()).await);
    assert!(decoded(&token).1.ends_with(&format!(r#""exp":{}}}"#, NOW + 60)));
    clock.advance(59);
    assert_eq!(send(&layer, bearer(&token)).await.text(), "inner: 1");
    clock.advance(1);
    assert_eq!(send(&layer, bearer(&token)).await.status, 401);
}

#[tokio::test]
async fn a_common_issuer_and_audience_are_put_into_the_token_and_required() {
    let layer = builder().issuer("https://issuer").audience("app").build(find_in(users())).unwrap();
    let token = jwt(&send(&layer, good()).await);
    let claims = format!(r#"{{"id":1,"iat":{NOW},"exp":{},"iss":"https://issuer","aud":"app"}}"#, NOW + 2_592_000);
    assert_eq!(decoded(&token).1, claims);
    assert_eq!(send(&layer, bearer(&token)).await.text(), "inner: 1");
    assert_eq!(send(&layer, bearer(&good_token())).await.status, 401);
}

#[tokio::test]
async fn s40_secret_members_of_the_user_are_left_out_at_every_depth() {
    let profile = json!({
        "id": 1,
        "password": BCRYPT,
        "resetPasswordToken": "r",
        "confirmation_token": null,
        "created_by": { "firstname": "jeehun", "password": "p", "salt": "s" },
        "posts": [{ "title": "t", "hash": "h" }],
    });
    let layer = builder().build(find_in(vec![Row { profile, ..Row::new(1, "duane15") }])).unwrap();
    let user = send(&layer, good()).await.json()["user"].take();
    assert_eq!(user, json!({ "id": 1, "created_by": { "firstname": "jeehun" }, "posts": [{ "title": "t" }] }));
}

#[tokio::test]
async fn s32_every_refusal_of_credentials_has_the_contracts_words() {
    let layer = layer();
    let rows = [
        ("unknown user", "nobody", PASSWORD, INVALID),
        ("unknown e-mail", "nobody@example.com", PASSWORD, INVALID),
        ("wrong password", "duane15", "wrong", INVALID),
        ("blocked, wrong password", "blocked", "wrong", INVALID),
        ("unconfirmed, wrong password", "unconfirmed", "wrong", INVALID),
        ("no local password", "nopassword", PASSWORD, INVALID),
        ("blocked", "blocked", PASSWORD, BLOCKED),
        ("unconfirmed", "unconfirmed", PASSWORD, UNCONFIRMED),
        ("no identifier", "", PASSWORD, NO_IDENTIFIER),
        ("no password", "duane15", "", NO_PASSWORD),
        ("neither", "", "", NO_IDENTIFIER),
    ];
    for (what, identifier, password, reason) in rows {
        assert_refused(&send(&layer, attempt(identifier, password)).await, 400, &reasoned(reason), what);
    }
}

#[tokio::test]
async fn an_account_without_a_local_password_is_disclosed_only_when_asked_for() {
    let layer = builder().disclose_unknown_users().build(find_in(users())).unwrap();
    let rows = [
        ("nopassword", PASSWORD, NO_LOCAL_PASSWORD),
        ("nobody", PASSWORD, INVALID),
        ("duane15", "wrong", INVALID),
        ("blocked", "wrong", INVALID),
    ];
    for (identifier, password, reason) in rows {
        assert_refused(&send(&layer, attempt(identifier, password)).await, 400, &reasoned(reason), identifier);
    }
}

#[tokio::test]
async fn a_user_both_unconfirmed_and_blocked_is_refused() {
    let row = Row { blocked: true, unconfirmed: true, ..Row::new(5, "both") };
    let layer = builder().build(find_in(vec![row])).unwrap();
    assert_refused(&send(&layer, attempt("both", PASSWORD)).await, 400, &reasoned(UNCONFIRMED), "both");
}

#[tokio::test]
async fn s34_missing_members_and_other_types_are_not_credentials() {
    let layer = layer();
    let rows = [
        (json!({}), NO_IDENTIFIER),
        (json!({ "password": PASSWORD }), NO_IDENTIFIER),
        (json!({ "identifier": "duane15" }), NO_PASSWORD),
        (json!({ "username": "duane15", "password": PASSWORD }), NO_IDENTIFIER),
        (json!({ "Identifier": "duane15", "password": PASSWORD }), NO_IDENTIFIER),
        (json!({ "identifier": 1, "password": PASSWORD }), INVALID),
        (json!({ "identifier": null, "password": PASSWORD }), INVALID),
        (json!({ "identifier": { "$gt": "" }, "password": PASSWORD }), INVALID),
        (json!({ "identifier": ["duane15"], "password": PASSWORD }), INVALID),
        (json!({ "identifier": "duane15", "password": 1 }), INVALID),
        (json!({ "identifier": "duane15", "password": true }), INVALID),
        (json!({ "identifier": "duane15", "password": [PASSWORD] }), INVALID),
    ];
    for (body, reason) in rows {
        assert_refused(&send(&layer, post_json(PATH, &body)).await, 400, &reasoned(reason), &body.to_string());
    }
}

#[tokio::test]
async fn s34_malformed_json_is_refused_without_an_echo() {
    let layer = layer();
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        b"null",
        b"[\"duane15\"]",
        b"identifier=duane15&password=correct+horse",
        b"{\"identifier\":\"duane15\",\"password\":\"correct horse\"}x",
        b"{\"identifier\":\"duane15\",\"password\":\"\xff\"}",
        br#"{"identifier":"duane15","identifier":"duane15","password":"correct horse"}"#,
        br#"{"identifier":"duane15","password":"wrong","p\u0061ssword":"correct horse"}"#,
    ];
    let body = plain(400, "Bad Request", "The request body is not a JSON object of different names");
    for sent in bodies {
        let reply = send(&layer, post(PATH, "application/json", sent)).await;
        assert_refused(&reply, 400, &body, &String::from_utf8_lossy(sent));
    }
}

#[tokio::test]
async fn json_urlencoded_and_multipart_are_read_alike_and_other_members_ignored() {
    let layer = layer();
    let (multipart_type, multipart_body) =
        multipart(&[("identifier", "duane15"), ("password", PASSWORD), ("id", "2"), ("role", "admin")]);
    let bodies = [
        ("application/json", r#"{"identifier":"duane15","password":"correct horse","id":2,"role":["admin"]}"#),
        ("application/x-www-form-urlencoded", "identifier=duane15&password=correct+horse&id=2&role=admin&role=root"),
        (multipart_type, &*multipart_body),
    ];
    let claims = format!(r#"{{"id":1,"iat":{NOW},"exp":{}}}"#, NOW + 2_592_000);
    for (content_type, body) in bodies {
        let reply = send(&layer, post(PATH, content_type, body.to_owned())).await;
        assert_eq!(decoded(&jwt(&reply)).1, claims, "{content_type}");
    }
}

#[tokio::test]
async fn s35_forms_are_read_strictly() {
    let layer = layer();
    let urlencoded = "application/x-www-form-urlencoded";
    let (multipart_type, whole) = multipart(&[("identifier", "duane15"), ("password", PASSWORD)]);
    let twice = multipart(&[("identifier", "duane15"), ("password", "wrong"), ("password", PASSWORD)]).1;
    let file = whole.replace("name=\"password\"", "name=\"password\"; filename=\"p.txt\"");
    let repeated = plain(400, "Bad Request", "A credential occurs more than once");
    let bad_form = plain(400, "Bad Request", "The request body is not a well-formed form");
    let bad_multipart = plain(400, "Bad Request", "The request body is not a well-formed multipart form");
    let rows = [
        (urlencoded, "identifier=duane15&password=wrong&password=correct+horse".to_owned(), &repeated),
        (urlencoded, "identifier=duane15&identifier=duane15&password=correct+horse".to_owned(), &repeated),
        (urlencoded, "identifier=duane15;password=correct+horse".to_owned(), &reasoned(NO_PASSWORD)),
        (urlencoded, "identifier=duane15&password=%".to_owned(), &bad_form),
        (urlencoded, "identifier=duane15&password=%ff".to_owned(), &bad_form),
        (urlencoded, String::new(), &reasoned(NO_IDENTIFIER)),
        (multipart_type, twice, &repeated),
        (multipart_type, file, &reasoned(INVALID)),
        (multipart_type, whole.replace("\r\n", "\n"), &bad_multipart),
        (multipart_type, whole.replace("--boundary--", ""), &bad_multipart),
        (multipart_type, String::new(), &bad_multipart),
    ];
    for (content_type, body, expected) in rows {
        let reply = send(&layer, post(PATH, content_type, body.clone())).await;
        assert_refused(&reply, 400, expected, &body);
    }
}

#[tokio::test]
async fn s36_content_types_are_compared_without_case_and_take_a_charset() {
    let layer = layer();
    let body = json!({ "identifier": "duane15", "password": PASSWORD }).to_string();
    for content_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "APPLICATION/JSON ; Charset=Utf-8",
    ] {
        assert_eq!(send(&layer, post(PATH, content_type, body.clone())).await.status, 200, "{content_type}");
    }
    let form = "identifier=duane15&password=correct+horse";
    for content_type in ["APPLICATION/X-WWW-FORM-URLENCODED", "application/x-www-form-urlencoded; charset=UTF-8"] {
        assert_eq!(send(&layer, post(PATH, content_type, form)).await.status, 200, "{content_type}");
    }
    let form = multipart(&[("identifier", "duane15"), ("password", PASSWORD)]).1;
    for content_type in
        ["Multipart/Form-Data; boundary=boundary", "multipart/form-data; charset=utf-8; boundary=\"boundary\""]
    {
        assert_eq!(send(&layer, post(PATH, content_type, form.clone())).await.status, 200, "{content_type}");
    }
}

#[tokio::test]
async fn s36_other_content_types_are_refused() {
    let layer = layer();
    let message = "Send application/json, application/x-www-form-urlencoded or multipart/form-data";
    let body = plain(415, "Unsupported Media Type", message);
    for content_type in [
        "text/plain",
        "application/xml",
        "application/json; charset=latin1",
        "application/jsonx",
        "json",
        "multipart/form-data",
        "",
    ] {
        let mut request = good();
        request.headers_mut().insert("content-type", content_type.parse().unwrap());
        assert_refused(&send(&layer, request).await, 415, &body, content_type);
    }
    let mut untyped = good();
    untyped.headers_mut().remove("content-type");
    assert_refused(&send(&layer, untyped).await, 415, &body, "no type");
    let mut typed_twice = good();
    typed_twice.headers_mut().append("content-type", "application/json".parse().unwrap());
    assert_refused(&send(&layer, typed_twice).await, 415, &body, "two types");
    let mut encoded = good();
    encoded.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    assert_refused(&send(&layer, encoded).await, 415, &body, "encoded");
    let nothing = send(&layer, request("POST", PATH)).await;
    assert_refused(&nothing, 400, &reasoned(NO_IDENTIFIER), "neither body nor type");
}

/// A login whose JSON is `length` bytes long.
fn padded(length: usize) -> Bytes {
    let bare = json!({ "identifier": "duane15", "password": PASSWORD, "padding": "" }).to_string();
    bare.replace("\"padding\":\"\"", &format!("\"padding\":\"{}\"", "x".repeat(length - bare.len()))).into()
}

fn in_pieces(body: Pieces) -> Request<Pieces> {
    Request::post(PATH).header("content-type", "application/json").body(body).unwrap()
}

#[tokio::test]
async fn s37_bodies_beyond_64_kib_are_refused_with_and_without_a_length() {
    let layer = layer();
    let refused = plain(413, "Payload Too Large", "The request body is too large");
    assert_eq!(send(&layer, post(PATH, "application/json", padded(65_536))).await.status, 200);
    assert_refused(&send(&layer, post(PATH, "application/json", padded(65_537))).await, 413, &refused, "with a length");
    let halves = |body: Bytes| vec![body.slice(..30_000), body.slice(30_000..)];
    assert_eq!(send_pieces(&layer, in_pieces(Pieces::new(halves(padded(65_536))))).await.status, 200);
    let reply = send_pieces(&layer, in_pieces(Pieces::new(halves(padded(65_537))))).await;
    assert_refused(&reply, 413, &refused, "without a length");
    let small = builder().body_limit(100).build(find_in(users())).unwrap();
    assert_eq!(send(&small, post(PATH, "application/json", padded(100))).await.status, 200);
    assert_eq!(send(&small, post(PATH, "application/json", padded(101))).await.status, 413);
}

#[tokio::test(start_paused = true)]
async fn s37_a_body_that_never_ends_is_refused_after_ten_seconds() {
    let layer = layer();
    let refused = plain(408, "Request Timeout", "The request body took too long to arrive");
    let begun = tokio::time::Instant::now();
    let reply = send_pieces(&layer, in_pieces(Pieces::stalled(vec![padded(200).slice(..50)]))).await;
    assert_refused(&reply, 408, &refused, "stalled");
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn s38_credentials_in_the_query_are_never_read() {
    let layer = layer();
    let query = "/auth/local?identifier=duane15&password=correct%20horse";
    assert_refused(&send(&layer, request("POST", query)).await, 400, &reasoned(NO_IDENTIFIER), "in the query only");
    let body = json!({ "identifier": "nobody", "password": PASSWORD });
    assert_refused(&send(&layer, post_json(query, &body)).await, 400, &reasoned(INVALID), "the body counts");
}

#[tokio::test]
async fn s39_identifier_and_password_are_taken_as_they_are() {
    let layer = layer();
    for (identifier, password) in [
        (" duane15", PASSWORD),
        ("duane15 ", PASSWORD),
        ("Duane15", PASSWORD),
        ("1", PASSWORD),
        ("duane15", " correct horse"),
        ("duane15", "correct horse "),
        ("duane15", "Correct Horse"),
        ("duane15", "correct horse\0"),
    ] {
        let reply = send(&layer, attempt(identifier, password)).await;
        assert_refused(&reply, 400, &reasoned(INVALID), &format!("{identifier:?} {password:?}"));
    }
}

#[tokio::test]
async fn an_e_mail_address_is_looked_up_in_lower_case_and_anything_else_as_a_username() {
    let seen: Arc<Mutex<Vec<Identifier>>> = Arc::default();
    let recorder = Arc::clone(&seen);
    let find = find_in(users());
    let layer = builder()
        .build(move |query: Query| {
            if let Query::Login { identifier, .. } = &query {
                recorder.lock().unwrap().push(identifier.clone());
            }
            find(query)
        })
        .unwrap();
    let email = |text: &str| Identifier::Email(text.into());
    let username = |text: &str| Identifier::Username(text.into());
    let rows = [
        ("Duane@Example.COM", email("duane@example.com"), 200),
        ("duane@example.com", email("duane@example.com"), 200),
        (" duane@example.com", username(" duane@example.com"), 400),
        ("duane@example", username("duane@example"), 400),
        ("duane15", username("duane15"), 200),
        ("DUANE15", username("DUANE15"), 400),
        ("13812345678", username("13812345678"), 400),
    ];
    for (typed, identifier, status) in rows {
        assert_eq!(send(&layer, attempt(typed, PASSWORD)).await.status, status, "{typed}");
        assert_eq!(seen.lock().unwrap().pop(), Some(identifier));
    }
}

#[tokio::test]
async fn a_stale_authorization_is_ignored() {
    let layer = layer();
    let blocked = hs256(HEADER, &format!(r#"{{"id":2,"iat":{NOW},"exp":{}}}"#, NOW + 3600));
    let expired = hs256(HEADER, r#"{"id":1,"iat":1,"exp":2}"#);
    for stale in
        ["Bearer garbage", &format!("Bearer {blocked}"), &format!("Bearer {expired}"), &basic("a", "b"), "Digest x"]
    {
        assert_eq!(send(&layer, authorized(good(), stale)).await.status, 200, "{stale}");
    }
    let twice = authorized(authorized(good(), "Bearer a"), "Bearer b");
    assert_eq!(send(&layer, twice).await.status, 200, "two fields");
    let alone = authorized(post_json(PATH, &json!({})), &format!("Bearer {}", good_token()));
    assert_refused(&send(&layer, alone).await, 400, &reasoned(NO_IDENTIFIER), "a good one is no login");
}

#[tokio::test]
async fn a_failing_lookup_is_a_500_and_never_a_wrong_password() {
    let body = plain(500, "Internal Server Error", "An internal server error occurred");
    let reply = send(&layer(), attempt("frieda", PASSWORD)).await;
    assert_refused(&reply, 500, &body, "frieda");
    assert_eq!(reply.header("retry-after"), None);
}

#[track_caller]
fn assert_rate(reply: &Reply, remaining: &str, reset: u64) {
    let headers = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"].map(|name| reply.header(name));
    assert_eq!(headers, [Some("10"), Some(remaining), Some(&*reset.to_string())]);
}

#[tokio::test]
async fn s54_the_eleventh_request_in_a_minute_is_refused_whoever_it_is_for() {
    let (builder, clock) = limited();
    let layer = builder.build(find_in(users())).unwrap();
    let from = |identifier: &str, password: &str| from_address(attempt(identifier, password), "192.0.2.1");
    for remaining in (0..10).rev() {
        let reply = send(&layer, from(&format!("nobody{remaining}"), "wrong")).await;
        assert_refused(&reply, 400, &reasoned(INVALID), "counted");
        clock.advance(1);
    }
    let body = r#"{"message":[{"messages":[{"id":"Auth.form.error.ratelimit","message":"Too many attempts, please try again in a minute."}]}]}"#;
    for (identifier, what) in
        [("duane15", "existing"), ("nobody", "unknown"), ("blocked", "blocked"), ("frieda", "failing")]
    {
        let reply = send(&layer, from(identifier, PASSWORD)).await;
        assert_refused(&reply, 429, body, what);
        assert_rate(&reply, "0", NOW + 60);
        assert_eq!(reply.header("retry-after"), Some("50"));
    }
    clock.set(NOW + 60);
    let reply = send(&layer, from("duane15", PASSWORD)).await;
    assert_eq!(reply.status, 200);
    assert_rate(&reply, "9", NOW + 120);
}

#[tokio::test]
async fn a_login_that_is_granted_tells_where_the_client_stands() {
    let (builder, _) = limited();
    let layer = builder.build(find_in(users())).unwrap();
    for remaining in ["9", "8", "7"] {
        let reply = send(&layer, from_address(good(), "192.0.2.1")).await;
        assert_eq!(reply.status, 200);
        assert_rate(&reply, remaining, NOW + 60);
        assert_eq!(reply.header("retry-after"), None);
    }
}

#[tokio::test]
async fn s55_clients_are_counted_by_address_and_by_no_header() {
    let (builder, _) = limited();
    let layer = builder.build(find_in(users())).unwrap();
    for number in 0..11 {
        let mut request = from_address(good(), "192.0.2.1");
        request.headers_mut().insert("x-forwarded-for", format!("198.51.100.{number}").parse().unwrap());
        request.headers_mut().insert("forwarded", format!("for=198.51.100.{number}").parse().unwrap());
        let status = if number < 10 { 200 } else { 429 };
        assert_eq!(send(&layer, request).await.status, status, "{number}");
    }
    assert_eq!(send(&layer, from_address(good(), "192.0.2.2")).await.status, 200);
    assert_eq!(send(&layer, from_address(good(), "::ffff:192.0.2.1")).await.status, 429);
}

#[tokio::test]
async fn s51_without_an_address_clients_are_counted_by_identifier() {
    let (builder, _) = limited();
    let layer = builder.build(find_in(users())).unwrap();
    for _ in 0..10 {
        assert_eq!(send(&layer, attempt("duane15", "wrong")).await.status, 400);
    }
    assert_eq!(send(&layer, good()).await.status, 429);
    assert_refused(&send(&layer, attempt("nobody", PASSWORD)).await, 400, &reasoned(INVALID), "another identifier");
}

#[tokio::test]
async fn malformed_requests_count_too() {
    let (builder, _) = limited();
    let layer = builder.build(find_in(users())).unwrap();
    for _ in 0..10 {
        let malformed = from_address(post(PATH, "application/json", "{"), "192.0.2.1");
        assert_eq!(send(&layer, malformed).await.status, 400);
    }
    assert_eq!(send(&layer, from_address(good(), "192.0.2.1")).await.status, 429);
}

#[tokio::test]
async fn without_rate_limits_nothing_is_counted_or_told() {
    let layer = layer();
    for number in 0..12 {
        let reply = send(&layer, from_address(attempt(&format!("nobody{number}"), "wrong"), "192.0.2.1")).await;
        assert_eq!((reply.status, reply.header("x-ratelimit-limit")), (400, None));
    }
}

/// Whether `POST path` with good credentials is a login; if not, that it is a guarded route.
async fn logs_in<L: Lookup<User = User>>(layer: &AuthLayer<L>, path: &str) -> bool {
    let body: Value = json!({ "identifier": "duane15", "password": PASSWORD });
    let reply = send(layer, post_json(path, &body)).await;
    if reply.status == 200 {
        return true;
    }
    assert_eq!((reply.status, reply.header("content-type")), (401, Some("application/problem+json")), "{path}");
    let admitted = authorized(post_json(path, &body), &format!("Bearer {}", good_token()));
    assert_eq!(send(layer, admitted).await.text(), "inner: 1", "{path}");
    false
}

const NEAR_MISSES: [&str; 7] =
    ["/auth", "/auth/locals", "/auth/local/x", "//auth/local", "/auth/local//", "/auth%2Flocal", "/api/auth/local"];

#[tokio::test]
async fn s27_only_the_exact_path_is_the_login() {
    let layer = layer();
    assert!(logs_in(&layer, PATH).await);
    assert!(logs_in(&layer, "/auth/local?next=/").await);
    for path in NEAR_MISSES.into_iter().chain(["/auth/local/", "/Auth/Local", "/AUTH/LOCAL/"]) {
        assert!(!logs_in(&layer, path).await, "{path}");
    }
}

#[tokio::test]
async fn s27_lenient_paths_take_any_letter_case_and_one_trailing_slash() {
    let layer = builder().lenient_paths().build(find_in(users())).unwrap();
    for path in [PATH, "/auth/local/", "/Auth/Local", "/AUTH/LOCAL/"] {
        assert!(logs_in(&layer, path).await, "{path}");
    }
    for path in NEAR_MISSES {
        assert!(!logs_in(&layer, path).await, "{path}");
    }
}

#[tokio::test]
async fn s27_every_spelling_of_a_lenient_path_shares_one_count() {
    let (builder, _) = limited();
    let layer = builder.lenient_paths().build(find_in(users())).unwrap();
    let body = json!({ "identifier": "duane15", "password": "wrong" });
    let spellings = ["/auth/local", "/auth/local/", "/Auth/local", "/AUTH/LOCAL/", "/auth/Local"];
    for (number, path) in spellings.into_iter().cycle().take(12).enumerate() {
        let status = if number < 10 { 400 } else { 429 };
        assert_eq!(send(&layer, post_json(path, &body)).await.status, status, "{number}");
    }
}

#[tokio::test]
async fn the_path_can_be_moved_and_mounted() {
    let moved = builder().dialect(AuthLocal::new().path("/api/auth/local")).build(find_in(users())).unwrap();
    assert!(logs_in(&moved, "/api/auth/local").await);
    assert!(!logs_in(&moved, PATH).await);
    let mounted = builder().mount("/api/v2").build(find_in(users())).unwrap();
    assert!(logs_in(&mounted, "/api/v2/auth/local").await);
    assert!(!logs_in(&mounted, PATH).await);
    let without = builder().without(AuthLocal::NAME).build(find_in(users())).unwrap();
    assert!(!logs_in(&without, PATH).await);
}

#[tokio::test]
async fn s26_other_methods_on_the_path_are_guarded_routes() {
    let layer = builder().public("GET /auth/local").build(find_in(users())).unwrap();
    for method in ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "post", "LOGIN"] {
        let (mut parts, body) = good().into_parts();
        parts.method = method.parse().unwrap();
        let reply = send(&layer, Request::from_parts(parts, body)).await;
        assert_eq!((reply.status, reply.header("content-type")), (401, Some("application/problem+json")), "{method}");
    }
    assert_eq!(send(&layer, request("GET", PATH)).await.text(), "inner: nobody");
}

#[tokio::test]
async fn s28_no_header_changes_the_method_or_the_path() {
    let layer = layer();
    for (name, value) in [("x-http-method-override", "POST"), ("x-original-url", PATH), ("x-rewrite-url", PATH)] {
        let (mut parts, body) = good().into_parts();
        parts.method = http::Method::GET;
        parts.headers.insert(name, value.parse().unwrap());
        assert_eq!(send(&layer, Request::from_parts(parts, body)).await.status, 401, "{name}");
    }
}
