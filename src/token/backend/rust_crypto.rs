//! Public keys verified by the RustCrypto crates, through jsonwebtoken, which builds a verifier for each call.

use jsonwebtoken::{
    DecodingKey,
    crypto::{CryptoProvider, rust_crypto::DEFAULT_PROVIDER},
};

use crate::token::Algorithm;

#[expect(clippy::unnecessary_wraps, reason = "without a back end there is none")]
pub(in crate::token) fn provider() -> Option<&'static CryptoProvider> {
    Some(&DEFAULT_PROVIDER)
}

pub(in crate::token) struct PublicKey {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl PublicKey {
    pub(in crate::token) fn new(algorithm: Algorithm, key: &DecodingKey) -> Option<Self> {
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&algorithm.jwa(), key);
        verifier.is_ok().then(|| Self { algorithm, key: key.clone() })
    }

    pub(in crate::token) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let verifier = (DEFAULT_PROVIDER.verifier_factory)(&self.algorithm.jwa(), &self.key);
        verifier.is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
    }
}
