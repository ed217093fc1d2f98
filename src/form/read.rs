//! The content type decides the parser, compared without case; any other is refused, and so is an encoded body.

use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use http_body::Body;

use super::{
    collect::{BodyLimits, collect},
    json, multipart, urlencoded,
};
use crate::{
    dialect::{Form, Refusal},
    parameter::is_utf8,
};

const JSON: &str = "application/json";
const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// The types that are read here.
#[cfg(feature = "openapi")]
pub(crate) const MEDIA_TYPES: [&str; 3] = [JSON, URLENCODED, MULTIPART];

pub(crate) async fn read<B>(headers: &HeaderMap, body: B, limits: BodyLimits) -> Result<Form, Refusal>
where
    B: Body,
{
    let media_type = MediaType::of(headers)?;
    let bytes = collect(body, limits).await?;
    match media_type {
        MediaType::Json => json::parse(&bytes),
        MediaType::Urlencoded => urlencoded::parse(&bytes),
        MediaType::Multipart(boundary) => multipart::parse(&bytes, &boundary),
        // Some clients send neither a body nor a type; that is a form without members.
        MediaType::None if bytes.is_empty() => Ok(Form::default()),
        MediaType::None => Err(Refusal::UnsupportedMediaType),
    }
}

enum MediaType {
    Json,
    Urlencoded,
    Multipart(String),
    None,
}

impl MediaType {
    fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let encoded =
            headers.get_all(CONTENT_ENCODING).iter().any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
        let mut types = headers.get_all(CONTENT_TYPE).iter();
        let (first, second) = (types.next(), types.next());
        if encoded || second.is_some() {
            return Err(Refusal::UnsupportedMediaType);
        }
        match first {
            None => Ok(Self::None),
            Some(text) => {
                let text = text.to_str().map_err(|_| Refusal::UnsupportedMediaType)?;
                Self::parse(text).ok_or(Refusal::UnsupportedMediaType)
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
        let essence = essence.trim();
        if essence.eq_ignore_ascii_case(MULTIPART) {
            return multipart::boundary(&format!(";{parameters}")).map(Self::Multipart);
        }
        if !parameters.split(';').all(is_utf8) {
            return None;
        }
        if essence.eq_ignore_ascii_case(JSON) {
            Some(Self::Json)
        } else if essence.eq_ignore_ascii_case(URLENCODED) {
            Some(Self::Urlencoded)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Option<&'static str> {
        Some(match MediaType::parse(text)? {
            MediaType::Json => "json",
            MediaType::Urlencoded => "urlencoded",
            MediaType::Multipart(_) => "multipart",
            MediaType::None => "none",
        })
    }

    #[test]
    fn s36_the_type_decides_without_case_and_with_parameters() {
        for (text, known) in [
            ("application/json", "json"),
            ("Application/JSON; charset=UTF-8", "json"),
            ("application/json;charset=\"utf-8\";version=1", "json"),
            ("application/x-www-form-urlencoded", "urlencoded"),
            ("APPLICATION/X-WWW-FORM-URLENCODED ; Charset=utf-8", "urlencoded"),
            ("multipart/form-data; boundary=B", "multipart"),
            ("Multipart/Form-Data; boundary=\"a b\"", "multipart"),
        ] {
            assert_eq!(parse(text), Some(known), "{text}");
        }
    }

    #[test]
    fn s36_anything_else_is_refused() {
        for text in [
            "",
            "text/plain",
            "application/jsonx",
            "application/ld+json",
            "application/json; charset=utf-16",
            "application/json, text/plain",
            "multipart/form-data",
            "multipart/mixed; boundary=B",
            "application/x-www-form-urlencoded; charset=latin1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "(multipart/form-data|application/json)?[;= \"]{0,3}(boundary|charset)?\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
