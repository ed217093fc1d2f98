//! `Recipients`: for whom the tokens of a key have to be, the claim `aud` (RFC 8725 §3.9).

use std::sync::Arc;

use super::registered::Registered;

#[derive(Clone, Default)]
pub(super) enum Recipients {
    /// For the layer's, if it has one.
    #[default]
    Common,
    /// For one of these.
    Among(Vec<Arc<str>>),
    /// For anybody.
    Any,
}

impl Recipients {
    pub(super) fn add(&mut self, audience: &str) {
        match self {
            Self::Among(audiences) => audiences.push(audience.into()),
            Self::Common | Self::Any => *self = Self::Among(vec![audience.into()]),
        }
    }

    /// Whether a token of these claims is for whom it has to be.
    pub(super) fn admits(&self, claims: &Registered<'_>, common: Option<&str>) -> bool {
        match self {
            Self::Common => common.is_none_or(|audience| claims.is_for(audience)),
            Self::Among(audiences) => audiences.iter().any(|audience| claims.is_for(audience)),
            Self::Any => true,
        }
    }
}
