//! `application/x-www-form-urlencoded`, of the URL standard's serializer, read strictly: `&` separates and nothing
//! else, every `%` begins an escape, and what the escapes make is UTF-8.

use percent_encoding::percent_decode_str;

use crate::dialect::{Form, Refusal};

pub(super) fn parse(bytes: &[u8]) -> Result<Form, Refusal> {
    fill(bytes).ok_or(Refusal::MalformedBody("The request body is not a well-formed form"))
}

fn fill(bytes: &[u8]) -> Option<Form> {
    let mut form = Form::default();
    let text = std::str::from_utf8(bytes).ok()?;
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        form.add_text(decode(name)?, decode(value)?);
    }
    Some(form)
}

fn decode(text: &str) -> Option<String> {
    let escaped = text
        .split('%')
        .skip(1)
        .all(|rest| matches!(rest.as_bytes(), [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit()));
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    escaped.then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::FormError;

    #[test]
    fn pairs_and_escapes() {
        let form = parse(b"username=duane15&password=p%26w+%2B%C3%BC;x&empty=&flag&&a=b=c").unwrap();
        assert_eq!(form.text("username"), Ok(Some("duane15")));
        assert_eq!(form.text("password"), Ok(Some("p&w +ü;x")));
        assert_eq!(form.text("empty"), Ok(Some("")));
        assert_eq!(form.text("flag"), Ok(Some("")));
        assert_eq!(form.text("a"), Ok(Some("b=c")));
    }

    #[test]
    fn s35_bad_escapes_and_bad_utf8_are_refused() {
        for body in ["a=%", "a=%4", "a=%zz", "a=%ff", "%=a", "a=%C3", "a=%u0041"] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
        assert!(parse(b"a=\xff").is_err());
    }

    #[test]
    fn s35_repeated_members_are_refused_when_they_are_asked_for() {
        let form = parse(b"a=1&a=1&b=2&%61=3").unwrap();
        assert_eq!(form.text("a"), Err(FormError::Repeated));
        assert_eq!(form.text("b"), Ok(Some("2")));
    }

    proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }

        #[test]
        fn what_was_encoded_comes_back(value in "\\PC{0,40}") {
            let body = format!("v={}", percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC));
            let form = parse(body.as_bytes()).unwrap();
            prop_assert_eq!(form.text("v"), Ok(Some(&*value)));
        }
    }
}
