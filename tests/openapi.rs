//! The OpenAPI document: what is configured, as it answers.
#![cfg(feature = "openapi")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{collections::BTreeSet, fs, path::Path};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use serde_json::{Map, Value, json};
use support::*;
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, FailureLimit, Query, Rejection, RejectionKind,
    SigningKey, TokenCookie,
    dialect::{
        self, AuthLocal, AuthToken, Dialect, Endpoint, Form, Grant, Granted, HeaderOrder, Issue, Login, LoginForm,
        Member, Operation, Refusal, Refused, Tokens,
    },
};
use utoipa::openapi::{Info, OpenApi, Paths, SecurityRequirement};

/// The document of a layer that admits everybody who knows ada's password.
fn document(builder: AuthLayerBuilder) -> Value {
    serde_json::to_value(layer_of(builder).openapi()).unwrap()
}

fn layer_of(builder: AuthLayerBuilder) -> AuthLayer<impl tower_auth::Lookup<User = User>> {
    let ada = async |_: Query| Ok::<_, BoxError>(Some(Account::new(1, json!({"id": 1})).password_hash(BCRYPT)));
    builder.build(move |query| Box::pin(ada(query))).unwrap()
}

/// With request limits, which the tests' usual builder switches off.
fn counting() -> AuthLayerBuilder {
    AuthLayer::builder().key(SigningKey::hs256(SECRET).unwrap()).key(SigningKey::rs256_pem(RSA_PEM).unwrap())
}

