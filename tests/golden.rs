//! The four contracts to the byte: requests and answers as their documents have them, under `tests/golden/`.
//!
//! A folder is a contract. In it, `NAME.answer` is what every `NAME.request` and `NAME.*.request` is answered with: start
//! line, headers in lower case and in order, an empty line, the body. `user.json` is the user's profile as the application
//! has it: the document's user object, and secret members that must not leave. Lines end with LF in the files; a
//! multipart body is sent with CRLF, as its grammar demands.
//!
//! `{{token}}` in an answer stands for a token that holds a random `jti`; `NAME.token` then has its header and its claims,
//! with `{{jti}}`. Every other token is literal: the clock stands at the document's `iat`, and the keys are fixed.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{
    collections::BTreeSet,
    fs,
    future::{Ready, ready},
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use support::*;
use tower::{Layer, service_fn};
use tower_auth::{
    Account, AuthLayer, BoxError, ClientAddr, Clock, FailureLimit, Identifier, Lookup, Query, SigningKey, Subject,
    Timestamp,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
    store::MemorySessions,
};

/// `password`, that of the document's user `TestUser`, under bcrypt with cost 4.
const TEST_USERS: &str = "$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm";

/// A contract: its folder, the document's `iat`, and the document's user.
struct Contract {
    folder: &'static str,
    now: u64,
    id: fn() -> Subject,
    identifiers: fn() -> Vec<Identifier>,
    hash: &'static str,
}

const AUTH_LOCAL: Contract = Contract {
    folder: "auth_local",
    now: 1_599_624_032,
    id: || "5f55e32aab24c71c3c1bf391".into(),
    identifiers: || vec![Identifier::Username("user2".into()), Identifier::Email("jh.kim2@theenm.com".into())],
    hash: BCRYPT,
};

const STRAPI_4: Contract = Contract {
    folder: "strapi_4",
    now: 1_680_674_528,
    id: || 1.into(),
    identifiers: || vec![Identifier::Username("kai".into()), Identifier::Email("kai@example.com".into())],
    hash: BCRYPT,
};

const LOGIN: Contract = Contract {
    folder: "login",
    now: 1_541_765_849,
    id: || "5be27c8fba7346230a2a0dcf".into(),
    identifiers: || vec![Identifier::Username("duane15".into())],
    hash: BCRYPT,
};

const AUTH_TOKEN: Contract = Contract {
    folder: "auth_token",
    now: 1_677_274_661,
    id: || 1.into(),
    identifiers: || vec![Identifier::Username("TestUser".into())],
    hash: TEST_USERS,
};

const TOKENS: Contract = Contract {
    folder: "tokens",
    now: 1_500_365_934,
    id: || 1.into(),
    identifiers: || {
        vec![
            Identifier::Username("创始人".into()),
            Identifier::Email("founder@plus.io".into()),
            Identifier::Phone("18781993582".into()),
            Identifier::Id("1".into()),
        ]
    },
    hash: BCRYPT,
};

type Found = Ready<Result<Option<Account<Box<RawValue>>>, BoxError>>;

/// The `nbf` of the document's refreshed token: when it was refreshed.
const REFRESHED: u64 = 1_500_365_528;

/// The moment in the document's answer to a failure.
const FAILED_MILLIS: u64 = 1_677_274_155_137;

impl Contract {
    fn path(&self, file: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(self.folder).join(file)
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_else(|error| panic!("{}/{file}: {error}", self.folder))
    }

    /// The moment at which the requests of an answer are sent.
    fn clock(&self, name: &str) -> Still {
        match (self.folder, name) {
            ("auth_token", "failure") => Still(FAILED_MILLIS),
            ("tokens", name) if name.starts_with("refresh_") || name.starts_with("logout_") => Still(REFRESHED * 1000),
            _ => Still(self.now * 1000),
        }
    }

    fn layer(&self, name: &str) -> AuthLayer<impl Lookup<User = Box<RawValue>>> {
        let auth_local = match self.folder {
            "strapi_4" => AuthLocal::strapi_4(),
            _ => AuthLocal::new(),
        };
        let builder = AuthLayer::builder()
            .key(SigningKey::hs256(SECRET).unwrap())
            .key(SigningKey::rs256_pem(RSA_PEM).unwrap())
            .clock(self.clock(name))
            .dialect(AuthToken::new().issuer("NomicGameManager.Api"))
            .dialect(auth_local.logout())
            .dialect(Login::new().logout())
            .dialect(Tokens::new().path("/api/v2/tokens").issuer("http://plus.io/api/v2/tokens").logout());
        let builder = if name.starts_with("disclosed_") { builder.disclose_unknown_users() } else { builder };
        let builder = match name {
            "logout_failure" => builder.session_store(MemorySessions::with_capacity(0)),
            _ => builder,
        };
        let builder = if name == "refresh_used" { builder.refresh_grace(secs(0)) } else { builder };
        let builder =
            if name == "locked" { builder.failure_limit(FailureLimit::new(2, secs(900), secs(900))) } else { builder };
        builder.build(self.find()).unwrap()
    }

