//! `Identity<U>`: who was admitted.

use std::{fmt, sync::Arc};

use http::Extensions;

use crate::{Account, Subject, TokenClaims, admitted::Admitted, current_user::CurrentUser, scheme::Scheme};

/// Who a request was admitted as, by which scheme and with which claims.
///
/// Every request that is admitted by its credentials has one, and no header or other part of a request can set it. Read
/// it with [`of`](Self::of), or on axum take it as an argument of a handler. It is not stored under its own type, so
/// neither `extensions.get::<Identity<U>>()` nor axum's `Extension<Identity<U>>` finds it. Cloning is cheap: it
/// increments one or two reference counts.
///
/// # Errors
///
/// As an extractor (feature `axum`) it answers with the 500 of `MissingIdentity` where no layer admitted the request,
/// public routes among them; where an optional route or a preflight has no credentials; and when `U` is not the
/// lookup's own user type. An `Option<Identity<U>>` is `None` in all of these but the last, which is the 500 here too.
///
/// ```
/// use tower_auth::Identity;
///
/// fn handler(request: http::Request<()>) -> String {
///     match Identity::<String>::of(request.extensions()) {
///         Some(identity) => format!("{} by {}", identity.id(), identity.scheme()),
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
        Self::of_admitted(Admitted::of(extensions)?)
    }

    /// `None` for nobody, and when `U` is not the lookup's own user type.
    pub(crate) fn of_admitted(admitted: &Admitted) -> Option<Self>
    where
        U: Send + Sync + 'static,
    {
        Some(Self(match admitted {
            Admitted::Nobody | Admitted::Preflight => return None,
            Admitted::Token(claims) => Kind::Token(claims.clone()),
            Admitted::Account(account, claims) => {
                let account = Arc::clone(account).downcast::<Account<U>>().ok()?;
                Kind::Account(account, claims.clone())
            }
        }))
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

    /// The application's user, to keep: what the extractor [`CurrentUser`] gives.
    pub fn current_user(&self) -> Option<CurrentUser<U>> {
        self.account().map(|account| CurrentUser::of(account.user()))
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

impl<U: Send + Sync + 'static> From<Identity<U>> for Admitted {
    fn from(identity: Identity<U>) -> Self {
        match identity.0 {
            Kind::Token(claims) => Self::Token(claims),
            Kind::Account(account, claims) => Self::Account(account, claims),
        }
    }
}
