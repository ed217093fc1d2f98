//! Logout: the token's family is revoked, whoever's it is and however often it was before.
//!
//! Nobody is looked up: a blocked user, too, may end a session. What is revoked already is not counted: it takes no
//! room, and whoever holds an old token could use up what its owner has.
//!
//! Logouts of one token at one time are one, as refreshes are.

use super::visit::Visit;
use crate::{
    context::{LoggedOut, NotDone},
    dialect::Refusal,
    lookup::Lookup,
    revocation::Accepted,
    throttle::{CountedAction, SessionAction},
};

pub(super) async fn logout<L: Lookup>(visit: &mut Visit<'_, L>) -> Result<(), Refusal> {
    let context = visit.context;
    let token = visit.sent_token()?;
    let accepted = context.accepted(&token).map_err(Refusal::of_fault)?;
    let logged_out = context.logouts.join(accepted.key(), revoke(visit, &accepted)).await;
    logged_out.map_err(|why| visit.not_done(why))
}

/// Counted, unless the token is spent already, and then one step of the store.
async fn revoke<L: Lookup>(visit: &Visit<'_, L>, token: &Accepted) -> LoggedOut {
    let (context, claims) = (visit.context, token.claims());
    let mut counted = match context.is_spent(token) {
        true => CountedAction::uncounted(),
        false => {
            context.throttle.session_action(SessionAction::Logout, claims.subject(), claims.foreign_issuer()).await?
        }
    };
    counted.begin();
    if context.revoke_family(token).await.is_err() {
        counted.take_back().await;
        return Err(NotDone::Refused(Refusal::Unavailable));
    }
    Ok(())
}
