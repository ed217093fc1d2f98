//! `Account<U>`: what a lookup returns.

use std::{fmt, sync::Arc};

use crate::{
    clock::Timestamp,
    password::{PasswordProof, StoredPassword},
    subject::Subject,
};

/// A user as the application knows it, with what the layer needs to decide about it.
///
/// `U` is the application's own type. It is what handlers are given, and its `Serialize` form is the user object in the
/// answers of the login routes, without the members that [`Redaction`](crate::dialect::Redaction) names.
///
/// ```
/// use tower_auth::Account;
///
/// #[derive(serde::Serialize)]
/// struct User {
///     name: String,
/// }
///
/// let account = Account::new(1, User { name: "Ada".into() })
///     .username("ada")
///     .password_hash("$2b$10$7kXGsXYukSSSH8onWpdSVeAnMjWe.x8Lxcmd42LZJafox73/jVda.");
/// assert_eq!(account.id().to_string(), "1");
/// ```
pub struct Account<U> {
    id: Subject,
    user: Arc<U>,
    username: Option<String>,
    pub(crate) password: PasswordProof,
    pub(crate) blocked: bool,
    pub(crate) unconfirmed: bool,
    pub(crate) valid_since: Option<Timestamp>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) roles: Option<Vec<String>>,
}

impl<U> Account<U> {
    /// An account that may use the tokens it holds. To log in with a password it also needs
    /// [`password_hash`](Self::password_hash) or [`password_verified`](Self::password_verified).
    ///
    /// Tokens carry the `id`: an integer, or text of 1 to 255 bytes. For any other, no token is
    /// issued: the login fails, and the event `auth.failed` says why.
    pub fn new(id: impl Into<Subject>, user: U) -> Self {
        Self::shared(id, Arc::new(user))
    }

    /// Creates an account of a user that is already shared, such as an entry of a cache. Otherwise as [`new`](Self::new).
    pub fn shared(id: impl Into<Subject>, user: Arc<U>) -> Self {
        Self {
            id: id.into(),
            user,
            username: None,
            password: PasswordProof::None,
            blocked: false,
            unconfirmed: false,
            valid_since: None,
            scopes: None,
            roles: None,
        }
    }

    /// Sets the name that goes into the claim `username` of the contract `login`. Defaults to the `username` member of
    /// the user object, and without one to what was typed at login.
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Sets the password as it is stored: the layer verifies it, off the async threads.
    ///
    /// The form of a text is recognised by its own marks (see [`StoredPassword`]); for a hash with its salt in another
    /// column, use [`StoredPassword::salted_sha256`].
    pub fn password_hash(mut self, stored: impl Into<StoredPassword>) -> Self {
        self.password = PasswordProof::Stored(stored.into());
        self
    }

    /// Says that the closure has verified the password of this very query itself, as with LDAP or PAM, and that it is
    /// right. Admits nobody unless [`lookup_verifies_passwords`](crate::AuthLayerBuilder::lookup_verifies_passwords)
    /// was called on the builder.
    ///
    /// The closure must then do what the layer does elsewhere: take as long for unknown users, and not block the async
    /// threads. Where it can tell whose password was wrong, it must answer [`password_wrong`](Self::password_wrong)
    /// too. Ignored when answering [`Query::Subject`](crate::Query::Subject).
    pub fn password_verified(mut self) -> Self {
        self.password = PasswordProof::Verified;
        self
    }

