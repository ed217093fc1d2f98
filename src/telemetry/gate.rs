//! Guarded requests. Of public ones nothing is told.

use std::fmt::Display;

use super::{LookupMeters, Span};
use crate::Scheme;

/// What is told about those who are let in, as far as it is on every request's way.
pub(crate) struct Gate {
    /// Whether the user's id goes into the application's span.
    user_ids: bool,
    pub(crate) lookups: LookupMeters,
    #[cfg(feature = "metrics")]
    counters: Counters,
}

/// The recorder was asked for each of them once.
#[cfg(feature = "metrics")]
struct Counters {
    bearer: metrics::Counter,
    basic: metrics::Counter,
    nobody: metrics::Counter,
    passwords: Recalled,
    tokens: Recalled,
}

/// How often what was verified a moment ago was known again.
#[cfg(feature = "metrics")]
struct Recalled {
    hits: metrics::Counter,
    misses: metrics::Counter,
}

#[cfg(feature = "metrics")]
impl Recalled {
    fn new(name: &'static str) -> Self {
        let counter = |outcome: &'static str| metrics::counter!(name, "outcome" => outcome);
        Self { hits: counter("hit"), misses: counter("miss") }
    }

    fn count(&self, known: bool) {
        if known { &self.hits } else { &self.misses }.increment(1);
    }
}

#[cfg(feature = "metrics")]
impl Counters {
    fn new() -> Self {
        let admitted = |scheme| {
            let scheme = label(scheme);
            metrics::counter!(
                "tower_auth_requests_total", "outcome" => "admitted", "scheme" => scheme, "reason" => "none"
            )
        };
        Self {
            bearer: admitted(Some(Scheme::Bearer)),
            basic: admitted(Some(Scheme::Basic)),
            nobody: admitted(None),
            passwords: Recalled::new("tower_auth_basic_cache_total"),
            tokens: Recalled::new("tower_auth_token_cache_total"),
        }
    }
}

impl Gate {
    pub(crate) fn new(user_ids: bool) -> Self {
        #[cfg(feature = "metrics")]
        super::catalogue::describe();
        Self {
            user_ids,
            lookups: LookupMeters::new(),
            #[cfg(feature = "metrics")]
            counters: Counters::new(),
        }
    }

    /// Whether the application asked for user ids in spans.
    pub(crate) fn tells_users(&self) -> bool {
        self.user_ids
    }

    /// A request goes on to the inner service, or is given a ticket. Whose it is, is asked for only if the application
    /// wants that told.
    pub(crate) fn admitted<U: Display>(&self, scheme: Option<Scheme>, user: impl FnOnce() -> Option<U>) {
        #[cfg(feature = "metrics")]
        match scheme {
            Some(Scheme::Bearer) => self.counters.bearer.increment(1),
            Some(Scheme::Basic) => self.counters.basic.increment(1),
            None => self.counters.nobody.increment(1),
        }
        let _ = scheme;
        if let Some(id) = self.user_ids.then(user).flatten() {
            Span::of_the_application().user(&id);
        }
    }

    /// Whether a password of Basic was known again without its hash.
    pub(crate) fn recalled(&self, known: bool) {
        #[cfg(feature = "metrics")]
        self.counters.passwords.count(known);
        let _ = (self, known);
    }

    /// Whether a token was known as verified.
    pub(crate) fn recalled_token(&self, known: bool) {
        #[cfg(feature = "metrics")]
        self.counters.tokens.count(known);
        let _ = (self, known);
    }
}

/// A guarded request was refused, or `failed`: nobody could tell.
pub(crate) fn refused(scheme: Option<Scheme>, reason: &'static str, failed: bool) {
    let (outcome, scheme) = (if failed { "failed" } else { "refused" }, label(scheme));
    #[cfg(feature = "tracing")]
    tracing::debug!(name: "auth.refused", outcome, scheme, reason, "a request was refused");
    count!("tower_auth_requests_total", "outcome" => outcome, "scheme" => scheme, "reason" => reason);
}

/// The scheme as a label; `none` of nobody, and where it cannot be said.
fn label(scheme: Option<Scheme>) -> &'static str {
    scheme.map_or("none", Scheme::as_str)
}
