//! `TokenKey`: what a token is called in a store.

use std::fmt;

use memchr::memrchr;

use super::{TokenClaims, digest::digest};

/// A digest that stands for one token: 128 bits, so that a store holds nothing anybody could log in with.
///
/// It is made of verified content only (RFC 4648 §3.5 allows several spellings of one text; strict decoding leaves one
/// spelling of the signed part): issuer, subject and `jti` where there is one, else the signed part. Never the
/// signature: of ECDSA there are two for every message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenKey([u8; 16]);

impl TokenKey {
    /// A key of these bytes: one read back from a remote store.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes, for a remote store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// What the token `token`, whose verified claims are `claims`, is called.
    pub(crate) fn of(token: &[u8], claims: &TokenClaims) -> Self {
        Self(claims.digest(|| match claims.token_id() {
            Some(id) => Self::of_id(claims.issuer().unwrap_or_default(), &claims.subject().to_string(), id).0,
            None => Self::of_signed_part(memrchr(b'.', token).and_then(|dot| token.get(..dot)).unwrap_or(token)).0,
        }))
    }

    /// What a token with a `jti` is called.
    pub(crate) fn of_id(issuer: &str, subject: &str, token_id: &str) -> Self {
        Self(digest(b"jti", &[issuer, subject, token_id].map(str::as_bytes)))
    }

    fn of_signed_part(signed: &[u8]) -> Self {
        Self(digest(b"jws", &[signed]))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey([digest])")
    }
}
