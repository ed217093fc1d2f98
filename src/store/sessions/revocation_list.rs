//! `RevocationList`: what guarded requests ask, in this process's memory.

use std::fmt;

use super::{
    flat_table::{FlatTable, Full},
    settled::Settled,
    shard::{Entry, whole_seconds},
};
use crate::{
    BoxError,
    clock::Timestamp,
    subject::Subject,
    sync::atomic::{AtomicBool, Ordering},
    telemetry,
    token::{TokenKey, UserKey},
};

/// Which tokens are revoked, and since when the tokens of which users are good: the local part of a
/// [`SessionStore`](crate::store::SessionStore), whole in memory and the replica in a remote one.
///
/// A revoked token costs 26 to 30 bytes; nothing is allocated before the first. Readers and writers share one of many
/// locks, each for as long as it takes to look at a few entries, or now and then to copy a thousand. An entry leaves
/// once its token would have expired, and the clock has said so for a minute or two: one that jumps ahead and comes back
/// takes nothing along. A full list refuses, with an error and the event `auth.store_full`.
///
/// ```
/// use std::time::Duration;
///
/// use tower_auth::{
///     Timestamp,
///     store::{RevocationList, TokenKey},
/// };
///
/// let list = RevocationList::with_capacity(1000);
/// let (token, now) = (TokenKey::from_bytes([7; 16]), Timestamp::from_unix_seconds(1_700_000_000));
/// assert!(list.is_unused());
/// list.revoke(token, now, now, now + Duration::from_secs(3600))?;
/// assert!(list.is_revoked(&token, now));
/// assert!(!list.is_revoked(&token, now + Duration::from_secs(3600)));
/// # Ok::<(), tower_auth::BoxError>(())
/// ```
pub struct RevocationList {
    tokens: FlatTable<Span>,
    users: FlatTable<Watermark>,
    /// Whether anything was ever listed: most processes can answer without a lock for long.
    used: AtomicBool,
    users_used: AtomicBool,
    settled: Settled,
    capacity: usize,
}

/// When a token is revoked, in whole seconds.
#[derive(Clone, Copy, Default)]
struct Span {
    from: u32,
    until: u32,
}

/// Since when a user's tokens are good.
#[derive(Clone, Copy, Default)]
struct Watermark {
    since: u64,
    until: u32,
}