    /// Says that the closure has verified the password of this very query itself, and that it is wrong: refused as any
    /// wrong password is, and counted at the account. It needs
    /// [`lookup_verifies_passwords`](crate::AuthLayerBuilder::lookup_verifies_passwords) as well.
    ///
    /// Return this rather than `Ok(None)`, and never an error: errors are not counted as guesses. A guess is counted by
    /// the name that was typed before the closure is called, and a directory may accept thousands of spellings of one
    /// name (letters with and without their accents, with a soft hyphen anywhere): each has a budget of its own, until
    /// all of them are counted by the account's id. Ignored when answering [`Query::Subject`](crate::Query::Subject).
    ///
    /// ```
    /// use tower_auth::{Account, BoxError, Query};
    ///
    /// # #[derive(serde::Serialize)]
    /// # struct Entry { uid: u64 }
    /// # struct Directory;
    /// # impl Directory {
    /// #     async fn search(&self, _: &str) -> Result<Option<Entry>, BoxError> { Ok(None) }
    /// #     async fn bind(&self, _: &Entry, _: &str) -> Result<bool, BoxError> { Ok(false) }
    /// # }
    /// async fn find(directory: &Directory, query: Query) -> Result<Option<Account<Entry>>, BoxError> {
    ///     let Query::Login { identifier, password, .. } = query else { return Ok(None) };
    ///     let Some(entry) = directory.search(identifier.as_str()).await? else { return Ok(None) };
    ///     let is_right = directory.bind(&entry, password.expose()).await?;
    ///     let account = Account::new(entry.uid, entry);
    ///     Ok(Some(if is_right { account.password_verified() } else { account.password_wrong() }))
    /// }
    /// ```
    pub fn password_wrong(mut self) -> Self {
        self.password = PasswordProof::Wrong;
        self
    }

    /// Refuses the account everywhere: login, Basic, Bearer and refresh. Defaults to not blocked.
    pub fn blocked(mut self, blocked: bool) -> Self {
        self.blocked = blocked;
        self
    }

    /// Refuses the account everywhere until its address is confirmed. Defaults to confirmed.
    pub fn unconfirmed(mut self, unconfirmed: bool) -> Self {
        self.unconfirmed = unconfirmed;
        self
    }

    /// Refuses tokens issued before the second of this moment: "log out everywhere", or a password change.
    ///
    /// Claims count whole seconds: to end tokens of this very second too, pass the next one. Takes a [`Timestamp`], or
    /// a [`SystemTime`](std::time::SystemTime) as read from a database's column. A token that does not say when it was
    /// issued is refused as well. [`AuthLayer::revoke_user`](crate::AuthLayer::revoke_user) does the same without a
    /// column in the application's table; the later of the two applies. Defaults to none.
    pub fn valid_since(mut self, moment: impl Into<Timestamp>) -> Self {
        self.valid_since = Some(moment.into());
        self
    }

    /// Names what the account may do, for [`AuthLayer::require`](crate::AuthLayer::require) and
    /// [`Identity::has_scope`](crate::Identity::has_scope). Scopes of a token can only narrow these, never add to them.
    /// Defaults to no list: then only the token's scopes apply.
    pub fn scopes<T: Into<String>>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Names the account's roles, for [`AuthLayer::require`](crate::AuthLayer::require) and
    /// [`Identity::has_role`](crate::Identity::has_role). Defaults to none listed, as for [`scopes`](Self::scopes).
    pub fn roles<T: Into<String>>(mut self, roles: impl IntoIterator<Item = T>) -> Self {
        self.roles = Some(roles.into_iter().map(Into::into).collect());
        self
    }

    /// The account's identifier: the subject of its tokens.
    pub fn id(&self) -> &Subject {
        &self.id
    }

    /// The application's user.
    pub fn user(&self) -> &Arc<U> {
        &self.user
    }

    /// Whether it is neither blocked nor waiting for confirmation.
    pub(crate) fn is_welcome(&self) -> bool {
        !self.blocked && !self.unconfirmed
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.username.as_deref()
    }
}

/// Shares the user, so `U` need not be `Clone`: a lookup may keep accounts and hand out copies.
impl<U> Clone for Account<U> {
    fn clone(&self) -> Self {
        Self {
            id: self.id.clone(),
            user: Arc::clone(&self.user),
            username: self.username.clone(),
            password: self.password.clone(),
            blocked: self.blocked,
            unconfirmed: self.unconfirmed,
            valid_since: self.valid_since,
            scopes: self.scopes.clone(),
            roles: self.roles.clone(),
        }
    }
}

impl<U> fmt::Debug for Account<U> {
    /// Neither the user nor the hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("blocked", &self.blocked)
            .field("unconfirmed", &self.unconfirmed)
            .field("valid_since", &self.valid_since)
            .finish_non_exhaustive()
    }
}
