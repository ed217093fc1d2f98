//! The layer over and under tower-http's Trace and SetSensitiveHeaders: what is logged, and what never is.
#![allow(clippy::unwrap_used)]

use std::{cell::RefCell, io, sync::Once};

use http::header;
use tower_auth_stacks::*;
use tower_http::{
    sensitive_headers::SetSensitiveHeadersLayer,
    trace::{DefaultMakeSpan, TraceLayer},
};
use tracing_subscriber::fmt::format::FmtSpan;

/// Every event and every span of this thread, at every level, with all of their fields.
///
/// Each test starts one before it does anything else: a callsite that is met before there is a subscriber may be
/// taken to be of no interest to the one that comes. Each test is one thread.
struct Log;

thread_local!(static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });

impl Log {
    fn start() -> Self {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_span_events(FmtSpan::FULL)
                .with_ansi(false)
                .with_writer(|| Self)
                .init();
        });
        Self
    }

    /// What was written since the last call.
    fn take(&self) -> String {
        String::from_utf8(WRITTEN.take()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.with_borrow_mut(|written| written.extend(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn trace_outside_sees_refusals_and_logins() {
    let log = Log::start();
    let auth = layer();
    for (name, stack) in other_outside!(TraceLayer::new_for_http(), auth) {
        log.take();
        for (request, status) in [
            (request("GET", "/me", &[]), "status=401"),
            (login("ada", PASSWORD), "status=200"),
            (login("ada", "wrong"), "status=404"),
            (get("/me", BASIC), "status=200"),
        ] {
            send(&stack, request).await;
            assert!(log.take().contains(status), "{name}: {status}");
        }
        send(&stack, post("/tokens", "login=errs&password=x")).await;
        assert!(log.take().contains("response failed classification=Status code: 500"), "{name}");
    }
}

#[tokio::test]
async fn trace_inside_sees_what_was_admitted() {
    let log = Log::start();
    let auth = layer();
    for (name, stack) in other_inside!(TraceLayer::new_for_http(), auth) {
        log.take();
        for refused in [request("GET", "/me", &[]), login("ada", PASSWORD), login("ada", "wrong")] {
            send(&stack, refused).await;
            assert!(!log.take().contains("status="), "{name}");
        }
        send(&stack, get("/me", BASIC)).await;
        assert!(log.take().contains("status=200"), "{name}");
    }
}

#[tokio::test]
async fn s67_no_span_and_no_event_has_a_secret() {
    let log = Log::start();
    let auth = layer();
    let with_span = || TraceLayer::new_for_http().make_span_with(span_of(auth.clone()));
    let mut stacks = Vec::from(other_outside!(with_span(), auth));
    stacks.extend(other_inside!(TraceLayer::new_for_http(), auth));
    for (name, stack) in stacks {
        log.take();
        let token = token_of(&auth, "ada").await;
        let mut secrets = vec![token.clone()];
        for (request, status) in [
            (bearer(&token), 200),
            (bearer("garbage.garbage.garbage"), 401),
            (get("/me", BASIC), 200),
            (get("/me", WRONG_BASIC), 401),
            (get("/me", "Digest digested"), 401),
            (request("GET", "/me", &[("authorization", BASIC), ("authorization", WRONG_BASIC)]), 400),
            (login("ada", PASSWORD), 200),
            (login("ada", "battery staple"), 404),
            (login("errs", PASSWORD), 500),
            (request("POST", "/api/auth/token", &[("authorization", BASIC)]), 200),
            (request("PATCH", &format!("/tokens/{token}"), &[]), 201),
            (request("PATCH", &format!("/tokens/{token}x"), &[]), 401),
            // Near misses of that route.
            (request("GET", &format!("/tokens/{token}"), &[]), 401),
            (request("PATCH", &format!("/tokens/{token}/"), &[]), 401),
            (request("PATCH", &format!("/Tokens/{token}?a=b"), &[]), 401),
        ] {
            let what = format!("{name}: {} {}", request.method(), request.uri());
            let reply = send(&stack, request).await;
            assert_eq!(reply.status, status, "{what}");
            if reply.text().contains("\"token\":") {
                secrets.push(reply.token());
            }
        }
        let signatures: Vec<_> = secrets.iter().map(|token| token.rsplit('.').next().unwrap().to_owned()).collect();
        let text = log.take();
        for event in ["status=200", "a request was refused", "a login was refused", "a token was issued"] {
            assert!(text.contains(event), "{name}: {event}");
        }
        let texts = [PASSWORD, "correct+horse", "battery", "garbage", "digested", &BASIC[6..], &WRONG_BASIC[6..]];
        for secret in secrets.iter().chain(&signatures).map(|text| &**text).chain(texts) {
            assert!(!text.contains(secret), "{name}: {secret}\n{text}");
        }
    }
}

/// Why the crate docs advise it. If this fails, tower-http has become discreet, and the advice can go.
#[tokio::test]
async fn the_default_span_of_trace_has_the_token_of_a_refresh() {
    let log = Log::start();
    let auth = layer();
    let token = token_of(&auth, "ada").await;
    for (name, stack) in other_outside!(TraceLayer::new_for_http(), auth) {
        log.take();
        send(&stack, request("PATCH", &format!("/tokens/{token}"), &[])).await;
        assert!(log.take().contains(&token), "{name}");
        // The same without a token in the path.
        let bearer = format!("Bearer {token}");
        assert_eq!(send(&stack, request("PATCH", "/tokens", &[("authorization", &bearer)])).await.status, 201);
        assert!(!log.take().contains(&token), "{name}");
    }
}

// SetSensitiveHeaders

#[tokio::test]
async fn sensitive_headers_outside_of_trace_keep_credentials_out_of_it() {
    let log = Log::start();
    let auth = layer();
    let token = token_of(&auth, "ada").await;
    let trace = || TraceLayer::new_for_http().make_span_with(DefaultMakeSpan::new().include_headers(true));
    let sensitive = || {
        ServiceBuilder::new().layer(SetSensitiveHeadersLayer::new([header::AUTHORIZATION])).layer(trace()).into_inner()
    };
    let hidden = other_outside!(sensitive(), auth).into_iter().chain(other_inside!(sensitive(), auth));
    for (name, stack) in hidden {
        log.take();
        for request in [bearer(&token), get("/me", BASIC)] {
            assert_eq!(send(&stack, request).await.status, 200, "{name}: a value that is marked is still read");
            let text = log.take();
            assert!(text.contains("\"authorization\": Sensitive"), "{name}: {text}");
            assert!(!text.contains(&token) && !text.contains(BASIC), "{name}: {text}");
        }
    }
    // And without it they are there: the log sees what it is asked about.
    for (name, stack) in other_outside!(trace(), auth).into_iter().chain(other_inside!(trace(), auth)) {
        log.take();
        send(&stack, bearer(&token)).await;
        assert!(log.take().contains(&token), "{name}");
    }
}
