//! What an identifier is, by its looks.

/// Whether `text` is an e-mail address as the two back ends that ask have it: no white space or delimiters in the local
/// part, and a domain of labels that ends in a top-level domain of two letters or more.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let Some((labels, top)) = domain.rsplit_once('.') else { return false };
    let plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || r#"<>()[]\.,;:@""#.contains(c));
    local.split('.').all(plain)
        && labels
            .split('.')
            .all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        && top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Whether `text` is a mobile number of China: `^(\+?0?86-?)?1[3-9]\d{9}$`.
pub(super) fn is_china_mobile(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    let rest = rest.strip_prefix('0').unwrap_or(rest);
    let number = match rest.strip_prefix("86") {
        Some(rest) => rest.strip_prefix('-').unwrap_or(rest),
        None => text,
    };
    matches!(number.as_bytes(), [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 && rest.iter().all(u8::is_ascii_digit))
}

/// Whether `text` is a name: `^[A-Za-z_\x7f-\xff][A-Za-z0-9_\x7f-\xff]*$`, by bytes.
pub(super) fn is_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x7f;
    text.bytes().next().is_some_and(letter) && text.bytes().all(|byte| letter(byte) || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn e_mail_addresses() {
        for text in ["a@b.co", "jh.kim2@theenm.com", "duane.quitzon56@gmail.com", "Ünal@example.org", "a+b@x-y.z1.info"]
        {
            assert!(is_email(text), "{text}");
        }
        for text in
            ["", "a", "@b.co", "a@", "a@b", "a@b.c", "a@.co", "a b@c.de", "a@b@c.de", "a..b@c.de", "a@b.c0", " a@b.co"]
        {
            assert!(!is_email(text), "{text}");
        }
    }

    #[test]
    fn china_mobiles() {
        for text in
            ["13812345678", "8613812345678", "86-13812345678", "+8613812345678", "+086-19912345678", "08613812345678"]
        {
            assert!(is_china_mobile(text), "{text}");
        }
        for text in [
            "12812345678",
            "1381234567",
            "138123456789",
            "008613812345678",
            "+13812345678",
            "86-",
            "013812345678",
            "１３８12345678",
        ] {
            assert!(!is_china_mobile(text), "{text}");
        }
    }

    #[test]
    fn names() {
        for text in ["a", "_", "duane15", "创始人", "a_1"] {
            assert!(is_name(text), "{text}");
        }
        for text in ["", "1a", "a-b", "a b", "a.b", "-"] {
            assert!(!is_name(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}") {
            let _ = (is_email(&text), is_china_mobile(&text), is_name(&text));
        }
    }
}
