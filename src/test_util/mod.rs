//! For the tests of an application: everything that a test would otherwise log in for.
//!
//! - [`ManualClock`]: time that stands still until it is set
//! - [`AuthLayer::token_for`](crate::AuthLayer::token_for): a token without a login
//! - [`Admit`]: a layer that admits everybody as one account
//! - [`walk`]: which routes are public, optional, guarded or a contract's
//! - [`Grant::sample`](crate::dialect::Grant::sample), and the like of `Granted`, `Refused` and `GuardRefused`: what a
//!   contract of your own is asked
//!
//! Behind the feature `test-util`, which belongs under `[dev-dependencies]` and nowhere else: [`Admit`] asks nobody for
//! credentials.
//!
//! ```toml
//! [dev-dependencies]
//! tower-auth = { version = "0.1", features = ["test-util"] }
//! ```
//!
//! ```
//! use std::time::Duration;
//!
//! use bytes::Bytes;
//! use http::Request;
//! use http_body_util::Empty;
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_auth::{
//!     Account, Algorithm, AuthLayer, BoxError, Query, SigningKey, Timestamp,
//!     dialect::AuthToken,
//!     test_util::{ManualClock, walk},
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), BoxError> {
//! let clock = ManualClock::at(Timestamp::from_unix_seconds(1_700_000_000));
//! let auth = AuthLayer::builder()
//!     .key(SigningKey::generate(Algorithm::Hs256)?)
//!     .without(AuthToken::NAME)
//!     .public("GET /health")
//!     .clock(clock.clone())
//!     .build(async |_: Query| Ok::<_, BoxError>(Some(Account::new(1, "Ada"))))?;
//!
//! // What a stranger reaches, written down.
//! let routes = walk(&auth, ["GET /health", "GET /me", "POST /login"])?;
//! assert_eq!(routes.open(), ["GET /health"]);
//!
//! // A request as Ada, and one when her token has expired.
//! let token = auth.token_for(&Account::new(1, "Ada"))?;
//! let service = auth.layer(service_fn(async |_| Ok::<_, BoxError>(http::Response::new(Empty::<Bytes>::new()))));
//! let me = || Request::get("/me").header("authorization", format!("Bearer {token}")).body(Empty::<Bytes>::new());
//! assert_eq!(service.clone().oneshot(me()?).await?.status(), 200);
//! clock.advance(Duration::from_secs(31 * 24 * 3600));
//! assert_eq!(service.oneshot(me()?).await?.status(), 401);
//! # Ok(())
//! # }
//! ```

mod admit;
mod manual_clock;
mod samples;
mod tokens;
mod walk;

pub use admit::{Admit, Admitting};
pub use manual_clock::ManualClock;
pub use walk::{Walk, walk};
