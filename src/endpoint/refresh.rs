//! Refresh: a token for its successor.
//!
//! Everything that may fail is asked before the store is, and the store is asked once: after its one atomic step only
//! signing is left, which repeats itself to the byte when the client has to try again inside the grace.
//!
//! Refreshes of one token at one time are one: they share its count and its step.

use super::{
    mint::{Issued, Terms, username_of},
    visit::Visit,
};
use crate::{
    Account, Subject, TokenClaims,
    admission::{admit_subject, is_superseded},
    context::Refreshed,
    dialect::Refusal,
    lookup::Lookup,
    store::{Rotated, Rotation, Successor},
    telemetry,
    throttle::{CountedAction, SessionAction},
    token::{TokenKey, Window, token_id},
};

pub(super) async fn refresh<L: Lookup>(visit: &mut Visit<'_, L>) -> Result<Issued, Refusal> {
    let context = visit.context;
    let issue = visit.dialect.issue();
    let window = issue.window().unwrap_or(Window::Refresh(0));
    let token = visit.sent_token()?;
    let claims =
        context.tokens.verify(&context.keys, token.as_bytes(), visit.now, window).map_err(Refusal::of_fault)?;
    if !claims.is_ours(Some(issue.algorithm)) {
        return Err(Refusal::InvalidSignature);
    }
    let issued_at = claims.issued_at().ok_or(Refusal::MissingClaim)?;
    let answer = context.ask_subject_in_span(&claims).await;
    let account = admit_subject(context, answer, &claims, visit.now).map_err(|denied| denied.at_refresh())?;
    // Asked behind the lookup, which may take seconds: of a user revoked meanwhile no family begins anew.
    if !context.sessions.is_unused() && is_superseded(context, claims.subject(), &claims, visit.now) {
        return Err(Refusal::UserGone);
    }
    if !visit.narrows_as(&claims, &account)? {
        return Err(Refusal::InvalidSignature);
    }

    // Whatever the account may fail at, it fails at before the token is used up.
    let user = visit.shown(&account)?;
    let key = TokenKey::of(token.as_bytes(), &claims);
    let rotating = rotate(visit, key, &claims, window, &account);
    let refreshed = match context.grace.is_zero() {
        // Each is to be told that another was before it.
        true => rotating.await,
        false => context.refreshes.join(key, rotating).await,
    };
    let successor = refreshed.map_err(|why| visit.not_done(why))?;
    let terms = Terms {
        subject: subject_of(claims.subject(), &account).clone(),
        username: username_of(&account, &user).unwrap_or_default(),
        login: issued_at,
        signing: successor.signed_at.whole_second(),
        token_id: successor.token_id,
    };
    visit.sign(terms, user)
}

/// Counted, unless the token is spent already, and then one atomic step: its successor, a new one or the same again.
async fn rotate<L: Lookup>(
    visit: &Visit<'_, L>,
    token: TokenKey,
    claims: &TokenClaims,
    window: Window,
    account: &Account<L::User>,
) -> Refreshed {
    let context = visit.context;
    let mut counted = match context.sessions.is_spent(&token, context.clock.now()) {
        true => CountedAction::uncounted(),
        false => context.throttle.session_action(SessionAction::Refresh, account.id(), None).await?,
    };
    // Read anew: the lookup may have taken seconds, and the grace begins with the store's step.
    let now = context.clock.now();
    if now >= context.tokens.last_moment(claims, window) {
        // What became of it may be forgotten by now.
        return Err(Refusal::RefreshWindowPassed.into());
    }
    let issue = visit.dialect.issue();
    let successor = Successor::new(token_id().ok_or(Refusal::Failed)?, now);
    let issuer = issue.issuer_under(context.tokens.issuer.as_deref()).unwrap_or_default();
    let subject = subject_of(claims.subject(), account).to_string();
    let rotation = Rotation {
        token,
        successor_key: TokenKey::of_id(issuer, &subject, &successor.token_id),
        successor: successor.clone(),
        now,
        grace_ends: now + context.grace,
        until: context.last_moment_of_family(claims, now),
        listing: visit.listing(account.id(), claims.issued()),
    };
    counted.begin();
    let rotated = telemetry::asked("sessions", "rotate", context.sessions.rotate(rotation)).await;
    if !matches!(rotated, Ok(Rotated::Fresh)) {
        counted.take_back().await;
    }
    match rotated {
        Ok(Rotated::Fresh) => Ok(successor),
        Ok(Rotated::Replay(first)) => Ok(first),
        Ok(Rotated::Revoked) => Err(Refusal::RevokedToken.into()),
        Ok(Rotated::Reuse) => {
            telemetry::reuse_detected(visit.dialect.name());
            Err(Refusal::RevokedToken.into())
        }
        Err(_) => Err(Refusal::Unavailable.into()),
    }
}

/// The subject of a successor: the account's, unless its form would change under the client.
fn subject_of<'a, U>(old: &'a Subject, account: &'a Account<U>) -> &'a Subject {
    if old.is_same_user(account.id()) { old } else { account.id() }
}
