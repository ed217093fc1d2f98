//! `ResponseFuture`: where a request is on its way through.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::CACHE_CONTROL};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{
    ClientAddr, TokenClaims,
    admission::{Judged, admit_subject},
    admitted::{Admitted, LayerId},
    basic::Recognised,
    body::ResponseBody,
    clock::Timestamp,
    context::Context,
    credentials::{BasicCredentials, Head},
    identity::Identity,
    lookup::{Asking, Lookup},
    refuse::refuse,
    rejection::Rejection,
    routes::Route,
    ticket,
};

pub(crate) type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pin_project! {
    /// The response of [`Auth`](crate::Auth). Only the login routes, tickets and the hashing of Basic
    /// are boxed.
    pub struct ResponseFuture<S, L, B>
    where
        S: Service<Request<B>>,
        L: Lookup,
    {
        #[pin]
        state: State<S, L, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, L, B>
    where
        S: Service<Request<B>>,
        L: Lookup,
    {
        /// Admitted, or public: the inner service answers. Private: caches do not see that it is for somebody.
        Forward { #[pin] inner: S::Future, private: bool },
        /// Refused at once.
        Answer { answer: Option<Response<Bytes>> },
        /// A login route.
        Endpoint { serving: Boxed<Response<Bytes>> },
        /// A verified token, whose user is being looked up.
        Subject { #[pin] asking: Asking<L::Future>, claims: TokenClaims, held: Option<Held<S, L, B>> },
        /// User-id and password, whose user is being looked up.
        Basic { #[pin] asking: Option<Asking<L::Future>>, basic: BasicCredentials, held: Option<Held<S, L, B>> },
        /// A password, being hashed. The inner service is not kept ready for it.
        Password { admitting: Boxed<Judged<L::User>>, held: Option<Held<S, L, B>> },
        /// Admitted by that password: the inner service gets ready anew.
        Readying { identity: Option<Identity<L::User>>, held: Option<Held<S, L, B>> },
        /// A ticket, being used up.
        Ticket { admitting: Boxed<Result<Admitted, Rejection>>, held: Option<Held<S, L, B>> },
    }
}

/// The request, and the service that is ready for it, until it is known whether the one may go to the other.
pub(crate) struct Held<S, L, B> {
    pub(crate) context: Arc<Context<L>>,
    pub(crate) service: S,
    /// Kept here, so that a future of services that are never held does not ask for `Clone`.
    pub(crate) clone: fn(&S) -> S,
    pub(crate) request: Request<B>,
    pub(crate) route: Route,
    pub(crate) now: Timestamp,
}

impl<S, L, B> Held<S, L, B>
where
    S: Service<Request<B>>,
    L: Lookup,
{
    /// Gives up the readiness: a permit inside is for requests that are admitted, and a flood of passwords would hold
    /// all of them for as long as it waits for its hashing.
    fn unready(mut self) -> Self {
        // A clone need not be ready, and so holds nothing.
        self.service = (self.clone)(&self.service);
        self
    }

    fn client(&self) -> Option<ClientAddr> {
        self.context.clients.client(self.request.extensions(), self.request.headers())
    }

    /// Gives a ticket where that is asked for; otherwise lets the request through, or refuses it.
    #[inline(always)]
    fn decide(self, admitted: Result<Identity<L::User>, Rejection>) -> State<S, L, B> {
        match admitted {
            Ok(identity) if self.route == Route::Ticket => {
                let head = Head::from(&self.request);
                match ticket::give(&self.context, identity.id(), identity.claims(), head, self.now) {
                    Ok(answer) => State::Answer { answer: Some(answer) },
                    Err(rejection) => self.forward(Err(rejection)),
                }
            }
            admitted => self.forward(admitted.map(Admitted::from)),
        }
    }

    #[inline(always)]
    fn forward(mut self, admitted: Result<Admitted, Rejection>) -> State<S, L, B> {
        match admitted {
            Ok(admitted) => {
                self.context.gate.admitted(admitted.scheme(), || admitted.id::<L::User>());
                let private = self.context.sources.take_out(&mut self.request);
                admitted.leave(Some(LayerId::of(&self.context)), self.request.extensions_mut());
                State::Forward { inner: self.service.call(self.request), private }
            }
            Err(rejection) => State::Answer { answer: Some(refuse(&self.context, rejection, &self.request, self.now)) },
        }
    }
}

impl<S, L, B> ResponseFuture<S, L, B>
where
    S: Service<Request<B>>,
    L: Lookup,
{
    pub(crate) fn forward(inner: S::Future) -> Self {
        Self::admitted(inner, false)
    }

    pub(crate) fn admitted(inner: S::Future, private: bool) -> Self {
        Self { state: State::Forward { inner, private } }
    }

    pub(crate) fn answer(answer: Response<Bytes>) -> Self {
        Self { state: State::Answer { answer: Some(answer) } }
    }

    pub(crate) fn endpoint(serving: Boxed<Response<Bytes>>) -> Self {
        Self { state: State::Endpoint { serving } }
    }

    #[inline(always)]
    pub(crate) fn subject(claims: TokenClaims, held: Held<S, L, B>) -> Self {
        let asking = held.context.ask_subject(&claims);
        Self { state: State::Subject { asking, claims, held: Some(held) } }
    }

    pub(crate) fn basic(basic: BasicCredentials, held: Held<S, L, B>) -> Self {
        if held.context.guesses_first(&basic, held.client(), held.now) {
            let admitting = Arc::clone(&held.context).admit_basic(basic, held.client(), held.now);
            return Self { state: State::Password { admitting: Box::pin(admitting), held: Some(held.unready()) } };
        }
        let asking = held.context.ask_basic(&basic);
        Self { state: State::Basic { asking, basic, held: Some(held) } }
    }

    pub(crate) fn ticket(admitting: Boxed<Result<Admitted, Rejection>>, held: Held<S, L, B>) -> Self {
        Self { state: State::Ticket { admitting, held: Some(held) } }
    }
}

impl<S, L, B, R> Future for ResponseFuture<S, L, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    L: Lookup,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProjection::Forward { inner, private } => {
                    return inner.poll(cx).map_ok(|mut response| {
                        if *private {
                            keep_private(&mut response);
                        }
                        response.map(ResponseBody::inner)
                    });
                }
                StateProjection::Answer { answer } => return ours(take(answer)),
                StateProjection::Endpoint { serving } => return ours(ready!(serving.as_mut().poll(cx))),
                StateProjection::Subject { asking, claims, held } => {
                    let answer = ready!(asking.poll(cx));
                    let held = take(held);
                    let admitted = admit_subject(&held.context, answer, claims, held.now);
                    let identity = admitted.map(|account| Identity::of_account(account, Some(claims.clone())));
                    held.decide(identity.map_err(|denied| denied.at_guard(false)))
                }
                StateProjection::Basic { asking, basic, held } => {
                    let answer = match asking.as_pin_mut() {
                        Some(asking) => ready!(asking.poll(cx)),
                        None => Ok(None),
                    };
                    let held = take(held);
                    match held.context.recognise(answer, basic, held.client(), held.now, None) {
                        Recognised::AtOnce(admitted) => held.decide(by_password(admitted)),
                        Recognised::Hashing(admitting) => State::Password { admitting, held: Some(held.unready()) },
                    }
                }
                StateProjection::Password { admitting, held } => {
                    let admitted = by_password(ready!(admitting.as_mut().poll(cx)));
                    let held = take(held);
                    match admitted {
                        // A ticket is no business of the inner service's.
                        Ok(identity) if held.route != Route::Ticket => {
                            State::Readying { identity: Some(identity), held: Some(held) }
                        }
                        decided => held.decide(decided),
                    }
                }
                StateProjection::Readying { identity, held } => {
                    if let Some(held) = held {
                        ready!(held.service.poll_ready(cx))?;
                    }
                    take(held).decide(Ok(take(identity)))
                }
                StateProjection::Ticket { admitting, held } => {
                    let admitted = ready!(admitting.as_mut().poll(cx));
                    take(held).forward(admitted)
                }
            };
            this.state.set(next);
        }
    }
}