/// Method, path and id of each operation.
fn operations(document: &Value) -> Vec<String> {
    let written = |(path, item): (&String, &Value)| -> Vec<String> {
        let item = item.as_object().unwrap().iter();
        item.map(|(method, operation)| format!("{method} {path} {}", text(&operation["operationId"]))).collect()
    };
    document["paths"].as_object().unwrap().iter().flat_map(written).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

/// The names of an object's members.
fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

const DOCUMENTED: [&str; 5] = [
    "post /api/auth/token auth_token_exchange",
    "post /auth/local auth_local_login",
    "post /login login_login",
    "patch /tokens tokens_refresh_bearer",
    "post /tokens tokens_login",
];

// Which operations

#[test]
fn it_has_the_documented_endpoints_and_nothing_else() {
    let mut found = operations(&document(builder()));
    found.sort_unstable();
    let mut expected: Vec<_> = DOCUMENTED.iter().map(|line| (*line).to_owned()).collect();
    expected.push("patch /tokens/{token} tokens_refresh".into());
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn it_follows_the_mount_the_paths_and_what_is_left_out() {
    let builder = builder()
        .mount("/api/v2")
        .dialect(AuthLocal::new().path("/sign-in"))
        .without(Login::NAME)
        .without(AuthToken::NAME)
        .without(Tokens::NAME);
    let document = document(builder);
    assert_eq!(operations(&document), ["post /api/v2/sign-in auth_local_login"]);
    assert_eq!(document["tags"].as_array().unwrap().len(), 1);
}

#[test]
fn it_serialises_the_same_on_every_day() {
    let written = |clock: u64| layer_of(builder().clock(ManualClock::at(clock))).openapi().to_json().unwrap();
    assert!(written(NOW).starts_with(r#"{"openapi":"3.1."#));
    assert_eq!(written(NOW), written(NOW + 1_000_000));
}

#[test]
fn merged_it_adds_to_the_applications_own_and_takes_nothing_away() {
    let mut own = OpenApi::new(Info::new("Shop", "2.1.0"), Paths::new());
    own.security = Some(vec![SecurityRequirement::new("mutual", [""; 0])]);
    own.merge(layer_of(builder()).openapi());
    let merged = serde_json::to_value(own).unwrap();
    assert_eq!(merged["info"], json!({"title": "Shop", "version": "2.1.0"}));
    assert_eq!(merged["security"], json!([{"mutual": []}, {"bearer": []}, {"basic": []}]));
    assert_eq!(operations(&merged).len(), 6);
}

// Credentials

#[test]
fn each_operation_says_which_credentials_it_takes() {
    let document = document(builder());
    let security = |method: &str, path: &str| document["paths"][path][method]["security"].clone();
    for path in ["/auth/local", "/login", "/tokens"] {
        assert_eq!(security("post", path), json!([]), "{path}");
    }
    assert_eq!(security("post", "/api/auth/token"), json!([{"basic": []}, {"bearer": []}]));
    assert_eq!(security("patch", "/tokens"), json!([{"bearer": []}]));
    assert_eq!(security("patch", "/tokens/{token}"), json!([]));
    assert_eq!(document["security"], json!([{"bearer": []}, {"basic": []}]), "every other route");
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!((&schemes["bearer"]["scheme"], &schemes["bearer"]["bearerFormat"]), (&json!("bearer"), &json!("JWT")));
    assert_eq!((&schemes["basic"]["type"], &schemes["basic"]["scheme"]), (&json!("http"), &json!("basic")));
}

#[test]
fn basic_is_there_as_far_as_it_is_accepted() {
    let at_the_exchange = document(builder().without_basic());
    assert_eq!(names(&at_the_exchange["components"]["securitySchemes"]), BTreeSet::from(["basic", "bearer"]));
    assert_eq!(at_the_exchange["security"], json!([{"bearer": []}]));
    let nowhere = document(builder().without_basic().without(AuthToken::NAME));
    assert_eq!(names(&nowhere["components"]["securitySchemes"]), BTreeSet::from(["bearer"]));
}

#[tokio::test]
async fn its_sample_tokens_open_nothing() {
    let layer = layer_of(builder().clock(ManualClock::at(NOW)));
    let document = serde_json::to_value(layer.openapi()).unwrap();
    let mut tokens = Vec::new();
    for (_, content) in contents(&document) {
        for (_, example) in content["examples"].as_object().unwrap() {
            tokens.extend(["jwt", "token"].iter().filter_map(|name| example["value"][name].as_str()));
        }
    }
    assert_eq!(tokens.len(), 6, "one of each operation");
    for token in tokens {
        let (_, claims) = decoded(token);
        assert!(claims.contains(&format!("\"iat\":{NOW}")), "it would be valid now: {claims}");
        assert_eq!(send(&layer, bearer(token)).await.status, 401);
        assert_eq!(send(&layer, request("PATCH", &format!("/tokens/{token}"))).await.status, 401);
    }
}

// Forms

/// Every request is the document's own: what it calls an example of a form logs in.
#[tokio::test]
async fn its_example_forms_log_in_by_each_media_type() {
    let layer = layer_of(builder());
    let document = serde_json::to_value(layer.openapi()).unwrap();
    for path in ["/auth/local", "/login", "/tokens"] {
        let body = &document["paths"][path]["post"]["requestBody"];
        assert_eq!(body["required"], true);
        for (media_type, content) in body["content"].as_object().unwrap() {
            assert_valid(&content["example"], &content["schema"], path);
            let members = content["example"].as_object().unwrap();
            let members: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), text(value))).collect();
            let (content_type, body) = encoded(media_type, &members);
            let reply = send(&layer, post(path, content_type, body)).await;
            assert!(matches!(reply.status, 200 | 201), "{media_type} at {path}: {}", reply.text());
        }
        assert_eq!(body["content"].as_object().unwrap().len(), 3);
    }
}

fn encoded(media_type: &str, members: &[(&str, &str)]) -> (&'static str, String) {
    match media_type {
        "application/json" => {
            let members: Map<_, _> = members.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
            ("application/json", Value::from(members).to_string())
        }
        "application/x-www-form-urlencoded" => {
            let pairs: Vec<_> = members.iter().map(|(name, text)| format!("{name}={text}").replace(' ', "+")).collect();
            ("application/x-www-form-urlencoded", pairs.join("&"))
        }
        "multipart/form-data" => multipart(members),
        other => panic!("{other}"),
    }
}

/// What the schema forbids is refused.
#[tokio::test]
async fn what_its_form_demands_is_demanded() {
    let layer = layer_of(builder());
    let document = serde_json::to_value(layer.openapi()).unwrap();
    for path in ["/auth/local", "/login", "/tokens"] {
        let content = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"];
        let required = content["schema"]["required"].as_array().unwrap();
        assert_eq!(required.len(), 2, "{path}");
        for name in required {
            let property = &content["schema"]["properties"][text(name)];
            assert_eq!((&property["type"], &property["minLength"]), (&json!("string"), &json!(1)), "{path}");
            for flaw in [Value::Null, json!(""), json!(7)] {
                let mut form = content["example"].clone();
                form[text(name)] = flaw;
                let reply = send(&layer, post_json(path, &form)).await;
                assert!(matches!(reply.status, 400 | 422), "{form} at {path}: {}", reply.status);
            }
        }
        assert_eq!(content["schema"]["properties"]["password"]["format"], "password");
    }
}

// Answers

/// A line for each content that an answer has: where it is, and the content.
fn contents(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                for content in response["content"].as_object().into_iter().flat_map(Map::values) {
                    found.push((format!("{method} {path} {status}"), content));
                }
            }
        }
    }
    found
}

