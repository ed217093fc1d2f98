//! What routes are made of, and what is refused of it: endpoints, the path of tickets, rules.

use http::Method;

use super::{Route, Routes, Served, rules::Rules};
use crate::{
    dialect::{Endpoint, Operation},
    error::{BuildError, BuildErrorKind},
};

impl Routes {
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

/// Whether a path is one of ours: literal, absolute, and read alike by everybody.
pub(super) fn is_literal(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"?#{}".contains(&byte);
    path.starts_with('/') && path.bytes().all(plain) && !path.contains("//")
}
