//! The token that a request to an endpoint is about.

use super::visit::Visit;
use crate::{
    credentials::{Credentials, Head, Malformed},
    dialect::Refusal,
    token::Fault,
};

impl<L> Visit<'_, L> {
    /// The token in the path, or where the path has none the one sent as Bearer or from another source.
    pub(super) fn sent_token(&self) -> Result<String, Refusal> {
        if self.served.takes_token() {
            let token = self.context.routes.token(self.served, self.parts.uri.path());
            return Ok(token.ok_or(Refusal::MalformedToken)?.into_owned());
        }
        match self.context.sources.read(Head::of_change(self.parts)) {
            Ok(Some(Credentials::Bearer(token))) => token.text().map(str::to_owned).ok_or(Refusal::MalformedToken),
            Ok(Some(Credentials::Basic(_) | Credentials::Ticket(_)) | None) => Err(Refusal::MissingToken),
            Err(Malformed::CrossSite) => Err(Refusal::CrossSite),
            Err(_) => Err(Refusal::MalformedToken),
        }
    }
}

impl Refusal {
    /// What a fault of such a token comes to.
    pub(super) fn of_fault(fault: Fault) -> Self {
        match fault {
            Fault::TooLong | Fault::Malformed => Self::MalformedToken,
            Fault::Unsupported | Fault::Signature => Self::InvalidSignature,
            Fault::MissingClaim => Self::MissingClaim,
            Fault::Foreign => Self::ForeignToken,
            Fault::NotYetValid => Self::EarlyToken,
            Fault::Expired | Fault::WindowPassed => Self::RefreshWindowPassed,
        }
    }
}