#[test]
fn every_example_satisfies_its_schema() {
    for builder in [builder(), counting(), builder().disclose_unknown_users(), with_sources()] {
        let document = document(builder);
        let contents = contents(&document);
        assert!(contents.len() > 30, "{}", contents.len());
        for (place, content) in contents {
            let examples = content["examples"].as_object().unwrap();
            assert!(!examples.is_empty(), "{place}");
            for example in examples.values() {
                assert_valid(&example["value"], &content["schema"], &place);
            }
        }
    }
}

/// Every answer of the documents, as `tests/golden.rs` gets it from the layer, is one that the document knows.
#[test]
fn every_golden_answer_is_documented_and_satisfies_its_schema() {
    let layer = |builder: AuthLayerBuilder| {
        let builder = builder.dialect(AuthLocal::new().logout()).dialect(Login::new().logout());
        document(builder.dialect(Tokens::new().path("/api/v2/tokens").logout()))
    };
    let (usual, disclosing) = (layer(counting()), layer(counting().disclose_unknown_users()));
    let mut compared = 0;
    for folder in ["auth_local", "login", "auth_token", "tokens"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder);
        for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let Some(stem) = name.strip_suffix(".request") else { continue };
            let situation = stem.split('.').next().unwrap();
            let document = if situation.starts_with("disclosed_") { &disclosing } else { &usual };
            let request = fs::read_to_string(&file).unwrap();
            let answer = fs::read_to_string(folder.join(format!("{situation}.answer"))).unwrap();
            assert_documented(document, &request, &answer, &file.display().to_string());
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared} requests");
}

fn assert_documented(document: &Value, request: &str, answer: &str, place: &str) {
    let start: Vec<_> = request.lines().next().unwrap().split(' ').collect();
    let path = match start[1].split_once("/tokens/") {
        Some((mount, _)) => format!("{mount}/tokens/{{token}}"),
        None => start[1].to_owned(),
    };
    let (head, body) = answer.split_once("\n\n").unwrap();
    let status = head.split(' ').nth(1).unwrap();
    let headers = head.lines().skip(1).map(|line| line.split_once(": ").unwrap());
    assert_known(&document["paths"][&path][start[0].to_lowercase()], status, headers, body, place);
}

/// Holds an answer to an operation of the document.
fn assert_known<'a>(
    operation: &Value,
    status: &str,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    body: &str,
    place: &str,
) {
    let response = &operation["responses"][status];
    assert!(response.is_object(), "{status} is not documented: {place}");

    let documented: BTreeSet<_> = names(&response["headers"]).into_iter().map(str::to_lowercase).collect();
    let mut content = None;
    for (name, value) in headers {
        match name {
            "content-type" => content = Some(&response["content"][value.split(';').next().unwrap()]),
            "content-length" => assert_eq!(value, "0"),
            name => assert!(documented.contains(name), "{name} is not documented: {place}"),
        }
    }
    match content {
        None => assert!(body.is_empty() && response["content"].is_null(), "{place}"),
        Some(content) => {
            assert!(content.is_object(), "the content type is not documented: {place}");
            assert_valid(&serde_json::from_str(body).unwrap(), &content["schema"], place);
        }
    }
}

