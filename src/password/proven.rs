//! The fingerprints of passwords that were found right a moment ago: one for each guesser, and only for that moment.
//!
//! Forgetting one costs a hash and nothing else, so a full table forgets.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use foldhash::fast::RandomState;

use super::fingerprint::Fingerprint;
use crate::{clock::Timestamp, store::ThrottleKey};

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
    /// What each guesser had verified, and when.
    verified: HashMap<ThrottleKey, (Fingerprint, Timestamp), RandomState>,
    swept: Option<Timestamp>,
}

impl Proven {
    /// At most `entries`, each for `seconds`.
    pub(super) fn new(seconds: u64, entries: usize) -> Self {
        let shards = entries.clamp(1, SHARDS);
        Self { seconds, room: entries / shards, shards: std::iter::repeat_with(Mutex::default).take(shards).collect() }
    }

    /// Whether this guesser had this verified. Anything else ends what was known of it.
    pub(super) fn confirms(&self, guesser: ThrottleKey, fingerprint: &Fingerprint, now: Timestamp) -> bool {
        let Some(mut shard) = self.shard(guesser) else { return false };
        let Some((known, verified)) = shard.verified.get(&guesser) else { return false };
        let confirmed = known == fingerprint && self.holds(*verified, now);
        if !confirmed {
            shard.verified.remove(&guesser);
        }
        confirmed
    }

    /// Whether this guesser had anything verified.
    pub(super) fn has(&self, guesser: ThrottleKey, now: Timestamp) -> bool {
        let shard = self.shard(guesser);
        shard.and_then(|shard| Some(self.holds(shard.verified.get(&guesser)?.1, now))).unwrap_or_default()
    }

    pub(super) fn insert(&self, guesser: ThrottleKey, fingerprint: Fingerprint, now: Timestamp) {
        let Some(mut shard) = self.shard(guesser).filter(|_| self.room > 0) else { return };
        if shard.verified.len() >= self.room && !shard.verified.contains_key(&guesser) {
            self.make_room(&mut shard, now);
        }
        shard.verified.insert(guesser, (fingerprint, now));
    }

    pub(super) fn remove(&self, guesser: ThrottleKey) {
        if let Some(mut shard) = self.shard(guesser) {
            shard.verified.remove(&guesser);
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
            shard.verified.retain(|_, (_, verified)| self.holds(*verified, now));
        }
        while shard.verified.len() >= self.room {
            let oldest = shard.verified.iter().take(SAMPLE).min_by_key(|(_, (_, verified))| *verified);
            let Some(guesser) = oldest.map(|(guesser, _)| *guesser) else { return };
            shard.verified.remove(&guesser);
        }
    }

    fn shard(&self, guesser: ThrottleKey) -> Option<MutexGuard<'_, Shard>> {
        let spread = guesser.as_bytes().last().copied().map_or(0, usize::from);
        let shard = self.shards.get(spread % self.shards.len().max(1))?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guesser(number: u64) -> ThrottleKey {
        ThrottleKey::new("guesser", number)
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn s63_an_entry_lives_for_its_seconds_and_not_before_them() {
        let (proven, ada, one) = (Proven::new(60, 16), guesser(1), Fingerprint::numbered(1));
        assert!(!proven.confirms(ada, &one, at(100)));
        for (now, known) in [(99, false), (100, true), (159, true), (160, false), (u64::MAX, false)] {
            proven.insert(ada, one, at(100));
            assert_eq!(proven.confirms(ada, &one, at(now)), known, "{now}");
        }
        proven.insert(ada, one, at(100));
        proven.remove(ada);
        assert!(!proven.confirms(ada, &one, at(100)));
    }

    #[test]
    fn s52_another_guess_ends_what_is_known_of_its_guesser_alone() {
        let (proven, one, other) = (Proven::new(60, 16), Fingerprint::numbered(1), Fingerprint::numbered(2));
        proven.insert(guesser(1), one, at(100));
        proven.insert(guesser(2), one, at(100));
        assert!(!proven.confirms(guesser(1), &other, at(100)));
        assert!(!proven.confirms(guesser(1), &one, at(100)));
        assert!(proven.confirms(guesser(2), &one, at(100)));
        assert!(!proven.confirms(guesser(3), &one, at(100)));
    }

    #[test]
    fn s64_a_million_entries_do_not_grow_it() {
        const ENTRIES: usize = 10_000;
        let proven = Proven::new(60, ENTRIES);
        let one = Fingerprint::numbered(1);
        for number in 0..1_000_000 {
            // Ten thousand in a second, so that some are over and others not.
            proven.insert(guesser(number), one, at(number / 10_000));
        }
        assert!(proven.confirms(guesser(999_999), &one, at(99)), "the newest is not what is forgotten");
        let shards: Vec<_> = proven.shards.iter().map(|shard| shard.lock().unwrap()).collect();
        assert!(shards.iter().map(|shard| shard.verified.len()).sum::<usize>() <= ENTRIES);
        // A slot is the entry and a byte. Entries that come and go leave a table twice the size they need, at most.
        let slots = shards.iter().map(|shard| (shard.verified.capacity() * 8 / 7).next_power_of_two());
        let bytes = slots.sum::<usize>() * (size_of::<(ThrottleKey, (Fingerprint, Timestamp))>() + 1);
        assert!(bytes <= ENTRIES * 200, "{bytes} bytes");
    }

    #[test]
    fn s64_fewer_entries_than_shards_are_no_more_than_that() {
        for entries in 0..40 {
            let proven = Proven::new(60, entries);
            for number in 0..100 {
                proven.insert(guesser(number), Fingerprint::numbered(1), at(0));
            }
            let known: usize = proven.shards.iter().map(|shard| shard.lock().unwrap().verified.len()).sum();
            assert!(known <= entries && (entries == 0 || known > 0), "{known} of {entries}");
        }
    }
}
