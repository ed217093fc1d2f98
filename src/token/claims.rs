//! `TokenClaims`: the claims of a token that was admitted.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};

use super::{
    Algorithm, VerifyingKey,
    registered::{Read, Registered},
};
use crate::{BoxError, clock::Timestamp, subject::Subject};

/// The claims of a token that was verified and admitted.
///
/// Cloning is cheap: it increments one reference count. Claims beyond the registered ones are read with
/// [`get`](Self::get).
///
/// ```
/// use std::time::Duration;
///
/// use tower_auth::{Timestamp, TokenClaims};
///
/// /// How long the token that admitted a request is still good.
/// fn time_left(request: &http::Request<()>, now: Timestamp) -> Option<Duration> {
///     let claims = TokenClaims::of(request.extensions())?;
///     Some(claims.expires_at()?.duration_since(now))
/// }
/// # assert_eq!(time_left(&http::Request::new(()), Timestamp::from_unix_seconds(0)), None);
/// ```
#[derive(Clone)]
pub struct TokenClaims(Arc<Inner>);

struct Inner {
    json: String,
    read: Read,
    /// What stores call the token, once one was asked.
    digest: OnceLock<[u8; 16]>,
    algorithm: Algorithm,
    foreign: bool,
}

impl TokenClaims {
    pub(super) fn new(json: String, read: Read, key: &VerifyingKey) -> Self {
        Self::from_parts(json, read, key.algorithm(), key.is_of_others())
    }

    /// Claims that nobody signed.
    #[cfg(any(test, feature = "test-util"))]
    pub(crate) fn unsigned(json: String) -> Option<Self> {
        let read = Registered::parse(&json)?.read()?;
        Some(Self::from_parts(json, read, Algorithm::Hs256, false))
    }

    /// Claims that name a subject and nothing else, and that nobody signed.
    pub(crate) fn naming(subject: &Subject) -> Self {
        let json = format!(r#"{{"sub":{}}}"#, serde_json::to_string(subject).unwrap_or_default());
        let read = Read {
            subject: subject.clone(),
            issuer: None,
            issued_at: None,
            not_before: None,
            expires_at: None,
            starts_at: 0,
            token_id: None,
        };
        Self::from_parts(json, read, Algorithm::Hs256, false)
    }

    /// Whether the token can be renewed by one of ours that is signed with `algorithm`, or with any: it is no other
    /// issuer's.
    pub(crate) fn is_ours(&self, algorithm: Option<Algorithm>) -> bool {
        !self.0.foreign && algorithm.is_none_or(|algorithm| algorithm == self.0.algorithm)
    }

    /// Who issued a token that a key of others verified, whose subjects are not ours; empty where it does not say.
    pub(crate) fn foreign_issuer(&self) -> Option<&str> {
        self.0.foreign.then(|| self.issuer().unwrap_or_default())
    }

    /// The claims of another token that the verified `self` carries in it. Nothing is renewed by them.
    pub(crate) fn carried(&self, json: &str) -> Option<Self> {
        let read = Registered::parse(json)?.read()?;
        Some(Self::from_parts(json.to_owned(), read, self.0.algorithm, true))
    }

    fn from_parts(json: String, read: Read, algorithm: Algorithm, foreign: bool) -> Self {
        Self(Arc::new(Inner { json, read, digest: OnceLock::new(), algorithm, foreign }))
    }

    /// What stores call the token, made once.
    pub(super) fn digest(&self, make: impl FnOnce() -> [u8; 16]) -> [u8; 16] {
        *self.0.digest.get_or_init(make)
    }

    /// The claims set as it stands in the token.
    pub(crate) fn json(&self) -> &str {
        &self.0.json
    }

    /// Whom the token is about: the claim `sub`, or `id` where a contract writes that instead.
    pub fn subject(&self) -> &Subject {
        &self.0.read.subject
    }

    /// Who issued the token, the claim `iss`.
    pub fn issuer(&self) -> Option<&str> {
        self.0.read.issuer.as_deref()
    }

    /// When the token was issued, the claim `iat`, to the second. For a refreshed token, when the first token of its
    /// family was issued.
    pub fn issued_at(&self) -> Option<Timestamp> {
        self.iat().map(moment)
    }

    /// The claim `iat` in unix seconds, which may be before the epoch.
    pub(crate) fn iat(&self) -> Option<i64> {
        self.0.read.issued_at
    }

    /// The claim `nbf`: of tokens that can be refreshed, when they were signed.
    pub(super) fn nbf(&self) -> Option<i64> {
        self.0.read.not_before
    }

    /// Whether it has the claims that a token has to have to be refreshed, by what is kept of them.
    pub(super) fn may_be_refreshed(&self) -> bool {
        let read = &self.0.read;
        read.issuer.is_some() && read.issued_at.is_some() && read.not_before.is_some() && read.token_id.is_some()
    }

    /// The first second in which the token counts: the later of its `nbf` and its `iat`, rounded up.
    pub(super) fn starts_at(&self) -> i64 {
        self.0.read.starts_at
    }

    /// The same as the stores and clocks have it; the epoch where the token does not say.
    pub(crate) fn issued(&self) -> Timestamp {
        moment(self.iat().unwrap_or_default())
    }

    /// When the token expires, the claim `exp`, to the second.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.exp().map(moment)
    }

