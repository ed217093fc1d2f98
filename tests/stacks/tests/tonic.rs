//! The layer in front of a gRPC service: tonic's server, tonic's client, gRPC-Web, and HTTP/2 frame by frame.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    future::poll_fn,
    sync::{Mutex, mpsc},
    time::Duration,
};

use bytes::Bytes;
use h2::{Reason, client::SendRequest};
use http_body_util::Full;
use hyper_util::{client::legacy::Client as HttpClient, rt::TokioExecutor};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tonic::{
    Code, Request, Status,
    metadata::MetadataValue,
    service::{InterceptorLayer, Routes},
    transport::{Endpoint, Server},
};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_web::GrpcWebClientLayer;
use tower::{Layer, ServiceBuilder, ServiceExt};
use tower_auth::{CurrentUser, Rejection};
use tower_auth_stacks::grpc::*;
use tower_auth_tonic::{
    Teller,
    whoami::{Caller, GetRequest, WatchRequest, whoami_client::WhoamiClient, whoami_server::WhoamiServer},
};

/// `ada` with her password, with another one, and others.
const ADA: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";
const WRONG: &str = "Basic YWRhOndyb25n";
const NOBODY: &str = "Basic bm9ib2R5OmNvcnJlY3QgaG9yc2U=";
const BLOCKED: &str = "Basic YmxvY2tlZDpjb3JyZWN0IGhvcnNl";
const GRACE: &str = "Basic Z3JhY2U6YW55";

const GET: &str = "/whoami.v1.Whoami/Get";
/// An empty message, length-prefixed.
const EMPTY: &[u8] = &[0; 5];
/// Longest wait for what may never come.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than any token here lives.
const LONG: u64 = 31 * 24 * 3600;

fn ada(scheme: &str) -> Caller {
    Caller { id: "1".into(), username: "ada".into(), scheme: scheme.into() }
}

fn ever() -> WatchRequest {
    WatchRequest { count: 0 }
}

#[track_caller]
fn assert_status(status: &Status, code: Code, message: &str) {
    assert_eq!((status.code(), status.message()), (code, message), "{status:?}");
    assert!(status.details().is_empty(), "{status:?}");
}

/// Both kinds of calls are refused alike.
async fn assert_refused(server: &Running, credentials: &[&str], code: Code, message: &str) {
    let mut client = server.client().await;
    assert_status(&client.get(by(credentials, GetRequest {})).await.unwrap_err(), code, message);
    assert_status(&client.watch(by(credentials, ever())).await.unwrap_err(), code, message);
}

// Who comes in

