//! `ThrottleKey`: whose attempts are counted.

use std::fmt::{self, Write};

use sha2::{Digest, Sha256, digest::consts::U16};

/// Whose attempts are counted, as a digest: no identifier or address is in a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThrottleKey([u8; 16]);

impl ThrottleKey {
    /// The key of `whose` attempts at `what`. Different pairs have different keys.
    pub(crate) fn new(what: &str, whose: impl fmt::Display) -> Self {
        let mut hash = Sha256::new();
        hash.update((what.len() as u64).to_be_bytes());
        hash.update(what);
        Self::digest(hash, whose)
    }

    /// The key of what is counted apart at this key: of one client's network, of another issuer.
    pub(crate) fn at(&self, whose: impl fmt::Display) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        Self::digest(hash, whose)
    }

    fn digest(hash: Sha256, whose: impl fmt::Display) -> Self {
        let mut hash = Hashing(hash);
        // A digest takes all that is written.
        let _ = write!(hash, "{whose}");
        let (key, _) = hash.0.finalize().split::<U16>();
        Self(key.into())
    }

    /// A key of these bytes: for tests of a store.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes, for a remote store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// A digest of text as it is written, without a string between.
struct Hashing(Sha256);

impl Write for Hashing {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text);
        Ok(())
    }
}

impl fmt::Debug for ThrottleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThrottleKey([digest])")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn s51_no_two_are_counted_as_one() {
        let (ada, bob) = (ThrottleKey::new("account", "ada"), ThrottleKey::new("account", "bob"));
        let network = ThrottleKey::new("network", "ada");
        let divided = [ThrottleKey::new("accountada", ""), ThrottleKey::new("", "accountada")];
        let at = [ada.at("10.0.0.1"), ada.at("10.0.0.2"), bob.at("10.0.0.1")];
        let all = [ada, bob, network].into_iter().chain(divided).chain(at);
        assert_eq!(all.collect::<HashSet<_>>().len(), 8);
    }
}
