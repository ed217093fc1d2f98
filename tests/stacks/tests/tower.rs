//! The layer inside and outside of tower's Buffer, Timeout, RateLimit, ConcurrencyLimit and LoadShed.
#![allow(clippy::unwrap_used)]

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Waker},
    time::Duration,
};

use axum::{body::Body, error_handling::HandleErrorLayer};
use http::{Request, Response, StatusCode};
use tokio::{sync::Semaphore, time::Instant};
use tower::{
    Layer, Service, ServiceExt,
    buffer::BufferLayer,
    limit::GlobalConcurrencyLimitLayer,
    load_shed::{LoadShedLayer, error::Overloaded},
    timeout::{TimeoutLayer, error::Elapsed},
};
use tower_auth::{AuthLayer, BoxError, Lookup};
use tower_auth_stacks::*;

/// Longer than any test takes, on a clock that is wound forward.
const MINUTE: Duration = Duration::from_secs(60);

/// A layer whose lookups may hang for a long time.
fn patient() -> AuthLayer<impl Lookup<User = User>> {
    builder().lookup_timeout(MINUTE).build(find).unwrap()
}

async fn status<S, R>(service: &mut S, request: Request<Body>) -> u16
where
    S: Service<Request<Body>, Response = Response<R>, Error: std::fmt::Debug>,
{
    service.ready().await.unwrap().call(request).await.unwrap().status().as_u16()
}

/// Requests that never reach the inner service.
fn stopped() -> [(Request<Body>, u16); 6] {
    [
        (request("GET", "/me", &[]), 401),
        (get("/me", WRONG_BASIC), 401),
        (bearer("a.b.c"), 401),
        (login("ada", PASSWORD), 200),
        (login("ada", "wrong"), 404),
        (login("errs", PASSWORD), 500),
    ]
}

/// Requests that do.
async fn admitted(auth: &AuthLayer<impl Lookup>) -> [(Request<Body>, u16); 3] {
    let token = token_of(auth, "ada").await;
    [(bearer(&token), 200), (get("/me", BASIC), 200), (request("GET", "/public", &[]), 200)]
}

// RateLimit