#[tokio::test]
async fn a_token_of_a_login_over_http_on_the_same_port_opens_unary_and_streaming_calls() {
    let server = Running::usual().await;
    let bearer = format!("Bearer {}", server.token().await);
    let mut client = server.client().await;
    for (credentials, scheme) in [(&*bearer, "bearer"), (ADA, "basic")] {
        let caller = client.get(by(&[credentials], GetRequest {})).await.unwrap().into_inner();
        assert_eq!(caller, ada(scheme));
        let mut answers = client.watch(by(&[credentials], WatchRequest { count: 2 })).await.unwrap().into_inner();
        assert_eq!(answers.message().await.unwrap(), Some(ada(scheme)));
        server.tick();
        assert_eq!(answers.message().await.unwrap(), Some(ada(scheme)));
        assert_eq!(answers.message().await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_interceptor_of_the_client_carries_the_token() {
    let server = Running::usual().await;
    let bearer: MetadataValue<_> = format!("Bearer {}", server.token().await).parse().unwrap();
    let channel = Endpoint::from_shared(server.url("")).unwrap().connect().await.unwrap();
    let mut client = WhoamiClient::with_interceptor(channel, move |mut request: Request<()>| {
        request.metadata_mut().insert("authorization", bearer.clone());
        Ok(request)
    });
    assert_eq!(client.get(GetRequest {}).await.unwrap().into_inner(), ada("bearer"));
}

#[tokio::test]
async fn the_health_service_is_public_and_nothing_beside_it() {
    let server = Running::usual().await;
    let mut health = HealthClient::new(Endpoint::from_shared(server.url("")).unwrap().connect().await.unwrap());
    for credentials in [&[][..], &["Bearer a.b.c"]] {
        let answer = health.check(by(credentials, HealthCheckRequest::default())).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving);
    }
    let mut watch = health.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);

    for path in ["/grpc.health.v1.Health/", "/grpc.health.v1.Health/Check/x", "/grpc.health.v1.health/Check", "/x"] {
        let call = http::Request::post(server.url(path)).header("content-type", "application/grpc-web");
        let answer = ask(call.body(Full::from(EMPTY)).unwrap()).await;
        assert_eq!(answer.headers().get("grpc-status"), Some(&"16".parse().unwrap()), "{path}");
    }
}

// Who does not

#[tokio::test]
async fn calls_without_good_credentials_are_unauthenticated_and_say_why() {
    let server = Running::usual().await;
    let good = format!("Bearer {}", server.token().await);
    let forged = format!("{}AAAA", &good[..good.len() - 4]);
    for (credentials, message) in [
        (&[][..], "credentials are required"),
        (&["Bearer"], "the token is malformed"),
        (&["Bearer a.b.c"], "the token is malformed"),
        (&[&*forged], "the signature of the token does not hold"),
        (&["Digest x"], "the authentication scheme is not supported"),
        (&["Basic %"], "the credentials are malformed"),
        (&[WRONG], "the user-id or the password is wrong"),
        (&[NOBODY], "the user-id or the password is wrong"),
        (&[BLOCKED], "the account is blocked"),
        (&[&*good, &*good], "send one credential, not several"),
    ] {
        assert_refused(&server, credentials, Code::Unauthenticated, message).await;
    }
}

#[tokio::test]
async fn an_expired_token_and_a_failing_lookup_have_statuses_of_their_own_and_tell_no_secret() {
    let server = Running::usual().await;
    let token = server.token().await;
    server.world.advance(LONG);
    let expired = format!("Bearer {token}");
    assert_refused(&server, &[&expired], Code::Unauthenticated, "the token has expired").await;
    let fresh = format!("Bearer {}", server.token().await);
    server.world.database_goes_down();
    let mut statuses = vec![server.client().await.get(by(&[&expired], GetRequest {})).await.unwrap_err()];
    for credentials in [&*fresh, ADA] {
        let message = "the credentials cannot be checked at the moment";
        assert_refused(&server, &[credentials], Code::Unavailable, message).await;
        statuses.push(server.client().await.get(by(&[credentials], GetRequest {})).await.unwrap_err());
    }
    for status in statuses {
        let text = format!("{status:?} {status}");
        for secret in [&*token, &fresh["Bearer ".len()..], &ADA["Basic ".len()..], SECRET_OF_THE_DATABASE] {
            assert!(!text.contains(secret), "{text}");
        }
        let fields: Vec<_> = status.metadata().clone().into_headers().keys().map(ToString::to_string).collect();
        let known = ["content-type", "date", "retry-after", "grpc-retry-pushback-ms"];
        assert!(fields.iter().all(|name| known.contains(&&**name)), "{fields:?}");
    }
}

#[tokio::test]
async fn beyond_the_hashing_lane_a_call_is_refused_as_exhausted_and_tokens_go_on() {
    let (started, start) = mpsc::channel();
    let (release, gate) = mpsc::channel::<()>();
    let (started, gate) = (Mutex::new(started), Mutex::new(gate));
    let verify = move |_: &str, _: &str| {
        started.lock().unwrap().send(()).unwrap();
        Some(gate.lock().unwrap().recv().is_ok())
    };
    let server = Running::start(|builder| builder.hashing_lane(1, 0).verify_passwords_with(verify)).await;
    let bearer = format!("Bearer {}", server.token().await);
    let mut client = server.client().await;
    let mut other = client.clone();
    let first = tokio::spawn(async move { other.get(by(&[GRACE], GetRequest {})).await });
    tokio::task::spawn_blocking(move || start.recv()).await.unwrap().unwrap();

    // The same password would wait for the same hash.
    assert_refused(&server, &[ADA], Code::ResourceExhausted, "too many logins at the moment").await;
    client.get(by(&[&bearer], GetRequest {})).await.unwrap();
    release.send(()).unwrap();
    first.await.unwrap().unwrap();
}

#[tokio::test]
async fn logins_are_counted_by_the_peer_that_tonic_names() {
    let server = Running::usual().await;
    let login = |name: usize| {
        let body = format!(r#"{{"identifier":"nobody{name}","password":"x"}}"#);
        let request = http::Request::post(server.url("/auth/local")).header("content-type", "application/json");
        ask(request.body(Full::from(body)).unwrap())
    };
    for name in 0..10 {
        assert_eq!(login(name).await.status(), 400);
    }
    assert_eq!(login(10).await.status(), 429);
    // Calls are not logins by form.
    server.client().await.get(by(&[ADA], GetRequest {})).await.unwrap();
}

// How long a call lasts

#[tokio::test]
async fn a_stream_is_judged_when_it_begins_and_outlives_its_token() {
    let server = Running::usual().await;
    let bearer = format!("Bearer {}", server.token().await);
    let mut answers = server.client().await.watch(by(&[&bearer], ever())).await.unwrap().into_inner();
    assert_eq!(answers.message().await.unwrap(), Some(ada("bearer")));
    server.world.advance(LONG);
    assert_refused(&server, &[&bearer], Code::Unauthenticated, "the token has expired").await;
    server.tick();
    assert_eq!(answers.message().await.unwrap(), Some(ada("bearer")));
    server.world.database_goes_down();
    server.tick();
    assert_eq!(answers.message().await.unwrap(), Some(ada("bearer")));
}

// Attachment

/// What the layer denies to nobody, an interceptor behind it denies by who the caller is.
#[tokio::test]
async fn interceptors_behind_the_layer_see_its_identity_and_may_deny() {
    let (world, (listener, address), (_ticks, ticking)) = (World::default(), listen().await, ticks());
    let server = Server::builder()
        .accept_http1(true)
        .layer(layer(builder(&world), &world))
        .add_service(WhoamiServer::with_interceptor(Teller::<User>::new(ticking), tokens_only));
    tokio::spawn(server.serve_with_incoming(listener));

    let bearer = format!("Bearer {}", token(address).await);
    let mut client = WhoamiClient::connect(format!("http://{address}")).await.unwrap();
    assert_eq!(client.get(by(&[&bearer], GetRequest {})).await.unwrap().into_inner(), ada("bearer"));
    let denied = client.get(by(&[ADA], GetRequest {})).await.unwrap_err();
    assert_status(&denied, Code::PermissionDenied, "only by token");
    let denied = client.watch(by(&[ADA], ever())).await.unwrap_err();
    assert_status(&denied, Code::PermissionDenied, "only by token");
    let refused = client.get(GetRequest {}).await.unwrap_err();
    assert_status(&refused, Code::Unauthenticated, "credentials are required");
}

#[tokio::test]
async fn an_interceptor_outside_the_layer_sees_nobody_yet() {
    let (world, (listener, address), (_ticks, ticking)) = (World::default(), listen().await, ticks());
    let server = Server::builder()
        .layer(InterceptorLayer::new(tokens_only))
        .layer(layer(builder(&world), &world))
        .add_service(WhoamiServer::new(Teller::<User>::new(ticking)));
    tokio::spawn(server.serve_with_incoming(listener));
    let mut client = WhoamiClient::connect(format!("http://{address}")).await.unwrap();
    assert_status(&client.get(by(&[ADA], GetRequest {})).await.unwrap_err(), Code::Internal, "no identity");
}

#[tokio::test]
async fn without_the_layer_the_service_blames_the_server_and_not_the_caller() {
    let ((listener, address), (_ticks, ticking)) = (listen().await, ticks());
    let server = Server::builder().add_service(WhoamiServer::new(Teller::<User>::new(ticking)));
    tokio::spawn(server.serve_with_incoming(listener));
    let mut client = WhoamiClient::connect(format!("http://{address}")).await.unwrap();
    let status = client.get(by(&[ADA], GetRequest {})).await.unwrap_err();
    assert_status(&status, Code::Internal, "no identity: the layer does not guard this service");
}

#[tokio::test]
async fn one_layer_guards_the_axum_routes_and_the_grpc_services_of_one_router() {
    let (world, (listener, address), (_ticks, ticking)) = (World::default(), listen().await, ticks());
    let router = Routes::new(WhoamiServer::new(Teller::<User>::new(ticking)))
        .into_axum_router()
        .route("/me", axum::routing::get(async |user: CurrentUser<User>| user.to_string()))
        .layer(layer(builder(&world), &world));
    let server = Server::builder().accept_http1(true).add_routes(Routes::from(router));
    tokio::spawn(server.serve_with_incoming(listener));

    let bearer = format!("Bearer {}", token(address).await);
    let me = || http::Request::get(format!("http://{address}/me"));
    let answer = ask(me().header("authorization", &bearer).body(Full::default()).unwrap()).await;
    assert_eq!((answer.status().as_u16(), answer.body().as_str()), (200, "ada"));
    let answer = ask(me().body(Full::default()).unwrap()).await;
    assert_eq!(answer.status(), 401);
    assert!(answer.headers().contains_key("www-authenticate") && !answer.headers().contains_key("grpc-status"));
    let mut client = WhoamiClient::connect(format!("http://{address}")).await.unwrap();
    assert_eq!(client.get(by(&[&bearer], GetRequest {})).await.unwrap().into_inner(), ada("bearer"));
    let refused = client.get(GetRequest {}).await.unwrap_err();
    assert_status(&refused, Code::Unauthenticated, "credentials are required");
}

#[tokio::test]
async fn an_outer_layer_reads_the_reason_off_a_refusal_of_grpc_too() {
    let world = World::default();
    let service = layer(builder(&world), &world).layer(Routes::default());
    let call = http::Request::post(GET).header("content-type", "application/grpc").body(tonic::body::Body::empty());
    let answer = service.oneshot(call.unwrap()).await.unwrap();
    assert_eq!(answer.extensions().get::<Rejection>().unwrap().kind().as_str(), "missing_credentials");
    let status = Status::from_header_map(answer.headers()).unwrap();
    assert_status(&status, Code::Unauthenticated, "credentials are required");
}

// gRPC-Web

#[tokio::test]
async fn grpc_web_over_http_1_is_served_and_refused_with_the_same_statuses() {
    let server = Running::usual().await;
    let bearer = format!("Bearer {}", server.token().await);
    let http = HttpClient::builder(TokioExecutor::new()).build_http();
    let http = ServiceBuilder::new().layer(GrpcWebClientLayer::new()).service(http);
    let mut client = WhoamiClient::with_origin(http, server.url("").parse().unwrap());

    for (credentials, scheme) in [(&*bearer, "bearer"), (ADA, "basic")] {
        let caller = client.get(by(&[credentials], GetRequest {})).await.unwrap().into_inner();
        assert_eq!(caller, ada(scheme));
        let mut answers = client.watch(by(&[credentials], WatchRequest { count: 1 })).await.unwrap().into_inner();
        assert_eq!(answers.message().await.unwrap(), Some(ada(scheme)));
        assert_eq!(answers.message().await.unwrap(), None);
    }
    for (credentials, message) in [
        (&[][..], "credentials are required"),
        (&["Bearer a.b.c"], "the token is malformed"),
        (&[WRONG], "the user-id or the password is wrong"),
    ] {
        let status = client.get(by(credentials, GetRequest {})).await.unwrap_err();
        assert_status(&status, Code::Unauthenticated, message);
        let status = client.watch(by(credentials, ever())).await.unwrap_err();
        assert_status(&status, Code::Unauthenticated, message);
    }
    server.world.database_goes_down();
    let status = client.get(by(&[ADA], GetRequest {})).await.unwrap_err();
    assert_status(&status, Code::Unavailable, "the credentials cannot be checked at the moment");
}

/// Trailers-Only of gRPC-Web: the trailers are header fields and the body is empty, whatever its encoding would be.
#[tokio::test]
async fn a_refusal_of_grpc_web_stands_in_the_header_section() {
    let server = Running::usual().await;
    for content_type in ["application/grpc-web", "application/grpc-web+proto", "application/grpc-web-text"] {
        let call = http::Request::post(server.url(GET)).header("content-type", content_type);
        let answer = ask(call.header("accept", content_type).body(Full::from("AAAAAAA=")).unwrap()).await;
        let field = |name: &str| answer.headers()[name].to_str().unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().as_str()), (200, ""));
        assert_eq!((field("content-type"), field("content-length")), (content_type, "0"));
        assert_eq!((field("grpc-status"), field("grpc-message")), ("16", "credentials are required"));
        assert!(!answer.headers().contains_key("www-authenticate"));
    }
}

