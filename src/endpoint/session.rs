//! The beginning of a session: a login's token, and the list that it goes onto where one is kept.

use std::sync::Arc;

use super::{
    mint::{Dated, Issued},
    visit::Visit,
};
use crate::{
    Account, Password, Subject, Timestamp, TokenClaims,
    context::MOST_AHEAD,
    dialect::Refusal,
    lookup::{Identifier, Lookup},
    store::{Listing, Opening},
    telemetry,
    text::beginning,
    throttle::{CountedAction, SessionAction},
    token::{TokenKey, UserKey},
};

/// Most bytes of a label that are kept.
const LABEL_LIMIT: usize = 256;

impl<L: Lookup> Visit<'_, L> {
    /// The account that a password belongs to, and as of when its tokens were revoked, if that was a moment ago.
    ///
    /// Of one that is revoked meanwhile everything is asked again. Which came first cannot be told, the less so by the
    /// clocks of two servers: the password may be the one that was changed, and a token that is dated ahead would
    /// outlive that.
    pub(super) async fn admit(
        &mut self,
        identifier: Option<Identifier>,
        password: &Password,
    ) -> Result<(Arc<Account<L::User>>, Option<Timestamp>), Refusal> {
        let mut known = None;
        for _ in 0..=MOST_AHEAD {
            let context = Arc::clone(self.context);
            let admitted = context.admit_password(identifier.clone(), password.clone(), self.client()).await;
            let account = admitted.map_err(|denied| self.deny(&denied))?;
            let since = self.revoked_of_late(account.id());
            if since == known {
                return Ok((account, since));
            }
            known = since;
        }
        Err(Refusal::Unavailable)
    }

    /// The token of a login by somebody who typed `typed`, or of a renewal of the token `renews`: of credentials that
    /// hold although the user was revoked as of `since`. Counted, but for logins that are not listed.
    pub(super) async fn begin(
        &mut self,
        account: &Account<L::User>,
        typed: &str,
        renews: Option<TokenKey>,
        since: Option<Timestamp>,
    ) -> Result<Issued, Refusal> {
        let action = match renews {
            Some(_) => Some(SessionAction::Refresh),
            None => self.context.listing.as_ref().map(|_| SessionAction::Login),
        };
        let counted = match action {
            Some(action) => self.context.throttle.session_action(action, account.id(), None).await,
            None => Ok(CountedAction::uncounted()),
        };
        let mut counted = counted.map_err(|count| self.beyond(count))?;
        counted.begin();
        let begun = self.begin_counted(account, typed, renews, since).await;
        if begun.is_err() {
            counted.take_back().await;
        }
        begun
    }

    /// The same, once it is counted.
    async fn begin_counted(
        &self,
        account: &Account<L::User>,
        typed: &str,
        renews: Option<TokenKey>,
        since: Option<Timestamp>,
    ) -> Result<Issued, Refusal> {
        let sessions = Arc::clone(&self.context.sessions);
        if sessions.is_unused() && self.context.listing.is_none() {
            return self.issue(account, typed, Dated::default());
        }
        let login = self.seconds_ahead(since)?;
        for signing in 0..=MOST_AHEAD {
            let issued = self.issue(account, typed, Dated { login, signing })?;
            let claims = self.claims_of(&issued, self.now.plus_seconds(login.max(signing).into()))?;
            let token = TokenKey::of(issued.token.as_bytes(), &claims);
            // Where claims have no `jti`, one user's logins in one second are one token, which may have logged out.
            if sessions.is_revoked(&token, self.now) {
                continue;
            }
            self.open(token, &claims, account.id(), renews).await?;
            return Ok(issued);
        }
        // Every token of this second has logged out. The next one has tokens of its own.
        Err(Refusal::Unavailable)
    }

    /// How the session of a token is listed, where sessions are.
    pub(super) fn listing(&self, user: &Subject, issued_at: Timestamp) -> Option<Listing> {
        let listing = self.context.listing.as_ref()?;
        let label = listing.label.as_ref().and_then(|label| label(self.parts)).map(shortened);
        Some(Listing { most: listing.most, ..Listing::new(UserKey::of(user), issued_at, label) })
    }

    async fn open(
        &self,
        token: TokenKey,
        claims: &TokenClaims,
        user: &Subject,
        renews: Option<TokenKey>,
    ) -> Result<(), Refusal> {
        let Some(listing) = self.listing(user, self.now) else { return Ok(()) };
        let until = self.context.last_moment(claims);
        let opening = Opening { renews, ..Opening::new(token, listing, self.now, until) };
        match telemetry::asked("sessions", "open", self.context.sessions.open(opening)).await {
            Ok(true) => Ok(()),
            // Ended since it was judged.
            Ok(false) => Err(Refusal::InvalidCredentials),
            Err(_) => Err(Refusal::Unavailable),
        }
    }

    /// As of when the user was revoked, where that was a moment ago: by the clock of another server, perhaps.
    pub(super) fn revoked_of_late(&self, user: &Subject) -> Option<Timestamp> {
        let since = self.context.sessions.valid_since(user, self.now)?;
        (since.plus_seconds(MOST_AHEAD.into()) > self.now).then_some(since)
    }

    /// By how many seconds a login is dated ahead that comes in the very second of a revocation: claims count whole
    /// seconds, so it would be taken for one from before. Where that is too many, the login has to be tried again.
    fn seconds_ahead(&self, since: Option<Timestamp>) -> Result<u8, Refusal> {
        let second = self.now.whole_second();
        let ahead = since.map_or(0, |since| second.whole_seconds_until(since));
        u8::try_from(ahead).ok().filter(|ahead| *ahead <= MOST_AHEAD).ok_or(Refusal::Unavailable)
    }
}

fn shortened(mut label: String) -> String {
    label.truncate(beginning(&label, LABEL_LIMIT).len());
    label
}
