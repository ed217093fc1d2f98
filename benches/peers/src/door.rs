//! A layer around an inner service that answers at once, and what is sent through it.

use std::{
    convert::Infallible,
    fmt::Debug,
    future::{Future, Ready, ready},
    marker::PhantomData,
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header::AUTHORIZATION};
use tower::Service;

/// What a peer is asked to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    Hs256,
    Rs256,
    /// To refuse a request without credentials.
    Nothing,
    Basic,
    /// To let everybody through.
    Open,
}

impl Asking {
    pub const ALL: [Self; 5] = [Self::Hs256, Self::Rs256, Self::Nothing, Self::Basic, Self::Open];

    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Nothing => "no credentials",
            Self::Basic => "Basic",
            Self::Open => "public",
        }
    }
}

/// A request, to be sent any number of times.
#[derive(Clone)]
pub struct Sent {
    pub path: &'static str,
    pub fields: Vec<(HeaderName, HeaderValue)>,
}

impl Sent {
    pub fn without_credentials(path: &'static str) -> Self {
        Self { path, fields: Vec::new() }
    }

    pub fn authorization(values: &[&str]) -> Self {
        let field = |value: &&str| (AUTHORIZATION, value.parse().unwrap());
        Self { path: "/me", fields: values.iter().map(field).collect() }
    }

    pub fn bearer(token: &str) -> Self {
        Self::authorization(&[&format!("Bearer {token}")])
    }
}

/// A peer that is ready, what it has to let in, and what it has to refuse.
pub struct Opened {
    pub door: Box<dyn Door>,
    pub good: Sent,
    pub bad: Vec<Sent>,
}

pub trait Door {
    fn ask(&mut self, sent: &Sent) -> StatusCode;
}

/// A service as a door. `B` is the body it takes.
pub struct Through<S, B>(S, PhantomData<fn() -> B>);

impl<S, B> Through<S, B> {
    pub fn new(service: S) -> Self {
        Self(service, PhantomData)
    }
}

impl<S, B, R> Door for Through<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Debug,
    B: Default,
{
    fn ask(&mut self, sent: &Sent) -> StatusCode {
        let mut request = Request::new(B::default());
        *request.uri_mut() = Uri::from_static(sent.path);
        for (name, value) in &sent.fields {
            request.headers_mut().append(name, value.clone());
        }
        let context = &mut Context::from_waker(Waker::noop());
        assert!(self.0.poll_ready(context).is_ready());
        match pin!(self.0.call(request)).poll(context) {
            Poll::Ready(response) => response.unwrap().status(),
            Poll::Pending => panic!("nothing here has to wait"),
        }
    }
}

/// The inner service. `R` is the body it answers with.
pub struct Inner<R>(PhantomData<fn() -> R>);

impl<R> Inner<R> {
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R> Clone for Inner<R> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<B, R: Default> Service<Request<B>> for Inner<R> {
    type Response = Response<R>;
    type Error = Infallible;
    type Future = Ready<Result<Response<R>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        ready(Ok(Response::new(R::default())))
    }
}
