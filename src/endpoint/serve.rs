//! One request to one endpoint: the operation, and then the contract's answer.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;

use super::{answer, exchange::exchange, login::login, logout::logout, mint::Issued, refresh::refresh, visit::Visit};
use crate::{
    context::Context,
    credentials::{Head, Sender},
    dialect::{Answer, Granted, Operation, Refusal, Refused},
    lookup::Lookup,
    telemetry::{self, Ended, Span},
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
    let span = Span::endpoint(served.operation, dialect.name());
    let answering = async {
        // The user's `Serialize` and a dialect of the application's run in here.
        let outcome = Caught::new(async {
            match served.operation {
                Operation::Login => login(&mut visit, body).await.map(Done::issued),
                Operation::Exchange => exchange(&mut visit).await.map(Done::issued),
                Operation::Refresh => refresh(&mut visit).await.map(Done::issued),
                Operation::Logout => logout(&mut visit).await.map(|()| Done::LoggedOut),
            }
        });
        let outcome = outcome.await.unwrap_or_else(|panicked| {
            telemetry::panicked(&panicked);
            Err(Refusal::Failed)
        });
        if let (Ok(Done::Issued(issued)), true) = (&outcome, context.gate.tells_users()) {
            span.user(issued.subject());
        }
        let ended = ended(&outcome);
        let (response, ended) = match caught(|| visit.answer(outcome)) {
            Ok(response) => (response, ended),
            Err(panicked) => {
                telemetry::panicked(&panicked);
                let mut response = Answer::empty(StatusCode::INTERNAL_SERVER_ERROR).into_response();
                response.extensions_mut().insert(Refusal::Failed);
                (response, Ended::Failed(Refusal::Failed.as_str()))
            }
        };
        telemetry::ended(&span, dialect.name(), served.operation, ended);
        response
    };
    span.around(answering).await
}

/// What is told of an outcome.
fn ended(outcome: &Result<Done, Refusal>) -> Ended {
    match outcome {
        Ok(Done::Issued(_)) => Ended::Granted,
        Ok(Done::LoggedOut) => Ended::LoggedOut,
        Err(refusal @ (Refusal::Failed | Refusal::Unavailable | Refusal::Overloaded)) => {
            Ended::Failed(refusal.as_str())
        }
        Err(refusal) => Ended::Refused(refusal.as_str()),
    }
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
            Ok(Done::LoggedOut) => answer::logged_out(self.dialect, self.cookie()),
            Err(refusal) => self.refused(refusal),
        }
    }

    fn granted(&self, issued: &Issued) -> Response<Bytes> {
        let granted = Granted {
            operation: self.served.operation,
            token: &issued.token,
            grant: self.grant(issued),
            user: &issued.user,
            rate: self.rate.as_ref(),
        };
        answer::granted(self.dialect, &granted, self.cookie(), self.now)
    }

    /// The cookie that this answer may set. None for a page of another site: it could log a browser in as somebody it
    /// chose (RFC 6749 §10.12), or out.
    fn cookie(&self) -> Option<&TokenCookie> {
        let sources = &self.context.sources;
        let cookie = sources.cookie.as_ref()?;
        (sources.sender(Head::from(self.parts)) != Sender::Foreign).then_some(cookie)
    }

    fn refused(&self, refusal: Refusal) -> Response<Bytes> {
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
