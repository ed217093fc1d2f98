//! One Tower layer that serves four documented login contracts and guards every other route with Bearer and Basic
//! credentials.
//!
//! It is for people who run, or move to, a Rust service on Axum, Tonic or Hyper and have clients in the field that
//! already know how to log in: swap the back end, and existing clients, the tokens already issued and the password
//! hashes already stored keep working.
//!
//! - [Quick start](#quick-start), and whole servers on axum, on tonic and over hyper: [`guide::quick_start`]
//! - [The four contracts](#the-four-contracts)
//! - Choosing what is public, where tokens come from, roles: [`guide::routes`]
//! - Users, passwords, guessing: [`guide::users`]
//! - Refresh and logout: [`guide::sessions`]
//! - Many servers, proxies, other layers, what to know before going live: [`guide::servers`]
//! - Testing your application: [`guide::testing`]
//! - What is trusted, and what is protected: [`guide::security`]
//! - When it does not work, by symptom: [`guide::troubleshooting`]
//! - [Features](#features)
//!
//! # Quick start
//!
//! You need four things: keys, a lookup function, the layer, and your user type.
#![cfg_attr(feature = "axum", doc = "```no_run")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Json, Router, routing::get};
//! use tower_auth::{Account, AuthLayer, BoxError, CurrentUser, Query, SigningKey};
//!
//! #[derive(Clone, serde::Serialize)]
//! struct User {
//!     name: String,
//! }
//!
//! # #[derive(Clone)] struct Db;
//! # async fn find(_: Db, _: Query) -> Result<Option<Account<User>>, BoxError> { Ok(None) }
//! # #[tokio::main]
//! # async fn main() -> Result<(), BoxError> {
//! # let (db, secret, pem) = (Db, "", "");
//! let auth = AuthLayer::builder()
//!     .key(SigningKey::hs256(secret)?) // signs for auth_local, login and tokens
//!     .key(SigningKey::rs256_pem(pem)?) // signs for auth_token
//!     .public("/health")
//!     // async fn find(db: Db, query: Query) -> Result<Option<Account<User>>, BoxError>
//!     .build(move |query| find(db.clone(), query))?;
//!
//! let app = Router::new()
//!     .route("/me", get(async |user: CurrentUser<User>| Json(user)))
//!     .layer(auth); // last: a route added after it is not guarded
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! axum::serve(listener, app.into_make_service_with_connect_info::<std::net::SocketAddr>()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! That is everything: `/auth/local`, `/login`, `/api/auth/token` and `/tokens` are served, `/health` is open, and
//! every other route requires `Authorization: Bearer` or `Basic`. `build()` rejects an insecure configuration, and its
//! error says what to do.
//!
//! The layer needs a tokio runtime with time enabled. Without axum it is the same: `auth.layer(service)` wraps any
//! `tower::Service<http::Request<B>, Response = http::Response<_>>`, and a handler reads
//! [`Identity::of`]`(request.extensions())`.
//!
//! # The four contracts
//!
//! | contract | route | credentials | answer | tokens |
//! |---|---|---|---|---|
//! | [`AuthLocal`](dialect::AuthLocal) | `POST /auth/local` | `identifier`, `password` | `{"jwt","user"}` | HS256, 30 days |
//! | [`Login`](dialect::Login) | `POST /login` | `username`, `password` | `{"user","token","tokenExpire","tokenIssuedAt"}` | HS256, 4.5 days |
//! | [`AuthToken`](dialect::AuthToken) | `POST /api/auth/token` | Basic, or Bearer to renew | `{"isSuccess":true,"token"}` | RS256, 2 hours |
//! | [`Tokens`](dialect::Tokens) | `POST /tokens`, `PATCH /tokens/{token}` | `login`, `password` | `{"token","user","ttl","refresh_ttl"}` | HS256, 14 days, refresh for 28 |
//!
//! Bodies are JSON, urlencoded or multipart. Each contract can be moved, configured or left out, and a fifth is an
//! implementation of [`dialect::Dialect`].
//!
//! # Features
//!
//! | feature | default | |
//! |---|---|---|
//! | `aws-lc-rs` | yes | RSA, ECDSA and EdDSA keys; needs a C compiler |
//! | `rust-crypto` | | the same in pure Rust, several times slower, except that it cannot generate RSA, ECDSA and EdDSA keys; with both on, `aws-lc-rs` is used |
//! | `axum` | | extractors, and the client address from `ConnectInfo` |
//! | `tracing` | | events for grants, refusals and failures (nothing is logged without it), and spans of logins; never a secret in them |
//! | `metrics` | | counters, gauges and histograms through the `metrics` facade: install the recorder before the layer is built |
//! | `openapi` | | `AuthLayer::openapi`: the login routes as a `utoipa` document, to be merged into the application's own |
//! | `redis` | | [`store`]`::RedisStore`: sessions, revocations and counts for many servers, in Redis or Valkey |
//! | `redis-tls` | | TLS for `redis` (`rediss://`), through `rustls` over `aws-lc-rs` |
//! | `test-util` | | for the tests of an application: a clock set by hand, tokens without a login, a layer that admits everybody |
//!
//! Without either of the first two, HMAC keys work and all others are a [`BuildError`]. Features are additive. `axum`
//! and `openapi` put types of axum 0.8 and utoipa 6 into this crate's API: an incompatible release of either is a
//! breaking change here too. The minimum Rust is 1.88.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod admission;
mod admitted;
#[cfg(feature = "axum")]
mod axum;
mod basic;
mod body;
mod builder;
mod challenge;
mod client_addr;
mod clock;
mod context;
mod credentials;
mod current_user;
pub mod dialect;
mod endpoint;
mod endpoints;
mod error;
mod error_code;
mod explain;
mod flight;
mod form;
mod future;
mod guard;
pub mod guide;
mod hashed;
mod identity;
mod json;
mod layer;
mod lookup;
#[cfg(feature = "openapi")]
mod openapi;
mod operation;
mod parameter;
mod password;
mod placement;
mod refuse;
mod rejection;
mod require;
mod requirement;
mod revocation;
mod routes;
mod scheme;
mod secret;
mod service;
mod session;
pub mod store;
mod subject;
mod sync;
mod telemetry;
#[cfg(feature = "test-util")]
pub mod test_util;
mod text;
mod throttle;
mod ticket;
mod token;
mod token_cookie;
mod unwind;

#[cfg(feature = "axum")]
pub use crate::axum::{Claims, ClaimsRejection, MissingIdentity};
pub use crate::{
    account::Account,
    body::{NoInner, ResponseBody},
    builder::AuthLayerBuilder,
    client_addr::{ClientAddr, ForwardedHeader},
    clock::{Clock, SystemClock, Timestamp},
    current_user::CurrentUser,
    endpoints::{Endpoints, EndpointsFuture},
    error::{BoxError, BuildError, BuildErrorKind},
    error_code::ErrorCode,
    explain::Explained,
    future::ResponseFuture,
    identity::Identity,
    layer::AuthLayer,
    lookup::{Identifier, Lookup, Query},
    password::{PasswordUpgrade, StoredPassword},
    rejection::{Rejection, RejectionKind},
    require::{Require, RequireLayer},
    requirement::Requirement,
    scheme::Scheme,
    secret::Password,
    service::Auth,
    session::{InvalidSessionId, Session, SessionId},
    subject::Subject,
    throttle::{FailureLimit, SessionLimit},
    token::{Algorithm, InvalidAlgorithm, SigningKey, TokenClaims, VerifyingKey},
    token_cookie::{SameSite, TokenCookie},
};

/// The README's code compiles and runs as it is there.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
struct Readme;
