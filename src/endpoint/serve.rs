//! One request to one endpoint: the operation, and then the contract's answer with what every answer needs.

use std::sync::Arc;

use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER},
};
use http_body::Body;

use super::{exchange::exchange, login::login, logout::logout, mint::Issued, refresh::refresh, visit::Visit};
use crate::{
    challenge::ErrorCode,
    context::Context,
    dialect::{Answer, Granted, Operation, Refusal, Refused},
    lookup::Lookup,
    telemetry,
    unwind::{Caught, caught},
};

/// Seconds after which a request that found no room, or no store, may be tried again.
const RETRY: u64 = 1;

/// What an operation that was not refused comes to.
enum Done {
    Issued(Box<Issued>),
    LoggedOut,
}

pub(crate) async fn serve<L, B>(context: Arc<Context<L>>, number: usize, request: Request<B>) -> Response<Bytes>
where
    L: Lookup,
    B: Body,
{
    let (parts, body) = request.into_parts();
    let served = context.routes.served(number);
    let dialect = served.and_then(|served| context.dialects.get(served.dialect));
    let (Some(served), Some(dialect)) = (served, dialect) else {
        // Unreachable: the number came from these very routes.
        return Answer::empty(StatusCode::NOT_FOUND).into_response();
    };
    let now = context.clock.now();
    let mut visit =
        Visit { context: &context, dialect: &**dialect, served, parts: &parts, now, rate: None, retry_after: None };
    // The user's `Serialize` and a dialect of the application's run in here.
    let outcome = Caught::new(async {
        match served.operation {
            Operation::Login => login(&mut visit, body).await.map(Done::issued),
            Operation::Exchange => exchange(&mut visit).await.map(Done::issued),
            Operation::Refresh => refresh(&visit).await.map(Done::issued),
            Operation::Logout => logout(&visit).await.map(|()| Done::LoggedOut),
        }
    });
    let outcome = outcome.await.unwrap_or_else(|panicked| {
        telemetry::panicked(&panicked);
        Err(Refusal::Failed)
    });
    caught(|| visit.answer(outcome)).unwrap_or_else(|panicked| {
        telemetry::panicked(&panicked);
        Answer::empty(StatusCode::INTERNAL_SERVER_ERROR).into_response()
    })
}

impl Done {
    fn issued(issued: Issued) -> Self {
        Self::Issued(Box::new(issued))
    }
}

impl<L> Visit<'_, L> {
    fn answer(&self, outcome: Result<Done, Refusal>) -> Response<Bytes> {
        match outcome {
            Ok(Done::Issued(issued)) => self.granted(&issued),
            Ok(Done::LoggedOut) => {
                telemetry::logged_out(self.dialect.name());
                self.dialect.logged_out().into_response()
            }
            Err(refusal) => self.refused(refusal),
        }
    }

    fn granted(&self, issued: &Issued) -> Response<Bytes> {
        telemetry::granted(self.dialect.name());
        let granted = Granted {
            operation: self.served.operation,
            token: &issued.token,
            grant: self.grant(issued),
            user: &issued.user,
            rate: self.rate.as_ref(),
        };
        let mut response = self.dialect.granted(&granted).into_response();
        // RFC 6749 §5.1
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }

    fn refused(&self, refusal: Refusal) -> Response<Bytes> {
        telemetry::login_refused(self.dialect.name(), refusal.name());
        let refused = Refused {
            refusal,
            operation: self.served.operation,
            path: &self.served.path,
            now: self.now,
            rate: self.rate.as_ref(),
        };
        let mut response = self.dialect.refused(&refused).into_response();
        let retry_after = match refusal {
            Refusal::Throttled => self.retry_after.or_else(|| Some(self.rate?.retry_after(self.now))),
            Refusal::Overloaded | Refusal::Unavailable => Some(RETRY),
            _ => None,
        };
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if response.status() == StatusCode::UNAUTHORIZED {
            // RFC 9110 §15.5.2: a 401 offers a challenge.
            let challenges = &self.context.guard.challenges;
            let code = refusal.is_of_token().then_some(ErrorCode::InvalidToken);
            challenges.add(code, true, response.headers_mut());
        }
        response.extensions_mut().insert(refusal);
        response
    }
}
