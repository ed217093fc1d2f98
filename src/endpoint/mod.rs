//! The login routes. Rare and slow by nature, so plain `async fn`, boxed once.
//!
//! - `serve`: one request to one endpoint, from its parts to the contract's answer
//! - `login`, `exchange`, `refresh`, `logout`: the operations
//! - `visit`: the request, as the operations see it
//! - `session`: what begins with a login; `sent`: the token that a request is about
//! - `mint`: a token in the contract's words; `limit`: counting requests
//! - `answer`: the contract's answer, with what every answer needs

mod answer;
mod exchange;
mod limit;
mod login;
mod logout;
mod mint;
mod refresh;
mod sent;
mod serve;
mod session;
mod visit;

#[cfg(feature = "openapi")]
pub(crate) use answer::{granted, logged_out, refused};
#[cfg(feature = "test-util")]
pub(crate) use mint::token_for;
pub(crate) use serve::serve;
