//! Rules over paths that contracts do not serve: public or optional.
//!
//! Literal paths stand in a table, and win over patterns, as they do in matchit's tree.

use http::Method;

use super::{route::Route, table::Table};
use crate::error::{BuildError, BuildErrorKind};

#[derive(Debug, Default)]
pub(super) struct Rules {
    literal: Table<Vec<Rule>>,
    /// None: no rule has a parameter.
    patterns: Option<matchit::Router<Vec<Rule>>>,
}

#[derive(Clone, Debug)]
pub(super) struct Rule {
    method: Option<Method>,
    route: Route,
    /// As it was written, for the sentence of an error.
    text: String,
}

impl Rule {
    pub(super) fn route(&self) -> Route {
        self.route
    }

    /// As it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl Rules {
    /// Reads them: `/path`, or `METHOD /path`, with `{param}` and `{*rest}`.
    pub(super) fn new(rules: &[(String, Route)]) -> Result<Self, BuildError> {
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
        let mut rules = Self::default();
        for (path, group) in grouped {
            if !path.contains(['{', '}']) {
                rules.literal.change(path, |rules| *rules = group);
                continue;
            }
            rules.patterns.get_or_insert_default().insert(path, group).map_err(|error| match error {
                matchit::InsertError::Conflict { .. } => overlapping(path),
                _ => invalid_rule(path),
            })?;
        }
        Ok(rules)
    }

    /// The rule that a request falls under.
    pub(super) fn find(&self, method: &Method, path: &str) -> Option<&Rule> {
        let rules = if let Some(rules) = self.literal.get(path) {
            rules
        } else {
            let found = self.patterns.as_ref()?.at(path).ok()?;
            if !found.params.is_empty() && !is_plain(path) {
                return None;
            }
            found.value
        };
        rules.iter().find(|rule| rule.method.as_ref().is_none_or(|known| known == method))
    }

    /// The rule, as it was written, that a path and method fall under.
    pub(super) fn covering(&self, path: &str, method: &Method) -> Option<&str> {
        let rules = match self.literal.get(path) {
            Some(rules) => rules,
            None => self.patterns.as_ref()?.at(path).ok()?.value,
        };
        Some(&rules.iter().find(|rule| overlap(rule.method.as_ref(), Some(method)))?.text)
    }
}

/// Whether a path means the same to everybody behind this layer. `.` and `..`, an empty segment (each also with
/// parameters behind a `;`, RFC 3986 §3.3, which some servers take off first), a backslash and an encoded slash or dot
/// are read differently by proxies and file servers, so no pattern lets them through unguarded.
fn is_plain(path: &str) -> bool {
    let encoded = |escape: &[u8]| matches!(escape, [b'%', b'2', b'e' | b'E' | b'f' | b'F'] | [b'%', b'5', b'c' | b'C']);
    let mut names = path.split('/').skip(1).map(|segment| segment.split(';').next());
    !path.contains('\\')
        && !path.as_bytes().windows(3).any(encoded)
        && names.all(|name| !matches!(name, None | Some("" | "." | "..")))
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
    let whole = path.split('/').all(|segment| match segment.strip_prefix('{') {
        Some(parameter) => parameter.strip_suffix('}').is_some_and(|name| !name.contains(['{', '}'])),
        // What older routers took for a parameter would be a literal.
        None => !segment.contains(['{', '}']) && !segment.starts_with([':', '*']),
    });
    let plain = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#".contains(&byte));
    match plain && whole {
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