#[test]
fn limits_are_documented_where_requests_are_counted() {
    let counted = document(counting().without_failure_limit().without_session_limit());
    let limited = &counted["paths"]["/auth/local"]["post"]["responses"]["429"]["headers"];
    let headers = ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];
    assert_eq!(names(limited), BTreeSet::from(headers));
    assert_eq!(
        (&limited["X-RateLimit-Limit"]["example"], &limited["Retry-After"]["example"]),
        (&json!(10), &json!(60))
    );
    assert!(counted["paths"]["/tokens"]["post"]["responses"]["429"].is_object());
    for (path, method) in [("/login", "post"), ("/tokens/{token}", "patch"), ("/api/auth/token", "post")] {
        assert_eq!(counted["paths"][path][method]["responses"].get("429"), None, "{path} counts nothing");
    }
    let turned = document(counting().without_failure_limit());
    let refresh = &turned["paths"]["/tokens/{token}"]["patch"];
    let limited = &refresh["responses"]["429"]["headers"];
    assert_eq!(names(limited), BTreeSet::from(headers));
    assert_eq!(
        (&limited["X-RateLimit-Limit"]["example"], &limited["Retry-After"]["example"]),
        (&json!(120), &json!(3600))
    );
    let description = refresh["description"].as_str().unwrap();
    assert!(description.ends_with("An account may do so 120 times in 3600 seconds."), "{description}");
    assert!(turned["paths"]["/api/auth/token"]["post"]["responses"]["429"].is_object(), "a renewal is counted");
    let locking = document(counting().without_session_limit());
    for (path, answers) in [("/login", true), ("/api/auth/token", true), ("/tokens/{token}", false)] {
        let method = if answers { "post" } else { "patch" };
        let locked = &locking["paths"][path][method]["responses"]["429"]["headers"]["Retry-After"];
        assert_eq!(locked.is_object(), answers, "{path} locks accounts");
    }
    let uncounted = document(builder().without_failure_limit().without_session_limit()).to_string();
    assert!(!uncounted.contains("429") && !uncounted.contains("X-RateLimit"));
}

#[test]
fn headers_of_tokens_and_challenges_are_documented() {
    let document = document(builder().realm("shop"));
    let granted = &document["paths"]["/login"]["post"]["responses"]["200"]["headers"];
    assert_eq!(granted["Cache-Control"]["example"], "no-store");
    let refused = &document["paths"]["/tokens/{token}"]["patch"]["responses"]["401"]["headers"];
    assert_eq!(refused["WWW-Authenticate"]["example"], "Bearer realm=\"shop\", error=\"invalid_token\"");
}

#[test]
fn unknown_users_are_disclosed_in_the_document_as_they_are_by_the_layer() {
    let statuses = |builder| {
        let document = document(builder);
        let statuses = |path: &str| names(&document["paths"][path]["post"]["responses"]).len();
        (statuses("/tokens"), document.to_string().contains("用户不存在"))
    };
    let (usual, disclosing) = (statuses(builder()), statuses(builder().disclose_unknown_users()));
    assert_eq!((usual.1, disclosing.1), (false, true));
    assert_eq!(disclosing.0, usual.0 + 1, "404");
}

#[test]
fn the_applications_user_may_be_of_any_type() {
    let document = document(builder());
    let schema = &contents(&document).into_iter().find(|(place, _)| place == "post /login 200").unwrap().1["schema"];
    for user in [json!({"id": 1}), json!("ada"), json!([1]), Value::Null] {
        let answer = json!({"user": user, "token": "a", "tokenExpire": 1, "tokenIssuedAt": 1});
        assert_valid(&answer, schema, "any user");
    }
    assert!(names(&schema["properties"]).contains("user"));
}

// Sources of tokens

/// Every source, every logout, and a limit that the second wrong password meets.
fn with_sources() -> AuthLayerBuilder {
    builder()
        .accept_bare_tokens()
        .token_header("X-Access-Token")
        .token_header("x-token")
        .token_query("access_token")
        .token_query("token")
        .token_cookie(TokenCookie::new("token"))
        .trusted_origin(APP)
        .websocket_tokens()
        .tickets("/auth/ticket")
        .dialect(AuthLocal::new().logout())
        .dialect(Login::new().logout())
        .dialect(Tokens::new().logout())
        .failure_limit(FailureLimit::new(1, secs(900), secs(900)))
}

const APP: &str = "https://app.example";

fn served(builder: AuthLayerBuilder) -> (AuthLayer<impl tower_auth::Lookup<User = User>>, Value) {
    let layer = builder.build(find_in(users())).unwrap();
    let document = serde_json::to_value(layer.openapi()).unwrap();
    (layer, document)
}

