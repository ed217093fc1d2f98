//! `Span`: a stretch of time in a trace. Entered on each poll and left behind it, never held across an await.

use std::fmt::Display;

use super::Question;
use crate::operation::Operation;

/// Nothing without the `tracing` feature.
pub(crate) struct Span(#[cfg(feature = "tracing")] tracing::Span);

/// A span of a login route: each operation has a name of its own, and all have the same fields.
#[cfg(feature = "tracing")]
macro_rules! endpoint {
    ($name:literal, $contract:ident) => {
        tracing::info_span!(
            $name,
            contract = $contract,
            outcome = tracing::field::Empty,
            reason = tracing::field::Empty,
            user.id = tracing::field::Empty
        )
    };
}

impl Span {
    /// One request to a login route.
    pub(crate) fn endpoint(operation: Operation, contract: &'static str) -> Self {
        let _ = (operation, contract);
        Self(
            #[cfg(feature = "tracing")]
            match operation {
                Operation::Login => endpoint!("auth.login", contract),
                Operation::Exchange => endpoint!("auth.exchange", contract),
                Operation::Refresh => endpoint!("auth.refresh", contract),
                Operation::Logout => endpoint!("auth.logout", contract),
            },
        )
    }

    /// A question to the application's closure.
    pub(crate) fn lookup(question: Question) -> Self {
        let query = question.name();
        let _ = query;
        Self(
            #[cfg(feature = "tracing")]
            tracing::info_span!("auth.lookup", query),
        )
    }

    /// The hashing of a password, without the wait for it.
    pub(crate) fn hash() -> Self {
        Self(
            #[cfg(feature = "tracing")]
            tracing::info_span!("auth.hash"),
        )
    }

    /// The future, inside this span whenever it is polled.
    pub(crate) fn around<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let _ = self;
        #[cfg(feature = "tracing")]
        let future = tracing::Instrument::instrument(future, self.0.clone());
        future
    }

    /// Runs `work` inside this span.
    pub(crate) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        #[cfg(feature = "tracing")]
        let _entered = self.0.enter();
        let _ = self;
        work()
    }

    pub(super) fn ends(&self, outcome: &'static str, reason: &'static str) {
        #[cfg(feature = "tracing")]
        self.0.record("outcome", outcome).record("reason", reason);
        let _ = (self, outcome, reason);
    }

    /// Whose it is. Only where the application asked for it.
    pub(crate) fn user(&self, id: &impl Display) {
        #[cfg(feature = "tracing")]
        self.0.record("user.id", tracing::field::display(id.to_string().escape_debug()));
        let _ = (self, id);
    }

    /// The span that the application is in, which may have a field `user.id`.
    pub(super) fn of_the_application() -> Self {
        Self(
            #[cfg(feature = "tracing")]
            tracing::Span::current(),
        )
    }
}