impl RevocationList {
    /// A list of at most `capacity` tokens, and as many users.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            tokens: FlatTable::with_capacity(capacity),
            users: FlatTable::with_capacity(capacity),
            used: AtomicBool::new(false),
            users_used: AtomicBool::new(false),
            settled: Settled::new(),
            capacity,
        }
    }

    /// The most tokens it takes.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many tokens are listed, some of which may have had their time.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether no token is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that the listed tokens take, with what they have to grow into.
    pub fn token_bytes(&self) -> usize {
        self.tokens.bytes()
    }

    /// Whether nothing was ever listed.
    pub fn is_unused(&self) -> bool {
        !self.used.load(Ordering::Acquire)
    }

    /// Whether the token is revoked.
    pub fn is_revoked(&self, token: &TokenKey, now: Timestamp) -> bool {
        let now = now.unix_seconds();
        self.tokens.get(token.as_bytes()).is_some_and(|span| span.covers(now))
    }

    /// Whether the token is revoked, or will be.
    pub fn is_listed(&self, token: &TokenKey, now: Timestamp) -> bool {
        self.tokens.get(token.as_bytes()).is_some_and(|span| now.unix_seconds() < u64::from(span.until))
    }

    /// Since when the user's tokens are good, if ever told.
    pub fn valid_since(&self, user: &Subject, now: Timestamp) -> Option<Timestamp> {
        if !self.users_used.load(Ordering::Acquire) {
            return None;
        }
        let known = self.users.get(UserKey::of(user).as_bytes())?;
        (now.unix_seconds() < u64::from(known.until)).then(|| Timestamp::from_unix_millis(known.since))
    }

    /// Revokes a token from `from`, which may be in the past, until `until`. Of two revocations of one token both
    /// count: the earlier beginning and the later end.
    ///
    /// # Errors
    ///
    /// When the list is full. The token is not revoked then.
    pub fn revoke(&self, token: TokenKey, now: Timestamp, from: Timestamp, until: Timestamp) -> Result<(), BoxError> {
        let from = if from <= now { 0 } else { whole_seconds(from) };
        self.insert(token, Span { from, until: whole_seconds(until) }, now)
    }

    /// The same of a revocation that another process made, by its clock: `None` is at once, and a moment is that
    /// moment, past or not.
    #[cfg(feature = "redis")]
    pub(in crate::store) fn replicate(
        &self,
        token: TokenKey,
        now: Timestamp,
        from: Option<Timestamp>,
        until: Timestamp,
    ) -> Result<(), BoxError> {
        let from = from.map(whole_seconds).unwrap_or_default();
        self.insert(token, Span { from, until: whole_seconds(until) }, now)
    }

    fn insert(&self, token: TokenKey, span: Span, now: Timestamp) -> Result<(), BoxError> {
        self.used.store(true, Ordering::Release);
        let listed = self.tokens.insert(token.as_bytes(), span, self.over(now)).map_err(|Full| self.full("tokens"));
        telemetry::revocations("tokens", self.tokens.len(), self.capacity);
        listed
    }

    /// Revokes a user's tokens from before `since`, until `until`. Of two moments the later one counts.
    ///
    /// # Errors
    ///
    /// When the list is full. No token is revoked then.
    pub fn revoke_user(
        &self,
        user: UserKey,
        now: Timestamp,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<(), BoxError> {
        let watermark = Watermark { since: since.unix_millis(), until: whole_seconds(until) };
        self.used.store(true, Ordering::Release);
        self.users_used.store(true, Ordering::Release);
        let listed = self.users.insert(user.as_bytes(), watermark, self.over(now)).map_err(|Full| self.full("users"));
        telemetry::revocations("users", self.users.len(), self.capacity);
        listed
    }

    /// A part of the tokens: the first bytes of each key, which is all that is kept, with the moments from and until
    /// which it is revoked. None beyond the last part.
    #[cfg(feature = "redis")]
    pub(in crate::store) fn tokens(&self, part: usize) -> Option<Vec<([u8; 12], Timestamp, Timestamp)>> {
        let moment = |seconds: u32| Timestamp::from_unix_seconds(seconds.into());
        let whole = |(key, span): ([u8; 12], Span)| (key, moment(span.from), moment(span.until));
        Some(self.tokens.entries(part)?.into_iter().map(whole).collect())
    }

    /// A part of the users: each with the moment since which their tokens are good, and until when that matters.
    #[cfg(feature = "redis")]
    pub(in crate::store) fn users(&self, part: usize) -> Option<Vec<([u8; 12], Timestamp, Timestamp)>> {
        let whole = |(key, watermark): ([u8; 12], Watermark)| {
            let until = Timestamp::from_unix_seconds(watermark.until.into());
            (key, Timestamp::from_unix_millis(watermark.since), until)
        };
        Some(self.users.entries(part)?.into_iter().map(whole).collect())
    }

    /// Lets go of what has had its time, before anything new would make it.
    pub(super) fn sweep(&self, now: Timestamp) {
        let over = self.over(now);
        self.tokens.sweep(over);
        self.users.sweep(over);
    }

    /// What ended before this moment is over for good.
    pub(in crate::store) fn settled(&self, now: Timestamp) -> Timestamp {
        self.settled.by(now)
    }

    #[cfg(test)]
    pub(super) fn settle(&self, now: Timestamp) {
        self.settled.settle(now);
    }

    /// The same as whole seconds, with which the end of an entry is compared.
    fn over(&self, now: Timestamp) -> u32 {
        u32::try_from(self.settled(now).unix_seconds()).unwrap_or(u32::MAX)
    }

    fn full(&self, of: &'static str) -> BoxError {
        telemetry::store_full("revocations", of, self.capacity);
        "the revocation list is full: give it more capacity".into()
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationList")
            .field("capacity", &self.capacity)
            .field("tokens", &self.tokens.len())
            .field("users", &self.users.len())
            .finish_non_exhaustive()
    }
}

impl Span {
    fn covers(self, now: u64) -> bool {
        (u64::from(self.from)..u64::from(self.until)).contains(&now)
    }
}

impl Entry for Span {
    fn until(&self) -> u32 {
        self.until
    }

    fn and(self, other: Self) -> Self {
        Self { from: self.from.min(other.from), until: self.until.max(other.until) }
    }
}

impl Entry for Watermark {
    fn until(&self) -> u32 {
        self.until
    }

    fn and(self, other: Self) -> Self {
        Self { since: self.since.max(other.since), until: self.until.max(other.until) }
    }
}

#[cfg(test)]
mod tests;
