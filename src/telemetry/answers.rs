//! What the login routes answered.

use super::Span;
use crate::operation::Operation;

/// How a request to a login route ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// With a token.
    Granted,
    LoggedOut,
    /// Refused, for this reason.
    Refused(&'static str),
    /// The service could not do its part, for this reason.
    Failed(&'static str),
}

impl Ended {
    fn outcome(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::LoggedOut => "logged_out",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::Granted | Self::LoggedOut => "none",
            Self::Refused(reason) | Self::Failed(reason) => reason,
        }
    }
}

/// A login route has answered.
pub(crate) fn ended(span: &Span, contract: &'static str, at: Operation, ended: Ended) {
    let (operation, outcome, reason) = (at.as_str(), ended.outcome(), ended.reason());
    span.ends(outcome, reason);
    #[cfg(feature = "tracing")]
    match ended {
        Ended::Granted => tracing::info!(name: "auth.granted", contract, operation, "a token was issued"),
        Ended::LoggedOut => tracing::info!(name: "auth.logged_out", contract, operation, "a session was ended"),
        Ended::Refused(_) | Ended::Failed(_) => {
            tracing::info!(name: "auth.login_refused", contract, operation, outcome, reason, "a login was refused");
        }
    }
    #[cfg(feature = "metrics")]
    match at {
        Operation::Refresh => {
            count!("tower_auth_refreshes_total", "contract" => contract, "outcome" => outcome, "reason" => reason);
        }
        Operation::Logout => {
            count!("tower_auth_logouts_total", "contract" => contract, "outcome" => outcome, "reason" => reason);
        }
        Operation::Login | Operation::Exchange => {
            count!("tower_auth_logins_total", "contract" => contract, "operation" => operation, "outcome" => outcome, "reason" => reason);
        }
    }
    let _ = (contract, operation, outcome, reason);
}

/// An old token was refreshed again after its grace: its family is revoked.
pub(crate) fn reuse_detected(contract: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "auth.reuse_detected", contract, "a refreshed token was used again; its family is revoked");
    count!("tower_auth_reuse_detected_total", "contract" => contract);
}

/// Somebody was kept from going on: by the `failures` of an account or those of a `network`, by a contract's limit on
/// `requests`, or by that on an account's `refreshes`, `logouts` and `logins`.
pub(crate) fn throttled(limit: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::info!(name: "auth.throttled", limit, "too many failures or requests; it is refused");
    count!("tower_auth_throttled_total", "limit" => limit);
}
