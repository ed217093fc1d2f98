//! `UserKey`: what a user is called in a store.

use std::fmt;

use super::digest::digest;
use crate::subject::Subject;

/// A digest that stands for one user: 128 bits of fixed length, whatever the application's identifiers look like.
///
/// `42` and `"42"` are one user here, since contracts write the same account's identifier either way.
///
/// ```
/// use tower_auth::{Subject, store::UserKey};
///
/// assert_eq!(UserKey::of(&Subject::from(42)), UserKey::of(&Subject::from("42")));
/// assert_ne!(UserKey::of(&Subject::from(42)), UserKey::of(&Subject::from(43)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserKey([u8; 16]);

impl UserKey {
    /// What the user whom tokens call `subject` is called.
    pub fn of(subject: &Subject) -> Self {
        Self(digest(b"sub", &[subject.to_string().as_bytes()]))
    }

    /// A key of these bytes: one read back from a remote store.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes, for a remote store.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserKey([digest])")
    }
}
