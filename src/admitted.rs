//! `Admitted`: what the extensions of a request hold once the layer let it through.

use std::{any::Any, sync::Arc};

use http::Extensions;

use crate::{Account, Subject, TokenClaims, scheme::Scheme};

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

    /// The scheme it came by; `None` for nobody.
    pub(crate) fn scheme(&self) -> Option<Scheme> {
        match self {
            Self::Nobody | Self::Preflight => None,
            Self::Token(_) | Self::Account(_, Some(_)) => Some(Scheme::Bearer),
            Self::Account(_, None) => Some(Scheme::Basic),
        }
    }

    /// Whose account or token it is; `None` for nobody.
    pub(crate) fn id<U: Send + Sync + 'static>(&self) -> Option<&Subject> {
        match self {
            Self::Nobody | Self::Preflight => None,
            Self::Token(claims) => Some(claims.subject()),
            Self::Account(account, _) => account.downcast_ref::<Account<U>>().map(Account::id),
        }
    }

    /// The token's claims; `None` for nobody, and when the scheme was Basic.
    pub(crate) fn claims(&self) -> Option<&TokenClaims> {
        match self {
            Self::Nobody | Self::Preflight => None,
            Self::Token(claims) => Some(claims),
            Self::Account(_, claims) => claims.as_ref(),
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
