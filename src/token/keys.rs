//! Keys, each bound to one algorithm when it is made: a token only selects among them.

use std::{fmt, sync::Arc};

use jsonwebtoken::{DecodingKey, DecodingKeyKind, EncodingKey, jwk};

use super::{
    Algorithm,
    algorithm::Family,
    backend::{self, PublicKey},
    mac::Mac,
    material,
    recipients::Recipients,
};
use crate::error::{BuildError, BuildErrorKind};

/// Longest `kid`, in bytes, that a key may have and that a token may name.
pub(super) const KEY_ID_LIMIT: usize = 128;

/// A key that verifies tokens and signs none: the old key during a rotation, a member of a JWK Set, or with
/// [`issuer`](Self::issuer) another issuer's public key.
///
/// It is bound to one algorithm. Cloning shares the prepared key. The subject is looked up regardless of which key
/// signed the token. Do not add a key whose issuer has different users: give it a layer of its own.
///
/// ```
/// use tower_auth::{Algorithm, VerifyingKey};
///
/// let key = VerifyingKey::secret(Algorithm::Hs256, "an old secret of at least 32 bytes")?.key_id("2024");
/// assert_eq!(key.algorithm(), Algorithm::Hs256);
/// # Ok::<(), tower_auth::BuildError>(())
/// ```
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    key_id: Option<Arc<str>>,
    issuer: Option<Arc<str>>,
    /// Whether it was published in a set: whoever publishes keys makes tokens for many.
    published: bool,
    pub(super) recipients: Recipients,
    verifier: Arc<Verifier>,
}

#[allow(clippy::large_enum_variant, reason = "behind an `Arc`, and the large one is the hot one")]
enum Verifier {
    Mac(Mac),
    Public(PublicKey),
}

/// A key that signs tokens, and verifies those it signed.
///
/// The key material is cleared from memory when the last clone is dropped, where the library that holds it supports
/// that, and is never printed.
///
/// ```
/// use tower_auth::{Algorithm, SigningKey};
///
/// let key = SigningKey::hs256("a secret that is 32 bytes or longer")?;
/// assert_eq!(key.algorithm(), Algorithm::Hs256);
/// assert_eq!(format!("{key:?}"), "SigningKey { algorithm: Hs256, key_id: None, .. }");
/// # Ok::<(), tower_auth::BuildError>(())
/// ```
#[derive(Clone)]
pub struct SigningKey {
    verifying: VerifyingKey,
    signer: Signer,
}

#[derive(Clone)]
enum Signer {
    Mac(Box<Mac>),
    Private(Arc<EncodingKey>),
}

impl VerifyingKey {
    /// A shared secret for one of the HMAC algorithms.
    ///
    /// # Errors
    ///
    /// When the secret is shorter than the hash (RFC 7518 §3.2), when it is a public key (the confusion of
    /// RFC 8725 §2.1), or when the algorithm is not an HMAC one.
    pub fn secret(algorithm: Algorithm, secret: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        let mac = material::mac(algorithm, secret.as_ref())?;
        Ok(Self::new(algorithm, Verifier::Mac(mac)))
    }

    /// The secret of an old system that is shorter than the hash, down to 16 bytes, so that the tokens it signed keep
    /// working.
    ///
    /// Anybody who has one token can guess the secret offline, without limit: 16 random bytes withstand that, a word or
    /// a sentence does not. Sign with a longer one as soon as the old system is gone, and drop this one when its tokens
    /// have expired.
    ///
    /// # Errors
    ///
    /// As [`secret`](Self::secret), except that 16 bytes suffice.
    pub fn dangerous_short_secret(algorithm: Algorithm, secret: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        let mac = material::short_mac(algorithm, secret.as_ref())?;
        Ok(Self::new(algorithm, Verifier::Mac(mac)))
    }

    /// A public key in PEM: SPKI (`PUBLIC KEY`), or PKCS#1 for RSA, or an X.509 certificate's key.
    ///
    /// # Errors
    ///
    /// When the PEM is not a public key of the algorithm's family, or an RSA modulus is under 2048 bits
    /// (RFC 7518 §3.3), or no cryptography feature is on.
    pub fn pem(algorithm: Algorithm, pem: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        Self::public(algorithm, &material::public_pem(algorithm, pem.as_ref())?)
    }

