//! Tables whose keys were hashed already: once for the shard, the table and all that is asked of it.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// By the hash itself, so two keys of one hash are one here: entries hold their keys, and are compared with them.
pub(crate) type HashedMap<V> = HashMap<u64, V, BuildHasherDefault<Hashed>>;

/// Hands a `u64` on.
#[derive(Default)]
pub(crate) struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Which of so many shards has a hash: by sixteen bits in the middle, of which a table makes no use, as it takes the
/// lowest and the highest.
pub(crate) fn shard<S>(shards: &[S], hash: u64) -> Option<&S> {
    let spread = usize::try_from((hash >> 32) & 0xffff).ok()?;
    shards.get((spread * shards.len()) >> 16)
}
