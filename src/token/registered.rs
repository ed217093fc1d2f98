//! The registered claims, RFC 7519 §4.1, as they stand in a token.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use super::{
    json,
    plain::{self, Plain},
};
use crate::{
    json::{Members, Text, Value},
    subject::Subject,
};

/// The registered claims as they stand in a token, each of its right JSON type.
#[derive(Default)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Registered<'a> {
    sub: Option<Subject>,
    id: Option<IdClaim>,
    pub(super) issuer: Option<Cow<'a, str>>,
    audience: Option<Audience<'a>>,
    pub(super) expires_at: Option<NumericDate>,
    pub(super) not_before: Option<NumericDate>,
    pub(super) issued_at: Option<NumericDate>,
    pub(super) token_id: Option<Cow<'a, str>>,
}

/// What is read off the claims once.
pub(super) struct Read {
    pub(super) subject: Subject,
    pub(super) issuer: Option<String>,
    pub(super) issued_at: Option<i64>,
    pub(super) not_before: Option<i64>,
    pub(super) expires_at: Option<i64>,
    /// The first second in which the token counts.
    pub(super) starts_at: i64,
    pub(super) token_id: Option<String>,
}

impl<'a> Registered<'a> {
    pub(super) fn parse(json: &'a str) -> Option<Self> {
        Self::plain(json).or_else(|| json::object(json))
    }

    /// Claims as programs write them; `None` leaves them to the parser.
    fn plain(json: &'a str) -> Option<Self> {
        let mut claims = Self::default();
        plain::members(json, |name, value| {
            match (name, value) {
                ("sub", Plain::Text(text)) => claims.sub = Some(Subject::of_text(text)?),
                ("sub", Plain::Number(number)) => claims.sub = Some(number.into()),
                ("id", Plain::Text(text)) => claims.id = Some(IdClaim::of_text(text)),
                ("id", Plain::Number(number)) => claims.id = Some(IdClaim::Subject(number.into())),
                ("iss", Plain::Text(text)) => claims.issuer = Some(Cow::Borrowed(text)),
                ("aud", Plain::Text(text)) => claims.audience = Some(Audience::One(Cow::Borrowed(text))),
                ("exp", Plain::Number(number)) => claims.expires_at = Some(NumericDate::of(number)),
                ("nbf", Plain::Number(number)) => claims.not_before = Some(NumericDate::of(number)),
                ("iat", Plain::Number(number)) => claims.issued_at = Some(NumericDate::of(number)),
                ("jti", Plain::Text(text)) => claims.token_id = Some(Cow::Borrowed(text)),
                ("iss" | "aud" | "exp" | "nbf" | "iat" | "jti", _) => return None,
                _ => {}
            }
            Some(())
        })?;
        Some(claims)
    }

    /// `sub`; where there is none, `id`, as `auth_local` and `login` have it.
    fn subject(&mut self) -> Option<Subject> {
        match (self.sub.take(), self.id.take()) {
            (Some(sub), _) => Some(sub),
            (None, Some(IdClaim::Subject(id))) => Some(id),
            _ => None,
        }
    }

    pub(super) fn starts_at(&self) -> i64 {
        let starts = [self.not_before, self.issued_at].into_iter().flatten();
        starts.map(NumericDate::ceil).max().unwrap_or(i64::MIN)
    }

    /// Whether all is there that a refresh asks for: `sub` itself, and not only `id`.
    pub(super) fn may_be_refreshed(&self) -> bool {
        self.sub.is_some()
            && self.issuer.is_some()
            && self.issued_at.is_some()
            && self.not_before.is_some()
            && self.token_id.is_some()
    }

    pub(super) fn is_for(&self, audience: &str) -> bool {
        match &self.audience {
            Some(Audience::One(one)) => one == audience,
            Some(Audience::Many(many)) => many.iter().any(|one| one == audience),
            None => false,
        }
    }

    /// What is kept of them; `None` when nobody is named.
    pub(super) fn read(mut self) -> Option<Read> {
        Some(Read {
            starts_at: self.starts_at(),
            subject: self.subject()?,
            issuer: self.issuer.map(Cow::into_owned),
            issued_at: self.issued_at.map(NumericDate::floor),
            not_before: self.not_before.map(NumericDate::floor),
            expires_at: self.expires_at.map(NumericDate::floor),
            token_id: self.token_id.map(Cow::into_owned),
        })
    }
}