    /// A public key in DER: SPKI, or PKCS#1 for RSA, or an X.509 certificate's key.
    ///
    /// # Errors
    ///
    /// As [`pem`](Self::pem).
    pub fn der(algorithm: Algorithm, der: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        Self::public(algorithm, &material::public_der(algorithm, der.as_ref())?)
    }

    /// The keys of a JWK Set, RFC 7517 §5, each of which must state its `alg`.
    ///
    /// Keys that are not for verifying (`"use": "enc"`, or a `key_ops` without `verify`), and those of an algorithm
    /// unknown here, are left out. Whoever publishes keys may sign for other services too: so `build()` refuses keys of
    /// a set until an audience is set, on the keys or on the builder, unless they are bound to no issuer and the
    /// builder sets one, which their tokens must then carry as well. Tokens verified by these keys cannot be exchanged
    /// or refreshed, and tickets by them are none: add the public keys of your own servers one by one, with
    /// [`pem`](Self::pem).
    ///
    /// ```
    /// use tower_auth::{AuthLayer, VerifyingKey};
    ///
    /// // The body of the issuer's answer, fetched by you.
    /// # let fetched = r#"{"keys":[{"kty":"oct","alg":"HS256","k":"YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcywgc28="}]}"#;
    /// # let fetched = fetched.replace('=', "");
    /// let keys = VerifyingKey::jwk_set(&fetched)?.into_iter();
    /// let keys = keys.map(|key| key.issuer("https://id.example.com").audience("https://shop.example.com"));
    /// let builder = AuthLayer::builder().verifying_keys(keys);
    /// # let _ = builder;
    /// # Ok::<(), tower_auth::BuildError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the text is not a JWK Set, or a key in it has no `alg`, or material unfit for it.
    pub fn jwk_set(json: &str) -> Result<Vec<Self>, BuildError> {
        let keys = material::jwk_set(json)?;
        let verifies = |key: &&jwk::Jwk| {
            let operations = key.common.key_operations.as_ref();
            key.common.public_key_use != Some(jwk::PublicKeyUse::Encryption)
                && operations.is_none_or(|operations| operations.contains(&jwk::KeyOperations::Verify))
        };
        keys.iter().filter(verifies).filter_map(|key| Self::jwk(key).transpose()).collect()
    }

    fn jwk(key: &jwk::Jwk) -> Result<Option<Self>, BuildError> {
        let Some((algorithm, decoding)) = material::jwk(key)? else { return Ok(None) };
        let made = match (algorithm.family(), decoding.kind()) {
            (Family::Hmac(_), DecodingKeyKind::SecretOrDer(secret)) => Self::secret(algorithm, secret),
            _ => Self::public(algorithm, &decoding),
        }?;
        let made = Self { published: true, ..made };
        Ok(Some(match &key.common.key_id {
            Some(key_id) => made.key_id(key_id),
            None => made,
        }))
    }

    fn public(algorithm: Algorithm, key: &DecodingKey) -> Result<Self, BuildError> {
        material::require_modulus(algorithm, key)?;
        let public = PublicKey::new(algorithm, key).ok_or_else(|| {
            BuildError::new(BuildErrorKind::InvalidKey, format!("the key is not a usable public key for {algorithm}"))
        })?;
        Ok(Self::new(algorithm, Verifier::Public(public)))
    }

    fn new(algorithm: Algorithm, verifier: Verifier) -> Self {
        Self {
            algorithm,
            key_id: None,
            issuer: None,
            published: false,
            recipients: Recipients::Common,
            verifier: Arc::new(verifier),
        }
    }

    /// Names the key: a token that names another key is not tried with this one.
    pub fn key_id(mut self, key_id: impl AsRef<str>) -> Self {
        self.key_id = Some(key_id.as_ref().into());
        self
    }

