//! Refusals for gRPC: HTTP 200 and trailers only, "Trailers-Only" of the gRPC over HTTP/2 protocol, which gRPC-Web
//! takes over as it is. A bare 401 would show up at the client as a broken response.

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header::CONTENT_TYPE};

use super::{Rejection, kind::row};

/// What follows `application/grpc` in the content types of gRPC and of gRPC-Web.
const VARIANTS: [&str; 4] = ["", "-web", "-web-text", "-web-text-base64"];

/// The content type to answer in, if the request speaks gRPC or gRPC-Web: its own, less parameters.
///
/// A known one and nothing that merely begins so, since an answer of 200 is read as a success by whoever does not look
/// for `grpc-status`.
pub(crate) fn grpc_content_type<B>(request: &Request<B>) -> Option<&[u8]> {
    let value = request.headers().get(CONTENT_TYPE)?.as_bytes();
    let essence = value.split(|byte| *byte == b';').next()?.trim_ascii_end();
    let (prefix, rest) = essence.split_at_checked(b"application/grpc".len())?;
    let mut parts = rest.splitn(2, |byte| *byte == b'+');
    let variant = parts.next()?;
    let format = parts.next().unwrap_or_default();
    // Every call is a POST; a GET must not be answered 200, which caches keep.
    let speaks = request.method() == Method::POST
        && prefix.eq_ignore_ascii_case(b"application/grpc")
        && VARIANTS.iter().any(|known| variant.eq_ignore_ascii_case(known.as_bytes()))
        && format.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._+".contains(byte));
    speaks.then_some(essence)
}

/// The refusal. Its body is empty, so that HTTP/2 ends the stream with the header block.
pub(crate) fn grpc(rejection: &Rejection, content_type: &[u8]) -> Response<Bytes> {
    let row = row(rejection.kind());
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_bytes(content_type);
    headers.insert(CONTENT_TYPE, content_type.unwrap_or(HeaderValue::from_static("application/grpc")));
    headers.insert("grpc-status", HeaderValue::from_static(row.grpc));
    // The words need no percent-encoding; a test of the table holds them to that.
    headers.insert("grpc-message", HeaderValue::from_static(row.detail));
    if let Some(time) = rejection.retry_after() {
        // What gRPC clients with a retry policy obey, in milliseconds: gRFC A6.
        headers.insert("grpc-retry-pushback-ms", time.as_secs().saturating_mul(1000).into());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered_in(method: &str, content_type: &str) -> Option<String> {
        let request = Request::builder().method(method).header(CONTENT_TYPE, content_type).body(()).unwrap();
        grpc_content_type(&request).map(|value| String::from_utf8(value.to_vec()).unwrap())
    }

    #[test]
    fn calls_are_answered_in_their_own_content_type_without_parameters() {
        for plain in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc+vnd.example-1",
            "application/grpc-web",
            "application/grpc-web+proto",
            "application/grpc-web-text",
            "application/grpc-web-text+proto",
            "application/grpc-web-text-base64",
            "Application/gRPC-Web",
        ] {
            assert_eq!(answered_in("POST", plain).as_deref(), Some(plain));
            for parameters in [";", "; charset=utf-8", " ;a=\"b,c\""] {
                assert_eq!(answered_in("POST", &format!("{plain}{parameters}")).as_deref(), Some(plain));
            }
        }
    }

    #[test]
    fn what_is_not_a_call_is_not_answered_as_one() {
        for other in [
            "",
            "application/grp",
            "application/grpcx",
            "application/grpc-timeout",
            "application/grpc-web-",
            "application/grpc-webtext",
            "application/grpc, text/html",
            "application/grpc+proto, text/html",
            "application/grpc+a/b",
            "application/grpc+\u{e9}",
            "application/json",
            "text/application/grpc",
            " application/grpc",
        ] {
            assert_eq!(answered_in("POST", other), None, "{other}");
        }
        assert_eq!(answered_in("GET", "application/grpc"), None);
        assert_eq!(grpc_content_type(&Request::post("/").body(()).unwrap()), None);
    }

    #[test]
    fn the_refusal_is_one_header_block() {
        let response = grpc(&Rejection::overloaded(7), b"application/grpc-web+proto");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers().len(), 4);
        assert_eq!(response.headers()["content-type"], "application/grpc-web+proto");
        assert_eq!(response.headers()["grpc-status"], "8");
        assert_eq!(response.headers()["grpc-retry-pushback-ms"], "7000");
        assert_eq!(response.headers()["grpc-message"], "too many logins at the moment");
        assert!(response.body().is_empty());
    }
}
