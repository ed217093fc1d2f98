//! Objects as programs write them: flat, of text and whole numbers, without white space or escapes. Such a one is read
//! in a single walk, at a third of what a parser costs. Nothing is refused here: whatever is written in any other way
//! is the parser's (`json.rs`) to judge, and a test holds the two to the same reading.

/// The value of a member.
#[derive(Clone, Copy)]
pub(super) enum Plain<'a> {
    Text(&'a str),
    Number(u64),
}

/// Most members, each of which is compared with those before it.
const MEMBERS: usize = 8;

/// Most digits of a number, so that it fits.
const DIGITS: usize = 15;

/// Hands the members of `json` to `take`, one by one. `None` when it is not plain, when a name occurs twice, or when
/// `take` wants nothing of a member: what was taken until then says nothing.
pub(super) fn members<'a>(json: &'a str, mut take: impl FnMut(&'a str, Plain<'a>) -> Option<()>) -> Option<()> {
    let mut names = [""; MEMBERS];
    let mut rest = json.strip_prefix('{')?;
    for number in 0..MEMBERS {
        let (name, behind) = text(rest)?;
        if names.iter().take(number).any(|known| *known == name) {
            return None;
        }
        *names.get_mut(number)? = name;
        let (value, behind) = value(behind.strip_prefix(':')?)?;
        take(name, value)?;
        match behind.strip_prefix(',') {
            Some(next) => rest = next,
            None => return (behind == "}").then_some(()),
        }
    }
    None
}

fn value(json: &str) -> Option<(Plain<'_>, &str)> {
    match text(json) {
        Some((text, rest)) => Some((Plain::Text(text), rest)),
        None => number(json).map(|(number, rest)| (Plain::Number(number), rest)),
    }
}

/// A string at the start, and what stands behind it.
fn text(json: &str) -> Option<(&str, &str)> {
    let rest = json.strip_prefix('"')?;
    // Escapes, and control characters, which have to be escaped: RFC 8259 §7.
    let end = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < b' ')?;
    let (text, rest) = rest.split_at_checked(end)?;
    Some((text, rest.strip_prefix('"')?))
}

/// A number at the start, and what stands behind it, which is no fraction or exponent where `members` goes on.
fn number(json: &str) -> Option<(u64, &str)> {
    let (mut value, mut length) = (0, 0);
    for digit in json.bytes().map(|byte| byte.wrapping_sub(b'0')).take(DIGITS + 1).take_while(|digit| *digit < 10) {
        value = value * 10 + u64::from(digit);
        length += 1;
    }
    // No number begins with a zero but zero itself: RFC 8259 §6.
    let is_number = (1..=DIGITS).contains(&length) && (length == 1 || !json.starts_with('0'));
    is_number.then_some((value, json.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Vec<String>> {
        let mut read = Vec::new();
        members(json, |name, value| {
            read.push(match value {
                Plain::Text(text) => format!("{name}={text}"),
                Plain::Number(number) => format!("{name}:{number}"),
            });
            Some(())
        })?;
        Some(read)
    }

    #[test]
    fn text_and_whole_numbers_are_plain() {
        let plain = read(r#"{"id":0,"iat":1500365934,"name":"Ünal","":""}"#).unwrap();
        assert_eq!(plain, ["id:0", "iat:1500365934", "name=Ünal", "="]);
        assert!(read(r#"{"n":999999999999999}"#).is_some());
    }

    #[test]
    fn everything_else_is_left_to_the_parser() {
        for other in [
            "",
            "{",
            "{}",
            "[]",
            r#"{"a":1"#,
            r#"{"a":1}}"#,
            r#"{"a":1} "#,
            r#" {"a":1}"#,
            r#"{"a": 1}"#,
            r#"{"a":1,}"#,
            r#"{"a":}"#,
            r#"{"a"}"#,
            "{a:1}",
            r#"{"a":01}"#,
            r#"{"a":-1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e3}"#,
            r#"{"a":1:}"#,
            r#"{"a":1/}"#,
            r#"{"a":1000000000000000}"#,
            r#"{"a":true}"#,
            r#"{"a":null}"#,
            r#"{"a":[1]}"#,
            r#"{"a":{}}"#,
            r#"{"a":"\n"}"#,
            r#"{"\u0061":1}"#,
            "{\"a\":\"\n\"}",
            "{\"a\":\"\u{1f}\"}",
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1}"#,
        ] {
            assert_eq!(read(other), None, "{other}");
        }
        assert!(members(r#"{"a":1}"#, |_, _| None).is_none());
    }
}
