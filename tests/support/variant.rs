//! A contract that differs from `tokens` in its name, and in what it writes into a token.

use tower_auth::{
    BoxError,
    dialect::{Answer, Dialect, Endpoint, Grant, Granted, Issue, Refused, Tokens},
};

pub struct Variant {
    pub name: &'static str,
    pub tokens: Tokens,
    /// What becomes of the claims that `tokens` writes.
    pub claims: fn(Vec<u8>) -> Result<Vec<u8>, BoxError>,
}

impl Variant {
    /// `tokens` at a path of its own, for clients that may be away for longer.
    pub fn mobile(tokens: Tokens) -> Self {
        Self { name: "mobile", tokens: tokens.path("/mobile"), claims: Ok }
    }
}

impl Dialect for Variant {
    fn name(&self) -> &'static str {
        self.name
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        self.tokens.endpoints()
    }

    fn issue(&self) -> Issue {
        self.tokens.issue()
    }

    fn claims(&self, grant: &Grant<'_>) -> Result<Vec<u8>, BoxError> {
        (self.claims)(self.tokens.claims(grant)?)
    }

    fn granted(&self, granted: &Granted<'_>) -> Answer {
        self.tokens.granted(granted)
    }

    fn refused(&self, refused: &Refused<'_>) -> Answer {
        self.tokens.refused(refused)
    }
}
