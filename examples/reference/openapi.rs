//! The OpenAPI document: the two routes of this server's own, and the layer's.

use tower_auth::AuthLayer;
use utoipa::{
    OpenApi,
    openapi::{Info, OpenApiBuilder},
};

/// Whether the server is up. Public.
#[utoipa::path(
    get,
    path = "/health",
    tag = "reference",
    security(()),
    responses((status = 200, description = "It is", body = Health))
)]
#[expect(dead_code, reason = "`inner.rs` answers")]
fn health() {}

/// The user who asks. Guarded, as everything is that is not public.
#[utoipa::path(
    get,
    path = "/users/me",
    tag = "reference",
    responses(
        (status = 200, body = serde_json::Value, description = "The user, without secret members"),
        (status = 400, description = "More than one credential"),
        (status = 401, description = "No credentials, or bad ones"),
        (status = 403, description = "The same, under `AUTH_LIKE`; or a cookie that another site's page sent"),
        (status = 429, description = "Too many wrong passwords"),
        (status = 503, description = "The lookup failed"),
    )
)]
#[expect(dead_code, reason = "`inner.rs` answers")]
fn me() {}

#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "`inner.rs` answers")]
struct Health {
    #[schema(examples("ok"))]
    status: String,
}

#[derive(OpenApi)]
#[openapi(paths(health, me), components(schemas(Health)))]
struct Own;

/// The document, as JSON.
///
/// # Errors
///
/// When it does not serialize.
pub fn json<L>(auth: &AuthLayer<L>) -> Result<String, serde_json::Error> {
    let info = Info::new("tower-auth reference", env!("CARGO_PKG_VERSION"));
    let own = OpenApiBuilder::from(Own::openapi()).info(info).build();
    own.merge_from(auth.openapi()).to_json()
}
