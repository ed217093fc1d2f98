//! `VerifiedTokens`: tokens whose signature held a moment ago, so that it is not verified again.
//!
//! Only what never changes of a token is kept: that one of this layer's keys signed it, and what it says. Its times and
//! its revocation are judged on every hit, as on every miss. A token is found by a hash under a key that is random for
//! each layer, and counts when all of it is the same. Refused tokens are not kept, so a flood of them drives nothing out.
//!
//! Room is made by generations: a full young one becomes the old one, and what was not asked for while it was old is
//! forgotten with it. That costs one signature each.

use std::{
    collections::HashMap,
    mem,
    sync::{PoisonError, RwLock},
};

use foldhash::fast::RandomState;

use super::TokenClaims;

/// Tables behind locks of their own, so that cores seldom wait for each other.
const SHARDS: usize = 16;

/// Bytes that an entry takes beside the token and its claims, at most.
const OVERHEAD: usize = 288;

/// How much may be kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CacheLimits {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
}

pub(crate) struct VerifiedTokens {
    /// Of one generation of one shard.
    room: CacheLimits,
    shards: Vec<RwLock<Shard>>,
}

struct Shard {
    young: Generation,
    old: Generation,
}

struct Generation {
    tokens: HashMap<Box<str>, TokenClaims, RandomState>,
    bytes: usize,
}

impl VerifiedTokens {
    /// `None` when nothing could be kept.
    pub(crate) fn new(limits: CacheLimits) -> Option<Self> {
        let shards = SHARDS.min(limits.entries / 2);
        let room = |whole: usize| whole.checked_div(2 * shards);
        let room = CacheLimits { entries: room(limits.entries)?, bytes: room(limits.bytes)? };
        let hasher = RandomState::default();
        let generation = || Generation { tokens: HashMap::with_hasher(hasher.clone()), bytes: 0 };
        let shard = || RwLock::new(Shard { young: generation(), old: generation() });
        Some(Self { room, shards: std::iter::repeat_with(shard).take(shards).collect() })
    }

    /// The claims of a token that was verified before.
    pub(crate) fn get(&self, token: &str) -> Option<TokenClaims> {
        let shard = self.shard(token)?;
        let found = {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            match shard.young.tokens.get(token) {
                Some(claims) => return Some(claims.clone()),
                None => shard.old.tokens.get(token).cloned(),
            }
        };
        // What is asked for grows young again.
        found.inspect(|claims| self.insert(token, claims))
    }

    /// Keeps a token that was verified.
    pub(crate) fn insert(&self, token: &str, claims: &TokenClaims) {
        // Of the claims, what is read once is kept beside the text.
        let bytes = token.len() + 2 * claims.json().len() + OVERHEAD;
        let Some(shard) = self.shard(token).filter(|_| bytes <= self.room.bytes) else { return };
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        if shard.young.tokens.contains_key(token) {
            return;
        }
        if shard.young.tokens.len() >= self.room.entries || shard.young.bytes + bytes > self.room.bytes {
            shard.age();
        }
        shard.young.bytes += bytes;
        shard.young.tokens.insert(token.into(), claims.clone());
    }

    fn shard(&self, token: &str) -> Option<&RwLock<Shard>> {
        // Signatures are as good as random. The last letter has spare bits, and no letter alone is spread evenly.
        let letters = token.bytes().rev().skip(1).take(4);
        let spread = letters.fold(0, |spread: usize, letter| spread * 7 + usize::from(letter));
        self.shards.get(spread % self.shards.len().max(1))
    }
}

impl Shard {
    fn age(&mut self) {
        mem::swap(&mut self.young, &mut self.old);
        self.young.tokens.clear();
        self.young.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(number: usize) -> TokenClaims {
        TokenClaims::unsigned(format!(r#"{{"sub":{number}}}"#)).unwrap()
    }

    fn token(number: usize) -> String {
        format!("{number:04}.{}.{number:04}x", "c".repeat(100))
    }

    fn kept(cache: &VerifiedTokens) -> (usize, usize) {
        let shards: Vec<_> = cache.shards.iter().map(|shard| shard.read().unwrap()).collect();
        let generations = || shards.iter().flat_map(|shard| [&shard.young, &shard.old]);
        (generations().map(|one| one.tokens.len()).sum(), generations().map(|one| one.bytes).sum())
    }

    #[test]
    fn s63_all_of_a_token_counts() {
        let cache = VerifiedTokens::new(CacheLimits { entries: 100, bytes: 1 << 20 }).unwrap();
        cache.insert("a.b.cd", &claims(1));
        assert_eq!(cache.get("a.b.cd").unwrap().subject(), &1.into());
        for other in ["a.b.ce", "a.b.c", "a.b.cdd", "A.b.cd", ""] {
            assert!(cache.get(other).is_none(), "{other}");
        }
    }

    #[test]
    fn s64_it_never_holds_more_than_it_may() {
        for limits in [CacheLimits { entries: 64, bytes: 1 << 20 }, CacheLimits { entries: 10_000, bytes: 64 * 1024 }] {
            let cache = VerifiedTokens::new(limits).unwrap();
            for number in 0..5_000 {
                cache.insert(&token(number), &claims(number));
                let (entries, bytes) = kept(&cache);
                assert!(entries <= limits.entries && bytes <= limits.bytes, "{entries} entries of {bytes} bytes");
            }
            assert!(cache.get(&token(4_999)).is_some(), "the newest is there");
            assert!(cache.get(&token(0)).is_none());
        }
    }

    #[test]
    fn who_is_asked_for_stays() {
        let cache = VerifiedTokens::new(CacheLimits { entries: 64, bytes: 1 << 20 }).unwrap();
        cache.insert(&token(0), &claims(0));
        for number in 1..5_000 {
            cache.insert(&token(number), &claims(number));
            assert!(cache.get(&token(0)).is_some(), "after {number}");
        }
    }

    #[test]
    fn where_nothing_can_be_kept_there_is_none() {
        for (entries, bytes) in [(0, 1 << 20), (1, 1 << 20)] {
            assert!(VerifiedTokens::new(CacheLimits { entries, bytes }).is_none());
        }
        let cache = VerifiedTokens::new(CacheLimits { entries: 64, bytes: 0 }).unwrap();
        cache.insert(&token(1), &claims(1));
        assert_eq!(kept(&cache), (0, 0));
    }
}