/// Over HTTP/1.1 what was not read stands between this call and the next.
#[tokio::test]
async fn a_connection_of_http_1_goes_on_after_a_refused_call_whose_body_nobody_read() {
    let server = Running::usual().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let call = |authorization: &str, length: usize| {
        format!(
            "POST {GET} HTTP/1.1\r\nhost: x\r\n{authorization}content-type: application/grpc-web\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let mut refused = call("", 4096).into_bytes();
    // Bytes that read as requests, should anybody lose count.
    refused.extend(b"GET / HTTP/1.1\r\n".iter().cycle().take(4096));
    stream.write_all(&refused).await.unwrap();
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("grpc-status: 16\r\n"), "{head}");
    assert!(head.contains("content-length: 0\r\n"), "{head}");

    let mut good = call(&format!("authorization: {ADA}\r\n"), EMPTY.len()).into_bytes();
    good.extend(EMPTY);
    stream.write_all(&good).await.unwrap();
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("transfer-encoding: chunked\r\n"), "{head}");
    let mut body = Vec::new();
    while !body.ends_with(b"0\r\n\r\n") {
        assert_ne!(stream.read_buf(&mut body).await.unwrap(), 0, "{body:?}");
    }
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("ada") && body.contains("grpc-status:0\r\n"), "{body}");
}

