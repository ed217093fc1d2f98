//! The keyed digest by which a user-id with its password is known again.
//!
//! The key is random and never leaves the process: a fingerprint tells nobody without it anything, and nobody can make
//! two that meet.

use std::hash::{Hash, Hasher};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub(super) struct Fingerprinter(Hmac<Sha256>);

/// Of one user-id with one password.
#[derive(Clone, Copy)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprinter {
    /// With a key of its own. `None` when the system has no randomness to give.
    pub(super) fn new() -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).ok()?;
        Hmac::new_from_slice(&*key).map(Self).ok()
    }

    /// Of a user-pass, RFC 7617 §2: no user-id has a colon, so the first one parts it in one way.
    pub(super) fn of(&self, user_pass: &str) -> Fingerprint {
        Fingerprint(self.0.clone().chain_update(user_pass).finalize().into_bytes().into())
    }
}

impl PartialEq for Fingerprint {
    /// All of it, in constant time, by words: bytes would be four times as many steps.
    fn eq(&self, other: &Self) -> bool {
        let words = |bytes: &[u8; 32]| [0, 8, 16, 24].map(|at| word(bytes, at));
        words(&self.0).ct_eq(&words(&other.0)).into()
    }
}

impl Eq for Fingerprint {}

impl Hash for Fingerprint {
    /// The first eight bytes: a MAC is as good as random.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(word(&self.0, 0));
    }
}

/// Eight bytes from `at` on.
fn word(bytes: &[u8; 32], at: usize) -> u64 {
    let word = bytes.get(at..).and_then(<[u8]>::first_chunk);
    word.map_or(0, |word| u64::from_le_bytes(*word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn s63_two_fingerprints_meet_exactly_where_user_id_and_password_do(one in "[ab:]{1,4}", other in "[ab:]{1,4}") {
            let fingerprinter = Fingerprinter::new().unwrap();
            prop_assert_eq!(fingerprinter.of(&one) == fingerprinter.of(&other), one == other);
        }
    }

    #[test]
    fn s63_the_boundary_between_user_id_and_password_counts() {
        let fingerprinter = Fingerprinter::new().unwrap();
        assert!(fingerprinter.of("a:bc") != fingerprinter.of("ab:c"));
        assert!(fingerprinter.of("a:bc") == fingerprinter.of("a:bc"));
    }

    #[test]
    fn s63_each_process_has_a_key_of_its_own() {
        let of = || Fingerprinter::new().unwrap().of("a:b");
        assert!(of() != of());
    }
}
