//! `Proven`: what was found right a moment ago, one thing for each claimant, and only for that moment.
//!
//! Forgetting one costs a hash and nothing else, so a full table forgets.

use std::{hash::BuildHasher, time::Duration};

use foldhash::fast::RandomState;

use super::claimant::Claimant;
use crate::{
    clock::Timestamp,
    hashed::{self, HashedMap},
    sync::{Mutex, MutexGuard},
};

/// Tables behind locks of their own, so that cores seldom wait for each other.
const SHARDS: usize = 16;

/// How many entries are looked at to find an old one.
const SAMPLE: usize = 8;

/// The proof `P` is what was found right.
pub(super) struct Proven<P> {
    lifetime: Duration,
    /// Most entries of one shard.
    room: usize,
    hasher: RandomState,
    shards: Vec<Mutex<Shard<P>>>,
}

struct Shard<P> {
    /// By the claimant's hash. Of two claimants of one hash, the later is kept.
    entries: HashedMap<Box<Entry<P>>>,
    swept: Option<Timestamp>,
}

struct Entry<P> {
    claimant: Claimant,
    proof: P,
    verified: Timestamp,
}

impl<P> Proven<P> {
    /// At most `entries`, each for its `lifetime`.
    pub(super) fn new(entries: usize, lifetime: Duration) -> Self {
        let shards = entries.clamp(1, SHARDS);
        let shard = || Mutex::new(Shard { entries: HashedMap::default(), swept: None });
        let tables = std::iter::repeat_with(shard).take(shards).collect();
        Self { lifetime, room: entries / shards, hasher: RandomState::default(), shards: tables }
    }

    /// Whether what this claimant had verified `is` the same. Anything else ends what was known.
    pub(super) fn confirms(&self, claimant: &Claimant, is: impl FnOnce(&P) -> bool, now: Timestamp) -> bool {
        let hash = self.hasher.hash_one(claimant);
        let Some(mut shard) = self.shard(hash) else { return false };
        let Some(entry) = shard.get(hash, claimant) else { return false };
        let confirmed = is(&entry.proof) && self.holds(entry, now);
        if !confirmed {
            shard.entries.remove(&hash);
        }
        confirmed
    }

    pub(super) fn insert(&self, claimant: Claimant, proof: P, now: Timestamp) {
        let hash = self.hasher.hash_one(&claimant);
        let Some(mut shard) = self.shard(hash).filter(|_| self.room > 0) else { return };
        if shard.entries.len() >= self.room && !shard.entries.contains_key(&hash) {
            self.make_room(&mut shard, now);
        }
        shard.entries.insert(hash, Box::new(Entry { claimant, proof, verified: now }));
    }

    pub(super) fn remove(&self, claimant: &Claimant) {
        let hash = self.hasher.hash_one(claimant);
        if let Some(mut shard) = self.shard(hash)
            && shard.get(hash, claimant).is_some()
        {
            shard.entries.remove(&hash);
        }
    }

    /// A clock that went back behind the verification proves nothing.
    fn holds(&self, entry: &Entry<P>, now: Timestamp) -> bool {
        entry.verified <= now && now < entry.verified + self.lifetime
    }

    /// Sweeps out what is over, at most once a second, and then forgets what it must.
    fn make_room(&self, shard: &mut Shard<P>, now: Timestamp) {
        if shard.swept.is_none_or(|swept| now < swept || now >= swept.plus_seconds(1)) {
            shard.swept = Some(now);
            shard.entries.retain(|_, entry| self.holds(entry, now));
        }
        while shard.entries.len() >= self.room {
            let oldest = shard.entries.iter().take(SAMPLE).min_by_key(|(_, entry)| entry.verified);
            let Some(hash) = oldest.map(|(hash, _)| *hash) else { return };
            shard.entries.remove(&hash);
        }
    }

    fn shard(&self, hash: u64) -> Option<MutexGuard<'_, Shard<P>>> {
        Some(hashed::shard(&self.shards, hash)?.lock())
    }
}

impl<P> Shard<P> {
    /// What this very claimant had verified.
    fn get(&self, hash: u64, claimant: &Claimant) -> Option<&Entry<P>> {
        self.entries.get(&hash).map(|entry| &**entry).filter(|entry| entry.claimant == *claimant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn claimant(number: u64) -> Claimant {
        Claimant::account(&number.into(), None)
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn s63_an_entry_lives_for_its_seconds_and_not_before_them() {
        let (proven, ada) = (Proven::new(16, MINUTE), claimant(1));
        let confirms = |now| proven.confirms(&ada, |one| *one == 1, at(now));
        assert!(!confirms(100));
        for (now, known) in [(99, false), (100, true), (159, true), (160, false), (u64::MAX, false)] {
            proven.insert(ada.clone(), 1, at(100));
            assert_eq!(confirms(now), known, "{now}");
        }
        proven.insert(ada.clone(), 1, at(100));
        proven.remove(&ada);
        assert!(!confirms(100));
    }

    #[test]
    fn s52_another_guess_ends_what_is_known_of_its_claimant_alone() {
        let proven = Proven::new(16, MINUTE);
        proven.insert(claimant(1), 1, at(100));
        proven.insert(claimant(2), 1, at(100));
        let confirms = |number, proof| proven.confirms(&claimant(number), |one| *one == proof, at(100));
        assert!(!confirms(1, 2));
        assert!(!confirms(1, 1));
        assert!(confirms(2, 1));
        assert!(!confirms(3, 1));
    }

    #[test]
    fn s63_a_hash_that_meets_is_nobody_else() {
        let proven = Proven::new(16, MINUTE);
        proven.insert(claimant(1), 1, at(100));
        let hash = proven.hasher.hash_one(claimant(1));
        let shard = proven.shard(hash).unwrap();
        assert!(shard.get(hash, &claimant(1)).is_some());
        assert!(shard.get(hash, &claimant(2)).is_none());
    }

    #[test]
    fn s64_a_million_entries_do_not_grow_it() {
        const ENTRIES: usize = 10_000;
        let proven = Proven::new(ENTRIES, MINUTE);
        for number in 0..1_000_000 {
            // Ten thousand in a second, so that some are over and others not.
            proven.insert(claimant(number), (), at(number / 10_000));
        }
        assert!(proven.confirms(&claimant(999_999), |()| true, at(99)), "the newest is not what is forgotten");
        let shards: Vec<_> = proven.shards.iter().map(|shard| shard.lock()).collect();
        assert!(shards.iter().map(|shard| shard.entries.len()).sum::<usize>() <= ENTRIES);
        // A slot is a hash, a pointer and a byte; entries that come and go leave a table twice the size they need.
        let slots = shards.iter().map(|shard| (shard.entries.capacity() * 8 / 7).next_power_of_two());
        let bytes = slots.sum::<usize>() * 17;
        assert!(bytes <= ENTRIES * 64, "{bytes} bytes");
    }

    #[test]
    fn s64_fewer_entries_than_shards_are_no_more_than_that() {
        for entries in 0..40 {
            let proven = Proven::new(entries, MINUTE);
            for number in 0..100 {
                proven.insert(claimant(number), (), at(0));
            }
            let known: usize = proven.shards.iter().map(|shard| shard.lock().entries.len()).sum();
            assert!(known <= entries && (entries == 0 || known > 0), "{known} of {entries}");
        }
    }
}
