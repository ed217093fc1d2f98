//! The contract `tokens` through the door: every row of its answers, how its requests are read, and all of refresh.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};
use support::*;
use tower_auth::{
    AuthLayer, AuthLayerBuilder, ClientAddr, Identifier, Lookup, Query, SigningKey,
    dialect::{AuthToken, Tokens},
    store::{MemorySessions, Rotated, Rotation, SessionStore, StoreFuture},
};

const PATH: &str = "/tokens";

const TTL: u64 = 20_160 * 60;
const REFRESH_TTL: u64 = 40_320 * 60;

const TYPE_FIRST: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

const WRONG: &str = r#"{"password":["密码错误"]}"#;
const NO_LOGIN: &str = r#"{"login":["请输入账号"]}"#;
const NO_PASSWORD: &str = r#"{"password":["请输入密码"]}"#;
const BARRED: &str = r#"{"message":["你已被禁止登陆"]}"#;

const MALFORMED: &str = "Wrong number of segments";
const BAD_SIGNATURE: &str = "Token Signature could not be verified.";
const INCOMPLETE: &str = "JWT payload does not contain the required claims";
const WINDOW_PASSED: &str = "Token has expired and can no longer be refreshed";
const BLACKLISTED: &str = "The token has been blacklisted";
const USER_GONE: &str = "User not found";

fn attempt(login: &str, password: &str) -> Request<Full<Bytes>> {
    post_json(PATH, &json!({ "login": login, "password": password }))
}

fn good() -> Request<Full<Bytes>> {
    attempt("duane15", PASSWORD)
}

fn refresh(token: &str) -> Request<Full<Bytes>> {
    request("PATCH", &format!("{PATH}/{token}"))
}

fn from_address(mut request: Request<Full<Bytes>>, address: &str) -> Request<Full<Bytes>> {
    request.extensions_mut().insert(ClientAddr::from(address.parse::<IpAddr>().unwrap()));
    request
}

/// The builder with a clock to turn.
fn clocked() -> (AuthLayerBuilder, ManualClock) {
    let clock = ManualClock::at(NOW);
    (builder().clock(clock.clone()), clock)
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, body: &str, what: &str) {
    assert_eq!((reply.status, reply.text()), (status, body), "{what}");
    assert_eq!(reply.header("content-type"), Some("application/json"), "{what}");
}

