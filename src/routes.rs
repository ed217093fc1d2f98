//! (method, path) → endpoint, ticket, public, optional or guarded. Nothing is allocated, decoded or normalised here.

mod route;
mod rules;
mod table;

use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::{
    dialect::{Endpoint, Operation},
    error::{BuildError, BuildErrorKind},
};
use rules::{Rule, Rules};
use table::Table;

pub(crate) use route::Route;

#[derive(Debug, Default)]
pub(crate) struct Routes {
    endpoints: Vec<Served>,
    /// What is served at a path that means itself and nothing else.
    literal: Table<Vec<(Method, Route)>>,
    /// The endpoints at all other paths: those that end with a token, and under lenient paths every one.
    others: Vec<usize>,
    /// Where tickets are given.
    tickets: Option<String>,
    rules: Rules,
    lenient: bool,
}

/// One endpoint in its place.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) dialect: usize,
    pub(crate) operation: Operation,
    /// The path without what a client puts in: never a token.
    pub(crate) path: String,
    method: Method,
    takes_token: bool,
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
    pub(crate) fn serve_logins(&self) -> bool {
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
    /// misses by more, as `//tokens/…` does, up to what begins as every JOSE header does: `{"` in base64url.
    pub(crate) fn shown<'a>(&'a self, path: &'a str) -> &'a str {
        let mut takers = self.endpoints.iter().filter(|endpoint| endpoint.takes_token).peekable();
        let token = takers.peek().and_then(|_| path.find("eyJ")).unwrap_or(path.len());
        let near = takers.find(|endpoint| endpoint.rest(path, true).is_some());
        near.map_or(path.split_at(token).0, |endpoint| &endpoint.path)
    }

    /// The token in the path of a request to `served`, decoded once.
    pub(crate) fn token<'a>(&self, served: &Served, path: &'a str) -> Option<Cow<'a, str>> {
        let token = served.rest(path, self.lenient).filter(|_| served.takes_token)?;
        percent_decode_str(token).decode_utf8().ok()
    }

    /// Adds an endpoint of the dialect numbered `dialect`.
    pub(crate) fn add_endpoint(&mut self, dialect: usize, mount: &str, endpoint: Endpoint) -> Result<(), BuildError> {
        let Endpoint { method, path, operation } = endpoint;
        let (path, takes_token) = match path.strip_suffix("{token}") {
            Some(prefix) => (format!("{mount}{prefix}"), true),
            None => (format!("{mount}{path}"), false),
        };
        let plain = is_literal(&path);
        let named = matches!(operation, Operation::Refresh | Operation::Logout);
        let takes = takes_token && named && path.ends_with('/');
        if !plain || takes_token != takes {
            return Err(BuildError::new(
                BuildErrorKind::InvalidRoute,
                format!(
                    "the endpoint path {path:?} has to start with `/`, hold no `//`, `?`, `#` or white space, and may only end with `/{{token}}` to refresh or to log out"
                ),
            ));
        }
        let same = |other: &&Served| {
            other.method == method && other.takes_token == takes_token && self.same(&other.path, &path)
        };
        if self.endpoints.iter().any(|other| same(&other)) {
            return Err(BuildError::new(
                BuildErrorKind::OverlappingRoutes,
                format!(
                    "two contracts serve {method} {path}: move one with `.path(…)`, or leave it out with `.without(…)`"
                ),
            ));
        }
        let number = self.endpoints.len();
        match takes_token || self.lenient {
            true => self.others.push(number),
            false => self.literal.change(&path, |here| here.push((method.clone(), Route::Endpoint(number)))),
        }
        self.endpoints.push(Served { dialect, operation, path, method, takes_token });
        Ok(())
    }

    /// Adds the path where tickets are given.
    pub(crate) fn add_tickets(&mut self, path: &str) -> Result<(), BuildError> {
        if !is_literal(path) {
            return Err(BuildError::new(
                BuildErrorKind::InvalidRoute,
                format!(
                    "the ticket path {path:?} has to start with `/`, and hold no `//`, `{{`, `?`, `#` or white space"
                ),
            ));
        }
        if self.endpoints.iter().any(|endpoint| endpoint.method == Method::POST && endpoint.matches(path, self.lenient))
        {
            return Err(BuildError::new(
                BuildErrorKind::OverlappingRoutes,
                format!("the ticket path {path} is a login route: give tickets a path of their own"),
            ));
        }
        if !self.lenient {
            self.literal.change(path, |here| here.push((Method::POST, Route::Ticket)));
        }
        self.tickets = Some(path.to_owned());
        Ok(())
    }

    /// Whether tickets are given there, leniently.
    fn is_ticket(known: &str, method: &Method, path: &str) -> bool {
        let [known, path] = [known, path].map(|path| path.strip_suffix('/').unwrap_or(path));
        *method == Method::POST && known.eq_ignore_ascii_case(path)
    }

    /// Adds public or optional rules: `/path`, or `METHOD /path`, with `{param}` and `{*rest}` as in axum.
    pub(crate) fn add_rules(&mut self, rules: &[(String, Route)]) -> Result<(), BuildError> {
        self.rules = Rules::new(rules)?;
        self.endpoints.iter().try_for_each(|endpoint| self.refuse_shadow(endpoint))?;
        self.tickets.iter().try_for_each(|path| self.refuse_ticket_shadow(path))
    }

    /// Refuses a rule over the tickets: who gets one has shown credentials.
    fn refuse_ticket_shadow(&self, path: &str) -> Result<(), BuildError> {
        match self.rules.covering(path, &Method::POST) {
            None => Ok(()),
            Some(text) => Err(BuildError::new(
                BuildErrorKind::ShadowedEndpoint,
                format!(
                    "the rule {text:?} covers the ticket path {path}, and tickets are given for credentials only: take it out, or give it a method other than POST"
                ),
            )),
        }
    }

    /// Refuses a rule that covers an endpoint: it would be a hole, or nothing.
    fn refuse_shadow(&self, endpoint: &Served) -> Result<(), BuildError> {
        let path = match endpoint.takes_token {
            true => format!("{}{{token}}", endpoint.path),
            false => endpoint.path.clone(),
        };
        match self.rules.covering(&path, &endpoint.method) {
            None => Ok(()),
            Some(text) => Err(BuildError::new(
                BuildErrorKind::ShadowedEndpoint,
                format!(
                    "the rule {text:?} covers the login route {} {path}: login routes need no rule; \
                     give the rule a method that is not a login's, as in `GET {}`",
                    endpoint.method,
                    text.rsplit(' ').next().unwrap_or_default()
                ),
            )),
        }
    }

    fn same(&self, one: &str, other: &str) -> bool {
        one == other || self.lenient && one.eq_ignore_ascii_case(other)
    }
}

impl Served {
    #[cfg(feature = "openapi")]
    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// Whether a token stands at the end of its path.
    pub(crate) fn takes_token(&self) -> bool {
        self.takes_token
    }

    fn matches(&self, path: &str, lenient: bool) -> bool {
        match self.rest(path, lenient) {
            Some(rest) if self.takes_token => !rest.is_empty() && !rest.contains('/'),
            Some(rest) => rest.is_empty(),
            None => false,
        }
    }

    /// What stands in `path` behind this endpoint's own; lenient: in any letter case, less one trailing slash.
    fn rest<'a>(&self, path: &'a str, lenient: bool) -> Option<&'a str> {
        if !lenient {
            return path.strip_prefix(&*self.path);
        }
        let (start, rest) = path.split_at_checked(self.path.len())?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        start.eq_ignore_ascii_case(&self.path).then_some(rest)
    }
}

/// Whether a path is one of ours: literal, absolute, and read alike by everybody.
fn is_literal(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#{}".contains(&byte);
    path.starts_with('/') && path.bytes().all(plain) && !path.contains("//")
}

#[cfg(test)]
mod tests;
