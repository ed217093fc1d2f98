//! Logout: the token's family is revoked, whoever's it is and however often it was before.
//!
//! Nobody is looked up: a blocked user, too, may end a session. What is revoked already is not counted: it takes no room, and
//! whoever holds an old token could use up what its owner has.

use super::visit::Visit;
use crate::{dialect::Refusal, lookup::Lookup, throttle::Turn};

pub(super) async fn logout<L: Lookup>(visit: &mut Visit<'_, L>) -> Result<(), Refusal> {
    let token = visit.sent_token()?;
    let accepted = visit.context.accepted(&token).map_err(Refusal::of_fault)?;
    let counted = match visit.context.is_spent(&accepted) {
        true => None,
        false => visit.limit_turn(Turn::Logout, accepted.subject()).await?,
    };
    if visit.context.revoke_family(&accepted).await.is_err() {
        visit.context.throttle.turn_back(counted).await;
        return Err(Refusal::Unavailable);
    }
    Ok(())
}
