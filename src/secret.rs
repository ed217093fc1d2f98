//! What must never print.

use std::fmt;

use zeroize::Zeroizing;

/// A password as the client typed it: not trimmed, not folded, not cut.
///
/// It has no `Display`, its `Debug` is fixed text, and its memory is cleared when it is dropped. Reading it takes the
/// one call that says so.
///
/// ```
/// use tower_auth::Password;
///
/// let password = Password::new("correct horse");
/// assert_eq!(format!("{password:?}"), "Password([redacted])");
/// assert_eq!(password.expose(), "correct horse");
/// ```
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes in a password.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The password in clear, for a closure that verifies it itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}
