//! Which contract would refresh whose tokens. None says which contract granted it, so what tells is its algorithm, and
//! whether it has the claims that a refresh asks for.

use super::AuthLayerBuilder;
use crate::{
    Subject, Timestamp,
    dialect::{Dialect, Grant, Issue},
    error::{BuildError, BuildErrorKind},
    token::may_be_refreshed,
};

/// When samples are granted.
const EPOCH: Timestamp = Timestamp::from_unix_seconds(0);

impl AuthLayerBuilder {
    pub(super) fn check_refreshes(&self) -> Result<(), BuildError> {
        for (number, dialect) in self.dialects.iter().enumerate() {
            let issue = dialect.issue();
            let others = || self.dialects.iter().map(|other| (other, other.issue()));
            let refreshes = |other: &Issue| other.refresh_window.is_some() && other.algorithm == issue.algorithm;
            if issue.refresh_window.is_none() {
                if let Some((other, _)) = others().find(|(_, other)| refreshes(other))
                    && self.writes_refreshable(&**dialect, &issue)
                {
                    return Err(refreshed_by_another(dialect.name(), other.name(), &issue));
                }
                continue;
            }
            // A successor is known to the store by its issuer too: of one token, two issuers would have two.
            let differs = |other: &Issue| self.issuer.is_none() && refreshes(other) && other.issuer != issue.issuer;
            if let Some((other, _)) = others().take(number).find(|(_, other)| differs(other)) {
                return Err(different_issuers(other.name(), dialect.name(), &issue));
            }
        }
        Ok(())
    }

    /// Whether the contract's tokens have what a refresh asks for: by samples, for a user whose id is a number or text.
    fn writes_refreshable(&self, dialect: &dyn Dialect, issue: &Issue) -> bool {
        let common_issuer = self.issuer.as_deref();
        [Subject::from(1), Subject::from("1")].iter().any(|subject| {
            let grant = Grant {
                subject,
                username: "ada",
                issued_at: EPOCH,
                not_before: EPOCH,
                expires_at: EPOCH + issue.lifetime,
                token_id: "J92UFQSeZ3D1ORXS",
                issuer: common_issuer.or(issue.issuer.as_deref()),
                common_issuer,
                audience: self.audience.as_deref(),
            };
            dialect.claims(&grant).is_ok_and(|claims| may_be_refreshed(&claims))
        })
    }
}

fn refreshed_by_another(name: &str, other: &str, issue: &Issue) -> BuildError {
    BuildError::new(
        BuildErrorKind::RefreshedByAnother,
        format!(
            "the contract {name} has no refresh, and {other} would refresh its tokens, which are {} and have all the claims for it: leave `nbf` or `jti` out of them, or set `refresh_window` in its `Issue`",
            issue.algorithm
        ),
    )
}

fn different_issuers(other: &str, name: &str, issue: &Issue) -> BuildError {
    BuildError::new(
        BuildErrorKind::DifferentIssuers,
        format!(
            "the contracts {other} and {name} refresh {} tokens as different issuers, so that each would refresh the other's: name one for all with `.issuer(…)`",
            issue.algorithm
        ),
    )
}