    /// The document's user; three who may not log in; `frieda`, whose lookup fails.
    fn find(&self) -> impl Fn(Query) -> Found + use<> {
        let profile: Box<RawValue> = serde_json::from_str(&self.text("user.json")).unwrap();
        let (id, identifiers, hash) = ((self.id)(), (self.identifiers)(), self.hash);
        let other = |name: &str| Account::new(name, RawValue::from_string("{}".into()).unwrap());
        move |query| {
            let (name, is_documented) = match &query {
                Query::Login { identifier, .. } => (identifier.as_str().to_owned(), identifiers.contains(identifier)),
                Query::Subject { id: wanted, .. } => (wanted.to_string(), wanted.to_string() == id.to_string()),
                _ => return ready(Ok(None)),
            };
            ready(match &*name {
                _ if is_documented => Ok(Some(Account::new(id.clone(), profile.clone()).password_hash(hash))),
                "blocked" => Ok(Some(other("blocked").password_hash(BCRYPT).blocked(true))),
                "unconfirmed" => Ok(Some(other("unconfirmed").password_hash(BCRYPT).unconfirmed(true))),
                "nopassword" => Ok(Some(other("nopassword"))),
                "frieda" => Err("the database is down".into()),
                _ => Ok(None),
            })
        }
    }

    /// Sends the request in `file`, in the situation that the name of its answer tells.
    async fn send(&self, file: &str) -> Reply {
        let name = stem(file);
        let layer = self.layer(name);
        let text = self.text(file);
        let before = match name {
            "throttled" => header(&self.text("throttled.answer"), "x-ratelimit-limit").parse().unwrap(),
            "refresh_used" | "logout_again" => 1,
            "locked" => 2,
            _ => 0,
        };
        // Only wrong passwords lock.
        let before_it = match name {
            "locked" => self.text(&file.replace(".good.", ".wrong.")),
            _ => text.clone(),
        };
        let inner = service_fn(async |_| -> Result<http::Response<Full<Bytes>>, BoxError> {
            panic!("a login route reached the inner service")
        });
        for _ in 0..before {
            read(layer.layer(inner), parse(&before_it)).await;
        }
        read(layer.layer(inner), parse(&text)).await
    }

    /// The token in the answer to the request in `file`.
    async fn issued(&self, file: &str) -> String {
        token_in(&self.send(file).await)
    }

    /// Sends every request of the folder, and compares the answers.
    async fn assert_answers(&self) {
        let names = fs::read_dir(self.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let (requests, others): (BTreeSet<_>, BTreeSet<_>) = names.partition(|name| name.ends_with(".request"));
        for file in &requests {
            let name = stem(file);
            let (reply, expected) = (self.send(file).await, self.text(&format!("{name}.answer")));
            let mut answer = written(&reply);
            if expected.contains("{{token}}") {
                let token = token_in(&reply);
                self.assert_token(&token, name);
                answer = answer.replace(&token, "{{token}}");
            }
            assert_eq!(answer, expected, "{}/{file}", self.folder);
        }
        let answered: BTreeSet<_> = requests.iter().map(|file| stem(file)).collect();
        let answers: BTreeSet<_> = others.iter().filter_map(|file| file.strip_suffix(".answer")).collect();
        assert_eq!(answered, answers, "answers of {} that no request asks for, or the other way round", self.folder);
    }

    fn assert_token(&self, token: &str, name: &str) {
        let (header, claims) = decoded(token);
        assert_eq!(token, hs256(&header, &claims), "the signature");
        let (_, id) = claims.rsplit_once(r#""jti":""#).unwrap();
        let id = id.strip_suffix("\"}").unwrap();
        assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        let said = format!("{header}\n{}\n", claims.replace(id, "{{jti}}"));
        assert_eq!(said, self.text(&format!("{name}.token")), "{}/{name}", self.folder);
    }
}

/// A clock that stands still, in milliseconds.
struct Still(u64);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0)
    }
}

/// The name of the answer that belongs to a file.
fn stem(file: &str) -> &str {
    file.split('.').next().unwrap()
}

/// The value of a header in the text of an answer.
fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap()
}

fn token_in(reply: &Reply) -> String {
    let json = reply.json();
    let token = json.get("token").or(json.get("jwt")).and_then(|token| token.as_str());
    token.unwrap_or_else(|| panic!("{}", reply.text())).to_owned()
}

