//! The keys that sign and verify.

use super::AuthLayerBuilder;
use crate::token::{SigningKey, VerifyingKey};

/// Keys.
impl AuthLayerBuilder {
    /// Adds a key that signs, and verifies what it signed. Of two that sign alike, the later one signs.
    pub fn key(mut self, key: SigningKey) -> Self {
        self.signing_keys.push(key);
        self
    }

    /// Adds a key that only verifies: the old key during a rotation, or one bound to another issuer with
    /// [`VerifyingKey::issuer`].
    pub fn verifying_key(mut self, key: VerifyingKey) -> Self {
        self.verifying_keys.push(key);
        self
    }

    /// Adds keys that only verify: those of [`VerifyingKey::jwk_set`], say.
    pub fn verifying_keys(mut self, keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        self.verifying_keys.extend(keys);
        self
    }
}
