//! `BuildError`: what is wrong with a configuration, and what to do about it.

use std::{error::Error as StdError, fmt, sync::Arc};

/// Any error, boxed: what a lookup or a hook may fail with.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// A configuration that would be a hole, or a failure, at run time.
///
/// Opaque on purpose: the sentence says what to do, and [`kind`](Self::kind) says it to a program. New kinds may come
/// in any release. Never carries a key or a secret.
///
/// ```
/// use tower_auth::{BuildErrorKind, SigningKey};
///
/// let error = SigningKey::hs256("too short").unwrap_err();
/// assert_eq!(error.kind(), BuildErrorKind::WeakKey);
/// assert_eq!(
///     error.to_string(),
///     "an HS256 secret needs at least 32 bytes (RFC 7518 section 3.2), and this one has 9: \
///      generate one with `openssl rand -base64 48`, or for an old system's see `dangerous_short_secret`"
/// );
/// ```
#[derive(Clone)]
pub struct BuildError(Arc<Inner>);

struct Inner {
    kind: BuildErrorKind,
    sentence: String,
}

/// What sort of thing is wrong with a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BuildErrorKind {
    /// A key is too short to be safe.
    WeakKey,
    /// A key cannot be read, or is not of the kind its algorithm needs.
    InvalidKey,
    /// Something that looks like a public key was given as a shared secret.
    PublicKeyAsSecret,
    /// No key signs with the algorithm that a contract needs.
    MissingKey,
    /// Two keys have one name, or a name is too long to be a `kid`.
    InvalidKeyId,
    /// The algorithm needs a cryptography feature that is not switched on.
    MissingBackend,
    /// A path, a method or a pattern cannot be read.
    InvalidRoute,
    /// Two rules or endpoints claim one route.
    OverlappingRoutes,
    /// A public or optional rule covers an endpoint of a contract.
    ShadowedEndpoint,
    /// A named contract is not there.
    UnknownDialect,
    /// A lifetime is zero, or longer than the window in which it may be refreshed.
    InvalidLifetime,
    /// The leeway is beyond five minutes.
    InvalidLeeway,
    /// A value is not valid in a response header.
    InvalidHeader,
    /// A limit is zero or out of its range.
    InvalidLimit,
    /// Two contracts would refresh each other's tokens under different issuers.
    DifferentIssuers,
    /// A contract that has no refresh grants tokens that another contract would refresh.
    RefreshedByAnother,
    /// A key is bound to another issuer, or published in a set, and nobody said for whom its tokens have to be.
    MissingAudience,
    /// A source of tokens has a name that it cannot have, or is given twice.
    InvalidSource,
}

impl BuildError {
    pub(crate) fn new(kind: BuildErrorKind, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self(Arc::new(Inner { kind, sentence }))
    }

    /// What sort of thing is wrong.
    pub fn kind(&self) -> BuildErrorKind {
        self.0.kind
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.sentence)
    }
}

impl fmt::Debug for BuildError {
    /// The sentence: `main` prints errors this way.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.sentence)
    }
}

impl StdError for BuildError {}
