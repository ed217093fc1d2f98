//! `Endpoints<L>`: the login routes as a service of their own.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use tower_service::Service;

use crate::{
    body::{NoInner, ResponseBody},
    context::Context,
    endpoint::serve,
    future::Boxed,
    lookup::Lookup,
    routes::Route,
};

/// The login routes alone; 404 to everything else. Made by [`AuthLayer::endpoints`](crate::AuthLayer::endpoints).
///
/// ```
/// use axum::{Router, body::Body, routing::get};
/// use http::{Request, StatusCode};
/// use tower::ServiceExt;
/// use tower_auth::{Account, Algorithm, AuthLayer, BoxError, Query, SigningKey, dialect::Login};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let auth = AuthLayer::builder()
///     .key(SigningKey::generate(Algorithm::Hs256)?)
///     .without_contracts()
///     .dialect(Login::new())
///     .lookup_verifies_passwords()
///     .build(async |_: Query| Ok::<_, BoxError>(Some(Account::new(1, "Ada").password_verified())))?;
///
/// // Only what is under /api is guarded, so the layer cannot go around the whole router.
/// let api = Router::new().route("/me", get(async || "me")).layer(auth.clone());
/// let app = Router::new().nest("/api", api).route_service("/login", auth.endpoints());
///
/// let login = Request::post("/login").header("content-type", "application/json");
/// let login = login.body(Body::from(r#"{"username":"ada","password":"any"}"#))?;
/// assert_eq!(app.clone().oneshot(login).await?.status(), StatusCode::OK);
/// let me = Request::get("/api/me").body(Body::empty())?;
/// assert_eq!(app.oneshot(me).await?.status(), StatusCode::UNAUTHORIZED);
/// # Ok(())
/// # }
/// ```
pub struct Endpoints<L> {
    context: Arc<Context<L>>,
}

impl<L> Endpoints<L> {
    pub(crate) fn new(context: Arc<Context<L>>) -> Self {
        Self { context }
    }
}

impl<L, B> Service<Request<B>> for Endpoints<L>
where
    L: Lookup,
    B: Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<ResponseBody<NoInner>>;
    type Error = Infallible;
    type Future = EndpointsFuture;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let context = Arc::clone(&self.context);
        EndpointsFuture(Box::pin(async move {
            match context.routes.sort(request.method(), request.uri().path()) {
                Route::Endpoint(number) => serve(context, number, request).await,
                _ => not_found(&context, &request),
            }
        }))
    }
}

/// The future of [`Endpoints`]: an answer, and never an error.
#[must_use = "futures do nothing unless polled"]
pub struct EndpointsFuture(Boxed<Response<Bytes>>);

impl Future for EndpointsFuture {
    type Output = Result<Response<ResponseBody<NoInner>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx).map(|response| Ok(response.map(ResponseBody::ours)))
    }
}

impl fmt::Debug for EndpointsFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointsFuture").finish_non_exhaustive()
    }
}

fn not_found<L, B>(context: &Context<L>, request: &Request<B>) -> Response<Bytes> {
    context.placement.missed(&context.routes, request);
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

impl<L> Clone for Endpoints<L> {
    fn clone(&self) -> Self {
        Self { context: Arc::clone(&self.context) }
    }
}

impl<L> fmt::Debug for Endpoints<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints").finish_non_exhaustive()
    }
}