/// A request as its text has it.
fn parse(text: &str) -> Request<Full<Bytes>> {
    let (head, body) = text.split_once("\n\n").unwrap();
    let mut lines = head.lines();
    let start: Vec<_> = lines.next().unwrap().split(' ').collect();
    let [method, path, "HTTP/1.1"] = start[..] else { panic!("{start:?}") };
    let mut request = Request::builder().method(method).uri(path);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    let body = match head.contains("multipart/form-data") {
        true => body.replace('\n', "\r\n"),
        false => body.strip_suffix('\n').unwrap_or(body).to_owned(),
    };
    let mut request = request.body(Full::from(body)).unwrap();
    request.extensions_mut().insert(ClientAddr::from(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))));
    request
}

/// An answer as text.
fn written(reply: &Reply) -> String {
    let status = http::StatusCode::from_u16(reply.status).unwrap();
    let mut headers: Vec<_> =
        reply.headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap())).collect();
    headers.sort_unstable();
    let end = if reply.body.is_empty() { "" } else { "\n" };
    format!("HTTP/1.1 {status}\n{}\n{}{end}", headers.concat(), reply.text())
}

#[tokio::test]
async fn s32_auth_local_answers_to_the_byte() {
    AUTH_LOCAL.assert_answers().await;
}

/// What Strapi 4.25 itself makes of these errors, to the byte, but for words that neither has a document for.
#[tokio::test]
async fn s32_auth_local_answers_as_strapi_4_to_the_byte() {
    STRAPI_4.assert_answers().await;
}

#[tokio::test]
async fn s32_login_answers_to_the_byte() {
    LOGIN.assert_answers().await;
}

#[tokio::test]
async fn s32_auth_token_answers_to_the_byte() {
    AUTH_TOKEN.assert_answers().await;
}

#[tokio::test]
async fn s32_tokens_answers_to_the_byte() {
    TOKENS.assert_answers().await;
}

/// A token as a document has it.
fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/samples/{name}.jwt"));
    fs::read_to_string(path).unwrap().trim_end().to_owned()
}

/// The names of an object's members and the types of their values, in their order.
fn shape(json: &str) -> Vec<(String, &'static str)> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, &'static str)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut members = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
                let kind = match value {
                    serde_json::Value::String(_) => "text",
                    serde_json::Value::Number(number) if number.is_u64() => "whole number",
                    other => panic!("{name} is {other}"),
                };
                members.push((name, kind));
            }
            Ok(members)
        }
    }

    serde_json::Deserializer::from_str(json).deserialize_map(Members).unwrap()
}

#[tokio::test]
async fn our_tokens_have_the_header_and_the_claims_of_the_documents_samples_in_their_order() {
    let rows = [
        ("auth_local", AUTH_LOCAL.issued("login_ok.json.request").await, 3),
        ("login", LOGIN.issued("login_ok.json.request").await, 4),
        ("auth_token", AUTH_TOKEN.issued("exchange_ok.basic.request").await, 4),
        ("tokens", TOKENS.issued("login_ok.name.request").await, 6),
        ("tokens_before_refresh", TOKENS.issued("login_ok.name.request").await, 6),
        ("tokens_refreshed", TOKENS.issued("refresh_ok.path.request").await, 6),
    ];
    for (name, ours, members) in rows {
        let (header, claims) = decoded(&sample(name));
        let (our_header, our_claims) = decoded(&ours);
        assert_eq!(our_header, header, "{name}");
        assert_eq!(shape(&our_claims), shape(&claims), "{name}");
        assert_eq!(shape(&claims).len(), members, "{name}");
    }
}

#[tokio::test]
async fn our_tokens_are_the_samples_but_for_the_key() {
    let signed = |token: &str| token.rsplit_once('.').unwrap().0.to_owned();
    for (name, ours) in [
        ("auth_local", AUTH_LOCAL.issued("login_ok.json.request").await),
        ("login", LOGIN.issued("login_ok.json.request").await),
        ("auth_token", AUTH_TOKEN.issued("exchange_ok.basic.request").await),
    ] {
        assert_eq!(signed(&ours), signed(&sample(name)), "{name}");
        assert_ne!(ours, sample(name), "{name}");
    }
}

#[tokio::test]
async fn our_tokens_with_an_id_are_the_samples_but_for_the_id_and_the_key() {
    let ours = TOKENS.issued("login_ok.name.request").await;
    let (header, claims) = decoded(&ours);
    let id = |claims: &str| claims.rsplit_once(r#""jti":"#).unwrap().1.to_owned();
    let (sample_header, sample_claims) = decoded(&sample("tokens"));
    assert_eq!(header, sample_header);
    assert_eq!(claims.replace(&id(&claims), &id(&sample_claims)), sample_claims);
}
