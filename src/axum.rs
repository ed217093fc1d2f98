//! Extractors for axum handlers.

use std::fmt;

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};

use crate::{
    identity::{CurrentUser, Identity},
    telemetry,
};

/// Why an extractor found nobody: a mistake in the application, which is why it is a 500. Its text says what to do.
///
/// On a guarded route there is an identity, always. There is none when the layer does not wrap the route, when the
/// route is public or optional (take an `Option`), or when the handler names another user type than the lookup.
#[derive(Clone, Copy, Debug)]
pub struct MissingIdentity(&'static str);

impl IntoResponse for MissingIdentity {
    fn into_response(self) -> Response {
        telemetry::failed(self.0);
        (StatusCode::INTERNAL_SERVER_ERROR, self.0).into_response()
    }
}

impl fmt::Display for MissingIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for MissingIdentity {}

const NO_IDENTITY: MissingIdentity = MissingIdentity(
    "a handler asked for an identity and there is none: add the AuthLayer with Router::layer after every route, \
     name the lookup's own user type, and take an Option on public and optional routes",
);

const NO_USER: MissingIdentity = MissingIdentity(
    "a handler asked for the user of a token and nobody was looked up: take Identity under claims_only()",
);

impl<S, U> FromRequestParts<S> for Identity<U>
where
    S: Send + Sync,
    U: Send + Sync + 'static,
{
    type Rejection = MissingIdentity;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingIdentity> {
        Self::of(&parts.extensions).cloned().ok_or(NO_IDENTITY)
    }
}

impl<S, U> OptionalFromRequestParts<S> for Identity<U>
where
    S: Send + Sync,
    U: Send + Sync + 'static,
{
    type Rejection = MissingIdentity;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, MissingIdentity> {
        Ok(Self::of(&parts.extensions).cloned())
    }
}

impl<S, U> FromRequestParts<S> for CurrentUser<U>
where
    S: Send + Sync,
    U: Send + Sync + 'static,
{
    type Rejection = MissingIdentity;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingIdentity> {
        let identity = Identity::of(&parts.extensions).ok_or(NO_IDENTITY)?;
        identity.current_user().ok_or(NO_USER)
    }
}

impl<S, U> OptionalFromRequestParts<S> for CurrentUser<U>
where
    S: Send + Sync,
    U: Send + Sync + 'static,
{
    type Rejection = MissingIdentity;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, MissingIdentity> {
        match Identity::of(&parts.extensions) {
            None => Ok(None),
            Some(identity) => identity.current_user().map(Some).ok_or(NO_USER),
        }
    }
}