/// The head of an answer of HTTP/1.1 and nothing of its body.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

// Frame by frame

const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

/// A connection of HTTP/2, and what the server sent on a stream of it.
async fn h2(server: &Running) -> (SendRequest<Bytes>, impl Fn(u32) -> Vec<Frame>) {
    let (stream, seen) = Recorded::connect(server.address).await;
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    (client, move |id| seen().into_iter().filter(|frame| frame.stream == id).collect())
}

fn call(server: &Running, credentials: Option<&str>) -> http::Request<()> {
    let call = http::Request::post(server.url(GET)).header("content-type", "application/grpc").header("te", "trailers");
    match credentials {
        Some(credentials) => call.header("authorization", credentials).body(()).unwrap(),
        None => call.body(()).unwrap(),
    }
}

/// A good call on the same connection, up to its trailers.
async fn assert_served(server: &Running, client: &SendRequest<Bytes>) {
    let mut client = client.clone().ready().await.unwrap();
    let (response, mut body) = client.send_request(call(server, Some(ADA)), false).unwrap();
    body.send_data(Bytes::from_static(EMPTY), true).unwrap();
    let mut body = response.await.unwrap().into_body();
    let message = body.data().await.unwrap().unwrap();
    assert!(message.windows(3).any(|three| three == b"ada"), "{message:?}");
    assert_eq!(body.trailers().await.unwrap().unwrap()["grpc-status"], "0");
}

