//! Refresh: a token for its successor.
//!
//! Everything that may fail is asked before the store is, and the store is asked once: after its one atomic step only
//! signing is left, which repeats itself to the byte when the client has to try again inside the grace.

use super::{
    mint::{Issued, Terms, token_id, username_of},
    visit::Visit,
};
use crate::{
    Account, Subject, TokenClaims,
    admission::admit_subject,
    credentials::{Credentials, authorization},
    dialect::Refusal,
    lookup::Lookup,
    store::{Rotated, Rotation, Successor},
    telemetry,
    token::{Fault, TokenKey, Window},
};

pub(super) async fn refresh<L: Lookup>(visit: &Visit<'_, L>) -> Result<Issued, Refusal> {
    let context = visit.context;
    let issue = visit.dialect.issue();
    let window = i64::try_from(issue.refresh_window.unwrap_or_default()).unwrap_or(i64::MAX);
    let token = sent_token(visit)?;
    let claims = context.tokens.verify(&context.keys, &token, visit.now, Window::Refresh(window)).map_err(refusal)?;
    if !claims.is_ours(Some(issue.algorithm)) {
        return Err(Refusal::TokenSignature);
    }
    let issued_at = claims.issued_at().ok_or(Refusal::TokenIncomplete)?;
    let answer = context.ask_subject(&claims).await;
    let account = admit_subject(answer, &claims).map_err(|denied| denied.at_refresh())?;

    // Whatever the user's type may fail at, it fails at before the token is used up.
    let user = visit.public_user(&account)?;
    let successor = rotate(visit, TokenKey::of(&token, &claims), &claims, window, &account).await?;
    let terms = Terms {
        subject: subject_of(claims.subject(), &account).clone(),
        username: username_of(&account, &user).unwrap_or_default(),
        login: issued_at,
        signing: successor.signed_at.numeric_date(),
        token_id: successor.token_id,
    };
    visit.sign(terms, user)
}

/// One atomic step: this token's successor, the first or the same again.
async fn rotate<L: Lookup>(
    visit: &Visit<'_, L>,
    token: TokenKey,
    claims: &TokenClaims,
    window: i64,
    account: &Account<L::User>,
) -> Result<Successor, Refusal> {
    let context = visit.context;
    // Read anew: the lookup may have taken seconds, and the grace begins with the store's step.
    let now = context.clock.now();
    let issue = visit.dialect.issue();
    let successor = Successor::new(token_id().ok_or(Refusal::Failed)?, now);
    let issuer = context.tokens.issuer.as_deref().or(issue.issuer.as_deref()).unwrap_or_default();
    let subject = subject_of(claims.subject(), account).to_string();
    // The successor may outlive the window, and its predecessor both.
    let successor_ends = now.plus_seconds(issue.lifetime).plus_seconds(context.tokens.leeway.unsigned_abs());
    let rotation = Rotation {
        token,
        successor_key: TokenKey::of_id(issuer, &subject, &successor.token_id),
        successor: successor.clone(),
        now,
        grace_ends: now.plus_seconds(context.grace),
        until: context.tokens.last_moment(claims, window).max(successor_ends.plus_seconds(1)),
        listing: None,
    };
    match context.sessions.rotate(rotation).await {
        Ok(Rotated::Fresh) => Ok(successor),
        Ok(Rotated::Replay(first)) => Ok(first),
        Ok(Rotated::Revoked) => Err(Refusal::TokenRevoked),
        Ok(Rotated::Reuse) => {
            telemetry::reuse_detected();
            Err(Refusal::TokenRevoked)
        }
        Err(error) => {
            telemetry::store_failed("sessions", &*error);
            Err(Refusal::Failed)
        }
    }
}

/// The token in the path, or where the path has none the one sent as Bearer.
fn sent_token<L>(visit: &Visit<'_, L>) -> Result<String, Refusal> {
    if visit.served.takes_token() {
        let token = visit.context.routes.token(visit.served, visit.parts.uri.path());
        return Ok(token.ok_or(Refusal::TokenMalformed)?.into_owned());
    }
    match authorization(&visit.parts.headers) {
        Ok(Some(Credentials::Bearer(token))) => Ok(token.as_str().to_owned()),
        Ok(Some(Credentials::Basic(_)) | None) => Err(Refusal::TokenMissing),
        Err(_) => Err(Refusal::TokenMalformed),
    }
}

/// The subject of a successor: the account's, unless its form would change under the client.
fn subject_of<'a, U>(old: &'a Subject, account: &'a Account<U>) -> &'a Subject {
    if old.to_string() == account.id().to_string() { old } else { account.id() }
}

fn refusal(fault: Fault) -> Refusal {
    match fault {
        Fault::TooLong | Fault::Malformed => Refusal::TokenMalformed,
        Fault::Unsupported | Fault::Signature => Refusal::TokenSignature,
        Fault::MissingClaim => Refusal::TokenIncomplete,
        Fault::Foreign => Refusal::TokenForeign,
        Fault::NotYetValid => Refusal::TokenEarly,
        Fault::Expired | Fault::WindowPassed => Refusal::WindowPassed,
    }
}
