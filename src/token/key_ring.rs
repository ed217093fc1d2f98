//! All the keys, prepared once, and the one rule by which a token's header selects among them.

use std::collections::HashSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    Algorithm, HeaderOrder, SigningKey, VerifyingKey, algorithm::Family, keys::KEY_ID_LIMIT, sign::header_json,
};
use crate::error::{BuildError, BuildErrorKind};

#[derive(Default)]
pub(crate) struct KeyRing {
    signing: Vec<SigningKey>,
    verifying: Vec<VerifyingKey>,
    names_keys: bool,
    spellings: Vec<Spelling>,
}

/// A header as our own keys write it, encoded: most tokens are known by comparing these bytes.
struct Spelling {
    encoded: String,
    algorithm: Algorithm,
    key_id: Option<String>,
}

impl KeyRing {
    /// Takes in the keys; of two that sign alike, the later one signs.
    pub(crate) fn new(signing: Vec<SigningKey>, verify_only: Vec<VerifyingKey>) -> Result<Self, BuildError> {
        let mut verifying: Vec<_> = signing.iter().map(SigningKey::verifying_key).collect();
        verifying.extend(verify_only);
        let ids: Vec<_> = verifying.iter().filter_map(VerifyingKey::id).collect();
        if ids.iter().any(|id| id.is_empty() || id.len() > KEY_ID_LIMIT) {
            return Err(BuildError::new(
                BuildErrorKind::InvalidKeyId,
                format!("a key's name has to be 1 to {KEY_ID_LIMIT} bytes long"),
            ));
        }
        let mut seen = HashSet::new();
        if let Some(key) = verifying.iter().find(|key| key.id().is_some_and(|id| !seen.insert((id, key.algorithm())))) {
            return Err(BuildError::new(
                BuildErrorKind::InvalidKeyId,
                format!(
                    "two {} keys have the name {:?}: name each key once",
                    key.algorithm(),
                    key.id().unwrap_or_default()
                ),
            ));
        }
        Ok(Self { names_keys: !ids.is_empty(), spellings: spellings(&verifying), signing, verifying })
    }

    /// Whether any key may be another issuer's.
    pub(crate) fn is_of_others(&self) -> bool {
        self.verifying.iter().any(VerifyingKey::is_of_others)
    }

    /// A key by which tokens come in that others made for others, with the layer's issuer and audience.
    pub(crate) fn for_anybody(&self, issuer: Option<&str>, audience: Option<&str>) -> Option<&VerifyingKey> {
        // Who signs nothing has no issuer of their own: the one that is named makes tokens for others.
        let own = issuer.filter(|_| !self.signing.is_empty());
        self.verifying.iter().find(|key| key.is_for_anybody(own, audience))
    }

    /// Algorithm and `kid` of a header that is spelled as our own keys spell it.
    pub(super) fn known_header(&self, encoded: &[u8]) -> Option<(Algorithm, Option<&str>)> {
        let known = self.spellings.iter().find(|known| known.encoded.as_bytes() == encoded)?;
        Some((known.algorithm, known.key_id.as_deref()))
    }

    /// The keys to try: those of the algorithm and, when a `kid` is given and any key has a name, of that name.
    pub(super) fn candidates<'a>(
        &'a self,
        algorithm: Algorithm,
        key_id: Option<&str>,
    ) -> impl Iterator<Item = &'a VerifyingKey> {
        let key_id = key_id.filter(|_| self.names_keys);
        self.verifying
            .iter()
            .filter(move |key| key.algorithm() == algorithm && (key_id.is_none() || key.id() == key_id))
    }

    /// Of the keys that sign with `algorithm`, and are named `key_id` where one is given, the one added last.
    pub(crate) fn signer(&self, algorithm: Algorithm, key_id: Option<&str>) -> Option<&SigningKey> {
        let fits = |key: &&SigningKey| key.algorithm() == algorithm && (key_id.is_none() || key.id() == key_id);
        self.signing.iter().rev().find(fits)
    }

    /// The key that signs tickets, which only this service reads: the shared secret added last, since those cost least,
    /// or else the key added last.
    pub(crate) fn ticket_signer(&self) -> Option<&SigningKey> {
        let newest = || self.signing.iter().rev();
        newest().find(|key| matches!(key.algorithm().family(), Family::Hmac(_))).or_else(|| newest().next())
    }
}

fn spellings(keys: &[VerifyingKey]) -> Vec<Spelling> {
    let mut spellings: Vec<Spelling> = Vec::new();
    for key in keys {
        for order in [HeaderOrder::AlgorithmFirst, HeaderOrder::TypeFirst] {
            let encoded = URL_SAFE_NO_PAD.encode(header_json(order, key.algorithm(), key.id()));
            if !spellings.iter().any(|known| known.encoded == encoded) {
                spellings.push(Spelling { encoded, algorithm: key.algorithm(), key_id: key.id().map(str::to_owned) });
            }
        }
    }
    spellings
}
