//! `TokenCache`: tokens whose signature held a moment ago, so that it is not verified again.
//!
//! Only what never changes of a token is kept: that one of this layer's keys signed it, and what it says. Its times and
//! its revocation are judged on every hit, as on every miss. A token is found by a hash under a key that is random for
//! each layer, and counts when all of it is the same. Refused tokens are not kept, so a flood of them drives nothing
//! out.
//!
//! Room is made by generations: a full young one becomes the old one, and what was not asked for while it was old is
//! forgotten with it. That costs one signature each.

use std::{
    hash::{BuildHasher, Hasher},
    mem,
};

use foldhash::fast::RandomState;

use super::TokenClaims;
use crate::{
    hashed::{self, HashedMap},
    sync::RwLock,
};

/// Tables behind locks of their own, so that cores seldom wait for each other.
const SHARDS: usize = 16;

/// Bytes that an entry takes beside the token and its claims, at most.
const OVERHEAD: usize = 288;

/// Bytes of a token by which it is looked for.
const HASHED: usize = 32;

/// How much may be kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CacheLimits {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
}

pub(crate) struct TokenCache {
    /// Of one generation of one shard.
    room: CacheLimits,
    hasher: RandomState,
    shards: Vec<RwLock<Shard>>,
}

#[derive(Default)]
struct Shard {
    young: Generation,
    old: Generation,
}

#[derive(Default)]
struct Generation {
    /// By the token's hash. Of two tokens of one hash, the earlier is kept.
    tokens: HashedMap<Entry>,
    bytes: usize,
}

struct Entry {
    token: Box<[u8]>,
    claims: TokenClaims,
}

impl TokenCache {
    /// `None` when nothing could be kept.
    pub(crate) fn new(limits: CacheLimits) -> Option<Self> {
        let shards = SHARDS.min(limits.entries / 2);
        let room = |whole: usize| whole.checked_div(2 * shards);
        let room = CacheLimits { entries: room(limits.entries)?, bytes: room(limits.bytes)? };
        let shards = std::iter::repeat_with(RwLock::default).take(shards).collect();
        Some(Self { room, hasher: RandomState::default(), shards })
    }

    /// The claims of a token that was verified before.
    pub(crate) fn get(&self, token: &[u8]) -> Option<TokenClaims> {
        let hash = self.hash(token);
        let shard = self.shard(hash)?;
        let found = {
            let shard = shard.read();
            match shard.young.get(hash, token) {
                Some(claims) => return Some(claims.clone()),
                None => shard.old.get(hash, token).cloned(),
            }
        };
        // What is asked for grows young again.
        found.inspect(|claims| self.insert(token, claims))
    }

    /// Keeps a token that was verified.
    pub(crate) fn insert(&self, token: &[u8], claims: &TokenClaims) {
        // Of the claims, what is read once is kept beside the text.
        let bytes = token.len() + 2 * claims.json().len() + OVERHEAD;
        let hash = self.hash(token);
        let Some(shard) = self.shard(hash).filter(|_| bytes <= self.room.bytes) else { return };
        let mut shard = shard.write();
        if shard.young.tokens.contains_key(&hash) {
            return;
        }
        if shard.young.tokens.len() >= self.room.entries || shard.young.bytes + bytes > self.room.bytes {
            shard.age();
        }
        shard.young.bytes += bytes;
        shard.young.tokens.insert(hash, Entry { token: token.into(), claims: claims.clone() });
    }

    /// Of the end of its signature, which nobody chooses: two tokens that were verified differ there.
    fn hash(&self, token: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(token.last_chunk::<HASHED>().map_or(token, |end| end));
        hasher.finish()
    }

    fn shard(&self, hash: u64) -> Option<&RwLock<Shard>> {
        hashed::shard(&self.shards, hash)
    }
}

