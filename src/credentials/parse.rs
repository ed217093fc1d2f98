//! One `Authorization` field, split into its scheme and what follows.
//!
//! ```text
//! credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ]      RFC 9110 §11.4
//! token68     = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
//! ```
//! Schemes are compared without case. Both schemes known here use token68, so parameters, commas, quotes, tabs and
//! trailing text are refused: by whoever decodes it, since strict base64 and base64url have fewer letters still.

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

use super::{
    BasicCredentials,
    bearer::{self, token68},
};

/// What the client sent to prove who it is. Whether a token is well-formed is asked by [`bearer::Token::text`].
#[derive(Debug)]
pub(crate) enum Credentials<'a> {
    /// A bearer token, not verified yet.
    Bearer(bearer::Token<'a>),
    /// A user-id and a password, not verified yet.
    Basic(BasicCredentials),
    /// A ticket for a WebSocket, not verified yet.
    Ticket(bearer::Token<'a>),
}

/// Why what was sent cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// More than one credential, equal or not: which one counts would be anybody's guess.
    Several,
    /// A scheme that is neither Basic nor Bearer.
    Scheme,
    /// The Basic scheme without a well-formed user-pass.
    Basic,
    /// A cookie, and nothing that says that a page of the service's own sent it.
    CrossSite,
}

/// Reads the `Authorization` field, if there is one.
pub(crate) fn authorization(headers: &HeaderMap) -> Result<Option<Credentials<'_>>, Malformed> {
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let Some(field) = fields.next() else {
        return Ok(None);
    };
    if fields.next().is_some() {
        return Err(Malformed::Several);
    }
    credentials(field, false).map(Some)
}

/// One field; `bare`: a token may stand there without a scheme.
pub(super) fn credentials(field: &HeaderValue, bare: bool) -> Result<Credentials<'_>, Malformed> {
    let field = field.as_bytes();
    // As nearly everybody writes it: compared in one step.
    if let Some(rest) = field.strip_prefix(b"Bearer ") {
        return Ok(Credentials::Bearer(bearer::Token::new(skip_spaces(rest))));
    }
    let (scheme, rest) = match field.iter().position(|&byte| byte == b' ') {
        Some(space) => field.split_at(space),
        None => (field, &[][..]),
    };
    let rest = skip_spaces(rest);
    if scheme.eq_ignore_ascii_case(b"Bearer") {
        Ok(Credentials::Bearer(bearer::Token::new(rest)))
    } else if scheme.eq_ignore_ascii_case(b"Basic") {
        BasicCredentials::decode(rest).map(Credentials::Basic).ok_or(Malformed::Basic)
    } else {
        // Three parts, which no scheme's name has.
        let bare = bare && field.split(|byte| *byte == b'.').count() == 3;
        let text = token68(field).filter(|_| bare).ok_or(Malformed::Scheme)?;
        Ok(Credentials::Bearer(bearer::Token::new(text.as_bytes())))
    }
}

/// `bytes` without leading SP; a tab between scheme and token is not in the grammar.
fn skip_spaces(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|&byte| byte != b' ');
    start.and_then(|start| bytes.get(start..)).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(fields: &[&[u8]]) -> Result<Option<String>, Malformed> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(field).unwrap());
        }
        authorization(&headers).map(|found| {
            found.map(|credentials| match credentials {
                Credentials::Bearer(token) => format!("bearer {}", token.text().unwrap_or("malformed")),
                Credentials::Basic(basic) => {
                    format!("basic {} {}", basic.user_id(), basic.password().expose())
                }
                Credentials::Ticket(ticket) => format!("ticket {}", ticket.text().unwrap_or("malformed")),
            })
        })
    }

    #[test]
    fn s21_scheme_without_case_and_one_or_more_spaces() {
        for field in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c"] {
            assert_eq!(parse(&[field.as_bytes()]), Ok(Some("bearer a.b.c".into())));
        }
        assert_eq!(parse(&[b"bAsIc dXNlcjpwYXNz"]), Ok(Some("basic user pass".into())));
        assert_eq!(parse(&[]), Ok(None));
    }

    #[test]
    fn s21_anything_but_one_token68_is_refused() {
        for field in [
            "Bearer",
            "Bearer ",
            "Bearer\ta",
            "Bearer  ",
            "Bearer a b",
            "Bearer a,b",
            "Bearer \"a\"",
            "Bearer a=b",
            "Bearer =",
            "Bearer a\t",
            "Bearer a ",
            "Bearer token=a",
            "Bearer a;b",
        ] {
            let refused = parse(&[field.as_bytes()]);
            let malformed = refused.as_ref().is_ok_and(|read| read.as_deref() == Some("bearer malformed"));
            assert!(malformed || refused == Err(Malformed::Scheme), "{field:?}: {refused:?}");
        }
    }

    #[test]
    fn s20_two_fields_are_refused_even_when_equal() {
        assert_eq!(parse(&[b"Bearer a", b"Bearer a"]), Err(Malformed::Several));
        assert_eq!(parse(&[b"Bearer a", b""]), Err(Malformed::Several));
    }

    #[test]
    fn s22_bytes_beyond_ascii_are_refused() {
        assert_eq!(parse(&[b"Bearer \xff\xfe"]), Ok(Some("bearer malformed".into())));
        assert_eq!(parse(&["Basic ü".as_bytes()]), Err(Malformed::Basic));
        assert_eq!(parse(&[b"\xff a"]), Err(Malformed::Scheme));
    }

    #[test]
    fn other_schemes_are_named_as_such() {
        for field in ["Digest a", "", "Bearer_ a", "Negotiate YII=", "a.b.c"] {
            assert_eq!(parse(&[field.as_bytes()]), Err(Malformed::Scheme), "{field:?}");
        }
    }

    #[test]
    fn a_bare_token_has_three_parts_and_nothing_around_it() {
        let bare = |field: &str| match credentials(&HeaderValue::from_str(field).unwrap(), true) {
            Ok(Credentials::Bearer(token)) => Ok(token.text().unwrap().to_owned()),
            other => Err(other.unwrap_err()),
        };
        assert_eq!(bare("a.b.c"), Ok("a.b.c".into()));
        assert_eq!(bare("bearer a.b.c"), Ok("a.b.c".into()));
        for field in
            ["", "a", "a.b", "a.b.c.d", "a.b.c ", " a.b.c", "a.b.c d", "a.b.c,d", "Digest a.b.c", "Bearera b.c."]
        {
            assert_eq!(bare(field), Err(Malformed::Scheme), "{field:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(field in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = HeaderValue::from_bytes(&field) {
                let _ = credentials(&value, true);
            }
        }

        #[test]
        fn any_token68_is_read_back_whole(token in "[A-Za-z0-9._~+/-]{1,80}={0,3}", spaces in 1usize..4) {
            let field = format!("Bearer{}{token}", " ".repeat(spaces));
            prop_assert_eq!(parse(&[field.as_bytes()]), Ok(Some(format!("bearer {token}"))));
        }
    }
}
