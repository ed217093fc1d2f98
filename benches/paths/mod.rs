//! The paths that a request can take, each as a case with a name: what `instructions` counts and `paths` times.
#![allow(dead_code, reason = "each bench takes what it needs")]

use std::{
    collections::HashMap,
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use serde::Deserialize;
use sha2::Sha256;
use tower::{Layer, Service};
use tower_auth::{
    Account, Algorithm, Auth, AuthLayer, AuthLayerBuilder, BoxError, Lookup, Query, SigningKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};

const SECRET: &str = "a secret of thirty-two bytes, and then some";
const PASSWORD: &str = "correct horse";
const BASIC: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";

/// As long as an argon2id hash with the default parameters, in a form of the application's own.
const HASH: &str = "$own2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IG9mIDE2$WjZ4sbAfHTY2N2NkZDY5NjI1NzM0NjE2NzY1NzQ2";

pub(crate) type Asked = Request<Full<Bytes>>;

/// Answers at once, so that what is counted is what stands before it.
#[derive(Clone)]
pub(crate) struct Inner;

impl Service<Asked> for Inner {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Asked) -> Self::Future {
        ready(Ok(Response::new(request.into_body())))
    }
}

/// What a case sends, and through what.
struct Case {
    name: &'static str,
    path: &'static str,
    authorization: Option<HeaderValue>,
    status: u16,
    through: Through,
}

#[derive(Clone, Copy)]
enum Through {
    Inner,
    ClaimsOnly,
    /// With the cache of verified tokens.
    Cached,
    LookedUp,
    /// The least that verifying an HS256 token can be, and then the inner service.
    Floor,
    /// The least that knowing a token again and saying so can be, and then the inner service.
    FloorKnown,
    /// The least that a refusal with its reason can be.
    FloorRefused,
}

/// Each path, ready to be walked.
pub(crate) struct Paths<L> {
    cases: Vec<Case>,
    claims_only: Auth<Inner, L>,
    cached: Auth<Inner, L>,
    looked_up: Auth<Inner, L>,
    floor: Floor,
    known: Known,
    refusal: Refusal,
}

fn user() -> Account<u64> {
    Account::new(1, 7)
}

fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        // No key that is generated and signs alike in two runs: an instruction more is one more in the code.
        .key(SigningKey::hs256(SECRET).unwrap())
        .public("/public")
        .without_rate_limits()
        .basic_cache(100, Duration::from_secs(3600))
        // What counts is what follows the first request.
        .verify_passwords_with(|_, password| Some(password == PASSWORD))
}

/// A token of the contract `login`, signed with `key`, from the front door.
fn token(key: &SigningKey, shared: &Arc<u64>) -> HeaderValue {
    let algorithm = key.algorithm();
    let builder = builder().key(key.clone()).dialect(Login::new().algorithm(algorithm));
    let layer = builder.without(AuthLocal::NAME).without(AuthToken::NAME).without(Tokens::NAME);
    let request = Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(Full::from("username=ada&password=correct+horse")).unwrap();
    let mut service = layer.build(find(shared)).unwrap().layer(Inner);
    let answer = runtime()
        .block_on(async { service.call(request).await.unwrap().into_body().collect().await.unwrap().to_bytes() });
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    format!("Bearer {}", answer["token"].as_str().unwrap()).parse().unwrap()
}

fn find(shared: &Arc<u64>) -> impl Lookup<User = u64> + use<> {
    let shared = Arc::clone(shared);
    move |query: Query| -> Ready<Result<_, BoxError>> {
        let account = Account::shared(1, Arc::clone(&shared));
        // A hash is copied for whoever has to be verified by it, and for nobody else.
        ready(Ok(Some(match query {
            Query::Login { .. } => account.password_hash(HASH),
            _ => account,
        })))
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

/// Every path.
pub(crate) fn paths() -> Paths<impl Lookup> {
    let shared = Arc::new(7);
    // Under valgrind, to generate an RSA key takes longer than everything else.
    let rs256 = SigningKey::rs256_pem(include_str!("../../tests/support/rsa_2048.pem")).unwrap();
    let [es256, eddsa] = [Algorithm::Es256, Algorithm::EdDsa].map(|algorithm| SigningKey::generate(algorithm).unwrap());
    let hs256 = token(&SigningKey::hs256(SECRET).unwrap(), &shared);
    let build = |builder: AuthLayerBuilder| {
        let keys = [&rs256, &es256, &eddsa].map(SigningKey::verifying_key);
        let builder = builder.without(AuthToken::NAME).verifying_keys(keys);
        builder.build(find(&shared)).unwrap().layer(Inner)
    };
    let case = |name, through, authorization| Case { name, path: "/me", authorization, status: 200, through };
    let basic = || Some(HeaderValue::from_static(BASIC));
    let cases = vec![
        case("inner", Through::Inner, None),
        case("inner_bearer", Through::Inner, Some(hs256.clone())),
        Case { path: "/public", ..case("public", Through::ClaimsOnly, None) },
        Case { status: 401, ..case("floor_refused", Through::FloorRefused, None) },
        Case { status: 401, ..case("no_credentials", Through::ClaimsOnly, None) },
        case("floor_hs256", Through::Floor, Some(hs256.clone())),
        case("hs256", Through::ClaimsOnly, Some(hs256.clone())),
        case("floor_known", Through::FloorKnown, Some(hs256.clone())),
        case("hs256_cached", Through::Cached, Some(hs256.clone())),
        case("hs256_looked_up", Through::LookedUp, Some(hs256.clone())),
        case("rs256", Through::ClaimsOnly, Some(token(&rs256, &shared))),
        case("rs256_cached", Through::Cached, Some(token(&rs256, &shared))),
        case("es256", Through::ClaimsOnly, Some(token(&es256, &shared))),
        case("eddsa", Through::ClaimsOnly, Some(token(&eddsa, &shared))),
        case("basic_cached", Through::LookedUp, basic()),
    ];
    let mut paths = Paths {
        claims_only: build(builder().claims_only().without_token_cache()),
        cached: build(builder().claims_only()),
        looked_up: build(builder().without_token_cache()),
        floor: Floor::new(),
        known: Known::new(&hs256),
        refusal: Refusal::new(),
        cases,
    };
    // The one request by Basic that is hashed.
    runtime().block_on(async {
        let request = request("/me", basic());
        assert_eq!(paths.looked_up.call(request).await.unwrap().status(), 200);
    });
    paths
}

impl<L: Lookup> Paths<L> {
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.cases.iter().map(|case| case.name).collect()
    }

    /// The case of the same request to the inner service alone, near enough.
    pub(crate) fn alone(&self, number: usize) -> &'static str {
        if self.cases[number].authorization.is_none() { "inner" } else { "inner_bearer" }
    }

    /// A request of this case, made anew.
    pub(crate) fn request(&self, number: usize) -> Asked {
        let case = &self.cases[number];
        request(case.path, case.authorization.clone())
    }

    /// Walks a request through.
    pub(crate) fn walk(&mut self, number: usize, mut request: Asked) {
        let case = &self.cases[number];
        let status = match case.through {
            Through::Inner => call(&mut Inner, request),
            Through::ClaimsOnly => call(&mut self.claims_only, request),
            Through::Cached => call(&mut self.cached, request),
            Through::LookedUp => call(&mut self.looked_up, request),
            Through::Floor => {
                self.floor.verify(request.headers()["authorization"].as_bytes());
                call(&mut Inner, request)
            }
            Through::FloorKnown => {
                self.known.recognise(&mut request);
                call(&mut Inner, request)
            }
            Through::FloorRefused => self.refusal.answer(&request).status().as_u16(),
        };
        assert_eq!(status, case.status);
    }
}

