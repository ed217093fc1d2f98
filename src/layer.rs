//! `AuthLayer<L>`: what goes into `.layer()`.

use std::{fmt, sync::Arc};

use tower_layer::Layer;

use crate::{BoxError, context::Context, endpoints::Endpoints, lookup::Lookup, revocation::revoke, service::Auth};

/// Serves login contracts, and guards every other route of the service it wraps.
///
/// Made by [`AuthLayer::builder`]. Cloning is one increment.
///
/// # Where it goes
///
/// On axum: `Router::layer`, after every route. Routes added later are unguarded; under `route_layer`, and inside `nest`
/// for unmatched paths, the layer never runs, and there [`endpoints`](Self::endpoints) can be mounted instead.
///
/// ```
/// use http::{Request, StatusCode};
/// use http_body_util::Empty;
/// use tower::{Layer, ServiceExt, service_fn};
/// use tower_auth::{Account, AuthLayer, BoxError, Query, SigningKey, dialect::AuthToken};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let auth = AuthLayer::builder()
///     .key(SigningKey::hs256("a secret that is 32 bytes or longer")?)
///     .without(AuthToken::NAME)
///     .build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None))?;
///
/// let service = auth.layer(service_fn(async |_| Ok::<_, BoxError>(http::Response::new(String::new()))));
/// let request = Request::get("/me").body(Empty::<bytes::Bytes>::new())?;
/// assert_eq!(service.oneshot(request).await?.status(), StatusCode::UNAUTHORIZED);
/// # Ok(())
/// # }
/// ```
pub struct AuthLayer<L> {
    context: Arc<Context<L>>,
}

impl<L: Lookup> AuthLayer<L> {
    pub(crate) fn new(context: Context<L>) -> Self {
        Self { context: Arc::new(context) }
    }

    /// Revokes a token until it would be accepted nowhere any more: "log out", from a handler of the application's.
    ///
    /// `Ok(false)` says that there is nothing to revoke: the token is not one that is accepted here now or could be
    /// refreshed. Ends this token only; [`Account::valid_since`](crate::Account::valid_since) ends all of a user's.
    ///
    /// # Errors
    ///
    /// When the session store cannot remember it. The token then still works: say so, do not report success.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tower_auth::{AuthLayer, BoxError, Lookup};
    /// # use http::StatusCode;
    /// async fn logout<L: Lookup>(auth: AuthLayer<L>, token: &str) -> StatusCode {
    ///     match auth.revoke(token).await {
    ///         Ok(_) => StatusCode::NO_CONTENT,
    ///         Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    ///     }
    /// }
    /// ```
    pub async fn revoke(&self, token: &str) -> Result<bool, BoxError> {
        revoke(&self.context, token).await
    }

    /// The login routes alone, as a service that answers 404 to everything else.
    ///
    /// For routers that this layer cannot wrap whole: `router.route_service("/login", auth.endpoints())`, at the whole
    /// path, since that is what it compares. Shares keys, stores and limits with the layer.
    pub fn endpoints(&self) -> Endpoints<L> {
        Endpoints::new(Arc::clone(&self.context))
    }
}

impl<S, L> Layer<S> for AuthLayer<L> {
    type Service = Auth<S, L>;

    fn layer(&self, inner: S) -> Auth<S, L> {
        Auth::new(inner, Arc::clone(&self.context))
    }
}

impl<L> Clone for AuthLayer<L> {
    fn clone(&self) -> Self {
        Self { context: Arc::clone(&self.context) }
    }
}

impl<L> fmt::Debug for AuthLayer<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dialects = self.context.dialects.iter().map(|dialect| dialect.name());
        f.debug_struct("AuthLayer").field("dialects", &dialects.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
