//! The contract's answer, with what every answer needs. Requests are answered here, and the OpenAPI document is written
//! from the same answers.

use bytes::Bytes;
use http::{
    Response, StatusCode,
    header::{RETRY_AFTER, SET_COOKIE},
};

use crate::{
    challenge::Challenges,
    clock::Timestamp,
    dialect::{Dialect, Granted, Refusal, Refused},
    error_code::ErrorCode,
    rejection::RETRY,
    token_cookie::TokenCookie,
};

/// The answer that carries a token, in a cookie too where one is kept.
pub(crate) fn granted(
    dialect: &dyn Dialect,
    granted: &Granted<'_>,
    cookie: Option<&TokenCookie>,
    now: Timestamp,
) -> Response<Bytes> {
    let mut response = dialect.granted(granted).unstored().into_response();
    let left = granted.grant.expires_at.unix_seconds().saturating_sub(now.unix_seconds());
    if let Some(cookie) = cookie.and_then(|cookie| cookie.set(granted.token, left)) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The answer to a logout, which no cache gives to the next who asks, and which clears the cookie where one is kept.
pub(crate) fn logged_out(dialect: &dyn Dialect, cookie: Option<&TokenCookie>) -> Response<Bytes> {
    let mut response = dialect.logged_out().unstored().into_response();
    if let Some(cookie) = cookie.and_then(TokenCookie::clear) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The answer to a refused or failed request; `retry_after` is in how many seconds it may be tried again, where that is
/// known.
pub(crate) fn refused(
    dialect: &dyn Dialect,
    challenges: &Challenges,
    refused: &Refused<'_>,
    retry_after: Option<u64>,
) -> Response<Bytes> {
    let refusal = refused.refusal;
    let mut response = dialect.refused(refused).into_response();
    let retry_after = match refusal {
        Refusal::Throttled => retry_after.or_else(|| Some(refused.rate?.retry_after(refused.now).as_secs())),
        Refusal::Overloaded | Refusal::Unavailable => retry_after.or(Some(RETRY)),
        _ => None,
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        // RFC 9110 §15.5.2: a 401 offers a challenge.
        let code = refusal.is_of_token().then_some(ErrorCode::InvalidToken);
        challenges.add(code, true, response.headers_mut());
    }
    response.extensions_mut().insert(refusal);
    response
}
