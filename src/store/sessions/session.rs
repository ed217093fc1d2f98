//! What a session store is told, and what it says: plain types.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    clock::Timestamp,
    token::{TokenKey, UserKey},
};

/// One refresh, as asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rotation {
    /// The token that is refreshed.
    pub token: TokenKey,
    /// What to make of it, should this be its first refresh.
    pub successor: Successor,
    /// The name that the successor will have in this store.
    pub successor_key: TokenKey,
    /// The moment of this step.
    pub now: Timestamp,
    /// Until when a further refresh of the same token gets the same successor. At or before `now`: not at all.
    pub grace_ends: Timestamp,
    /// Until when any token of the family may be accepted on any route.
    pub until: Timestamp,
    /// How to list the session, should it not be known yet. None: it is not listed, unless it was from its login on.
    pub listing: Option<Listing>,
}

impl Rotation {
    /// A refresh of `token` by `successor` now, without a grace and a listing: for tests of a store.
    pub fn new(
        token: TokenKey,
        successor: Successor,
        successor_key: TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Self {
        Self { token, successor, successor_key, now, grace_ends: now, until, listing: None }
    }
}

/// What it takes to sign a successor, and to sign the same one again: nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Successor {
    /// The token's claim `jti`.
    pub token_id: String,
    /// When it was signed first: its claim `nbf`, from which `exp` is counted.
    pub signed_at: Timestamp,
}

impl Successor {
    /// A successor as it was stored.
    pub fn new(token_id: impl Into<String>, signed_at: Timestamp) -> Self {
        Self { token_id: token_id.into(), signed_at }
    }
}

/// What became of a rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rotated {
    /// The first refresh of this token: the successor asked for is the one.
    Fresh,
    /// A further one inside the grace: this is the successor of the first.
    Replay(Successor),
    /// A further one after the grace, of a family that was alive. The family is revoked now.
    Reuse,
    /// The token or its family was revoked before.
    Revoked,
}

/// One login, as a session to be listed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opening {
    /// The token that was issued: the first of its family.
    pub token: TokenKey,
    /// The token that this one was issued for, where a Bearer was renewed: the session goes on, and the older token
    /// stays good until its own end.
    pub renews: Option<TokenKey>,
    /// How to list it.
    pub listing: Listing,
    /// How many sessions the user may have, this one among them. None: any number.
    pub most: Option<usize>,
    /// The moment of this step.
    pub now: Timestamp,
    /// Until when any token of the family may be accepted on any route.
    pub until: Timestamp,
}

impl Opening {
    /// A login with `token` now, without a bound: for tests of a store.
    pub fn new(token: TokenKey, listing: Listing, now: Timestamp, until: Timestamp) -> Self {
        Self { token, renews: None, listing, most: None, now, until }
    }
}

/// What a list of sessions shows of one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// Whose session it is.
    pub user: UserKey,
    /// When the login was.
    pub issued_at: Timestamp,
    /// What the application calls the client: a device's name, a user agent.
    pub label: Option<String>,
}

impl Listing {
    /// A session of `user` since `issued_at`, of a client with this label.
    pub fn new(user: UserKey, issued_at: Timestamp, label: Option<String>) -> Self {
        Self { user, issued_at, label }
    }
}

/// A session of a user's that is alive: a login and what came of it by refresh.
///
/// It serializes as its four members, so a handler can answer with a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Session {
    /// The session's name, to end it by.
    pub id: SessionId,
    /// When the login was.
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