    /// Binds the key to an issuer: a token it verifies must carry this `iss`, whatever the builder's `issuer` is, and
    /// cannot be exchanged or refreshed.
    ///
    /// That issuer gives tokens to other services too, each of which could use them here, as its users. So `build()`
    /// refuses such a key until the audience of its tokens is set: with [`audience`](Self::audience), or with the
    /// builder's.
    pub fn issuer(mut self, issuer: impl AsRef<str>) -> Self {
        self.issuer = Some(issuer.as_ref().into());
        self
    }

    /// Sets the audience that tokens verified by this key must name: `audience` is their `aud`, or in it, to the byte,
    /// whatever the builder's `audience` is. Called again, it adds another, for an issuer that knows this service by
    /// several names, such as a client id for each of its apps. Defaults to the builder's.
    ///
    /// ```
    /// # #[cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))] {
    /// use tower_auth::{Algorithm, VerifyingKey};
    ///
    /// # let pem = "-----BEGIN PUBLIC KEY-----
    /// # MCowBQYDK2VwAyEA53tkZgUdlqKCjj9Ml7eY8qtyHmb1nsRGXLkpWC3SL9M=
    /// # -----END PUBLIC KEY-----";
    /// let key = VerifyingKey::pem(Algorithm::EdDsa, pem)?
    ///     .issuer("https://id.example.com")
    ///     .audience("shop-web")
    ///     .audience("shop-ios");
    /// # let _ = key;
    /// # }
    /// # Ok::<(), tower_auth::BuildError>(())
    /// ```
    pub fn audience(mut self, audience: impl AsRef<str>) -> Self {
        self.recipients.add(audience.as_ref());
        self
    }

    /// Accepts tokens verified by this key whatever their `aud`, even without one, and whatever the builder's
    /// `audience` is.
    ///
    /// Every other service that has one of the issuer's tokens can then use it here, as that token's user: only for an
    /// issuer that knows no other service, and writes no `aud`.
    pub fn dangerous_any_audience(mut self) -> Self {
        self.recipients = Recipients::Any;
        self
    }

    /// The one algorithm this key verifies.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    pub(crate) fn bound_issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Whether its tokens may be made by somebody else, with lifetimes of their own.
    pub(super) fn is_of_others(&self) -> bool {
        self.issuer.is_some() || self.published
    }

    /// Whether nothing keeps out what others made for others: neither an audience, nor, of a published key, the layer's
    /// own issuer.
    pub(super) fn is_for_anybody(&self, issuer: Option<&str>, audience: Option<&str>) -> bool {
        let ours = audience.is_some() || (self.issuer.is_none() && issuer.is_some());
        self.is_of_others() && !ours && matches!(self.recipients, Recipients::Common)
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &*self.verifier {
            Verifier::Mac(mac) => mac.verify(message, signature),
            Verifier::Public(key) => key.verify(message, signature),
        }
    }
}

impl SigningKey {
    /// A shared secret for HS256, of 32 bytes or more.
    ///
    /// # Errors
    ///
    /// As [`VerifyingKey::secret`].
    pub fn hs256(secret: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        Self::secret(Algorithm::Hs256, secret)
    }

    /// An RSA private key in PEM (PKCS#8 or PKCS#1) for RS256, of 2048 bits or more.
    ///
    /// # Errors
    ///
    /// As [`pem`](Self::pem).
    pub fn rs256_pem(pem: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        Self::pem(Algorithm::Rs256, pem)
    }

    /// A shared secret for one of the HMAC algorithms.
    ///
    /// # Errors
    ///
    /// As [`VerifyingKey::secret`].
    pub fn secret(algorithm: Algorithm, secret: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        Ok(Self::shared(algorithm, material::mac(algorithm, secret.as_ref())?))
    }

