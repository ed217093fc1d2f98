//! What the tests share: a clock that is set by hand, a small table of users, and requests through the door.
//!
//! Each test file is a program of its own and uses a part of this.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[cfg(feature = "redis")]
pub mod proxy;
#[cfg(feature = "redis")]
pub mod redis_server;
#[cfg(all(feature = "tracing", feature = "metrics"))]
pub mod told;
pub mod variant;

use std::{
    future::Ready,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, Clock, Identifier, Identity, Lookup, Query, SigningKey, Timestamp,
};

/// Long enough for HS256, HS384 and HS512.
pub const SECRET: &str = "a shared secret for the tests, of sixty-four bytes and a few more";

/// A moment after all of the documents' samples.
pub const NOW: u64 = 1_700_000_000;

/// The password of every user of [`users`].
pub const PASSWORD: &str = "correct horse";

/// `PASSWORD` under bcrypt with cost 4, so that tests are quick.
pub const BCRYPT: &str = "$2b$04$OP2elorUaD8PSma8Xfo7VO5gyksCVbNx1/kNdJo/Dx1VZFD3Ue0vu";

/// A 2048-bit RSA key in PKCS#8, made for these tests and used nowhere else.
pub const RSA_PEM: &str = include_str!("rsa_2048.pem");

/// So many seconds.
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// So many minutes.
pub const fn mins(minutes: u64) -> Duration {
    secs(60 * minutes)
}

/// A clock that stands still until it is set.
#[derive(Clone)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    pub fn at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds * 1000)))
    }

    pub fn set(&self, seconds: u64) {
        self.0.store(seconds * 1000, Ordering::SeqCst);
    }

    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
    }
}

/// The application's user in these tests: whatever JSON it is.
pub type User = Value;

/// A row of the table of users.
#[derive(Clone)]
pub struct Row {
    pub id: Value,
    pub username: &'static str,
    pub email: &'static str,
    pub phone: &'static str,
    pub hash: Option<&'static str>,
    pub blocked: bool,
    pub unconfirmed: bool,
    pub valid_since: Option<u64>,
    pub profile: Value,
}

impl Row {
    pub fn new(id: impl Into<Value>, username: &'static str) -> Self {
        let id = id.into();
        let profile = serde_json::json!({ "id": id, "username": username });
        Self {
            id,
            username,
            email: "",
            phone: "",
            hash: Some(BCRYPT),
            blocked: false,
            unconfirmed: false,
            valid_since: None,
            profile,
        }
    }

    fn account(&self) -> Account<User> {
        let id: tower_auth::Subject = serde_json::from_value(self.id.clone()).unwrap();
        let account = Account::new(id, self.profile.clone())
            .username(self.username)
            .blocked(self.blocked)
            .unconfirmed(self.unconfirmed);
        let account = match self.hash {
            Some(hash) => account.password_hash(hash),
            None => account,
        };
        match self.valid_since {
            Some(then) => account.valid_since(Timestamp::from_unix_seconds(then)),
            None => account,
        }
    }

    fn is(&self, identifier: &Identifier) -> bool {
        match identifier {
            Identifier::Username(name) => self.username == name,
            Identifier::Email(email) => self.email == email,
            Identifier::Phone(phone) => self.phone == phone,
            Identifier::Id(id) => self.id.as_u64() == id.parse().ok(),
            _ => false,
        }
    }
}

/// `duane15`, who may log in; `blocked` and `unconfirmed`, who may not; `nopassword`; `frieda`, whose lookup fails.
pub fn users() -> Vec<Row> {
    vec![
        Row { email: "duane@example.com", phone: "13812345678", ..Row::new(1, "duane15") },
        Row { blocked: true, ..Row::new(2, "blocked") },
        Row { unconfirmed: true, ..Row::new(3, "unconfirmed") },
        Row { hash: None, ..Row::new(4, "nopassword") },
    ]
}

pub type Answer = Ready<Result<Option<Account<User>>, BoxError>>;

/// A lookup in a table.
pub fn find_in(rows: Vec<Row>) -> impl Fn(Query) -> Answer + Clone + Send + Sync + 'static {
    move |query| {
        let found = match query {
            Query::Login { identifier, .. } if identifier.as_str() == "frieda" => {
                return std::future::ready(Err("the database is down".into()));
            }
            Query::Login { identifier, .. } => rows.iter().find(|row| row.is(&identifier)),
            Query::Subject { id, .. } => {
                let wanted = id.to_string();
                rows.iter().find(|row| row.id.to_string().trim_matches('"') == wanted)
            }
            _ => None,
        };
        std::future::ready(Ok(found.map(Row::account)))
    }
}

