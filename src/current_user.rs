//! `CurrentUser<U>`: the application's user, as a handler takes it.

use std::{fmt, ops::Deref, sync::Arc};

use serde::{Serialize, Serializer};

/// The user of a request, as a handler takes it. Derefs to `U`, and serializes as `U` with every member it has: where
/// `U` holds secrets, answer with [`public_profile`](crate::dialect::public_profile) or a type of your own.
///
/// # Errors
///
/// As an extractor (feature `axum`) it answers with the 500 of `MissingIdentity` where [`Identity`](crate::Identity)
/// does, and for a token under [`claims_only`](crate::AuthLayerBuilder::claims_only), when no user was looked up. An
/// `Option<CurrentUser<U>>`, for optional routes, is `None` where an `Option<Identity<U>>` is, and the 500 otherwise.
///
/// ```
/// use tower_auth::CurrentUser;
///
/// struct User {
///     name: String,
/// }
///
/// /// A handler of axum's.
/// async fn me(user: CurrentUser<User>) -> String {
///     user.name.clone()
/// }
/// # let _ = me;
/// ```
pub struct CurrentUser<U>(Arc<U>);

impl<U> CurrentUser<U> {
    pub(crate) fn of(user: &Arc<U>) -> Self {
        Self(Arc::clone(user))
    }

    /// A user to call a handler with, in its tests.
    ///
    /// ```
    /// use tower_auth::CurrentUser;
    ///
    /// async fn greet(user: CurrentUser<String>) -> String {
    ///     format!("hello, {}", user.as_str())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// assert_eq!(greet(CurrentUser::new("Ada".to_owned())).await, "hello, Ada");
    /// # }
    /// ```
    pub fn new(user: U) -> Self {
        Self(Arc::new(user))
    }

    /// The shared user itself.
    pub fn into_inner(self) -> Arc<U> {
        self.0
    }
}

impl<U> Deref for CurrentUser<U> {
    type Target = U;

    fn deref(&self) -> &U {
        &self.0
    }
}

impl<U> Clone for CurrentUser<U> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<U> fmt::Debug for CurrentUser<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentUser").finish_non_exhaustive()
    }
}

impl<U: Serialize> Serialize for CurrentUser<U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