fn with(mut request: Request<Full<Bytes>>, name: &str, value: &str) -> Request<Full<Bytes>> {
    let name = http::HeaderName::try_from(name).unwrap();
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

fn upgrade(request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    with(with(request, "connection", "upgrade"), "upgrade", "websocket")
}

/// A token of the contract `tokens`, which every door takes.
fn token() -> String {
    refreshable_token(NOW)
}

/// The request with a credential as the document's security scheme has it.
fn sent_by(request: Request<Full<Bytes>>, scheme: &Value, credential: &str) -> Request<Full<Bytes>> {
    match (text(&scheme["type"]), scheme["scheme"].as_str().or(scheme["in"].as_str()).unwrap()) {
        ("http", "bearer") => authorized(request, &format!("Bearer {credential}")),
        ("http", "basic") => authorized(request, &basic("duane15", PASSWORD)),
        ("apiKey", "header") if scheme["name"] == "Sec-WebSocket-Protocol" => {
            with(request, "sec-websocket-protocol", &format!("chat.v1, bearer, {credential}"))
        }
        ("apiKey", "header") => with(request, text(&scheme["name"]), credential),
        ("apiKey", "cookie") => {
            with(with(request, "cookie", &format!("{}={credential}", text(&scheme["name"]))), "origin", APP)
        }
        ("apiKey", "query") => {
            let mut request = request;
            *request.uri_mut() = format!("{}?{}={credential}", request.uri(), text(&scheme["name"])).parse().unwrap();
            request
        }
        other => panic!("{other:?}"),
    }
}

/// The names of the schemes one of which an operation needs.
fn needed(security: &Value) -> BTreeSet<&str> {
    let any = security.as_array().unwrap().iter();
    any.map(|one| names(one).into_iter().next().unwrap()).collect()
}

#[test]
fn each_source_is_a_scheme_and_none_is_there_that_is_not_named() {
    let places: Vec<_> = [
        ("bare_token", "header", "Authorization"),
        ("ticket", "query", "ticket"),
        ("token_cookie", "cookie", "token"),
        ("token_header", "header", "X-Access-Token"),
        ("token_header_2", "header", "x-token"),
        ("token_query", "query", "access_token"),
        ("token_query_2", "query", "token"),
        ("websocket_token", "header", "Sec-WebSocket-Protocol"),
    ]
    .into();
    let document = document(with_sources());
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    let keys = schemes.iter().filter(|(_, scheme)| scheme["type"] == "apiKey");
    let found: Vec<_> = keys.map(|(name, scheme)| (&**name, text(&scheme["in"]), text(&scheme["name"]))).collect();
    assert_eq!(found, places);
    assert_eq!(schemes.len(), places.len() + 2, "and bearer and basic");
    assert!(text(&schemes["token_cookie"]["description"]).contains(APP));
    assert!(needed(&document["security"]).into_iter().eq(schemes.keys().map(String::as_str)), "of guarded routes: all");
}

/// A credential that is sent as a scheme says opens an operation if the operation lists the scheme, and else does not.
#[tokio::test]
async fn every_scheme_opens_what_it_is_documented_to_and_nothing_else() {
    for builder in [with_sources, || with_sources().without_basic(), || with_sources().claims_only()] {
        let (_, document) = served(builder());
        let operations = [
            ("GET", "/me", &document["security"]),
            ("POST", "/api/auth/token", &Value::Null),
            ("PATCH", "/tokens", &Value::Null),
            ("DELETE", "/tokens", &Value::Null),
            ("GET", "/logout", &Value::Null),
            ("POST", "/logout", &Value::Null),
            ("POST", "/auth/logout", &Value::Null),
            ("POST", "/auth/ticket", &Value::Null),
        ];
        for (method, path, whole) in operations {
            let of_operation = &document["paths"][path][method.to_lowercase()]["security"];
            let needed = needed(if whole.is_null() { of_operation } else { whole });
            for (name, scheme) in document["components"]["securitySchemes"].as_object().unwrap() {
                let (layer, _) = served(builder());
                let ticket = send(&layer, authorized(request("POST", "/auth/ticket"), &format!("Bearer {}", token())));
                let ticket = ticket.await.json()["ticket"].as_str().unwrap().to_owned();
                let credential = if name == "ticket" { ticket } else { token() };
                let plain = request(method, path);
                let asked = if whole.is_null() { plain } else { upgrade(plain) };
                let reply = send(&layer, sent_by(asked, scheme, &credential)).await;
                let case = format!("{name} at {method} {path}: {reply:?}");
                assert_eq!(reply.status < 300, needed.contains(&**name), "{case}");
            }
        }
    }
}

/// Requests of every kind to the endpoints and to the tickets, and what is documented of each: its answer, and whether
/// the answer carries a cookie.
#[tokio::test]
async fn every_answer_under_sources_is_documented_and_so_is_its_cookie() {
    let bearer = |method, path, token: &str| authorized(request(method, path), &format!("Bearer {token}"));
    let cookie = |method, path| with(request(method, path), "cookie", &format!("token={}", token()));
    let wrong = "wrong";
    let mut requests: Vec<_> = logins("duane15", PASSWORD).into_iter().map(|(_, login, _)| login).collect();
    requests.extend(logins("duane15", wrong).into_iter().map(|(_, login, _)| login));
    for (method, path) in [
        ("PATCH", "/tokens"),
        ("DELETE", "/tokens"),
        ("GET", "/logout"),
        ("POST", "/logout"),
        ("POST", "/auth/logout"),
        ("POST", "/auth/ticket"),
    ] {
        requests.extend([
            request(method, path),
            bearer(method, path, &token()),
            bearer(method, path, "a.b.c"),
            authorized(request(method, path), &basic("duane15", PASSWORD)),
            authorized(bearer(method, path, &token()), "Bearer a.b.c"),
            with(cookie(method, path), "origin", APP),
            cookie(method, path),
            upgrade(cookie(method, path)),
            with(cookie(method, path), "x-token", &token()),
        ]);
    }
    let (mut with_cookie, mut cross_site) = (BTreeSet::new(), BTreeSet::new());
    for request in requests {
        let (layer, document) = served(with_sources());
        let place = format!("{} {}", request.method(), request.uri());
        let operation = &document["paths"][request.uri().path()][request.method().as_str().to_lowercase()];
        let reply = send(&layer, request).await;
        assert_reply_known(operation, &reply, &place);
        let documented = &operation["responses"][reply.status.to_string()];
        let set = &documented["headers"]["Set-Cookie"];
        assert_eq!(reply.headers.contains_key("set-cookie"), set.is_object(), "{place}: {}", reply.status);
        if let Some(value) = reply.header("set-cookie") {
            let clears = value.starts_with("token=;");
            assert_eq!(text(&set["example"]).starts_with("token=; Max-Age=0;"), clears, "{place}");
            with_cookie.insert(place.clone());
        }
        let refused = reply.extensions.get() == Some(&Refusal::CrossSite)
            || reply.extensions.get().map(Rejection::kind) == Some(RejectionKind::CrossSite);
        if refused {
            assert!(text(&documented["description"]).contains("cross site"), "{place}: {documented}");
            cross_site.insert(place);
        }
    }
    let logouts = ["DELETE /tokens", "GET /logout", "POST /logout", "POST /auth/logout"];
    let logins = ["POST /api/auth/token", "POST /auth/local", "POST /login", "POST /tokens"];
    let mut expected: BTreeSet<_> = [&logins[..], &logouts, &["PATCH /tokens"]].concat().into_iter().collect();
    assert!(with_cookie.iter().map(String::as_str).eq(expected.clone()), "{with_cookie:?}");
    expected.extend(["POST /auth/ticket"]);
    expected.retain(|place| !logins.contains(place));
    assert!(cross_site.iter().map(String::as_str).eq(expected.clone()), "{cross_site:?}");

    // And nothing of that where it cannot happen.
    let document = document(with_sources());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{} {path}", method.to_uppercase());
            let told = operation["responses"].to_string().contains("cross site");
            assert_eq!(told, expected.contains(&*place), "{place}");
        }
    }
    let without = self::document(builder().dialect(Tokens::new().logout()).tickets("/auth/ticket")).to_string();
    assert!(!without.contains("Set-Cookie") && !without.contains("cross site"));
}

