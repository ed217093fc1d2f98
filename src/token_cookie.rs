//! `TokenCookie`: the cookie that carries a token.

use http::HeaderValue;

use crate::{
    error::{BuildError, BuildErrorKind},
    parameter::is_token,
};

/// When a browser sends a cookie with requests that other sites cause, RFC 6265bis §5.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SameSite {
    /// Never, not even when the user follows a link to the service.
    Strict,
    /// When the user follows a link to the service.
    Lax,
    /// Always: for pages of another site that were given as a
    /// [`trusted_origin`](crate::AuthLayerBuilder::trusted_origin).
    None,
}

/// The cookie that carries a token: set by every login and refresh, read on every guarded route.
///
/// It is `Secure` and `HttpOnly`, so that it crosses no plain connection and no script reads it; its `Max-Age` is the
/// token's lifetime. A name that begins with `__Host-` keeps neighbouring hosts from setting it; it is held to the path
/// `/` and no domain, at `build()`.
///
/// ```
/// use tower_auth::{SameSite, TokenCookie};
///
/// let cookie = TokenCookie::new("__Host-token").same_site(SameSite::Strict);
/// assert_eq!(cookie.name(), "__Host-token");
/// ```
#[derive(Clone, Debug)]
pub struct TokenCookie {
    name: String,
    path: String,
    domain: Option<String>,
    same_site: SameSite,
    secure: bool,
    http_only: bool,
}

impl TokenCookie {
    /// A cookie of this name, for every path of the host that sets it, `Secure`, `HttpOnly` and `SameSite=Lax`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            path: "/".into(),
            domain: None,
            same_site: SameSite::Lax,
            secure: true,
            http_only: true,
        }
    }

    /// Sets when browsers send it with requests that other sites cause. Defaults to [`SameSite::Lax`].
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// Sets below which path it is sent. Keeps nothing secret from other paths of the host. Defaults to `/`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sends it to every host below a domain as well. Defaults to the one host that sets it.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Sends it over plain connections too, where anybody on the way can read it: for local development.
    /// Defaults to `Secure`.
    pub fn dangerous_over_plain_http(mut self) -> Self {
        self.secure = false;
        self
    }

    /// Lets scripts read it, so that any injected one takes the token away. Defaults to `HttpOnly`.
    pub fn dangerous_without_http_only(mut self) -> Self {
        self.http_only = false;
        self
    }

    /// The cookie's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The `Set-Cookie` that stores `token` for `max_age` seconds, RFC 6265 §4.1.
    pub(crate) fn set(&self, token: &str, max_age: u64) -> Option<HeaderValue> {
        let mut text = format!("{}={token}; Max-Age={max_age}; Path={}", self.name, self.path);
        if let Some(domain) = &self.domain {
            text.push_str("; Domain=");
            text.push_str(domain);
        }
        if self.secure {
            text.push_str("; Secure");
        }
        if self.http_only {
            text.push_str("; HttpOnly");
        }
        text.push_str(match self.same_site {
            SameSite::Strict => "; SameSite=Strict",
            SameSite::Lax => "; SameSite=Lax",
            SameSite::None => "; SameSite=None",
        });
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The `Set-Cookie` that has a browser forget the token.
    pub(crate) fn clear(&self) -> Option<HeaderValue> {
        self.set("", 0)
    }

    /// Refuses a cookie that browsers would not keep, or keep for others than it says.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        let name = &self.name;
        let refuse =
            |what: &str| Err(BuildError::new(BuildErrorKind::InvalidSource, format!("the cookie {name:?} {what}")));
        let starts = |prefix: &str| {
            name.split_at_checked(prefix.len()).is_some_and(|(start, _)| start.eq_ignore_ascii_case(prefix))
        };
        if !is_token(name) {
            return refuse(
                "has a name that is not one of a cookie: letters, digits, `-` and `_`, as in `__Host-token`",
            );
        }
        if !self.path.starts_with('/') || !self.path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';') {
            return refuse("has a path that does not start with `/`, or holds `;` or white space");
        }
        let label = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        if self.domain.as_ref().is_some_and(|domain| domain.is_empty() || !domain.bytes().all(label)) {
            return refuse("has a domain that is not a host's name");
        }
        if starts("__Host-") && (!self.secure || self.path != "/" || self.domain.is_some()) {
            return refuse(
                "is named `__Host-…` and browsers would drop it: leave it `Secure`, its path `/`, and its domain unset",
            );
        }
        if starts("__Secure-") && !self.secure {
            return refuse("is named `__Secure-…` and browsers would drop it: leave it `Secure`");
        }
        if self.same_site == SameSite::None && !self.secure {
            return refuse("is `SameSite=None` and browsers would drop it: leave it `Secure`");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(cookie: &TokenCookie) -> String {
        cookie.check().unwrap();
        let value = cookie.set("a.b.c", 60).unwrap();
        assert!(value.is_sensitive());
        value.to_str().unwrap().to_owned()
    }

    #[test]
    fn the_fields_that_set_and_clear_it() {
        let host = TokenCookie::new("__Host-token");
        assert_eq!(set(&host), "__Host-token=a.b.c; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=Lax");
        assert_eq!(
            set(&TokenCookie::new("t").same_site(SameSite::Strict).path("/api").domain("a.example")),
            "t=a.b.c; Max-Age=60; Path=/api; Domain=a.example; Secure; HttpOnly; SameSite=Strict"
        );
        assert_eq!(
            set(&TokenCookie::new("t").dangerous_over_plain_http().dangerous_without_http_only()),
            "t=a.b.c; Max-Age=60; Path=/; SameSite=Lax"
        );
        assert_eq!(
            set(&TokenCookie::new("t").same_site(SameSite::None)),
            "t=a.b.c; Max-Age=60; Path=/; Secure; HttpOnly; SameSite=None"
        );
        assert_eq!(host.clear().unwrap(), "__Host-token=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax");
    }
}
