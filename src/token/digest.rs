//! 128 bits that stand for something in a store.

use sha2::{Digest, Sha256};

/// Every part goes in with its length before it, so that no two lists of parts share a digest.
pub(super) fn digest(kind: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(kind);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut key = [0; 16];
    for (byte, digest) in key.iter_mut().zip(hash.finalize()) {
        *byte = digest;
    }
    key
}
