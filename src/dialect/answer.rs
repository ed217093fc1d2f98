//! `Answer`: what a dialect says, before the layer adds what every answer needs.

use std::fmt;

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, PRAGMA},
};
use serde::Serialize;

use crate::{store::RateCount, telemetry};

/// A status, a body and its type. The body may carry a token, and does not print.
///
/// The layer adds `Cache-Control` where a token is carried or ended, `Retry-After`, and `WWW-Authenticate` to every 401.
#[derive(Clone)]
pub struct Answer {
    response: Response<Bytes>,
}

impl Answer {
    /// A JSON body of type `application/json`, its members in the order in which `body` serializes them. When it does
    /// not serialize, the answer is an empty 500, and the event `auth.failed` says so.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let Ok(body) = serde_json::to_vec(body) else {
            telemetry::failed("a contract's answer does not serialize");
            return Self::empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        Self::new(status, HeaderValue::from_static("application/json"), body)
    }

    /// A body of any type.
    pub fn new(status: StatusCode, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let mut answer = Self::empty(status).header(CONTENT_TYPE, content_type);
        answer.response.headers_mut().remove(CONTENT_LENGTH);
        *answer.response.body_mut() = body.into();
        answer
    }

    /// No body, and `Content-Length: 0` to say so where a body could be (RFC 9110 §8.6: a 204 has none).
    pub fn empty(status: StatusCode) -> Self {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        let answer = Self { response };
        match status {
            StatusCode::NO_CONTENT => answer,
            _ => answer.header(CONTENT_LENGTH, HeaderValue::from_static("0")),
        }
    }

    /// Sets a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.response.headers_mut().insert(name, value);
        self
    }

    /// Sets the content type to `application/json; charset=utf-8`, as koa and Express write it.
    pub fn with_charset(self) -> Self {
        self.header(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))
    }

    /// Adds `X-RateLimit-Limit`, `-Remaining` and `-Reset` (unix seconds), when requests were counted.
    pub fn with_rate(self, count: Option<&RateCount>) -> Self {
        let Some(count) = count else { return self };
        let reset = count.resets_at.unix_millis().div_ceil(1000);
        self.header(HeaderName::from_static("x-ratelimit-limit"), count.rate.requests().into())
            .header(HeaderName::from_static("x-ratelimit-remaining"), count.remaining().into())
            .header(HeaderName::from_static("x-ratelimit-reset"), reset.into())
    }

    /// Kept by no cache, since it carries a token (RFC 6749 §5.1) or ends one.
    pub(crate) fn unstored(self) -> Self {
        self.header(CACHE_CONTROL, HeaderValue::from_static("no-store"))
            .header(PRAGMA, HeaderValue::from_static("no-cache"))
    }

    /// The response that this is, without what the layer adds: for tests of a contract.
    pub fn into_response(self) -> Response<Bytes> {
        self.response
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.response.status()).finish_non_exhaustive()
    }
}