/// Shared caches keep nothing that was asked for with `Authorization` (RFC 9111 §3.5), and know of no other place where
/// a token may stand: the answer to it is for none of them (RFC 6750 §2.3), unless the inner service says otherwise. Of
/// whatever status: they keep redirections and `404` unasked (RFC 9110 §15.1).
fn keep_private<R>(response: &mut Response<R>) {
    if !response.headers().contains_key(CACHE_CONTROL) {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private"));
    }
}

fn by_password<U>(admitted: Judged<U>) -> Result<Identity<U>, Rejection> {
    admitted.map(|account| Identity::of_account(account, None)).map_err(|denied| denied.at_guard(true))
}

fn ours<R, E>(response: Response<Bytes>) -> Poll<Result<Response<ResponseBody<R>>, E>> {
    Poll::Ready(Ok(response.map(ResponseBody::ours)))
}

/// What a state holds until it is left. Each state is left once; polling again after that is the caller's mistake, the
/// one panic that the contract of `Future` allows.
#[expect(clippy::expect_used, reason = "the contract of `Future`")]
fn take<T>(held: &mut Option<T>) -> T {
    held.take().expect("polled after completion")
}

impl<S, L, B> fmt::Debug for ResponseFuture<S, L, B>
where
    S: Service<Request<B>>,
    L: Lookup,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Forward { .. } => "forward",
            State::Answer { .. } => "answer",
            State::Endpoint { .. } => "endpoint",
            State::Subject { .. } => "subject",
            State::Basic { .. } => "basic",
            State::Password { .. } => "password",
            State::Readying { .. } => "readying",
            State::Ticket { .. } => "ticket",
        };
        f.debug_tuple("ResponseFuture").field(&state).finish()
    }
}