/// A refused refresh: a 401 with a challenge.
#[track_caller]
fn assert_not_refreshed(reply: &Reply, message: &str, what: &str) {
    assert_refused(reply, 401, &format!(r#"{{"message":["{message}"]}}"#), what);
    assert_eq!(reply.header("www-authenticate"), Some(r#"Bearer realm="api", error="invalid_token""#), "{what}");
}

fn token(reply: &Reply) -> String {
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["token"].as_str().unwrap().to_owned()
}

fn claims(token: &str) -> Value {
    serde_json::from_str(&decoded(token).1).unwrap()
}

/// The claim `jti`, which is 16 alphanumerics.
#[track_caller]
fn token_id(token: &str) -> String {
    let id = claims(token)["jti"].as_str().unwrap().to_owned();
    assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    id
}

async fn login<L: Lookup<User = User>>(layer: &AuthLayer<L>) -> String {
    token(&send(layer, good()).await)
}

/// The status of a guarded route for `token`.
async fn guarded<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> u16 {
    send(layer, bearer(token)).await.status
}

mod create {
    use super::*;

    #[tokio::test]
    async fn s40_a_login_is_answered_with_a_token_the_user_and_two_lifetimes_in_minutes() {
        let reply = send(&layer(), good()).await;
        let token = token(&reply);
        let expected =
            format!(r#"{{"token":"{token}","user":{{"id":1,"username":"duane15"}},"ttl":20160,"refresh_ttl":40320}}"#);
        assert_eq!(reply.text(), expected);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("pragma"), Some("no-cache"));
        assert_eq!(reply.header("x-ratelimit-limit"), None);
    }

    #[tokio::test]
    async fn the_token_says_what_the_document_says_in_its_order() {
        let layer = builder()
            .dialect(Tokens::new().issuer("http://plus.io/api/v2/tokens"))
            .build(find_in(vec![Row::new(1, "number"), Row::new("5f55e32aab24c71c3c1bf391", "text")]))
            .unwrap();
        for (login, sub) in [("number", "1"), ("text", r#""5f55e32aab24c71c3c1bf391""#)] {
            let token = token(&send(&layer, attempt(login, PASSWORD)).await);
            let claims = format!(
                r#"{{"sub":{sub},"iss":"http://plus.io/api/v2/tokens","iat":{NOW},"exp":{},"nbf":{NOW},"jti":"{}"}}"#,
                NOW + TTL,
                token_id(&token)
            );
            assert_eq!(decoded(&token), (TYPE_FIRST.to_owned(), claims.clone()));
            assert_eq!(token, hs256(TYPE_FIRST, &claims));
        }
    }

    #[tokio::test]
    async fn s41_two_logins_in_one_second_differ_and_request_members_reach_no_claim() {
        let layer = layer();
        let body = json!({ "login": "duane15", "password": PASSWORD, "sub": 2, "jti": "x", "admin": true, "exp": 1 });
        let first = token(&send(&layer, post_json(PATH, &body)).await);
        let second = login(&layer).await;
        assert_ne!(token_id(&first), token_id(&second));
        let without_id = |token: &str| decoded(token).1.replace(&token_id(token), "");
        assert_eq!(without_id(&first), without_id(&second));
    }

    #[tokio::test]
    async fn lifetimes_are_set_in_minutes() {
        let (builder, clock) = clocked();
        let layer = builder
            .leeway(secs(0))
            .dialect(Tokens::new().ttl(mins(60)).refresh_ttl(mins(120)))
            .build(find_in(users()))
            .unwrap();
        let reply = send(&layer, good()).await;
        assert!(reply.text().ends_with(r#""ttl":60,"refresh_ttl":120}"#), "{}", reply.text());
        let token = token(&reply);
        assert_eq!(claims(&token)["exp"], NOW + 3_600);
        clock.advance(3_599);
        assert_eq!(guarded(&layer, &token).await, 200);
        clock.advance(1);
        assert_eq!(guarded(&layer, &token).await, 401);
        clock.set(NOW + 7_200);
        let reply = send(&layer, refresh(&token)).await;
        assert!(reply.text().ends_with(r#""ttl":60,"refresh_ttl":120}"#), "{}", reply.text());
        assert_eq!(claims(&super::token(&reply))["exp"], NOW + 7_200 + 3_600);
    }

    #[tokio::test]
    async fn a_common_issuer_and_audience_are_put_into_the_token_and_required() {
        let layer = builder().issuer("https://issuer").audience("app").build(find_in(users())).unwrap();
        let token = login(&layer).await;
        let expected = format!(
            r#"{{"sub":1,"iss":"https://issuer","iat":{NOW},"exp":{},"nbf":{NOW},"jti":"{}","aud":"app"}}"#,
            NOW + TTL,
            token_id(&token)
        );
        assert_eq!(decoded(&token).1, expected);
        assert_eq!(guarded(&layer, &token).await, 200);
        let successor = super::token(&send(&layer, refresh(&token)).await);
        assert_eq!(claims(&successor)["iss"], "https://issuer");
        assert_eq!(claims(&successor)["aud"], "app");
        assert_eq!(send(&layer, refresh(&refreshable_token(NOW))).await.status, 401);
    }

    #[tokio::test]
    async fn s40_secret_members_of_the_user_are_left_out_at_every_depth() {
        let profile =
            json!({ "id": 1, "password": BCRYPT, "remember_token": "r", "extra": { "user_id": 1, "salt": "s" } });
        let layer = builder().build(find_in(vec![Row { profile, ..Row::new(1, "duane15") }])).unwrap();
        let user = send(&layer, good()).await.json()["user"].take();
        assert_eq!(user, json!({ "id": 1, "extra": { "user_id": 1 } }));
    }

    #[tokio::test]
    async fn s32_every_refusal_of_credentials_has_the_contracts_words() {
        let layer = layer();
        let rows = [
            ("unknown user", "nobody", PASSWORD, WRONG),
            ("unknown e-mail", "nobody@example.com", PASSWORD, WRONG),
            ("what can name nobody", "no body!", PASSWORD, WRONG),
            ("wrong password", "duane15", "wrong", WRONG),
            ("blocked, wrong password", "blocked", "wrong", WRONG),
            ("unconfirmed, wrong password", "unconfirmed", "wrong", WRONG),
            ("no password stored", "nopassword", PASSWORD, WRONG),
            ("blocked", "blocked", PASSWORD, BARRED),
            ("unconfirmed", "unconfirmed", PASSWORD, BARRED),
            ("no login", "", PASSWORD, NO_LOGIN),
            ("a login of spaces", "  \t", PASSWORD, NO_LOGIN),
            ("no password", "duane15", "", NO_PASSWORD),
        ];
        for (what, login, password, body) in rows {
            assert_refused(&send(&layer, attempt(login, password)).await, 422, body, what);
        }
    }

    #[tokio::test]
    async fn unknown_users_are_disclosed_only_when_asked_for() {
        let layer = builder().disclose_unknown_users().build(find_in(users())).unwrap();
        let rows = [
            ("nobody", PASSWORD, 404, r#"{"login":["用户不存在"]}"#),
            ("no body!", PASSWORD, 404, r#"{"login":["用户不存在"]}"#),
            ("duane15", "wrong", 422, WRONG),
            ("blocked", "wrong", 422, WRONG),
            ("nopassword", PASSWORD, 422, WRONG),
            ("blocked", PASSWORD, 422, BARRED),
        ];
        for (login, password, status, body) in rows {
            assert_refused(&send(&layer, attempt(login, password)).await, status, body, login);
        }
    }

    #[tokio::test]
    async fn s34_missing_members_and_other_types_are_not_credentials() {
        let layer = layer();
        let rows = [
            (json!({}), NO_LOGIN),
            (json!({ "password": PASSWORD }), NO_LOGIN),
            (json!({ "login": "duane15" }), NO_PASSWORD),
            (json!({ "username": "duane15", "password": PASSWORD }), NO_LOGIN),
            (json!({ "Login": "duane15", "password": PASSWORD }), NO_LOGIN),
        ];
        for (body, expected) in rows {
            assert_refused(&send(&layer, post_json(PATH, &body)).await, 422, expected, &body.to_string());
        }
    }

    #[tokio::test]
    async fn s34_what_is_not_text_is_refused_under_its_own_member() {
        let layer = layer();
        let values =
            [json!(1), json!(13_812_345_678_u64), json!(true), json!(null), json!([PASSWORD]), json!({ "$gt": "" })];
        for value in values {
            let login = json!({ "login": value, "password": PASSWORD });
            assert_refused(&send(&layer, post_json(PATH, &login)).await, 422, NO_LOGIN, &login.to_string());
            let password = json!({ "login": "duane15", "password": value });
            assert_refused(&send(&layer, post_json(PATH, &password)).await, 422, NO_PASSWORD, &password.to_string());
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
            b"login=duane15&password=correct+horse",
            b"{\"login\":\"duane15\",\"password\":\"correct horse\"}x",
            b"{\"login\":\"duane15\",\"password\":\"\xff\"}",
            br#"{"login":"duane15","login":"duane15","password":"correct horse"}"#,
            br#"{"login":"duane15","password":"wrong","p\u0061ssword":"correct horse"}"#,
        ];
        let body = r#"{"message":["The request body is not a JSON object of different names"]}"#;
        for sent in bodies {
            let reply = send(&layer, post(PATH, "application/json", sent)).await;
            assert_refused(&reply, 400, body, &String::from_utf8_lossy(sent));
        }
    }

    #[tokio::test]
    async fn json_urlencoded_and_multipart_are_read_alike_and_other_members_ignored() {
        let layer = layer();
        let (multipart_type, multipart_body) =
            multipart(&[("login", "duane15"), ("password", PASSWORD), ("device_code", "x"), ("id", "2")]);
        let bodies = [
            ("application/json", r#"{"login":"duane15","password":"correct horse","device_code":7,"id":2}"#),
            ("application/x-www-form-urlencoded", "login=duane15&password=correct+horse&device_code=x&device_code=y"),
            (multipart_type, &*multipart_body),
        ];
        for (content_type, body) in bodies {
            let reply = send(&layer, post(PATH, content_type, body.to_owned())).await;
            assert_eq!(claims(&token(&reply))["sub"], 1, "{content_type}");
        }
    }

    #[tokio::test]
    async fn s35_forms_are_read_strictly() {
        const REPEATED: &str = r#"{"message":["A credential occurs more than once"]}"#;
        const BAD_FORM: &str = r#"{"message":["The request body is not a well-formed form"]}"#;
        const BAD_MULTIPART: &str = r#"{"message":["The request body is not a well-formed multipart form"]}"#;
        let layer = layer();
        let urlencoded = "application/x-www-form-urlencoded";
        let (multipart_type, whole) = multipart(&[("login", "duane15"), ("password", PASSWORD)]);
        let twice = multipart(&[("login", "duane15"), ("password", "wrong"), ("password", PASSWORD)]).1;
        let rows = [
            (urlencoded, "login=duane15&password=wrong&password=correct+horse".to_owned(), 400, REPEATED),
            (urlencoded, "login=duane15&login=duane15&password=correct+horse".to_owned(), 400, REPEATED),
            (urlencoded, "login=duane15;password=correct+horse".to_owned(), 422, NO_PASSWORD),
            (urlencoded, "login=duane15&password=%".to_owned(), 400, BAD_FORM),
            (urlencoded, "login=duane15&password=%ff".to_owned(), 400, BAD_FORM),
            (urlencoded, String::new(), 422, NO_LOGIN),
            (multipart_type, twice, 400, REPEATED),
            (multipart_type, whole.replace("\r\n", "\n"), 400, BAD_MULTIPART),
            (multipart_type, whole.replace("--boundary--", ""), 400, BAD_MULTIPART),
            (multipart_type, String::new(), 400, BAD_MULTIPART),
        ];
        for (content_type, body, status, expected) in rows {
            let reply = send(&layer, post(PATH, content_type, body.clone())).await;
            assert_refused(&reply, status, expected, &body);
        }
        let file = whole.replace("name=\"password\"", "name=\"password\"; filename=\"p.txt\"");
        assert_refused(&send(&layer, post(PATH, multipart_type, file)).await, 422, NO_PASSWORD, "a file");
    }

    #[tokio::test]
    async fn s36_content_types_are_compared_without_case_and_take_a_charset() {
        let layer = layer();
        let json = json!({ "login": "duane15", "password": PASSWORD }).to_string();
        let form = "login=duane15&password=correct+horse".to_owned();
        let parts = multipart(&[("login", "duane15"), ("password", PASSWORD)]).1;
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
            assert_eq!(send(&layer, post(PATH, content_type, body.clone())).await.status, 201, "{content_type}");
        }
    }

    #[tokio::test]
    async fn s36_other_content_types_are_refused() {
        const BODY: &str =
            r#"{"message":["Send application/json, application/x-www-form-urlencoded or multipart/form-data"]}"#;
        let layer = layer();
        for content_type in [
            "text/plain",
            "application/xml",
            "application/json; charset=gbk",
            "application/jsonx",
            "multipart/form-data",
            "",
        ] {
            let mut request = good();
            request.headers_mut().insert("content-type", content_type.parse().unwrap());
            assert_refused(&send(&layer, request).await, 415, BODY, content_type);
        }
        let mut untyped = good();
        untyped.headers_mut().remove("content-type");
        assert_refused(&send(&layer, untyped).await, 415, BODY, "no type");
        let mut typed_twice = good();
        typed_twice.headers_mut().append("content-type", "application/json".parse().unwrap());
        assert_refused(&send(&layer, typed_twice).await, 415, BODY, "two types");
        let mut encoded = good();
        encoded.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        assert_refused(&send(&layer, encoded).await, 415, BODY, "encoded");
        assert_refused(&send(&layer, request("POST", PATH)).await, 422, NO_LOGIN, "neither body nor type");
    }

    /// A login whose JSON is `length` bytes long.
    fn padded(length: usize) -> Bytes {
        let bare = json!({ "login": "duane15", "password": PASSWORD, "padding": "" }).to_string();
        bare.replace("\"padding\":\"\"", &format!("\"padding\":\"{}\"", "x".repeat(length - bare.len()))).into()
    }

    fn in_pieces(body: Pieces) -> Request<Pieces> {
        Request::post(PATH).header("content-type", "application/json").body(body).unwrap()
    }

    #[tokio::test]
    async fn s37_bodies_beyond_64_kib_are_refused_with_and_without_a_length() {
        const BODY: &str = r#"{"message":["The request body is too large"]}"#;
        let layer = layer();
        let halves = |body: Bytes| in_pieces(Pieces::new(vec![body.slice(..30_000), body.slice(30_000..)]));
        assert_eq!(send(&layer, post(PATH, "application/json", padded(65_536))).await.status, 201);
        assert_refused(&send(&layer, post(PATH, "application/json", padded(65_537))).await, 413, BODY, "with a length");
        assert_eq!(send_pieces(&layer, halves(padded(65_536))).await.status, 201);
        assert_refused(&send_pieces(&layer, halves(padded(65_537))).await, 413, BODY, "without a length");
    }

    #[tokio::test(start_paused = true)]
    async fn s37_a_body_that_never_ends_is_refused_after_ten_seconds() {
        let layer = layer();
        let begun = tokio::time::Instant::now();
        let reply = send_pieces(&layer, in_pieces(Pieces::stalled(vec![padded(200).slice(..50)]))).await;
        assert_refused(&reply, 408, r#"{"message":["The request body took too long to arrive"]}"#, "stalled");
        assert_eq!(begun.elapsed().as_secs(), 10);
    }

    #[tokio::test]
    async fn s38_credentials_in_the_query_are_never_read() {
        let layer = layer();
        let query = "/tokens?login=duane15&password=correct%20horse";
        assert_refused(&send(&layer, request("POST", query)).await, 422, NO_LOGIN, "in the query only");
        let body = json!({ "login": "nobody", "password": PASSWORD });
        assert_refused(&send(&layer, post_json(query, &body)).await, 422, WRONG, "the body counts");
    }

    #[tokio::test]
    async fn s39_the_login_is_trimmed_and_the_password_is_not() {
        let layer = layer();
        for login in [" duane15", "duane15\n", "\t1 ", " duane@example.com ", " 13812345678"] {
            assert_eq!(send(&layer, attempt(login, PASSWORD)).await.status, 201, "{login:?}");
        }
        for password in [" correct horse", "correct horse ", "correct horse\n", "Correct Horse", "correct horse\0"] {
            assert_refused(&send(&layer, attempt("duane15", password)).await, 422, WRONG, password);
        }
    }

    #[tokio::test]
    async fn the_login_goes_to_the_column_that_it_looks_like() {
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
        let [email, phone, name, id] = [Identifier::Email, Identifier::Phone, Identifier::Username, Identifier::Id]
            .map(|kind| move |text: &str| Some(kind(text.to_owned())));
        let rows = [
            ("duane@example.com", email("duane@example.com"), 201),
            ("13812345678", phone("13812345678"), 201),
            ("8613812345678", phone("8613812345678"), 422),
            ("+86-13812345678", phone("+86-13812345678"), 422),
            ("+08613812345678", phone("+08613812345678"), 422),
            ("19912345678", phone("19912345678"), 422),
            ("12812345678", id("12812345678"), 422),
            ("138123456789", id("138123456789"), 422),
            ("duane15", name("duane15"), 201),
            ("_a1", name("_a1"), 422),
            ("创始人", name("创始人"), 422),
            ("1", id("1"), 201),
            ("007", id("007"), 422),
            ("1a", None, 422),
            ("-1", None, 422),
            ("1.0", None, 422),
            ("duane 15", None, 422),
            ("duane@example", None, 422),
        ];
        for (typed, identifier, status) in rows {
            assert_eq!(send(&layer, attempt(typed, PASSWORD)).await.status, status, "{typed}");
            assert_eq!(seen.lock().unwrap().pop(), identifier, "{typed}");
        }
    }

    #[tokio::test]
    async fn a_stale_authorization_is_ignored() {
        let layer = layer();
        let expired = hs256(HEADER, r#"{"id":1,"iat":1,"exp":2}"#);
        for stale in ["Bearer garbage", &format!("Bearer {expired}"), &basic("a", "b"), "Digest x"] {
            assert_eq!(send(&layer, authorized(good(), stale)).await.status, 201, "{stale}");
            let refresh = authorized(refresh(&refreshable_token(NOW)), stale);
            assert_eq!(send(&layer, refresh).await.status, 201, "refresh, {stale}");
        }
        let twice = authorized(authorized(good(), "Bearer a"), "Bearer b");
        assert_eq!(send(&layer, twice).await.status, 201, "two fields");
        let alone = authorized(post_json(PATH, &json!({})), &format!("Bearer {}", good_token()));
        assert_refused(&send(&layer, alone).await, 422, NO_LOGIN, "a good one is no login");
    }

    #[tokio::test]
    async fn a_failing_lookup_is_a_500_and_never_a_wrong_password() {
        let reply = send(&layer(), attempt("frieda", PASSWORD)).await;
        assert_refused(&reply, 500, r#"{"message":["Failed to create token."]}"#, "frieda");
    }

    #[tokio::test]
    async fn s54_the_sixty_first_request_in_a_minute_is_refused_whoever_it_is_for() {
        let clock = ManualClock::at(NOW);
        let layer = AuthLayer::builder()
            .key(SigningKey::hs256(SECRET).unwrap())
            .without(AuthToken::NAME)
            .clock(clock.clone())
            .build(find_in(users()))
            .unwrap();
        let from = |login: &str, password: &str| from_address(attempt(login, password), "192.0.2.1");
        for _ in 0..60 {
            assert_refused(&send(&layer, from("nobody", "")).await, 422, NO_PASSWORD, "counted");
        }
        clock.advance(15);
        for (login, what) in [("duane15", "existing"), ("nobody", "unknown"), ("blocked", "blocked")] {
            let reply = send(&layer, from(login, PASSWORD)).await;
            assert_refused(&reply, 429, r#"{"message":["Too Many Attempts."]}"#, what);
            let headers = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"];
            let reset = (NOW + 60).to_string();
            assert_eq!(headers.map(|name| reply.header(name)), [Some("60"), Some("0"), Some(&*reset), Some("45")]);
        }
        assert_eq!(send(&layer, from_address(good(), "192.0.2.2")).await.status, 201, "another client");
        assert_eq!(send(&layer, from_address(refresh(&refreshable_token(NOW)), "192.0.2.1")).await.status, 201);
        clock.set(NOW + 60);
        assert_eq!(send(&layer, from("duane15", PASSWORD)).await.status, 201, "another minute");
    }
}

mod patch {
    use super::*;

    #[tokio::test]
    async fn a_refresh_is_answered_with_a_token_and_two_lifetimes_and_no_user() {
        let (builder, clock) = clocked();
        let layer = builder.build(find_in(users())).unwrap();
        let old = login(&layer).await;
        clock.advance(11);
        let reply = send(&layer, refresh(&old)).await;
        let new = token(&reply);
        assert_eq!(reply.text(), format!(r#"{{"token":"{new}","ttl":20160,"refresh_ttl":40320}}"#));
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("pragma"), Some("no-cache"));
    }

    #[tokio::test]
    async fn s49_the_successor_keeps_sub_and_iat_has_its_own_exp_nbf_and_jti_and_nothing_else() {
        let (builder, clock) = clocked();
        let layer = builder.dialect(Tokens::new().issuer("http://ours")).build(find_in(users())).unwrap();
        clock.set(NOW + 1_000);
        for sub in ["1", r#""1""#] {
            let old = format!(
                r#"{{"admin":true,"jti":"abcdefghij01234{}","nbf":{NOW},"iss":"http://theirs","sub":{sub},"exp":{},"iat":{NOW},"prv":"x"}}"#,
                sub.len(),
                NOW + 60
            );
            let new = token(&send(&layer, refresh(&hs256(HEADER, &old))).await);
            let expected = format!(
                r#"{{"sub":{sub},"iss":"http://ours","iat":{NOW},"exp":{},"nbf":{},"jti":"{}"}}"#,
                NOW + 1_000 + TTL,
                NOW + 1_000,
                token_id(&new)
            );
            assert_eq!(new, hs256(TYPE_FIRST, &expected));
            assert_ne!(token_id(&new), format!("abcdefghij01234{}", sub.len()));
            assert_eq!(guarded(&layer, &new).await, 200);
        }
    }

    #[tokio::test]
    async fn a_successor_is_refreshed_in_its_turn_and_keeps_the_first_iat() {
        let (builder, clock) = clocked();
        let layer = builder.build(find_in(users())).unwrap();
        let mut newest = login(&layer).await;
        for turn in 1..=5 {
            clock.set(NOW + turn * 1_000);
            newest = token(&send(&layer, refresh(&newest)).await);
            let claims = claims(&newest);
            assert_eq!((&claims["iat"], &claims["nbf"]), (&json!(NOW), &json!(NOW + turn * 1_000)));
            assert_eq!(guarded(&layer, &newest).await, 200);
        }
    }

    #[tokio::test]
    async fn a_token_past_its_exp_is_refreshed_inside_the_window() {
        let (builder, clock) = clocked();
        let layer = builder.build(find_in(users())).unwrap();
        let old = login(&layer).await;
        clock.set(NOW + TTL + 3_600);
        assert_eq!(guarded(&layer, &old).await, 401);
        let new = token(&send(&layer, refresh(&old)).await);
        assert_eq!(guarded(&layer, &new).await, 200);
    }

    #[tokio::test]
    async fn s45_the_window_counts_from_the_login_and_does_not_slide() {
        let (builder, clock) = clocked();
        let layer = builder.build(find_in(users())).unwrap();
        let [fresh, slid] = [login(&layer).await, login(&layer).await];
        clock.set(NOW + REFRESH_TTL - 100);
        let slid = token(&send(&layer, refresh(&slid)).await);
        clock.set(NOW + REFRESH_TTL + 1);
        assert_eq!(guarded(&layer, &slid).await, 200, "the successor has its own exp");
        assert_not_refreshed(&send(&layer, refresh(&slid)).await, WINDOW_PASSED, "slid");
        assert_not_refreshed(&send(&layer, refresh(&fresh)).await, WINDOW_PASSED, "never refreshed");
        clock.set(NOW + REFRESH_TTL - 50);
        assert_eq!(send(&layer, refresh(&fresh)).await.status, 201, "a refusal burns nothing");
    }

    #[tokio::test]
    async fn malformed_tokens_are_refused() {
        let layer = layer();
        let token = refreshable_token(NOW);
        let (head, signature) = token.rsplit_once('.').unwrap();
        let rows = [
            "garbage".to_owned(),
            "a.b".into(),
            head.into(),
            format!("{token}.{signature}"),
            "..".into(),
            "a.b.c.d.e".into(),
            "***.***.***".into(),
            format!("{head}.{signature}="),
            format!("%20{token}"),
            format!("{}.{}", hs256("[]", "{}").rsplit_once('.').unwrap().0, signature),
            hs256(TYPE_FIRST, "[]"),
            hs256(TYPE_FIRST, "{}{}"),
            token.replace('.', "%252E"),
            "x".repeat(17_000),
        ];
        for token in rows {
            assert_not_refreshed(&send(&layer, refresh(&token)).await, MALFORMED, &token);
        }
    }

    #[tokio::test]
    async fn tokens_that_no_key_of_ours_signed_are_refused() {
        let layer = layer();
        let claims = decoded(&refreshable_token(NOW)).1;
        let good = refreshable_token(NOW);
        let (head, signature) = good.rsplit_once('.').unwrap();
        let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
        let other_claims = claims.replace(r#""sub":1"#, r#""sub":2"#);
        let moved = hs256(TYPE_FIRST, &other_claims);
        let rows = [
            ("another secret", hs256_with(&[b'x'; 64], TYPE_FIRST, &claims)),
            ("another first character", format!("{head}.{flipped}{}", &signature[1..])),
            ("a signature of other claims", format!("{}.{signature}", moved.rsplit_once('.').unwrap().0)),
            ("no signature", format!("{head}.")),
            ("none", hs256(r#"{"typ":"JWT","alg":"none"}"#, &claims)),
            ("the wrong algorithm", hs256(r#"{"typ":"JWT","alg":"HS512"}"#, &claims)),
            ("the RSA algorithm", hs256(r#"{"typ":"JWT","alg":"RS256"}"#, &claims)),
        ];
        for (what, token) in rows {
            assert_not_refreshed(&send(&layer, refresh(&token)).await, BAD_SIGNATURE, what);
        }
        assert_eq!(send(&layer, refresh(&good)).await.status, 201);
    }

    #[tokio::test]
    async fn tokens_without_one_of_the_claims_are_refused() {
        let layer = layer();
        let whole = json!({ "sub": 1, "iss": "i", "iat": NOW, "exp": NOW + 60, "nbf": NOW, "jti": "abcdefghij012345" });
        for claim in ["sub", "iss", "iat", "exp", "nbf", "jti"] {
            let mut claims = whole.clone();
            claims.as_object_mut().unwrap().remove(claim);
            let reply = send(&layer, refresh(&hs256(TYPE_FIRST, &claims.to_string()))).await;
            assert_not_refreshed(&reply, INCOMPLETE, claim);
        }
        let mut claims = whole.clone();
        let sub = claims.as_object_mut().unwrap().remove("sub").unwrap();
        claims["id"] = sub;
        let reply = send(&layer, refresh(&hs256(TYPE_FIRST, &claims.to_string()))).await;
        assert_not_refreshed(&reply, INCOMPLETE, "`id` is not `sub`");
        assert_eq!(send(&layer, refresh(&hs256(TYPE_FIRST, &whole.to_string()))).await.status, 201);
    }

    #[tokio::test]
    async fn tokens_of_the_other_contracts_are_refused() {
        let layer = layer();
        let body = json!({ "identifier": "duane15", "username": "duane15", "password": PASSWORD });
        let exchange = authorized(request("POST", "/api/auth/token"), &basic("duane15", PASSWORD));
        let rows = [
            ("jwt", send(&layer, post_json("/auth/local", &body)).await),
            ("token", send(&layer, post_json("/login", &body)).await),
            ("token", send(&layer, exchange).await),
        ];
        for (member, reply) in rows {
            let token = reply.json()[member].as_str().unwrap().to_owned();
            assert_eq!(guarded(&layer, &token).await, 200);
            assert_not_refreshed(&send(&layer, refresh(&token)).await, INCOMPLETE, &decoded(&token).1);
        }
    }

    #[tokio::test]
    async fn s45_tokens_whose_time_has_not_come_or_makes_no_sense_are_refused() {
        let layer = layer();
        let claims = |iat: &str, nbf: &str, exp: &str| {
            hs256(
                TYPE_FIRST,
                &format!(r#"{{"sub":1,"iss":"i","iat":{iat},"exp":{exp},"nbf":{nbf},"jti":"abcdefghij012345"}}"#),
            )
        };
        let [now, soon, end] = [NOW, NOW + 11, NOW + 60].map(|time| time.to_string());
        let text = format!("\"{now}\"");
        for (what, token) in [
            ("nbf ahead", claims(&now, &soon, &end)),
            ("iat ahead", claims(&soon, &now, &end)),
            ("iat before 1970", claims("-1", &now, &end)),
            ("iat far beyond", claims("1e300", &now, &end)),
            ("iat far before", claims("-1e300", &now, &end)),
            ("iat as text", claims(&text, &now, &end)),
            ("iat null", claims("null", &now, &end)),
            ("exp as text", claims(&now, &now, &text)),
        ] {
            assert_eq!(send(&layer, refresh(&token)).await.status, 401, "{what}");
        }
        assert_eq!(send(&layer, refresh(&claims(&now, &now, &end))).await.status, 201);
    }

    #[tokio::test]
    async fn a_token_of_a_retired_key_is_refreshed_with_the_key_in_use() {
        let old = "another shared secret that was in use before this one";
        let builder = builder().verifying_key(SigningKey::hs256(old).unwrap().verifying_key());
        let layer = builder.build(find_in(users())).unwrap();
        let (header, claims) = decoded(&refreshable_token(NOW));
        let new = token(&send(&layer, refresh(&hs256_with(old.as_bytes(), &header, &claims))).await);
        assert_eq!(new, hs256(TYPE_FIRST, &decoded(&new).1));
    }

    #[tokio::test]
    async fn the_token_may_come_as_bearer_instead() {
        let (builder, clock) = clocked();
        let layer = builder.build(find_in(users())).unwrap();
        let old = login(&layer).await;
        let by_bearer = || authorized(request("PATCH", PATH), &format!("Bearer {old}"));
        let new = token(&send(&layer, by_bearer()).await);
        assert_eq!(new, token(&send(&layer, refresh(&old)).await), "both doors lead to one successor");
        clock.advance(10);
        assert_not_refreshed(&send(&layer, by_bearer()).await, BLACKLISTED, "reused");
        let forged = authorized(request("PATCH", PATH), "Bearer a.b");
        assert_not_refreshed(&send(&layer, forged).await, MALFORMED, "malformed");
    }

    #[tokio::test]
    async fn s20_what_is_not_one_bearer_token_is_refused() {
        let layer = layer();
        let bearer = format!("Bearer {}", refreshable_token(NOW));
        let patch = || request("PATCH", PATH);
        for (what, request) in [
            ("two fields", authorized(authorized(patch(), &bearer), &bearer)),
            ("Basic", authorized(patch(), &basic("duane15", PASSWORD))),
            ("a bare token", authorized(patch(), &refreshable_token(NOW))),
            ("in the body", {
                let (parts, _) = patch().into_parts();
                Request::from_parts(parts, Full::from(format!(r#"{{"token":"{}"}}"#, refreshable_token(NOW))))
            }),
            ("in the query", request("PATCH", &format!("/tokens?token={}", refreshable_token(NOW)))),
        ] {
            assert_eq!(send(&layer, request).await.status, 401, "{what}");
        }
        assert_eq!(send(&layer, authorized(patch(), &bearer)).await.status, 201);
    }

    #[tokio::test]
    async fn s25_the_challenge_names_an_invalid_token_only_where_a_token_was_sent() {
        let reply = send(&layer(), request("PATCH", PATH)).await;
        assert_eq!((reply.status, reply.header("www-authenticate")), (401, Some(r#"Bearer realm="api""#)));
    }

    #[tokio::test]
    async fn s50_the_token_in_the_path_is_decoded_once() {
        let layer = layer();
        let token = refreshable_token(NOW);
        let plain = super::token(&send(&layer, refresh(&token)).await);
        let escaped = super::token(&send(&layer, refresh(&token.replace('.', "%2E"))).await);
        assert_eq!(plain, escaped);
        assert_eq!(send(&layer, refresh(&format!("{token}?a=b"))).await.status, 201);
    }
}

mod grace {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn s43_parallel_refreshes_get_the_identical_token() {
        let layer = layer();
        let old = login(&layer).await;
        let mut refreshes = tokio::task::JoinSet::new();
        for _ in 0..32 {
            let (layer, old) = (layer.clone(), old.clone());
            refreshes.spawn(async move { token(&send(&layer, refresh(&old)).await) });
        }
        let mut tokens = refreshes.join_all().await;
        tokens.dedup();
        assert_eq!(tokens.len(), 1);
        assert_eq!(guarded(&layer, &tokens[0]).await, 200);
        assert_ne!(tokens[0], old);
    }

    #[tokio::test]
    async fn s48_a_retry_inside_the_grace_gets_the_identical_token_and_prolongs_nothing() {
        let (builder, clock) = clocked();
        let layer = builder.build(find_in(users())).unwrap();
        let old = login(&layer).await;
        clock.set(NOW + 100);
        let new = token(&send(&layer, refresh(&old)).await);
        for after in [0, 1, 5, 9] {
            clock.set(NOW + 100 + after);
            let again = send(&layer, refresh(&old)).await;
            assert_eq!(token(&again), new, "{after}");
        }
        clock.set(NOW + 110);
        assert_not_refreshed(&send(&layer, refresh(&old)).await, BLACKLISTED, "the grace is over");
    }

    #[tokio::test]
    async fn s44_reuse_after_the_grace_revokes_the_family_and_not_the_users_other_logins() {
        let (builder, clock) = clocked();
        let layer = builder.build(find_in(users())).unwrap();
        let [first, other] = [login(&layer).await, login(&layer).await];
        let second = token(&send(&layer, refresh(&first)).await);
        clock.advance(20);
        let third = token(&send(&layer, refresh(&second)).await);
        clock.advance(20);
        assert_eq!(guarded(&layer, &third).await, 200);
        assert_not_refreshed(&send(&layer, refresh(&first)).await, BLACKLISTED, "reused");
        for (what, token) in [("first", &first), ("second", &second), ("third", &third)] {
            assert_eq!(guarded(&layer, token).await, 401, "{what}");
            assert_not_refreshed(&send(&layer, refresh(token)).await, BLACKLISTED, what);
        }
        assert_eq!(guarded(&layer, &other).await, 200);
        assert_eq!(send(&layer, refresh(&other)).await.status, 201);
        assert_eq!(send(&layer, good()).await.status, 201);
    }

    #[tokio::test]
    async fn s44_a_token_in_its_grace_dies_with_its_family_at_every_door() {
        let (builder, clock) = clocked();
        let layer = builder.build(find_in(users())).unwrap();
        let first = login(&layer).await;
        let second = token(&send(&layer, refresh(&first)).await);
        clock.advance(15);
        let third = token(&send(&layer, refresh(&second)).await);
        clock.advance(1);
        assert_not_refreshed(&send(&layer, refresh(&first)).await, BLACKLISTED, "reused");
        for (what, token) in [("second, in its grace", &second), ("third", &third)] {
            assert_eq!(guarded(&layer, token).await, 401, "{what}");
            assert_not_refreshed(&send(&layer, refresh(token)).await, BLACKLISTED, what);
        }
    }

    #[tokio::test]
    async fn without_a_grace_one_refresh_wins_and_the_next_revokes_the_family() {
        let layer = builder().refresh_grace(secs(0)).build(find_in(users())).unwrap();
        let old = login(&layer).await;
        let new = token(&send(&layer, refresh(&old)).await);
        assert_eq!(guarded(&layer, &old).await, 401, "dead at once");
        assert_eq!(guarded(&layer, &new).await, 200);
        assert_not_refreshed(&send(&layer, refresh(&old)).await, BLACKLISTED, "reused");
        assert_eq!(guarded(&layer, &new).await, 401);
        assert_not_refreshed(&send(&layer, refresh(&new)).await, BLACKLISTED, "revoked");
    }

    #[tokio::test]
    async fn the_grace_can_be_set() {
        let (builder, clock) = clocked();
        let layer = builder.refresh_grace(secs(60)).build(find_in(users())).unwrap();
        let old = login(&layer).await;
        let new = token(&send(&layer, refresh(&old)).await);
        clock.advance(59);
        assert_eq!(token(&send(&layer, refresh(&old)).await), new);
        assert_eq!(guarded(&layer, &old).await, 200);
        clock.advance(1);
        assert_eq!(guarded(&layer, &old).await, 401);
    }

    #[tokio::test]
    async fn the_old_token_dies_on_guarded_routes_with_the_grace_and_using_it_there_revokes_nothing() {
        let (builder, clock) = clocked();
        let layer = builder.build(find_in(users())).unwrap();
        let old = login(&layer).await;
        let new = token(&send(&layer, refresh(&old)).await);
        clock.advance(9);
        assert_eq!(guarded(&layer, &old).await, 200);
        clock.advance(1);
        for _ in 0..3 {
            let reply = send(&layer, bearer(&old)).await;
            assert_eq!((reply.status, reply.header("content-type")), (401, Some("application/problem+json")));
        }
        assert_eq!(guarded(&layer, &new).await, 200);
        assert_eq!(send(&layer, refresh(&new)).await.status, 201);
    }

    #[tokio::test]
    async fn s44_the_family_of_another_issuers_token_is_revoked_too() {
        let (builder, clock) = clocked();
        let layer = builder.dialect(Tokens::new().issuer("http://ours")).build(find_in(users())).unwrap();
        let old = refreshable_token(NOW);
        let new = token(&send(&layer, refresh(&old)).await);
        clock.advance(10);
        assert_eq!(guarded(&layer, &new).await, 200);
        assert_not_refreshed(&send(&layer, refresh(&old)).await, BLACKLISTED, "reused");
        assert_eq!(guarded(&layer, &new).await, 401);
    }

    #[tokio::test]
    async fn s47_a_used_token_stays_dead_as_long_as_it_could_be_refreshed() {
        let (builder, clock) = clocked();
        let layer = builder.without_session_limit().build(find_in(users())).unwrap();
        let old = login(&layer).await;
        send(&layer, refresh(&old)).await;
        for after in [3_600, TTL, REFRESH_TTL - 1, REFRESH_TTL] {
            clock.set(NOW + after);
            for _ in 0..700 {
                // Fills the store past the point at which it looks for what it may forget.
                assert_eq!(send(&layer, refresh(&login(&layer).await)).await.status, 201);
                if after > 3_600 {
                    break;
                }
            }
            assert_not_refreshed(&send(&layer, refresh(&old)).await, BLACKLISTED, &after.to_string());
        }
        clock.set(NOW + REFRESH_TTL + 1);
        assert_not_refreshed(&send(&layer, refresh(&old)).await, WINDOW_PASSED, "now it is too old besides");
    }
}

mod standing {
    use super::*;

    fn shared(rows: Vec<Row>) -> (Arc<Mutex<Vec<Row>>>, AuthLayer<impl Lookup<User = User>>) {
        let rows = Arc::new(Mutex::new(rows));
        let layer = builder().build(find_in_shared(Arc::clone(&rows))).unwrap();
        (rows, layer)
    }

    #[tokio::test]
    async fn s33_a_user_who_is_gone_blocked_or_logged_out_is_not_refreshed_and_the_token_is_not_burned() {
        type Change = fn(&mut Row);
        let changes: [(&str, Change); 3] = [
            ("gone", |row| row.id = json!(99)),
            ("blocked", |row| row.blocked = true),
            ("unconfirmed", |row| row.unconfirmed = true),
        ];
        for (what, change) in changes {
            let (rows, layer) = shared(users());
            let old = login(&layer).await;
            change(&mut rows.lock().unwrap()[0]);
            assert_not_refreshed(&send(&layer, refresh(&old)).await, USER_GONE, what);
            *rows.lock().unwrap() = users();
            let new = token(&send(&layer, refresh(&old)).await);
            change(&mut rows.lock().unwrap()[0]);
            assert_not_refreshed(&send(&layer, refresh(&old)).await, USER_GONE, "a retry inside the grace");
            assert_not_refreshed(&send(&layer, refresh(&new)).await, USER_GONE, "the successor");
            assert_eq!(guarded(&layer, &new).await, 401, "{what}");
        }
        let (rows, layer) = shared(users());
        let old = login(&layer).await;
        rows.lock().unwrap()[0].valid_since = Some(NOW + 1);
        assert_not_refreshed(&send(&layer, refresh(&old)).await, USER_GONE, "logged out everywhere");
        rows.lock().unwrap()[0].valid_since = Some(NOW);
        assert_eq!(send(&layer, refresh(&old)).await.status, 201);
    }

    #[tokio::test]
    async fn a_successor_does_not_outlive_a_logout_everywhere() {
        let clock = ManualClock::at(NOW);
        let rows = Arc::new(Mutex::new(users()));
        let layer = builder().clock(clock.clone()).build(find_in_shared(Arc::clone(&rows))).unwrap();
        let old = login(&layer).await;
        clock.advance(100);
        rows.lock().unwrap()[0].valid_since = Some(NOW + 50);
        assert_not_refreshed(&send(&layer, refresh(&old)).await, USER_GONE, "issued before");
        let fresh = login(&layer).await;
        assert_eq!(send(&layer, refresh(&fresh)).await.status, 201, "issued after");
    }

    #[tokio::test]
    async fn a_failing_lookup_is_a_500_and_does_not_burn_the_token() {
        let down = Arc::new(AtomicBool::new(false));
        let is_down = Arc::clone(&down);
        let layer = builder()
            .refresh_grace(secs(0))
            .build(move |query: Query| match is_down.load(Ordering::SeqCst) {
                true => std::future::ready(Err("the database is down".into())),
                false => find_in(users())(query),
            })
            .unwrap();
        let old = login(&layer).await;
        down.store(true, Ordering::SeqCst);
        for _ in 0..2 {
            let reply = send(&layer, refresh(&old)).await;
            assert_refused(&reply, 500, r#"{"message":["Failed to refresh token."]}"#, "down");
        }
        down.store(false, Ordering::SeqCst);
        assert_eq!(guarded(&layer, &old).await, 200);
        let new = token(&send(&layer, refresh(&old)).await);
        assert_eq!(guarded(&layer, &new).await, 200);
    }

    /// A store that is down for refreshes when it is told so.
    struct Faulty {
        down: Arc<AtomicBool>,
        sessions: MemorySessions,
    }

    impl SessionStore for Faulty {
        leave_to!(sessions, [answers, revoke, revoke_family, revoke_user, open, sessions, end_session]);

        fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
            match self.down.load(Ordering::SeqCst) {
                true => Box::pin(std::future::ready(Err("the store is down".into()))),
                false => self.sessions.rotate(rotation),
            }
        }
    }

    const AWAY: &str = r#"{"message":["The service is unavailable at the moment, please try again"]}"#;

    #[tokio::test]
    async fn s60_a_failing_store_is_a_503_and_does_not_burn_the_token() {
        let down = Arc::new(AtomicBool::new(true));
        let store = Faulty { down: Arc::clone(&down), sessions: MemorySessions::default() };
        let layer = builder().refresh_grace(secs(0)).session_store(store).build(find_in(users())).unwrap();
        let old = login(&layer).await;
        let reply = send(&layer, refresh(&old)).await;
        assert_refused(&reply, 503, AWAY, "down");
        assert_eq!(reply.header("retry-after"), Some("1"));
        assert_eq!(reply.header("www-authenticate"), None);
        down.store(false, Ordering::SeqCst);
        assert_eq!(send(&layer, refresh(&old)).await.status, 201);
    }

    #[tokio::test]
    async fn s64_a_full_store_refuses_refreshes_and_forgets_nothing() {
        let layer = builder()
            .refresh_grace(secs(0))
            .session_store(MemorySessions::with_capacity(2))
            .build(find_in(users()))
            .unwrap();
        let [first, second] = [login(&layer).await, login(&layer).await];
        assert_eq!(send(&layer, refresh(&first)).await.status, 201);
        let reply = send(&layer, refresh(&second)).await;
        assert_refused(&reply, 503, AWAY, "full");
        assert_eq!(guarded(&layer, &first).await, 401);
        assert_eq!(guarded(&layer, &second).await, 200);
    }
}

mod routes {
    use super::*;

    /// Whether `method path` is the contract's; if not, that it is a guarded route.
    async fn served<L: Lookup<User = User>>(layer: &AuthLayer<L>, method: &str, path: &str) -> bool {
        let (mut parts, body) = post_json(path, &json!({ "login": "duane15", "password": PASSWORD })).into_parts();
        parts.method = method.parse().unwrap();
        let reply = send(layer, Request::from_parts(parts.clone(), body.clone())).await;
        if reply.status == 201 {
            return true;
        }
        assert_eq!((reply.status, reply.header("content-type")), (401, Some("application/problem+json")), "{path}");
        let admitted = authorized(Request::from_parts(parts, body), &format!("Bearer {}", good_token()));
        assert_eq!(send(layer, admitted).await.text(), "inner: 1", "{method} {path}");
        false
    }

    fn near_misses() -> Vec<(&'static str, String)> {
        let token = refreshable_token(NOW);
        vec![
            ("POST", "/token".into()),
            ("POST", "/tokens/".to_owned() + &token),
            ("POST", "//tokens".into()),
            ("POST", "/tokens//".into()),
            ("POST", "/api/v2/tokens".into()),
            ("PATCH", format!("/token/{token}")),
            ("PATCH", format!("/tokens//{token}")),
            ("PATCH", format!("/tokens/{token}/x")),
            ("PATCH", format!("/tokens/{token}//")),
            ("PATCH", format!("/tokens%2F{token}")),
            ("PATCH", format!("/x/tokens/{token}")),
            ("PATCH", "/tokens//".into()),
        ]
    }

    #[tokio::test]
    async fn s27_only_the_exact_paths_are_served() {
        let layer = layer();
        let token = refreshable_token(NOW);
        assert!(served(&layer, "POST", "/tokens").await);
        assert!(served(&layer, "PATCH", &format!("/tokens/{token}")).await);
        let spellings = [
            ("POST", "/tokens/".to_owned()),
            ("POST", "/Tokens".into()),
            ("PATCH", "/tokens/".into()),
            ("PATCH", format!("/tokens/{token}/")),
            ("PATCH", format!("/TOKENS/{token}")),
        ];
        for (method, path) in near_misses().into_iter().chain(spellings) {
            assert!(!served(&layer, method, &path).await, "{method} {path}");
        }
    }

    #[tokio::test]
    async fn s27_lenient_paths_take_any_letter_case_and_one_trailing_slash() {
        let layer = builder().lenient_paths().build(find_in(users())).unwrap();
        let token = refreshable_token(NOW);
        for path in ["/tokens", "/tokens/", "/Tokens", "/TOKENS/"] {
            assert!(served(&layer, "POST", path).await, "{path}");
        }
        for path in ["/tokens/", "/Tokens/"] {
            assert!(served(&layer, "PATCH", &format!("{path}{token}")).await, "{path}");
            assert!(served(&layer, "PATCH", &format!("{path}{token}/")).await, "{path}");
        }
        for (method, path) in near_misses() {
            assert!(!served(&layer, method, &path).await, "{method} {path}");
        }
    }

    #[tokio::test]
    async fn the_path_can_be_moved_and_mounted() {
        let token = refreshable_token(NOW);
        let moved = builder().dialect(Tokens::new().path("/session")).build(find_in(users())).unwrap();
        let mounted = builder().mount("/api/v2").build(find_in(users())).unwrap();
        assert!(served(&moved, "POST", "/session").await);
        assert!(served(&moved, "PATCH", &format!("/session/{token}")).await);
        assert!(served(&mounted, "POST", "/api/v2/tokens").await);
        assert!(served(&mounted, "PATCH", &format!("/api/v2/tokens/{token}")).await);
        assert!(!served(&moved, "POST", "/tokens").await);
        assert!(!served(&moved, "PATCH", &format!("/tokens/{token}")).await);
        assert!(!served(&mounted, "POST", "/tokens").await);
        assert!(!served(&mounted, "PATCH", &format!("/tokens/{token}")).await);
    }

    #[tokio::test]
    async fn s50_other_methods_on_the_paths_are_guarded_routes() {
        let layer = layer();
        let token = refreshable_token(NOW);
        for method in ["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "post", "patch"] {
            assert!(!served(&layer, method, "/tokens").await, "{method}");
            assert!(!served(&layer, method, &format!("/tokens/{token}")).await, "{method}");
        }
        assert_eq!(send(&layer, refresh(&token)).await.status, 201, "none of them used the token");
    }
}
