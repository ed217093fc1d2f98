//! `Authorization: Bearer <token>`, RFC 6750 §2.1.

use std::{borrow::Cow, fmt};

/// A bearer token as it came, not verified. Does not print.
#[derive(Clone)]
pub(crate) struct Token<'a>(Cow<'a, str>);

impl<'a> Token<'a> {
    pub(super) fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([redacted])")
    }
}
