//! The application's closure: how long it took, and whether it could tell.

use std::error::Error;

use super::timer::Timer;

/// A question under way: `login` or `subject`.
pub(crate) struct LookupMeter {
    query: &'static str,
    timer: Timer,
}

impl LookupMeter {
    pub(crate) fn start(query: &'static str) -> Self {
        Self { query, timer: Timer::start() }
    }

    pub(crate) fn answered(&self, found: bool) {
        self.took(if found { "found" } else { "nobody" });
    }

    /// It could not tell, by an `error` of its own, a `panic`, or a `timeout`.
    pub(crate) fn failed(&self, cause: &'static str, error: &(dyn Error + 'static)) {
        self.took("failed");
        let query = self.query;
        #[cfg(feature = "tracing")]
        tracing::error!(name: "auth.lookup_failed", query, cause, error = ?super::faults::chain(error), "the user lookup failed");
        let _ = error;
        count!("tower_auth_lookup_failures_total", "query" => query, "cause" => cause);
    }

    fn took(&self, outcome: &'static str) {
        #[cfg(feature = "metrics")]
        metrics::histogram!("tower_auth_lookup_duration_seconds", "query" => self.query, "outcome" => outcome)
            .record(self.timer.seconds());
        let _ = (&self.timer, outcome);
    }
}
