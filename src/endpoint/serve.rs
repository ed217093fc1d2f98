//! One request to one endpoint: the operation, and then the contract's answer.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header::SET_COOKIE};
use http_body::Body;

use super::{answer, exchange::exchange, login::login, logout::logout, mint::Issued, refresh::refresh, visit::Visit};
use crate::{
    context::Context,
    credentials::{Head, Sender},
    dialect::{Answer, Granted, Operation, Refusal, Refused},
    lookup::Lookup,
    telemetry,
    token_cookie::TokenCookie,
    unwind::{Caught, caught},
};

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
                let mut response = self.dialect.logged_out().into_response();
                if let Some(cookie) = self.context.sources.cookie.as_ref().and_then(TokenCookie::clear) {
                    response.headers_mut().append(SET_COOKIE, cookie);
                }
                response
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
        let mut response = answer::granted(self.dialect, &granted);
        if let Some(cookie) = self.cookie(&granted) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    /// The cookie that keeps the token. Not for a page of another site: it could log a browser in as somebody it chose
    /// (RFC 6749 §10.12).
    fn cookie(&self, granted: &Granted<'_>) -> Option<HeaderValue> {
        let sources = &self.context.sources;
        let cookie = sources.cookie.as_ref()?;
        let left = granted.grant.expires_at.saturating_sub(self.now.numeric_date());
        match sources.sender(Head::from(self.parts)) {
            Sender::Foreign => None,
            Sender::Own | Sender::Untold => cookie.set(granted.token, u64::try_from(left).unwrap_or_default()),
        }
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
        answer::refused(self.dialect, &self.context.guard.challenges, &refused, self.retry_after)
    }
}
