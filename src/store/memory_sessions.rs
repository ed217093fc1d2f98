//! `MemorySessions`: one process's sessions, bounded.

use std::{
    collections::HashMap,
    fmt,
    future::ready,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{Rotated, Rotation, SessionStore, StoreFuture, Successor};
use crate::{BoxError, clock::Timestamp, token::TokenKey};

/// Tokens remembered by default: about 200 MB at worst.
const CAPACITY: usize = 1_000_000;

/// Entries below which nothing is swept.
const SWEEP_FROM: usize = 1024;

/// The sessions of one process, in memory.
///
/// A restart forgets them, revoked families too: tokens refreshed before it can be refreshed once more. When it is full, a refresh fails
/// (the contract's 500) and nothing is forgotten.
///
/// ```
/// use tower_auth::MemorySessions;
///
/// let sessions = MemorySessions::with_capacity(10_000);
/// assert!(sessions.is_empty());
/// ```
pub struct MemorySessions {
    capacity: usize,
    /// Whether anything was ever remembered: most processes can answer without a lock for long.
    used: AtomicBool,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    tokens: HashMap<TokenKey, Entry>,
    families: HashMap<TokenKey, Family>,
    sweep_at: usize,
    /// Before this moment nothing has had its time: a full table is not walked through in vain, under the lock that every
    /// request reads.
    frees_at: Option<Timestamp>,
}

struct Entry {
    until: Timestamp,
    status: Status,
}

enum Status {
    /// The newest of its family.
    Newest {
        family: TokenKey,
    },
    /// Refreshed; dead when the grace ends.
    Rotated {
        family: TokenKey,
        successor: Successor,
        grace_ends: Timestamp,
    },
    Revoked,
}

struct Family {
    newest: TokenKey,
    until: Timestamp,
    revoked: bool,
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl MemorySessions {
    /// A store for at most `capacity` tokens.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { capacity, used: AtomicBool::new(false), state: RwLock::default() }
    }

    /// How many tokens are remembered.
    pub fn len(&self) -> usize {
        self.state.read().unwrap_or_else(PoisonError::into_inner).tokens.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Changes the state in one step.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> Result<T, BoxError>) -> Result<T, BoxError> {
        self.used.store(true, Ordering::Release);
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for MemorySessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySessions")
            .field("capacity", &self.capacity)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl SessionStore for MemorySessions {
    fn is_unused(&self) -> bool {
        !self.used.load(Ordering::Acquire)
    }

    fn is_revoked(&self, token: &TokenKey, now: Timestamp) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        match state.tokens.get(token).map(|entry| &entry.status) {
            None | Some(Status::Newest { .. }) => false,
            Some(Status::Revoked) => true,
            Some(Status::Rotated { family, grace_ends, .. }) => now >= *grace_ends || state.is_revoked(family),
        }
    }

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        Box::pin(ready(self.change(|state| state.rotate(rotation, self.capacity))))
    }

    fn revoke(&self, token: TokenKey, until: Timestamp, now: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(ready(self.change(|state| state.revoke(token, until, now, self.capacity))))
    }
}

impl State {
    fn rotate(&mut self, rotation: Rotation, capacity: usize) -> Result<Rotated, BoxError> {
        let Rotation { token, successor, successor_key, now, grace_ends, until } = rotation;
        let family = match self.tokens.get(&token).map(|entry| &entry.status) {
            None => token,
            Some(Status::Newest { family }) => *family,
            Some(Status::Revoked) => return Ok(Rotated::Revoked),
            Some(Status::Rotated { family, successor, grace_ends }) if now < *grace_ends => {
                let revoked = self.is_revoked(family);
                return Ok(if revoked { Rotated::Revoked } else { Rotated::Replay(successor.clone()) });
            }
            Some(Status::Rotated { family, .. }) => {
                let family = *family;
                self.revoke_family(&family);
                return Ok(Rotated::Reuse);
            }
        };
        self.make_room(now, 2, capacity)?;
        let rotated = Status::Rotated { family, successor, grace_ends };
        self.insert(token, until, rotated);
        self.insert(successor_key, until, Status::Newest { family });
        self.families.insert(family, Family { newest: successor_key, until, revoked: false });
        Ok(Rotated::Fresh)
    }

    fn revoke(&mut self, token: TokenKey, until: Timestamp, now: Timestamp, capacity: usize) -> Result<(), BoxError> {
        if !self.tokens.contains_key(&token) {
            self.make_room(now, 1, capacity)?;
        }
        self.insert(token, until, Status::Revoked);
        Ok(())
    }

    fn insert(&mut self, token: TokenKey, until: Timestamp, status: Status) {
        self.frees_at = Some(self.frees_at.map_or(until, |moment| moment.min(until)));
        self.tokens.insert(token, Entry { until, status });
    }

    fn is_revoked(&self, family: &TokenKey) -> bool {
        self.families.get(family).is_some_and(|family| family.revoked)
    }

    fn revoke_family(&mut self, family: &TokenKey) {
        let Some(family) = self.families.get_mut(family) else { return };
        family.revoked = true;
        if let Some(newest) = self.tokens.get_mut(&family.newest) {
            newest.status = Status::Revoked;
        }
    }

    /// Sweeps out what has had its time whenever the table has doubled, and refuses when it is full all the same.
    fn make_room(&mut self, now: Timestamp, more: usize, capacity: usize) -> Result<(), BoxError> {
        let wanted = self.tokens.len() + more;
        let due = wanted > self.sweep_at.max(SWEEP_FROM).min(capacity);
        if due && self.frees_at.is_none_or(|moment| moment <= now) {
            self.tokens.retain(|_, entry| entry.until > now);
            self.families.retain(|_, family| family.until > now);
            self.sweep_at = self.tokens.len() * 2;
            self.frees_at = self.tokens.values().map(|entry| entry.until).min();
        }
        match self.tokens.len() + more > capacity {
            true => Err("the session store is full: give it more capacity".into()),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
