//! Exchange: the credentials of the `Authorization` field for a token. Basic logs in, a valid Bearer renews.

use super::{mint::Issued, visit::Visit};
use crate::{
    Subject, TokenClaims,
    admission::{admit_subject, admit_token, is_superseded},
    clock::Timestamp,
    context::Context,
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
        Ok(Some(Credentials::Basic(_))) if context.is_unasked(Head::of_change(visit.parts)) => Err(Refusal::CrossSite),
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
            let answer = context.ask_subject_in_span(&claims).await;
            let admitted = admit_subject(context, answer, &claims, visit.now);
            let account = admitted.map_err(|denied| denied.at_login(false))?;
            if !visit.narrows_as(&claims, &account)? {
                return Err(Refusal::InvalidCredentials);
            }
            let key = TokenKey::of(token.as_bytes(), &claims);
            judge_anew(context, key, &claims, account.id(), visit.now).await?;
            // Revoked during the lookup: what is dated ahead would outlive it.
            let since = visit.revoked_of_late(account.id());
            if since.is_some_and(|since| claims.issued() < since) {
                return Err(Refusal::InvalidCredentials);
            }
            visit.begin(&account, "", Some(key), since).await
        }
        Ok(Some(Credentials::Ticket(_)) | None) | Err(_) => Err(Refusal::InvalidCredentials),
    }
}

/// Whether the token is still good, by the store's own word: what it is renewed by would outlive all that this process
/// does not know yet. Asked behind the lookup, which may take seconds.
async fn judge_anew<L>(
    context: &Context<L>,
    token: TokenKey,
    claims: &TokenClaims,
    user: &Subject,
    now: Timestamp,
) -> Result<(), Refusal> {
    if context.sessions.is_unused() {
        return Ok(());
    }
    context.catch_up(token, claims.subject()).await.map_err(|_| Refusal::Unavailable)?;
    let is_renamed = !user.is_same_user(claims.subject());
    if is_renamed {
        context.catch_up(token, user).await.map_err(|_| Refusal::Unavailable)?;
    }
    admit_token(context, claims, || [token], now).map_err(refusal)?;
    match is_renamed && is_superseded(context, user, claims, now) {
        true => Err(Refusal::InvalidCredentials),
        false => Ok(()),
    }
}

fn refusal(kind: RejectionKind) -> Refusal {
    match kind {
        RejectionKind::Unavailable => Refusal::Unavailable,
        _ => Refusal::InvalidCredentials,
    }
}
