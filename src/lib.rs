//! One Tower layer that serves four documented login contracts and guards every other route with Bearer and Basic
//! credentials.
//!
//! It is for people who run, or move to, a Rust service on Axum, Tonic or Hyper and have clients in the field that
//! already know how to log in: swap the back end, and keep the clients, the tokens already issued and the password
//! hashes already stored.
//!
//! - [Quick start](#quick-start)
//! - [The four contracts](#the-four-contracts)
//! - [Users and passwords](#users-and-passwords)
//! - [Guessing](#guessing)
//! - [What is let through](#what-is-let-through)
//! - [Where tokens come from](#where-tokens-come-from)
//! - [Deployment caveats](#deployment-caveats)
//! - [Beside other layers](#beside-other-layers)
//! - [Testing](#testing)
//! - [When it does not work](#when-it-does-not-work)
//! - [Features](#features)
//!
//! # Quick start
//!
//! Four ideas: keys, a lookup, the layer, the user.
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
//! # impl Db { async fn find(&self, _: Query) -> Result<Option<Account<User>>, BoxError> { Ok(None) } }
//! # #[tokio::main]
//! # async fn main() -> Result<(), BoxError> {
//! # let (db, secret, pem) = (Db, "", "");
//! let auth = AuthLayer::builder()
//!     .key(SigningKey::hs256(secret)?) // signs auth_local, login and tokens
//!     .key(SigningKey::rs256_pem(pem)?) // signs auth_token
//!     .public("/health")
//!     .build(move |query: Query| {
//!         let db = db.clone();
//!         async move { db.find(query).await }
//!     })?;
//!
//! let app = Router::new()
//!     .route("/me", get(async |user: CurrentUser<User>| Json(user)))
//!     .layer(auth); // after every route
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! axum::serve(listener, app.into_make_service_with_connect_info::<std::net::SocketAddr>()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Without axum the layer is the same: `auth.layer(service)` wraps any
//! `tower::Service<http::Request<B>, Response = http::Response<_>>`, and a handler reads
//! [`Identity::of`]`(request.extensions())`.
//!
//! Over plain hyper, `hyper_util`'s `TowerToHyperService` takes the wrapped service; `examples/hyper.rs` in the repository is
//! a whole server, with the client's address put in.
//!
//! ## Over tonic
//!
//! ```ignore
//! Server::builder()
//!     .accept_http1(true) // for logins over HTTP/1.1, and for gRPC-Web
//!     .layer(auth) // public: "/grpc.health.v1.Health/{method}"
//!     .layer(GrpcWebLayer::new()) // inside: it answers 400 to HTTP/1.1 that is not gRPC-Web
//!     .add_service(WhoamiServer::new(whoami))
//! ```
//!
//! Logins are served over HTTP on the same port, and calls carry their token in the metadata `authorization`. A method, and an
//! interceptor of the service, reads [`Identity::of`]`(request.extensions())` and denies with `Status::permission_denied`.
//! A stream is judged when it begins and may outlive its token, whose end [`TokenClaims::expires_at`] tells.
//!
//! Calls of gRPC and gRPC-Web are refused in their own form: HTTP 200 with an empty body and, in the header section, a
//! `grpc-message` without secrets and the `grpc-status` 16 for no or bad credentials, 7 for good ones that do not cover the
//! call, 14 for a lookup that failed, which clients may retry, and 8 for too much password hashing at once. For scripts
//! of other origins, the CORS layer has to expose both fields. `examples/tonic` in the repository is a whole server,
//! with the client's address put in.
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
//! # Users and passwords
//!
//! The layer asks one question, [`Query`], of one async closure, [`Lookup`], and there are three answers: found, not
//! found, and could not tell. With the [`Account`] comes the stored password hash, which the layer verifies off the
//! async threads ([`StoredPassword`] has the forms), or the closure states that it has verified the password itself and found it right
//! ([`Account::password_verified`]) or wrong ([`Account::password_wrong`]). By default each Bearer request looks its user up, so a blocked user is out at once.
//!
//! Basic looks its user up on each request too. A password that was found right a moment ago is known again without its
//! hash, as a digest under a key of this layer's own ([`basic_cache`](AuthLayerBuilder::basic_cache)), for as long as the
//! lookup returns the same hash of a user who is admitted and no other password is tried from the same network. That is no
//! guess, and counts as none.
//!
//! # Refresh and logout
//!
//! `PATCH /tokens/{token}` gives a token's successor. For [`refresh_grace`](AuthLayerBuilder::refresh_grace) seconds the old
//! one still works and gets the same successor; used again later, it revokes its whole family: somebody has a copy. The
//! window in which that goes on counts from the login, or from the last refresh with
//! [`sliding_refresh`](dialect::Tokens::sliding_refresh), whose price its docs state.
//!
//! | to end | from a handler | from a client, when asked for |
//! |---|---|---|
//! | a token | [`AuthLayer::revoke`] | |
//! | a session: a token, what it was refreshed from and for | [`AuthLayer::revoke_family`] | `POST /auth/logout`, `GET /logout`, `POST /logout`, `DELETE /tokens/{token}`, `DELETE /tokens` |
//! | a session of a list | [`AuthLayer::sessions`], [`AuthLayer::end_session`] | |
//! | all of a user's | [`AuthLayer::revoke_user`], [`Account::valid_since`] | |
//!
//! Each contract serves its logout after `.logout()`, as `.dialect(Tokens::new().logout())`; the token stands in the path or
//! is sent as Bearer. Logging out twice is a success, and so is logging out with an expired token that could still be
//! refreshed; a store that fails is 503 and never a success.
//!
//! One account may refresh 120 times in an hour and log out as often, counted apart, and is then answered by 429: each
//! takes room that all accounts share. Retries take none. [`session_limit`](AuthLayerBuilder::session_limit) sets it.
//!
//! [`list_sessions`](AuthLayerBuilder::list_sessions) remembers every login for a page "your devices", and
//! [`max_sessions`](AuthLayerBuilder::max_sessions) ends a user's oldest session when there is one too many. A guarded
//! request asks a list in this process's own memory ([`RevocationList`]), and nothing at all until something was
//! refreshed or revoked. Where claims have no `jti` (`auth_local`, `login`), a user who logs in
//! twice within a second gets one token twice, which is one session.
//!
//! # Guessing
//!
//! Ten wrong passwords in 15 minutes lock an account for that client's network: at every login route and for Basic,
//! whether the account exists or not. Locked attempts get 429 with `Retry-After` and cost no hashing; tokens are not
//! concerned. A lock lasts 15 minutes, the next twice as long, up to an hour, and always ends; a success clears, and so does
//! [`AuthLayer::clear_failures`]. Strangers cannot lock a user out: a network from which the user has logged in
//! within thirty days has a budget of its own. All other networks together have fifty failures, then one after each
//! wait of 1, 2, 4 … 60 minutes, and after a hundred in a row one a day. [`failure_limit`](AuthLayerBuilder::failure_limit)
//! sets the numbers.
//!
//! One network has a hundred failures in 15 minutes over all accounts, known and unknown, and is then refused until the
//! window ends: that is for whoever tries one password on each of a thousand accounts. Right passwords neither count there
//! nor clear it. [`FailureLimit::network_failures`] sets it.
//!
//! # What is let through
//!
//! A request reaches the inner service when one of these holds:
//!
//! 1. its method and path match a rule given with [`public`](AuthLayerBuilder::public);
//! 2. they match one given with [`optional`](AuthLayerBuilder::optional) and it has no credentials;
//! 3. it is a true CORS preflight and [`allow_preflight`](AuthLayerBuilder::allow_preflight) was called;
//! 4. it has exactly one `Authorization` field with a Bearer token that a configured key signed, that is within its
//!    times, of the configured issuer and audience, not revoked and, unless
//!    [`claims_only`](AuthLayerBuilder::claims_only) was called, of a user who is found, confirmed, not blocked and has
//!    not logged out everywhere since;
//! 5. it has exactly one with Basic credentials of a user who is found, confirmed and not blocked;
//! 6. it has neither, and exactly one token from a source that was opted in (a bare one in that field among them), or one
//!    ticket that was not used before; what 4 asks of the token holds.
//!
//! In the last three cases, and in no other, the request's extensions hold an [`Identity`]. What it may do besides is
//! asked by [`AuthLayer::require`], for a route, or by [`Requirement::check`], in a handler: scopes and roles that the
//! [`Account`] or the token names.
//!
//! # Where tokens come from
//!
//! From `Authorization: Bearer`, and from nowhere else until the builder names it:
//!
//! | call | takes a token from | know that |
//! |---|---|---|
//! | [`accept_bare_tokens`](AuthLayerBuilder::accept_bare_tokens) | `Authorization: <token>`, without a scheme | clients of the contract `login` send it so |
//! | [`token_header`](AuthLayerBuilder::token_header) | a header, as `x-access-token` | it is in no log filter that knows `Authorization` only |
//! | [`token_query`](AuthLayerBuilder::token_query) | a query parameter, as `access_token` | URLs are logged and kept: a last resort (RFC 6750 §2.3) |
//! | [`token_cookie`](AuthLayerBuilder::token_cookie) | a cookie, which every login and refresh sets | browsers send it unasked, see below |
//! | [`websocket_tokens`](AuthLayerBuilder::websocket_tokens) | `Sec-WebSocket-Protocol: chat.v1, bearer, <token>` | the inner service has to choose `chat.v1` |
//! | [`tickets`](AuthLayerBuilder::tickets) | `?ticket=…` of a request for a WebSocket, once | it is fetched first, and good for ten seconds |
//!
//! Over all of them one credential counts: two, be they equal, are 400. A source that is not named is not looked at; on a
//! public route none is, and there the request is left as it came. Elsewhere the layer takes tokens and tickets out of the URI (with
//! axum out of its `OriginalUri` too) and out of a WebSocket's offer before the inner service sees them, and marks the headers
//! that carry one as sensitive, so that `Debug` does not print them. A 2xx to a token that stood elsewhere than in `Authorization`
//! gets `Cache-Control: private`, unless the inner service set its own: shared caches know no other place (RFC 9111 §3.5). What stands in front of the layer, a proxy's log above all, still sees
//! a URI with its token. Login and exchange look at their own form or field only; a refresh or logout without a token in its path reads
//! what guarded routes read.
//!
//! **A cookie speaks for whoever's browser sends it**, whichever page asked for it. A request by cookie that may change
//! something (any method but GET, HEAD, OPTIONS and TRACE, and every upgrade: a page of any site can open a WebSocket; a refresh or a
//! logout by any method) is therefore admitted only when one of these holds, and is 403 ([`RejectionKind::CrossSite`]) otherwise.
//! So is one by Basic that another site's page sent, where [`offer_basic`](AuthLayerBuilder::offer_basic) has browsers keep passwords:
//!
//! 1. `Sec-Fetch-Site` is `same-origin`, or `none`: the user's own doing;
//! 2. `Origin` is one given as [`trusted_origin`](AuthLayerBuilder::trusted_origin);
//! 3. there is no `Sec-Fetch-Site`, and `Origin` has the host and port of the request itself.
//!
//! Browsers write both fields, and no page can. A request with neither is no browser's of these years: programs send
//! the token as Bearer, which no browser adds by itself and which needs none of this. No state and no token in forms is needed
//! for it. It leaves open what changes state on GET, which nothing should; and since a service behind a proxy cannot know its own scheme,
//! rule 3 takes `http` for `https`, which `Strict-Transport-Security` closes for browsers that old.
//!
//! *Login CSRF*, logging a victim's browser in as somebody else: the answer to a login, refresh or logout that a browser says another
//! site's page sent has the contract's body, which that page cannot read, and sets no cookie. A host below the same domain could
//! set a cookie of the same name: the prefix `__Host-` keeps it out, and two of one name are 400. `HttpOnly` keeps scripts from
//! reading the cookie; the bodies of logins still carry the token, as the contracts have it, for the page that sent them.
//!
//! A browser opens a WebSocket by ticket like this; what is in the URL by then has been used up:
//!
//! ```text
//! const answer = await fetch("/auth/ticket", { method: "POST", headers: { authorization: `Bearer ${token}` } });
//! const { ticket } = await answer.json();
//! const socket = new WebSocket(`wss://${location.host}/ws?ticket=${ticket}`);
//! ```
//!
//! The ticket carries the token's claims, so that scopes hold, and is void when the token is revoked. That it counts once is
//! up to the [`SessionStore`]: over several servers it has to be one that they share. The other form,
//! `new WebSocket(url, ["chat.v1", "bearer", token])`, needs no request before it.
//!
//! # Deployment caveats
//!
//! - Add the layer after every route: what is added to a router later is unguarded, and under `route_layer` the login
//!   routes are not served. Layers that must see refusals and logins as well (CORS, tracing) are added after it.
//! - The layer runs in a tokio runtime with time enabled.
//! - Wrong passwords, and logins by form of the contracts that state a rate, are counted by [`ClientAddr`]: have the
//!   server put it into each request's extensions, or with axum serve with `into_make_service_with_connect_info`.
//!   Without an address they are counted by account and user-id alone, and anybody can lock an account to everybody.
//!   Behind a proxy every peer is the proxy: there, call [`trust_proxies`](AuthLayerBuilder::trust_proxies).
//! - Passwords are hashed on tokio's blocking threads, at most [`hashing_lane`](AuthLayerBuilder::hashing_lane) of them at
//!   once: a flood of logins leaves the other threads to others. Whatever else fills that pool delays logins.
//! - While a password of Basic is hashed, the inner service is not kept ready, and is asked again once the user is
//!   admitted: a concurrency limit inside counts requests that are admitted, not passwords that wait.
//! - `auth_token` renews any valid token of this layer for as long as its user is admitted: a stolen one ends with
//!   [`Account::blocked`], [`Account::valid_since`] or [`AuthLayer::revoke_user`].
//! - Revocations of [`MemorySessions`] end with the process. Full, it refuses refreshes and revocations with an error and the
//!   event `auth.store_full`, and forgets nothing.
//! - [`MemorySessions`] and [`MemoryThrottle`] hold the state of one process. Behind a load balancer, share one in Redis by
//!   `RedisStore` (feature `redis`), or implement [`SessionStore`] and [`ThrottleStore`].
//! - `PATCH /tokens/{token}` has the token in its path, as its document does. This layer logs no path; have what stands
//!   in front of it log [`shown_path`](AuthLayer::shown_path), or have clients send the token as Bearer to `PATCH /tokens`.
//! - What an operator is told, event by event and metric by metric, stands in `docs/observability.md`, with what to alert on.
//!   Public routes tell nothing.
//! - A refusal does not read the request's body. A server then passes over a short one that has arrived, and closes the
//!   connection on any other (hyper and axum do, so what stands in a body is never taken for a request); over HTTP/2 only
//!   the stream ends.
//! - This layer bounds the time of a login's body and of lookups. That of a request's head is the server's to bound: over
//!   plain hyper, give the HTTP/1.1 builder a timer; `axum::serve` has none, and needs a proxy in front of it that has.
//! - Let running logins finish at shutdown as `examples/hyper.rs` does, and close the listener first.
//!
//! # Beside other layers
//!
//! What is added to an axum router later stands outside, and so does what comes first in a `ServiceBuilder`. From the
//! outside in, with those of tower-http:
//!
//! | layer | outside of this one | inside |
//! |---|---|---|
//! | `SetSensitiveHeaders` | outside of `Trace`, where that logs headers: nothing marks `Authorization` otherwise | marks it for the inner service alone |
//! | `Trace` | sees logins and refusals. Its own span has the whole URI, and with it the token of `PATCH /tokens/{token}`: [`shown_path`](AuthLayer::shown_path) has the span to give it instead | sees what was admitted |
//! | `Cors` | answers preflights itself, and lets pages read logins and refusals: expose `WWW-Authenticate` and `Retry-After` | preflights need [`allow_preflight`](AuthLayerBuilder::allow_preflight), and no page can read a login or a refusal |
//! | `CatchPanic` | inside of `Cors`, so that a page can read its 500 | the same; a lookup that panics is caught here anyway |
//! | `Timeout` | covers the lookup, the hash and the inner service | covers the inner service; lookups have [`lookup_timeout`](AuthLayerBuilder::lookup_timeout) |
//! | `Compression` | compresses logins and refusals as well | leaves them as they are |
//! | `RequestBodyLimit` | also limits logins, and answers for them in its own form; a body of untold length that exceeds it is a 400 of the contract's | logins have [`body_limit`](AuthLayerBuilder::body_limit) |
//!
//! And with those of tower: readiness is the inner service's, so with a `ConcurrencyLimit` inside of this layer, logins
//! wait for a permit that they then do not use; a `LoadShed` or a `Buffer` around it, inside as well, lets them pass. A
//! `RateLimit` inside needs a `Buffer` around it, since this layer clones what it wraps. Outside, each of them counts
//! refusals and logins as well. A `Timeout` or a `LoadShed` of tower's fails instead of answering: outside, that is yours
//! to handle (axum: `HandleErrorLayer`); inside, the error passes through unchanged. No permit is lost when a request is
//! refused, or its client goes away.
//!
//! # Testing
//!
//! A handler is called with [`CurrentUser::new`], a lookup with [`Query::login`]. The feature `test-util` has a clock that is
//! set by hand, tokens without a login, a layer that admits everybody, and a walk that says of each route who comes
//! through. Without it, time is a [`Timestamp`] that stands still, keys are generated, and
//! [`Account::password_verified`] spares the hashing:
//!
//! ```
//! use bytes::Bytes;
//! use http::Request;
//! use http_body_util::Full;
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_auth::{Account, Algorithm, AuthLayer, BoxError, Query, SigningKey, Timestamp, dialect::AuthToken};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), BoxError> {
//! let auth = AuthLayer::builder()
//!     .key(SigningKey::generate(Algorithm::Hs256)?)
//!     .without(AuthToken::NAME)
//!     .clock(Timestamp::from_unix_seconds(1_700_000_000))
//!     .build(async |_: Query| Ok::<_, BoxError>(Some(Account::new(1, "Ada").password_verified())))?;
//! let service = auth.layer(service_fn(async |_| Ok::<_, BoxError>(http::Response::new(Full::<Bytes>::default()))));
//!
//! let login = Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
//! let login = login.body(Full::<Bytes>::from("username=ada&password=any"))?;
//! assert_eq!(service.oneshot(login).await?.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! Password hashing is slow on purpose, and ten times slower unoptimised: `[profile.dev.package."*"] opt-level = 3`.
//!
//! # When it does not work
//!
//! | symptom | cause |
//! |---|---|
//! | 404 on a login route | the layer does not run there: it is under `route_layer` or inside `nest`; see [`AuthLayer`] |
//! | 401 `credentials are required` on a login route | no contract is served at that method and path, byte for byte; login routes need no `public` rule |
//! | 401 on a public route | `GET` does not cover `HEAD`, and a pattern takes no `..`, `//` or encoded slash |
//! | 400 on a login over HTTP/1.1 to tonic | `GrpcWebLayer` is outside the layer |
//! | 429 for everybody | behind a proxy every client has the proxy's address: call `trust_proxies` |
//! | 429 for everybody at one address | a hundred wrong passwords came from there: [`FailureLimit::network_failures`] |
//! | 429 for one user | too many wrong passwords: `Retry-After` says when it ends, `clear_failures` ends it now |
//! | 429 at a refresh or a logout | a client is in a loop, or tokens are short-lived and clients many: [`SessionLimit`] |
//! | 500 from an extractor | its text says which: the layer is missing, the route is public, or the handler names another user type than the lookup |
//! | a route is open, or shut, and should not be | [`AuthLayer::explain`] says what happens to its method and path |
//! | [`Identity::of`] is `None` on a guarded route | the handler names another user type than the lookup |
//! | 503, or 500 at login | the lookup failed: switch on the feature `tracing` to see why |
//! | a public route has a padlock in the OpenAPI document | the layer's part demands credentials of every operation: say `security(())` of that one |
//!
//! # Features
//!
//! | feature | default | |
//! |---|---|---|
//! | `aws-lc-rs` | yes | RSA, ECDSA and EdDSA keys; needs a C compiler |
//! | `rust-crypto` | | the same in pure Rust, several times slower; with both on, `aws-lc-rs` is used |
//! | `axum` | | extractors, and the client address from `ConnectInfo` |
//! | `tracing` | | events for grants, refusals and failures, which are silent without it, and spans of logins; never a secret in them |
//! | `metrics` | | counters, gauges and histograms through the `metrics` facade: install the recorder before the layer is built |
//! | `openapi` | | `AuthLayer::openapi`: the login routes as a `utoipa` document, to be merged into the application's own |
//! | `redis` | | `RedisStore`: sessions, revocations and counts for many servers, in Redis or Valkey |
//! | `redis-tls` | | `rediss://` for it, by `rustls` over `aws-lc-rs` |
//! | `test-util` | | for the tests of an application: a clock set by hand, tokens without a login, a layer that admits everybody |
//!
//! Without either of the first two, HMAC keys work and others are a [`BuildError`]. Features only add. The minimum
//! Rust is 1.88.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod admission;
#[cfg(feature = "axum")]
mod axum;
mod body;
mod builder;
mod challenge;
mod client_addr;
mod clock;
mod context;
mod credentials;
pub mod dialect;
mod endpoint;
mod endpoints;
mod error;
mod explain;
mod flight;
mod form;
mod future;
mod guard;
mod identity;
mod layer;
mod lookup;
#[cfg(feature = "openapi")]
mod openapi;
mod password;
mod placement;
mod recognition;
mod refuse;
mod rejection;
mod require;
mod requirement;
mod revocation;
mod routes;
mod secret;
mod service;
mod store;
mod subject;
mod telemetry;
#[cfg(feature = "test-util")]
pub mod test_util;
mod throttle;
mod ticket;
mod token;
mod token_cookie;
mod unwind;

#[cfg(feature = "axum")]
pub use crate::axum::{Claims, ClaimsRejection, MissingIdentity};
#[cfg(feature = "redis")]
pub use crate::store::{RedisBuilder, RedisStore};
pub use crate::{
    account::Account,
    body::ResponseBody,
    builder::AuthLayerBuilder,
    challenge::ErrorCode,
    client_addr::{ClientAddr, ForwardedHeader},
    clock::{Clock, SystemClock, Timestamp},
    endpoints::Endpoints,
    error::{BoxError, BuildError, BuildErrorKind},
    explain::Explained,
    future::ResponseFuture,
    identity::{CurrentUser, Identity, Scheme},
    layer::AuthLayer,
    lookup::{Identifier, Lookup, Query},
    password::{PasswordUpgrade, StoredPassword},
    rejection::{Rejection, RejectionKind},
    require::{Require, RequireLayer},
    requirement::Requirement,
    secret::Password,
    service::Auth,
    store::{
        Budget, Guess, InvalidSessionId, Listing, MemorySessions, MemoryThrottle, Opening, Rate, RateCount,
        RevocationList, Rotated, Rotation, Session, SessionId, SessionStore, StoreFuture, Successor, Tally,
        ThrottleKey, ThrottleStore, Verdict,
    },
    subject::Subject,
    throttle::{FailureLimit, SessionLimit},
    token::{Algorithm, HeaderOrder, SigningKey, TokenClaims, TokenKey, UserKey, VerifyingKey},
    token_cookie::{SameSite, TokenCookie},
};

/// The README's code compiles and runs as it stands there.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
struct Readme;
