//! HMAC keys, RFC 7518 §3.2, with the states after both pads computed once.

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::{Sha256, Sha384, Sha512};

use super::Algorithm;

#[derive(Clone)]
pub(super) enum Mac {
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

impl Mac {
    /// The MAC of an HMAC algorithm; `None` for every other.
    pub(super) fn new(algorithm: Algorithm, secret: &[u8]) -> Option<Self> {
        match algorithm {
            Algorithm::Hs256 => Hmac::new_from_slice(secret).map(Self::Sha256).ok(),
            Algorithm::Hs384 => Hmac::new_from_slice(secret).map(Self::Sha384).ok(),
            Algorithm::Hs512 => Hmac::new_from_slice(secret).map(Self::Sha512).ok(),
            _ => None,
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256(mac) => mac.clone().chain_update(message).finalize().into_bytes().to_vec(),
            Self::Sha384(mac) => mac.clone().chain_update(message).finalize().into_bytes().to_vec(),
            Self::Sha512(mac) => mac.clone().chain_update(message).finalize().into_bytes().to_vec(),
        }
    }

    /// Compares in constant time, and only a tag of the full length.
    pub(super) fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        match self {
            Self::Sha256(mac) => mac.clone().chain_update(message).verify_slice(tag).is_ok(),
            Self::Sha384(mac) => mac.clone().chain_update(message).verify_slice(tag).is_ok(),
            Self::Sha512(mac) => mac.clone().chain_update(message).verify_slice(tag).is_ok(),
        }
    }
}
