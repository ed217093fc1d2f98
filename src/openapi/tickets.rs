//! The ticket route as an operation.

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::json;
use utoipa::openapi::path::{Operation, OperationBuilder};

use super::{
    rejections::rejections,
    responses::{Told, responses},
    security,
    specimen::{LOCKED, NOW, TOKEN_ID},
};
use crate::{
    Algorithm,
    context::Context,
    credentials::TICKET,
    refuse,
    rejection::{Rejection, RejectionKind},
    ticket,
    token::specimen_ticket,
};

/// Where tickets are given, and how, if they are.
pub(super) fn tickets<L>(context: &Context<L>) -> Option<(&str, Operation)> {
    let (path, key) = (context.routes.tickets()?, context.keys.ticket_signer()?);
    let given = Told { name: "given".into(), samples: given(key.algorithm()).into_iter().collect() };
    let refused = rejections(context)
        .map(|kind| Told { name: kind.as_str().into(), samples: vec![refused(context, path, kind)] });
    let description = format!(
        "Whoever shows credentials gets a ticket, for a browser that cannot send them with a request for a WebSocket. \
         As the parameter `{TICKET}` of its query it admits that request, once and within {} seconds.",
        ticket::LIFETIME
    );
    let operation = OperationBuilder::new()
        .operation_id(Some("tickets_give"))
        .summary(Some("Get a ticket for a WebSocket"))
        .description(Some(description))
        .securities(Some(security::of_tickets(context)))
        .responses(responses(std::iter::once(given).chain(refused)));
    Some((path, operation.build()))
}

fn given(algorithm: Algorithm) -> Option<Response<Bytes>> {
    let lifetime = i64::try_from(ticket::LIFETIME).ok()?;
    let iat = NOW.numeric_date();
    let claims = json!({"sub": 1, "iat": iat, "exp": iat.saturating_add(lifetime), "jti": TOKEN_ID}).to_string();
    Some(ticket::answer(&specimen_ticket(algorithm, claims.as_bytes()), lifetime))
}

fn refused<L>(context: &Context<L>, path: &str, kind: RejectionKind) -> Response<Bytes> {
    let rejection = match kind {
        RejectionKind::Throttled => Rejection::throttled(LOCKED),
        kind => kind.into(),
    };
    let mut request = Request::new(());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().unwrap_or_default();
    refuse::answer(context, &rejection, &request, NOW)
}
