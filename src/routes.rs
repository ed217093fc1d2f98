//! (method, path) → endpoint, ticket, public, optional or guarded. Nothing is allocated, decoded or normalised here.

use std::borrow::Cow;

use http::Method;
use percent_encoding::percent_decode_str;

use crate::{
    dialect::{Endpoint, Operation},
    error::{BuildError, BuildErrorKind},
};

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// To the endpoint of this number.
    Endpoint(usize),
    /// Straight through, credentials or not.
    Public,
    /// Through with good credentials or with none.
    Optional,
    /// Through with good credentials.
    Guarded,
    /// With good credentials to a ticket.
    Ticket,
}

#[derive(Debug, Default)]
pub(crate) struct Routes {
    endpoints: Vec<Served>,
    /// Where tickets are given.
    tickets: Option<String>,
    rules: matchit::Router<Vec<Rule>>,
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

#[derive(Clone, Debug)]
struct Rule {
    method: Option<Method>,
    route: Route,
    /// As it was written, for the sentence of an error.
    text: String,
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
        let served = |endpoint: &Served| endpoint.method == *method && endpoint.matches(path, self.lenient);
        if let Some(number) = self.endpoints.iter().position(served) {
            return Route::Endpoint(number);
        }
        if self.tickets.as_ref().is_some_and(|known| self.is_ticket(known, method, path)) {
            return Route::Ticket;
        }
        self.rule(method, path).map_or(Route::Guarded, |rule| rule.route)
    }

    /// The rule that a request falls under.
    fn rule(&self, method: &Method, path: &str) -> Option<&Rule> {
        let found = self.rules.at(path).ok()?;
        if !found.params.is_empty() && !is_plain(path) {
            return None;
        }
        found.value.iter().find(|rule| rule.method.as_ref().is_none_or(|known| known == method))
    }

    /// The rule that a request falls under, as it was written.
    pub(crate) fn rule_text(&self, method: &Method, path: &str) -> &str {
        self.rule(method, path).map_or("", |rule| &rule.text)
    }

    /// `path` as it may be shown: without a token, also where it is a near miss of the route that takes one.
    pub(crate) fn shown<'a>(&'a self, path: &'a str) -> &'a str {
        let mut takers = self.endpoints.iter().filter(|endpoint| endpoint.takes_token);
        takers.find(|endpoint| endpoint.rest(path, true).is_some()).map_or(path, |endpoint| &endpoint.path)
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
        self.tickets = Some(path.to_owned());
        Ok(())
    }

    fn is_ticket(&self, known: &str, method: &Method, path: &str) -> bool {
        let path = path.strip_suffix('/').filter(|_| self.lenient).unwrap_or(path);
        *method == Method::POST && self.same(known, path)
    }

    /// Adds public or optional rules: `/path`, or `METHOD /path`, with `{param}` and `{*rest}` as in axum.
    pub(crate) fn add_rules(&mut self, rules: &[(String, Route)]) -> Result<(), BuildError> {
        let mut grouped: Vec<(&str, Vec<Rule>)> = Vec::new();
        for (text, route) in rules {
            let (method, path) = split_rule(text)?;
            let index = grouped.iter().position(|(known, _)| *known == path).unwrap_or_else(|| {
                grouped.push((path, Vec::new()));
                grouped.len() - 1
            });
            let Some((_, group)) = grouped.get_mut(index) else { continue };
            if group.iter().any(|rule| overlap(rule.method.as_ref(), method.as_ref())) {
                return Err(overlapping(text));
            }
            group.push(Rule { method, route: *route, text: text.clone() });
        }
        for (path, group) in grouped {
            self.rules.insert(path, group).map_err(|error| match error {
                matchit::InsertError::Conflict { .. } => overlapping(path),
                _ => invalid_rule(path),
            })?;
        }
        self.endpoints.iter().try_for_each(|endpoint| self.refuse_shadow(endpoint))?;
        self.tickets.iter().try_for_each(|path| self.refuse_ticket_shadow(path))
    }

    /// Refuses a rule over the tickets: who gets one has shown credentials.
    fn refuse_ticket_shadow(&self, path: &str) -> Result<(), BuildError> {
        match self.covering(path, &Method::POST) {
            None => Ok(()),
            Some(Rule { text, .. }) => Err(BuildError::new(
                BuildErrorKind::ShadowedEndpoint,
                format!(
                    "the rule {text:?} covers the ticket path {path}, and tickets are given for credentials only: take it out, or give it a method other than POST"
                ),
            )),
        }
    }

    /// The rule that a path and method fall under.
    fn covering(&self, path: &str, method: &Method) -> Option<&Rule> {
        let rules = self.rules.at(path).map(|found| found.value.as_slice()).unwrap_or_default();
        rules.iter().find(|rule| overlap(rule.method.as_ref(), Some(method)))
    }

    /// Refuses a rule that covers an endpoint: it would be a hole, or nothing.
    fn refuse_shadow(&self, endpoint: &Served) -> Result<(), BuildError> {
        let path = match endpoint.takes_token {
            true => format!("{}{{token}}", endpoint.path),
            false => endpoint.path.clone(),
        };
        match self.covering(&path, &endpoint.method) {
            None => Ok(()),
            Some(Rule { text, .. }) => Err(BuildError::new(
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

/// Whether a path means the same to everybody behind this layer. `.` and `..`, an empty segment (each also with
/// parameters behind a `;`, RFC 3986 §3.3, which some servers take off first), a backslash and an encoded slash or dot are
/// read differently by proxies and file servers, so no pattern lets them through unguarded.
fn is_plain(path: &str) -> bool {
    let encoded = |escape: &[u8]| matches!(escape, [b'%', b'2', b'e' | b'E' | b'f' | b'F'] | [b'%', b'5', b'c' | b'C']);
    let mut names = path.split('/').skip(1).map(|segment| segment.split(';').next());
    !path.contains('\\')
        && !path.as_bytes().windows(3).any(encoded)
        && names.all(|name| !matches!(name, None | Some("" | "." | "..")))
}

/// Whether a path is one of ours: literal, absolute, and read alike by everybody.
fn is_literal(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#{}".contains(&byte);
    path.starts_with('/') && path.bytes().all(plain) && !path.contains("//")
}

/// Whether two methods have one in common; none stands for all.
fn overlap(one: Option<&Method>, other: Option<&Method>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one == other)
}

fn split_rule(text: &str) -> Result<(Option<Method>, &str), BuildError> {
    let (method, path) = match text.split_once(' ') {
        None => (None, text),
        Some((method, path)) => {
            let usable = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
            let method = Method::from_bytes(method.as_bytes()).ok().filter(|_| usable);
            (Some(method.ok_or_else(|| invalid_rule(text))?), path)
        }
    };
    let old = path.split('/').any(|segment| segment.starts_with([':', '*']));
    let plain = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#".contains(&byte));
    match plain && !old {
        true => Ok((method, path)),
        false => Err(invalid_rule(text)),
    }
}

fn invalid_rule(text: &str) -> BuildError {
    BuildError::new(
        BuildErrorKind::InvalidRoute,
        format!(
            "the rule {text:?} is not `/path` or `METHOD /path` with `{{param}}` or `{{*rest}}` for whole segments"
        ),
    )
}

fn overlapping(text: &str) -> BuildError {
    BuildError::new(
        BuildErrorKind::OverlappingRoutes,
        format!(
            "the rule {text:?} overlaps another one, and a route is public or optional once: take one of them out, or give each a method of its own"
        ),
    )
}

#[cfg(test)]
mod tests;
