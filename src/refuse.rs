//! A refusal of a guarded route in the form its client can read: gRPC, the contract chosen with `refuse_like`, or the
//! neutral RFC 9457 problem. Always `Ok(response)`: an error would close the connection.
//!
//! Requests are answered here, and the OpenAPI document is written from the same answers.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER},
};

use crate::{
    challenge::unchallenged,
    clock::Timestamp,
    context::Context,
    credentials::Head,
    dialect::GuardRefused,
    rejection::{Rejection, grpc, grpc_content_type},
    telemetry,
};

pub(crate) fn refuse<L, B>(
    context: &Context<L>,
    rejection: Rejection,
    request: &Request<B>,
    now: Timestamp,
) -> Response<Bytes> {
    context.placement.refused(&context.routes, request);
    refuse_inside(context, rejection, request, now)
}

/// The same further inside, where a router may have cut the path off: that says nothing of where the layer stands.
pub(crate) fn refuse_inside<L, B>(
    context: &Context<L>,
    rejection: Rejection,
    request: &Request<B>,
    now: Timestamp,
) -> Response<Bytes> {
    telemetry::refused(rejection.scheme(), rejection.kind().as_str(), rejection.is_failure());
    let mut response = answer(context, &rejection, request, now);
    response.extensions_mut().insert(rejection);
    response
}

/// What the client sees of it.
pub(crate) fn answer<L, B>(
    context: &Context<L>,
    rejection: &Rejection,
    request: &Request<B>,
    now: Timestamp,
) -> Response<Bytes> {
    let mut response = if let Some(content_type) = grpc_content_type(request) {
        grpc(rejection, content_type)
    } else {
        let shaped = like(context, rejection, request.uri().path(), now);
        let status = shaped.as_ref().map_or(rejection.status(), Response::status);
        // A contract's own shape may give a reason another status, which the reason's code then does not fit.
        let code = rejection.error_code().filter(|_| rejection.status() == status);
        // Every 401 has a challenge (RFC 9110 §15.5.2), and so have the 400 and the 403 of a token (RFC 6750 §3).
        let challenges = (status == StatusCode::UNAUTHORIZED || code.is_some()).then_some(&context.guard.challenges);
        match (shaped, challenges) {
            (Some(mut response), challenges) => {
                let headers = response.headers_mut();
                if let Some(all) = challenges {
                    all.add(code, Head::from(request).is_scripted(), headers);
                }
                response
            }
            (None, Some(challenges)) => problem(rejection, challenges.neutral(code, Head::from(request).is_scripted())),
            (None, None) => problem(rejection, unchallenged()),
        }
    };
    if let Some(time) = rejection.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, time.as_secs().into());
    }
    if request.method() == Method::HEAD {
        leave_body_out(&mut response);
    }
    response
}

/// The head of an answer, as to GET (RFC 9110 §9.3.2). Not every server takes the body away itself, and over HTTP/2 a
/// body is an error to the client.
fn leave_body_out(response: &mut Response<Bytes>) {
    let length = std::mem::take(response.body_mut()).len();
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
}

/// The shape of the contract chosen with `refuse_like`.
fn like<L>(context: &Context<L>, rejection: &Rejection, path: &str, now: Timestamp) -> Option<Response<Bytes>> {
    let dialect = context.dialects.get(context.guard.refuses_like?)?;
    let path = context.routes.shown(path);
    let answer = dialect.guard_refused(&GuardRefused { kind: rejection.kind(), path, now })?;
    Some(answer.into_response())
}

/// The neutral form, with `headers` that say so.
pub(crate) fn problem(rejection: &Rejection, headers: HeaderMap) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(rejection.kind().problem().as_bytes()));
    *response.status_mut() = rejection.status();
    *response.headers_mut() = headers;
    response
}

/// Somebody was to be judged who was never asked: the application's mistake, which no client can mend, so never a 401.
pub(crate) fn unguarded() -> Response<Bytes> {
    const MISPLACED: &str = "a route requires a scope or a role and no AuthLayer let this request in, or not the one \
         that it was required of: add that one with Router::layer after every route, and put no requirement on public routes";
    telemetry::failed(MISPLACED);
    let mut response = Response::new(Bytes::from_static(MISPLACED.as_bytes()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
