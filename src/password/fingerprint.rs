//! The keyed digest by which a verified password is known again.
//!
//! It covers who, with what password, and what that was verified against, each with its length before it, so that
//! `a` with `bc` and `ab` with `c` are two. The key is random and never leaves the process: a fingerprint tells nobody
//! without it anything, and nobody can make two that meet.

use std::hash::{Hash, Hasher};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{PasswordProof, StoredPassword};

pub(super) struct Fingerprinter(Hmac<Sha256>);

/// What of an account a verified password rests on. When any of it changes, the fingerprint does.
pub(crate) struct Version<'a> {
    /// `None` stands for an account that does not exist.
    pub(crate) proof: Option<&'a PasswordProof>,
    pub(crate) valid_since: Option<i64>,
}

/// Of one user-id, one password and one version of an account.
#[derive(Clone, Copy)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprinter {
    /// With a key of its own. `None` when the system has no randomness to give.
    pub(super) fn new() -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).ok()?;
        Hmac::new_from_slice(&*key).map(Self).ok()
    }

    pub(super) fn of(&self, user_id: &str, password: &str, version: &Version<'_>) -> Fingerprint {
        let mut mac = self.0.clone();
        part(&mut mac, user_id);
        part(&mut mac, password);
        let kind = match version.proof {
            None => 0,
            Some(PasswordProof::None) => 1,
            Some(PasswordProof::Verified) => 2,
            Some(PasswordProof::Stored(_)) => 3,
            Some(PasswordProof::Wrong) => 4,
        };
        mac.update(&[kind, u8::from(version.valid_since.is_some())]);
        mac.update(&version.valid_since.unwrap_or_default().to_le_bytes());
        if let Some(PasswordProof::Stored(stored)) = version.proof {
            stored_parts(stored).into_iter().flatten().for_each(|text| part(&mut mac, text));
        }
        Fingerprint(mac.finalize().into_bytes().into())
    }
}

fn part(mac: &mut Hmac<Sha256>, text: &str) {
    mac.update(&(text.len() as u64).to_le_bytes());
    mac.update(text.as_bytes());
}

/// One part is text, two are a salt and a digest.
fn stored_parts(stored: &StoredPassword) -> [Option<&str>; 2] {
    match stored.salt() {
        Some(salt) => [Some(salt), Some(stored.expose())],
        None => [Some(stored.expose()), None],
    }
}

impl Fingerprint {
    /// One of many that differ, for tests of what keeps them.
    #[cfg(test)]
    pub(super) fn numbered(number: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Self(bytes)
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

    /// Everything that goes into a fingerprint.
    type Parts = (String, String, Option<(bool, String, String)>, Option<i64>);

    fn of(fingerprinter: &Fingerprinter, (user_id, password, stored, valid_since): &Parts) -> Fingerprint {
        let proof = stored.as_ref().map(|(salted, first, second)| {
            PasswordProof::Stored(match salted {
                true => StoredPassword::salted_sha256(first.clone(), second.clone()),
                false => StoredPassword::from(first.clone() + second),
            })
        });
        fingerprinter.of(user_id, password, &Version { proof: proof.as_ref(), valid_since: *valid_since })
    }

    fn parts() -> impl Strategy<Value = Parts> {
        let text = || "[ab:]{0,3}";
        (text(), text(), prop::option::of((any::<bool>(), text(), text())), prop::option::of(-1..2_i64))
    }

    /// The same, as far as verification can tell: text is text, wherever it was joined.
    fn meant((user_id, password, stored, valid_since): &Parts) -> impl PartialEq {
        let stored = stored.as_ref().map(|(salted, first, second)| match salted {
            true => (first.clone(), Some(second.clone())),
            false => (first.clone() + second, None),
        });
        (user_id.clone(), password.clone(), stored, *valid_since)
    }

    proptest! {
        #[test]
        fn s63_two_fingerprints_meet_exactly_where_all_their_parts_do(one in parts(), other in parts()) {
            let fingerprinter = Fingerprinter::new().unwrap();
            prop_assert_eq!(of(&fingerprinter, &one) == of(&fingerprinter, &other), meant(&one) == meant(&other));
        }
    }

    #[test]
    fn s63_the_boundary_between_user_id_and_password_counts() {
        let fingerprinter = Fingerprinter::new().unwrap();
        let of = |user_id, password| fingerprinter.of(user_id, password, &Version { proof: None, valid_since: None });
        assert!(of("a", "bc") != of("ab", "c"));
        assert!(of("a", "b:c") != of("a:b", "c"));
        assert!(of("a", "bc") == of("a", "bc"));
    }

    #[test]
    fn s63_each_process_has_a_key_of_its_own() {
        let version = Version { proof: None, valid_since: None };
        let of = || Fingerprinter::new().unwrap().of("a", "b", &version);
        assert!(of() != of());
    }

    #[test]
    fn s63_what_an_account_has_is_told_apart() {
        let fingerprinter = Fingerprinter::new().unwrap();
        let stored = PasswordProof::Stored(StoredPassword::from(""));
        let told = [&PasswordProof::Verified, &PasswordProof::Wrong].map(Some);
        let proofs = [None, Some(&PasswordProof::None), told[0], told[1], Some(&stored)];
        let of = |proof| fingerprinter.of("a", "b", &Version { proof, valid_since: None });
        for (at, one) in proofs.iter().enumerate() {
            for (other_at, other) in proofs.iter().enumerate() {
                assert_eq!(of(*one) == of(*other), at == other_at, "{at} and {other_at}");
            }
        }
    }
}
