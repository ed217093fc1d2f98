//! `Served`: one endpoint in its place.

use http::Method;

use crate::dialect::Operation;

/// One endpoint in its place.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) dialect: usize,
    pub(crate) operation: Operation,
    /// The path without what a client puts in: never a token.
    pub(crate) path: String,
    pub(super) method: Method,
    pub(super) takes_token: bool,
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

    pub(super) fn matches(&self, path: &str, lenient: bool) -> bool {
        match self.rest(path, lenient) {
            Some(rest) if self.takes_token => !rest.is_empty() && !rest.contains('/'),
            Some(rest) => rest.is_empty(),
            None => false,
        }
    }

    /// What stands in `path` behind this endpoint's own; lenient: in any letter case, less one trailing slash.
    pub(super) fn rest<'a>(&self, path: &'a str, lenient: bool) -> Option<&'a str> {
        if !lenient {
            return path.strip_prefix(&*self.path);
        }
        let (start, rest) = path.split_at_checked(self.path.len())?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        start.eq_ignore_ascii_case(&self.path).then_some(rest)
    }
}
