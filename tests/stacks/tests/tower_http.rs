//! The layer over and under the layers of tower-http, on axum and without a framework. `trace.rs` has those that log.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use axum::body::Body;
use http::{HeaderValue, Method, Request, StatusCode, header};
use tokio::time::Instant;
use tower::ServiceBuilder;
use tower_auth_stacks::*;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, cors::CorsLayer, decompression::DecompressionLayer,
    limit::RequestBodyLimitLayer, sensitive_headers::SetSensitiveHeadersLayer, timeout::TimeoutLayer,
    trace::TraceLayer,
};

// Cors

const ORIGIN: &str = "https://app.example";

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(HeaderValue::from_static(ORIGIN))
        .allow_methods([Method::GET, Method::POST, Method::PATCH])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([header::WWW_AUTHENTICATE, header::RETRY_AFTER])
}

fn preflight(path: &str) -> Request<Body> {
    let fields = [
        ("origin", ORIGIN),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization"),
    ];
    request("OPTIONS", path, &fields)
}

fn from_a_page(mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert("origin", HeaderValue::from_static(ORIGIN));
    request
}

const ALLOWED: Option<&str> = Some(ORIGIN);

#[tokio::test]
async fn cors_outside_answers_preflights_and_marks_refusals_and_logins() {
    let auth = layer();
    for (name, stack) in other_outside!(cors(), auth) {
        for path in ["/me", "/login", "/tokens", "/tokens/a.b.c", "/api/auth/token"] {
            let reply = send(&stack, preflight(path)).await;
            assert_eq!(reply.status, 200, "{name}: {path}");
            assert_eq!(reply.header("access-control-allow-origin"), ALLOWED, "{name}: {path}");
            assert_eq!(
                reply.header("access-control-allow-headers"),
                Some("authorization,content-type"),
                "{name}: {path}"
            );
        }
        for (request, status) in [
            (request("GET", "/me", &[]), 401),
            (get("/me", WRONG_BASIC), 401),
            (get("/me", BASIC), 200),
            (login("ada", PASSWORD), 200),
            (login("ada", "wrong"), 404),
            (request("POST", "/api/auth/token", &[]), 403),
            (request("PATCH", "/tokens/a.b.c", &[]), 401),
        ] {
            let reply = send(&stack, from_a_page(request)).await;
            assert_eq!(reply.status, status, "{name}");
            assert_eq!(reply.header("access-control-allow-origin"), ALLOWED, "{name}: {status}");
            assert_eq!(reply.header("access-control-expose-headers"), Some("www-authenticate,retry-after"), "{name}");
            assert_eq!(reply.headers.contains_key("www-authenticate"), status == 401, "{name}: {status}");
        }
    }
}

#[tokio::test]
async fn cors_inside_needs_allow_preflight() {
    let auth = layer();
    for (name, stack) in other_inside!(cors(), auth) {
        let reply = send(&stack, preflight("/me")).await;
        assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (401, None), "{name}");
    }
    let auth = builder().allow_preflight().build(find).unwrap();
    for (name, stack) in other_inside!(cors(), auth) {
        for path in ["/me", "/login", "/tokens/a.b.c"] {
            let reply = send(&stack, preflight(path)).await;
            assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (200, ALLOWED), "{name}");
        }
        let reply = send(&stack, request("OPTIONS", "/me", &[])).await;
        assert_eq!(reply.status, 401, "{name}: an OPTIONS that is no preflight");

        let reply = send(&stack, from_a_page(get("/me", BASIC))).await;
        assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (200, ALLOWED), "{name}");
        // Why it belongs outside: what this layer answers itself, a page may not read.
        for (request, status) in [(request("GET", "/me", &[]), 401), (login("ada", PASSWORD), 200)] {
            let reply = send(&stack, from_a_page(request)).await;
            assert_eq!((reply.status.as_u16(), reply.header("access-control-allow-origin")), (status, None), "{name}");
        }
    }
}

// Compression

fn accepts_gzip(mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert("accept-encoding", HeaderValue::from_static("gzip"));
    request
}