    /// The secret of an old system that is shorter than the hash, as long as that system runs beside this one and must
    /// accept what is signed here. [`VerifyingKey::dangerous_short_secret`] states the risks.
    ///
    /// ```
    /// use tower_auth::{Algorithm, SigningKey};
    ///
    /// // As Strapi 4 makes them: 16 random bytes in base64.
    /// let key = SigningKey::dangerous_short_secret(Algorithm::Hs256, "tTQFWmPbaVCvQpp4cjhKSQ==")?;
    /// assert!(SigningKey::hs256("tTQFWmPbaVCvQpp4cjhKSQ==").is_err());
    /// # let _ = key;
    /// # Ok::<(), tower_auth::BuildError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`VerifyingKey::dangerous_short_secret`].
    pub fn dangerous_short_secret(algorithm: Algorithm, secret: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        Ok(Self::shared(algorithm, material::short_mac(algorithm, secret.as_ref())?))
    }

    fn shared(algorithm: Algorithm, mac: Mac) -> Self {
        let verifying = VerifyingKey::new(algorithm, Verifier::Mac(mac.clone()));
        Self { verifying, signer: Signer::Mac(Box::new(mac)) }
    }

    /// A private key in PEM: PKCS#8, or PKCS#1 for RSA.
    ///
    /// ```
    /// # #[cfg(feature = "aws-lc-rs")] {
    /// use tower_auth::{Algorithm, SigningKey};
    ///
    /// // openssl genpkey -algorithm ed25519
    /// let pem = "-----BEGIN PRIVATE KEY-----
    /// MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
    /// -----END PRIVATE KEY-----";
    /// let key = SigningKey::pem(Algorithm::EdDsa, pem)?.key_id("2026-11");
    /// # let _ = key;
    /// # }
    /// # Ok::<(), tower_auth::BuildError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the PEM is not a private key of the algorithm's family, or an RSA modulus is under 2048 bits
    /// (RFC 7518 §3.3), or no cryptography feature is on.
    pub fn pem(algorithm: Algorithm, pem: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        Self::private(algorithm, material::private_pem(algorithm, pem.as_ref())?)
    }

    /// A private key in DER: PKCS#8, or PKCS#1 for RSA.
    ///
    /// # Errors
    ///
    /// As [`pem`](Self::pem).
    pub fn der(algorithm: Algorithm, der: impl AsRef<[u8]>) -> Result<Self, BuildError> {
        Self::private(algorithm, material::private_der(algorithm, der.as_ref())?)
    }

    /// A new random key: for demonstrations and tests, since every token it signed is invalid after a restart. An RSA
    /// key, of 2048 bits, takes seconds in a debug build; all others take microseconds.
    ///
    /// ```
    /// use tower_auth::{Algorithm, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Hs256)?;
    /// assert_eq!(key.algorithm(), Algorithm::Hs256);
    /// # Ok::<(), tower_auth::BuildError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the algorithm is not an HMAC one and the feature `aws-lc-rs` is off, or the system cannot provide
    /// randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, BuildError> {
        match algorithm.family() {
            Family::Hmac(length) => Self::secret(algorithm, material::random_secret(length)?),
            _ => Self::private(algorithm, material::random_private(algorithm)?),
        }
    }

    fn private(algorithm: Algorithm, key: EncodingKey) -> Result<Self, BuildError> {
        let public = material::public_half(algorithm, &key)?;
        Ok(Self { verifying: VerifyingKey::public(algorithm, &public)?, signer: Signer::Private(Arc::new(key)) })
    }

    /// Names the key. The name goes into the header of every token it signs, as `kid`.
    pub fn key_id(mut self, key_id: impl AsRef<str>) -> Self {
        self.verifying = self.verifying.key_id(key_id);
        self
    }

    /// The one algorithm this key signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.verifying.algorithm
    }

    /// The half that only verifies.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.verifying.clone()
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.verifying.id()
    }

    /// The signature of `message`; `None` when the back end fails.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.signer {
            Signer::Mac(mac) => Some(mac.sign(message)),
            Signer::Private(key) => {
                let factory = backend::provider()?.signer_factory;
                let signer = factory(&self.algorithm().jwa(), key).ok()?;
                signer.try_sign(message).ok()
            }
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.verifying.algorithm)
            .field("key_id", &self.verifying.key_id)
            .finish_non_exhaustive()
    }
}
