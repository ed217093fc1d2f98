//! `SessionStore`: which tokens were refreshed or revoked.

use std::sync::Arc;

use super::StoreFuture;
use crate::{clock::Timestamp, token::TokenKey};

/// Remembers which tokens have been refreshed, by what, and which are revoked.
///
/// A *family* is a token from a login and its successors by refresh. The rules, all of them this trait's:
///
/// - The first [`rotate`](Self::rotate) of a token wins and names its successor.
/// - Inside the grace after it, every further one gets that same successor, so parallel calls and lost answers do no
///   harm. Asking again does not prolong the grace.
/// - After the grace, one more is a replay of a stolen or stale token: it revokes the family.
///
/// # What implementers owe
///
/// [`rotate`](Self::rotate) is one atomic step, also between processes that share the store, and a future that is
/// dropped leaves it done or undone. [`is_revoked`](Self::is_revoked) is called for every request with a token: it
/// neither blocks nor waits. Forgetting an entry before its time revives a token, so a store that is full returns an
/// error. Entries may vanish after their `until`, when no door accepts the token any more.
pub trait SessionStore: Send + Sync + 'static {
    /// Whether nothing was ever refreshed or revoked, so that no token needs to be looked up. Defaults to `false`.
    fn is_unused(&self) -> bool {
        false
    }

    /// Whether the token is revoked, or was refreshed and its grace is over.
    fn is_revoked(&self, token: &TokenKey, now: Timestamp) -> bool;

    /// Marks a token as refreshed, or says what became of it before.
    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated>;

    /// Revokes one token until no door would accept it anyway.
    fn revoke(&self, token: TokenKey, until: Timestamp, now: Timestamp) -> StoreFuture<'_, ()>;
}

impl<S: SessionStore + ?Sized> SessionStore for Arc<S> {
    fn is_unused(&self) -> bool {
        (**self).is_unused()
    }

    fn is_revoked(&self, token: &TokenKey, now: Timestamp) -> bool {
        (**self).is_revoked(token, now)
    }

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        (**self).rotate(rotation)
    }

    fn revoke(&self, token: TokenKey, until: Timestamp, now: Timestamp) -> StoreFuture<'_, ()> {
        (**self).revoke(token, until, now)
    }
}

/// One refresh, as asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rotation {
    /// The token that is refreshed.
    pub token: TokenKey,
    /// What to make of it, should this be its first refresh.
    pub successor: Successor,
    /// The name that the successor will have in this store.
    pub successor_key: TokenKey,
    /// Now.
    pub now: Timestamp,
    /// Until when a further refresh of the same token gets the same successor. At or before `now`: not at all.
    pub grace_ends: Timestamp,
    /// Until when any token of the family may be accepted at any door.
    pub until: Timestamp,
}

impl Rotation {
    /// A refresh of `token` by `successor` now, without a grace: for tests of a store.
    pub fn new(
        token: TokenKey,
        successor: Successor,
        successor_key: TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Self {
        Self { token, successor, successor_key, now, grace_ends: now, until }
    }
}

/// What it takes to sign a successor, and to sign the same one again: nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Successor {
    /// Its claim `jti`.
    pub token_id: String,
    /// When it was signed first: its claim `nbf`, from which `exp` is counted.
    pub signed_at: Timestamp,
}

impl Successor {
    /// A successor as it was stored.
    pub fn new(token_id: impl Into<String>, signed_at: Timestamp) -> Self {
        Self { token_id: token_id.into(), signed_at }
    }
}

/// What became of a rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rotated {
    /// The first refresh of this token: the successor asked for is the one.
    Fresh,
    /// A further one inside the grace: this is the successor of the first.
    Replay(Successor),
    /// A further one after the grace. The family is revoked now.
    Reuse,
    /// The token was revoked before.
    Revoked,
}