/// Whether a token of these claims has all that a refresh asks for.
pub(crate) fn may_be_refreshed(claims: &[u8]) -> bool {
    let claims = std::str::from_utf8(claims).ok().and_then(Registered::parse);
    claims.is_some_and(|claims| claims.may_be_refreshed())
}

impl<'de> Members<'de> for Registered<'de> {
    fn member<M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match name {
            "sub" => self.sub = Some(map.next_value()?),
            "id" => self.id = Some(map.next_value()?),
            "iss" => self.issuer = Some(map.next_value::<Text<'de>>()?.0),
            "aud" => self.audience = Some(map.next_value()?),
            "exp" => self.expires_at = Some(map.next_value()?),
            "nbf" => self.not_before = Some(map.next_value()?),
            "iat" => self.issued_at = Some(map.next_value()?),
            "jti" => self.token_id = Some(map.next_value::<Text<'de>>()?.0),
            _ => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// `id` is no registered claim: beside a `sub` it may be anything.
#[cfg_attr(test, derive(Debug, PartialEq))]
enum IdClaim {
    Subject(Subject),
    Other,
}

impl IdClaim {
    fn of_text(text: &str) -> Self {
        Subject::of_text(text).map_or(Self::Other, Self::Subject)
    }
}

impl<'de> Deserialize<'de> for IdClaim {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Text(text) => Self::of_text(&text),
            Value::Unsigned(number) => Self::Subject(number.into()),
            Value::Signed(number) => Self::Subject(number.into()),
            Value::Other => Self::Other,
        })
    }
}

/// `aud` is one text or an array of them, RFC 7519 §4.1.3.
#[derive(Deserialize)]
#[cfg_attr(test, derive(Debug, PartialEq))]
#[serde(untagged)]
enum Audience<'a> {
    #[serde(borrow)]
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
}

/// Seconds since 1970, with or without a fraction, RFC 7519 §2, as the whole seconds around them. One beyond all
/// integers is the last of them.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct NumericDate {
    floor: i64,
    ceil: i64,
}

impl NumericDate {
    fn of(seconds: impl TryInto<i64>) -> Self {
        let seconds = seconds.try_into().unwrap_or(i64::MAX);
        Self { floor: seconds, ceil: seconds }
    }

    pub(super) fn floor(self) -> i64 {
        self.floor
    }

    fn ceil(self) -> i64 {
        self.ceil
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    /// Always finite: JSON has no other numbers, and one beyond the range of a double is refused by the parser.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(DateVisitor)
    }
}

struct DateVisitor;

