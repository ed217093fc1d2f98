//! `ErrorCode`: what a challenge says is wrong.

use std::fmt;

#[cfg(feature = "axum")]
use http::HeaderValue;

/// The `error` of RFC 6750 §3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `invalid_request`: the request itself is malformed. Status 400.
    InvalidRequest,
    /// `invalid_token`: the token is malformed, expired, revoked or otherwise void. Status 401.
    InvalidToken,
    /// `insufficient_scope`: the token is good, and not for this. Status 403.
    InsufficientScope,
}

impl ErrorCode {
    /// The code as challenges spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
        }
    }

    /// A challenge for Bearer with this code or with none, of no realm.
    #[cfg(feature = "axum")]
    pub(crate) fn challenge(code: Option<Self>) -> HeaderValue {
        HeaderValue::from_static(match code {
            None => "Bearer",
            Some(Self::InvalidRequest) => r#"Bearer error="invalid_request""#,
            Some(Self::InvalidToken) => r#"Bearer error="invalid_token""#,
            Some(Self::InsufficientScope) => r#"Bearer error="insufficient_scope""#,
        })
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
