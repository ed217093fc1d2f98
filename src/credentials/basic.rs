//! `Authorization: Basic <base64 of user-id ":" password>`, RFC 7617.
//!
//! The user-pass is UTF-8 (§2.1) and is split at its first colon, so a password may hold colons. Control characters
//! are not allowed in either half (§2), and neither half may be empty here.

use std::{fmt, mem};

use base64::{Engine, engine::general_purpose::STANDARD};
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
    pub(super) fn decode(token68: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new(STANDARD.decode(token68).ok()?);
        // Asked before, since the error of `from_utf8` would carry the bytes away and leave them in memory.
        std::str::from_utf8(&bytes).ok()?;
        let user_pass = Zeroizing::new(String::from_utf8(mem::take(&mut *bytes)).ok()?);
        let colon = user_pass.bytes().position(|byte| byte == b':')?;
        let usable = colon > 0 && colon + 1 < user_pass.len() && !user_pass.chars().any(char::is_control);
        usable.then_some(Self { user_pass, colon })
    }

    /// User-id and password.
    pub(crate) fn halves(&self) -> (&str, &str) {
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
        let basic = BasicCredentials::decode(&STANDARD.encode(user_pass))?;
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
            assert!(BasicCredentials::decode(token).is_some(), "{token}");
        }
        for token in ["YTpiYw", "YTpiYw=", "YTpiYw===", "YTpiYx==", "YTo_", "YTpi=", "YT pi"] {
            assert!(BasicCredentials::decode(token).is_none(), "{token}");
        }
    }

    #[test]
    fn the_password_does_not_print() {
        let basic = BasicCredentials::decode(&STANDARD.encode("duane15:hunter2")).unwrap();
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
            let _ = BasicCredentials::decode(&token);
        }
    }
}
