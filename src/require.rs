//! `RequireLayer<L>` and `Require<S, L>`: what a route asks for beyond being somebody.

use std::{
    fmt,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    admitted::{Admitted, LayerId},
    body::ResponseBody,
    context::Context,
    future::ResponseFuture,
    identity::Identity,
    lookup::Lookup,
    refuse::{refuse_inside, unguarded},
    rejection::{Rejection, RejectionKind},
    requirement::Requirement,
};

/// Admits only requests that meet a [`Requirement`]. Made by [`AuthLayer::require`](crate::AuthLayer::require).
pub struct RequireLayer<L> {
    required: Arc<Requirement>,
    context: Arc<Context<L>>,
}

/// The service that [`RequireLayer`] makes of an inner one. Refuses in the form that the layer refuses in.
pub struct Require<S, L> {
    inner: S,
    required: Arc<Requirement>,
    context: Arc<Context<L>>,
}

impl<L> RequireLayer<L> {
    pub(crate) fn new(required: Requirement, context: Arc<Context<L>>) -> Self {
        Self { required: Arc::new(required), context }
    }
}

impl<S, L> Layer<S> for RequireLayer<L> {
    type Service = Require<S, L>;

    fn layer(&self, inner: S) -> Require<S, L> {
        Require { inner, required: Arc::clone(&self.required), context: Arc::clone(&self.context) }
    }
}

impl<S, L> Require<S, L> {
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

impl<S, L, B, R> Service<Request<B>> for Require<S, L>
where
    S: Service<Request<B>, Response = Response<R>>,
    L: Lookup,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, L, B>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let refused = match Admitted::by(LayerId::of(&self.context), request.extensions()) {
            None => return ResponseFuture::answer(unguarded()),
            // Of preflights too: a browser's runs nothing, and nobody says that it is a browser's.
            Some(admitted) => match Identity::of_admitted(admitted) {
                None => Some(Rejection::by_password(RejectionKind::MissingCredentials)),
                Some(identity) => self.refusal(&identity),
            },
        };
        match refused {
            None => ResponseFuture::forward(self.inner.call(request)),
            Some(rejection) => {
                let now = self.context.clock.now();
                ResponseFuture::answer(refuse_inside(&self.context, rejection, &request, now))
            }
        }
    }
}

impl<S, L: Lookup> Require<S, L> {
    fn refusal(&self, identity: &Identity<L::User>) -> Option<Rejection> {
        self.required.check(identity).err()
    }
}

impl<L> Clone for RequireLayer<L> {
    fn clone(&self) -> Self {
        Self { required: Arc::clone(&self.required), context: Arc::clone(&self.context) }
    }
}

impl<S: Clone, L> Clone for Require<S, L> {
    fn clone(&self) -> Self {
        let (required, context) = (Arc::clone(&self.required), Arc::clone(&self.context));
        Self { inner: self.inner.clone(), required, context }
    }
}

impl<L> fmt::Debug for RequireLayer<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireLayer").field("required", &self.required).finish_non_exhaustive()
    }
}

impl<S: fmt::Debug, L> fmt::Debug for Require<S, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Require");
        debug.field("inner", &self.inner).field("required", &self.required).finish_non_exhaustive()
    }
}
