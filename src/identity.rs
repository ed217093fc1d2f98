//! `Identity<U>`: who was admitted.

use std::{any::Any, fmt, ops::Deref, sync::Arc};

use http::Extensions;
use serde::{Serialize, Serializer};

use crate::{Account, Subject, TokenClaims};

/// The scheme by which somebody was admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// A bearer token, RFC 6750.
    Bearer,
    /// User-id and password, RFC 7617.
    Basic,
}

impl Scheme {
    /// The scheme in lower case: `bearer`, `basic`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Basic => "basic",
        }
    }
}

/// Who a request was admitted as, by which scheme and with which claims.
///
/// Inserted into the extensions of every guarded request that is admitted; no header or other part of a request can set
/// it. Cloning is an increment or two.
///
/// ```
/// use tower_auth::Identity;
///
/// fn handler(request: http::Request<()>) -> String {
///     match Identity::<String>::of(request.extensions()) {
///         Some(identity) => format!("{} by {}", identity.id(), identity.scheme().name()),
///         None => "nobody: an optional route without credentials".into(),
///     }
/// }
/// # handler(http::Request::new(()));
/// ```
pub struct Identity<U>(Kind<U>);

enum Kind<U> {
    /// A token, believed without a lookup.
    Token(TokenClaims),
    /// An account, shown by a token or by a password.
    Account(Arc<Account<U>>, Option<TokenClaims>),
}

impl<U> Identity<U> {
    pub(crate) fn of_account(account: Arc<Account<U>>, claims: Option<TokenClaims>) -> Self {
        Self(Kind::Account(account, claims))
    }

    /// The identity in a request's extensions; `None` on public routes, on optional ones without credentials, and when
    /// `U` is not the lookup's own user type.
    pub fn of(extensions: &Extensions) -> Option<Self>
    where
        U: Send + Sync + 'static,
    {
        Admitted::of(extensions)?.identity()
    }

    /// The account's identifier.
    pub fn id(&self) -> &Subject {
        match &self.0 {
            Kind::Token(claims) => claims.subject(),
            Kind::Account(account, _) => account.id(),
        }
    }

    /// The scheme that was used.
    pub fn scheme(&self) -> Scheme {
        if self.claims().is_some() { Scheme::Bearer } else { Scheme::Basic }
    }

    /// The name given with `Account::username`.
    pub fn username(&self) -> Option<&str> {
        self.account()?.name()
    }

    /// The token's claims; `None` when the scheme was Basic.
    pub fn claims(&self) -> Option<&TokenClaims> {
        match &self.0 {
            Kind::Token(claims) => Some(claims),
            Kind::Account(_, claims) => claims.as_ref(),
        }
    }

    /// The application's user; `None` for a token under `claims_only()`, when nobody was looked up.
    pub fn user(&self) -> Option<&U> {
        self.account().map(|account| &**account.user())
    }

    /// The application's user, to keep.
    pub fn current_user(&self) -> Option<CurrentUser<U>> {
        self.account().map(|account| CurrentUser(Arc::clone(account.user())))
    }

    /// Whether this request may do what `scope` names: the account's [`scopes`](Account::scopes) and the token's claim
    /// `scope` (RFC 9068 §2.2.3; `scp` where there is none) both have it, as far as they say anything. When neither
    /// does, nothing is allowed.
    pub fn has_scope(&self, scope: &str) -> bool {
        let account = self.account().and_then(|account| account.scopes.as_deref());
        allowed(account, self.claims().and_then(TokenClaims::scopes).as_deref(), scope)
    }

    /// Whether this is somebody in `role`, by the account's [`roles`](Account::roles) and the token's claim `roles`
    /// (RFC 9068 §2.2.3.1), as for [`has_scope`](Self::has_scope).
    pub fn has_role(&self, role: &str) -> bool {
        let account = self.account().and_then(|account| account.roles.as_deref());
        allowed(account, self.claims().and_then(TokenClaims::roles).as_deref(), role)
    }

    fn account(&self) -> Option<&Account<U>> {
        match &self.0 {
            Kind::Token(_) => None,
            Kind::Account(account, _) => Some(account),
        }
    }
}

/// Whether `name` is on both lists, as far as they are there; on none of none.
fn allowed(account: Option<&[String]>, token: Option<&[String]>, name: &str) -> bool {
    let has = |list: &[String]| list.iter().any(|known| known == name);
    (account.is_some() || token.is_some()) && account.is_none_or(has) && token.is_none_or(has)
}

