//! `SessionLimit`: how many tokens one account may put on the list of revocations.

use std::time::Duration;

use super::window;
use crate::store::Rate;

/// How often one account may refresh, log out, and begin sessions that are listed: a number of each per window.
///
/// Each of these takes an entry in the [`SessionStore`](crate::store::SessionStore) that stays until its token would
/// have expired, and a store that is full refuses everybody's. So what one account may take is bounded. The three are
/// counted apart, and what may be refreshed may be logged out too, beside the logouts: a stolen token that is refreshed
/// or renewed in a loop, and whose every token is logged out, keeps nobody from logging out. Beyond, the answer is 429
/// in the contract's shape, with `Retry-After`; the tokens that the account has stay good.
///
/// Counted is what takes an entry, and a Bearer that is renewed, as a refresh, since each of its tokens can be logged
/// out. A refresh that is repeated inside the grace, or sent twenty times at once, is one; a logout that is repeated is
/// one; a token that was used up before counts nothing. Logouts of [another issuer's](crate::VerifyingKey::issuer)
/// tokens are counted apart from those of the account that is called so here. What the application revokes by itself is
/// not counted.
///
/// Not bounded: the uses of [tickets](crate::AuthLayerBuilder::tickets), each of which takes two places for 80 to 140
/// seconds. And a thief who renews a stolen token over several windows can log all of them out in one: the owner's
/// logouts then wait for that window to end.
///
/// ```
/// use std::time::Duration;
///
/// use tower_auth::SessionLimit;
///
/// assert_eq!(SessionLimit::default(), SessionLimit::new(120, Duration::from_secs(60 * 60)));
/// let busy = SessionLimit::default().refreshes(1000);
/// # let _ = busy;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimit {
    refreshes: u32,
    logouts: u32,
    logins: u32,
    window: Duration,
}

/// What an account does to its sessions, each counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionAction {
    Refresh,
    Logout,
    /// Of a session that is listed.
    Login,
}

impl SessionLimit {
    /// `each` refreshes and `each` listed logins per `window`, and twice as many logouts. Two consecutive windows may
    /// be used up at once, where they meet.
    ///
    /// [`AuthLayerBuilder::build`](crate::AuthLayerBuilder::build) wants at least 1 of each, and a window of whole
    /// seconds, at most a day. Where tokens live for minutes, count: each client refreshes once in a token's life.
    pub const fn new(each: u32, window: Duration) -> Self {
        Self { refreshes: each, logouts: each, logins: each, window }
    }

    /// Sets how many refreshes and renewals, by all clients of the account together.
    #[must_use]
    pub const fn refreshes(mut self, most: u32) -> Self {
        self.refreshes = most;
        self
    }

    /// Sets how many logouts, besides one for each of the refreshes.
    #[must_use]
    pub const fn logouts(mut self, most: u32) -> Self {
        self.logouts = most;
        self
    }

    /// Sets how many logins, where [sessions are listed](crate::AuthLayerBuilder::list_sessions). Elsewhere a login
    /// takes no entry, and is not counted.
    #[must_use]
    pub const fn logins(mut self, most: u32) -> Self {
        self.logins = most;
        self
    }

    /// Whether it limits, and lets something through.
    pub(crate) fn is_sane(self) -> bool {
        let least = self.refreshes.min(self.logouts).min(self.logins);
        least > 0 && window::is_sane(self.window)
    }

    pub(crate) fn rate(self, action: SessionAction) -> Rate {
        let most = match action {
            SessionAction::Refresh => self.refreshes,
            // Whatever is made of a stolen token can be logged out one by one, and must leave its owner his own.
            SessionAction::Logout => self.logouts.saturating_add(self.refreshes),
            SessionAction::Login => self.logins,
        };
        Rate::new(most, self.window)
    }
}

impl Default for SessionLimit {
    /// 120 refreshes, 240 logouts and 120 listed logins in an hour.
    fn default() -> Self {
        Self::new(120, Duration::from_secs(60 * 60))
    }
}

impl SessionAction {
    /// What it is called where limits are told of, and in keys.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refreshes",
            Self::Logout => "logouts",
            Self::Login => "logins",
        }
    }
}
