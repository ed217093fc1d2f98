//! No back end: shared secrets only.

use std::convert::Infallible;

use jsonwebtoken::{DecodingKey, crypto::CryptoProvider};

use crate::token::Algorithm;

pub(in crate::token) fn provider() -> Option<&'static CryptoProvider> {
    None
}

pub(in crate::token) struct PublicKey(Infallible);

impl PublicKey {
    pub(in crate::token) fn new(_: Algorithm, _: &DecodingKey) -> Option<Self> {
        None
    }

    pub(in crate::token) fn verify(&self, _: &[u8], _: &[u8]) -> bool {
        match self.0 {}
    }
}
