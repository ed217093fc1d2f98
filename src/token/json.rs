//! One JSON object whose names are all different, RFC 7515 §4 and RFC 7519 §4, and that does not nest deeply.

use crate::json::{self, Members};

/// Deepest nesting that a header or claims set may have.
const DEPTH_LIMIT: usize = 64;

/// Reads `text` as one object of different names with nothing behind it, and nothing deeply nested in it.
pub(super) fn object<'de, T: Members<'de>>(text: &'de str) -> Option<T> {
    if is_deep(text) { None } else { json::object(text) }
}

/// Whether `text` nests deeper than the limit. What nests has brackets, so most texts are done with counting those.
fn is_deep(text: &str) -> bool {
    let opening = |byte: u8| matches!(byte, b'{' | b'[');
    if text.bytes().filter(|byte| opening(*byte)).count() <= DEPTH_LIMIT {
        return false;
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    text.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEPTH_LIMIT
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::header::Header;

    fn is_object(text: &str) -> bool {
        object::<Header>(text).is_some()
    }

    #[test]
    fn s10_what_nests_too_deep_is_none_and_brackets_in_texts_nest_nothing() {
        let nested = |depth: usize, text: &str| {
            format!(r#"{{"a":"{text}","b":{}{}}}"#, "[".repeat(depth - 1), "]".repeat(depth - 1))
        };
        for text in ["", "[", "[[", r#"\"["#, r"\\", r#"\\\"[["#] {
            assert!(is_object(&nested(DEPTH_LIMIT, text)), "{text}");
            assert!(!is_object(&nested(DEPTH_LIMIT + 1, text)), "{text}");
        }
        let wide = vec!["[[]]"; DEPTH_LIMIT].join(",");
        assert!(is_object(&format!(r#"{{"a":[{wide}]}}"#)));
        // Whoever counts a bracket in a text that closes nothing would let more nest behind it.
        assert!(!is_object(&nested(DEPTH_LIMIT + 1, &"]".repeat(DEPTH_LIMIT))));
    }
}
