//! Public keys parsed once by aws-lc-rs: the hot path only verifies.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaPublicKeyComponents, VerificationAlgorithm,
};
use jsonwebtoken::{
    DecodingKey, DecodingKeyKind,
    crypto::{CryptoProvider, aws_lc::DEFAULT_PROVIDER},
};

use crate::token::Algorithm;

#[expect(clippy::unnecessary_wraps, reason = "without a back end there is none")]
pub(in crate::token) fn provider() -> Option<&'static CryptoProvider> {
    Some(&DEFAULT_PROVIDER)
}

pub(in crate::token) struct PublicKey(ParsedPublicKey);

impl PublicKey {
    pub(in crate::token) fn new(algorithm: Algorithm, key: &DecodingKey) -> Option<Self> {
        let parsed = match key.kind() {
            DecodingKeyKind::SecretOrDer(der) => ParsedPublicKey::new(scheme(algorithm)?, der),
            DecodingKeyKind::RsaModulusExponent { n, e } => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(rsa(algorithm)?)
            }
        };
        parsed.ok().map(Self)
    }

    pub(in crate::token) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

fn scheme(algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match algorithm {
        Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
        Algorithm::Es384 => &ECDSA_P384_SHA384_FIXED,
        Algorithm::EdDsa => &ED25519,
        _ => rsa(algorithm)?,
    })
}

fn rsa(algorithm: Algorithm) -> Option<&'static aws_lc_rs::signature::RsaParameters> {
    Some(match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}
