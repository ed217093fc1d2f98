//! A `Rejection` as a handler's answer: the neutral form, for who checks inside a handler.

use axum::{
    body::Body,
    http::{
        StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};

use crate::{challenge::unchallenged, error_code::ErrorCode, refuse::problem, rejection::Rejection};

impl IntoResponse for Rejection {
    /// An RFC 9457 problem, with the challenge of RFC 6750. It names no realm, which is the layer's to name.
    fn into_response(self) -> Response {
        let mut response = problem(&self, unchallenged()).map(Body::from);
        let (status, code) = (response.status(), self.error_code());
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED || code.is_some() {
            headers.insert(WWW_AUTHENTICATE, ErrorCode::challenge(code));
        }
        if let Some(time) = self.retry_after() {
            headers.insert(RETRY_AFTER, time.as_secs().into());
        }
        response.extensions_mut().insert(self);
        response
    }
}
