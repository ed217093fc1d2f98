//! `Auth<S, L>`: the service. Sorts the request and chooses its first state.

use std::{
    fmt, mem,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::{
    admitted::{Admitted, LayerId},
    body::ResponseBody,
    context::Context,
    credentials::Head,
    endpoint::serve,
    future::{Held, ResponseFuture},
    guard::{self, Shown},
    lookup::Lookup,
    refuse::refuse,
    rejection::RejectionKind,
    routes::Route,
    ticket,
};

/// The service that [`AuthLayer`](crate::AuthLayer) makes of an inner one.
///
/// Its errors are the inner service's and nothing else: every refusal is a response. Cloning costs one increment
/// besides the inner clone.
pub struct Auth<S, L> {
    inner: S,
    context: Arc<Context<L>>,
}

impl<S, L> Auth<S, L> {
    pub(crate) fn new(inner: S, context: Arc<Context<L>>) -> Self {
        Self { inner, context }
    }

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

impl<S, L, B, R> Service<Request<B>> for Auth<S, L>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    L: Lookup,
    B: Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, L, B>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let route = match self.context.routes.sort(request.method(), request.uri().path()) {
            Route::Public if Admitted::of(request.extensions()).is_some() => return self.pass_as_nobody(request),
            Route::Public => return ResponseFuture::forward(self.inner.call(request)),
            Route::Endpoint(number) => {
                return ResponseFuture::endpoint(Box::pin(serve(Arc::clone(&self.context), number, request)));
            }
            guarded @ (Route::Optional | Route::Guarded | Route::Ticket) => guarded,
        };
        if self.context.guard.allows_preflight && guard::is_preflight(request.method(), request.headers()) {
            return self.preflight(request);
        }
        self.guard(request, route)
    }
}

impl<S, L> Auth<S, L> {
    /// Where a layer further out has let somebody in.
    #[cold]
    fn pass_as_nobody<B>(&mut self, mut request: Request<B>) -> ResponseFuture<S, L, B>
    where
        S: Service<Request<B>>,
        L: Lookup,
    {
        Admitted::forget(request.extensions_mut());
        ResponseFuture::forward(self.inner.call(request))
    }

    fn preflight<B>(&mut self, mut request: Request<B>) -> ResponseFuture<S, L, B>
    where
        S: Service<Request<B>>,
        L: Lookup,
    {
        self.context.sources.take_out(&mut request);
        Admitted::Preflight.leave(Some(LayerId::of(&self.context)), request.extensions_mut());
        ResponseFuture::forward(self.inner.call(request))
    }

    fn guard<B>(&mut self, mut request: Request<B>, route: Route) -> ResponseFuture<S, L, B>
    where
        S: Service<Request<B>> + Clone,
        L: Lookup,
    {
        let now = self.context.clock.now();
        let shown = match guard::judge(&self.context, Head::from(&request), now) {
            Ok(Shown::Nothing) if route != Route::Optional => Err(RejectionKind::MissingCredentials.into()),
            judged => judged,
        };
        match shown {
            Ok(Shown::Nothing) => {
                self.context.gate.admitted(Admitted::Nobody.scheme(), || Admitted::Nobody.id::<L::User>());
                self.context.sources.take_out(&mut request);
                Admitted::Nobody.leave(Some(LayerId::of(&self.context)), request.extensions_mut());
                ResponseFuture::forward(self.inner.call(request))
            }
            Ok(Shown::Bearer(claims)) if self.context.guard.claims_only && route == Route::Ticket => {
                let given = ticket::give(&self.context, claims.subject(), Some(&claims), Head::from(&request), now);
                let answer = given.unwrap_or_else(|rejection| refuse(&self.context, rejection, &request, now));
                ResponseFuture::answer(answer)
            }
            Ok(Shown::Bearer(claims)) if self.context.guard.claims_only => {
                let admitted = Admitted::Token(claims);
                self.context.gate.admitted(admitted.scheme(), || admitted.id::<L::User>());
                let private = self.context.sources.take_out(&mut request);
                admitted.leave(Some(LayerId::of(&self.context)), request.extensions_mut());
                ResponseFuture::admitted(self.inner.call(request), private)
            }
            Ok(Shown::Bearer(claims)) => ResponseFuture::subject(claims, self.hold(request, route, now)),
            Ok(Shown::Ticket(ticket)) => {
                let admitting = ticket::admit(Arc::clone(&self.context), ticket);
                ResponseFuture::ticket(Box::pin(admitting), self.hold(request, route, now))
            }
            Ok(Shown::Basic(basic)) => ResponseFuture::basic(basic, self.hold(request, route, now)),
            Err(rejection) => ResponseFuture::answer(refuse(&self.context, rejection, &request, now)),
        }
    }

    /// Keeps the request with the service that is ready for it.
    ///
    /// The instance that `poll_ready` made ready is the one that is taken, and a clone stays behind: a clone need not
    /// be ready (a concurrency limit's permit, for one, stays with the original), and `tower::Service` lets only a
    /// ready service be called.
    #[inline(always)]
    fn hold<B>(&mut self, request: Request<B>, route: Route, now: crate::Timestamp) -> Held<S, L, B>
    where
        S: Clone,
    {
        let clone = self.inner.clone();
        let mut service = mem::replace(&mut self.inner, clone);
        if route == Route::Ticket {
            // A ticket never reaches the inner service: the ready instance is dropped, and holds no permit inside.
            service = self.inner.clone();
        }
        Held { context: Arc::clone(&self.context), service, clone: S::clone, request, route, now }
    }
}

impl<S: Clone, L> Clone for Auth<S, L> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), context: Arc::clone(&self.context) }
    }
}

impl<S: fmt::Debug, L> fmt::Debug for Auth<S, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("inner", &self.inner).finish_non_exhaustive()
    }
}
