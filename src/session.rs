//! `Session` and `SessionId`: what a handler shows its user, and what it ends.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{clock::Timestamp, token::TokenKey};

/// A session of a user's that is alive: a login and what came of it by refresh.
///
/// It serializes as its four members, so a handler can answer with a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Session {
    /// The session's name, to end it by.
    pub id: SessionId,
    /// When the login was; of a session that was not listed then, and was renewed since, when that first was.
    pub issued_at: Timestamp,
    /// When it was refreshed or renewed last.
    pub refreshed_at: Option<Timestamp>,
    /// What the application called the client at login.
    pub label: Option<String>,
}

impl Session {
    /// A session as it was stored.
    pub fn new(id: SessionId, issued_at: Timestamp, refreshed_at: Option<Timestamp>, label: Option<String>) -> Self {
        Self { id, issued_at, refreshed_at, label }
    }
}

/// The name of a session: a digest of its first token, which may be shown. Nobody can log in with it.
///
/// It is written as 32 hexadecimal digits, by serde too: on axum, a handler takes it as `Path<SessionId>`.
///
/// ```
/// use tower_auth::SessionId;
///
/// let id: SessionId = "00112233445566778899aabbccddeeff".parse()?;
/// assert_eq!(id.to_string(), "00112233445566778899aabbccddeeff");
/// assert!("0011".parse::<SessionId>().is_err());
/// # Ok::<(), tower_auth::InvalidSessionId>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(TokenKey);

impl SessionId {
    /// The name of the session that began with `token`.
    pub const fn of(token: TokenKey) -> Self {
        Self(token)
    }

    /// What the session's first token is called.
    pub const fn token(&self) -> &TokenKey {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for SessionId {
    type Err = InvalidSessionId;

    fn from_str(text: &str) -> Result<Self, InvalidSessionId> {
        let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(text, 16).ok().filter(|_| plain);
        number.map(|number| Self(TokenKey::from_bytes(number.to_be_bytes()))).ok_or(InvalidSessionId(()))
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Text that names no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSessionId(());

impl fmt::Display for InvalidSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a session's name is 32 hexadecimal digits")
    }
}

impl std::error::Error for InvalidSessionId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_thirty_two_hexadecimal_digits_and_nothing_else() {
        let id: SessionId = "00112233445566778899aabbccddeeff".parse().unwrap();
        assert_eq!(id.to_string(), "00112233445566778899aabbccddeeff");
        for none in ["", "0", "+0112233445566778899aabbccddeeff", "0112233445566778899aabbccddeeff", "g", "é"] {
            assert!(none.parse::<SessionId>().is_err(), "{none:?}");
        }
        assert!("000112233445566778899aabbccddeeff".parse::<SessionId>().is_err());
    }
}