#[track_caller]
fn assert_reply_known(operation: &Value, reply: &Reply, place: &str) {
    let headers = reply.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    assert_known(operation, &reply.status.to_string(), headers, reply.text(), place);
}

/// Every status that the ticket route answers is documented, and no other; of 503, which a store can always cause, only
/// that it is.
#[tokio::test]
async fn the_ticket_route_is_documented_as_it_answers() {
    type On = fn(AuthLayerBuilder) -> AuthLayerBuilder;
    let configurations: [(On, &[u16]); 9] = [
        (|builder| builder, &[200, 400, 401, 429, 503]),
        (|builder| builder.token_cookie(TokenCookie::new("token")), &[200, 400, 401, 403, 429, 503]),
        (AuthLayerBuilder::without_failure_limit, &[200, 400, 401, 503]),
        (AuthLayerBuilder::without_basic, &[200, 400, 401, 503]),
        (|builder| builder.claims_only().without_basic(), &[200, 400, 401, 503]),
        (|builder| builder.refuse_like(Tokens::NAME), &[200, 401, 429, 503]),
        (|builder| builder.refuse_like(AuthToken::NAME), &[200, 403, 429, 503]),
        (|builder| builder.refuse_like(AuthLocal::NAME), &[200, 401, 403, 429, 503]),
        (|builder| builder.refuse_like(Login::NAME).offer_basic(), &[200, 401, 429, 503]),
    ];
    for (number, (on, statuses)) in configurations.into_iter().enumerate() {
        let limit = FailureLimit::new(1, secs(900), secs(900));
        let (layer, document) = served(on(builder().tickets("/auth/ticket").failure_limit(limit)));
        let operation = &document["paths"]["/auth/ticket"]["post"];
        let documented: Vec<u16> =
            names(&operation["responses"]).into_iter().map(|name| name.parse().unwrap()).collect();
        assert_eq!(documented, statuses, "of {number}");

        let asked = |authorization: &str| authorized(request("POST", "/auth/ticket"), authorization);
        let mut met = BTreeSet::from([503]);
        for request in [
            request("POST", "/auth/ticket"),
            asked(&format!("Bearer {}", token())),
            asked(&basic("duane15", PASSWORD)),
            asked(&basic("duane15", "wrong")),
            asked(&basic("duane15", "wrong")),
            asked(&basic("blocked", PASSWORD)),
            asked(&basic("frieda", PASSWORD)),
            asked("Basic ="),
            asked("Digest a=b"),
            asked("Bearer a.b.c"),
            asked(&format!("Bearer {}x", token())),
            authorized(asked("Bearer a.b.c"), "Bearer a.b.c"),
            with(request("POST", "/auth/ticket"), "cookie", &format!("token={}", token())),
        ] {
            let reply = send(&layer, request).await;
            assert_reply_known(operation, &reply, &format!("{} of {number}", reply.status));
            met.insert(reply.status);
        }
        assert!(met.iter().eq(statuses), "of {number}: {met:?}");
    }
}

