//! `Claims<T>`: the claims of a token, as a handler takes them.

use std::fmt;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;

use super::missing::{MissingIdentity, optional, required};
use crate::{
    TokenClaims,
    rejection::{Rejection, RejectionKind},
};

/// The claims of the token that a request was admitted by, read as a type of the application's.
///
/// They are verified, so their shape is a matter between issuer and application. It costs one parse of the claims; the
/// registered ones are at hand without it in [`TokenClaims`].
///
/// # Errors
///
/// As an extractor it refuses a request admitted by Basic, which has no claims (401, offering Bearer), and a token
/// whose claims do not have the shape of `T` (401 `invalid_token`). Where no layer let the request in it is the 500 of
/// [`MissingIdentity`]. An `Option<Claims<T>>` is `None` for nobody and for Basic.
///
/// ```
/// use tower_auth::Claims;
///
/// #[derive(serde::Deserialize)]
/// struct Tenant {
///     tenant: String,
/// }
///
/// async fn handler(Claims(claims): Claims<Tenant>) -> String {
///     claims.tenant
/// }
/// # let _ = handler;
/// ```
#[derive(Clone, Copy)]
pub struct Claims<T>(pub T);

/// Why an extractor found no claims.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClaimsRejection {
    /// The application's mistake: nobody was let in by a layer.
    MissingIdentity(MissingIdentity),
    /// The client's: no token, or one without these claims.
    Refused(Rejection),
}

impl<T: DeserializeOwned> Claims<T> {
    fn read(claims: &TokenClaims) -> Result<Self, ClaimsRejection> {
        claims.get().map(Self).map_err(|_| ClaimsRejection::Refused(RejectionKind::MissingClaim.into()))
    }
}

impl<S, T> FromRequestParts<S> for Claims<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ClaimsRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ClaimsRejection> {
        let admitted = required(&parts.extensions).map_err(ClaimsRejection::MissingIdentity)?;
        let by_basic = || ClaimsRejection::Refused(Rejection::by_password(RejectionKind::UnsupportedScheme));
        Self::read(admitted.claims().ok_or_else(by_basic)?)
    }
}

impl<S, T> OptionalFromRequestParts<S> for Claims<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ClaimsRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, ClaimsRejection> {
        let claims = optional(&parts.extensions).and_then(|admitted| admitted.claims());
        claims.map(Self::read).transpose()
    }
}

impl IntoResponse for ClaimsRejection {
    fn into_response(self) -> Response {
        match self {
            Self::MissingIdentity(missing) => missing.into_response(),
            Self::Refused(rejection) => rejection.into_response(),
        }
    }
}

impl<T> fmt::Debug for Claims<T> {
    /// Not the claims: they may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").finish_non_exhaustive()
    }
}

impl fmt::Display for ClaimsRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingIdentity(missing) => missing.fmt(f),
            Self::Refused(rejection) => rejection.fmt(f),
        }
    }
}

impl std::error::Error for ClaimsRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::MissingIdentity(missing) => missing.source(),
            Self::Refused(rejection) => rejection.source(),
        }
    }
}