#[tokio::test]
async fn compression_outside_breaks_no_answer() {
    let auth = layer();
    for (name, packed) in other_outside!(CompressionLayer::new(), auth) {
        let plain = stack(ServiceBuilder::new().layer(DecompressionLayer::new()).service(packed.clone()));
        let reply = send(&packed, accepts_gzip(login("ada", PASSWORD))).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-encoding")), (200, Some("gzip")), "{name}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{name}");
        assert_eq!(reply.header("content-length"), None, "{name}");
        assert_eq!(reply.body[..2], [0x1f, 0x8b], "{name}");

        let token = send(&plain, login("ada", PASSWORD)).await.token();
        assert_eq!(send(&plain, bearer(&token)).await.text(), "GET /me 0 ada", "{name}");
        assert_eq!(send(&plain, get("/long", BASIC)).await.body.len(), 5000, "{name}");

        let reply = send(&packed, accepts_gzip(request("GET", "/me", &[]))).await;
        assert_eq!((reply.status.as_u16(), reply.header("content-encoding")), (401, Some("gzip")), "{name}");
        assert!(reply.headers.contains_key("www-authenticate"), "{name}");
        let reply = send(&plain, request("GET", "/me", &[])).await;
        assert!(reply.text().contains("credentials are required"), "{name}: {reply:?}");

        let reply = send(&packed, accepts_gzip(request("POST", "/api/auth/token", &[]))).await;
        assert_eq!((reply.status.as_u16(), reply.text(), reply.header("content-encoding")), (403, "", None), "{name}");
        let reply = send(&packed, login("ada", PASSWORD)).await;
        assert_eq!(reply.header("content-encoding"), None, "{name}: nobody asked for it");
    }
}

#[tokio::test]
async fn compression_inside_is_for_the_inner_service() {
    let auth = layer();
    for (name, packed) in other_inside!(CompressionLayer::new(), auth) {
        let reply = send(&packed, accepts_gzip(login("ada", PASSWORD))).await;
        assert_eq!(reply.header("content-encoding"), None, "{name}");
        assert_eq!(send(&packed, bearer(&reply.token())).await.status, 200, "{name}");
        let reply = send(&packed, accepts_gzip(get("/long", BASIC))).await;
        assert_eq!((reply.header("content-encoding"), &reply.body[..2]), (Some("gzip"), &[0x1f, 0x8b][..]), "{name}");
    }
}

// Timeout

fn timeout() -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(2))
}

