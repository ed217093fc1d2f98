//! 128 bits that stand for something in a store.

use sha2::{Digest, Sha256, digest::consts::U16};

/// Every part goes in with its length before it, so that no two lists of parts share a digest.
pub(super) fn digest(kind: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(kind);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let (key, _) = hash.finalize().split::<U16>();
    key.into()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn s46_no_two_kinds_and_no_two_divisions_are_one() {
        let all: [(&[u8], &[&[u8]]); 5] = [
            (b"jti", &[b"a", b"bc"]),
            (b"jti", &[b"ab", b"c"]),
            (b"jti", &[b"abc"]),
            (b"jws", &[b"abc"]),
            (b"jws", &[]),
        ];
        let digests: HashSet<_> = all.iter().map(|(kind, parts)| digest(kind, parts)).collect();
        assert_eq!(digests.len(), all.len());
    }
}
