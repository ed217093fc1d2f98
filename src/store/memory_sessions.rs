//! `MemorySessions`: one process's sessions, bounded.

use std::{
    collections::HashMap,
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
/// A restart forgets them: tokens refreshed before it can be refreshed once more. When it is full, a refresh fails
/// (the contract's 500) and nothing is forgotten.
///
/// ```
/// use tower_auth::MemorySessions;
///
/// let sessions = MemorySessions::with_capacity(10_000);
/// assert!(sessions.is_empty());
/// ```
#[derive(Debug)]
pub struct MemorySessions {
    capacity: usize,
    /// Whether anything was ever remembered: most processes can answer without a lock for long.
    used: AtomicBool,
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    tokens: HashMap<TokenKey, Entry>,
    families: HashMap<TokenKey, Family>,
    sweep_at: usize,
}

#[derive(Debug)]
struct Entry {
    until: Timestamp,
    status: Status,
}

#[derive(Debug)]
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

#[derive(Debug)]
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

    /// Changes the state in one step, once there is room for `more` tokens.
    fn change<T>(&self, now: Timestamp, more: usize, change: impl FnOnce(&mut State) -> T) -> Result<T, BoxError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.make_room(now, more, self.capacity)?;
        self.used.store(true, Ordering::Release);
        Ok(change(&mut state))
    }
}

impl SessionStore for MemorySessions {
    fn is_revoked(&self, token: &TokenKey, now: Timestamp) -> bool {
        if !self.used.load(Ordering::Acquire) {
            return false;
        }
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        match state.tokens.get(token).map(|entry| &entry.status) {
            None | Some(Status::Newest { .. }) => false,
            Some(Status::Revoked) => true,
            Some(Status::Rotated { family, grace_ends, .. }) => {
                now >= *grace_ends || state.families.get(family).is_some_and(|family| family.revoked)
            }
        }
    }

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        let rotated = self.change(rotation.now, 2, |state| state.rotate(rotation));
        Box::pin(std::future::ready(rotated))
    }

    fn revoke(&self, token: TokenKey, until: Timestamp, now: Timestamp) -> StoreFuture<'_, ()> {
        let entry = Entry { until, status: Status::Revoked };
        let revoked = self.change(now, 1, |state| state.tokens.insert(token, entry));
        Box::pin(std::future::ready(revoked.map(drop)))
    }
}

impl State {
    fn rotate(&mut self, rotation: Rotation) -> Rotated {
        let Rotation { token, successor, successor_key, now, grace_ends, until } = rotation;
        let family = match self.tokens.get(&token).map(|entry| &entry.status) {
            None => token,
            Some(Status::Newest { family }) => *family,
            Some(Status::Revoked) => return Rotated::Revoked,
            Some(Status::Rotated { successor, grace_ends, .. }) if now < *grace_ends => {
                return Rotated::Replay(successor.clone());
            }
            Some(Status::Rotated { family, .. }) => {
                let family = *family;
                self.revoke_family(&family);
                return Rotated::Reuse;
            }
        };
        let rotated = Status::Rotated { family, successor, grace_ends };
        self.tokens.insert(token, Entry { until, status: rotated });
        self.tokens.insert(successor_key, Entry { until, status: Status::Newest { family } });
        self.families.insert(family, Family { newest: successor_key, until, revoked: false });
        Rotated::Fresh
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
        if wanted > self.sweep_at.max(SWEEP_FROM).min(capacity) {
            self.tokens.retain(|_, entry| entry.until > now);
            self.families.retain(|_, family| family.until > now);
            self.sweep_at = self.tokens.len() * 2;
        }
        match self.tokens.len() + more > capacity {
            true => Err("the session store is full: give it more capacity".into()),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
