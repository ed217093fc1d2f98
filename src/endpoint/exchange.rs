//! Exchange: the credentials of the `Authorization` field for a token. Basic logs in, a valid Bearer renews.

use super::{mint::Issued, visit::Visit};
use crate::{
    admission::admit_subject,
    credentials::{Credentials, Head, authorization},
    dialect::Refusal,
    guard,
    lookup::{Identifier, Lookup},
    rejection::RejectionKind,
    token::TokenKey,
};

pub(super) async fn exchange<L: Lookup>(visit: &mut Visit<'_, L>) -> Result<Issued, Refusal> {
    let context = visit.context;
    match authorization(&visit.parts.headers) {
        Ok(Some(Credentials::Basic(_))) if context.is_unasked(Head::from(visit.parts)) => Err(Refusal::CrossSite),
        Ok(Some(Credentials::Basic(basic))) => {
            let user_id = basic.user_id().to_owned();
            let identifier = Some(Identifier::Username(user_id.clone()));
            let (account, since) = visit.admit(identifier, &basic.password()).await?;
            visit.begin(&account, &user_id, None, since).await
        }
        Ok(Some(Credentials::Bearer(token))) => {
            let claims = guard::verify(context, &token, visit.now).map_err(refusal)?;
            if !claims.is_ours(None) {
                return Err(Refusal::InvalidCredentials);
            }
            let admitted = admit_subject(context.ask_subject_in_span(&claims).await, &claims);
            let account = admitted.map_err(|denied| denied.at_login(false))?;
            if !visit.narrows_as(&claims, &account)? {
                return Err(Refusal::InvalidCredentials);
            }
            // Revoked during the lookup: what is dated ahead would outlive it.
            let since = visit.revoked_of_late(account.id());
            if since.is_some_and(|since| claims.issued() < since) {
                return Err(Refusal::InvalidCredentials);
            }
            visit.begin(&account, "", Some(TokenKey::of(token.as_bytes(), &claims)), since).await
        }
        Ok(Some(Credentials::Ticket(_)) | None) | Err(_) => Err(Refusal::InvalidCredentials),
    }
}

fn refusal(kind: RejectionKind) -> Refusal {
    match kind {
        RejectionKind::Unavailable => Refusal::Unavailable,
        _ => Refusal::InvalidCredentials,
    }
}
