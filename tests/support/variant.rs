//! A contract that differs from one of the crate's in its name, and in where it is served, what it reads, or what it writes
//! into a token.

use tower_auth::{
    BoxError,
    dialect::{Answer, Dialect, Endpoint, Form, Grant, Granted, Issue, LoginForm, Refusal, Refused, Tokens},
};

pub struct Variant<D> {
    pub name: &'static str,
    pub of: D,
    pub endpoints: Vec<Endpoint>,
    pub read: fn(&D, &Form) -> Result<LoginForm, Refusal>,
    /// What becomes of the claims that the other one writes.
    pub claims: fn(Vec<u8>) -> Result<Vec<u8>, BoxError>,
    pub granted: fn(&D, &Granted<'_>) -> Answer,
}

impl<D: Dialect> Variant<D> {
    /// One that differs in nothing but its name.
    pub fn new(name: &'static str, of: D) -> Self {
        Self { name, endpoints: of.endpoints(), of, read: D::read, claims: Ok, granted: D::granted }
    }
}

impl Variant<Tokens> {
    /// `tokens` at a path of its own, for clients that may be away for longer.
    pub fn mobile(tokens: Tokens) -> Self {
        Self::new("mobile", tokens.path("/mobile"))
    }
}

impl<D: Dialect> Dialect for Variant<D> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        self.endpoints.clone()
    }

    fn issue(&self) -> Issue {
        self.of.issue()
    }

    fn read(&self, form: &Form) -> Result<LoginForm, Refusal> {
        (self.read)(&self.of, form)
    }

    fn claims(&self, grant: &Grant<'_>) -> Result<Vec<u8>, BoxError> {
        (self.claims)(self.of.claims(grant)?)
    }

    fn granted(&self, granted: &Granted<'_>) -> Answer {
        (self.granted)(&self.of, granted)
    }

    fn refused(&self, refused: &Refused<'_>) -> Answer {
        self.of.refused(refused)
    }
}