#[tokio::test(start_paused = true)]
async fn timeout_outside_cuts_a_hanging_lookup() {
    let auth = builder().lookup_timeout(Duration::from_secs(5)).build(find).unwrap();
    let sleeping = token_of(&auth, "sleeper").await;
    for (name, stack) in other_outside!(timeout(), auth) {
        for request in [bearer(&sleeping), get("/me", HANGING_BASIC), login("hangs", PASSWORD), get("/hang", BASIC)] {
            let start = Instant::now();
            assert_eq!(send(&stack, request).await.status, 504, "{name}");
            assert_eq!(start.elapsed().as_secs(), 2, "{name}");
        }
        assert_eq!(send(&stack, login("ada", PASSWORD)).await.status, 200, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn timeout_inside_is_for_the_inner_service() {
    let auth = builder().lookup_timeout(Duration::from_secs(5)).build(find).unwrap();
    let sleeping = token_of(&auth, "sleeper").await;
    for (name, stack) in other_inside!(timeout(), auth) {
        for (request, status, seconds) in [
            (get("/hang", BASIC), 504, 2),
            (bearer(&sleeping), 503, 5),
            (get("/me", HANGING_BASIC), 503, 5),
            (login("hangs", PASSWORD), 500, 5),
        ] {
            let start = Instant::now();
            assert_eq!(send(&stack, request).await.status, status, "{name}");
            assert_eq!(start.elapsed().as_secs(), seconds, "{name}");
        }
    }
}

// RequestBodyLimit

const LIMIT: usize = 200;

/// A login of just so many bytes.
fn login_of(bytes: usize) -> Request<Body> {
    let form = "username=ada&password=correct+horse&filling=";
    post("/login", form.to_owned() + &"x".repeat(bytes - form.len()))
}

/// The same, and nobody tells how long it is.
fn untold(mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().remove("content-length");
    request.map(|body| Body::from_stream(body.into_data_stream()))
}

#[tokio::test]
async fn body_limit_outside_is_for_logins_too() {
    let auth = layer();
    for (name, stack) in other_outside!(RequestBodyLimitLayer::new(LIMIT), auth) {
        assert_eq!(send(&stack, login_of(LIMIT)).await.status, 200, "{name}");
        assert_eq!(send(&stack, untold(login_of(LIMIT))).await.status, 200, "{name}");
        assert_eq!(send(&stack, login_of(LIMIT + 1)).await.status, 413, "{name}");
        // Only this layer knows, and it sees a body that breaks.
        let reply = send(&stack, untold(login_of(LIMIT + 1))).await;
        let broken = r#"{"message":"The request body could not be read"}"#;
        assert_eq!((reply.status.as_u16(), reply.text()), (400, broken), "{name}");
        assert_eq!(send(&stack, post("/notes", "x".repeat(LIMIT + 1))).await.status, 413, "{name}: before credentials");
    }
}

#[tokio::test]
async fn body_limit_inside_is_for_the_inner_service() {
    let auth = layer();
    let notes = |length: usize| {
        let mut request = post("/notes", "x".repeat(length));
        request.headers_mut().insert("authorization", HeaderValue::from_static(BASIC));
        request
    };
    for (name, stack) in other_inside!(RequestBodyLimitLayer::new(LIMIT), auth) {
        assert_eq!(send(&stack, login_of(LIMIT + 1)).await.status, 200, "{name}");
        assert_eq!(send(&stack, login_of(65_536)).await.status, 200, "{name}");
        for request in [login_of(65_537), untold(login_of(65_537))] {
            let reply = send(&stack, request).await;
            let too_large = r#"{"message":"The request body is too large"}"#;
            assert_eq!((reply.status.as_u16(), reply.text()), (413, too_large), "{name}: the layer's own limit holds");
        }
        assert_eq!(send(&stack, post("/notes", "x".repeat(LIMIT + 1))).await.status, 401, "{name}: credentials first");
        assert_eq!(send(&stack, notes(LIMIT)).await.text(), "POST /notes 200 ada", "{name}");
        assert_eq!(send(&stack, notes(LIMIT + 1)).await.status, 413, "{name}");
        assert_eq!(send(&stack, untold(notes(LIMIT + 1))).await.text(), "POST /notes - ada", "{name}");
    }
}

// CatchPanic

#[tokio::test]
async fn catch_panic_on_either_side_catches_the_inner_service() {
    let auth = layer();
    let sides =
        other_outside!(CatchPanicLayer::new(), auth).into_iter().chain(other_inside!(CatchPanicLayer::new(), auth));
    for (name, stack) in sides {
        assert_eq!(send(&stack, request("GET", "/panic", &[])).await.status, 401, "{name}");
        assert_eq!(send(&stack, get("/panic", BASIC)).await.status, 500, "{name}");
        assert_eq!(send(&stack, get("/me", BASIC)).await.text(), "GET /me 0 ada", "{name}");
    }
}

// All of them

#[tokio::test]
async fn all_of_them_in_the_order_that_is_advised() {
    let auth = layer();
    // From the outside in.
    let outside = || {
        ServiceBuilder::new()
            .layer(SetSensitiveHeadersLayer::new([header::AUTHORIZATION]))
            .layer(TraceLayer::new_for_http().make_span_with(span_of(auth.clone())))
            .layer(cors())
            .layer(CatchPanicLayer::new())
            .layer(timeout())
            .layer(CompressionLayer::new())
            .layer(RequestBodyLimitLayer::new(LIMIT))
            .into_inner()
    };
    let token = token_of(&auth, "ada").await;
    for (name, stack) in other_outside!(outside(), auth) {
        for (request, status) in [
            (preflight("/login"), 200),
            (login("ada", PASSWORD), 200),
            (login("ada", "wrong"), 404),
            (login_of(LIMIT + 1), 413),
            (request("PATCH", &format!("/tokens/{token}"), &[]), 201),
            (request("GET", "/me", &[]), 401),
            (request("GET", "/public", &[]), 200),
            (get("/me", BASIC), 200),
            (bearer(&send(&stack, login("ada", PASSWORD)).await.token()), 200),
            (get("/panic", BASIC), 500),
        ] {
            let reply = send(&stack, from_a_page(request)).await;
            assert_eq!(
                (reply.status.as_u16(), reply.header("access-control-allow-origin")),
                (status, ALLOWED),
                "{name}"
            );
        }
    }
}
