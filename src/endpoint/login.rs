//! Login: count, read the form, look up, verify, sign.

use std::sync::Arc;

use http_body::Body;

use super::{mint::Issued, visit::Visit};
use crate::{
    Account, Password, Timestamp,
    context::MOST_AHEAD,
    dialect::Refusal,
    form,
    lookup::{Identifier, Lookup},
};

pub(super) async fn login<L, B>(visit: &mut Visit<'_, L>, body: B) -> Result<Issued, Refusal>
where
    L: Lookup,
    B: Body,
{
    visit.limit_client().await?;
    let context = visit.context;
    let form = form::read(&visit.parts.headers, body, context.body).await?;
    let read = visit.dialect.read(&form)?;
    let user_id = read.identifier.as_ref().map_or("", Identifier::as_str).to_owned();
    visit.limit_user_id(&user_id).await?;
    let (account, since) = admit(visit, read.identifier, &read.password).await?;
    visit.begin(&account, &user_id, None, since).await
}

/// The account of somebody with a password, and as of when it was revoked, if that was a moment before.
///
/// Of one that is revoked meanwhile everything is asked again. Which came first cannot be told, the less so by the clocks of
/// two servers: the password may be the one that was changed, and a token that is dated ahead would outlive that.
pub(super) async fn admit<L: Lookup>(
    visit: &mut Visit<'_, L>,
    identifier: Option<Identifier>,
    password: &Password,
) -> Result<(Account<L::User>, Option<Timestamp>), Refusal> {
    let mut known = None;
    for _ in 0..=MOST_AHEAD {
        let context = Arc::clone(visit.context);
        let admitted = context.admit_password(identifier.clone(), password.clone(), visit.client()).await;
        let account = admitted.map_err(|denied| visit.deny(&denied))?;
        let since = visit.revoked_of_late(account.id());
        if since == known {
            return Ok((account, since));
        }
        known = since;
    }
    Err(Refusal::Unavailable)
}
