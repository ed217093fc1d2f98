//! `Routes`: which route a method and a path are.

use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;

use super::{
    Route, Served,
    rules::{Rule, Rules},
    table::Table,
};

#[derive(Debug, Default)]
pub(crate) struct Routes {
    pub(super) endpoints: Vec<Served>,
    /// What is served at a path that means itself and nothing else.
    pub(super) literal: Table<Vec<(Method, Route)>>,
    /// The endpoints at all other paths: those that end with a token, and under lenient paths every one.
    pub(super) others: Vec<usize>,
    /// Where tickets are given.
    pub(super) tickets: Option<String>,
    pub(super) rules: Rules,
    pub(super) lenient: bool,
}

impl Routes {
    pub(crate) fn new(lenient: bool) -> Self {
        Self { lenient, ..Self::default() }
    }

    pub(crate) fn served(&self, number: usize) -> Option<&Served> {
        self.endpoints.get(number)
    }

    /// The first endpoint of the dialect numbered `dialect`.
    #[cfg(feature = "test-util")]
    pub(crate) fn of_dialect(&self, dialect: usize) -> Option<&Served> {
        self.endpoints.iter().find(|endpoint| endpoint.dialect == dialect)
    }

    /// Whether there is any endpoint.
    pub(crate) fn serves_logins(&self) -> bool {
        !self.endpoints.is_empty()
    }

    /// Every endpoint, in the order in which they are matched.
    #[cfg(feature = "openapi")]
    pub(crate) fn endpoints(&self) -> &[Served] {
        &self.endpoints
    }

    /// Where tickets are given.
    #[cfg(feature = "openapi")]
    pub(crate) fn tickets(&self) -> Option<&str> {
        self.tickets.as_deref()
    }

    pub(crate) fn sort(&self, method: &Method, path: &str) -> Route {
        let served = self.literal.get(path).into_iter().flatten().find(|(known, _)| known == method);
        if let Some((_, route)) = served {
            return *route;
        }
        if let Some(number) = self.others.iter().find(|number| self.is_other(**number, method, path)) {
            return Route::Endpoint(*number);
        }
        if self.lenient && self.tickets.as_ref().is_some_and(|known| Self::is_ticket(known, method, path)) {
            return Route::Ticket;
        }
        self.rules.find(method, path).map_or(Route::Guarded, Rule::route)
    }

    fn is_other(&self, number: usize, method: &Method, path: &str) -> bool {
        let endpoint = self.endpoints.get(number);
        endpoint.is_some_and(|endpoint| endpoint.method == *method && endpoint.matches(path, self.lenient))
    }

    /// The rule that a request falls under, as it was written.
    pub(crate) fn rule_text(&self, method: &Method, path: &str) -> &str {
        self.rules.find(method, path).map_or("", Rule::text)
    }

    /// `path` as it may be shown: without a token, also where it is a near miss of the route that takes one. Of one that
    /// misses by more, as `//tokens/…` does, up to what begins as the header of a token mostly does: `{"` in base64url.
    pub(crate) fn shown<'a>(&'a self, path: &'a str) -> &'a str {
        let takers = || self.endpoints.iter().filter(|endpoint| endpoint.takes_token);
        if let Some(near) = takers().find(|endpoint| endpoint.rest(path, true).is_some()) {
            return &near.path;
        }
        let token = takers().next().and_then(|_| path.find("eyJ"));
        token.map_or(path, |at| path.split_at(at).0)
    }

    /// The token in the path of a request to `served`, decoded once.
    pub(crate) fn token<'a>(&self, served: &Served, path: &'a str) -> Option<Cow<'a, str>> {
        let token = served.rest(path, self.lenient).filter(|_| served.takes_token)?;
        percent_decode_str(token).decode_utf8().ok()
    }

    /// Whether tickets are given there, leniently.
    fn is_ticket(known: &str, method: &Method, path: &str) -> bool {
        let [known, path] = [known, path].map(|path| path.strip_suffix('/').unwrap_or(path));
        *method == Method::POST && known.eq_ignore_ascii_case(path)
    }
}
