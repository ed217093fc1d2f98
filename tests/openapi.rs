//! The OpenAPI document: what is configured, as it answers.
#![cfg(feature = "openapi")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{collections::BTreeSet, fs, path::Path};

use http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};
use support::*;
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, HeaderOrder, Query, SigningKey,
    dialect::{
        self, AuthLocal, AuthToken, Dialect, Endpoint, Form, Grant, Granted, Issue, Login, LoginForm, Member,
        Operation, Refusal, Refused, Tokens,
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
    for builder in [builder(), counting(), builder().disclose_unknown_users()] {
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
    let response = &document["paths"][&path][start[0].to_lowercase()]["responses"][status];
    assert!(response.is_object(), "{status} of {path} is not documented: {place}");

    let documented: BTreeSet<_> = names(&response["headers"]).into_iter().map(str::to_lowercase).collect();
    let mut content = None;
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(": ").unwrap();
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
    let counted = document(counting().without_failure_limit());
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
    let locking = document(counting());
    for (path, answers) in [("/login", true), ("/api/auth/token", true), ("/tokens/{token}", false)] {
        let method = if answers { "post" } else { "patch" };
        let locked = &locking["paths"][path][method]["responses"]["429"]["headers"]["Retry-After"];
        assert_eq!(locked.is_object(), answers, "{path} locks accounts");
    }
    let uncounted = document(builder().without_failure_limit()).to_string();
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
        Issue::new(Algorithm::Hs256, HeaderOrder::AlgorithmFirst, 60)
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
        dialect::Answer::json(StatusCode::OK, &json!({"error": refused.refusal.name()}))
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
