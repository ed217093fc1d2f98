//! One key of each kind, and the signing of whatever text.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign};

pub(crate) const SECRET: &str = "a secret that two other verifiers know, of more than sixty-four bytes in all";
pub(crate) const RSA: &str = include_str!("../support/rsa_2048.pem");
pub(crate) const RSA_PUBLIC: &str = include_str!("keys/rsa_2048.pub.pem");
pub(crate) const P256: &str = include_str!("keys/p256.pem");
pub(crate) const P256_PUBLIC: &str = include_str!("keys/p256.pub.pem");
pub(crate) const ED25519: &str = include_str!("keys/ed25519.pem");
pub(crate) const ED25519_PUBLIC: &str = include_str!("keys/ed25519.pub.pem");

/// The algorithms that everybody here knows, with how many of a hundred tokens are of each: the dear ones are few.
pub(crate) const ALGORITHMS: [(Algorithm, &str, usize); 4] = [
    (Algorithm::HS256, "HS256", 88),
    (Algorithm::ES256, "ES256", 5),
    (Algorithm::EdDSA, "EdDSA", 5),
    (Algorithm::RS256, "RS256", 2),
];

pub(crate) struct Keys {
    signing: [EncodingKey; 4],
    confused: [EncodingKey; 3],
}

impl Keys {
    pub(crate) fn new() -> Self {
        let pem = |key: jsonwebtoken::errors::Result<EncodingKey>| key.unwrap();
        Self {
            signing: [
                EncodingKey::from_secret(SECRET.as_bytes()),
                pem(EncodingKey::from_ec_pem(P256.as_bytes())),
                pem(EncodingKey::from_ed_pem(ED25519.as_bytes())),
                pem(EncodingKey::from_rsa_pem(RSA.as_bytes())),
            ],
            confused: [RSA_PUBLIC, P256_PUBLIC, ED25519_PUBLIC].map(|pem| EncodingKey::from_secret(pem.as_bytes())),
        }
    }

    /// The signature of `text` by the key numbered `number`.
    pub(crate) fn sign(&self, number: usize, text: &str) -> Vec<u8> {
        decoded(&sign(text.as_bytes(), &self.signing[number], ALGORITHMS[number].0))
    }

    /// A MAC under a public key's text: what a verifier falls for that lets the header choose.
    pub(crate) fn confuse(&self, number: usize, text: &str) -> Vec<u8> {
        decoded(&sign(text.as_bytes(), &self.confused[number % self.confused.len()], Algorithm::HS256))
    }
}

fn decoded(signature: &jsonwebtoken::errors::Result<String>) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(signature.as_ref().unwrap()).unwrap()
}
