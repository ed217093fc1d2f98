//! A gRPC service that tells callers who they are, for any user type: the identity is the layer's.

use std::{fmt, marker::PhantomData};

use tokio::sync::watch;
use tokio_stream::{Stream, StreamExt, wrappers::WatchStream};
use tonic::{Request, Response, Status};
use tower_auth::{Identity, Rejection, Requirement};

/// The generated code of `proto/whoami.proto`.
#[allow(clippy::pedantic)]
pub mod whoami {
    tonic::include_proto!("whoami.v1");
}

use whoami::{Caller, CountReply, CountRequest, GetRequest, WatchRequest, whoami_server::Whoami};

/// The service, for the user type `U` of the application's lookup. `Watch` answers with every tick, and ends with the
/// sender of the ticks.
pub struct Teller<U> {
    ticks: watch::Receiver<u64>,
    user: PhantomData<fn() -> U>,
}

impl<U> Teller<U> {
    pub fn new(ticks: watch::Receiver<u64>) -> Self {
        Self { ticks, user: PhantomData }
    }
}

impl<U> fmt::Debug for Teller<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teller").finish_non_exhaustive()
    }
}

#[tonic::async_trait]
impl<U: Send + Sync + 'static> Whoami for Teller<U> {
    type WatchStream = std::pin::Pin<Box<dyn Stream<Item = Result<Caller, Status>> + Send>>;

    async fn get(&self, request: Request<GetRequest>) -> Result<Response<Caller>, Status> {
        caller::<U, _>(&request).map(Response::new)
    }

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let caller = caller::<U, _>(&request)?;
        let count = match request.get_ref().count {
            0 => usize::MAX,
            count => usize::try_from(count).unwrap_or(usize::MAX),
        };
        let answers = WatchStream::new(self.ticks.clone()).map(move |_| Ok(caller.clone())).take(count);
        Ok(Response::new(Box::pin(answers)))
    }

    async fn count(&self, request: Request<CountRequest>) -> Result<Response<CountReply>, Status> {
        Requirement::scope("ticks").check(&identity::<U, _>(&request)?).map_err(denied)?;
        Ok(Response::new(CountReply { ticks: *self.ticks.borrow() }))
    }
}

fn caller<U: Send + Sync + 'static, M>(request: &Request<M>) -> Result<Caller, Status> {
    identity::<U, _>(request).map(|identity| Caller {
        id: identity.id().to_string(),
        username: identity.username().unwrap_or_default().to_owned(),
        scheme: identity.scheme().to_string(),
    })
}

/// Who was let in. Nobody, where the layer does not run or lets everybody through: a mistake of the server, not of the
/// caller.
fn identity<U: Send + Sync + 'static, M>(request: &Request<M>) -> Result<Identity<U>, Status> {
    let identity = Identity::of(request.extensions());
    identity.ok_or_else(|| Status::internal("no identity: the layer does not guard this service"))
}

/// As the layer itself refuses whoever lacks a scope.
fn denied(rejection: Rejection) -> Status {
    Status::permission_denied(rejection.to_string())
}