impl Generation {
    /// The claims of this very token: all of it is compared, whatever its hash says. Not in constant time: whoever
    /// comes so far has a token whose end, hashed under a key of this process, is that of one that is kept.
    fn get(&self, hash: u64, token: &[u8]) -> Option<&TokenClaims> {
        self.tokens.get(&hash).filter(|entry| *entry.token == *token).map(|entry| &entry.claims)
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

    fn kept(cache: &TokenCache) -> (usize, usize) {
        let shards: Vec<_> = cache.shards.iter().map(|shard| shard.read()).collect();
        let generations = || shards.iter().flat_map(|shard| [&shard.young, &shard.old]);
        (generations().map(|one| one.tokens.len()).sum(), generations().map(|one| one.bytes).sum())
    }

    #[test]
    fn s63_all_of_a_token_counts() {
        let cache = TokenCache::new(CacheLimits { entries: 100, bytes: 1 << 20 }).unwrap();
        cache.insert(b"a.b.cd", &claims(1));
        assert_eq!(cache.get(b"a.b.cd").unwrap().subject(), &1.into());
        for other in ["a.b.ce", "a.b.c", "a.b.cdd", "A.b.cd", ""] {
            assert!(cache.get(other.as_bytes()).is_none(), "{other}");
        }
    }

    #[test]
    fn s63_a_hash_that_meets_is_a_miss() {
        let mut generation = Generation::default();
        generation.tokens.insert(7, Entry { token: b"a.b.c"[..].into(), claims: claims(1) });
        assert!(generation.get(7, b"a.b.c").is_some());
        assert!(generation.get(7, b"a.b.d").is_none());
    }

    #[test]
    fn s64_it_never_holds_more_than_it_may() {
        for limits in [CacheLimits { entries: 64, bytes: 1 << 20 }, CacheLimits { entries: 10_000, bytes: 64 * 1024 }] {
            let cache = TokenCache::new(limits).unwrap();
            for number in 0..5_000 {
                cache.insert(token(number).as_bytes(), &claims(number));
                let (entries, bytes) = kept(&cache);
                assert!(entries <= limits.entries && bytes <= limits.bytes, "{entries} entries of {bytes} bytes");
            }
            assert!(cache.get(token(4_999).as_bytes()).is_some(), "the newest is there");
            assert!(cache.get(token(0).as_bytes()).is_none());
        }
    }

    #[test]
    fn what_fits_is_kept_and_counted_once() {
        let cache = TokenCache::new(CacheLimits { entries: 10_000, bytes: 1 << 20 }).unwrap();
        let all: Vec<_> = (0..200).map(|number| (token(number), claims(number))).collect();
        for (token, claims) in all.iter().chain(&all) {
            cache.insert(token.as_bytes(), claims);
        }
        assert!(all.iter().all(|(token, claims)| cache.get(token.as_bytes()).unwrap().subject() == claims.subject()));
        let bytes = all.iter().map(|(token, claims)| token.len() + 2 * claims.json().len() + OVERHEAD).sum();
        assert_eq!(kept(&cache), (200, bytes));
    }

    #[test]
    fn who_is_asked_for_stays() {
        let cache = TokenCache::new(CacheLimits { entries: 64, bytes: 1 << 20 }).unwrap();
        cache.insert(token(0).as_bytes(), &claims(0));
        for number in 1..5_000 {
            cache.insert(token(number).as_bytes(), &claims(number));
            assert!(cache.get(token(0).as_bytes()).is_some(), "after {number}");
        }
    }

    #[test]
    fn where_nothing_can_be_kept_there_is_none() {
        for (entries, bytes) in [(0, 1 << 20), (1, 1 << 20)] {
            assert!(TokenCache::new(CacheLimits { entries, bytes }).is_none());
        }
        let cache = TokenCache::new(CacheLimits { entries: 64, bytes: 0 }).unwrap();
        cache.insert(token(1).as_bytes(), &claims(1));
        assert_eq!(kept(&cache), (0, 0));
    }
}
