//! The security schemes: how credentials are sent. One more way to send a token is one more line in `schemes` and in
//! `guarded`.

use utoipa::openapi::security::{Http, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};

use super::specimen::Specimen;
use crate::{context::Context, dialect::Operation};

const BEARER: &str = "bearer";
const BASIC: &str = "basic";

/// The schemes that are served, each with its name.
pub(super) fn schemes<L>(context: &Context<L>) -> Vec<(&'static str, SecurityScheme)> {
    let mut schemes = vec![(BEARER, SecurityScheme::Http(bearer()))];
    let exchanges = context.routes.endpoints().iter().any(|served| served.operation == Operation::Exchange);
    if context.guard.accepts_basic || exchanges {
        schemes.push((BASIC, SecurityScheme::Http(basic())));
    }
    schemes
}

/// What every route needs that is neither a login nor public: one of these.
pub(super) fn guarded<L>(context: &Context<L>) -> Vec<SecurityRequirement> {
    let mut any = vec![requirement(BEARER)];
    if context.guard.accepts_basic {
        any.push(requirement(BASIC));
    }
    any
}

/// What a login route needs: nothing, where the credentials are in the body or in the path.
pub(super) fn of_endpoint<L>(specimen: &Specimen<'_, L>) -> Vec<SecurityRequirement> {
    match specimen.served.operation {
        Operation::Exchange => vec![requirement(BASIC), requirement(BEARER)],
        Operation::Refresh | Operation::Logout if !specimen.served.takes_token() => vec![requirement(BEARER)],
        Operation::Login | Operation::Refresh | Operation::Logout => Vec::new(),
    }
}

fn requirement(scheme: &str) -> SecurityRequirement {
    SecurityRequirement::new(scheme, [""; 0])
}

fn bearer() -> Http {
    let description = "A token of any of the login contracts.";
    HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(description)).build()
}

fn basic() -> Http {
    HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some("User name and password, in UTF-8.")).build()
}