#[tokio::test]
async fn its_ticket_is_a_sample_that_opens_nothing() {
    let (layer, document) = served(with_sources());
    assert!(operations(&document).contains(&"post /auth/ticket tickets_give".into()));
    let content = &document["paths"]["/auth/ticket"]["post"]["responses"]["200"]["content"]["application/json"];
    let sample = &content["examples"]["given"]["value"];
    assert_eq!(sample["expires_in"], 10);
    let (header, claims) = decoded(text(&sample["ticket"]));
    assert!(claims.contains(&format!("\"exp\":{}", NOW + 10)), "it would be valid now: {claims}");

    let real = send(&layer, authorized(request("POST", "/auth/ticket"), &format!("Bearer {}", token()))).await.json();
    assert_eq!(decoded(text(&real["ticket"])).0, header);
    for (ticket, status) in [(&sample["ticket"], 401), (&real["ticket"], 200)] {
        let opened = send(&layer, upgrade(request("GET", &format!("/ws?ticket={}", text(ticket))))).await;
        assert_eq!(opened.status, status);
    }
}

// Contracts of the application's

/// Answers in text, and 200 whatever happens.
struct Odd;

impl Dialect for Odd {
    fn name(&self) -> &'static str {
        "odd"
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let propfind = Method::from_bytes(b"PROPFIND").unwrap();
        vec![
            Endpoint::new(Method::PUT, "/odd", Operation::Login),
            Endpoint::new(Method::POST, "/odd", Operation::Login),
            Endpoint::new(propfind, "/odd", Operation::Login),
        ]
    }

    fn issue(&self) -> Issue {
        Issue::new(Algorithm::Hs256, HeaderOrder::AlgorithmFirst, secs(60))
    }

    fn read(&self, form: &Form) -> Result<LoginForm, Refusal> {
        let name = form.text("name")?.ok_or(Refusal::MissingUserId)?.to_owned();
        Ok(LoginForm::new(tower_auth::Identifier::Username(name), form.text("word")?.unwrap_or_default()))
    }

    fn members(&self) -> Vec<Member> {
        vec![Member::new("name", "ada"), Member::secret("word", "correct horse")]
    }

    fn claims(&self, _: &Grant<'_>) -> Result<Vec<u8>, BoxError> {
        Ok(b"{}".to_vec())
    }

    fn granted(&self, granted: &Granted<'_>) -> dialect::Answer {
        let text = HeaderValue::from_static("Text/Plain; charset=utf-8");
        dialect::Answer::new(StatusCode::OK, text, granted.token.to_owned())
            .header(http::HeaderName::from_static("x-odd"), HeaderValue::from_static("yes"))
    }

    fn refused(&self, refused: &Refused<'_>) -> dialect::Answer {
        dialect::Answer::json(StatusCode::OK, &json!({"error": refused.refusal.as_str()}))
    }
}

