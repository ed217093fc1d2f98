//! The application's closure: how long it took, and whether it could tell.

use std::error::Error;

use super::timer::Timer;

/// Where the durations of lookups go. On the way of every request whose user is looked up, so the recorder was asked
/// for all of them once.
#[derive(Clone)]
pub(crate) struct LookupMeters {
    #[cfg(feature = "metrics")]
    durations: std::sync::Arc<[Durations; 2]>,
}

/// Of questions of one kind, by how they ended.
#[cfg(feature = "metrics")]
struct Durations {
    query: &'static str,
    found: metrics::Histogram,
    nobody: metrics::Histogram,
    failed: metrics::Histogram,
}

impl LookupMeters {
    pub(super) fn new() -> Self {
        Self {
            #[cfg(feature = "metrics")]
            durations: std::sync::Arc::new(["login", "subject"].map(Durations::of)),
        }
    }

    /// A question of this kind, `login` or `subject`, is asked.
    pub(crate) fn start(&self, query: &'static str) -> LookupMeter {
        LookupMeter { query, timer: Timer::start(), meters: self.clone() }
    }
}

#[cfg(feature = "metrics")]
impl Durations {
    fn of(query: &'static str) -> Self {
        let by = |outcome: &'static str| metrics::histogram!("tower_auth_lookup_duration_seconds", "query" => query, "outcome" => outcome);
        Self { query, found: by("found"), nobody: by("nobody"), failed: by("failed") }
    }
}

/// A question under way.
pub(crate) struct LookupMeter {
    query: &'static str,
    timer: Timer,
    meters: LookupMeters,
}

impl LookupMeter {
    pub(crate) fn answered(&self, found: bool) {
        #[cfg(feature = "metrics")]
        self.took(|by| if found { &by.found } else { &by.nobody });
        let _ = (self, found);
    }

    /// It could not tell, by an `error` of its own, a `panic`, or a `timeout`.
    pub(crate) fn failed(&self, cause: &'static str, error: &(dyn Error + 'static)) {
        #[cfg(feature = "metrics")]
        self.took(|by| &by.failed);
        let query = self.query;
        #[cfg(feature = "tracing")]
        tracing::error!(name: "auth.lookup_failed", query, cause, error = ?super::faults::chain(error), "the user lookup failed");
        let _ = (&self.timer, &self.meters, error);
        count!("tower_auth_lookup_failures_total", "query" => query, "cause" => cause);
    }

    #[cfg(feature = "metrics")]
    fn took(&self, outcome: impl FnOnce(&Durations) -> &metrics::Histogram) {
        if let Some(by) = self.meters.durations.iter().find(|by| by.query == self.query) {
            outcome(by).record(self.timer.seconds());
        }
    }
}
