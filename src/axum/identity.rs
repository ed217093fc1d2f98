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
        Self::of_admitted(required(&parts.extensions)?).ok_or(OTHER_USER)
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
        Self::of_admitted(admitted).map(Some).ok_or(OTHER_USER)
    }
}
