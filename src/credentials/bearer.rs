//! `Authorization: Bearer <token>`, RFC 6750 §2.1.

use std::fmt;

/// A bearer token as it came, not verified. Does not print.
#[derive(Clone, Copy)]
pub(crate) struct Token<'a>(&'a str);

impl<'a> Token<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text)
    }

    pub(crate) fn as_str(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([redacted])")
    }
}
