//! `Basis`: what a verified password rests on.

use std::hash::{Hash, Hasher};

use super::{PasswordProof, StoredPassword};

/// What of an account a password is verified against, and since when its tokens are good.
#[derive(Clone, Copy)]
pub(crate) struct Version<'a> {
    /// `None` stands for an account that does not exist.
    pub(crate) proof: Option<&'a PasswordProof>,
    pub(crate) valid_since: Option<i64>,
}

/// The same, kept. When any of it changes, the password is verified again.
#[derive(Clone)]
pub(crate) struct Basis {
    stored: Option<StoredPassword>,
    valid_since: Option<i64>,
}

/// Either, to be compared.
type Parts<'a> = (Option<(Option<&'a str>, &'a str)>, Option<i64>);

impl<'a> Version<'a> {
    fn stored(self) -> Option<&'a StoredPassword> {
        match self.proof? {
            PasswordProof::Stored(stored) => Some(stored),
            PasswordProof::None | PasswordProof::Verified | PasswordProof::Wrong => None,
        }
    }
}

impl Basis {
    pub(crate) fn of(version: Version<'_>) -> Self {
        Self { stored: version.stored().cloned(), valid_since: version.valid_since }
    }

    /// Whether that is what the account has now. Not in constant time: none of it is the client's.
    pub(super) fn is(&self, version: Version<'_>) -> bool {
        self.parts() == (version.stored().map(StoredPassword::parts), version.valid_since)
    }

    /// The bytes that it holds besides its own.
    pub(super) fn bytes(&self) -> usize {
        let parts = self.stored.as_ref().map(StoredPassword::parts);
        parts.map_or(0, |(salt, text)| salt.map_or(0, str::len) + text.len())
    }

    fn parts(&self) -> Parts<'_> {
        (self.stored.as_ref().map(StoredPassword::parts), self.valid_since)
    }
}

impl PartialEq for Basis {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Basis {}

impl Hash for Basis {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
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
        let moments = [None, Some(0), Some(1)];
        let versions = |proof| moments.map(|valid_since| Version { proof: Some(proof), valid_since });
        let versions: Vec<_> = proofs.iter().flat_map(versions).collect();
        for (at, one) in versions.iter().enumerate() {
            for (other_at, other) in versions.iter().enumerate() {
                let basis = Basis::of(*one);
                assert_eq!(basis.is(*other), at == other_at, "{at} and {other_at}");
                assert_eq!(basis == Basis::of(*other), at == other_at, "{at} and {other_at}");
            }
        }
    }
}
