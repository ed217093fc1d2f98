//! Logout: the token's family is revoked, whoever's it is and however often it was before.
//!
//! Nobody is looked up: a blocked user, too, may end a session.

use super::visit::Visit;
use crate::{dialect::Refusal, lookup::Lookup};

pub(super) async fn logout<L: Lookup>(visit: &Visit<'_, L>) -> Result<(), Refusal> {
    let token = visit.sent_token()?;
    let accepted = visit.context.accepted(&token).map_err(Refusal::of_fault)?;
    visit.context.revoke_family(&accepted).await.map_err(|_| Refusal::Unavailable)
}
