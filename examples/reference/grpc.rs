//! gRPC beside HTTP: calls go to the service of `examples/tonic`, the rest to the service behind this one.

use std::{
    convert::Infallible,
    io,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{
    TryFutureExt,
    future::{Either, MapOk},
};
use http::{HeaderValue, Request, Response, header::CONTENT_TYPE};
use http_body::Body;
use tokio::sync::watch;
use tower::Service;
use tower_auth::BoxError;
use tower_auth_tonic::{Teller, whoami::whoami_server::WhoamiServer};

use crate::{server, users::User};

/// Of what it does not know the gRPC service says so itself, hence it gets every call.
#[derive(Clone)]
pub struct WithGrpc<S> {
    whoami: Whoami,
    http: S,
}

type Whoami = WhoamiServer<Teller<User>>;

impl<S> WithGrpc<S> {
    /// `Watch` answers once a second, until the server is told to stop.
    ///
    /// # Errors
    ///
    /// When the signals cannot be listened to.
    pub fn new(http: S) -> io::Result<Self> {
        let (tick, ticks) = watch::channel(0);
        let stopped = server::stopped()?;
        tokio::spawn(async move {
            let ticking = async {
                loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    tick.send_modify(|number| *number += 1);
                }
            };
            tokio::select! {
                () = ticking => {}
                () = stopped => {}
            }
        });
        Ok(Self { whoami: WhoamiServer::new(Teller::new(ticks)), http })
    }
}

type Answer<R> = Response<http_body_util::Either<R, tonic::body::Body>>;

impl<S, B, R> Service<Request<B>> for WithGrpc<S>
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible>,
    B: Body + Send + 'static,
    B::Error: Into<BoxError> + Send + 'static,
{
    type Response = Answer<R>;
    type Error = Infallible;
    type Future = Either<
        MapOk<S::Future, fn(Response<R>) -> Answer<R>>,
        MapOk<<Whoami as Service<Request<B>>>::Future, fn(Response<tonic::body::Body>) -> Answer<R>>,
    >;

    /// The gRPC service is always ready.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.http.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if is_grpc(request.headers().get(CONTENT_TYPE)) {
            Either::Right(self.whoami.call(request).map_ok(|answer| answer.map(http_body_util::Either::Right)))
        } else {
            Either::Left(self.http.call(request).map_ok(|answer| answer.map(http_body_util::Either::Left)))
        }
    }
}

fn is_grpc(content_type: Option<&HeaderValue>) -> bool {
    let rest = content_type.and_then(|value| value.as_bytes().strip_prefix(b"application/grpc"));
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}
