//! `Subject`: an account's identifier, as tokens carry it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Longest subject, in bytes, that a token may carry.
const TEXT_LIMIT: usize = 255;

/// The identifier of an account: text, or an integer.
///
/// It keeps its kind on the wire, since clients of the documented contracts read it: `auth_local` and `login` carry it
/// in the claim `id`, `tokens` in `sub`, and `auth_token` in `sub` as text whatever it is. A closure that is asked for
/// `"1"` and for `1` finds the same account when it goes by [`parse`](Self::parse) or by `Display`.
///
/// ```
/// use tower_auth::Subject;
///
/// assert_eq!(Subject::from(42).parse::<i64>(), Some(42));
/// assert_eq!(Subject::from("42").parse::<i64>(), Some(42));
/// assert_eq!(Subject::from("5f55e32aab24c71c3c1bf391").as_str(), Some("5f55e32aab24c71c3c1bf391"));
/// assert_ne!(Subject::from(42), Subject::from("42"));
/// ```
///
/// Integers are ordered before text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(Kind);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Number(i128),
    Text(String),
}

impl Subject {
    /// What a token may carry: text that is not empty and not beyond 255 bytes.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        (1..=TEXT_LIMIT).contains(&text.len()).then(|| Self::from(text))
    }

    /// Whether a token may carry it.
    pub(crate) fn fits_a_token(&self) -> bool {
        self.as_str().is_none_or(|text| Self::of_text(text).is_some())
    }

    /// Whether both are one user's in every store: `42` and `"42"` are.
    pub(crate) fn is_same_user(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Number(number), Kind::Text(text)) | (Kind::Text(text), Kind::Number(number)) => {
                // Of the spellings that a number has, the one that is written.
                let is_written = !matches!(text.as_bytes(), [b'+', ..] | [b'0', _, ..] | [b'-', b'0', ..]);
                is_written && text.parse() == Ok(*number)
            }
            (one, other) => one == other,
        }
    }

    /// The identifier as text, when text is what it is.
    pub fn as_str(&self) -> Option<&str> {
        match &self.0 {
            Kind::Text(text) => Some(text),
            Kind::Number(_) => None,
        }
    }

    /// The identifier as the application's own type, from either kind: `parse::<i64>()`, `parse::<Uuid>()`.
    ///
    /// `None` when it is not one; a closure answers that with "not found".
    pub fn parse<T: FromStr>(&self) -> Option<T> {
        match &self.0 {
            Kind::Text(text) => text.parse().ok(),
            Kind::Number(number) => number.to_string().parse().ok(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Text(text) => f.write_str(text),
            Kind::Number(number) => number.fmt(f),
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Text(text) => text.fmt(f),
            Kind::Number(number) => number.fmt(f),
        }
    }
}

impl From<String> for Subject {
    fn from(text: String) -> Self {
        Self(Kind::Text(text))
    }
}

impl From<&str> for Subject {
    fn from(text: &str) -> Self {
        Self(Kind::Text(text.to_owned()))
    }
}

/// For what is lent: `auth.revoke_user(identity.id())`.
impl From<&Self> for Subject {
    fn from(subject: &Self) -> Self {
        subject.clone()
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Subject {
            fn from(number: $integer) -> Self {
                Self(Kind::Number(number.into()))
            }
        }
    )*};
}

from_integer!(u8, u16, u32, u64, i8, i16, i32, i64);

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Kind::Text(text) => serializer.serialize_str(text),
            // Formats read integers of 64 bits, and few of them longer ones; each `From` makes one of 64 bits.
            Kind::Number(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(number), _) => serializer.serialize_i64(number),
                (_, Ok(number)) => serializer.serialize_u64(number),
                _ => serializer.serialize_i128(*number),
            },
        }
    }
}

impl<'de> Deserialize<'de> for Subject {
    /// Such text, or an integer; anything else is an error.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SubjectVisitor)
    }
}

struct SubjectVisitor;

impl de::Visitor<'_> for SubjectVisitor {
    type Value = Subject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text of 1 to 255 bytes, or an integer")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Subject, E> {
        Subject::of_text(text).ok_or_else(|| E::invalid_length(text.len(), &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Subject, E> {
        Ok(Subject::from(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Subject, E> {
        Ok(Subject::from(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Subject> {
        serde_json::from_str(json).ok()
    }

    #[test]
    fn s17_text_is_kept_and_bounded() {
        assert_eq!(read(r#"" A ""#), Some(" A ".into()));
        assert_eq!(read(&format!("\"{}\"", "x".repeat(255))), Some("x".repeat(255).into()));
        for refused in ["\"\"", "null", "true", "1.5", "1e3", "[1]", "{}", &format!("\"{}\"", "x".repeat(256))] {
            assert_eq!(read(refused), None, "{refused}");
        }
    }

    #[test]
    fn integers_come_by_size_and_before_text() {
        let ordered = [Subject::from(-1), 9.into(), 10.into(), "10".into(), "9".into(), "a".into()];
        assert!(ordered.is_sorted());
    }

    /// Many formats write no integers of 128 bits; so does a flattened member of serde's own.
    #[test]
    fn integers_are_written_where_there_are_none_of_128_bits() {
        #[derive(Serialize)]
        struct Row {
            id: Subject,
        }
        #[derive(Serialize)]
        struct Shown {
            #[serde(flatten)]
            row: Row,
        }
        for number in ["-9223372036854775808", "7", "18446744073709551615"] {
            let row = Row { id: read(number).unwrap() };
            assert_eq!(serde_json::to_string(&Shown { row }).unwrap(), format!("{{\"id\":{number}}}"));
        }
    }

    #[test]
    fn a_number_and_its_text_are_one_user_and_other_spellings_are_not() {
        for number in [0, 7, -7, i64::MIN, i64::MAX] {
            let [one, other] = [Subject::from(number), Subject::from(number.to_string())];
            assert!(one.is_same_user(&other) && other.is_same_user(&one) && one.is_same_user(&one), "{number}");
        }
        for (number, text) in [(0, "-0"), (0, "00"), (7, "07"), (7, "+7"), (-7, "-07"), (7, "7 "), (7, ""), (7, "8")] {
            assert!(!Subject::from(number).is_same_user(&text.into()), "{text}");
            assert_ne!(number.to_string(), text);
        }
    }

    #[test]
    fn integers_keep_their_kind_both_ways() {
        for number in ["0", "-7", "18446744073709551615", "-9223372036854775808"] {
            let subject = read(number).unwrap();
            assert_eq!(serde_json::to_string(&subject).unwrap(), number);
            assert_eq!(subject.to_string(), number);
        }
        assert_eq!(read("18446744073709551616"), None);
    }
}