fn request(path: &'static str, authorization: Option<HeaderValue>) -> Asked {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = Uri::from_static(path);
    if let Some(value) = authorization {
        request.headers_mut().insert("authorization", value);
    }
    request
}

/// One call to a service that answers at once.
fn call<S: Service<Asked, Response = Response<R>>, R>(service: &mut S, request: Asked) -> u16 {
    let mut future = pin!(service.call(request));
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response.status().as_u16(),
        _ => 0,
    }
}

/// An HS256 token verified by hand, with a key that is kept and nothing that is not needed: what no layer is below.
struct Floor(Hmac<Sha256>);

#[derive(Deserialize)]
struct Claims<'a> {
    id: u64,
    iat: i64,
    exp: i64,
    #[serde(borrow)]
    sub: Option<&'a str>,
}

impl Floor {
    fn new() -> Self {
        Self(Hmac::new_from_slice(SECRET.as_bytes()).unwrap())
    }

    fn verify(&self, field: &[u8]) {
        let token = field.strip_prefix(b"Bearer ").unwrap();
        let signed = token.iter().rposition(|byte| *byte == b'.').unwrap();
        let header = token.iter().position(|byte| *byte == b'.').unwrap();
        let mut signature = [0; 34];
        let length = URL_SAFE_NO_PAD.decode_slice(&token[signed + 1..], &mut signature).unwrap();
        let mac = self.0.clone().chain_update(&token[..signed]);
        mac.verify_slice(&signature[..length]).unwrap();
        let mut json = [0; 512];
        let length = URL_SAFE_NO_PAD.decode_slice(&token[header + 1..signed], &mut json).unwrap();
        let claims: Claims = serde_json::from_slice(&json[..length]).unwrap();
        black_box((claims.id, claims.iat, claims.exp, claims.sub));
    }
}

/// A token known again by hand: the header read, the token found by a hash and compared, the time read and compared, and who
/// it is left in the extensions, which by `http`'s own make takes three allocations.
struct Known {
    verified: HashMap<Vec<u8>, Whose, foldhash::fast::RandomState>,
}

#[derive(Clone)]
struct Whose {
    claims: Arc<str>,
    expires: SystemTime,
}

impl Known {
    fn new(field: &HeaderValue) -> Self {
        let token = field.as_bytes().strip_prefix(b"Bearer ").unwrap();
        let whose = Whose { claims: "claims".into(), expires: SystemTime::now() + Duration::from_secs(3600) };
        Self { verified: HashMap::from_iter([(token.to_owned(), whose)]) }
    }

    fn recognise(&self, request: &mut Asked) {
        let token = request.headers()["authorization"].as_bytes().strip_prefix(b"Bearer ").unwrap();
        let whose = self.verified[token].clone();
        assert!(SystemTime::now() < whose.expires, "{}", whose.claims);
        request.extensions_mut().insert(whose);
    }
}

/// A refusal by hand: the header asked for, and a response with two headers that were made before, a body that is there and
/// the reason in its extensions.
struct Refusal(HeaderMap);

#[derive(Clone)]
struct Reason(&'static str);

impl Refusal {
    fn new() -> Self {
        let challenge = ("www-authenticate", "Bearer realm=\"\"");
        let headers = [("content-type", "application/problem+json"), challenge];
        Self(
            headers.map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).into_iter().collect(),
        )
    }

    fn answer(&self, request: &Asked) -> Response<Full<Bytes>> {
        assert!(!request.headers().contains_key("authorization"));
        let mut response = Response::new(Full::from("{}"));
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        *response.headers_mut() = self.0.clone();
        response.extensions_mut().insert(Reason("missing credentials"));
        assert!(response.extensions().get::<Reason>().is_some_and(|reason| !reason.0.is_empty()));
        response
    }
}
