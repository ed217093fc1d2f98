//! Tickets: a browser cannot put a header on a request for a WebSocket, so it fetches a ticket with its token first,
//! and opens the WebSocket with that in the query.
//!
//! A ticket is a token of its own kind, signed by one of the layer's keys, good for seconds, and carries the claims of
//! the token it was given for. Nothing is stored when one is given. It is used up by the session store's one atomic
//! step, which says of a second use that it is one, on every server that shares the store.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    Scheme, Subject, TokenClaims,
    admission::{admit_subject, admit_token},
    admitted::Admitted,
    clock::Timestamp,
    context::Context,
    credentials::{Credentials, Head},
    dialect::Answer,
    identity::Identity,
    lookup::Lookup,
    rejection::{Rejection, RejectionKind},
    store::{Rotated, Rotation, Successor},
    telemetry,
    token::{TokenKey, Window, sign_ticket, token_id},
};

/// Seconds from a ticket to the WebSocket it is for.
pub(crate) const LIFETIME: u64 = 10;

/// A ticket that holds, not used up yet.
#[derive(Debug)]
pub(crate) struct Ticket {
    key: TokenKey,
    claims: TokenClaims,
    /// The claims of the token it was given for; none, when it was a password.
    original: Option<TokenClaims>,
}

/// The claims of a ticket.
#[derive(Serialize)]
struct Written<'a> {
    sub: &'a Subject,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    iat: i64,
    exp: i64,
    jti: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<&'a RawValue>,
    /// The original's name in the session store.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

#[derive(Deserialize)]
struct Read {
    original: Option<Box<RawValue>>,
    key: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    ticket: &'a str,
    expires_in: i64,
}

/// The answer to a request for a ticket, whose sender was admitted as `subject`, with a token of these claims or with a
/// password.
pub(crate) fn give<L>(
    context: &Context<L>,
    subject: &Subject,
    claims: Option<&TokenClaims>,
    head: Head<'_>,
    now: Timestamp,
) -> Result<Response<Bytes>, Rejection> {
    let failed = || Rejection::unavailable("a ticket could not be made".into(), claims.is_some());
    let key = match context.sources.read(head) {
        Ok(Some(Credentials::Bearer(token))) => claims.map(|claims| TokenKey::of(token.as_bytes(), claims)),
        _ => None,
    };
    let iat = now.numeric_date();
    // No longer than the token itself would be good for.
    let last = claims.and_then(TokenClaims::exp).unwrap_or(i64::MAX).saturating_add(context.tokens.leeway);
    let exp = now.plus_seconds(LIFETIME).numeric_date().min(last);
    let original = claims.map(|claims| serde_json::from_str(claims.json())).transpose().map_err(|_| failed())?;
    let written = Written {
        sub: subject,
        iss: context.tokens.issuer.as_deref(),
        aud: context.tokens.audience.as_deref(),
        iat,
        exp,
        jti: &token_id().ok_or_else(failed)?,
        original,
        key: key.map(|key| URL_SAFE_NO_PAD.encode(key.as_bytes())),
    };
    let written = serde_json::to_vec(&written).map_err(|_| failed())?;
    let signed = context.keys.ticket_signer().and_then(|key| sign_ticket(key, &written));
    let ticket = signed.ok_or_else(failed)?;
    let scheme = if claims.is_some() { Scheme::Bearer } else { Scheme::Basic };
    context.gate.admitted(Some(scheme), || Some(subject));
    Ok(answer(&ticket, exp.saturating_sub(iat)))
}

/// The answer that carries a ticket. Requests are answered here, and the OpenAPI document is written from the same
/// answer.
pub(crate) fn answer(ticket: &str, expires_in: i64) -> Response<Bytes> {
    Answer::json(StatusCode::OK, &Body { ticket, expires_in }).unstored().into_response()
}

/// A ticket that is ours, in its time, not used up, and whose token would still be let in.
pub(crate) fn verify<L>(context: &Context<L>, text: &[u8], now: Timestamp) -> Result<Ticket, RejectionKind> {
    let claims = context.tokens.verify(&context.keys, text, now, Window::Ticket)?;
    let read: Read = claims.get().map_err(|_| RejectionKind::MalformedToken)?;
    let original = match read.original {
        Some(json) => Some(claims.carried(json.get()).ok_or(RejectionKind::MalformedToken)?),
        None => None,
    };
    let ticket = Ticket { key: TokenKey::of(text, &claims), claims, original };
    let given_for = read.key.and_then(|text| key(&text));
    // A ticket for a token says which: it is revoked with it.
    if given_for.is_some() != ticket.original.is_some() {
        return Err(RejectionKind::MalformedToken);
    }
    let shown = ticket.original.as_ref().unwrap_or(&ticket.claims);
    admit_token(context, shown, || [ticket.key, given_for.unwrap_or(ticket.key)], now)?;
    Ok(ticket)
}

/// Whoever the ticket is for, once: looked up, unless a token of theirs is believed without.
pub(crate) async fn admit<L: Lookup>(context: Arc<Context<L>>, ticket: Ticket) -> Result<Admitted, Rejection> {
    let Ticket { key, claims, original } = ticket;
    let admitted = match original {
        Some(original) if context.guard.claims_only => Admitted::Token(original),
        original => {
            let shown = original.as_ref().unwrap_or(&claims);
            let answer = context.ask_subject_in_span(shown).await;
            let account = admit_subject(&context, answer, shown, context.clock.now());
            Identity::of_account(account.map_err(|denied| denied.at_guard(false))?, original).into()
        }
    };
    use_up(&context, key, &claims).await?;
    Ok(admitted)
}

/// The store's one step, whose first caller is the only one.
async fn use_up<L>(context: &Context<L>, key: TokenKey, claims: &TokenClaims) -> Result<(), Rejection> {
    let (now, until) = (context.clock.now(), context.tokens.last_moment(claims, Window::Ticket));
    if now >= until {
        // Whether it was used may be forgotten by now.
        return Err(RejectionKind::ExpiredToken.into());
    }
    // No successor is ever signed: the store asks for the name of one, and no token has this.
    let id = format!("{} used", claims.token_id().unwrap_or_default());
    let successor_key = TokenKey::of_id(claims.issuer().unwrap_or_default(), &claims.subject().to_string(), &id);
    let successor = Successor::new(id, now);
    let rotation = Rotation::new(key, successor, successor_key, now, until);
    match telemetry::asked("sessions", "rotate", context.sessions.rotate(rotation)).await {
        Ok(Rotated::Fresh) => Ok(()),
        Ok(_) => Err(RejectionKind::RevokedToken.into()),
        Err(error) => Err(Rejection::unavailable(error, true)),
    }
}

fn key(text: &str) -> Option<TokenKey> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    bytes.try_into().ok().map(TokenKey::from_bytes)
}
