//! `Basis`: what a verified password rests on.

use std::hash::{Hash, Hasher};

use super::{PasswordProof, StoredPassword};
use crate::clock::Timestamp;

/// What of an account a password is verified against, and since when its tokens are good.
#[derive(Clone, Copy)]
pub(crate) struct Version<'a> {
    /// `None` stands for an account that does not exist.
    pub(crate) proof: Option<&'a PasswordProof>,
    pub(crate) valid_since: Option<Timestamp>,
}

/// The same, kept. When any of it changes, the password is verified again.
#[derive(Clone)]
pub(crate) struct Basis {
    proof: Option<PasswordProof>,
    valid_since: Option<Timestamp>,
}

impl<'a> Version<'a> {
    fn stored(self) -> Option<&'a StoredPassword> {
        match self.proof? {
            PasswordProof::Stored(stored) => Some(stored),
            PasswordProof::None | PasswordProof::Verified | PasswordProof::Wrong => None,
        }
    }

    /// What counts of it.
    fn parts(self) -> (Option<(Option<&'a str>, &'a str)>, Option<Timestamp>) {
        (self.stored().map(StoredPassword::parts), self.valid_since)
    }
}

/// Not in constant time: none of it is the client's.
impl PartialEq for Version<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Basis {
    pub(crate) fn of(version: Version<'_>) -> Self {
        Self { proof: version.proof.cloned(), valid_since: version.valid_since }
    }

    pub(super) fn version(&self) -> Version<'_> {
        Version { proof: self.proof.as_ref(), valid_since: self.valid_since }
    }

    /// The bytes that it holds besides its own.
    pub(super) fn bytes(&self) -> usize {
        let parts = self.version().stored().map(StoredPassword::parts);
        parts.map_or(0, |(salt, text)| salt.map_or(0, str::len) + text.len())
    }
}

impl PartialEq for Basis {
    fn eq(&self, other: &Self) -> bool {
        self.version() == other.version()
    }
}

impl Eq for Basis {}

impl Hash for Basis {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.version().parts().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s63_what_an_account_has_is_told_apart() {
        let stored = ["", "ab"].map(StoredPassword::from);
        let salted = [("", "ab"), ("a", "b"), ("ab", "")].map(|(salt, text)| StoredPassword::salted_sha256(salt, text));
        let proofs = stored.into_iter().chain(salted).map(PasswordProof::Stored);
        let proofs: Vec<_> = std::iter::once(PasswordProof::None).chain(proofs).collect();
        let moments = [None, Some(0), Some(1)].map(|moment| moment.map(Timestamp::from_unix_millis));
        let versions = |proof| moments.map(|valid_since| Version { proof: Some(proof), valid_since });
        let versions: Vec<_> = proofs.iter().flat_map(versions).collect();
        for (at, one) in versions.iter().enumerate() {
            for (other_at, other) in versions.iter().enumerate() {
                let basis = Basis::of(*one);
                assert_eq!((basis.version() == *other), at == other_at, "{at} and {other_at}");
                assert_eq!(basis == Basis::of(*other), at == other_at, "{at} and {other_at}");
            }
        }
    }
}
