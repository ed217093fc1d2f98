//! The headers of answers, described.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Response,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use utoipa::openapi::{Header, HeaderBuilder, Object, Type};

/// Headers that answers have of the layer or of the contracts: as they are spelled, and what they say.
const KNOWN: [(&str, &str); 8] = [
    ("Cache-Control", "The answer carries or ends a token, and is not to be stored."),
    ("Pragma", "The same, for HTTP/1.0."),
    ("Retry-After", "Seconds after which to try again."),
    ("Set-Cookie", "The token as a cookie, or the end of it. A page of another site is given none."),
    ("WWW-Authenticate", "The challenge of RFC 9110 §11.6.1."),
    ("X-RateLimit-Limit", "Requests that a window admits."),
    ("X-RateLimit-Remaining", "Requests that this window still admits."),
    ("X-RateLimit-Reset", "When this window ends, in unix seconds."),
];

/// Every header that one of these answers has, but for those that OpenAPI describes by the content.
pub(super) fn headers<'a>(answers: impl Iterator<Item = &'a Response<Bytes>>) -> BTreeMap<String, Header> {
    let all = answers.flat_map(Response::headers);
    let told = all.filter(|(name, _)| !matches!(**name, CONTENT_TYPE | CONTENT_LENGTH));
    told.map(|(name, value)| header(name, value)).collect()
}

fn header(name: &HeaderName, value: &HeaderValue) -> (String, Header) {
    let known = KNOWN.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.as_str()));
    let text = String::from_utf8_lossy(value.as_bytes());
    let (kind, example) = match text.parse::<u64>() {
        Ok(number) => (Type::Integer, number.into()),
        Err(_) => (Type::String, text.into()),
    };
    let header = HeaderBuilder::new()
        .schema(Some(Object::with_type(kind)))
        .description(known.map(|(_, description)| *description))
        .example(Some(example));
    (known.map_or(name.as_str(), |(known, _)| known).to_owned(), header.build())
}
