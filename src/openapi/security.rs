//! The security schemes: how credentials are sent. One more source of tokens is one more line in `tokens`.

use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};

use super::specimen::Specimen;
use crate::{
    context::Context,
    credentials::{Sources, TICKET},
    dialect::Operation,
};

const BEARER: &str = "bearer";
const BASIC: &str = "basic";

/// A scheme under its name. Those of sources are called as the builder calls them.
type Named = (String, SecurityScheme);

/// The schemes that are served.
pub(super) fn schemes<L>(context: &Context<L>) -> Vec<Named> {
    let mut schemes = tokens(&context.sources);
    schemes.extend(for_websockets(&context.sources));
    let exchanges = context.routes.endpoints().iter().any(|served| served.operation == Operation::Exchange);
    if context.guard.accepts_basic || exchanges {
        schemes.push((BASIC.into(), SecurityScheme::Http(basic())));
    }
    schemes
}

/// What every route needs that is neither a login nor public: one of these.
pub(super) fn guarded<L>(context: &Context<L>) -> Vec<SecurityRequirement> {
    let mut any = of_tickets(context);
    any.extend(requirements(for_websockets(&context.sources)));
    any
}

/// What the ticket route needs: what every guarded route does. It opens no WebSocket.
pub(super) fn of_tickets<L>(context: &Context<L>) -> Vec<SecurityRequirement> {
    let mut any = requirements(tokens(&context.sources));
    if context.guard.accepts_basic {
        any.push(requirement(BASIC));
    }
    any
}

/// What a login route needs: nothing, where the credentials are in the body or in the path.
pub(super) fn of_endpoint<L>(specimen: &Specimen<'_, L>) -> Vec<SecurityRequirement> {
    match specimen.served.operation {
        // It reads `Authorization` and no other source.
        Operation::Exchange => vec![requirement(BASIC), requirement(BEARER)],
        Operation::Refresh | Operation::Logout if !specimen.served.takes_token() => {
            requirements(tokens(&specimen.context.sources))
        }
        Operation::Login | Operation::Refresh | Operation::Logout => Vec::new(),
    }
}

/// How any request sends a token; as Bearer first.
fn tokens(sources: &Sources) -> Vec<Named> {
    let mut named = vec![(BEARER.into(), SecurityScheme::Http(bearer()))];
    if sources.bare {
        let description = "The same token, without a scheme.";
        named.push(("bare_token".into(), key(ApiKey::Header, "Authorization", description)));
    }
    let whole = "The same token, as the whole value.";
    let in_headers = sources.headers.iter().map(|name| key(ApiKey::Header, name, whole));
    named.extend(numbered("token_header", in_headers));
    let in_queries = sources.queries.iter().map(|name| key(ApiKey::Query, name, whole));
    named.extend(numbered("token_query", in_queries));
    let in_cookie = sources.cookie.iter().map(|cookie| key(ApiKey::Cookie, cookie.name(), &of_cookie(sources)));
    named.extend(numbered("token_cookie", in_cookie));
    named
}

/// How a request for a WebSocket sends a credential, besides: OpenAPI cannot say that no other request does.
fn for_websockets(sources: &Sources) -> Vec<Named> {
    let mut named = Vec::new();
    if sources.protocol {
        let description = "Of a request for a WebSocket, and of no other: the token is the member behind `bearer`, \
                           as in `chat.v1, bearer, <token>`.";
        named.push(("websocket_token".into(), key(ApiKey::Header, "Sec-WebSocket-Protocol", description)));
    }
    if sources.tickets {
        let description = "Of a request for a WebSocket, and of no other: a ticket. It counts once.";
        named.push(("ticket".into(), key(ApiKey::Query, TICKET, description)));
    }
    named
}

/// Of several by one name, the second is numbered.
fn numbered(name: &str, schemes: impl Iterator<Item = SecurityScheme>) -> impl Iterator<Item = Named> {
    (1..).zip(schemes).map(move |(number, scheme)| match number {
        1 => (name.to_owned(), scheme),
        number => (format!("{name}_{number}"), scheme),
    })
}

fn of_cookie(sources: &Sources) -> String {
    let own = "The same token, as logins and refreshes set it. By other methods than GET, HEAD, OPTIONS and TRACE, and \
               with any request for an upgrade, it counts only when the browser says that a page of the service's own \
               sent the request";
    let trusted: Vec<_> = sources.trusted_origins.iter().map(|origin| format!("`{origin}`")).collect();
    if trusted.is_empty() { format!("{own}.") } else { format!("{own}, or one of {}.", trusted.join(", ")) }
}

fn requirements(named: Vec<Named>) -> Vec<SecurityRequirement> {
    named.into_iter().map(|(name, _)| requirement(&name)).collect()
}

fn requirement(scheme: &str) -> SecurityRequirement {
    SecurityRequirement::new(scheme, [""; 0])
}

fn key(place: fn(ApiKeyValue) -> ApiKey, name: &str, description: &str) -> SecurityScheme {
    SecurityScheme::ApiKey(place(ApiKeyValue::with_description(name, description)))
}

fn bearer() -> Http {
    let description = "A token of any of the login contracts.";
    HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(description)).build()
}

fn basic() -> Http {
    HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some("User name and password, in UTF-8.")).build()
}