    /// The claim `exp` in unix seconds.
    pub(crate) fn exp(&self) -> Option<i64> {
        self.0.read.expires_at
    }

    /// The token's own name, the claim `jti`.
    pub fn token_id(&self) -> Option<&str> {
        self.0.read.token_id.as_deref()
    }

    /// What the token says it may be used for: the claim `scope`, names between spaces (RFC 8693 §4.2), or where there
    /// is none `scp`, such text or an array. `None` when it says nothing; of another JSON type, it allows nothing.
    /// Where one of `scope`, `scp` and `roles` cannot be read, for half of a surrogate pair or a number that is too
    /// large, none of them allows anything.
    pub fn scopes(&self) -> Option<Vec<String>> {
        self.named(|permissions| permissions.scope.or(permissions.scp))
    }

    /// The roles that the issuer gave the user: the claim `roles` (RFC 9068 §2.2.3.1), read as [`scopes`](Self::scopes)
    /// are.
    pub fn roles(&self) -> Option<Vec<String>> {
        self.named(|permissions| permissions.roles)
    }

    /// Names that cannot be read are no silence: whoever issued them meant to narrow.
    fn named(&self, which: impl FnOnce(Permissions) -> Option<Names>) -> Option<Vec<String>> {
        self.get().map_or(Some(Vec::new()), |permissions| which(permissions).map(Names::into_list))
    }

    /// The whole claims set as a type of the application's.
    ///
    /// # Errors
    ///
    /// When the claims do not have the type's shape. They are verified, so this is a matter between issuer and
    /// application, not an attack.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tower_auth::TokenClaims;
    /// #[derive(serde::Deserialize)]
    /// struct Tenant {
    ///     tenant: String,
    /// }
    ///
    /// fn tenant(claims: &TokenClaims) -> Option<String> {
    ///     claims.get::<Tenant>().ok().map(|claims| claims.tenant)
    /// }
    /// ```
    pub fn get<T: DeserializeOwned>(&self) -> Result<T, BoxError> {
        Ok(serde_json::from_str(&self.0.json)?)
    }
}

impl fmt::Debug for TokenClaims {
    /// Who and until when; other claims may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClaims")
            .field("subject", &self.0.read.subject)
            .field("issued_at", &self.0.read.issued_at)
            .field("expires_at", &self.0.read.expires_at)
            .finish_non_exhaustive()
    }
}

/// A date of a claim; the epoch where it is before that.
fn moment(date: i64) -> Timestamp {
    Timestamp::from_unix_seconds(u64::try_from(date).unwrap_or_default())
}

/// What a token says about permissions.
#[derive(Deserialize)]
struct Permissions {
    #[serde(default, deserialize_with = "said")]
    scope: Option<Names>,
    #[serde(default, deserialize_with = "said")]
    scp: Option<Names>,
    #[serde(default, deserialize_with = "said")]
    roles: Option<Names>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    Text(String),
    List(Vec<String>),
    /// `null` among them: a claim that is there and names nothing.
    Other(IgnoredAny),
}

impl Names {
    fn into_list(self) -> Vec<String> {
        match self {
            Self::Text(text) => text.split(' ').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            Self::List(list) => list,
            Self::Other(_) => Vec::new(),
        }
    }
}

/// A member that is there, whatever it is; an `Option` alone takes `null` for absence.
fn said<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Names>, D::Error> {
    Names::deserialize(deserializer).map(Some)
}