impl Visitor<'_> for DateVisitor {
    type Value = NumericDate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds")
    }

    fn visit_u64<E>(self, seconds: u64) -> Result<NumericDate, E> {
        Ok(NumericDate::of(seconds))
    }

    fn visit_i64<E>(self, seconds: i64) -> Result<NumericDate, E> {
        Ok(NumericDate::of(seconds))
    }

    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, which is what is wanted")]
    fn visit_f64<E>(self, seconds: f64) -> Result<NumericDate, E> {
        Ok(NumericDate { floor: seconds.floor() as i64, ceil: seconds.ceil() as i64 })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn s13_times_are_finite_numbers() {
        let exp = |value: &str| {
            Registered::parse(&format!(r#"{{"exp":{value}}}"#)).map(|read| read.expires_at.unwrap().floor())
        };
        assert_eq!(exp("1500365934"), Some(1_500_365_934));
        assert_eq!(exp("1500365934.9"), Some(1_500_365_934));
        assert_eq!(exp("1.5e9"), Some(1_500_000_000));
        assert_eq!(exp("-1"), Some(-1));
        assert_eq!(exp("18446744073709551615"), Some(i64::MAX));
        assert_eq!(exp("1e300"), Some(i64::MAX));
        for refused in ["\"1500365934\"", "null", "true", "[1]", "{}", "1e400", "NaN", "Infinity", "0x10", "01"] {
            assert_eq!(exp(refused), None, "{refused}");
        }
    }

    #[test]
    fn s15_issuer_and_audience_have_their_types() {
        for refused in [
            r#"{"iss":1}"#,
            r#"{"iss":null}"#,
            r#"{"iss":["a"]}"#,
            r#"{"aud":1}"#,
            r#"{"aud":null}"#,
            r#"{"aud":{}}"#,
            r#"{"aud":["a",1]}"#,
            r#"{"aud":[["a"]]}"#,
            r#"{"jti":1}"#,
        ] {
            assert!(Registered::parse(refused).is_none(), "{refused}");
        }
        assert!(Registered::parse(r#"{"aud":["a","b"]}"#).unwrap().is_for("b"));
        assert!(Registered::parse(r#"{"aud":"\u0061"}"#).unwrap().is_for("a"));
        assert!(!Registered::parse(r#"{"aud":[]}"#).unwrap().is_for("a"));
        assert!(!Registered::parse(r#"{"aud":"A"}"#).unwrap().is_for("a"));
    }

    #[test]
    fn s9_duplicates_are_refused_also_of_unknown_claims() {
        for refused in [r#"{"sub":"a","sub":"a"}"#, r#"{"sub":"a","s\u0075b":"b"}"#, r#"{"x":1,"x":2}"#, "{}x", "[]"] {
            assert!(Registered::parse(refused).is_none(), "{refused}");
        }
    }

    #[test]
    fn the_subject_is_sub_or_else_id() {
        let subject = |json: &str| Registered::parse(json)?.read().map(|read| read.subject);
        assert_eq!(subject(r#"{"sub":1}"#), Some(1.into()));
        assert_eq!(subject(r#"{"id":"a"}"#), Some("a".into()));
        assert_eq!(subject(r#"{"id":{"any":"thing"},"sub":"a"}"#), Some("a".into()));
        assert_eq!(subject(r#"{"id":{"any":"thing"}}"#), None);
        assert_eq!(subject(r#"{"name":"a"}"#), None);
        assert_eq!(subject(r#"{"sub":"","id":"a"}"#), None);
    }

    /// Claims as they come, and as they should not.
    fn claims_sets() -> impl Strategy<Value = String> {
        let names = ["sub", "id", "iss", "aud", "exp", "nbf", "iat", "jti", "x", "y", "", "Ü"];
        let values =
            ["1500365934", "0", "\"a\"", "\"\"", "01", "-1", "1.5", "1e3", "null", "[\"a\"]", "{}", "\"\\n\"", "a"];
        let long = ["1".repeat(15), "1".repeat(16), "9".repeat(20), format!("\"{}\"", "x".repeat(256))];
        let values = values.map(str::to_owned).into_iter().chain(long).collect::<Vec<_>>();
        let likely = prop::sample::select(vec!["1500365934".to_owned(), "\"a\"".to_owned()]);
        let value = prop_oneof![4 => likely, 1 => prop::sample::select(values)];
        let between = prop_oneof![8 => Just(","), 1 => Just(", "), 1 => Just("")];
        let member = (prop::sample::select(names.to_vec()), value, between);
        let ends = prop_oneof![8 => Just("}"), 1 => Just("}}"), 1 => Just(",}"), 1 => Just("")];
        (prop::collection::vec(member, 0..10), ends).prop_map(|(members, end)| {
            let last = members.len();
            let text = |(number, (name, value, between)): (usize, (&str, String, &str))| {
                format!("\"{name}\":{value}{}", if number + 1 < last { between } else { "" })
            };
            format!("{{{}{end}", members.into_iter().enumerate().map(text).collect::<String>())
        })
    }

    #[test]
    fn what_contracts_write_is_plain() {
        for json in [
            r#"{"id":1,"iat":1500365934,"exp":1500369534}"#,
            r#"{"sub":"5f55e32aab24c71c3c1bf391","iss":"https://a.example","aud":"b","nbf":1,"iat":1,"exp":2,"jti":"x"}"#,
        ] {
            assert!(Registered::plain(json).is_some(), "{json}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn whoever_reads_plain_claims_reads_them_as_the_parser_does(json in claims_sets()) {
            if let Some(plain) = Registered::plain(&json) {
                prop_assert_eq!(Some(plain), json::object(&json));
            }
        }
    }

    proptest! {
        #[test]
        fn never_panics(json in "\\PC{0,200}") {
            let _ = Registered::parse(&json);
        }

        #[test]
        fn objects_never_panic(pairs in proptest::collection::vec(("sub|id|exp|aud|iss|x", "\\PC{0,20}"), 0..6)) {
            let members: Vec<String> = pairs.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let _ = Registered::parse(&format!("{{{}}}", members.join(",")));
        }
    }
}
