//! Which rejections can happen at a guarded route of the layer's own, which opens no WebSocket and asks for no scope.

use crate::{context::Context, rejection::RejectionKind};

/// The rejections that can happen.
pub(super) fn rejections<L>(context: &Context<L>) -> impl Iterator<Item = RejectionKind> {
    RejectionKind::ALL.iter().copied().filter(|kind| kind.happens(context))
}

impl RejectionKind {
    fn happens<L>(self, context: &Context<L>) -> bool {
        let (by_password, by_lookup) = (context.guard.accepts_basic, !context.guard.claims_only);
        match self {
            Self::MissingCredentials
            | Self::UnsupportedScheme
            | Self::SeveralCredentials
            | Self::MalformedBasic
            | Self::MalformedToken
            | Self::UnsupportedToken
            | Self::InvalidSignature
            | Self::MissingClaim
            | Self::ForeignToken
            | Self::ExpiredToken
            | Self::EarlyToken
            | Self::RevokedToken
            | Self::SupersededToken
            | Self::Unavailable => true,
            Self::InvalidPassword | Self::Overloaded => by_password,
            Self::Throttled => by_password && context.throttle.locks_accounts(),
            Self::UnknownUser => by_lookup,
            Self::BlockedUser | Self::UnconfirmedUser => by_password || by_lookup,
            Self::CrossSite => context.sources.cookie.is_some(),
            Self::InsufficientScope => false,
        }
    }
}
