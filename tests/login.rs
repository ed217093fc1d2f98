//! The contract `login` through the door: every row of its answers, and how its request is read.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::sync::{Arc, Mutex, mpsc};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use support::*;
use tower_auth::{Account, AuthLayer, BoxError, Identifier, Lookup, Query, dialect::Login};

const PATH: &str = "/login";

const INCORRECT: &str = "Username or password is not correct";
const NO_USERNAME: &str = "The user name is required";
const NO_PASSWORD: &str = "The password is required";
const NOT_TEXT: &str = "User name and password have to be text";

fn attempt(username: &str, password: &str) -> Request<Full<Bytes>> {
    post_json(PATH, &json!({ "username": username, "password": password }))
}

fn good() -> Request<Full<Bytes>> {
    attempt("duane15", PASSWORD)
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, message: &str, what: &str) {
    let body = format!(r#"{{"message":"{message}"}}"#);
    assert_eq!((reply.status, reply.text()), (status, &*body), "{what}");
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"), "{what}");
    assert_eq!(reply.header("www-authenticate"), None, "{what}");
}

fn token(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn s40_a_login_is_answered_with_the_user_a_token_and_its_times() {
    let reply = send(&layer(), good()).await;
    let token = token(&reply);
    let expected = format!(
        r#"{{"user":{{"id":1,"username":"duane15"}},"token":"{token}","tokenExpire":{},"tokenIssuedAt":{NOW}}}"#,
        NOW + 388_800
    );
    assert_eq!(reply.text(), expected);
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("pragma"), Some("no-cache"));
}

#[tokio::test]
async fn the_token_says_what_the_document_says_in_its_order() {
    let text_id = Row::new("5be27c8fba7346230a2a0dcf", "carlosm");
    let layer = builder().build(find_in(vec![users().swap_remove(0), text_id])).unwrap();
    for (username, id) in [("duane15", "1"), ("carlosm", r#""5be27c8fba7346230a2a0dcf""#)] {
        let token = token(&send(&layer, attempt(username, PASSWORD)).await);
        let claims = format!(r#"{{"id":{id},"username":"{username}","iat":{NOW},"exp":{}}}"#, NOW + 388_800);
        assert_eq!(decoded(&token), (r#"{"alg":"HS256","typ":"JWT"}"#.to_owned(), claims.clone()));
        assert_eq!(token, hs256(HEADER, &claims));
    }
}

#[tokio::test]
async fn the_claim_username_is_the_accounts_or_else_the_profiles_or_else_what_was_typed() {
    let find = async |query: Query| {
        let Query::Login { identifier, .. } = query else { return Ok(None) };
        let account = match identifier.as_str() {
            "named" => Account::new(1, json!({ "username": "profile" })).username("account"),
            "profiled" => Account::new(1, json!({ "username": "profile" })),
            _ => Account::new(1, json!({})),
        };
        Ok::<_, BoxError>(Some(account.password_hash(BCRYPT)))
    };
    let layer = builder().build(find).unwrap();
    for (typed, username) in [("named", "account"), ("profiled", "profile"), ("Typed \"so\"", "Typed \"so\"")] {
        let token = token(&send(&layer, attempt(typed, PASSWORD)).await);
        let claims: Value = serde_json::from_str(&decoded(&token).1).unwrap();
        assert_eq!(claims["username"], username, "{typed}");
    }
}

#[tokio::test]
async fn the_token_opens_guarded_routes_until_it_expires() {
    let clock = ManualClock::at(NOW);
    let contract = Login::new().lifetime(secs(60));
    let layer = builder().clock(clock.clone()).leeway(secs(0)).dialect(contract).build(find_in(users())).unwrap();
    let reply = send(&layer, good()).await;
    assert_eq!((&reply.json()["tokenExpire"], &reply.json()["tokenIssuedAt"]), (&json!(NOW + 60), &json!(NOW)));
    let token = token(&reply);
    assert!(decoded(&token).1.ends_with(&format!(r#""exp":{}}}"#, NOW + 60)));
    clock.advance(59);
    assert_eq!(send(&layer, bearer(&token)).await.text(), "inner: 1");
    clock.advance(1);
    assert_eq!(send(&layer, bearer(&token)).await.status, 401);
}

#[tokio::test]
async fn a_common_issuer_and_audience_are_put_into_the_token_and_required() {
    let layer = builder().issuer("https://issuer").audience("app").build(find_in(users())).unwrap();
    let token = token(&send(&layer, good()).await);
    let claims = format!(
        r#"{{"id":1,"username":"duane15","iat":{NOW},"exp":{},"iss":"https://issuer","aud":"app"}}"#,
        NOW + 388_800
    );
    assert_eq!(decoded(&token).1, claims);
    assert_eq!(send(&layer, bearer(&token)).await.text(), "inner: 1");
    assert_eq!(send(&layer, bearer(&good_token())).await.status, 401);
}

#[tokio::test]
async fn s40_password_salt_and_token_expire_are_null_where_the_user_has_them_and_other_secrets_left_out() {
    let profile = json!({
        "id": 1,
        "password": BCRYPT,
        "salt": "s",
        "tokenExpire": 1,
        "resetToken": "r",
        "manager": { "name": "n", "password": "p", "passwordHash": "h" },
    });
    let layer = builder().build(find_in(vec![Row { profile, ..Row::new(1, "duane15") }])).unwrap();
    let user = send(&layer, good()).await.json()["user"].take();
    let public = json!({
        "id": 1,
        "password": null,
        "salt": null,
        "tokenExpire": null,
        "manager": { "name": "n", "password": null },
    });
    assert_eq!(user, public);
}

#[tokio::test]
async fn s32_every_refusal_of_credentials_has_the_contracts_words() {
    let layer = layer();
    let rows = [
        ("unknown user", "nobody", PASSWORD, 404, INCORRECT),
        ("wrong password", "duane15", "wrong", 404, INCORRECT),
        ("blocked, wrong password", "blocked", "wrong", 404, INCORRECT),
        ("unconfirmed, wrong password", "unconfirmed", "wrong", 404, INCORRECT),
        ("no password stored", "nopassword", PASSWORD, 404, INCORRECT),
        ("blocked", "blocked", PASSWORD, 403, "The account is blocked"),
        ("unconfirmed", "unconfirmed", PASSWORD, 403, "The account is not confirmed"),
        ("no username", "", PASSWORD, 400, NO_USERNAME),
        ("no password", "duane15", "", 400, NO_PASSWORD),
    ];
    for (what, username, password, status, message) in rows {
        assert_refused(&send(&layer, attempt(username, password)).await, status, message, what);
    }
}

#[tokio::test]
async fn unknown_users_are_disclosed_only_when_asked_for() {
    let layer = builder().disclose_unknown_users().build(find_in(users())).unwrap();
    let rows = [
        ("nobody", PASSWORD, 404, "No user exists with such username"),
        ("duane15", "wrong", 400, "Password is not correct"),
        ("blocked", "wrong", 400, "Password is not correct"),
        ("nopassword", PASSWORD, 400, "Password is not correct"),
        ("blocked", PASSWORD, 403, "The account is blocked"),
    ];
    for (username, password, status, message) in rows {
        assert_refused(&send(&layer, attempt(username, password)).await, status, message, username);
    }
}

#[tokio::test]
async fn s34_missing_members_and_other_types_are_not_credentials() {
    let layer = layer();
    let rows = [
        (json!({}), NO_USERNAME),
        (json!({ "password": PASSWORD }), NO_USERNAME),
        (json!({ "username": "duane15" }), NO_PASSWORD),
        (json!({ "identifier": "duane15", "password": PASSWORD }), NO_USERNAME),
        (json!({ "Username": "duane15", "password": PASSWORD }), NO_USERNAME),
        (json!({ "username": 1, "password": PASSWORD }), NOT_TEXT),
        (json!({ "username": null, "password": PASSWORD }), NOT_TEXT),
        (json!({ "username": { "$gt": "" }, "password": { "$gt": "" } }), NOT_TEXT),
        (json!({ "username": ["duane15"], "password": PASSWORD }), NOT_TEXT),
        (json!({ "username": "duane15", "password": 1 }), NOT_TEXT),
        (json!({ "username": "duane15", "password": true }), NOT_TEXT),
        (json!({ "username": "duane15", "password": [PASSWORD] }), NOT_TEXT),
    ];
    for (body, message) in rows {
        assert_refused(&send(&layer, post_json(PATH, &body)).await, 400, message, &body.to_string());
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
        b"username=duane15&password=correct+horse",
        b"{\"username\":\"duane15\",\"password\":\"correct horse\"}x",
        b"{\"username\":\"duane15\",\"password\":\"\xff\"}",
        br#"{"username":"duane15","username":"duane15","password":"correct horse"}"#,
        br#"{"username":"duane15","password":"wrong","p\u0061ssword":"correct horse"}"#,
    ];
    for sent in bodies {
        let reply = send(&layer, post(PATH, "application/json", sent)).await;
        let message = "The request body is not a JSON object of different names";
        assert_refused(&reply, 400, message, &String::from_utf8_lossy(sent));
    }
}

#[tokio::test]
async fn json_urlencoded_and_multipart_are_read_alike_and_other_members_ignored() {
    let layer = layer();
    let (multipart_type, multipart_body) =
        multipart(&[("username", "duane15"), ("password", PASSWORD), ("id", "2"), ("role", "admin")]);
    let bodies = [
        ("application/json", r#"{"username":"duane15","password":"correct horse","id":2,"role":["admin"]}"#),
        ("application/x-www-form-urlencoded", "username=duane15&password=correct+horse&id=2&role=admin&role=root"),
        (multipart_type, &*multipart_body),
    ];
    let claims = format!(r#"{{"id":1,"username":"duane15","iat":{NOW},"exp":{}}}"#, NOW + 388_800);
    for (content_type, body) in bodies {
        let reply = send(&layer, post(PATH, content_type, body.to_owned())).await;
        assert_eq!(decoded(&token(&reply)).1, claims, "{content_type}");
    }
}

#[tokio::test]
async fn s35_forms_are_read_strictly() {
    const REPEATED: &str = "A credential occurs more than once";
    const BAD_FORM: &str = "The request body is not a well-formed form";
    const BAD_MULTIPART: &str = "The request body is not a well-formed multipart form";
    let layer = layer();
    let urlencoded = "application/x-www-form-urlencoded";
    let (multipart_type, whole) = multipart(&[("username", "duane15"), ("password", PASSWORD)]);
    let twice = multipart(&[("username", "duane15"), ("password", "wrong"), ("password", PASSWORD)]).1;
    let file = whole.replace("name=\"password\"", "name=\"password\"; filename=\"p.txt\"");
    let rows = [
        (urlencoded, "username=duane15&password=wrong&password=correct+horse".to_owned(), REPEATED),
        (urlencoded, "username=duane15&username=duane15&password=correct+horse".to_owned(), REPEATED),
        (urlencoded, "username=duane15;password=correct+horse".to_owned(), NO_PASSWORD),
        (urlencoded, "username=duane15&password=%".to_owned(), BAD_FORM),
        (urlencoded, "username=duane15&password=%ff".to_owned(), BAD_FORM),
        (urlencoded, String::new(), NO_USERNAME),
        (multipart_type, twice, REPEATED),
        (multipart_type, file, NOT_TEXT),
        (multipart_type, whole.replace("\r\n", "\n"), BAD_MULTIPART),
        (multipart_type, whole.replace("--boundary--", ""), BAD_MULTIPART),
        (multipart_type, String::new(), BAD_MULTIPART),
    ];
    for (content_type, body, message) in rows {
        let reply = send(&layer, post(PATH, content_type, body.clone())).await;
        assert_refused(&reply, 400, message, &body);
    }
}

#[tokio::test]
async fn s36_content_types_are_compared_without_case_and_take_a_charset() {
    let layer = layer();
    let json = json!({ "username": "duane15", "password": PASSWORD }).to_string();
    let form = "username=duane15&password=correct+horse".to_owned();
    let parts = multipart(&[("username", "duane15"), ("password", PASSWORD)]).1;
    let rows = [
        ("Application/JSON", &json),
        ("application/json; charset=utf-8", &json),
        ("application/json;charset=\"UTF-8\"", &json),
        ("APPLICATION/JSON ; Charset=Utf-8", &json),
        ("APPLICATION/X-WWW-FORM-URLENCODED", &form),
        ("application/x-www-form-urlencoded; charset=UTF-8", &form),
        ("Multipart/Form-Data; boundary=boundary", &parts),
        ("multipart/form-data; charset=utf-8; boundary=\"boundary\"", &parts),
    ];
    for (content_type, body) in rows {
        assert_eq!(send(&layer, post(PATH, content_type, body.clone())).await.status, 200, "{content_type}");
    }
}

#[tokio::test]
async fn s36_other_content_types_are_refused() {
    const MESSAGE: &str = "Send application/json, application/x-www-form-urlencoded or multipart/form-data";
    let layer = layer();
    for content_type in [
        "text/plain",
        "application/xml",
        "application/json; charset=latin1",
        "application/jsonx",
        "multipart/form-data",
        "",
    ] {
        let mut request = good();
        request.headers_mut().insert("content-type", content_type.parse().unwrap());
        assert_refused(&send(&layer, request).await, 415, MESSAGE, content_type);
    }
    let mut untyped = good();
    untyped.headers_mut().remove("content-type");
    assert_refused(&send(&layer, untyped).await, 415, MESSAGE, "no type");
    let mut typed_twice = good();
    typed_twice.headers_mut().append("content-type", "application/json".parse().unwrap());
    assert_refused(&send(&layer, typed_twice).await, 415, MESSAGE, "two types");
    let mut encoded = good();
    encoded.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    assert_refused(&send(&layer, encoded).await, 415, MESSAGE, "encoded");
    let nothing = send(&layer, request("POST", PATH)).await;
    assert_refused(&nothing, 400, NO_USERNAME, "neither body nor type");
}

/// A login whose JSON is `length` bytes long.
fn padded(length: usize) -> Bytes {
    let bare = json!({ "username": "duane15", "password": PASSWORD, "padding": "" }).to_string();
    bare.replace("\"padding\":\"\"", &format!("\"padding\":\"{}\"", "x".repeat(length - bare.len()))).into()
}

fn in_pieces(body: Pieces) -> Request<Pieces> {
    Request::post(PATH).header("content-type", "application/json").body(body).unwrap()
}

#[tokio::test]
async fn s37_bodies_beyond_64_kib_are_refused_with_and_without_a_length() {
    const MESSAGE: &str = "The request body is too large";
    let layer = layer();
    let halves = |body: Bytes| in_pieces(Pieces::new(vec![body.slice(..30_000), body.slice(30_000..)]));
    assert_eq!(send(&layer, post(PATH, "application/json", padded(65_536))).await.status, 200);
    assert_refused(&send(&layer, post(PATH, "application/json", padded(65_537))).await, 413, MESSAGE, "with a length");
    assert_eq!(send_pieces(&layer, halves(padded(65_536))).await.status, 200);
    assert_refused(&send_pieces(&layer, halves(padded(65_537))).await, 413, MESSAGE, "without a length");
}

#[tokio::test(start_paused = true)]
async fn s37_a_body_that_never_ends_is_refused_after_ten_seconds() {
    let layer = layer();
    let begun = tokio::time::Instant::now();
    let reply = send_pieces(&layer, in_pieces(Pieces::stalled(vec![padded(200).slice(..50)]))).await;
    assert_refused(&reply, 408, "The request body took too long to arrive", "stalled");
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn s38_credentials_in_the_query_are_never_read() {
    let layer = layer();
    let query = "/login?username=duane15&password=correct%20horse";
    assert_refused(&send(&layer, request("POST", query)).await, 400, NO_USERNAME, "in the query only");
    let body = json!({ "username": "nobody", "password": PASSWORD });
    assert_refused(&send(&layer, post_json(query, &body)).await, 404, INCORRECT, "the body counts");
}

#[tokio::test]
async fn s39_username_and_password_are_taken_as_they_are() {
    let layer = layer();
    for (username, password) in [
        (" duane15", PASSWORD),
        ("duane15 ", PASSWORD),
        ("Duane15", PASSWORD),
        ("1", PASSWORD),
        ("duane@example.com", PASSWORD),
        ("duane15", " correct horse"),
        ("duane15", "correct horse "),
        ("duane15", "Correct Horse"),
        ("duane15", "correct horse\0"),
    ] {
        let reply = send(&layer, attempt(username, password)).await;
        assert_refused(&reply, 404, INCORRECT, &format!("{username:?} {password:?}"));
    }
}

#[tokio::test]
async fn whatever_is_typed_is_looked_up_as_a_username() {
    let seen: Arc<Mutex<Vec<Identifier>>> = Arc::default();
    let recorder = Arc::clone(&seen);
    let layer = builder()
        .build(move |query: Query| {
            if let Query::Login { identifier, .. } = &query {
                recorder.lock().unwrap().push(identifier.clone());
            }
            find_in(users())(query)
        })
        .unwrap();
    for typed in ["duane15", "Duane@Example.com", " 1 ", "13812345678", "创始人"] {
        send(&layer, attempt(typed, PASSWORD)).await;
        assert_eq!(seen.lock().unwrap().pop(), Some(Identifier::Username(typed.into())));
    }
}

#[tokio::test]
async fn a_stale_authorization_is_ignored() {
    let layer = layer();
    let blocked = hs256(HEADER, &format!(r#"{{"id":2,"iat":{NOW},"exp":{}}}"#, NOW + 3600));
    let expired = hs256(HEADER, r#"{"id":1,"iat":1,"exp":2}"#);
    for stale in [
        "Bearer garbage",
        &format!("Bearer {blocked}"),
        &format!("Bearer {expired}"),
        &basic("a", "b"),
        "Digest x",
        &expired,
    ] {
        assert_eq!(send(&layer, authorized(good(), stale)).await.status, 200, "{stale}");
    }
    let twice = authorized(authorized(good(), "Bearer a"), "Bearer b");
    assert_eq!(send(&layer, twice).await.status, 200, "two fields");
    let alone = authorized(post_json(PATH, &json!({})), &format!("Bearer {}", good_token()));
    assert_refused(&send(&layer, alone).await, 400, NO_USERNAME, "a good one is no login");
}

#[tokio::test]
async fn a_failing_lookup_is_a_500_and_never_a_wrong_password() {
    let reply = send(&layer(), attempt("frieda", PASSWORD)).await;
    assert_refused(&reply, 500, "An internal server error occurred", "frieda");
}

#[tokio::test]
async fn s58_a_login_that_finds_no_room_for_its_hashing_is_told_at_once() {
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let mut rows = users();
    rows[0].hash = Some("held");
    let layer = builder()
        .hashing_lane(1, 0)
        .verify_passwords_with(move |stored, _| (stored == "held").then(|| held.lock().unwrap().recv().is_ok()))
        .build(find_in(rows))
        .unwrap();
    let (first, second) = tokio::join!(send(&layer, good()), async {
        let reply = send(&layer, good()).await;
        release.send(()).unwrap();
        reply
    });
    assert_refused(&second, 503, "Too many logins at the moment, please try again", "second");
    assert_eq!(second.header("retry-after"), Some("1"));
    assert_eq!(first.status, 200);
}

/// Whether `POST path` with good credentials is a login; if not, that it is a guarded route.
async fn logs_in<L: Lookup<User = User>>(layer: &AuthLayer<L>, path: &str) -> bool {
    let body = json!({ "username": "duane15", "password": PASSWORD });
    let reply = send(layer, post_json(path, &body)).await;
    if reply.status == 200 {
        return true;
    }
    assert_eq!((reply.status, reply.header("content-type")), (401, Some("application/problem+json")), "{path}");
    let admitted = authorized(post_json(path, &body), &format!("Bearer {}", good_token()));
    assert_eq!(send(layer, admitted).await.text(), "inner: 1", "{path}");
    false
}

const NEAR_MISSES: [&str; 7] = ["/", "/logins", "/login/x", "//login", "/login//", "/%6Cogin", "/api/login"];

#[tokio::test]
async fn s27_only_the_exact_path_is_the_login() {
    let layer = layer();
    assert!(logs_in(&layer, PATH).await);
    assert!(logs_in(&layer, "/login?next=/").await);
    for path in NEAR_MISSES.into_iter().chain(["/login/", "/Login", "/LOGIN/"]) {
        assert!(!logs_in(&layer, path).await, "{path}");
    }
}

#[tokio::test]
async fn s27_lenient_paths_take_any_letter_case_and_one_trailing_slash() {
    let layer = builder().lenient_paths().build(find_in(users())).unwrap();
    for path in [PATH, "/login/", "/Login", "/LOGIN/"] {
        assert!(logs_in(&layer, path).await, "{path}");
    }
    for path in NEAR_MISSES {
        assert!(!logs_in(&layer, path).await, "{path}");
    }
}

#[tokio::test]
async fn the_path_can_be_moved_and_mounted() {
    let moved = builder().dialect(Login::new().path("/sign-in")).build(find_in(users())).unwrap();
    assert!(logs_in(&moved, "/sign-in").await);
    assert!(!logs_in(&moved, PATH).await);
    let mounted = builder().mount("/api/v2").build(find_in(users())).unwrap();
    assert!(logs_in(&mounted, "/api/v2/login").await);
    assert!(!logs_in(&mounted, PATH).await);
    let without = builder().without(Login::NAME).build(find_in(users())).unwrap();
    assert!(!logs_in(&without, PATH).await);
}

#[tokio::test]
async fn s26_other_methods_on_the_path_are_guarded_routes() {
    let layer = layer();
    for method in ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "post"] {
        let (mut parts, body) = good().into_parts();
        parts.method = method.parse().unwrap();
        let reply = send(&layer, Request::from_parts(parts, body)).await;
        assert_eq!((reply.status, reply.header("content-type")), (401, Some("application/problem+json")), "{method}");
    }
}

#[tokio::test]
async fn a_service_may_have_its_own_login_page() {
    let layer = builder().public("GET /login").build(find_in(users())).unwrap();
    assert_eq!(send(&layer, request("GET", PATH)).await.text(), "inner: nobody");
    assert!(logs_in(&layer, PATH).await);
    assert_eq!(send(&layer, request("PUT", PATH)).await.status, 401);
}
