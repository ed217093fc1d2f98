//! Revoking: one token, its family, a user's tokens, a session. Each for as long as any door might take them.

use std::time::Duration;

use crate::{
    BoxError, Subject, TokenClaims,
    clock::Timestamp,
    context::{Context, MOST_AHEAD},
    session::{Session, SessionId},
    telemetry::asked,
    token::{Fault, TokenKey, UserKey, Window},
};

/// A token that some door takes, or could refresh.
pub(crate) struct Accepted {
    key: TokenKey,
    claims: TokenClaims,
    until: Timestamp,
    now: Timestamp,
}

impl Accepted {
    /// What the sessions call it.
    pub(crate) fn key(&self) -> TokenKey {
        self.key
    }

    /// Whose it is, and in whose words.
    pub(crate) fn claims(&self) -> &TokenClaims {
        &self.claims
    }
}

impl<L> Context<L> {
    /// The token, if it means anything anywhere; whether it was revoked is not asked.
    pub(crate) fn accepted(&self, token: &str) -> Result<Accepted, Fault> {
        let now = self.clock.now();
        let verify = |window| self.tokens.verify(&self.keys, token.as_bytes(), now, window);
        let claims =
            verify(Window::Expiry).or_else(|fault| self.windows().find_map(|w| verify(w).ok()).ok_or(fault))?;
        let (key, until) = (TokenKey::of(token.as_bytes(), &claims), self.last_moment(&claims));
        Ok(Accepted { key, claims, until, now })
    }

    /// The moment from which no door accepts the token.
    pub(crate) fn last_moment(&self, claims: &TokenClaims) -> Timestamp {
        let own = self.tokens.last_moment(claims, Window::Expiry);
        self.windows().map(|window| self.tokens.last_moment(claims, window)).fold(own, Timestamp::max)
    }

    /// The same of any token of its family, once it is refreshed `now`: the retry that gets its successor may be another
    /// contract's, and live by that one's lifetime.
    pub(crate) fn last_moment_of_family(&self, claims: &TokenClaims, now: Timestamp) -> Timestamp {
        let issues = self.dialects.iter().map(|dialect| dialect.issue());
        // A window from the login is the token's own; one that slides, which holds a lifetime, opens anew.
        let lives = issues.filter_map(|issue| match issue.window()? {
            Window::Sliding(seconds) => Some(Duration::from_secs(seconds.unsigned_abs())),
            _ => Some(issue.lifetime),
        });
        let longest = lives.max().unwrap_or_default();
        let successor_ends = (now + longest).plus_seconds(self.tokens.leeway.unsigned_abs() + 1);
        self.last_moment(claims).max(successor_ends)
    }

    /// Whether it was refreshed or revoked before.
    pub(crate) fn is_spent(&self, token: &Accepted) -> bool {
        self.sessions.is_spent(&token.key, token.now)
    }

    /// Has this process know what became of a token and its user by now, on whichever server.
    pub(crate) async fn catch_up(&self, token: TokenKey, user: &Subject) -> Result<(), BoxError> {
        asked("sessions", "catch_up", self.sessions.catch_up(token, UserKey::of(user), self.clock.now())).await
    }

    pub(crate) async fn revoke(&self, token: &Accepted) -> Result<(), BoxError> {
        asked("sessions", "revoke", self.sessions.revoke(token.key, token.now, token.until)).await
    }

    pub(crate) async fn revoke_family(&self, token: &Accepted) -> Result<(), BoxError> {
        asked("sessions", "revoke_family", self.sessions.revoke_family(token.key, token.now, token.until)).await
    }

    pub(crate) async fn revoke_user(&self, user: &Subject) -> Result<(), BoxError> {
        let now = self.clock.now();
        // A login after an earlier revocation in this second is dated into a later one, and is from before this one.
        let second = now.whole_second();
        let dated = self.sessions.valid_since(user, now).map_or(0, |since| second.whole_seconds_until(since));
        let last = if dated == 0 { now } else { second.plus_seconds(dated.min(MOST_AHEAD.into())) };
        let until = (last + self.longest_life).plus_seconds(self.tokens.leeway.unsigned_abs() + 1);
        let revoked = self.sessions.revoke_user(UserKey::of(user), now, last.next(), until);
        asked("sessions", "revoke_user", revoked).await
    }

    pub(crate) async fn sessions(&self, user: &Subject) -> Result<Vec<Session>, BoxError> {
        self.listed()?;
        asked("sessions", "sessions", self.sessions.sessions(UserKey::of(user), self.clock.now())).await
    }

    pub(crate) async fn end_session(&self, user: &Subject, session: SessionId) -> Result<bool, BoxError> {
        self.listed()?;
        let ended = self.sessions.end_session(UserKey::of(user), session, self.clock.now());
        asked("sessions", "end_session", ended).await
    }

    fn listed(&self) -> Result<(), BoxError> {
        match self.listing {
            Some(_) => Ok(()),
            None => Err("sessions are not listed: build the layer with `list_sessions()`".into()),
        }
    }

    /// Each window in which a token may be refreshed: the contracts', and that of whoever shares the store.
    fn windows(&self) -> impl Iterator<Item = Window> {
        self.dialects.iter().filter_map(|dialect| dialect.issue().window()).chain(self.others_window)
    }
}
