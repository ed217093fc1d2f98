//! `Scheme`: by what somebody was admitted.

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
    pub fn name(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Basic => "basic",
        }
    }
}