impl<U> Clone for Identity<U> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Kind::Token(claims) => Kind::Token(claims.clone()),
            Kind::Account(account, claims) => Kind::Account(Arc::clone(account), claims.clone()),
        })
    }
}

impl<U> fmt::Debug for Identity<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("id", self.id()).field("scheme", &self.scheme()).finish_non_exhaustive()
    }
}

/// Which layer: requests that one let in, another has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LayerId(usize);

impl LayerId {
    /// The layer whose clones share `context`.
    pub(crate) fn of<T>(context: &Arc<T>) -> Self {
        Self(Arc::as_ptr(context).addr())
    }
}

/// What stands in the extensions, and which layer left it there; none stands in for every layer.
#[derive(Clone)]
struct Left(Admitted, Option<LayerId>);

/// What a request's extensions hold once the layer let it through: an identity, its user's type erased.
///
/// Whoever needs no user (`Claims`, [`Require`](crate::Require)) then need not name its type, and whoever names another
/// type than the lookup's can be told so.
#[derive(Clone)]
pub(crate) enum Admitted {
    /// An optional route, and no credentials.
    Nobody,
    /// A CORS preflight, which browsers send without credentials.
    Preflight,
    Token(TokenClaims),
    Account(Arc<dyn Any + Send + Sync>, Option<TokenClaims>),
}

impl Admitted {
    /// Leaves it in the extensions, in the place of what a layer further out has left there.
    pub(crate) fn leave(self, by: Option<LayerId>, extensions: &mut Extensions) {
        extensions.insert(Left(self, by));
    }

    /// Takes away what a layer further out has left: on a public route of this one is nobody.
    pub(crate) fn forget(extensions: &mut Extensions) {
        extensions.remove::<Left>();
    }

    pub(crate) fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get().map(|Left(admitted, _)| admitted)
    }

    /// The same, when `layer` let the request in: whoever another one knows may be somebody else here.
    pub(crate) fn by(layer: LayerId, extensions: &Extensions) -> Option<&Self> {
        let Left(admitted, by) = extensions.get()?;
        by.is_none_or(|by| by == layer).then_some(admitted)
    }

    /// The scheme it came by, `none` for nobody.
    pub(crate) fn scheme(&self) -> &'static str {
        match self {
            Self::Nobody | Self::Preflight => "none",
            Self::Token(_) | Self::Account(_, Some(_)) => Scheme::Bearer.name(),
            Self::Account(_, None) => Scheme::Basic.name(),
        }
    }

    /// Whose account or token it is; `None` for nobody.
    pub(crate) fn id<U: Send + Sync + 'static>(&self) -> Option<Subject> {
        Some(self.identity::<U>()?.id().clone())
    }

    /// The token's claims; `None` for nobody, and when the scheme was Basic.
    pub(crate) fn claims(&self) -> Option<&TokenClaims> {
        match self {
            Self::Nobody | Self::Preflight => None,
            Self::Token(claims) => Some(claims),
            Self::Account(_, claims) => claims.as_ref(),
        }
    }

    /// The identity; `None` for nobody, and when `U` is not the lookup's own user type.
    pub(crate) fn identity<U: Send + Sync + 'static>(&self) -> Option<Identity<U>> {
        Some(Identity(match self {
            Self::Nobody | Self::Preflight => return None,
            Self::Token(claims) => Kind::Token(claims.clone()),
            Self::Account(account, claims) => {
                let account = Arc::clone(account).downcast::<Account<U>>().ok()?;
                Kind::Account(account, claims.clone())
            }
        }))
    }
}

impl<U: Send + Sync + 'static> From<Identity<U>> for Admitted {
    fn from(identity: Identity<U>) -> Self {
        match identity.0 {
            Kind::Token(claims) => Self::Token(claims),
            Kind::Account(account, claims) => Self::Account(account, claims),
        }
    }
}

impl TokenClaims {
    /// The claims of the token that a request was admitted by; `None` on public routes, on optional ones without
    /// credentials, and when the scheme was Basic.
    ///
    /// ```
    /// use tower_auth::TokenClaims;
    ///
    /// fn issuer(request: &http::Request<()>) -> Option<String> {
    ///     TokenClaims::of(request.extensions())?.issuer().map(str::to_owned)
    /// }
    /// # assert_eq!(issuer(&http::Request::new(())), None);
    /// ```
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        Admitted::of(extensions)?.claims()
    }
}

/// The user of a request, as a handler takes it. Derefs to `U`, and serializes as `U` with every member it has:
/// where `U` holds secrets, answer with [`public_profile`](crate::dialect::public_profile) or a type of your own.
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
