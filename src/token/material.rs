//! Raw key material, judged before it becomes a key.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use jsonwebtoken::{DecodingKey, DecodingKeyKind, EncodingKey, crypto::CryptoProvider, jwk};
use memchr::memmem;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{Algorithm, algorithm::Family, backend, der, mac::Mac, pem};
use crate::error::{BuildError, BuildErrorKind};

/// RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used".
const RSA_BITS: usize = 2048;

/// What some editors begin a text with.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Least bytes of any secret: 128 bits, if they are random.
const SHORTEST_SECRET: usize = 16;

/// The MAC of a shared secret that is long enough and is a secret.
pub(super) fn mac(algorithm: Algorithm, secret: &[u8]) -> Result<Mac, BuildError> {
    match algorithm.family() {
        Family::Hmac(least) if secret.len() < least && !is_public_key(secret) => Err(BuildError::new(
            BuildErrorKind::WeakKey,
            format!(
                "an {algorithm} secret needs at least {least} bytes (RFC 7518 section 3.2), and this one has {}: \
                 generate one with `openssl rand -base64 48`, or for an old system's see `dangerous_short_secret`",
                secret.len()
            ),
        )),
        _ => short_mac(algorithm, secret),
    }
}

/// The MAC of a shared secret that may be shorter than the hash.
pub(super) fn short_mac(algorithm: Algorithm, secret: &[u8]) -> Result<Mac, BuildError> {
    if !matches!(algorithm.family(), Family::Hmac(_)) {
        return Err(invalid(format!("{algorithm} signs with a private key, not with a shared secret: use `pem`")));
    }
    if is_public_key(secret) {
        return Err(BuildError::new(
            BuildErrorKind::PublicKeyAsSecret,
            format!(
                "the {algorithm} secret is a public key, which everybody may know: \
                 give a random secret, or use the key with its own algorithm"
            ),
        ));
    }
    if secret.len() < SHORTEST_SECRET {
        return Err(BuildError::new(
            BuildErrorKind::WeakKey,
            format!(
                "no secret of {} bytes is safe, whoever used it before: generate one with `openssl rand -base64 48`, \
                 and have everybody log in again",
                secret.len()
            ),
        ));
    }
    Mac::new(algorithm, secret).ok_or_else(|| invalid(format!("the {algorithm} secret is unusable")))
}

pub(super) fn public_pem(algorithm: Algorithm, text: &[u8]) -> Result<DecodingKey, BuildError> {
    require_asymmetric(algorithm)?;
    let family = algorithm.family();
    pem::public(family, text).ok_or_else(|| {
        invalid(format!(
            "{algorithm} needs a public {family} key as SPKI in PEM, and this is {}: \
             make it of the private one with `openssl pkey -in key.pem -pubout`",
            pem::described(text)
        ))
    })
}

pub(super) fn public_der(algorithm: Algorithm, der: &[u8]) -> Result<DecodingKey, BuildError> {
    require_asymmetric(algorithm)?;
    let family = algorithm.family();
    pem::public_der(family, der).ok_or_else(|| {
        invalid(format!(
            "{algorithm} needs a public {family} key as SPKI in DER, and this is none: \
             make it of the private one with `openssl pkey -in key.pem -pubout -outform DER`"
        ))
    })
}

pub(super) fn private_pem(algorithm: Algorithm, text: &[u8]) -> Result<EncodingKey, BuildError> {
    require_asymmetric(algorithm)?;
    let family = algorithm.family();
    pem::private(family, text).ok_or_else(|| {
        invalid(format!(
            "{algorithm} needs a private {family} key as PKCS#8 in PEM, and this is {}: {}",
            pem::described(text),
            pem::advice(family, text)
        ))
    })
}

pub(super) fn private_der(algorithm: Algorithm, der: &[u8]) -> Result<EncodingKey, BuildError> {
    require_backend(algorithm)?;
    match algorithm.family() {
        Family::Hmac(_) => Err(secret_wanted(algorithm)),
        Family::Rsa => Ok(EncodingKey::from_rsa_der(der::pkcs1(der))),
        Family::Ec => Ok(EncodingKey::from_ec_der(der)),
        Family::Ed => Ok(EncodingKey::from_ed_der(der)),
    }
}

pub(super) fn jwk_set(json: &str) -> Result<Vec<jwk::Jwk>, BuildError> {
    let set: jwk::JwkSet = serde_json::from_str(json)
        .map_err(|_| invalid("the text is not a JWK Set: an object with a `keys` array (RFC 7517 section 5)"))?;
    Ok(set.keys)
}

