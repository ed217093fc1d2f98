//! The contract `auth_local` as Strapi 4 has it: its refusals, in the envelope `{"data":null,"error":{…}}`.

use http::StatusCode;
use serde::Serialize;

use super::{Answer, Refusal};
use crate::RejectionKind;

/// The answer of a login route.
pub(super) fn refusal(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::MissingUserId => missing("identifier", "identifier is a required field"),
        Refusal::MissingPassword => missing("password", "password is a required field"),
        Refusal::InvalidCredentials
        | Refusal::UnknownUser
        | Refusal::WrongPassword
        | Refusal::NoPassword
        | Refusal::NotText => error(StatusCode::BAD_REQUEST, "ValidationError", "Invalid identifier or password"),
        Refusal::UnconfirmedUser => {
            error(StatusCode::BAD_REQUEST, "ApplicationError", "Your account email is not confirmed")
        }
        Refusal::BlockedUser => {
            error(StatusCode::BAD_REQUEST, "ApplicationError", "Your account has been blocked by an administrator")
        }
        Refusal::Throttled => throttled(),
        Refusal::MissingToken => forbidden(),
        token if token.is_of_token() => unauthorized("Missing or invalid credentials"),
        other => {
            let (status, message) = other.plainly();
            error(status, &name(status), message)
        }
    }
}

/// The answer of a guarded route.
pub(super) fn guard_refusal(kind: RejectionKind) -> Answer {
    match kind {
        RejectionKind::MissingCredentials | RejectionKind::InsufficientScope | RejectionKind::CrossSite => forbidden(),
        RejectionKind::UnknownUser | RejectionKind::BlockedUser | RejectionKind::UnconfirmedUser => {
            unauthorized("Invalid credentials")
        }
        RejectionKind::Throttled => throttled(),
        RejectionKind::Unavailable | RejectionKind::Overloaded => {
            error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableError", "Service Unavailable")
        }
        _ => unauthorized("Missing or invalid credentials"),
    }
}

#[derive(Serialize)]
struct Envelope<'a, D> {
    /// Always null beside an error.
    data: (),
    error: Error<'a, D>,
}

#[derive(Serialize)]
struct Error<'a, D> {
    status: u16,
    name: &'a str,
    message: &'a str,
    details: D,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct Fields<'a> {
    errors: [Field<'a>; 1],
}

#[derive(Serialize)]
struct Field<'a> {
    path: [&'a str; 1],
    message: &'a str,
    name: &'a str,
}

fn missing(member: &str, message: &str) -> Answer {
    let name = "ValidationError";
    let details = Fields { errors: [Field { path: [member], message, name }] };
    detailed(StatusCode::BAD_REQUEST, name, message, details)
}

fn throttled() -> Answer {
    error(StatusCode::TOO_MANY_REQUESTS, "RateLimitError", "Too many requests, please try again later.")
}

fn forbidden() -> Answer {
    error(StatusCode::FORBIDDEN, "ForbiddenError", "Forbidden")
}

fn unauthorized(message: &str) -> Answer {
    error(StatusCode::UNAUTHORIZED, "UnauthorizedError", message)
}

fn error(status: StatusCode, name: &str, message: &str) -> Answer {
    detailed(status, name, message, Nothing {})
}

fn detailed(status: StatusCode, name: &str, message: &str, details: impl Serialize) -> Answer {
    let error = Error { status: status.as_u16(), name, message, details };
    Answer::json(status, &Envelope { data: (), error })
}

/// What Strapi calls a failure that it has no class for: `PayloadTooLargeError`, `InternalServerError`.
fn name(status: StatusCode) -> String {
    let words: String = status.canonical_reason().unwrap_or_default().split(' ').collect();
    if words.ends_with("Error") { words } else { words + "Error" }
}
