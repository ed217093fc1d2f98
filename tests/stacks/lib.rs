//! What the tests of the stacks share: users, an inner service, and requests through any stack.
#![allow(clippy::missing_panics_doc, clippy::missing_errors_doc)]

pub mod grpc;
pub mod raw;

use std::{convert::Infallible, future::pending};

use axum::{Router, body::Body, routing::any};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::{Service, ServiceExt, util::BoxCloneSyncService};
pub use tower::{ServiceBuilder, service_fn};
use tower_auth::{Account, AuthLayer, AuthLayerBuilder, BoxError, Identity, Lookup, Query, SigningKey};

pub const SECRET: &str = "a shared secret for the tests, of sixty-four bytes and a few more";

/// The password of every user.
pub const PASSWORD: &str = "correct horse";

/// `PASSWORD` under bcrypt with cost 4, so that tests are quick.
const BCRYPT: &str = "$2b$04$OP2elorUaD8PSma8Xfo7VO5gyksCVbNx1/kNdJo/Dx1VZFD3Ue0vu";

/// `Basic` credentials of ada, right and wrong.
pub const BASIC: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";
pub const WRONG_BASIC: &str = "Basic YWRhOmJhdHRlcnkgc3RhcGxl";
/// Of `hangs`, whose lookup never ends.
pub const HANGING_BASIC: &str = "Basic aGFuZ3M6Y29ycmVjdCBob3JzZQ==";

/// The application's user: a name.
pub type User = String;

/// A layer with all four contracts.
pub fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::hs256(SECRET).unwrap())
        .key(SigningKey::rs256_pem(include_str!("../support/rsa_2048.pem")).unwrap())
        .public("/public")
        .without_rate_limits()
        .without_failure_limit()
}

pub fn layer() -> AuthLayer<impl Lookup<User = User>> {
    builder().build(find).unwrap()
}

/// `ada`; `errs`, whose lookup fails; `hangs`, whose lookup never ends; and `sleeper`, whose never ends by a token.
pub async fn find(query: Query) -> Result<Option<Account<User>>, BoxError> {
    let (name, by_token) = match query {
        Query::Login { identifier, .. } => (identifier.as_str().to_owned(), false),
        Query::Subject { id, .. } => (id.as_str().unwrap_or_default().to_owned(), true),
        _ => return Ok(None),
    };
    match &*name {
        "ada" => {}
        "errs" => return Err("the database is down".into()),
        "sleeper" if !by_token => {}
        "sleeper" | "hangs" => pending().await,
        _ => return Ok(None),
    }
    Ok(Some(Account::new(&*name, name.clone()).password_hash(BCRYPT)))
}

/// The inner service. `/long` is worth compressing, `/hang` never answers, `/panic` panics, and every other path
/// answers `<method> <path> <length of the body, or -> <user>`.
pub async fn inner<B>(request: Request<B>) -> Result<Response<Body>, Infallible>
where
    B: http_body::Body,
{
    let (parts, body) = request.into_parts();
    let identity = Identity::<User>::of(&parts.extensions);
    let user = identity.as_ref().map_or("nobody", |identity| identity.id().as_str().unwrap());
    let text = match parts.uri.path() {
        "/long" => "long ".repeat(1000),
        "/hang" => pending().await,
        "/panic" => std::panic::resume_unwind(Box::new("the inner service")),
        path => {
            let length = body.collect().await.map_or("-".into(), |body| body.to_bytes().len().to_string());
            format!("{} {path} {length} {user}", parts.method)
        }
    };
    let text = if parts.method == Method::HEAD { String::new() } else { text };
    Ok(Response::new(text.into()))
}

/// The same as routes of axum's.
pub fn app() -> Router {
    Router::new().route("/me", any(inner::<Body>)).route("/{*rest}", any(inner::<Body>))
}

/// Any stack of layers.
pub type Stack = BoxCloneSyncService<Request<Body>, Response<Body>, BoxError>;

pub fn stack<S, R>(service: S) -> Stack
where
    S: Service<Request<Body>, Response = Response<R>, Error: Into<BoxError>, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    R: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    BoxCloneSyncService::new(service.map_response(|response| response.map(Body::new)).map_err(Into::into))
}

/// Stacks with the other layer outside of ours: on axum, and without a framework.
#[macro_export]
macro_rules! other_outside {
    ($other:expr, $auth:expr) => {
        [
            ("axum", $crate::stack($crate::app().layer($auth.clone()).layer($other))),
            (
                "tower",
                $crate::stack(
                    $crate::ServiceBuilder::new()
                        .layer($other)
                        .layer($auth.clone())
                        .service($crate::service_fn($crate::inner)),
                ),
            ),
        ]
    };
}

/// Stacks with the other layer inside of ours.
#[macro_export]
macro_rules! other_inside {
    ($other:expr, $auth:expr) => {
        [
            ("axum", $crate::stack($crate::app().layer($other).layer($auth.clone()))),
            (
                "tower",
                $crate::stack(
                    $crate::ServiceBuilder::new()
                        .layer($auth.clone())
                        .layer($other)
                        .service($crate::service_fn($crate::inner)),
                ),
            ),
        ]
    };
}

/// A response, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The token that was granted.
    #[track_caller]
    pub fn token(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self:?}"));
        body["token"].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned()
    }
}

pub async fn try_send(stack: &Stack, request: Request<Body>) -> Result<Reply, BoxError> {
    let (parts, body) = stack.clone().oneshot(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Reply { status: parts.status, headers: parts.headers, body })
}

pub async fn send(stack: &Stack, request: Request<Body>) -> Reply {
    try_send(stack, request).await.unwrap()
}

/// A request without a body.
pub fn request(method: &str, path: &str, fields: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

pub fn get(path: &str, authorization: &str) -> Request<Body> {
    request("GET", path, &[("authorization", authorization)])
}

pub fn bearer(token: &str) -> Request<Body> {
    get("/me", &format!("Bearer {token}"))
}

/// `POST path` with a form, and its length told.
pub fn post(path: &str, form: impl Into<String>) -> Request<Body> {
    let form = form.into();
    let mut request = request("POST", path, &[("content-type", "application/x-www-form-urlencoded")]);
    request.headers_mut().insert("content-length", form.len().into());
    request.map(|_| Body::from(form))
}

pub fn login(username: &str, password: &str) -> Request<Body> {
    post("/login", format!("username={username}&password={}", password.replace(' ', "+")))
}

/// A token of the contract `tokens`, which can be refreshed, had from the login routes alone.
pub async fn token_of<L: Lookup>(auth: &AuthLayer<L>, user_id: &str) -> String {
    let form = format!("login={user_id}&password={}", PASSWORD.replace(' ', "+"));
    send(&stack(auth.endpoints()), post("/tokens", form)).await.token()
}

/// The span of a request as the crate docs advise it, for tower-http's `TraceLayer`.
pub fn span_of<L: Lookup>(auth: AuthLayer<L>) -> impl Fn(&Request<Body>) -> tracing::Span + Clone {
    move |request| tracing::debug_span!("request", method = %request.method(), path = auth.shown_path(request.uri().path()))
}
