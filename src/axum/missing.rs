//! `MissingIdentity`: a mistake of the application's, said so that it can be mended.

use std::fmt;

use axum::{
    http::{Extensions, StatusCode},
    response::{IntoResponse, Response},
};

use crate::{admitted::Admitted, telemetry};

/// Why an extractor found nobody: a mistake in the application, which is why it is a 500. Its text says what to do, and
/// with the feature `tracing` so does the log. Never a 401: no client can mend it.
#[derive(Clone, Copy, Debug)]
pub struct MissingIdentity(&'static str);

const NO_LAYER: MissingIdentity = MissingIdentity(
    "a handler asked for an identity and no AuthLayer let this request in: add it with Router::layer after every route; \
     if this route is public, make it `.optional(…)` and take Option<CurrentUser<U>>, or ask for no identity",
);

const NOBODY: MissingIdentity = MissingIdentity(
    "a handler asked for an identity on an optional route or for a preflight, and the client sent no credentials: take an \
     Option",
);

pub(super) const OTHER_USER: MissingIdentity = MissingIdentity(
    "a handler asked for an identity with another user type than the lookup's: use the lookup's `User`",
);

pub(super) const NO_USER: MissingIdentity = MissingIdentity(
    "a handler asked for the user of a token and nobody was looked up: take Identity or Claims under claims_only()",
);

/// Somebody, where a handler cannot do without.
pub(super) fn required(extensions: &Extensions) -> Result<&Admitted, MissingIdentity> {
    match Admitted::of(extensions) {
        None => Err(NO_LAYER),
        Some(Admitted::Nobody | Admitted::Preflight) => Err(NOBODY),
        Some(somebody) => Ok(somebody),
    }
}

/// Somebody or nobody. A route without the layer cannot be told from a public one here, and has nobody.
pub(super) fn optional(extensions: &Extensions) -> Option<&Admitted> {
    required(extensions).ok()
}

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
