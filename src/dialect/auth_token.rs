//! The contract `auth_token`: `POST /api/auth/token`, as a Spring Boot API serves it.

use std::time::{Duration, SystemTime};

use http::{Method, StatusCode};
use humantime::format_rfc3339_millis;
use serde::Serialize;

use super::{Answer, Dialect, Endpoint, Grant, Granted, GuardRefused, HeaderOrder, Issue, Operation, Refusal, Refused};
use crate::{Algorithm, BoxError, RejectionKind, Timestamp};

/// `POST /api/auth/token` with `Authorization: Basic` or `Bearer`, answered by `{"isSuccess":true,"token"}`.
///
/// | | |
/// |---|---|
/// | **Route** | `POST /api/auth/token` |
/// | **Accepts** | `Authorization: Basic` (UTF-8), or a valid `Bearer`, which is renewed; the body is ignored |
/// | **Grants** | 200 `{"isSuccess":true,"token"}` |
/// | **Refuses** | 403, empty, whatever the reason; 500 `{"timestamp","status","error","path"}` when something inside fails |
/// | **Claims** | RS256: `sub` (text), `iss`, `exp`, `iat`; 7 200 s (2 hours) |
///
/// It has no logout: its document has one route, which answers every refusal alike, and clients that end by letting a
/// token of two hours lapse. [`AuthLayer::revoke_family`](crate::AuthLayer::revoke_family) ends one from a handler.
///
/// ```
/// use std::time::Duration;
///
/// use tower_auth::dialect::AuthToken;
///
/// let contract = AuthToken::new().issuer("NomicGameManager.Api").lifetime(Duration::from_secs(900));
/// # let _ = contract;
/// ```
#[derive(Clone, Debug)]
pub struct AuthToken {
    path: String,
    issue: Issue,
}

impl Default for AuthToken {
    fn default() -> Self {
        let mut issue = Issue::new(Algorithm::Rs256, HeaderOrder::TypeFirst, Duration::from_secs(7_200));
        issue.issuer = Some("tower-auth".into());
        Self { path: "/api/auth/token".into(), issue }
    }
}

impl AuthToken {
    /// The contract's name.
    pub const NAME: &'static str = "auth_token";

    /// The contract as documented.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves it. Defaults to `/api/auth/token`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets how long tokens live, in whole seconds. Defaults to 2 hours.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.issue.lifetime = lifetime;
        self
    }

    /// Sets the claim `iss`, unless the builder sets one for all. Defaults to `tower-auth`.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issue.issuer = Some(issuer.into());
        self
    }

    /// Sets the algorithm that signs. Defaults to RS256.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.issue.algorithm = algorithm;
        self
    }

    /// Sets the name of the key that signs. Defaults to the key of the algorithm that was added last.
    pub fn key_id(mut self, key_id: impl Into<String>) -> Self {
        self.issue.key_id = Some(key_id.into());
        self
    }
}

impl Dialect for AuthToken {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        vec![Endpoint::new(Method::POST, &*self.path, Operation::Exchange)]
    }

    fn issue(&self) -> Issue {
        self.issue.clone()
    }

    fn claims(&self, grant: &Grant<'_>) -> Result<Vec<u8>, BoxError> {
        let claims = Claims {
            sub: &grant.subject.to_string(),
            iss: grant.issuer,
            exp: grant.expires_at,
            iat: grant.issued_at,
            aud: grant.audience,
        };
        Ok(serde_json::to_vec(&claims)?)
    }

    fn granted(&self, granted: &Granted<'_>) -> Answer {
        let body = Body { is_success: true, token: granted.token };
        Answer::json(StatusCode::OK, &body)
    }

    fn refused(&self, refused: &Refused<'_>) -> Answer {
        match refused.refusal {
            Refusal::Failed => failure(StatusCode::INTERNAL_SERVER_ERROR, refused.path, refused.now),
            Refusal::Overloaded | Refusal::Unavailable => {
                failure(StatusCode::SERVICE_UNAVAILABLE, refused.path, refused.now)
            }
            Refusal::Throttled => Answer::empty(StatusCode::TOO_MANY_REQUESTS),
            _ => Answer::empty(StatusCode::FORBIDDEN),
        }
    }

    fn guard_refused(&self, refused: &GuardRefused<'_>) -> Option<Answer> {
        Some(match refused.kind {
            RejectionKind::Unavailable | RejectionKind::Overloaded => {
                failure(StatusCode::SERVICE_UNAVAILABLE, refused.path, refused.now)
            }
            RejectionKind::Throttled => Answer::empty(StatusCode::TOO_MANY_REQUESTS),
            _ => Answer::empty(StatusCode::FORBIDDEN),
        })
    }
}

/// The answer to a login that is granted.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "isSuccess")]
    is_success: bool,
    token: &'a str,
}

/// The answer when something inside fails.
#[derive(Serialize)]
struct Failure<'a> {
    timestamp: String,
    status: u16,
    error: &'static str,
    path: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    iss: Option<&'a str>,
    exp: Timestamp,
    iat: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

fn failure(status: StatusCode, path: &str, now: Timestamp) -> Answer {
    let error = status.canonical_reason().unwrap_or_default();
    Answer::json(status, &Failure { timestamp: timestamp(now), status: status.as_u16(), error, path })
}

/// `2023-02-24T21:29:15.137+00:00`: three digits of fraction, and the offset in figures.
fn timestamp(now: Timestamp) -> String {
    let utc = format_rfc3339_millis(SystemTime::from(now)).to_string();
    format!("{}+00:00", utc.trim_end_matches('Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_written_as_the_document_writes_them() {
        let at = |millis| timestamp(Timestamp::from_unix_millis(millis));
        assert_eq!(at(1_677_274_155_137), "2023-02-24T21:29:15.137+00:00");
        assert_eq!(at(1_709_164_800_000), "2024-02-29T00:00:00.000+00:00");
        assert_eq!(at(0), "1970-01-01T00:00:00.000+00:00");
        assert_eq!(at(u64::MAX).len(), 29);
    }
}