/// The algorithm and the key; `None` for a key whose `alg` is none of the twelve, which RFC 7517 §5 has ignored.
pub(super) fn jwk(key: &jwk::Jwk) -> Result<Option<(Algorithm, DecodingKey)>, BuildError> {
    let name = key.common.key_algorithm.map(|algorithm| algorithm.to_string());
    let name =
        name.ok_or_else(|| invalid("a key of the JWK Set has no `alg`: state it, since a key is bound to it"))?;
    let Ok(algorithm) = name.parse::<Algorithm>() else { return Ok(None) };
    let key = DecodingKey::from_jwk(key).map_err(|_| {
        invalid(format!(
            "a key of the JWK Set is not one for its `alg`, {algorithm}: correct it where the set comes from"
        ))
    })?;
    if key.family() != algorithm.jwa().family() {
        return Err(invalid(format!(
            "a key of the JWK Set is not one for its `alg`, {algorithm}: correct it where the set comes from"
        )));
    }
    if !matches!(algorithm.family(), Family::Hmac(_)) {
        require_backend(algorithm)?;
    }
    Ok(Some((algorithm, key)))
}

/// The public half of a private key.
pub(super) fn public_half(algorithm: Algorithm, key: &EncodingKey) -> Result<DecodingKey, BuildError> {
    let utils = &require_backend(algorithm)?.key_utils;
    let unfit = |_| {
        invalid(format!(
            "the private key is not one for {algorithm}: name the algorithm that it is for, or give another key"
        ))
    };
    match algorithm.family() {
        Family::Rsa => {
            // The back ends call a short key unreadable; said plainly, it is short.
            if let Some(modulus) = der::private_modulus(key.as_bytes()) {
                require_bits(algorithm, modulus)?;
            }
            let (n, e) = (utils.rsa_pub_components_from_private_key)(key.as_bytes()).map_err(unfit)?;
            Ok(DecodingKey::from_rsa_raw_components(&n, &e))
        }
        Family::Ec => {
            let components = utils.ec_pub_components_from_private_key;
            let (_, x, y) = components(key.as_bytes(), algorithm.jwa()).map_err(unfit)?;
            // SEC 1 §2.3.3: an uncompressed point is 0x04, x, y.
            Ok(DecodingKey::from_ec_der(&[&[4], &*x, &*y].concat()))
        }
        Family::Ed => {
            let component = utils.ed_pub_components_from_private_key;
            let x = component(key.as_bytes(), &jwk::EllipticCurve::Ed25519).map_err(unfit)?;
            Ok(DecodingKey::from_ed_der(&x))
        }
        Family::Hmac(_) => Err(secret_wanted(algorithm)),
    }
}

/// Refuses RSA keys that are too short; other families have one length.
pub(super) fn require_modulus(algorithm: Algorithm, key: &DecodingKey) -> Result<(), BuildError> {
    if algorithm.family() != Family::Rsa {
        return Ok(());
    }
    let modulus = match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, .. } => n.clone(),
        DecodingKeyKind::SecretOrDer(der) => {
            let components = require_backend(algorithm)?.key_utils.rsa_pub_components_from_public_key;
            let (n, _) =
                components(der).map_err(|_| invalid(format!("the key is not a public key for {algorithm}")))?;
            n
        }
    };
    require_bits(algorithm, &modulus)
}

fn require_bits(algorithm: Algorithm, modulus: &[u8]) -> Result<(), BuildError> {
    let zeros = modulus.iter().take_while(|&&byte| byte == 0).count();
    let bits = modulus.get(zeros).map_or(0, |first| (modulus.len() - zeros) * 8 - first.leading_zeros() as usize);
    if bits < RSA_BITS {
        return Err(BuildError::new(
            BuildErrorKind::WeakKey,
            format!(
                "an {algorithm} key needs at least {RSA_BITS} bits (RFC 7518 section 3.3), and this one has {bits}: \
                 make another with `openssl genrsa -out key.pem {RSA_BITS}`"
            ),
        ));
    }
    Ok(())
}

pub(super) fn random_secret(length: usize) -> Result<Zeroizing<Vec<u8>>, BuildError> {
    let mut secret = Zeroizing::new(vec![0; length]);
    getrandom::fill(&mut secret).map_err(|_| invalid("the system has no randomness to make a key from"))?;
    Ok(secret)
}

