//! `Authorization: Bearer <token>`, RFC 6750 §2.1.

use std::{borrow::Cow, fmt};

/// A bearer token as it came, not verified. Does not print.
#[derive(Clone)]
pub(crate) struct Token<'a>(Cow<'a, [u8]>);

impl<'a> Token<'a> {
    pub(super) fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self(bytes.into())
    }

    /// What came, whatever it is: enough to compare it with a token that is known.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The token; `None` when it is no token68, as every token has to be.
    pub(crate) fn text(&self) -> Option<&str> {
        token68(&self.0)
    }
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([redacted])")
    }
}

/// The whole of `bytes` as a token68, which is ASCII and therefore text.
pub(super) fn token68(bytes: &[u8]) -> Option<&str> {
    let unpadded = bytes.iter().rposition(|&byte| byte != b'=')?;
    // No early end: many bytes are looked at in one step.
    let well_formed = bytes.iter().take(unpadded + 1).fold(true, |so_far, &byte| so_far & is_token68(byte));
    well_formed.then(|| std::str::from_utf8(bytes).ok())?
}

/// Letters, digits, and `-._~+/`.
fn is_token68(byte: u8) -> bool {
    let letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    // `-`, `.`, `/` and the digits stand in one row.
    let digit = byte.wrapping_sub(b'-') <= b'9' - b'-';
    letter || digit || byte == b'_' || byte == b'~' || byte == b'+'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s21_the_letters_of_a_token_are_those_of_the_grammar() {
        for byte in 0..=u8::MAX {
            let named = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
            assert_eq!(is_token68(byte), named, "{byte:#04x}");
        }
    }
}
