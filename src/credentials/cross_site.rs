//! Whether a page of the service's own sent a request. Browsers send a cookie whoever wrote the page, so a cookie alone
//! does not say that the user wanted a request (cross-site request forgery); where it came from, browsers say
//! themselves, in fields that no page can write.

use http::{
    HeaderName,
    header::{HOST, ORIGIN},
    uri::Authority,
};

use super::Head;
use crate::error::{BuildError, BuildErrorKind};

/// Fetch Metadata Request Headers §2.1.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a browser tells of the page that sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    /// The service's own page, one of a trusted origin, or the user by hand.
    Own,
    /// Another page.
    Foreign,
    /// Nothing: no browser of these years, and so without cookies it was not given.
    Untold,
}

/// Who sent the request, when pages of the origins `trusted` count as the service's own.
pub(super) fn sender(head: Head<'_>, trusted: &[String]) -> Sender {
    let site = head.headers.contains_key(SEC_FETCH_SITE);
    if matches!(head.only(&SEC_FETCH_SITE), Some("same-origin" | "none")) {
        return Sender::Own;
    }
    if !site && !head.headers.contains_key(ORIGIN) {
        return Sender::Untold;
    }
    let Some(origin) = head.only(&ORIGIN) else { return Sender::Foreign };
    let known = trusted.iter().any(|trusted| trusted.eq_ignore_ascii_case(origin));
    // A browser that says `same-site` or `cross-site` knows more than the names do: the scheme, above all.
    let own = !site && authority(head).is_some_and(|authority| is_at(origin, authority));
    if known || own { Sender::Own } else { Sender::Foreign }
}

/// `:authority`, or `Host`.
fn authority(head: Head<'_>) -> Option<&str> {
    head.uri.authority().map(Authority::as_str).or_else(|| head.only(&HOST))
}

/// Whether the origin is of this host and port. Behind a proxy that ends TLS the service does not know its own scheme.
fn is_at(origin: &str, authority: &str) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else { return false };
    let Some(port) = default_port(scheme) else { return false };
    authority.strip_suffix(port).unwrap_or(authority).eq_ignore_ascii_case(host)
}

fn default_port(scheme: &str) -> Option<&'static str> {
    match scheme {
        "https" => Some(":443"),
        "http" => Some(":80"),
        _ => None,
    }
}

/// An origin as browsers write it, RFC 6454 §6.2.
pub(super) fn check_origin(origin: &str) -> Result<(), BuildError> {
    let parts = origin.split_once("://").filter(|(scheme, host)| {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#@*,\\".contains(&byte);
        let named = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let default = default_port(scheme).is_some_and(|port| host.ends_with(port));
        !scheme.is_empty() && !host.is_empty() && named && host.bytes().all(plain) && !default
    });
    parts.map(drop).ok_or_else(|| {
        BuildError::new(
            BuildErrorKind::InvalidSource,
            format!(
                "the trusted origin {origin:?} is not as browsers write one: scheme and host without a path, \
                 and a port only where it is not the scheme's own, as in `https://app.example.com`"
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn of(uri: &str, headers: &[(&str, &str)]) -> Sender {
        let mut request = Request::post(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(()).unwrap();
        sender(Head::from(&request), &["https://app.example".to_owned()])
    }

    #[test]
    fn what_browsers_say_of_the_sender() {
        use Sender::{Foreign, Own, Untold};
        let host = ("host", "api.example");
        let site = |value| ("sec-fetch-site", value);
        let origin = |value| ("origin", value);
        let cases: [(&[(&str, &str)], Sender); 20] = [
            (&[host], Untold),
            (&[host, site("same-origin")], Own),
            (&[host, site("none")], Own),
            (&[host, site("same-site")], Foreign),
            (&[host, site("cross-site")], Foreign),
            (&[host, site("")], Foreign),
            (&[host, site("same-origin"), site("cross-site")], Foreign),
            (&[host, site("cross-site"), origin("https://api.example")], Foreign),
            (&[host, site("cross-site"), origin("https://app.example")], Own),
            (&[host, origin("https://api.example")], Own),
            (&[host, origin("http://api.example")], Own),
            (&[host, origin("https://API.example")], Own),
            (&[("host", "api.example:443"), origin("https://api.example")], Own),
            (&[("host", "api.example:443"), origin("http://api.example")], Foreign),
            (&[host, origin("https://api.example:8443")], Foreign),
            (&[host, origin("https://evil.example")], Foreign),
            (&[host, origin("null")], Foreign),
            (&[host, origin("https://api.example"), origin("https://evil.example")], Foreign),
            (&[host, host, origin("https://api.example")], Foreign),
            (&[origin("https://app.example")], Own),
        ];
        for (headers, expected) in cases {
            assert_eq!(of("/", headers), expected, "{headers:?}");
        }
        // `:authority` of HTTP/2, which goes before a `Host` (RFC 9113 §8.3.1).
        assert_eq!(of("https://api.example/a", &[origin("https://api.example")]), Own);
        assert_eq!(of("https://api.example/a", &[origin("https://b.example"), ("host", "b.example")]), Foreign);
    }

    #[test]
    fn origins_are_given_as_browsers_write_them() {
        for fine in ["https://app.example", "http://localhost:3000", "capacitor://localhost", "https://[::1]:8443"] {
            check_origin(fine).unwrap();
        }
        for refused in [
            "",
            "*",
            "null",
            "app.example",
            "https://",
            "://a",
            "https://a/",
            "https://a/b",
            "https://*.a",
            "https://a:443",
            "http://a:80",
            "https://u@a",
            "https://a b",
            "https://a, https://b",
        ] {
            assert!(check_origin(refused).is_err(), "{refused}");
        }
    }
}