#[test]
fn a_contract_of_the_applications_is_documented_like_any_other() {
    let document = document(builder().dialect(Odd));
    let item = &document["paths"]["/odd"];
    assert_eq!(names(item), BTreeSet::from(["post", "put"]), "PROPFIND is not OpenAPI's");
    assert_eq!(
        (&item["put"]["operationId"], &item["post"]["operationId"]),
        (&json!("odd_login"), &json!("odd_login_2"))
    );
    let answer = &item["put"]["responses"]["200"];
    assert_eq!(names(&item["put"]["responses"]).len(), 1);
    assert_eq!(answer["headers"]["x-odd"]["example"], "yes");
    let text = &answer["content"]["text/plain"];
    assert_eq!((&text["schema"]["type"], names(&text["examples"]).len()), (&json!("string"), 1));
    let refusals = names(&answer["content"]["application/json"]["examples"]);
    assert!(refusals.contains("missing_user_id") && refusals.contains("not_text"), "{refusals:?}");
    assert!(!refusals.contains("missing_password"), "it never says so: {refusals:?}");
    let schema = &item["put"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(schema["required"], json!(["name"]), "no word at all is a word to it");
    assert_eq!(schema["properties"]["name"].get("minLength"), None);
}

// The judge

/// Holds a value to a schema, as far as our documents go: a keyword that is not judged here fails.
#[track_caller]
fn assert_valid(value: &Value, schema: &Value, place: &str) {
    assert!(is_valid(value, schema), "{place}: {value} does not satisfy {schema}");
}

fn is_valid(value: &Value, schema: &Value) -> bool {
    schema.as_object().unwrap().iter().all(|(keyword, operand)| match &**keyword {
        "type" => match text(operand) {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("the type {other}"),
        },
        "properties" => {
            let mut properties = operand.as_object().unwrap().iter();
            properties.all(|(name, schema)| value.get(name).is_none_or(|member| is_valid(member, schema)))
        }
        "required" => operand.as_array().unwrap().iter().all(|name| value.get(text(name)).is_some()),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| is_valid(item, operand))),
        "anyOf" => operand.as_array().unwrap().iter().any(|schema| is_valid(value, schema)),
        "minLength" => value.as_str().is_none_or(|value| value.chars().count() as u64 >= operand.as_u64().unwrap()),
        "description" | "format" => true,
        other => panic!("the keyword {other}"),
    })
}

#[test]
fn the_judge_judges() {
    let schema = json!({"type": "object", "required": ["a"], "properties": {"a": {"anyOf": [
        {"type": "array", "items": {"type": "string", "minLength": 2}}, {"type": "integer"},
    ]}}});
    for good in [json!({"a": 1}), json!({"a": []}), json!({"a": ["xx"], "b": null})] {
        assert!(is_valid(&good, &schema), "{good}");
    }
    for bad in [json!(1), json!({}), json!({"a": "x"}), json!({"a": ["x"]}), json!({"a": 0.5}), json!({"a": null})] {
        assert!(!is_valid(&bad, &schema), "{bad}");
    }
}
