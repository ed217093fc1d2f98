//! Tokens without a login.

use crate::{Account, AuthLayer, BoxError, endpoint::token_for, lookup::Lookup};

impl<L: Lookup> AuthLayer<L> {
    /// A token for `account`, as a login by the first contract that is served grants it. The lookup is not asked, and
    /// the account's standing not looked at; the guarded routes do both.
    ///
    /// # Errors
    ///
    /// When no contract is served, the user does not serialize, or the token cannot be signed.
    ///
    /// See [`test_util`](crate::test_util) for an example.
    pub fn token_for(&self, account: &Account<L::User>) -> Result<String, BoxError> {
        token_for(&self.context, 0, account).ok_or_else(|| "no contract grants a token to this account".into())
    }

    /// A token for `account`, as a login by `contract` grants it: `Tokens::NAME`, for a test of refreshing.
    ///
    /// # Errors
    ///
    /// When that contract is not served, the user does not serialize, or the token cannot be signed.
    ///
    /// ```
    /// # use tower_auth::{Account, AuthLayer, BoxError, Lookup, dialect::Tokens};
    /// fn refreshable<L: Lookup<User = String>>(auth: &AuthLayer<L>) -> Result<String, BoxError> {
    ///     auth.token_of(Tokens::NAME, &Account::new(1, "Ada".to_owned()))
    /// }
    /// ```
    pub fn token_of(&self, contract: &str, account: &Account<L::User>) -> Result<String, BoxError> {
        let number = self.context.dialects.iter().position(|dialect| dialect.name() == contract);
        let token = number.and_then(|number| token_for(&self.context, number, account));
        token.ok_or_else(|| format!("the contract {contract:?} grants no token to this account").into())
    }
}
