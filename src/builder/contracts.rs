//! Which contracts are served, and where.

use std::time::Duration;

use super::AuthLayerBuilder;
use crate::dialect::Dialect;

/// Login contracts.
impl AuthLayerBuilder {
    /// Serves a contract, in place of the one of the same name: a documented one, configured, or one of your own.
    /// Takes back a [`without`](Self::without) of that name.
    pub fn dialect(mut self, dialect: impl Dialect) -> Self {
        self.without.retain(|left_out| left_out != dialect.name());
        match self.dialects.iter_mut().find(|known| known.name() == dialect.name()) {
            Some(known) => *known = Box::new(dialect),
            None => self.dialects.push(Box::new(dialect)),
        }
        self
    }

    /// Leaves a contract out, by its name: `Login::NAME`. A name that no contract has is refused by
    /// [`build`](Self::build).
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.without.push(name.into());
        self
    }

    /// Leaves out every contract added so far, including the four documented ones. A layer without contracts only
    /// guards; a [`dialect`](Self::dialect) added after this call is served.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tower_auth::{Account, Algorithm, AuthLayer, BoxError, Query, SigningKey, dialect::Login};
    /// let auth = AuthLayer::builder()
    ///     .key(SigningKey::generate(Algorithm::Hs256)?)
    ///     .without_contracts()
    ///     .dialect(Login::new()) // this one alone
    ///     .build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None))?;
    /// # let _ = auth;
    /// # Ok::<(), BoxError>(())
    /// ```
    pub fn without_contracts(mut self) -> Self {
        self.dialects.clear();
        self.without.clear();
        self
    }

    /// Serves every contract under a prefix: `/api/v2`, in front of each contract's own path. Rules of
    /// [`public`](Self::public) and [`optional`](Self::optional) are whole paths and get no prefix. Defaults to none.
    pub fn mount(mut self, prefix: impl Into<String>) -> Self {
        self.mount = prefix.into();
        self
    }

    /// Accepts the contracts' paths in any letter case and with one trailing slash, as Strapi and Express do. Defaults
    /// to byte for byte.
    pub fn lenient_paths(mut self) -> Self {
        self.lenient_paths = true;
        self
    }

    /// Tells unknown users from wrong passwords in the refusals of the contracts that document it. Anybody can then
    /// find out who has an account. Defaults to one refusal for both.
    pub fn disclose_unknown_users(mut self) -> Self {
        self.disclose_unknown_users = true;
        self
    }

    /// Sets the most **bytes** that a login request's body may have. Defaults to 65 536.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body.size = bytes;
        self
    }

    /// Sets how long a login request's body may take to arrive. Defaults to 10 seconds.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body.time = timeout;
        self
    }
}
