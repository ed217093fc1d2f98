//! `Authorization: Basic <base64 of user-id ":" password>`, RFC 7617.
//!
//! The user-pass is UTF-8 (§2.1) and is split at its first colon, so a password may hold colons. Control characters
//! are not allowed in either half (§2), and neither half may be empty here.

use std::fmt;

use base64::{Engine, decoded_len_estimate, engine::general_purpose::STANDARD};
use memchr::memchr;
use zeroize::Zeroizing;

use crate::secret::Password;

/// A user-id and a password, not verified. Does not print.
#[derive(Clone)]
pub(crate) struct BasicCredentials {
    user_pass: Zeroizing<String>,
    /// Where the user-id ends.
    colon: usize,
}

impl BasicCredentials {
    /// Strict base64 has fewer spellings than token68, so whatever is none of these is refused here too.
    pub(super) fn decode(encoded: &[u8]) -> Option<Self> {
        let mut bytes = Vec::with_capacity(decoded_len_estimate(encoded.len()));
        let decoded = STANDARD.decode_vec(encoded, &mut bytes);
        // The bytes go with the error, and are not to be left in memory.
        let user_pass = String::from_utf8(bytes).map_err(|error| Zeroizing::new(error.into_bytes()));
        let user_pass = Zeroizing::new(user_pass.ok()?);
        decoded.ok()?;
        let colon = memchr(b':', user_pass.as_bytes())?;
        let usable = colon > 0 && colon + 1 < user_pass.len() && !has_control(&user_pass);
        usable.then_some(Self { user_pass, colon })
    }

    /// All of it, with the colon.
    pub(crate) fn user_pass(&self) -> &str {
        &self.user_pass
    }

    /// User-id and password.
    fn halves(&self) -> (&str, &str) {
        let (user_id, rest) = self.user_pass.split_at_checked(self.colon).unwrap_or_default();
        (user_id, rest.get(1..).unwrap_or_default())
    }

    pub(crate) fn user_id(&self) -> &str {
        self.halves().0
    }

    pub(crate) fn password(&self) -> Password {
        Password::new(self.halves().1)
    }
}

fn has_control(text: &str) -> bool {
    match text.is_ascii() {
        // No early end: many bytes are looked at in one step.
        true => text.bytes().fold(false, |so_far, byte| so_far | byte.is_ascii_control()),
        false => text.chars().any(char::is_control),
    }
}

impl fmt::Debug for BasicCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BasicCredentials([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(user_pass: &[u8]) -> Option<(String, String)> {
        let basic = BasicCredentials::decode(STANDARD.encode(user_pass).as_bytes())?;
        Some((basic.user_id().into(), basic.password().expose().into()))
    }

    #[test]
    fn s24_split_at_the_first_colon() {
        assert_eq!(decode(b"a:b:c"), Some(("a".into(), "b:c".into())));
        assert_eq!(decode("Ünal:pässword".as_bytes()), Some(("Ünal".into(), "pässword".into())));
    }

    #[test]
    fn s24_unusable_user_passes() {
        let unusable: [&[u8]; 8] = [b"", b":", b"a", b"a:", b":b", b"a:\xff", b"a\n:b", "a:b\u{85}".as_bytes()];
        for user_pass in unusable {
            assert_eq!(decode(user_pass), None, "{user_pass:?}");
        }
    }

    #[test]
    fn s24_base64_is_strict() {
        // The same user-pass with padding missing, doubled, in the URL alphabet, and with spare bits set.
        for token in ["YTpi", "YTpiYw=="] {
            assert!(BasicCredentials::decode(token.as_bytes()).is_some(), "{token}");
        }
        for token in ["YTpiYw", "YTpiYw=", "YTpiYw===", "YTpiYx==", "YTo_", "YTpi=", "YT pi"] {
            assert!(BasicCredentials::decode(token.as_bytes()).is_none(), "{token}");
        }
    }

    #[test]
    fn the_password_does_not_print() {
        let basic = BasicCredentials::decode(STANDARD.encode("duane15:hunter2").as_bytes()).unwrap();
        assert!(!format!("{basic:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn round_trip(user_id in "[^:\\p{Cc}]{1,40}", password in "[^\\p{Cc}]{1,40}") {
            let user_pass = format!("{user_id}:{password}");
            prop_assert_eq!(decode(user_pass.as_bytes()), Some((user_id, password)));
        }

        #[test]
        fn never_panics(token in "\\PC{0,80}") {
            let _ = BasicCredentials::decode(token.as_bytes());
        }
    }
}
