//! A token in the `Cookie` field, RFC 6265 §4.2.

use http::{HeaderMap, header::COOKIE};

/// The values of every cookie of this name. HTTP/2 clients may send one cookie a field (RFC 9113 §8.2.3).
pub(super) fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let pairs = headers.get_all(COOKIE).iter().flat_map(|field| field.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(move |pair| {
        let (known, value) = pair.split_at_checked(pair.iter().position(|byte| *byte == b'=')?)?;
        let value = value.get(1..)?.trim_ascii();
        (known.trim_ascii() == name.as_bytes()).then(|| unquoted(value))
    })
}

/// `cookie-value = *cookie-octet / ( DQUOTE *cookie-octet DQUOTE )`
fn unquoted(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn found(fields: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(COOKIE, field.parse().unwrap());
        }
        values(&headers, "token").map(|value| String::from_utf8(value.to_owned()).unwrap()).collect()
    }

    #[test]
    fn every_cookie_of_the_name_is_found() {
        assert_eq!(found(&["token=a"]), ["a"]);
        assert_eq!(found(&["b=1; token=a; c=2"]), ["a"]);
        assert_eq!(found(&["b=1;token = a ;c"]), ["a"]);
        assert_eq!(found(&["token=\"a\"", "token=\"", "token=\"\"", "token="]), ["a", "\"", "", ""]);
        assert_eq!(found(&["token=a", "b=1", "token=b; token=c"]), ["a", "b", "c"]);
        assert_eq!(found(&["token=a=b"]), ["a=b"]);
        for none in ["Token=a", "xtoken=a", "token", "b=token=a", "=token=a", "", ";;=;"] {
            assert_eq!(found(&[none]), [""; 0], "{none}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(field in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Ok(field) = HeaderValue::from_bytes(&field) {
                let _ = values(&HeaderMap::from_iter([(COOKIE, field)]), "token").count();
            }
        }
    }
}