#[tokio::test(start_paused = true)]
async fn rate_limit_outside_counts_what_is_refused() {
    let mut service = ServiceBuilder::new().rate_limit(6, MINUTE).layer(layer()).service_fn(inner);
    let start = Instant::now();
    for (request, expected) in stopped() {
        assert_eq!(status(&mut service, request).await, expected);
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(status(&mut service, get("/me", BASIC)).await, 200);
    assert!(start.elapsed() >= MINUTE, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn rate_limit_inside_counts_what_is_admitted() {
    let auth = layer();
    // It is no `Clone`, and so it needs a buffer before it.
    let mut service = ServiceBuilder::new().layer(auth.clone()).buffer(4).rate_limit(3, MINUTE).service_fn(inner);
    let start = Instant::now();
    for (request, expected) in stopped().into_iter().chain(stopped()).chain(admitted(&auth).await) {
        assert_eq!(status(&mut service, request).await, expected);
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(status(&mut service, login("ada", PASSWORD)).await, 200);
    assert_eq!(start.elapsed(), Duration::ZERO, "a login needs none of the rate");
    assert_eq!(status(&mut service, get("/me", BASIC)).await, 200);
    assert!(start.elapsed() >= MINUTE, "{:?}", start.elapsed());
}

// Timeout

#[tokio::test(start_paused = true)]
async fn timeout_outside_cuts_lookups_and_inside_does_not() {
    let auth = builder().lookup_timeout(Duration::from_secs(5)).build(find).unwrap();
    let sleeping = bearer(&token_of(&auth, "sleeper").await);
    let timeout = || TimeoutLayer::new(Duration::from_secs(2));
    let outside = stack(ServiceBuilder::new().layer(timeout()).layer(auth.clone()).service_fn(inner));
    let inside = stack(ServiceBuilder::new().layer(auth).layer(timeout()).service_fn(inner));
    for (case, request, by_itself) in [
        ("a token's", sleeping, 503),
        ("a password's", get("/me", HANGING_BASIC), 503),
        ("a login's", login("hangs", PASSWORD), 500),
    ] {
        let mut twin = Request::new(Body::empty());
        (*twin.method_mut(), *twin.uri_mut()) = (request.method().clone(), request.uri().clone());
        *twin.headers_mut() = request.headers().clone();
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1000).await.unwrap();
        *twin.body_mut() = body.clone().into();

        let start = Instant::now();
        let error = try_send(&outside, Request::from_parts(parts, body.into())).await.unwrap_err();
        assert!(error.is::<Elapsed>() && start.elapsed().as_secs() == 2, "{case}: {error}");
        assert_eq!(send(&inside, twin).await.status, by_itself, "{case}");
    }
    for (side, stack) in [("outside", outside), ("inside", inside)] {
        let error = try_send(&stack, get("/hang", BASIC)).await.unwrap_err();
        assert!(error.is::<Elapsed>(), "{side}: an error of the inner service's stays what it is: {error}");
        assert_eq!(send(&stack, get("/me", BASIC)).await.status, 200, "{side}");
    }
}

// ConcurrencyLimit

/// Begins a request, and goes away. Whether it was still under way.
fn left_behind(future: impl Future) -> bool {
    pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[tokio::test]
async fn no_permit_is_lost_whatever_becomes_of_a_request() {
    let auth = patient();
    let sleeping = token_of(&auth, "sleeper").await;
    let permits = Arc::new(Semaphore::new(1));
    let limit = || GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(&permits));
    let outside = stack(ServiceBuilder::new().layer(limit()).layer(auth.clone()).service_fn(inner));
    let inside = stack(ServiceBuilder::new().layer(auth.clone()).layer(limit()).service_fn(inner));
    let on_axum = stack(app().layer(limit()).layer(auth.clone()).layer(GlobalConcurrencyLimitLayer::new(1)));
    for (side, stack) in [("outside", outside), ("inside", inside), ("axum", on_axum)] {
        for round in 0..2 {
            for (request, expected) in stopped().into_iter().chain(admitted(&auth).await) {
                let what = format!("{side}, round {round}: {} {}", request.method(), request.uri());
                assert_eq!(send(&stack, request).await.status, expected, "{what}");
                assert_eq!(permits.available_permits(), 1, "{what}");
            }
            for (what, request) in [
                ("dropped at the lookup of a token", bearer(&sleeping)),
                ("dropped at the lookup of a password", get("/me", HANGING_BASIC)),
                ("dropped at the hash of a password", get("/me", BASIC)),
                ("dropped at the lookup of a login", login("hangs", PASSWORD)),
                ("dropped at the hash of a login", login("ada", PASSWORD)),
                ("dropped in the inner service", request("GET", "/public", &[])),
            ] {
                let mut ready = stack.clone();
                ready.ready().await.unwrap();
                let request = if what.contains("inner") { hanging_in_public() } else { request };
                // A hash may be done by then, and then there is one case less to see.
                let left = left_behind(ready.call(request));
                assert!(left || what.contains("hash"), "{side}, round {round}: {what}");
                drop(ready);
                assert_eq!(permits.available_permits(), 1, "{side}, round {round}: {what}");
            }
            let panicking = tokio::spawn(stack.clone().oneshot(get("/panic", BASIC)));
            assert!(panicking.await.unwrap_err().is_panic());
            assert_eq!(permits.available_permits(), 1, "{side}, round {round}: a panic of the inner service's");
        }
    }
}

/// A public request whose body never comes, to an inner service that waits for it.
fn hanging_in_public() -> Request<Body> {
    let never = futures_util::stream::pending::<Result<bytes::Bytes, BoxError>>();
    request("GET", "/public", &[]).map(|_| Body::from_stream(never))
}

#[tokio::test]
async fn a_limit_outside_covers_lookups_and_one_inside_begins_with_readiness() {
    let auth = patient();
    for side in ["outside", "inside"] {
        let permits = Arc::new(Semaphore::new(1));
        let limit = GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(&permits));
        let mut service = match side {
            "outside" => stack(limit.layer(auth.layer(service_fn(inner)))),
            _ => stack(auth.layer(limit.layer(service_fn(inner)))),
        };
        let mut waiting = Box::pin(service.ready().await.unwrap().call(get("/me", HANGING_BASIC)));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(permits.available_permits(), 0, "{side}");
        // Readiness is the inner service's: what needs no permit waits for one nevertheless.
        assert!(left_behind(service.clone().oneshot(login("ada", PASSWORD))), "{side}");
        drop(waiting);
        assert_eq!(status(&mut service, login("ada", PASSWORD)).await, 200, "{side}");
    }
}

// LoadShed

#[tokio::test]
async fn load_shed_outside_sheds_everything_and_inside_what_was_admitted() {
    let auth = patient();
    let limit = || GlobalConcurrencyLimitLayer::new(1);
    let outside = ServiceBuilder::new().layer(LoadShedLayer::new()).layer(limit()).layer(auth.clone());
    let inside = ServiceBuilder::new().layer(auth.clone()).layer(LoadShedLayer::new()).layer(limit());
    let (outside, inside) = (stack(outside.service_fn(inner)), stack(inside.service_fn(inner)));
    for (side, stack, all) in [("outside", outside, true), ("inside", inside, false)] {
        let mut busy = stack.clone();
        let mut running =
            Box::pin(busy.ready().await.unwrap().call(get("/public", BASIC).map(|_| hanging_in_public().into_body())));
        assert!(running.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        for (request, expected) in stopped() {
            match try_send(&stack, request).await {
                Ok(reply) => assert!(!all && reply.status == expected, "{side}: {reply:?}"),
                Err(error) => assert!(all && error.is::<Overloaded>(), "{side}: {error}"),
            }
        }
        for (request, _) in admitted(&auth).await {
            let error = try_send(&stack, request).await.unwrap_err();
            assert!(error.is::<Overloaded>(), "{side}: {error}");
        }
        drop(running);
        for (request, expected) in stopped().into_iter().chain(admitted(&auth).await) {
            assert_eq!(send(&stack, request).await.status, expected, "{side}");
        }
    }
}

// Buffer

#[tokio::test]
async fn buffer_on_either_side() {
    let auth = patient();
    let outside = stack(ServiceBuilder::new().layer(BufferLayer::new(1)).layer(auth.clone()).service_fn(inner));
    let inside = stack(ServiceBuilder::new().layer(auth.clone()).layer(BufferLayer::new(1)).service_fn(inner));
    for (side, stack) in [("outside", outside), ("inside", inside)] {
        for round in 0..3 {
            for (request, expected) in stopped().into_iter().chain(admitted(&auth).await) {
                assert_eq!(send(&stack, request).await.status, expected, "{side}, round {round}");
            }
            let mut left = stack.clone();
            assert!(left_behind(left.ready().await.unwrap().call(get("/me", HANGING_BASIC))), "{side}");
        }
    }
}

// All of them

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_through_all_of_them_leave_nothing_behind() {
    const WIDTH: usize = 4;
    let auth = patient();
    let sleeping = token_of(&auth, "sleeper").await;
    let permits = Arc::new(Semaphore::new(WIDTH));
    let limit = || GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(&permits));
    let plain = ServiceBuilder::new()
        .buffer(64)
        .rate_limit(1_000_000, MINUTE)
        .timeout(MINUTE)
        .layer(limit())
        .layer(auth.clone())
        .service_fn(inner);
    let turned = ServiceBuilder::new()
        .layer(auth.clone())
        .buffer(64)
        .rate_limit(1_000_000, MINUTE)
        .timeout(MINUTE)
        .layer(limit())
        .service_fn(inner);
    let handled = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(async |_: BoxError| StatusCode::SERVICE_UNAVAILABLE))
        .buffer(64)
        .rate_limit(1_000_000, MINUTE)
        .timeout(MINUTE)
        .layer(limit());
    let on_axum = app().layer(auth.clone()).layer(handled);
    for (name, stack) in [("plain", stack(plain)), ("turned", stack(turned)), ("axum", stack(on_axum))] {
        let mut answered = tokio::task::JoinSet::new();
        for _ in 0..8 {
            // Some of whose clients go away.
            for request in [bearer(&sleeping), get("/me", HANGING_BASIC), get("/hang", BASIC), login("hangs", PASSWORD)]
            {
                let left = tokio::spawn(stack.clone().oneshot(request));
                answered.spawn(async move {
                    tokio::task::yield_now().await;
                    left.abort();
                    left.await.ok();
                });
            }
            for (request, expected) in stopped().into_iter().chain(admitted(&auth).await) {
                let stack = stack.clone();
                answered.spawn(async move { assert_eq!(send(&stack, request).await.status, expected, "{name}") });
            }
        }
        tokio::time::timeout(MINUTE, answered.join_all()).await.unwrap_or_else(|_| panic!("{name}: stuck"));
        // A buffer's worker holds the permit it is ready with; the rest is there again.
        let all = tokio::time::timeout(MINUTE, permits.acquire_many(WIDTH as u32 - 1)).await;
        assert!(all.is_ok(), "{name}: {} of {WIDTH}", permits.available_permits());
        drop(all);
        drop(stack);
        let all = tokio::time::timeout(MINUTE, permits.acquire_many(WIDTH as u32)).await;
        assert!(all.is_ok(), "{name}: {} of {WIDTH}", permits.available_permits());
    }
}
