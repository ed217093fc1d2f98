//! `MemorySessions`: one process's sessions, bounded.

use std::{fmt, future::ready};

use super::{Opening, RevocationList, Rotated, Rotation, SessionStore, families::Families};
use crate::{
    BoxError,
    clock::Timestamp,
    session::{Session, SessionId},
    store::StoreFuture,
    subject::Subject,
    sync::Mutex,
    token::{TokenKey, UserKey},
};

/// Tokens remembered by default. All of them revoked take 31 MB; all of them refreshed take about 250.
const CAPACITY: usize = 1_000_000;

/// The sessions of one process, in memory.
///
/// A restart forgets them, revocations too: what was revoked before lives again until it expires. When it is full, a
/// refresh and a revocation fail, and nothing is forgotten.
///
/// ```
/// use tower_auth::store::MemorySessions;
///
/// let sessions = MemorySessions::with_capacity(10_000);
/// assert!(sessions.is_empty());
/// ```
pub struct MemorySessions {
    /// What guarded requests ask. Changed only under the lock of `families`, so that both change as one.
    list: RevocationList,
    families: Mutex<Families>,
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl MemorySessions {
    /// A store for at most `capacity` tokens, and as many users who logged out everywhere.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { list: RevocationList::with_capacity(capacity), families: Mutex::default() }
    }

    /// How many tokens are remembered.
    pub fn len(&self) -> usize {
        self.list.len() + self.families.lock().good()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Changes the state in one step, before the answer is asked for.
    fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Families, &RevocationList) -> Result<T, BoxError>,
    ) -> StoreFuture<'_, T> {
        let changed = change(&mut self.families.lock(), &self.list);
        Box::pin(ready(changed))
    }
}

impl fmt::Debug for MemorySessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySessions").field("len", &self.len()).field("list", &self.list).finish_non_exhaustive()
    }
}

impl SessionStore for MemorySessions {
    fn is_unused(&self) -> bool {
        self.list.is_unused()
    }

    fn is_stale(&self, _: Timestamp) -> bool {
        false
    }

    fn is_revoked(&self, token: &TokenKey, now: Timestamp) -> bool {
        self.list.is_revoked(token, now)
    }

    fn valid_since(&self, user: &Subject, now: Timestamp) -> Option<Timestamp> {
        self.list.valid_since(user, now)
    }

    fn is_spent(&self, token: &TokenKey, now: Timestamp) -> bool {
        self.list.is_listed(token, now)
    }

    fn catch_up(&self, _: TokenKey, _: UserKey, _: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(ready(Ok(())))
    }

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        self.change(|families, list| families.rotate(list, rotation))
    }

    fn revoke(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        self.change(|families, list| families.revoke(list, token, now, until))
    }

    fn revoke_family(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        self.change(|families, list| families.revoke_family(list, token, now, until))
    }

    fn revoke_user(&self, user: UserKey, now: Timestamp, since: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        self.change(|families, list| {
            list.revoke_user(user, now, since, until)?;
            families.forget_user(&user, since);
            Ok(())
        })
    }

    fn open(&self, opening: Opening) -> StoreFuture<'_, bool> {
        self.change(|families, list| families.open(list, opening))
    }

    fn sessions(&self, user: UserKey, now: Timestamp) -> StoreFuture<'_, Vec<Session>> {
        self.change(|families, _| Ok(families.sessions(&user, now)))
    }

    fn end_session(&self, user: UserKey, session: SessionId, now: Timestamp) -> StoreFuture<'_, bool> {
        self.change(|families, list| families.end_session(list, &user, session, now))
    }
}

#[cfg(test)]
mod tests;
