//! `Reply`: an answer, read to its end, and what has to be true of each.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::CACHE_CONTROL, header::CONTENT_TYPE, header::WWW_AUTHENTICATE};
use tower_auth::{Rejection, dialect::Refusal};

use crate::door::INNER;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its header section.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    pub(crate) reason: Option<&'static str>,
}

impl Reply {
    /// Whether the inner service answered, and as whom it was asked.
    pub fn inner(&self) -> Option<&str> {
        (self.status == INNER).then(|| std::str::from_utf8(&self.body).expect("the inner service answers in ASCII"))
    }

    /// The token that a login or a refresh granted.
    pub fn token(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        let token = body.get("token").or_else(|| body.get("jwt"))?.as_str()?;
        self.status.is_success().then(|| token.to_owned())
    }

    /// What is true of every answer, whatever was asked.
    pub(crate) fn check(&self) {
        assert!(!self.status.is_server_error(), "nothing failed, and yet: {self:?}");
        if self.inner().is_some() {
            return;
        }
        if self.status == StatusCode::UNAUTHORIZED {
            assert!(self.headers.contains_key(WWW_AUTHENTICATE), "a 401 without a challenge: {self:?}");
        }
        let refused = self.status.is_client_error() || self.headers.contains_key("grpc-status");
        assert_eq!(refused, self.reason.is_some(), "a refusal has its reason, and only a refusal: {self:?}");
        if self.token().is_some() {
            assert_eq!(self.headers.get(CACHE_CONTROL).map(|value| value.as_bytes()), Some(&b"no-store"[..]));
        }
        let media_type = self.headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
        if memchr::memmem::find(media_type, b"json").is_some() && !self.body.is_empty() {
            let json: Result<serde_json::Value, _> = serde_json::from_slice(&self.body);
            assert!(json.is_ok(), "it calls itself JSON: {self:?}");
        }
    }

    /// A refusal shows nothing of what was sent. Only for what is long enough to occur by no chance.
    pub fn shows_nothing_of(&self, sent: &[u8]) {
        if sent.len() < 12 || !self.status.is_client_error() {
            return;
        }
        let shown = |text: &[u8]| memchr::memmem::find(text, sent).is_some();
        let in_a_field = self.headers.values().any(|value| shown(value.as_bytes()));
        assert!(!shown(&self.body) && !in_a_field, "it shows what was sent: {self:?}");
    }
}

/// Why it was refused, as the layer left it in the extensions.
pub(crate) fn reason(extensions: &http::Extensions) -> Option<&'static str> {
    let at_guard = extensions.get::<Rejection>().map(|_| "rejection");
    at_guard.or_else(|| extensions.get::<Refusal>().map(|_| "refusal"))
}
