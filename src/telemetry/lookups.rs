//! The application's closure: how long it took, and whether it could tell.

use std::error::Error;

use super::timer::Timer;

/// What the closure is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Login,
    Subject,
}

impl Question {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Subject => "subject",
        }
    }
}

/// Where the durations of lookups go. On the way of every request whose user is looked up, so the recorder was asked
/// for all of them once.
#[derive(Clone)]
pub(crate) struct LookupMeters {
    #[cfg(feature = "metrics")]
    durations: std::sync::Arc<Durations>,
}

#[cfg(feature = "metrics")]
struct Durations {
    login: ByOutcome,
    subject: ByOutcome,
}

#[cfg(feature = "metrics")]
struct ByOutcome {
    found: metrics::Histogram,
    nobody: metrics::Histogram,
    failed: metrics::Histogram,
}

impl LookupMeters {
    pub(super) fn new() -> Self {
        Self {
            #[cfg(feature = "metrics")]
            durations: std::sync::Arc::new(Durations {
                login: ByOutcome::of(Question::Login),
                subject: ByOutcome::of(Question::Subject),
            }),
        }
    }

    /// A question is asked.
    pub(crate) fn start(&self, question: Question) -> LookupMeter {
        LookupMeter { question, timer: Timer::start(), meters: self.clone() }
    }
}

#[cfg(feature = "metrics")]
impl ByOutcome {
    fn of(question: Question) -> Self {
        let query = question.name();
        let by = |outcome: &'static str| metrics::histogram!("tower_auth_lookup_duration_seconds", "query" => query, "outcome" => outcome);
        Self { found: by("found"), nobody: by("nobody"), failed: by("failed") }
    }
}

/// A question under way.
pub(crate) struct LookupMeter {
    question: Question,
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
        let query = self.question.name();
        #[cfg(feature = "tracing")]
        tracing::error!(name: "auth.lookup_failed", query, cause, error = ?super::faults::chain(error), "the user lookup failed");
        let _ = (&self.timer, &self.meters, error);
        count!("tower_auth_lookup_failures_total", "query" => query, "cause" => cause);
    }

    #[cfg(feature = "metrics")]
    fn took(&self, outcome: impl FnOnce(&ByOutcome) -> &metrics::Histogram) {
        let by = match self.question {
            Question::Login => &self.meters.durations.login,
            Question::Subject => &self.meters.durations.subject,
        };
        outcome(by).record(self.timer.seconds());
    }
}
