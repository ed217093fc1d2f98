//! `FlatTable`: what digests stand for, for a while, in few bytes and under short locks.
//!
//! Keys are digests, so they are spread evenly and need no hash of their own. Each shard has a lock, and what walks
//! through entries walks through one shard of about a thousand.

use super::shard::{Entry, Home, Shard, key};
use crate::sync::{
    RwLock,
    atomic::{AtomicUsize, Ordering},
};

/// Entries for which a table is given one more shard.
const SHARD: usize = 1024;

const MOST_SHARDS: usize = 4096;

/// The table is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

pub(super) struct FlatTable<E> {
    shards: Box<[Padded<E>]>,
    len: AtomicUsize,
    /// Whose turn it is to be looked over.
    turn: AtomicUsize,
    capacity: usize,
}

/// A lock on a cache line of its own, so that readers of two shards do not disturb each other.
#[repr(align(64))]
struct Padded<E>(RwLock<Shard<E>>);

impl<E: Entry> FlatTable<E> {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let shards = capacity.div_ceil(SHARD).clamp(1, MOST_SHARDS);
        let shards = (0..shards).map(|_| Padded(RwLock::new(Shard::empty()))).collect();
        Self { shards, len: AtomicUsize::new(0), turn: AtomicUsize::new(0), capacity }
    }

    /// How many entries there are, those included that have had their time and were not met since.
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    /// The bytes that it holds.
    pub(super) fn bytes(&self) -> usize {
        let arrays = self.shards.iter().map(|shard| shard.0.read().bytes());
        arrays.sum::<usize>() + self.shards.len() * size_of::<Padded<E>>()
    }

    /// What the key stands for, also when that has had its time.
    pub(super) fn get(&self, digest: &[u8; 16]) -> Option<E> {
        let home = Home::of(key(digest), self.shards.len());
        let shard = self.shards.get(home.shard)?.0.read();
        shard.get(home)
    }

    /// Adds an entry, or what comes of it and the one that is there. A full table refuses, once it has let go of what
    /// has had its time `now`, in whole seconds.
    pub(super) fn insert(&self, digest: &[u8; 16], entry: E, now: u32) -> Result<(), Full> {
        self.look_over(now);
        let home = Home::of(key(digest), self.shards.len());
        let lock = self.shards.get(home.shard).ok_or(Full)?;
        if lock.0.write().update(home, entry) {
            return Ok(());
        }
        if !self.reserve() {
            self.sweep(now);
            if !self.reserve() {
                return Err(Full);
            }
        }
        let mut shard = lock.0.write();
        let reserved = shard.len() + 1;
        shard.insert(home, entry, self.shards.len(), now);
        self.len.fetch_sub(reserved.saturating_sub(shard.len()), Ordering::AcqRel);
        Ok(())
    }

    /// The entries of one shard, under its lock for as long as it takes to copy them; none beyond the last shard.
    #[cfg(feature = "redis")]
    pub(super) fn entries(&self, shard: usize) -> Option<Vec<([u8; 12], E)>> {
        Some(self.shards.get(shard)?.0.read().entries())
    }

    /// Lets go of everything that has had its time, a shard at a time.
    pub(super) fn sweep(&self, now: u32) {
        self.shards.iter().for_each(|shard| self.release(shard, now));
    }

    /// Looks over the next shard: entries go by and by, and nobody walks through all of them.
    fn look_over(&self, now: u32) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.shards.len().max(1);
        if let Some(shard) = self.shards.get(turn) {
            self.release(shard, now);
        }
    }

    fn release(&self, lock: &Padded<E>, now: u32) {
        if lock.0.read().frees_at() > now {
            return;
        }
        let mut shard = lock.0.write();
        let before = shard.len();
        shard.rebuild(0, self.shards.len(), now);
        self.len.fetch_sub(before.saturating_sub(shard.len()), Ordering::AcqRel);
    }

    fn reserve(&self) -> bool {
        let more = |len| (len < self.capacity).then_some(len + 1);
        self.len.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok()
    }
}
