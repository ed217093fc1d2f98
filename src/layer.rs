//! `AuthLayer<L>`: what goes into `.layer()`.

use std::{fmt, sync::Arc};

use http::Method;
use tower_layer::Layer;

use crate::{
    BoxError, Subject,
    context::Context,
    endpoints::Endpoints,
    explain::{Explained, explain},
    require::RequireLayer,
    requirement::Requirement,
    service::Auth,
    session::{Session, SessionId},
    throttle::Throttle,
};

/// Serves login contracts, and guards every other route of the service it wraps.
///
/// Made by [`AuthLayer::builder`]. Its services run in a tokio runtime with time enabled. Cloning is cheap: it
/// increments one reference count.
///
/// # Where it goes
///
/// On axum with [`Router::layer`](https://docs.rs/axum/0.8/axum/struct.Router.html#method.layer), after every route:
///
/// | attachment on axum | its login routes | other routes |
/// |---|---|---|
/// | `router.layer(auth)`, last | served | guarded, unknown paths too: 401, not 404 |
/// | `router.layer(auth).merge(other)` | **404**: `merge` drops the fallback through which they are reached | those of `other` are **unguarded** |
/// | `other.merge(router.layer(auth))` | served | those of `other` are **unguarded** |
/// | `router.layer(auth)`, then more routes | served | **those added later are unguarded** |
/// | `router.route_layer(auth)` | **404**, unless the path has a route for another method | guarded; unknown paths 404 |
/// | `nest("/api", router.layer(auth))` | **404**: an unmatched path goes to the outer fallback | guarded |
/// | `merge` and `fallback`, then `layer(auth)` | served | guarded |
///
/// Where it cannot come last, [`endpoints`](Self::endpoints) can be mounted as a service of their own, and
/// [`explain`](Self::explain) says what this layer does with a method and path.
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
///     .without(AuthToken::NAME) // it would need an RS256 key
///     .build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None))?;
///
/// let service = auth.layer(service_fn(async |_| Ok::<_, BoxError>(http::Response::new(String::new()))));
/// let request = Request::get("/me").body(Empty::<bytes::Bytes>::new())?;
/// assert_eq!(service.oneshot(request).await?.status(), StatusCode::UNAUTHORIZED);
/// # Ok(())
/// # }
/// ```
pub struct AuthLayer<L> {
    pub(crate) context: Arc<Context<L>>,
}

impl<L> AuthLayer<L> {
    pub(crate) fn new(context: Context<L>) -> Self {
        Self { context: Arc::new(context) }
    }

