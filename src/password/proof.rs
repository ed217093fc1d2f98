//! How the password of an account is shown to be right.

use super::StoredPassword;

#[derive(Clone)]
pub(crate) enum PasswordProof {
    /// The account has none: a password login is refused.
    None,
    /// The layer verifies it against what is stored.
    Stored(StoredPassword),
    /// The closure has verified it, and it is right.
    Verified,
    /// The closure has verified it, and it is wrong.
    Wrong,
}

impl PasswordProof {
    /// Whether the closure has verified it, so that the guess was made.
    pub(crate) fn is_told(&self) -> bool {
        matches!(self, Self::Verified | Self::Wrong)
    }
}