#[tokio::test]
async fn a_refusal_is_one_headers_frame_that_ends_the_stream() {
    let server = Running::usual().await;
    let (client, frames) = h2(&server).await;
    let mut client = client.ready().await.unwrap();
    let (response, _) = client.send_request(call(&server, None), true).unwrap();
    let response = response.await.unwrap();

    assert_eq!(response.status(), 200);
    let mut fields: Vec<_> = response.headers().keys().map(http::HeaderName::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["content-type", "date", "grpc-message", "grpc-status"]);
    assert_eq!(response.headers()["content-type"], "application/grpc");
    assert_eq!(response.headers()["grpc-status"], "16");
    assert_eq!(response.headers()["grpc-message"], "credentials are required");
    assert!(response.into_body().data().await.is_none());

    assert_served(&server, &client).await;
    let seen: Vec<_> = frames(1).iter().map(|frame| (frame.kind, frame.flags)).collect();
    assert_eq!(seen, [(HEADERS, END_HEADERS | END_STREAM)]);
}

/// "Early Server Closure" of the protocol: the client hears that nobody waits for the rest, which is no error.
#[tokio::test]
async fn a_call_refused_before_its_body_ended_is_let_go_without_error() {
    let server = Running::usual().await;
    let (client, frames) = h2(&server).await;
    let mut client = client.ready().await.unwrap();
    let (response, mut body) = client.send_request(call(&server, Some("Bearer a.b.c")), false).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.headers()["grpc-message"], "the token is malformed");
    let reset = timeout(PATIENCE, poll_fn(|cx| body.poll_reset(cx))).await.unwrap();
    assert_eq!(reset.unwrap(), Reason::NO_ERROR);

    let seen: Vec<_> = frames(1).into_iter().map(|frame| (frame.kind, frame.flags)).collect();
    assert_eq!(seen, [(HEADERS, END_HEADERS | END_STREAM), (RST_STREAM, 0)]);
    assert_served(&server, &client).await;
}

/// More than the window of a connection, so that what nobody read has to be given back.
#[tokio::test]
async fn a_connection_goes_on_after_refused_calls_whose_bodies_nobody_read() {
    let server = Running::usual().await;
    let (client, _) = h2(&server).await;
    assert_served(&server, &client).await;
    for _ in 0..32 {
        let mut client = client.clone().ready().await.unwrap();
        let (response, mut body) = client.send_request(call(&server, None), false).unwrap();
        body.send_data(Bytes::from_static(&[0; 64 * 1024]), false).unwrap();
        let response = timeout(PATIENCE, response).await.unwrap();
        assert_eq!(response.unwrap().headers()["grpc-status"], "16");
    }
    timeout(PATIENCE, assert_served(&server, &client)).await.unwrap();
}
