//! `Scheme`: by what somebody was admitted.

use std::fmt;

/// The scheme by which somebody was admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// A bearer token, RFC 6750.
    Bearer,
    /// User-id and password, RFC 7617.
    Basic,
}

impl Scheme {
    /// The scheme in lower case: `bearer`, `basic`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Basic => "basic",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
