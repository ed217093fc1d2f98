//! The contract of `tower::Service`: readiness, cancellation and errors, over inner services that are strict about it.
//!
//! A mock that is called unready panics, which in a task of its own would show as a wait without end: so every wait here
//! ends.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{
    future::{Ready, pending, ready},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use serde_json::json;
use support::*;
use tokio::{sync::Notify, time::timeout};
use tower::{
    Layer, Service, ServiceBuilder, ServiceExt,
    buffer::Buffer,
    limit::ConcurrencyLimit,
    load_shed::{LoadShed, error::Overloaded},
    service_fn,
};
use tower_auth::{Account, AuthLayer, AuthLayerBuilder, BoxError, Identity, Lookup, Query};
use tower_test::mock;

type Asked = Request<Full<Bytes>>;
type Answered = Response<Full<Bytes>>;

/// What `future` comes to; a failure instead of a wait without end.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), future).await.unwrap_or_else(|_| panic!("{what}: it hangs"))
}

fn build(builder: AuthLayerBuilder) -> AuthLayer<impl Lookup<User = User>> {
    builder.public("/health").optional("/feed").allow_preflight().build(find_in(users())).unwrap()
}

fn usual() -> AuthLayer<impl Lookup<User = User>> {
    build(builder())
}

fn by_basic() -> Asked {
    authorized(request("GET", "/me"), &basic("duane15", PASSWORD))
}

fn login() -> Asked {
    post_json("/login", &json!({ "username": "duane15", "password": PASSWORD }))
}

/// Every way to the inner service, and who arrives there.
fn admitted() -> [(&'static str, AuthLayerBuilder, Asked, Option<&'static str>); 6] {
    [
        ("public", builder(), request("GET", "/health"), None),
        ("preflight", builder(), preflight("/me"), None),
        ("optional, nobody", builder(), request("GET", "/feed"), None),
        ("Bearer by claims only", builder().claims_only(), bearer(&good_token()), Some("1")),
        ("Bearer, looked up", builder(), bearer(&good_token()), Some("1")),
        ("Basic", builder(), by_basic(), Some("1")),
    ]
}

const GONE: &str = "a user who is gone";

