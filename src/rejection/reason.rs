//! `Rejection`: one refused request, as the response's extensions carry it.

use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use http::StatusCode;

use super::{RejectionKind, kind::row};
use crate::{BoxError, Scheme, error_code::ErrorCode};

/// Seconds after which a client may try again when the service could not tell, or had no room.
pub(crate) const RETRY: u64 = 1;

/// Why a guarded route refused a request, and as its [`source`](StdError::source) the error behind it, if there is one.
/// A lookup's error is kept as text, in its `{:#}` form: it cannot be downcast, and its own sources are not in the
/// chain.
///
/// It travels in the extensions of every such refusal (a login route's carries a [`Refusal`](crate::dialect::Refusal)),
/// so that an outer layer counts or logs reasons without parsing bodies. Two words wide; it allocates only to carry
/// a source or a retry time. Prints no credential.
///
/// ```
/// use tower_auth::{Rejection, RejectionKind};
///
/// fn count(response: &http::Response<()>) -> Option<&'static str> {
///     Some(response.extensions().get::<Rejection>()?.kind().as_str())
/// }
/// # assert_eq!(count(&http::Response::new(())), None);
/// # let _ = RejectionKind::ExpiredToken;
/// ```
#[derive(Clone)]
pub struct Rejection {
    kind: RejectionKind,
    /// Whether a token was sent: only then is there something to say about it.
    by_token: bool,
    more: Option<Arc<More>>,
}

/// What a kind does not say.
struct More {
    /// Seconds after which to try again.
    retry_after: u64,
    source: Option<BoxError>,
}

impl Rejection {
    pub(crate) fn new(kind: RejectionKind) -> Self {
        Self::of(kind, true)
    }

    /// Somebody who showed a password, not a token.
    pub(crate) fn by_password(kind: RejectionKind) -> Self {
        Self::of(kind, false)
    }

    /// Somebody who failed too often, and may try again in so many seconds.
    pub(crate) fn throttled(retry_after: u64) -> Self {
        Self::of(RejectionKind::Throttled, false).with(retry_after, None)
    }

    /// A password that nobody has time to verify for so many seconds.
    pub(crate) fn overloaded(retry_after: u64) -> Self {
        Self::of(RejectionKind::Overloaded, false).with(retry_after, None)
    }

    /// The service could not tell about a token, or else about a password, because of `source`.
    pub(crate) fn unavailable(source: BoxError, by_token: bool) -> Self {
        Self::of(RejectionKind::Unavailable, by_token).with(RETRY, Some(source))
    }

    fn of(kind: RejectionKind, by_token: bool) -> Self {
        Self { kind, by_token, more: None }
    }

    fn with(self, retry_after: u64, source: Option<BoxError>) -> Self {
        Self { more: Some(Arc::new(More { retry_after, source })), ..self }
    }

    /// The scheme of what was shown; `None` when that cannot be said.
    pub(crate) fn scheme(&self) -> Option<Scheme> {
        match self.kind {
            RejectionKind::MissingCredentials
            | RejectionKind::UnsupportedScheme
            | RejectionKind::SeveralCredentials => None,
            RejectionKind::MalformedBasic => Some(Scheme::Basic),
            _ if self.by_token => Some(Scheme::Bearer),
            _ => Some(Scheme::Basic),
        }
    }

    /// Whether it is the service that failed, not the credentials.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self.kind, RejectionKind::Unavailable | RejectionKind::Overloaded)
    }

    /// The reason.
    pub fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The status of the neutral answer; a contract's own shape may have another.
    pub fn status(&self) -> StatusCode {
        self.kind().status()
    }

    /// The `error` of RFC 6750 §3.1; none when no token was sent.
    pub fn error_code(&self) -> Option<ErrorCode> {
        self.kind().code().filter(|_| self.by_token)
    }

    /// How long until to try again, in whole seconds, when that may help.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = match &self.more {
            Some(more) => Some(more.retry_after),
            None => (self.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY),
        };
        seconds.map(Duration::from_secs)
    }
}

/// A refusal as of somebody who showed a token, or nothing.
impl From<RejectionKind> for Rejection {
    fn from(kind: RejectionKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(row(self.kind()).detail)
    }
}

impl fmt::Debug for Rejection {
    /// Not the source: an application's error may quote what it was asked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

impl StdError for Rejection {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.more.as_ref()?.source.as_deref()?;
        Some(source)
    }
}
