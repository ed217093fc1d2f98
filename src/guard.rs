//! Every other route: sources → credentials → verified claims → revoked? Synchronous; who has to ask somebody asks
//! after this.

use http::{
    HeaderMap, Method,
    header::{ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};

use crate::{
    TokenClaims,
    admission::admit_token,
    clock::Timestamp,
    context::Context,
    credentials::{BasicCredentials, Credentials, Head, Malformed, Sender, Token},
    rejection::{Rejection, RejectionKind},
    ticket::{self, Ticket},
    token::{Fault, TokenKey, Window},
};

/// What the credentials of a request come to.
pub(crate) enum Shown {
    /// None were sent.
    Nothing,
    /// A token that holds and is not revoked.
    Bearer(TokenClaims),
    /// A user-id and a password, to be verified.
    Basic(BasicCredentials),
    /// A ticket that holds, to be used up.
    Ticket(Ticket),
}

/// Judges the credentials of a request to a guarded or optional route.
pub(crate) fn judge<L>(context: &Context<L>, head: Head<'_>, now: Timestamp) -> Result<Shown, Rejection> {
    let shown = match context.sources.read(head) {
        Ok(None) => Ok(Shown::Nothing),
        Ok(Some(Credentials::Bearer(token))) => verify(context, &token, now).map(Shown::Bearer),
        Ok(Some(Credentials::Basic(_))) if context.is_unasked(head) => {
            return Err(Rejection::by_password(RejectionKind::CrossSite));
        }
        Ok(Some(Credentials::Basic(basic))) if context.guard.accepts_basic => Ok(Shown::Basic(basic)),
        Ok(Some(Credentials::Basic(_))) => Err(RejectionKind::UnsupportedScheme),
        Ok(Some(Credentials::Ticket(ticket))) => ticket::verify(context, ticket.as_bytes(), now).map(Shown::Ticket),
        Err(malformed) => Err(malformed.into()),
    };
    shown.map_err(Rejection::from)
}

impl<L> Context<L> {
    /// Whether a browser may have added the password by itself: it keeps one that it was asked for, and sends it with
    /// whatever a page of another site has it send.
    pub(crate) fn is_unasked(&self, head: Head<'_>) -> bool {
        self.guard.challenges.offers_basic() && !head.is_safe() && self.sources.sender(head) == Sender::Foreign
    }
}

/// A token that holds and is not revoked. The contracts' own routes come here as well.
pub(crate) fn verify<L>(context: &Context<L>, token: &Token<'_>, now: Timestamp) -> Result<TokenClaims, RejectionKind> {
    let known = recall(context, token);
    let is_new = known.is_none();
    let claims = match known {
        Some(claims) => context.tokens.judge_again(&claims, now).map(|()| claims),
        None => context.tokens.verify(&context.keys, token.as_bytes(), now, Window::Expiry),
    }?;
    admit_token(context, &claims, || [TokenKey::of(token.as_bytes(), &claims)], now)?;
    if is_new {
        context.token_cache.iter().for_each(|cache| cache.insert(token.as_bytes(), &claims));
    }
    Ok(claims)
}

/// The claims of a token whose signature was verified a moment ago. Nothing is asked of it but to be the same: what was
/// verified was well-formed.
fn recall<L>(context: &Context<L>, token: &Token<'_>) -> Option<TokenClaims> {
    let known = context.token_cache.as_ref()?.get(token.as_bytes());
    context.gate.recalled_token(known.is_some());
    known
}

/// Whether this is a CORS preflight, and a true one: Fetch standard §3.2.2.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    let filled = |name| headers.get(name).is_some_and(|value| !value.is_empty());
    method == Method::OPTIONS && filled(ORIGIN) && filled(ACCESS_CONTROL_REQUEST_METHOD)
}

impl From<Malformed> for RejectionKind {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::Several => Self::SeveralCredentials,
            Malformed::Scheme => Self::UnsupportedScheme,
            Malformed::Basic => Self::MalformedBasic,
            Malformed::CrossSite => Self::CrossSite,
        }
    }
}

impl From<Fault> for RejectionKind {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TooLong | Fault::Malformed => Self::MalformedToken,
            Fault::Unsupported => Self::UnsupportedToken,
            Fault::Signature => Self::InvalidSignature,
            Fault::MissingClaim => Self::MissingClaim,
            Fault::Foreign => Self::ForeignToken,
            Fault::Expired | Fault::WindowPassed => Self::ExpiredToken,
            Fault::NotYetValid => Self::EarlyToken,
        }
    }
}