    /// Revokes a token for as long as it could still be accepted or refreshed: "log out", from a handler.
    ///
    /// Returns `Ok(false)` if there is nothing to revoke: the token is neither accepted here now nor can it be
    /// refreshed. Ends this token, and with the newest of a family the whole family;
    /// [`revoke_family`](Self::revoke_family) ends the family whichever it is, [`revoke_user`](Self::revoke_user) all
    /// of a user's tokens.
    ///
    /// # Errors
    ///
    /// When the session store cannot remember it. The token then still works: say so, do not report success.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tower_auth::{AuthLayer, BoxError};
    /// # use http::StatusCode;
    /// async fn logout<L>(auth: AuthLayer<L>, token: &str) -> StatusCode {
    ///     match auth.revoke(token).await {
    ///         Ok(_) => StatusCode::NO_CONTENT,
    ///         Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    ///     }
    /// }
    /// ```
    pub async fn revoke(&self, token: &str) -> Result<bool, BoxError> {
        match self.context.accepted(token) {
            Ok(accepted) => self.context.revoke(&accepted).await.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Revokes a token and every other of its family: those it was refreshed from, and those it was refreshed to. The
    /// contracts' own logout routes do this.
    ///
    /// Returns `Ok(false)` if there is nothing to revoke, as [`revoke`](Self::revoke) does.
    ///
    /// # Errors
    ///
    /// When the session store cannot remember it. The tokens then still work.
    pub async fn revoke_family(&self, token: &str) -> Result<bool, BoxError> {
        match self.context.accepted(token) {
            Ok(accepted) => self.context.revoke_family(&accepted).await.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// Revokes every token that a user holds now: "log out everywhere", or after a change of the password.
    ///
    /// Combined with [`Account::valid_since`](crate::Account::valid_since): the later of the two applies, and this one
    /// also under `claims_only()`. It is kept until no token from before can be accepted any more, see
    /// [`longest_token`](crate::AuthLayerBuilder::longest_token). Users are matched by the token's subject as text, and by
    /// the id of the account that the lookup answers with, which `claims_only()` never asks for. So another issuer's user
    /// with the same subject is logged out too.
    ///
    /// Claims count whole seconds: a login in this very second is given a token of the next one, which is good at once
    /// unless the leeway is 0; after three revocations in one second, logins are answered with 503 until it is over. A
    /// login that is in progress is looked up and its password verified again; a renewal in progress is refused.
    ///
    /// # Errors
    ///
    /// When the session store cannot remember it. The tokens then still work.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tower_auth::{AuthLayer, BoxError};
    /// async fn password_changed<L>(auth: &AuthLayer<L>, user_id: i64) -> Result<(), BoxError> {
    ///     auth.revoke_user(user_id).await
    /// }
    /// ```
    pub async fn revoke_user(&self, user: impl Into<Subject>) -> Result<(), BoxError> {
        self.context.revoke_user(&user.into()).await
    }

    /// A user's sessions that are alive, the newest login first: for a page "your devices".
    ///
    /// # Errors
    ///
    /// When the session store cannot answer, or the layer was built without
    /// [`list_sessions`](crate::AuthLayerBuilder::list_sessions).
    pub async fn sessions(&self, user: impl Into<Subject>) -> Result<Vec<Session>, BoxError> {
        self.context.sessions(&user.into()).await
    }

    /// Ends one of a user's sessions, by an id from [`sessions`](Self::sessions); returns `false` if the user has no
    /// such session.
    ///
    /// # Errors
    ///
    /// As for [`sessions`](Self::sessions). The session then goes on.
    pub async fn end_session(&self, user: impl Into<Subject>, session: SessionId) -> Result<bool, BoxError> {
        self.context.end_session(&user.into(), session).await
    }

    /// Admits only requests that meet `required`, for routes inside this layer. Others are refused in this layer's form:
    /// with 403, or with 401 where an optional route or a preflight has no identity.
    ///
    /// On axum, add it to the router of these routes with `route_layer`, or with `layer` if that router has a fallback
    /// of its own to be covered. A request that this layer did not admit, even if another layer did, is answered with a
    /// 500 that says so.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http::{Request, StatusCode};
    /// use http_body_util::Empty;
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tower_auth::{Account, Algorithm, AuthLayer, BoxError, Query, Requirement, SigningKey, dialect::AuthToken};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), BoxError> {
    /// let ada = async |_: Query| Ok::<_, BoxError>(Some(Account::new(1, "Ada").password_verified().roles(["reader"])));
    /// let auth = AuthLayer::builder()
    ///     .key(SigningKey::generate(Algorithm::Hs256)?)
    ///     .without(AuthToken::NAME) // it would need an RS256 key
    ///     .lookup_verifies_passwords()
    ///     .build(ada)?;
    /// let inner = service_fn(async |_| Ok::<_, BoxError>(http::Response::new(Empty::<Bytes>::new())));
    ///
    /// for (role, status) in [("reader", StatusCode::OK), ("admin", StatusCode::FORBIDDEN)] {
    ///     let service = auth.layer(auth.require(Requirement::role(role)).layer(inner));
    ///     let request = Request::get("/").header("authorization", "Basic YWRhOmFueQ==").body(Empty::<Bytes>::new())?;
    ///     assert_eq!(service.oneshot(request).await?.status(), status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn require(&self, required: Requirement) -> RequireLayer<L> {
        RequireLayer::new(required, Arc::clone(&self.context))
    }

    /// Reports how a request with this method and raw path is routed, and by which rule; credentials are not
    /// considered. For tests and debugging: it is not used to serve requests.
    ///
    /// ```
    /// use http::Method;
    /// use tower_auth::{Algorithm, Account, AuthLayer, BoxError, Explained, Query, SigningKey, dialect::AuthToken};
    ///
    /// let auth = AuthLayer::builder()
    ///     .key(SigningKey::generate(Algorithm::Hs256)?)
    ///     .without(AuthToken::NAME) // it would need an RS256 key
    ///     .public("GET /health")
    ///     .build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None))?;
    ///
    /// assert_eq!(auth.explain(&Method::GET, "/health").to_string(), r#"public by the rule "GET /health""#);
    /// assert_eq!(auth.explain(&Method::HEAD, "/health"), Explained::Guarded);
    /// assert_eq!(auth.explain(&Method::POST, "/login").to_string(), "endpoint: login of the contract login");
    /// # Ok::<(), BoxError>(())
    /// ```
    pub fn explain(&self, method: &Method, path: &str) -> Explained {
        explain(&self.context, method, path)
    }

    /// `path` without its token, safe to log: for routes that take a token in their path, such as
    /// `PATCH /tokens/{token}`, and for near misses of them.
    ///
    /// For layers outside this one that log requests. `path` is the one this layer sees. The query is not part of it:
    /// leave that out of the log, too.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tower_auth::{Account, AuthLayer, BoxError, Query, SigningKey, dialect::AuthToken};
    /// # let auth = AuthLayer::builder()
    /// #     .key(SigningKey::hs256("a secret that is 32 bytes or longer")?)
    /// #     .without(AuthToken::NAME)
    /// #     .build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None))?;
    /// assert_eq!(auth.shown_path("/tokens/eyJhbGciOi…"), "/tokens/");
    /// assert_eq!(auth.shown_path("/me"), "/me");
    ///
    /// // For tower-http's `TraceLayer`, whose own span has the whole URI: `.make_span_with(span)`.
    /// let span = move |request: &http::Request<()>| {
    ///     tracing::debug_span!("request", method = %request.method(), path = auth.shown_path(request.uri().path()))
    /// };
    /// # span(&http::Request::new(()));
    /// # Ok::<(), BoxError>(())
    /// ```
    pub fn shown_path<'a>(&'a self, path: &'a str) -> &'a str {
        self.context.routes.shown(path)
    }

    /// Forgets the failures of an account and unlocks it: for a help desk, or after a password reset.
    ///
    /// Guesses are counted at the account and at the name that was typed, so pass in `names` everything that its user
    /// logs in with, in any spelling: the lock of a name that is missing lasts until it ends by itself.
    ///
    /// # Errors
    ///
    /// When the throttle store cannot forget them. The locks then end by themselves.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tower_auth::{AuthLayer, BoxError};
    /// # struct User { id: i64, name: String, email: String }
    /// async fn unlock<L>(auth: AuthLayer<L>, user: &User) -> Result<(), BoxError> {
    ///     auth.clear_failures(user.id, [&user.name, &user.email]).await
    /// }
    /// ```
    pub async fn clear_failures(
        &self,
        account: impl Into<Subject>,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<(), BoxError> {
        let throttle = &self.context.throttle;
        let names = names.into_iter().map(|name| Throttle::name(name.as_ref()));
        // Collected, so that the future holds no iterator of the caller's.
        let keys: Vec<_> = names.chain([Throttle::account(&account.into())]).collect();
        for key in keys {
            throttle.clear(key).await?;
        }
        Ok(())
    }

    /// The login routes alone, as a service that answers everything else with 404.
    ///
    /// For routers that this layer cannot wrap whole: `router.route_service("/login", auth.endpoints())`, at the whole
    /// path, since that is what it compares. It shares keys, stores and limits with the layer. The route of tickets is
    /// not among them: tickets are given to everybody whom a guarded route would admit.
    pub fn endpoints(&self) -> Endpoints<L> {
        self.context.placement.settle();
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
