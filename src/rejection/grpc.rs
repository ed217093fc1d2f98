//! Refusals for gRPC: HTTP 200 and trailers only, "Trailers-Only" of the gRPC over HTTP/2 protocol. A bare 401 would
//! show up at the client as a broken response.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header::CONTENT_TYPE};

use super::{RejectionKind, kind::row};

/// Whether the request speaks gRPC or gRPC-Web.
pub(crate) fn is_grpc<B>(request: &Request<B>) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    // Every call is a POST; a GET must not be answered 200, which caches keep.
    request.method() == Method::POST
        && content_type.is_some_and(|value| {
            let (prefix, rest) = value.split_at_checked(b"application/grpc".len()).unwrap_or_default();
            prefix.eq_ignore_ascii_case(b"application/grpc") && matches!(rest.first(), None | Some(b'+' | b'-' | b';'))
        })
}

/// The refusal, in the request's own content type.
pub(crate) fn grpc(kind: RejectionKind, request: &HeaderMap) -> Response<Bytes> {
    let row = row(kind);
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    let content_type = request.get(CONTENT_TYPE).cloned();
    headers.insert(CONTENT_TYPE, content_type.unwrap_or(HeaderValue::from_static("application/grpc")));
    headers.insert("grpc-status", HeaderValue::from_static(row.grpc));
    headers.insert("grpc-message", HeaderValue::from_static(row.detail));
    response
}
