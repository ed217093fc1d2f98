//! `Identity<U>` as an extractor.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};

use super::missing::{MissingIdentity, OTHER_USER, optional, required};
use crate::identity::Identity;

impl<S, U> FromRequestParts<S> for Identity<U>
where
    S: Send + Sync,
    U: Send + Sync + 'static,
{
    type Rejection = MissingIdentity;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingIdentity> {
        required(&parts.extensions)?.identity().ok_or(OTHER_USER)
    }
}

impl<S, U> OptionalFromRequestParts<S> for Identity<U>
where
    S: Send + Sync,
    U: Send + Sync + 'static,
{
    type Rejection = MissingIdentity;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, MissingIdentity> {
        let Some(admitted) = optional(&parts.extensions) else { return Ok(None) };
        admitted.identity().map(Some).ok_or(OTHER_USER)
    }
}
