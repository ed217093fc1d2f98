//! The keys that sign and verify.

use super::AuthLayerBuilder;
use crate::{
    error::{BuildError, BuildErrorKind},
    token::{KeyRing, SigningKey, VerifyingKey},
};

/// Keys.
impl AuthLayerBuilder {
    /// Adds a key that signs, and verifies what it signed. If several keys use the same algorithm, the one added last
    /// signs, unless a contract names another.
    pub fn key(mut self, key: SigningKey) -> Self {
        self.signing_keys.push(key);
        self
    }

    /// Adds a key that only verifies: the old key during a rotation, or one bound to another issuer with
    /// [`VerifyingKey::issuer`] and [`VerifyingKey::audience`].
    pub fn verifying_key(mut self, key: VerifyingKey) -> Self {
        self.verifying_keys.push(key);
        self
    }

    /// Adds keys that only verify: those of [`VerifyingKey::jwk_set`], say, each bound to its
    /// [issuer](VerifyingKey::issuer) and [audience](VerifyingKey::audience).
    pub fn verifying_keys(mut self, keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        self.verifying_keys.extend(keys);
        self
    }

    /// What an issuer gave to others, they could send here.
    pub(super) fn check_audiences(&self, keys: &KeyRing) -> Result<(), BuildError> {
        let Some(key) = keys.for_anybody(self.issuer.as_deref(), self.audience.as_deref()) else { return Ok(()) };
        let whose = key.bound_issuer().map_or("whoever published it".to_owned(), |issuer| format!("{issuer:?}"));
        Err(BuildError::new(
            BuildErrorKind::MissingAudience,
            format!(
                "a key verifies the tokens of {whose}, whoever they were made for: \
                 say who this service is to that issuer with `.audience(…)`, of the key or of the builder"
            ),
        ))
    }
}
