//! Parameters of a header field, RFC 9110 §5.6.6: a name, `=`, and a token or a quoted string.

/// Parameters that a field may have. Each is compared with those before it.
const MOST: usize = 16;

/// The parameter at the start of `text`: its name, its value without quotes, and what stands behind it.
pub(crate) fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let (name, rest) = text.split_once('=')?;
    if !is_token(name) {
        return None;
    }
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.bytes().position(|byte| !is_tchar(byte)).unwrap_or(rest.len());
        let (value, behind) = rest.split_at_checked(end)?;
        return (!value.is_empty()).then(|| (name, value.to_owned(), behind));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((name, value, quoted.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// All parameters of `text`, each behind a semicolon: names that differ, and nothing else between them.
pub(crate) fn parameters(text: &str) -> Option<Vec<(&str, String)>> {
    let mut found: Vec<(&str, String)> = Vec::new();
    let mut rest = text.trim_matches([' ', '\t']);
    while !rest.is_empty() {
        rest = rest.strip_prefix(';')?.trim_start_matches([' ', '\t']);
        if rest.is_empty() || rest.starts_with(';') {
            continue;
        }
        let (name, value, behind) = parameter(rest)?;
        if found.len() == MOST || found.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return None;
        }
        found.push((name, value));
        rest = behind.trim_start_matches([' ', '\t']);
    }
    Some(found)
}

/// Whether a parameter is not a `charset`, or is the one that is read here.
pub(crate) fn is_utf8(parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    }
}

/// RFC 9110 §5.6.2
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_tchar)
}

fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<(&str, String)>> {
        parameters(text)
    }

    #[test]
    fn tokens_and_quoted_strings() {
        let pair = |name, value: &str| (name, value.to_owned());
        assert_eq!(read(""), Some(vec![]));
        assert_eq!(read("; a=b"), Some(vec![pair("a", "b")]));
        assert_eq!(read(";a=\"b;\\\"c\" ;\tD=e;;"), Some(vec![pair("a", "b;\"c"), pair("D", "e")]));
        assert_eq!(read(";a=\"\""), Some(vec![pair("a", "")]));
    }

    #[test]
    fn what_is_not_well_formed_is_none() {
        for text in ["a=b", ";a", ";=b", ";a=", ";a b=c", ";a=b c", ";a=\"b", ";a=\"b\"c", ";a=b;A=c", ";a=\"b\\"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_field_has_few_parameters_or_is_refused_before_they_are_compared() {
        let field = |number| (0..number).fold(String::new(), |field, name| format!("{field};a{name}=b"));
        assert_eq!(read(&field(MOST)).map(|found| found.len()), Some(MOST));
        assert_eq!(read(&field(MOST + 1)), None);
    }
}
