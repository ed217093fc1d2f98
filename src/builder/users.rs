//! The lookup, and how passwords are verified.

use std::{sync::Arc, time::Duration};

use super::AuthLayerBuilder;
use crate::{
    BoxError,
    password::{LaneLimits, PasswordUpgrade},
};

/// Users and passwords.
impl AuthLayerBuilder {
    /// Sets how long a lookup may take before it counts as failed. Defaults to 5 seconds.
    pub fn lookup_timeout(mut self, timeout: Duration) -> Self {
        self.lookup_timeout = timeout;
        self
    }

    /// Says that the lookup verifies passwords itself, for all accounts or for some, as with LDAP or PAM. Without this
    /// call, [`Account::password_verified`](crate::Account::password_verified) and
    /// [`Account::password_wrong`](crate::Account::password_wrong) let nobody in.
    ///
    /// Every call of such a lookup is a password guess. So each guess is counted before the lookup is called, and no
    /// more of them reach a directory at once than may fail. A guess stays counted when the client disconnects
    /// meanwhile, and when the lookup panics or exceeds its timeout. When the lookup returns an error, no password was
    /// verified, and the guess is no longer counted. All this holds for accounts with a stored hash too: the layer
    /// cannot tell whether a directory was asked before the table.
    ///
    /// Defaults to a lookup that leaves passwords to the layer. If it says that it has verified one nevertheless, the
    /// login fails (with Basic, 503), and the event `auth.failed` names this call.
    ///
    /// ```
    /// use tower_auth::{Account, Algorithm, AuthLayer, BoxError, Query, SigningKey, dialect::AuthToken};
    ///
    /// # async fn bind(_: &str, _: &str) -> Result<Option<(u64, bool)>, BoxError> { Ok(None) }
    /// let auth = AuthLayer::builder()
    ///     .key(SigningKey::generate(Algorithm::Hs256)?)
    ///     .without(AuthToken::NAME)
    ///     .lookup_verifies_passwords()
    ///     .build(async |query: Query| {
    ///         let Query::Login { identifier, password, .. } = query else { return Ok::<_, BoxError>(None) };
    ///         let Some((id, is_right)) = bind(identifier.as_str(), password.expose()).await? else { return Ok(None) };
    ///         let account = Account::new(id, "somebody");
    ///         Ok(Some(if is_right { account.password_verified() } else { account.password_wrong() }))
    ///     })?;
    /// # let _ = auth;
    /// # Ok::<(), tower_auth::BuildError>(())
    /// ```
    pub fn lookup_verifies_passwords(mut self) -> Self {
        self.lookup_verifies = true;
        self
    }

    /// Sets how many passwords are hashed at once, and how many more may wait; logins beyond that are answered with 503
    /// at once. At most 1,024 and 65,536. Defaults to one less than there are cores, so that one is left for requests
    /// that hash nothing, and 256.
    pub fn hashing_lane(mut self, width: usize, queue: usize) -> Self {
        self.lane = LaneLimits { width, queue, ..self.lane };
        self
    }

    /// Sets for how long a login may wait for the hashing lane. A login whose estimated wait is longer is answered with
    /// 503 at once, with a `Retry-After` of the seconds that the queue is estimated to take; the estimate uses recent
    /// hashing times. Defaults to 10 seconds.
    pub fn hashing_patience(mut self, patience: Duration) -> Self {
        self.lane.patience = patience;
        self
    }

    /// Verifies stored passwords of a form that is not known here: `(stored, password)`, with `None` for a form that is
    /// not yours either. Runs on the hashing lane; must compare in constant time. A password over 4 096 bytes is passed
    /// truncated and never matches. Once the function has recognised a form, each refused login repeats its cost.
    ///
    /// ```
    /// use tower_auth::AuthLayer;
    /// # fn matches(_: &str, _: &str) -> bool { false } // yours, in constant time
    ///
    /// let builder = AuthLayer::builder()
    ///     .verify_passwords_with(|stored, password| Some(matches(stored.strip_prefix("{legacy}")?, password)));
    /// # let _ = builder;
    /// ```
    pub fn verify_passwords_with(
        mut self,
        verify: impl Fn(&str, &str) -> Option<bool> + Send + Sync + 'static,
    ) -> Self {
        self.custom_passwords = Some(Arc::new(verify));
        self
    }

    /// Stores a new argon2id hash for a user who logged in with an older form, see [`PasswordUpgrade`]. Runs behind the
    /// login, which does not wait; a failure is logged (with the feature `tracing`), and the next login tries again.
    ///
    /// ```
    /// use tower_auth::{AuthLayer, BoxError, PasswordUpgrade};
    ///
    /// async fn store(upgrade: PasswordUpgrade) -> Result<(), BoxError> {
    ///     let PasswordUpgrade { id, stored, replacement, .. } = upgrade;
    ///     // UPDATE users SET hash = $replacement WHERE id = $id AND hash = $stored
    ///     # let _ = (id, stored.expose(), replacement.expose());
    ///     Ok(())
    /// }
    ///
    /// let builder = AuthLayer::builder().rehash_with(store);
    /// # let _ = builder;
    /// ```
    pub fn rehash_with<F, Fut, E>(mut self, store: F) -> Self
    where
        F: Fn(PasswordUpgrade) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.rehash = Some(Arc::new(move |upgrade| {
            let stored = store(upgrade);
            Box::pin(async move { stored.await.map_err(Into::into) })
        }));
        self
    }
}
