//! JSON Web Tokens: RFC 7515 (JWS), RFC 7518 (JWA), RFC 7519 (JWT), held to RFC 8725.
//!
//! - `keys`: a key and the one algorithm it is bound to; `material` judges it first, out of `pem` and `der`; `key_ring`
//!   has all of them, and `recipients` for whom their tokens have to be
//! - `verify`: the hot path, from the text of a token to claims that may be trusted
//! - `token_cache`: tokens that were verified a moment ago
//! - `header`, `registered`: the two JSON objects of a token, read strictly by `json`, or in one walk where they are
//!   `plain`
//! - `claims`: what is kept of a token that was admitted
//! - `sign`: issuing; `token_id`: its `jti`; `token_key`, `user_key`: what a token and a user are called in a store
//! - `mac`, `backend`: the cryptography, prepared once
//!
//! jsonwebtoken reads keys and signs. It is not a policy: what is accepted is decided here.

mod algorithm;
mod backend;
mod claims;
mod der;
mod digest;
mod header;
mod json;
mod key_ring;
mod keys;
mod mac;
mod material;
mod pem;
mod plain;
mod recipients;
mod registered;
mod sign;
mod token_cache;
mod token_id;
mod token_key;
mod user_key;
mod verify;

pub use algorithm::{Algorithm, InvalidAlgorithm};
pub use claims::TokenClaims;
pub use keys::{SigningKey, VerifyingKey};
pub use sign::HeaderOrder;
pub use token_key::TokenKey;
pub use user_key::UserKey;

pub(crate) use key_ring::KeyRing;
pub(crate) use registered::may_be_refreshed;
pub(crate) use sign::{sign, sign_ticket};
#[cfg(feature = "openapi")]
pub(crate) use sign::{specimen, specimen_ticket};
pub(crate) use token_cache::{CacheLimits, TokenCache};
pub(crate) use token_id::token_id;
pub(crate) use verify::{Fault, TokenPolicy, Window};
