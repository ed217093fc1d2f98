//! `CurrentUser<U>` as an extractor.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};

use super::missing::{MissingIdentity, NO_USER};
use crate::{current_user::CurrentUser, identity::Identity};

impl<S, U> FromRequestParts<S> for CurrentUser<U>
where
    S: Send + Sync,
    U: Send + Sync + 'static,
{
    type Rejection = MissingIdentity;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, MissingIdentity> {
        let identity = <Identity<U> as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        identity.current_user().ok_or(NO_USER)
    }
}

impl<S, U> OptionalFromRequestParts<S> for CurrentUser<U>
where
    S: Send + Sync,
    U: Send + Sync + 'static,
{
    type Rejection = MissingIdentity;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, MissingIdentity> {
        let identity = <Identity<U> as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        let Some(identity) = identity else { return Ok(None) };
        identity.current_user().map(Some).ok_or(NO_USER)
    }
}
