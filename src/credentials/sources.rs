//! Where credentials are looked for, and the one reader of all of them.
//!
//! `Authorization` always; everything else only where the builder names it. One credential counts; of two, nobody could
//! say which.

use std::borrow::Cow;

use http::{
    HeaderMap, HeaderName, HeaderValue, Request,
    header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, SEC_WEBSOCKET_PROTOCOL},
};

use super::{
    Credentials, Head, Malformed,
    bearer::Token,
    cookie,
    cross_site::{self, Sender, check_origin},
    parse::{authorization, credentials},
    protocol::{self, Offered},
    query,
};
use crate::{
    error::{BuildError, BuildErrorKind},
    token_cookie::TokenCookie,
};

/// The parameter in which a ticket comes.
pub(crate) const TICKET: &str = "ticket";

/// The sources that are configured.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a source of its own")]
pub(crate) struct Sources {
    pub(crate) bare: bool,
    pub(crate) headers: Vec<String>,
    pub(crate) queries: Vec<String>,
    pub(crate) cookie: Option<TokenCookie>,
    pub(crate) trusted_origins: Vec<String>,
    pub(crate) protocol: bool,
    pub(crate) tickets: bool,
    /// The headers, once they are known to be names.
    names: Vec<HeaderName>,
    /// Whether there is any source but `Authorization` with a scheme.
    besides: bool,
}

