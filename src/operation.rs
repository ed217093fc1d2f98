//! `Operation`: what the login routes do.

use std::fmt;

/// What a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Reads credentials from the body and issues a token.
    Login,
    /// Reads credentials from `Authorization` and issues a token: Basic, or a Bearer that is renewed. The body is
    /// ignored.
    Exchange,
    /// Refreshes the token in the path, or without a `{token}` segment the one sent as Bearer or from another
    /// configured source.
    Refresh,
    /// Revokes the token in the path, or without a `{token}` segment the one sent as Bearer, and its whole family. The
    /// body is ignored.
    Logout,
}

impl Operation {
    /// A stable name: `login`, `exchange`, `refresh`, `logout`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Exchange => "exchange",
            Self::Refresh => "refresh",
            Self::Logout => "logout",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
