//! `Head`: a request without its body, as the sources read it.

use http::{
    HeaderMap, HeaderName, Method, Request, Uri, Version,
    header::{CONNECTION, SEC_WEBSOCKET_VERSION, UPGRADE},
    request::Parts,
};

// Names that are parsed already: a refusal is no time to do it.
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

#[derive(Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) version: Version,
    pub(crate) headers: &'a HeaderMap,
}

impl<'a> Head<'a> {
    /// The head of a request that changes something whatever its method says: any page can have a browser send a GET.
    pub(crate) fn of_change(parts: &'a Parts) -> Self {
        Self { method: &Method::POST, ..Self::from(parts) }
    }

    /// Whether this is a true request for a WebSocket: an upgrade (RFC 6455 §4.1), or an extended CONNECT (RFC 8441
    /// §5), which has a scheme where a plain CONNECT has none.
    pub(crate) fn opens_websocket(&self) -> bool {
        match self.version {
            Version::HTTP_2 | Version::HTTP_3 => {
                *self.method == Method::CONNECT
                    && self.uri.scheme().is_some()
                    && self.headers.contains_key(SEC_WEBSOCKET_VERSION)
            }
            Version::HTTP_11 => {
                *self.method == Method::GET && self.lists(&CONNECTION, "upgrade") && self.lists(&UPGRADE, "websocket")
            }
            _ => false,
        }
    }

    /// Whether the request changes nothing (RFC 9110 §9.2.1). One that asks for an upgrade may change anything later,
    /// though its method is GET.
    pub(crate) fn is_safe(&self) -> bool {
        let safe = [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE];
        safe.contains(self.method) && !self.headers.contains_key(UPGRADE)
    }

    /// Whether a script sent the request, as far as browsers tell: `X-Requested-With`, or a fetch that is no navigation.
    pub(crate) fn is_scripted(&self) -> bool {
        self.headers.contains_key(X_REQUESTED_WITH)
            || self.headers.get(SEC_FETCH_MODE).is_some_and(|mode| mode != "navigate")
    }

    /// The one value of a header; none when there are several.
    pub(super) fn only(self, name: &HeaderName) -> Option<&'a str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        values.next().is_none().then(|| value.to_str().ok())?
    }

    /// Whether a comma-separated field has a member, in any letter case.
    fn lists(&self, name: &HeaderName, member: &str) -> bool {
        let fields = self.headers.get_all(name).iter();
        let mut members = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b','));
        members.any(|known| known.trim_ascii().eq_ignore_ascii_case(member.as_bytes()))
    }
}

impl<'a, B> From<&'a Request<B>> for Head<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self { method: request.method(), uri: request.uri(), version: request.version(), headers: request.headers() }
    }
}

impl<'a> From<&'a Parts> for Head<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self { method: &parts.method, uri: &parts.uri, version: parts.version, headers: &parts.headers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, uri: &str, version: Version, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().method(method).uri(uri).version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn only_a_true_upgrade_opens_a_websocket() {
        let upgrade = [("connection", "keep-alive, Upgrade"), ("upgrade", "WebSocket")];
        let extended = [("sec-websocket-version", "13")];
        let uri = "http://a.example/ws";
        let cases = [
            (request("GET", "/ws", Version::HTTP_11, &upgrade), true),
            (request("POST", "/ws", Version::HTTP_11, &upgrade), false),
            (request("GET", "/ws", Version::HTTP_10, &upgrade), false),
            (request("GET", "/ws", Version::HTTP_2, &upgrade), false),
            (request("GET", "/ws", Version::HTTP_11, &upgrade[..1]), false),
            (request("GET", "/ws", Version::HTTP_11, &upgrade[1..]), false),
            (request("GET", "/ws", Version::HTTP_11, &[("connection", "upgrade"), ("upgrade", "h2c")]), false),
            (request("CONNECT", uri, Version::HTTP_2, &extended), true),
            (request("CONNECT", uri, Version::HTTP_3, &extended), true),
            (request("CONNECT", uri, Version::HTTP_2, &[]), false),
            (request("CONNECT", uri, Version::HTTP_11, &extended), false),
            (request("CONNECT", "a.example:443", Version::HTTP_2, &extended), false),
            (request("GET", uri, Version::HTTP_2, &extended), false),
        ];
        for (request, opens) in &cases {
            assert_eq!(Head::from(request).opens_websocket(), *opens, "{request:?}");
        }
    }

    #[test]
    fn an_upgrade_is_not_safe_and_neither_is_connect() {
        for (method, upgrade, safe) in [
            ("GET", false, true),
            ("HEAD", false, true),
            ("OPTIONS", false, true),
            ("TRACE", false, true),
            ("GET", true, false),
            ("POST", false, false),
            ("PATCH", false, false),
            ("CONNECT", false, false),
            ("QUERY", false, false),
            ("get", false, false),
        ] {
            let headers: &[_] = if upgrade { &[("upgrade", "anything")] } else { &[] };
            let request = request(method, "/", Version::HTTP_11, headers);
            assert_eq!(Head::from(&request).is_safe(), safe, "{request:?}");
        }
    }
}