/// One credential where it was found, not read yet.
enum Sent<'a> {
    Authorization(&'a HeaderValue),
    Header(&'a HeaderValue),
    Query(Cow<'a, [u8]>),
    Cookie(&'a [u8]),
    Protocol(&'a [u8]),
    Ticket(Cow<'a, [u8]>),
}

impl Sources {
    /// The one credential of a request.
    pub(crate) fn read<'a>(&self, head: Head<'a>) -> Result<Option<Credentials<'a>>, Malformed> {
        if !self.besides {
            return authorization(head.headers);
        }
        let mut sent = self.sent(head);
        let Some(one) = sent.next() else { return Ok(None) };
        if sent.next().is_some() {
            return Err(Malformed::Several);
        }
        drop(sent);
        self.read_one(one, head).map(Some)
    }

    /// Every credential of a request: this is the list of sources.
    fn sent<'a>(&self, head: Head<'a>) -> impl Iterator<Item = Sent<'a>> {
        let Head { headers, uri, .. } = head;
        let fields = headers.get_all(AUTHORIZATION).iter().map(Sent::Authorization);
        let named = self.names.iter().flat_map(|name| headers.get_all(name)).map(Sent::Header);
        let query = query::values(uri, |name| self.is_query(name)).map(Sent::Query);
        let cookies = self.cookie.iter().flat_map(|cookie| cookie::values(headers, cookie.name())).map(Sent::Cookie);
        let offered = (self.protocol && head.opens_websocket()).then(|| Offered::read(headers).tokens);
        let protocols = offered.into_iter().flatten().map(Sent::Protocol);
        let takes_ticket = self.tickets && head.opens_websocket();
        let tickets = query::values(uri, move |name| takes_ticket && name == TICKET.as_bytes()).map(Sent::Ticket);
        fields.chain(named).chain(query).chain(cookies).chain(protocols).chain(tickets)
    }

    fn read_one<'a>(&self, sent: Sent<'a>, head: Head<'_>) -> Result<Credentials<'a>, Malformed> {
        match sent {
            Sent::Authorization(field) => credentials(field, self.bare),
            Sent::Header(field) => Ok(Credentials::Bearer(Token::new(field.as_bytes()))),
            Sent::Query(value) => Ok(Credentials::Bearer(Token::new(value))),
            Sent::Ticket(value) => Ok(Credentials::Ticket(Token::new(value))),
            Sent::Cookie(_) if !head.is_safe() && self.sender(head) != Sender::Own => Err(Malformed::CrossSite),
            Sent::Cookie(value) | Sent::Protocol(value) => Ok(Credentials::Bearer(Token::new(value))),
        }
    }

    /// Takes tokens out of the URI and of a WebSocket's offer, and marks what stays as sensitive, before the inner
    /// service sees the request. True when a credential that it has does not stand in `Authorization`.
    pub(crate) fn take_out<B>(&self, request: &mut Request<B>) -> bool {
        if !self.besides {
            return false;
        }
        let takes_protocol = self.protocol && Head::from(&*request).opens_websocket();
        let takes_ticket = self.tickets && Head::from(&*request).opens_websocket();
        let headers = request.headers_mut();
        let elsewhere = !headers.contains_key(AUTHORIZATION);
        mark(headers, &AUTHORIZATION);
        self.names.iter().for_each(|name| mark(headers, name));
        if self.cookie.is_some() {
            mark(headers, &COOKIE);
        }
        if takes_protocol {
            protocol::take_out(headers);
        }
        let ours = |name: &[u8]| self.is_query(name) || takes_ticket && name == TICKET.as_bytes();
        let Some(uri) = query::without(request.uri(), ours) else { return elsewhere };
        *request.uri_mut() = uri;
        // Under `Router::layer` axum has noted the URI before this layer runs.
        #[cfg(feature = "axum")]
        if let Some(original) = request.extensions_mut().get_mut::<::axum::extract::OriginalUri>()
            && let Some(uri) = query::without(&original.0, ours)
        {
            original.0 = uri;
        }
        elsewhere
    }

    /// Who sent a request, as far as browsers tell.
    pub(crate) fn sender(&self, head: Head<'_>) -> Sender {
        cross_site::sender(head, &self.trusted_origins)
    }

    fn is_query(&self, name: &[u8]) -> bool {
        self.queries.iter().any(|known| known.as_bytes() == name)
    }

    /// Refuses what could not be a source, or two of one name.
    pub(crate) fn check(mut self) -> Result<Self, BuildError> {
        for name in &self.headers {
            let header = HeaderName::try_from(name)
                .ok()
                .filter(|name| ![AUTHORIZATION, COOKIE, HOST, ORIGIN, SEC_WEBSOCKET_PROTOCOL].contains(name));
            let header = header.ok_or_else(|| {
                invalid(format!(
                    "{name:?} cannot be a header of tokens: name one that is read for nothing else, as `x-access-token`"
                ))
            })?;
            if self.names.contains(&header) {
                return Err(twice("header", name));
            }
            self.names.push(header);
        }
        for (number, name) in self.queries.iter().enumerate() {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            if name.is_empty() || !name.bytes().all(plain) || self.tickets && name == TICKET {
                return Err(invalid(format!(
                    "{name:?} cannot be a query parameter of tokens: letters, digits, `-`, `.`, `_` and `~`, and not the \
                     `ticket` of tickets"
                )));
            }
            if self.queries.iter().take(number).any(|known| known == name) {
                return Err(twice("query parameter", name));
            }
        }
        self.trusted_origins.iter().try_for_each(|origin| check_origin(origin))?;
        if let Some(cookie) = &self.cookie {
            cookie.check()?;
        }
        self.besides = self.bare
            || !self.names.is_empty()
            || !self.queries.is_empty()
            || self.cookie.is_some()
            || self.protocol
            || self.tickets;
        Ok(self)
    }
}

/// Keeps a header out of `Debug`, and out of the tables of HTTP/2's header compression (RFC 7541 §7.1.3).
fn mark(headers: &mut HeaderMap, name: &HeaderName) {
    if let Ok(http::header::Entry::Occupied(mut fields)) = headers.try_entry(name) {
        fields.iter_mut().for_each(|field| field.set_sensitive(true));
    }
}

fn invalid(sentence: String) -> BuildError {
    BuildError::new(BuildErrorKind::InvalidSource, sentence)
}

fn twice(what: &str, name: &str) -> BuildError {
    invalid(format!(
        "the {what} {name:?} is a source of tokens twice, and every token in it would count as two: name it once"
    ))
}
