//! The login routes. Rare and slow by nature, so plain `async fn`, boxed once.
//!
//! - `serve`: one request to one endpoint, from its parts to the contract's answer
//! - `login`, `exchange`, `refresh`: the three operations
//! - `visit`: the request, as the operations see it
//! - `mint`: a token in the contract's words; `limit`: counting requests

mod exchange;
mod limit;
mod login;
mod mint;
mod refresh;
mod serve;
mod visit;

#[cfg(feature = "test-util")]
pub(crate) use mint::token_for;
pub(crate) use serve::serve;
