//! The signature algorithms of RFC 7518 §3.1 and RFC 8037 that keys can be bound to.

use std::{error::Error as StdError, fmt, str::FromStr};

use jsonwebtoken::Algorithm as Jwa;

/// How a token is signed. `none` is not among them and cannot be spelled.
///
/// ```
/// use tower_auth::Algorithm;
///
/// assert_eq!(Algorithm::Hs256.to_string(), "HS256");
/// assert_eq!("EdDSA".parse(), Ok(Algorithm::EdDsa));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256 and a salt as long as the hash.
    Ps256,
    /// RSASSA-PSS with SHA-384 and a salt as long as the hash.
    Ps384,
    /// RSASSA-PSS with SHA-512 and a salt as long as the hash.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

/// Name in the `alg` member, our name, jsonwebtoken's name: the one table of them.
const TABLE: [(&str, Algorithm, Jwa); 12] = [
    ("HS256", Algorithm::Hs256, Jwa::HS256),
    ("HS384", Algorithm::Hs384, Jwa::HS384),
    ("HS512", Algorithm::Hs512, Jwa::HS512),
    ("RS256", Algorithm::Rs256, Jwa::RS256),
    ("RS384", Algorithm::Rs384, Jwa::RS384),
    ("RS512", Algorithm::Rs512, Jwa::RS512),
    ("PS256", Algorithm::Ps256, Jwa::PS256),
    ("PS384", Algorithm::Ps384, Jwa::PS384),
    ("PS512", Algorithm::Ps512, Jwa::PS512),
    ("ES256", Algorithm::Es256, Jwa::ES256),
    ("ES384", Algorithm::Es384, Jwa::ES384),
    ("EdDSA", Algorithm::EdDsa, Jwa::EdDSA),
];

/// The kind of key an algorithm needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// A shared secret of at least this many bytes: the length of the hash, RFC 7518 §3.2.
    Hmac(usize),
    Rsa,
    Ec,
    Ed,
}

impl Algorithm {
    /// The name in a token's `alg` member.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    pub(crate) fn family(self) -> Family {
        match self {
            Self::Hs256 => Family::Hmac(32),
            Self::Hs384 => Family::Hmac(48),
            Self::Hs512 => Family::Hmac(64),
            Self::Es256 | Self::Es384 => Family::Ec,
            Self::EdDsa => Family::Ed,
            _ => Family::Rsa,
        }
    }

    /// The same algorithm in jsonwebtoken's words.
    pub(crate) fn jwa(self) -> Jwa {
        self.row().2
    }

    fn row(self) -> &'static (&'static str, Self, Jwa) {
        let row = TABLE.iter().find(|(_, known, _)| *known == self);
        // The table has a row for each variant, which a test counts.
        row.unwrap_or(&TABLE[0])
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hmac(_) => "HMAC",
            Self::Rsa => "RSA",
            Self::Ec => "EC",
            Self::Ed => "Ed25519",
        })
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// From the name in a token's `alg` member; compared exactly, RFC 7515 §4.1.1.
impl FromStr for Algorithm {
    type Err = InvalidAlgorithm;

    fn from_str(name: &str) -> Result<Self, InvalidAlgorithm> {
        let row = TABLE.iter().find(|(known, ..)| *known == name);
        row.map(|row| row.1).ok_or(InvalidAlgorithm(()))
    }
}

/// A text that names no [`Algorithm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAlgorithm(());

impl fmt::Display for InvalidAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an algorithm is one of ")?;
        TABLE.iter().enumerate().try_for_each(|(at, (name, ..))| {
            f.write_str(if at == 0 { "" } else { ", " })?;
            f.write_str(name)
        })
    }
}

impl StdError for InvalidAlgorithm {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_has_its_row() {
        for (name, algorithm, jwa) in TABLE {
            assert_eq!(algorithm.as_str(), name);
            assert_eq!(algorithm.jwa(), jwa);
            assert_eq!(name.parse(), Ok(algorithm));
            assert_eq!(format!("{algorithm:?}").to_uppercase(), name.to_uppercase());
        }
    }

    #[test]
    fn s1_none_has_no_spelling() {
        for name in ["none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "ES512", "RS1"] {
            assert_eq!(name.parse::<Algorithm>(), Err(InvalidAlgorithm(())), "{name:?}");
        }
    }
}