#[cfg(feature = "aws-lc-rs")]
pub(super) fn random_private(algorithm: Algorithm) -> Result<EncodingKey, BuildError> {
    use aws_lc_rs::{
        encoding::{AsDer, Pkcs8V1Der},
        rand::SystemRandom,
        rsa, signature,
    };

    let random = SystemRandom::new();
    let failed = |_| invalid(format!("a fresh {algorithm} key could not be made"));
    match algorithm {
        Algorithm::Es256 => {
            let curve = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
            let pkcs8 = signature::EcdsaKeyPair::generate_pkcs8(curve, &random).map_err(failed)?;
            Ok(EncodingKey::from_ec_der(pkcs8.as_ref()))
        }
        Algorithm::Es384 => {
            let curve = &signature::ECDSA_P384_SHA384_FIXED_SIGNING;
            let pkcs8 = signature::EcdsaKeyPair::generate_pkcs8(curve, &random).map_err(failed)?;
            Ok(EncodingKey::from_ec_der(pkcs8.as_ref()))
        }
        Algorithm::EdDsa => {
            let pkcs8 = signature::Ed25519KeyPair::generate_pkcs8(&random).map_err(failed)?;
            Ok(EncodingKey::from_ed_der(pkcs8.as_ref()))
        }
        _ => {
            let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(failed)?;
            let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
            private_der(algorithm, pkcs8.as_ref())
        }
    }
}

#[cfg(not(feature = "aws-lc-rs"))]
pub(super) fn random_private(algorithm: Algorithm) -> Result<EncodingKey, BuildError> {
    Err(BuildError::new(
        BuildErrorKind::MissingBackend,
        format!(
            "fresh {algorithm} keys are made with the `aws-lc-rs` feature: switch it on, or load a key with `pem` and the feature `rust-crypto`"
        ),
    ))
}

/// Refuses the algorithms of shared secrets, and all others without a back end.
fn require_asymmetric(algorithm: Algorithm) -> Result<(), BuildError> {
    if matches!(algorithm.family(), Family::Hmac(_)) {
        return Err(secret_wanted(algorithm));
    }
    require_backend(algorithm).map(drop)
}

fn require_backend(algorithm: Algorithm) -> Result<&'static CryptoProvider, BuildError> {
    backend::provider().ok_or_else(|| {
        BuildError::new(
            BuildErrorKind::MissingBackend,
            format!("{algorithm} keys need the feature `aws-lc-rs` or `rust-crypto`"),
        )
    })
}

/// Whether a "secret" is a public key (RFC 8725 §2.1), or the base64 of one, as environments have it.
fn is_public_key(secret: &[u8]) -> bool {
    let text = secret.strip_prefix(BYTE_ORDER_MARK).unwrap_or(secret);
    states_public_key(secret) || base64(text).is_some_and(|decoded| states_public_key(&decoded))
}

/// In PEM, in DER, as JWK, or as OpenSSH has it.
fn states_public_key(key: &[u8]) -> bool {
    let text = key.strip_prefix(BYTE_ORDER_MARK).unwrap_or(key).trim_ascii();
    // RFC 7468 §2: other text may stand before it.
    memmem::find(text, pem::BEGIN).is_some()
        || der::is_public(key)
        || serde_json::from_slice(text).is_ok_and(|json| is_jwk(&json))
        || is_openssh(key)
        || text.split(|byte| byte.is_ascii_whitespace() || b"\"'".contains(byte)).any(begins_as_openssh)
}

/// What base64 of either alphabet says, with padding or without, also in lines.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != b'=').map(|byte| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    });
    STANDARD_NO_PAD.decode(digits.collect::<Vec<_>>()).ok()
}

/// Whether it is a key by RFC 7517, or a set of some, of whatever kind and curve: one day's unknown is another's public
/// key. A shared secret is none.
fn is_jwk(json: &Value) -> bool {
    let kind = json.get("kty").and_then(Value::as_str);
    let keys = json.get("keys").and_then(Value::as_array);
    kind.is_some_and(|kind| kind != "oct") || keys.is_some_and(|keys| keys.iter().any(is_jwk))
}

/// By its beginning: lines of RFC 4716 end where they end.
fn begins_as_openssh(word: &[u8]) -> bool {
    base64(word.split_at(word.len().min(64) & !3).0).is_some_and(|beginning| is_openssh(&beginning))
}

/// What the base64 in a line of `id_ed25519.pub` or `authorized_keys` says: the name of its kind behind a length of four
/// bytes, RFC 4253 §6.6.
fn is_openssh(key: &[u8]) -> bool {
    let name = key.strip_prefix(&[0, 0, 0]).and_then(|rest| rest.split_first());
    let name = name.and_then(|(length, rest)| rest.get(..usize::from(*length)));
    name.is_some_and(|name| !name.is_empty() && name.iter().all(u8::is_ascii_graphic))
}

fn secret_wanted(algorithm: Algorithm) -> BuildError {
    invalid(format!("{algorithm} signs with a shared secret: use `secret`"))
}

fn invalid(sentence: impl Into<String>) -> BuildError {
    BuildError::new(BuildErrorKind::InvalidKey, sentence)
}
