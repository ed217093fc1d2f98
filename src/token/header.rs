//! The JOSE header, RFC 7515 §4, read strictly and believed in little: it only selects among configured keys.
//!
//! `jwk`, `jku`, `x5u`, `x5c` and every unknown member are ignored (RFC 8725 §3.10); `crit` is understood for no
//! name, so its presence refuses the token (RFC 7515 §4.1.11); so do `b64: false` (RFC 7797) and `zip` (RFC 7516).

use serde::de::{IgnoredAny, MapAccess};

use super::{Algorithm, json, keys::KEY_ID_LIMIT, sign::TICKET_TYPE};
use crate::json::Members;

/// What a token is for. Neither can pass as the other: the header says it (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Access,
    Ticket,
}

/// What a header says that matters.
#[derive(Default)]
pub(super) struct Header {
    algorithm: Option<String>,
    media_type: Option<String>,
    pub(super) key_id: Option<String>,
    unsupported: bool,
}

impl Header {
    pub(super) fn parse(text: &str) -> Option<Self> {
        json::object(text)
    }

    /// The algorithm, when the whole header is one that is supported for such a token.
    pub(super) fn algorithm(&self, purpose: Purpose) -> Option<Algorithm> {
        let typed = match purpose {
            Purpose::Access => self.media_type.as_deref().is_none_or(is_jwt),
            Purpose::Ticket => self.media_type.as_deref() == Some(TICKET_TYPE),
        };
        let named = self.key_id.as_deref().is_none_or(|id| id.len() <= KEY_ID_LIMIT);
        let usable = typed && named && !self.unsupported;
        usable.then(|| self.algorithm.as_deref()?.parse().ok())?
    }
}

/// `JWT` (RFC 7519 §5.1) and `at+jwt` (RFC 9068 §4), without case and with or without `application/`.
fn is_jwt(media_type: &str) -> bool {
    let (prefix, rest) = media_type.split_at_checked("application/".len()).unwrap_or_default();
    let name = match prefix.eq_ignore_ascii_case("application/") {
        true => rest,
        false => media_type,
    };
    name.eq_ignore_ascii_case("JWT") || name.eq_ignore_ascii_case("at+jwt")
}

impl<'de> Members<'de> for Header {
    fn member<M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "alg" => self.algorithm = Some(map.next_value()?),
            "typ" => self.media_type = Some(map.next_value()?),
            "kid" => self.key_id = Some(map.next_value()?),
            "b64" => self.unsupported |= !map.next_value::<bool>()?,
            "crit" | "zip" => {
                map.next_value::<IgnoredAny>()?;
                self.unsupported = true;
            }
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn algorithm(header: &str) -> Option<Algorithm> {
        Header::parse(header)?.algorithm(Purpose::Access)
    }

    #[test]
    fn s16_media_types() {
        for typ in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/jwt", "Application/at+JWT"] {
            let header = format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#);
            assert_eq!(algorithm(&header), Some(Algorithm::Hs256), "{typ}");
        }
        for typ in [r#""JWE""#, r#""""#, "1", "null", r#""dpop+jwt""#, r#""JWT ""#, r#""application/""#] {
            let header = format!(r#"{{"alg":"HS256","typ":{typ}}}"#);
            assert_eq!(algorithm(&header), None, "{typ}");
        }
        assert_eq!(algorithm(r#"{"alg":"HS256"}"#), Some(Algorithm::Hs256));
    }

    #[test]
    fn a_ticket_says_that_it_is_one_and_is_no_access_token() {
        let ticket = |header: &str| Header::parse(header)?.algorithm(Purpose::Ticket);
        assert_eq!(ticket(r#"{"alg":"HS256","typ":"ticket+jwt"}"#), Some(Algorithm::Hs256));
        for other in [r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"alg":"HS256","typ":"at+jwt"}"#] {
            assert_eq!(ticket(other), None, "{other}");
        }
        assert_eq!(algorithm(r#"{"alg":"HS256","typ":"ticket+jwt"}"#), None);
    }

    #[test]
    fn s6_critical_members_are_refused_and_so_are_b64_and_zip() {
        for member in [
            r#""crit":["exp"]"#,
            r#""crit":[]"#,
            r#""crit":1"#,
            r#""crit":null"#,
            r#""zip":"DEF""#,
            r#""b64":false"#,
            r#""b64":0"#,
            r#""\u0063rit":["b64"]"#,
        ] {
            assert_eq!(algorithm(&format!(r#"{{"alg":"HS256",{member}}}"#)), None, "{member}");
        }
        assert!(algorithm(r#"{"alg":"HS256","b64":true}"#).is_some());
    }

    #[test]
    fn s9_duplicate_names_are_refused_also_when_escaped() {
        for header in [
            r#"{"alg":"HS256","alg":"HS256"}"#,
            r#"{"alg":"HS256","\u0061lg":"none"}"#,
            r#"{"alg":"HS256","x":1,"x":1}"#,
            r#"{"alg":"HS256"}{}"#,
            r#"[{"alg":"HS256"}]"#,
            r#""HS256""#,
            "",
        ] {
            assert_eq!(algorithm(header), None, "{header}");
        }
    }

    #[test]
    fn s18_unknown_members_of_any_type_are_ignored() {
        let header =
            r#"{"a":1,"alg":"HS256","b":{"alg":"none"},"c":[[]],"d":null,"jwk":{},"jku":"http://x","x5c":[1]}"#;
        assert_eq!(algorithm(header), Some(Algorithm::Hs256));
    }

    #[test]
    fn s5_key_ids_are_bounded_text() {
        let header = |id: &str| format!(r#"{{"alg":"HS256","kid":{id}}}"#);
        assert!(algorithm(&header(&format!("\"{}\"", "k".repeat(128)))).is_some());
        for id in ["1", "null", "[]", &format!("\"{}\"", "k".repeat(129))] {
            assert_eq!(algorithm(&header(id)), None, "{id}");
        }
    }
}
