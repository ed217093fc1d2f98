//! `AuthLayer::openapi`.

use http::Method;
use utoipa::openapi::{
    ComponentsBuilder, HttpMethod, Info, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Tag, tag::TagBuilder,
};

use super::{operation::operation, security, specimen::Specimen, tickets::tickets};
use crate::{AuthLayer, dialect::Dialect};

impl<L> AuthLayer<L> {
    /// The login routes as an OpenAPI 3.1 document, to be merged into the application's own.
    ///
    /// It has what is configured and nothing else: each endpoint at its path and the route of
    /// [`tickets`](crate::AuthLayerBuilder::tickets), what it reads, every answer it can give with its headers, an
    /// example and a schema, and the security schemes. The answers are the contracts' own, given to sample values, also
    /// those of a [`Dialect`] of the application's; no key signs the sample tokens.
    ///
    /// Of the schemes there are always `bearer` and, where it is accepted, `basic`; and as far as the builder names
    /// them as [sources](crate::guide::routes#where-tokens-come-from) `bare_token`, `token_header`, `token_query` and
    /// `token_cookie` (of several headers or parameters the second is `token_header_2` or `token_query_2`),
    /// `websocket_token` and `ticket`. The last two count with requests for a WebSocket only, which OpenAPI cannot say
    /// but in words.
    ///
    /// As the layer guards every route that no rule lets through, the document demands one of the schemes of every
    /// operation, also of those it is merged with. Say of a public one that it needs none: `security(())`.
    ///
    /// Left out is an endpoint whose method OpenAPI 3.1 does not know. Costs a few thousand allocations; make it once.
    ///
    /// # Examples
    ///
    /// ```
    /// use tower_auth::{Account, Algorithm, AuthLayer, BoxError, Query, SigningKey, dialect::AuthToken};
    /// use utoipa::OpenApi;
    ///
    /// /// Health, for the load balancer.
    /// #[utoipa::path(get, path = "/health", responses((status = 200, body = String)), security(()))]
    /// async fn health() -> &'static str {
    ///     "ok"
    /// }
    ///
    /// #[derive(OpenApi)]
    /// #[openapi(info(title = "Shop", version = "2.1.0"), paths(health))]
    /// struct Shop;
    ///
    /// let auth = AuthLayer::builder()
    ///     .key(SigningKey::generate(Algorithm::Hs256)?)
    ///     .without(AuthToken::NAME)
    ///     .mount("/api/v2")
    ///     .public("/openapi.json")
    ///     .build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None))?;
    ///
    /// let mut document = Shop::openapi();
    /// document.merge(auth.openapi());
    /// assert_eq!(document.info.title, "Shop");
    /// let paths: Vec<_> = document.paths.paths.keys().map(String::as_str).collect();
    /// assert_eq!(
    ///     paths,
    ///     ["/api/v2/auth/local", "/api/v2/login", "/api/v2/tokens", "/api/v2/tokens/{token}", "/health"]
    /// );
    /// let served = document.to_json()?; // at GET /openapi.json
    /// # assert!(served.contains("\"auth_local_login\""));
    /// # Ok::<(), BoxError>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "openapi")))]
    pub fn openapi(&self) -> OpenApi {
        let context = &*self.context;
        let (mut paths, mut ids) = (PathsBuilder::new(), Vec::new());
        for specimen in context.routes.endpoints().iter().filter_map(|served| Specimen::new(context, served)) {
            let Some(method) = known(specimen.served.method()) else { continue };
            let mut operation = operation(&specimen);
            operation.operation_id = operation.operation_id.map(|id| unused(id, &mut ids));
            paths = paths.path(specimen.path(), PathItem::new(method, operation));
        }
        if let Some((path, operation)) = tickets(context) {
            paths = paths.path(path, PathItem::new(HttpMethod::Post, operation));
        }
        let tags = context.dialects.iter().map(|dialect| tag(&**dialect));
        let schemes = security::schemes(context).into_iter();
        let components = schemes
            .fold(ComponentsBuilder::new(), |components, (name, scheme)| components.security_scheme(name, scheme));
        OpenApiBuilder::new()
            .info(Info::new("Login", env!("CARGO_PKG_VERSION")))
            .paths(paths)
            .components(Some(components.build()))
            .security(Some(security::guarded(context)))
            .tags(Some(tags))
            .build()
    }
}

fn tag(dialect: &dyn Dialect) -> Tag {
    let name = dialect.name();
    TagBuilder::new().name(name).description(Some(format!("The login contract `{name}`."))).build()
}

fn known(method: &Method) -> Option<HttpMethod> {
    Some(match *method {
        Method::GET => HttpMethod::Get,
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::DELETE => HttpMethod::Delete,
        Method::OPTIONS => HttpMethod::Options,
        Method::HEAD => HttpMethod::Head,
        Method::PATCH => HttpMethod::Patch,
        Method::TRACE => HttpMethod::Trace,
        _ => return None,
    })
}

/// An operation has its id alone: the second that would have it is numbered.
fn unused(id: String, ids: &mut Vec<String>) -> String {
    let numbered = (2..).map(|number| format!("{id}_{number}"));
    let free = std::iter::once(id.clone()).chain(numbered).find(|id| !ids.contains(id)).unwrap_or(id);
    ids.push(free.clone());
    free
}