/// Every way that ends before the inner service, and its status.
fn stopped() -> Vec<(&'static str, Asked, u16)> {
    vec![
        ("no credentials", request("GET", "/me"), 401),
        ("a bad token", bearer("a.b.c"), 401),
        (GONE, bearer(&hs256(HEADER, &format!(r#"{{"id":99,"exp":{}}}"#, NOW + 60))), 401),
        ("a wrong password", authorized(request("GET", "/me"), &basic("duane15", "wrong")), 401),
        ("a login", login(), 200),
        ("an exchange", authorized(request("POST", "/api/auth/token"), &basic("duane15", PASSWORD)), 200),
    ]
}

fn name_of(request: &Asked) -> Option<String> {
    Identity::<User>::of(request.extensions()).map(|identity| identity.id().to_string())
}

/// An inner service that answers at once.
fn prompt(_: Asked) -> Ready<Result<Answered, BoxError>> {
    ready(Ok(Response::new("inner".into())))
}

fn is_pending<F: Future>(future: F) -> bool {
    pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

// Readiness

#[tokio::test]
async fn s62_poll_ready_is_the_inner_services() {
    let (mut service, mut handle) = mock::spawn_layer::<Asked, Answered, _>(usual());
    handle.allow(0);
    assert!(service.poll_ready::<Asked>().is_pending());
    assert!(!service.is_woken());
    handle.allow(1);
    assert!(service.is_woken(), "the waker given is the one that is woken");
    assert!(matches!(service.poll_ready::<Asked>(), Poll::Ready(Ok(()))));

    let (mut service, mut handle) = mock::spawn_layer::<Asked, Answered, _>(usual());
    handle.send_error("the inner service is broken");
    match service.poll_ready::<Asked>() {
        Poll::Ready(Err(error)) => assert_eq!(error.to_string(), "the inner service is broken"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn s62_the_instance_that_was_ready_is_the_one_called() {
    for (case, builder, request, id) in admitted() {
        let layer = build(builder);
        let (inner, mut handle) = mock::pair::<Asked, Answered>();
        let mut service = layer.layer(inner);
        for round in 0..3 {
            handle.allow(1);
            soon(case, ServiceExt::<Asked>::ready(&mut service)).await.unwrap();
            let request = request.clone();
            let respond = async {
                let (request, respond) = handle.next_request().await.unwrap();
                respond.send_response(Response::new("inner".into()));
                name_of(&request)
            };
            let (response, seen) = soon(case, async { tokio::join!(service.call(request), respond) }).await;
            assert_eq!(response.unwrap().status(), 200, "{case}, round {round}");
            assert_eq!(seen.as_deref(), id, "{case}, round {round}");
        }
    }
}

#[tokio::test]
async fn s62_what_is_stopped_never_reaches_the_inner_service_and_uses_up_none_of_its_readiness() {
    for (case, request, status) in stopped() {
        let (inner, mut handle) = mock::pair::<Asked, Answered>();
        let mut service = usual().layer(inner);
        handle.allow(1);
        soon(case, ServiceExt::<Asked>::ready(&mut service)).await.unwrap();
        let response = soon(case, service.call(request)).await.unwrap();
        assert_eq!(response.status(), status, "{case}");
        assert!(handle.poll_request().is_pending(), "{case}");

        // One request was allowed, and it is still there to be made.
        soon(case, ServiceExt::<Asked>::ready(&mut service)).await.unwrap();
        let respond = async { handle.next_request().await.unwrap().1.send_response(Response::new("inner".into())) };
        let (response, ()) = soon(case, async { tokio::join!(service.call(bearer(&good_token())), respond) }).await;
        assert_eq!(response.unwrap().status(), 200, "{case}");
    }
}

#[tokio::test]
async fn endpoints_need_no_inner_service_and_are_always_ready() {
    let mut endpoints = usual().endpoints();
    let polled = Service::<Asked>::poll_ready(&mut endpoints, &mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Ready(Ok(()))));
    assert_eq!(soon("a login", endpoints.call(login())).await.unwrap().status(), 200);
}

// Dropped futures

#[tokio::test]
async fn s61_a_future_dropped_before_its_first_poll_leaves_a_service_that_works() {
    for (case, builder, request, id) in admitted() {
        let layer = build(builder);
        let (inner, mut handle) = mock::pair::<Asked, Answered>();
        let mut service = layer.layer(inner);
        handle.allow(1);
        soon(case, ServiceExt::<Asked>::ready(&mut service)).await.unwrap();
        drop(service.call(request.clone()));
        // Where somebody has to be asked first, the inner service has heard of nothing.
        let asks = matches!(case, "Bearer, looked up" | "Basic");
        assert_eq!(handle.poll_request().is_pending(), asks, "{case}");

        handle.allow(1);
        soon(case, ServiceExt::<Asked>::ready(&mut service)).await.unwrap();
        let respond = async {
            let (request, respond) = handle.next_request().await.unwrap();
            respond.send_response(Response::new("inner".into()));
            name_of(&request)
        };
        let (response, seen) = soon(case, async { tokio::join!(service.call(request), respond) }).await;
        assert_eq!((response.unwrap().status().as_u16(), seen.as_deref()), (200, id), "{case}");
    }
}

#[tokio::test]
async fn s61_a_login_dropped_before_its_first_poll_asks_nobody() {
    let asked = Arc::new(AtomicUsize::new(0));
    let (counter, find) = (Arc::clone(&asked), find_in(users()));
    let lookup = move |query: Query| {
        counter.fetch_add(1, Ordering::SeqCst);
        find(query)
    };
    let layer = builder().build(lookup).unwrap();
    let mut service = layer.layer(service_fn(prompt));
    drop(service.call(login()));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert_eq!(soon("a login", service.call(login())).await.unwrap().status(), 200);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn s61_a_future_dropped_at_its_lookup_gives_the_readiness_back() {
    let layer = builder().build(|_: Query| pending::<Result<Option<Account<User>>, BoxError>>()).unwrap();
    for request in [bearer(&good_token()), by_basic()] {
        let limited = ConcurrencyLimit::new(service_fn(prompt), 1);
        let mut service = layer.layer(limited);
        soon("at first", ServiceExt::<Asked>::ready(&mut service)).await.unwrap();
        let mut waiting = Box::pin(service.call(request));
        assert!(is_pending(&mut waiting));
        assert!(is_pending(ServiceExt::<Asked>::ready(&mut service)), "the one permit waits with the lookup");
        drop(waiting);
        soon("after the drop", ServiceExt::<Asked>::ready(&mut service)).await.unwrap();
    }
}

#[tokio::test]
async fn s62_a_request_for_a_ticket_holds_no_permit_while_its_user_is_looked_up() {
    let builder = builder().tickets("/auth/ticket");
    let layer = builder.build(|_: Query| pending::<Result<Option<Account<User>>, BoxError>>()).unwrap();
    for authorization in [format!("Bearer {}", good_token()), basic("duane15", PASSWORD)] {
        let mut service = layer.layer(ConcurrencyLimit::new(service_fn(prompt), 1));
        let mut other = service.clone();
        soon("at first", ServiceExt::<Asked>::ready(&mut service)).await.unwrap();
        let mut waiting = Box::pin(service.call(authorized(request("POST", "/auth/ticket"), &authorization)));
        assert!(is_pending(&mut waiting));
        soon("another", ServiceExt::<Asked>::ready(&mut other)).await.unwrap();
    }
}

#[tokio::test]
#[should_panic(expected = "polled after completion")]
async fn polling_an_answered_future_again_is_the_callers_mistake() {
    let mut service = usual().layer(service_fn(prompt));
    let mut future = pin!(service.call(request("GET", "/me")));
    let mut poll = || future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(poll().is_ready());
    let _ = poll();
}

#[tokio::test]
async fn one_request_that_waits_for_its_lookup_holds_up_no_other() {
    let gate = Arc::new(Notify::new());
    let lookup = {
        let gate = Arc::clone(&gate);
        move |query: Query| {
            let (gate, answer) = (Arc::clone(&gate), find_in(users())(query));
            async move {
                gate.notified().await;
                answer.await
            }
        }
    };
    let layer = builder().public("/health").build(lookup).unwrap();
    let mut service = layer.layer(service_fn(prompt));
    let mut waiting = Box::pin(service.call(bearer(&good_token())));
    assert!(is_pending(&mut waiting));
    for (request, status) in [(request("GET", "/health"), 200), (request("GET", "/me"), 401)] {
        soon("another", ServiceExt::<Asked>::ready(&mut service)).await.unwrap();
        assert_eq!(soon("another", service.call(request)).await.unwrap().status(), status);
    }
    gate.notify_one();
    assert_eq!(soon("the first", waiting).await.unwrap().status(), 200);
}

// Inner services that are strict about readiness

/// Every kind of request in turn, thrice, through one instance and through clones of it.
async fn every_request_through<S>(over: &str, wrap: impl Fn() -> S)
where
    S: Service<Asked, Response = Answered> + Clone,
    S::Error: std::fmt::Debug,
{
    for (case, builder, request, _) in admitted() {
        let mut service = build(builder).layer(wrap());
        for round in 0..3 {
            let case = format!("{case}, over {over}, round {round}");
            for (stop, request, status) in stopped() {
                // Claims alone do not say that a user is gone.
                let status = if case.contains("claims only") && stop == GONE { 200 } else { status };
                assert_eq!(status_of(&case, &mut service, request).await, status, "{stop}, before {case}");
            }
            assert_eq!(status_of(&case, &mut service, request.clone()).await, 200, "{case}");
            assert_eq!(status_of(&case, &mut service.clone(), request.clone()).await, 200, "a clone, {case}");
        }
    }
}

async fn status_of<S, B>(case: &str, service: &mut S, request: Asked) -> u16
where
    S: Service<Asked, Response = Response<B>>,
    S::Error: std::fmt::Debug,
{
    let service = soon(case, service.ready()).await.unwrap_or_else(|error| panic!("{case}: {error:?}"));
    let response = soon(case, service.call(request)).await;
    response.unwrap_or_else(|error| panic!("{case}: {error:?}")).status().as_u16()
}

#[tokio::test]
async fn s62_over_a_concurrency_limit_of_one() {
    every_request_through("ConcurrencyLimit", || ConcurrencyLimit::new(service_fn(prompt), 1)).await;
}

#[tokio::test]
async fn s62_over_load_shed_and_a_concurrency_limit_of_one() {
    every_request_through("LoadShed", || LoadShed::new(ConcurrencyLimit::new(service_fn(prompt), 1))).await;
}

#[tokio::test]
async fn s62_over_a_buffer_of_one() {
    every_request_through("Buffer", || Buffer::new(service_fn(prompt), 1)).await;
}

#[tokio::test]
async fn under_a_concurrency_limit_a_buffer_and_load_shed() {
    let auth = usual().layer(service_fn(prompt));
    let mut limited = ConcurrencyLimit::new(auth.clone(), 1);
    let mut buffered = Buffer::new(auth.clone(), 1);
    let mut shedding = LoadShed::new(ConcurrencyLimit::new(auth.clone(), 1));
    let mut stack = ServiceBuilder::new().load_shed().buffer(4).concurrency_limit(1).service(auth);
    for round in 0..3 {
        let mut requests = stopped();
        requests.extend(admitted().into_iter().map(|(case, _, request, _)| (case, request, 200)));
        for (case, request, status) in requests {
            let case = format!("{case}, round {round}");
            assert_eq!(status_of(&case, &mut limited, request.clone()).await, status, "limited: {case}");
            assert_eq!(status_of(&case, &mut buffered, request.clone()).await, status, "buffered: {case}");
            assert_eq!(status_of(&case, &mut shedding, request.clone()).await, status, "shedding: {case}");
            assert_eq!(status_of(&case, &mut stack, request).await, status, "all of them: {case}");
        }
    }
}

#[tokio::test]
async fn a_permit_is_held_from_readiness_to_the_response_and_no_longer() {
    let gate = Arc::new(Notify::new());
    let inner = {
        let gate = Arc::clone(&gate);
        service_fn(move |_: Asked| {
            let gate = Arc::clone(&gate);
            async move {
                gate.notified().await;
                Ok::<_, BoxError>(Answered::new("inner".into()))
            }
        })
    };
    for (case, builder, request, _) in admitted() {
        let layer = build(builder);
        let mut service = layer.layer(ConcurrencyLimit::new(inner.clone(), 1));
        let mut other = service.clone();
        soon(case, ServiceExt::<Asked>::ready(&mut service)).await.unwrap();
        let mut first = tokio::spawn(service.call(request));
        drop(service);
        // A clone that goes away: who stays in line for the permit is given it when a password has to be hashed.
        assert!(is_pending(ServiceExt::<Asked>::ready(&mut other.clone())), "{case}: there is one permit");
        assert!(is_pending(&mut first), "{case}");
        gate.notify_one();
        let response = soon(case, first).await.unwrap().unwrap();
        assert_eq!(response.status(), 200, "{case}");
        soon(case, ServiceExt::<Asked>::ready(&mut other)).await.unwrap();
    }
}

// Errors

#[derive(Debug, PartialEq)]
struct Broken(u8);

#[tokio::test]
async fn inner_errors_pass_through_untouched() {
    for (case, builder, request, _) in admitted() {
        let layer = build(builder);
        let service = layer.layer(service_fn(|_: Asked| ready(Err::<Answered, _>(Broken(7)))));
        let outcome: Result<_, Broken> = soon(case, service.oneshot(request)).await;
        assert_eq!(outcome.err(), Some(Broken(7)), "{case}");
    }
    // And nothing of ours is one.
    for (case, request, status) in stopped() {
        let service = usual().layer(service_fn(|_: Asked| ready(Err::<Answered, _>(Broken(7)))));
        assert_eq!(soon(case, service.oneshot(request)).await.unwrap().status(), status, "{case}");
    }
}

#[tokio::test]
async fn a_shed_request_is_the_inner_services_error_and_not_a_refusal() {
    let busy = ConcurrencyLimit::new(service_fn(|_: Asked| pending::<Result<Answered, BoxError>>()), 1);
    let mut first = busy.clone();
    soon("the first", first.ready()).await.unwrap();
    let _running = first.call(request("GET", "/"));
    for (case, builder, request, _) in admitted() {
        let layer = build(builder);
        let service = layer.layer(LoadShed::new(busy.clone()));
        let error = soon(case, service.oneshot(request)).await.expect_err(case);
        assert!(error.is::<Overloaded>(), "{case}: {error}");
    }
    for (case, request, status) in stopped() {
        let service = usual().layer(LoadShed::new(busy.clone()));
        assert_eq!(soon(case, service.oneshot(request)).await.unwrap().status(), status, "{case}");
    }
}

/// A body whose connection is lost.
struct Lost;

impl Body for Lost {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        Poll::Ready(Some(Err(Broken(9))))
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "broken {}", self.0)
    }
}

impl std::error::Error for Broken {}

#[tokio::test]
async fn a_body_that_breaks_is_the_inner_services_matter_and_at_a_login_a_bad_request() {
    let inner = service_fn(async |request: Request<Lost>| {
        let broken = request.into_body().collect().await.err();
        Ok::<_, BoxError>(Response::new(Full::new(Bytes::from(format!("{broken:?}")))))
    });
    let (me, _) = bearer(&good_token()).into_parts();
    let request = Request::from_parts(me, Lost);
    let response = soon("a guarded route", usual().layer(inner).oneshot(request)).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "Some(Broken(9))");

    let (head, _) = login().into_parts();
    let response = soon("a login", usual().layer(inner).oneshot(Request::from_parts(head, Lost))).await.unwrap();
    assert_eq!(response.status(), 400);
}
