//! `Basis`: what a verified password rests on.

use std::hash::{Hash, Hasher};

use super::{PasswordProof, StoredPassword};
use crate::Account;

/// What of an account a password was verified against, and since when its tokens are good. When any of it changes, the
/// password is verified again.
#[derive(Clone)]
pub(crate) struct Basis {
    /// `None` stands for an account without one, and for nobody.
    stored: Option<StoredPassword>,
    valid_since: Option<i64>,
}

/// The same, to be compared.
type Parts<'a> = (Option<(Option<&'a str>, &'a str)>, Option<i64>);

impl Basis {
    pub(crate) fn of<U>(account: Option<&Account<U>>) -> Self {
        let stored = account.and_then(stored);
        Self { stored: stored.cloned(), valid_since: account.and_then(|account| account.valid_since) }
    }

    /// Whether the account has it still. Not in constant time: none of it is the client's.
    pub(super) fn is_of<U>(&self, account: &Account<U>) -> bool {
        self.parts() == (stored(account).map(StoredPassword::parts), account.valid_since)
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

fn stored<U>(account: &Account<U>) -> Option<&StoredPassword> {
    match &account.password {
        PasswordProof::Stored(stored) => Some(stored),
        PasswordProof::None | PasswordProof::Verified | PasswordProof::Wrong => None,
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
        let accounts = [
            Account::new(1, ()),
            Account::new(1, ()).valid_since(0),
            Account::new(1, ()).valid_since(1),
            Account::new(1, ()).password_hash(""),
            Account::new(1, ()).password_hash("").valid_since(0),
            Account::new(1, ()).password_hash("ab"),
            Account::new(1, ()).password_hash(StoredPassword::salted_sha256("", "ab")),
            Account::new(1, ()).password_hash(StoredPassword::salted_sha256("a", "b")),
            Account::new(1, ()).password_hash(StoredPassword::salted_sha256("ab", "")),
        ];
        for (at, one) in accounts.iter().enumerate() {
            for (other_at, other) in accounts.iter().enumerate() {
                let basis = Basis::of(Some(one));
                assert_eq!(basis.is_of(other), at == other_at, "{at} and {other_at}");
                assert_eq!(basis == Basis::of(Some(other)), at == other_at, "{at} and {other_at}");
            }
        }
    }
}
