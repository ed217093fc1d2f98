//! The fingerprints of passwords that were found right a moment ago: few, and only for that moment.
//!
//! Forgetting one costs a hash and nothing else, so a full table forgets.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::fingerprint::Fingerprint;
use crate::clock::Timestamp;

/// Tables behind locks of their own, so that cores seldom wait for each other.
const SHARDS: usize = 16;

/// How many entries are looked at to find an old one.
const SAMPLE: usize = 8;

pub(super) struct Proven {
    seconds: u64,
    /// Most entries of one shard.
    room: usize,
    shards: Vec<Mutex<Shard>>,
}

#[derive(Default)]
struct Shard {
    /// When each was verified.
    verified: HashMap<Fingerprint, Timestamp>,
    swept: Option<Timestamp>,
}

impl Proven {
    /// At most `entries`, each for `seconds`.
    pub(super) fn new(seconds: u64, entries: usize) -> Self {
        let shards = entries.clamp(1, SHARDS);
        Self { seconds, room: entries / shards, shards: std::iter::repeat_with(Mutex::default).take(shards).collect() }
    }

    pub(super) fn contains(&self, fingerprint: &Fingerprint, now: Timestamp) -> bool {
        let verified = self.shard(fingerprint).and_then(|shard| shard.verified.get(fingerprint).copied());
        verified.is_some_and(|verified| self.holds(verified, now))
    }

    pub(super) fn insert(&self, fingerprint: Fingerprint, now: Timestamp) {
        let Some(mut shard) = self.shard(&fingerprint).filter(|_| self.room > 0) else { return };
        if shard.verified.len() >= self.room && !shard.verified.contains_key(&fingerprint) {
            self.make_room(&mut shard, now);
        }
        shard.verified.insert(fingerprint, now);
    }

    pub(super) fn remove(&self, fingerprint: &Fingerprint) {
        if let Some(mut shard) = self.shard(fingerprint) {
            shard.verified.remove(fingerprint);
        }
    }

    /// A clock that went back behind the verification proves nothing.
    fn holds(&self, verified: Timestamp, now: Timestamp) -> bool {
        verified <= now && now < verified.plus_seconds(self.seconds)
    }

    /// Sweeps out what is over, at most once a second, and then forgets what it must.
    fn make_room(&self, shard: &mut Shard, now: Timestamp) {
        if shard.swept.is_none_or(|swept| now < swept || now >= swept.plus_seconds(1)) {
            shard.swept = Some(now);
            shard.verified.retain(|_, verified| self.holds(*verified, now));
        }
        while shard.verified.len() >= self.room {
            let oldest = shard.verified.iter().take(SAMPLE).min_by_key(|(_, verified)| **verified);
            let Some(fingerprint) = oldest.map(|(fingerprint, _)| *fingerprint) else { return };
            shard.verified.remove(&fingerprint);
        }
    }

    fn shard(&self, fingerprint: &Fingerprint) -> Option<MutexGuard<'_, Shard>> {
        let shard = self.shards.get(fingerprint.spread() % self.shards.len().max(1))?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn s63_an_entry_lives_for_its_seconds_and_not_before_them() {
        let (proven, one) = (Proven::new(60, 16), Fingerprint::numbered(1));
        assert!(!proven.contains(&one, at(100)));
        proven.insert(one, at(100));
        for (now, known) in [(99, false), (100, true), (159, true), (160, false), (u64::MAX, false)] {
            assert_eq!(proven.contains(&one, at(now)), known, "{now}");
        }
        proven.remove(&one);
        assert!(!proven.contains(&one, at(100)));
    }

    #[test]
    fn s64_a_million_entries_do_not_grow_it() {
        const ENTRIES: usize = 10_000;
        let proven = Proven::new(60, ENTRIES);
        let mut last = None;
        for user_id in 0..1_000_000 {
            let fingerprint = Fingerprint::numbered(user_id);
            // Ten thousand in a second, so that some are over and others not.
            proven.insert(fingerprint, at(user_id / 10_000));
            last = Some(fingerprint);
        }
        assert!(proven.contains(&last.unwrap(), at(99)), "the newest is not what is forgotten");
        let shards: Vec<_> = proven.shards.iter().map(|shard| shard.lock().unwrap()).collect();
        assert!(shards.iter().map(|shard| shard.verified.len()).sum::<usize>() <= ENTRIES);
        // A slot is the entry and a byte. Entries that come and go leave a table twice the size they need, at most.
        let slots = shards.iter().map(|shard| (shard.verified.capacity() * 8 / 7).next_power_of_two());
        let bytes = slots.sum::<usize>() * (size_of::<(Fingerprint, Timestamp)>() + 1);
        assert!(bytes <= ENTRIES * 200, "{bytes} bytes");
    }

    #[test]
    fn s64_fewer_entries_than_shards_are_no_more_than_that() {
        for entries in 0..40 {
            let proven = Proven::new(60, entries);
            for user_id in 0..100 {
                proven.insert(Fingerprint::numbered(user_id), at(0));
            }
            let known: usize = proven.shards.iter().map(|shard| shard.lock().unwrap().verified.len()).sum();
            assert!(known <= entries && (entries == 0 || known > 0), "{known} of {entries}");
        }
    }
}
