//! How the password of an account is shown to be right.

use super::StoredPassword;

#[derive(Clone)]
pub(crate) enum PasswordProof {
    /// The account has none: a password login is refused.
    None,
    /// The layer verifies it against what is stored.
    Stored(StoredPassword),
    /// The closure has verified it.
    Verified,
}
