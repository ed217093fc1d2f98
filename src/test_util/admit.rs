//! `Admit<U>`: a layer that admits everybody as one account.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;

use crate::{Account, BoxError, TokenClaims, admitted::Admitted};

/// Admits every request as one account, by a token or by Basic, and asks for no credentials: the place of the
/// [`AuthLayer`](crate::AuthLayer) in a test of handlers.
///
/// Serves no login routes and knows no public ones.
///
/// ```
/// use tower_auth::{Account, test_util::Admit};
/// use tower::{Layer, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tower_auth::BoxError> {
/// let admit = Admit::new(Account::new(1, "Ada").roles(["admin"])).claims(r#"{"sub":1,"tenant":"acme"}"#)?;
/// let handler = service_fn(async |request: http::Request<()>| {
///     let identity = tower_auth::Identity::<&str>::of(request.extensions());
///     Ok::<_, tower_auth::BoxError>(identity.is_some_and(|identity| identity.has_role("admin")))
/// });
/// assert!(admit.layer(handler).oneshot(http::Request::new(())).await?);
/// # Ok(())
/// # }
/// ```
pub struct Admit<U> {
    account: Arc<Account<U>>,
    claims: Option<TokenClaims>,
}

/// The service that [`Admit`] makes of an inner one.
#[derive(Clone)]
pub struct Admitting<S> {
    inner: S,
    admitted: Admitted,
}

impl<U> Admit<U> {
    /// Admits everybody as `account`, as if by Basic.
    pub fn new(account: Account<U>) -> Self {
        Self { account: Arc::new(account), claims: None }
    }

    /// Admits by a token of these claims, one JSON object.
    ///
    /// # Errors
    ///
    /// When it is not one, names no subject (`sub`, or `id`), or has a registered claim of the wrong type. Times,
    /// issuer and audience are not judged.
    pub fn claims(mut self, json: impl Into<String>) -> Result<Self, BoxError> {
        let claims = TokenClaims::unsigned(json.into());
        self.claims = Some(claims.ok_or("these are no claims: one JSON object with a subject, as in {\"sub\":1}")?);
        Ok(self)
    }
}

impl<S, U: Send + Sync + 'static> Layer<S> for Admit<U> {
    type Service = Admitting<S>;

    fn layer(&self, inner: S) -> Admitting<S> {
        let account: Arc<Account<U>> = Arc::clone(&self.account);
        Admitting { inner, admitted: Admitted::Account(account, self.claims.clone()) }
    }
}

impl<S> Admitting<S> {
    /// Gets a reference to the underlying service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Gets a mutable reference to the underlying service.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Consumes `self`, returning the underlying service.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Admitting<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        self.admitted.clone().leave(None, request.extensions_mut());
        self.inner.call(request)
    }
}

impl<U> Clone for Admit<U> {
    fn clone(&self) -> Self {
        Self { account: Arc::clone(&self.account), claims: self.claims.clone() }
    }
}

impl<U> fmt::Debug for Admit<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admit").field("account", &self.account).field("claims", &self.claims).finish()
    }
}

impl<S: fmt::Debug> fmt::Debug for Admitting<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admitting").field("inner", &self.inner).finish_non_exhaustive()
    }
}