/// A builder with both keys that the documented contracts need, a clock that stands at [`NOW`], and no rate limits.
pub fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::hs256(SECRET).unwrap())
        .key(SigningKey::rs256_pem(RSA_PEM).unwrap())
        .clock(ManualClock::at(NOW))
        .without_rate_limits()
}

/// The usual layer over the usual users.
pub fn layer() -> AuthLayer<impl Lookup<User = User>> {
    builder().build(find_in(users())).unwrap()
}

/// A response, read to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub extensions: http::Extensions,
    pub body: Bytes,
}

impl Reply {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Sends a request through the layer, over an inner service that answers `inner: <id of the user, or "nobody">`.
#[track_caller]
pub fn send<L: Lookup<User = User>>(
    layer: &AuthLayer<L>,
    request: Request<Full<Bytes>>,
) -> impl Future<Output = Reply> {
    let service = layer.layer(service_fn(async |request: Request<Full<Bytes>>| {
        let id = Identity::<User>::of(request.extensions()).map(|identity| identity.id().to_string());
        let body = format!("inner: {}", id.as_deref().unwrap_or("nobody"));
        Ok::<_, BoxError>(Response::new(Full::new(Bytes::from(body))))
    }));
    read(service, request)
}

/// Sends a request to any service, and reads the response to its end.
pub async fn read<S, B>(service: S, request: Request<Full<Bytes>>) -> Reply
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>>,
    S::Error: std::fmt::Debug,
    B: http_body::Body,
    B::Error: std::fmt::Debug,
{
    let (parts, body) = service.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap_or_else(|error| panic!("{error:?}")).to_bytes();
    Reply { status: parts.status.as_u16(), headers: parts.headers, extensions: parts.extensions, body }
}

/// A request without a body.
pub fn request(method: &str, path: &str) -> Request<Full<Bytes>> {
    Request::builder().method(method).uri(path).body(Full::default()).unwrap()
}

/// `POST path` with a JSON body.
pub fn post_json(path: &str, body: &Value) -> Request<Full<Bytes>> {
    post(path, "application/json", body.to_string())
}

/// `POST path` with any body.
pub fn post(path: &str, content_type: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post(path).header("content-type", content_type).body(Full::new(body.into())).unwrap()
}

/// The request with one more `Authorization` field.
pub fn authorized(mut request: Request<Full<Bytes>>, value: &str) -> Request<Full<Bytes>> {
    request.headers_mut().append("authorization", value.parse().unwrap());
    request
}

/// A true CORS preflight, of a `POST` to that path.
pub fn preflight(path: &str) -> Request<Full<Bytes>> {
    let mut request = request("OPTIONS", path);
    request.headers_mut().insert("origin", "https://app.example".parse().unwrap());
    request.headers_mut().insert("access-control-request-method", "POST".parse().unwrap());
    request
}

/// `GET /me` with a token.
pub fn bearer(token: &str) -> Request<Full<Bytes>> {
    authorized(request("GET", "/me"), &format!("Bearer {token}"))
}

/// `Basic` credentials.
pub fn basic(user_id: &str, password: &str) -> String {
    let user_pass = format!("{user_id}:{password}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(user_pass))
}

/// A token of any header and claims, as text, signed by HMAC-SHA256 with [`SECRET`].
pub fn hs256(header: &str, claims: &str) -> String {
    hs256_with(SECRET.as_bytes(), header, claims)
}

/// The keys of a JWK set with this secret in it, as somebody publishes them.
pub fn published(secret: &str) -> Vec<tower_auth::VerifyingKey> {
    let k = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, secret);
    let set = serde_json::json!({ "keys": [{ "kty": "oct", "alg": "HS256", "k": k }] });
    tower_auth::VerifyingKey::jwk_set(&set.to_string()).unwrap()
}

pub fn hs256_with(secret: &[u8], header: &str, claims: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mac = Hmac::<sha2::Sha256>::new_from_slice(secret).unwrap().chain_update(&signed);
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// Header and claims of a token, as the text that they are.
pub fn decoded(token: &str) -> (String, String) {
    let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let mut parts = token.split('.');
    (text(parts.next().unwrap()), text(parts.next().unwrap()))
}

/// The usual header of a token.
pub const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// A good token for user 1 at [`NOW`], of the contract `auth_local`.
pub fn good_token() -> String {
    hs256(HEADER, &format!(r#"{{"id":1,"iat":{NOW},"exp":{}}}"#, NOW + 3600))
}

/// A good token for user 1 at [`NOW`], of the contract `tokens`.
pub fn refreshable_token(iat: u64) -> String {
    let exp = iat + 3600;
    let claims =
        format!(r#"{{"sub":1,"iss":"http://old","iat":{iat},"exp":{exp},"nbf":{iat},"jti":"abcdefghij012345"}}"#);
    hs256(r#"{"typ":"JWT","alg":"HS256"}"#, &claims)
}

/// A body whose length nobody told: its pieces, and behind them its end or a wait for ever.
pub struct Pieces {
    pieces: std::vec::IntoIter<Bytes>,
    ends: bool,
}

impl Pieces {
    pub fn new(pieces: Vec<Bytes>) -> Self {
        Self { pieces: pieces.into_iter(), ends: true }
    }

    /// The body of a client that stops sending and does not hang up.
    pub fn stalled(pieces: Vec<Bytes>) -> Self {
        Self { ends: false, ..Self::new(pieces) }
    }
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
        match self.pieces.next() {
            Some(piece) => std::task::Poll::Ready(Some(Ok(http_body::Frame::data(piece)))),
            None if self.ends => std::task::Poll::Ready(None),
            None => std::task::Poll::Pending,
        }
    }
}

/// Sends a request whose body comes in pieces.
pub async fn send_pieces<L: Lookup<User = User>>(layer: &AuthLayer<L>, request: Request<Pieces>) -> Reply {
    let service = layer.layer(service_fn(async |_: Request<Pieces>| {
        Ok::<_, BoxError>(Response::new(Full::new(Bytes::from("inner"))))
    }));
    let (parts, body) = service.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap_or_else(|error| panic!("{error:?}")).to_bytes();
    Reply { status: parts.status.as_u16(), headers: parts.headers, extensions: parts.extensions, body }
}

/// A lookup in a table that changes under it.
pub fn find_in_shared(rows: Arc<std::sync::Mutex<Vec<Row>>>) -> impl Fn(Query) -> Answer + Clone + Send + Sync {
    move |query| find_in(rows.lock().unwrap().clone())(query)
}

/// `multipart/form-data` of texts, and its content type.
pub fn multipart(members: &[(&str, &str)]) -> (&'static str, String) {
    let part = |(name, text): &(&str, &str)| {
        format!("--boundary\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let parts: String = members.iter().map(part).collect();
    ("multipart/form-data; boundary=boundary", parts + "--boundary--\r\n")
}

/// One login by each of the four contracts: its name, the request, and the status that grants it.
pub fn logins(user_id: &str, password: &str) -> [(&'static str, Request<Full<Bytes>>, u16); 4] {
    use serde_json::json;
    [
        ("auth_local", post_json("/auth/local", &json!({ "identifier": user_id, "password": password })), 200),
        ("login", post_json("/login", &json!({ "username": user_id, "password": password })), 200),
        ("auth_token", authorized(request("POST", "/api/auth/token"), &basic(user_id, password)), 200),
        ("tokens", post_json("/tokens", &json!({ "login": user_id, "password": password })), 201),
    ]
}

/// The answers that refuse a wrong password: the contract's name, status and body.
pub const WRONG_PASSWORD: [(&str, u16, &str); 4] = [
    (
        "auth_local",
        400,
        r#"{"statusCode":400,"error":"Bad Request","message":[{"messages":[{"id":"Auth.form.error.invalid","message":"Identifier or password invalid."}]}],"data":[{"messages":[{"id":"Auth.form.error.invalid","message":"Identifier or password invalid."}]}]}"#,
    ),
    ("login", 404, r#"{"message":"Username or password is not correct"}"#),
    ("auth_token", 403, ""),
    ("tokens", 422, r#"{"password":["密码错误"]}"#),
];

/// The token in the answer to a login.
pub fn granted_token(reply: &Reply) -> String {
    let body = reply.json();
    body["jwt"].as_str().or(body["token"].as_str()).unwrap().to_owned()
}

/// The public half of [`RSA_PEM`].
pub const RSA_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtkSg3eh47y9DFNP4CMuA
v034F5Sh1tQRRfZgf7p5Kt6ROodRJJT56gpieW8frd3LmpmQdtgD1uUd52QqVlLI
BLuw32NrMadx54CPDX8TAQZr1LVLdVVLG3DvyIkevGk8OPlAwuLbKyN7BzohoHqK
heidlSW+LqpviH/XYXUb/bar3XPZdYq7cWN4gKceQdz6AeROybMXpS4eKZt704DO
T3YPbU93mY2UIcVlGGX2VmdHAS+dUxSyKsl0o3NDm0dPyR55FThMj5hpFsbdAJ3C
QZbPwk3C0firYYEGVNYKNdUVjCacZ3ibAvbLVoIXkvcSXfRgzWrNI0ZzEZKbsJ/k
2QIDAQAB
-----END PUBLIC KEY-----
";

/// More keys made for these tests and used nowhere else.
pub const P256_PEM: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgj+/508ULjVhHKRaT
Pja/5gcHa51D8LMku8JoZAciM/mhRANCAASyBppO4RW+ORTnurYnMH7HlpOvO7a7
JImkDeE4xkg9A6BK6gj2I7rBEoYqFSQ/RRIDfdxgo0r2x0GesZjDqHIM
-----END PRIVATE KEY-----
";

pub const P256_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsgaaTuEVvjkU57q2JzB+x5aTrzu2
uySJpA3hOMZIPQOgSuoI9iO6wRKGKhUkP0USA33cYKNK9sdBnrGYw6hyDA==
-----END PUBLIC KEY-----
";

pub const P384_PEM: &str = "-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCZWktN4aksDLsziUuX
ltnR66fXBbJPsWuIdOY9j+Y69+I/jdyxzTADT5VlKlg4U6OhZANiAAS2hDeiOc7z
qWNIzt4ZzkRZ+R7XQ1zN8BA1xZwkMrIpPy/FPQ90gEjFv72zqUI4m+XxdxId8E8H
yWtERpLdh7G/ys/N7wxBHtMVkJGg6lu+41W68FTleCzo2i8uJ7O1JJo=
-----END PRIVATE KEY-----
";

pub const P384_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEtoQ3ojnO86ljSM7eGc5EWfke10NczfAQ
NcWcJDKyKT8vxT0PdIBIxb+9s6lCOJvl8XcSHfBPB8lrREaS3Yexv8rPze8MQR7T
FZCRoOpbvuNVuvBU5Xgs6NovLieztSSa
-----END PUBLIC KEY-----
";

pub const ED_PEM: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIB6I92sPN76Ct+jqdESWefGy9VBVsRujdPwltoi3Wq2v
-----END PRIVATE KEY-----
";

pub const ED_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA53tkZgUdlqKCjj9Ml7eY8qtyHmb1nsRGXLkpWC3SL9M=
-----END PUBLIC KEY-----
";

/// 1024 bits: half of what is enough.
pub const WEAK_RSA_PEM: &str = "-----BEGIN PRIVATE KEY-----
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAJjiVP5H+2POvqpi
k/YLp0p235gHmnM83gv/MNOqwcCcmuPb2JoZ77jiWDfYx53rCmNptsZA4Z68H21I
qnGvzm9ksdW5j8XmHCkHtzU2J5KxRcDlOZ9ATPp8xlOCe04PJIKHcJ05tGWn78Nr
m5bnD/SAnegamiPm77Ib/JVLLO/LAgMBAAECgYBfFj4YnTqMvBS4MnGmUV8uIDs2
+lukmtHcEk8TBxxUqNJpL95LEiCYFCccLPcSkBI4/JISQl5RdN3zAYQJC3hPt/Ce
yvgrutw4qKRTsHhLNy45QrM/MRx32MVz3vunrxLMx3QQYub489JXt5NVKXwQv4Ep
gOUGydZGRnYOmmeUsQJBAMZSbmQUiYjVoaT8NXf5NafZ/SbbcOvSdtfbPvl2N8bA
UnBplp7LLoPPV5e/BIdXCcU2PCokorfg8TZsLCAt1xkCQQDFWO+3w+9Du6NpATnB
3JFoMopDzO0KtBm8AoV2YEHO9fwPgrpQ4V2cTWruE38bQDEB5eQcof9t5M4k3QHu
qI6DAkBTMNLTsnW663pB/fXj3KrwPRXfDeABXCi0BWkWNcvR2Gz8cJ5Y//wEGJ6y
rdMVfqI/kq+MMg/7uCUW4itkWDZJAkEAhp+T7/U+bCM9Zy1J3EB+BOmtPnE2Jv4T
LBlAOC+T1P4i8+XG+dOzSyPY1Q4BwHI6vEO6J/ouyCW0ppsJbWgYxwJAQVtvigAJ
IF8wKUbFVKnKaK66U+r8iTyBeQe/w+7RRNnXlc3Ub2dA+B9a/smotw6ki8dTXpIJ
/r+L8/w4gEHWqA==
-----END PRIVATE KEY-----
";

pub const WEAK_RSA_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCY4lT+R/tjzr6qYpP2C6dKdt+Y
B5pzPN4L/zDTqsHAnJrj29iaGe+44lg32Med6wpjabbGQOGevB9tSKpxr85vZLHV
uY/F5hwpB7c1NieSsUXA5TmfQEz6fMZTgntODySCh3CdObRlp+/Da5uW5w/0gJ3o
Gpoj5u+yG/yVSyzvywIDAQAB
-----END PUBLIC KEY-----
";

/// The operations of a `SessionStore` that a test's own store leaves to another: the field of that name.
#[macro_export]
macro_rules! leave_to {
    ($store:tt, [$($operation:ident),*]) => {
        $($crate::leave_to!(@ $store $operation);)*
    };
    // What is judged by.
    (@ $store:tt answers) => {
        $crate::leave_to!($store, [is_stale, is_revoked, valid_since, catch_up]);
    };
    (@ $store:tt is_stale) => {
        fn is_stale(&self, now: tower_auth::Timestamp) -> bool {
            self.$store.is_stale(now)
        }
    };
    (@ $store:tt catch_up) => {
        fn catch_up(
            &self,
            token: tower_auth::store::TokenKey,
            user: tower_auth::store::UserKey,
            now: tower_auth::Timestamp,
        ) -> tower_auth::store::StoreFuture<'_, ()> {
            self.$store.catch_up(token, user, now)
        }
    };
    (@ $store:tt is_revoked) => {
        fn is_revoked(&self, token: &tower_auth::store::TokenKey, now: tower_auth::Timestamp) -> bool {
            self.$store.is_revoked(token, now)
        }
    };
    (@ $store:tt valid_since) => {
        fn valid_since(
            &self,
            user: &tower_auth::Subject,
            now: tower_auth::Timestamp,
        ) -> Option<tower_auth::Timestamp> {
            self.$store.valid_since(user, now)
        }
    };
    (@ $store:tt rotate) => {
        fn rotate(
            &self,
            rotation: tower_auth::store::Rotation,
        ) -> tower_auth::store::StoreFuture<'_, tower_auth::store::Rotated> {
            self.$store.rotate(rotation)
        }
    };
    (@ $store:tt revoke) => {
        fn revoke(
            &self,
            token: tower_auth::store::TokenKey,
            now: tower_auth::Timestamp,
            until: tower_auth::Timestamp,
        ) -> tower_auth::store::StoreFuture<'_, ()> {
            self.$store.revoke(token, now, until)
        }
    };
    (@ $store:tt revoke_family) => {
        fn revoke_family(
            &self,
            token: tower_auth::store::TokenKey,
            now: tower_auth::Timestamp,
            until: tower_auth::Timestamp,
        ) -> tower_auth::store::StoreFuture<'_, ()> {
            self.$store.revoke_family(token, now, until)
        }
    };
    (@ $store:tt revoke_user) => {
        fn revoke_user(
            &self,
            user: tower_auth::store::UserKey,
            now: tower_auth::Timestamp,
            since: tower_auth::Timestamp,
            until: tower_auth::Timestamp,
        ) -> tower_auth::store::StoreFuture<'_, ()> {
            self.$store.revoke_user(user, now, since, until)
        }
    };
    (@ $store:tt open) => {
        fn open(&self, opening: tower_auth::store::Opening) -> tower_auth::store::StoreFuture<'_, bool> {
            self.$store.open(opening)
        }
    };
    (@ $store:tt sessions) => {
        fn sessions(
            &self,
            user: tower_auth::store::UserKey,
            now: tower_auth::Timestamp,
        ) -> tower_auth::store::StoreFuture<'_, Vec<tower_auth::Session>> {
            self.$store.sessions(user, now)
        }
    };
    (@ $store:tt end_session) => {
        fn end_session(
            &self,
            user: tower_auth::store::UserKey,
            session: tower_auth::SessionId,
            now: tower_auth::Timestamp,
        ) -> tower_auth::store::StoreFuture<'_, bool> {
            self.$store.end_session(user, session, now)
        }
    };
}
