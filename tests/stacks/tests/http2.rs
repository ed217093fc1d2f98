//! HTTP/2 without TLS, spoken by the h2 crate, under hyper-util's server and axum's.
#![allow(clippy::unwrap_used)]

use std::{future::poll_fn, net::SocketAddr};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use h2::{
    Ping, Reason, SendStream,
    client::{ResponseFuture, SendRequest},
};
use http::{Request, Version};
use tokio::{net::TcpStream, sync::watch, task::JoinSet};
use tower::Layer;
use tower_auth::{AuthLayer, BoxError, Lookup};
use tower_auth_stacks::{
    raw::{Client, serve_axum, serve_hyper, soon},
    *,
};

async fn servers<L: Lookup<User = User>>(auth: &AuthLayer<L>) -> [(&'static str, SocketAddr); 2] {
    let hyper = serve_hyper(stack(auth.layer(service_fn(inner)))).await;
    [("hyper", hyper), ("axum", serve_axum(app().layer(auth.clone())).await)]
}

#[derive(Clone)]
struct Connection(SendRequest<Bytes>);

impl Connection {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (client, mut connection) = h2::client::handshake(stream).await.unwrap();
        let mut pings = connection.ping_pong().unwrap();
        tokio::spawn(connection);
        // The server has told by then how many streams it takes.
        soon("a pong", pings.ping(Ping::opaque())).await.unwrap();
        Self(client)
    }

    /// Sends the head of a request.
    async fn begin(&self, request: Request<Body>, ends: bool) -> (ResponseFuture, SendStream<Bytes>) {
        let mut ready = soon("a free stream", self.0.clone().ready()).await.unwrap();
        let (mut parts, _) = request.into_parts();
        parts.version = Version::HTTP_2;
        parts.uri = format!("http://a{}", parts.uri).parse().unwrap();
        ready.send_request(Request::from_parts(parts, ()), ends).unwrap()
    }

    async fn ask(&self, request: Request<Body>) -> Reply {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let (response, mut sending) = self.begin(Request::from_parts(parts, Body::empty()), body.is_empty()).await;
        if !body.is_empty() {
            sending.send_data(body, true).unwrap();
        }
        read(response).await
    }
}

async fn read(response: ResponseFuture) -> Reply {
    let (parts, mut body) = soon("an answer", response).await.unwrap().into_parts();
    let mut bytes = BytesMut::new();
    while let Some(data) = soon("a body", body.data()).await {
        let data = data.unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        bytes.extend(data);
    }
    Reply { status: parts.status, headers: parts.headers, body: bytes.freeze() }
}

#[tokio::test]
async fn each_contract_over_h2c() {
    let auth = layer();
    for (server, address) in servers(&auth).await {
        let connection = Connection::open(address).await;
        for (request, status) in [
            (post("/auth/local", "identifier=ada&password=correct+horse"), 200),
            (login("ada", PASSWORD), 200),
            (request("POST", "/api/auth/token", &[("authorization", BASIC)]), 200),
            (post("/tokens", "login=ada&password=correct+horse"), 201),
        ] {
            let path = request.uri().path().to_owned();
            let reply = connection.ask(request).await;
            assert_eq!(reply.status, status, "{server}: {path}");
            assert_eq!(reply.header("cache-control"), Some("no-store"), "{server}: {path}");
            if path == "/tokens" {
                let token = reply.token();
                assert_eq!(connection.ask(bearer(&token)).await.text(), "GET /me 0 ada", "{server}");
                let refreshed = connection.ask(request_to_refresh(&token)).await;
                assert_eq!(refreshed.status, 201, "{server}");
            }
        }
        assert_eq!(connection.ask(login("ada", "wrong")).await.status, 404, "{server}");
        for (method, path, status) in [("HEAD", "/me", 401), ("HEAD", "/public", 200), ("HEAD", "/login", 401)] {
            let reply = connection.ask(request(method, path, &[])).await;
            assert_eq!((reply.status.as_u16(), reply.text()), (status, ""), "{server}: {path}");
            assert_eq!(reply.headers.contains_key("www-authenticate"), status == 401, "{server}: {path}");
            if status == 401 {
                let get = connection.ask(request("GET", path, &[])).await;
                assert_eq!(reply.header("content-length"), Some(&*get.body.len().to_string()), "{server}: {path}");
            }
        }
        let twice = request("GET", "/me", &[("authorization", BASIC), ("authorization", BASIC)]);
        assert_eq!(connection.ask(twice).await.status, 400, "{server}");
    }
}

fn request_to_refresh(token: &str) -> Request<Body> {
    request("PATCH", &format!("/tokens/{token}"), &[])
}

#[tokio::test]
async fn bodies_that_nobody_reads_do_not_use_the_connection_up() {
    for (server, address) in servers(&layer()).await {
        let connection = Connection::open(address).await;
        // Six times what a connection's window is.
        for _ in 0..100 {
            let reply = connection.ask(post("/notes", "x".repeat(60_000))).await;
            assert_eq!(reply.status, 401, "{server}");
        }
        let mut notes = post("/notes", "x".repeat(60_000));
        notes.headers_mut().insert("authorization", BASIC.parse().unwrap());
        assert_eq!(connection.ask(notes).await.text(), "POST /notes 60000 ada", "{server}");
        assert_eq!(connection.ask(login("ada", PASSWORD)).await.status, 200, "{server}");
    }
}

#[tokio::test]
async fn a_refusal_asks_for_no_more_of_the_body() {
    for (server, address) in servers(&layer()).await {
        let connection = Connection::open(address).await;
        for (request, status) in [
            (request("POST", "/notes", &[]), 401),
            (request("POST", "/notes", &[("authorization", WRONG_BASIC)]), 401),
            (request("POST", "/login", &[("content-type", "text/plain")]), 415),
            (request("POST", "/api/auth/token", &[]), 403),
            (request("POST", "/login", &[("content-type", "application/json"), ("content-length", "99999")]), 413),
        ] {
            let path = request.uri().path().to_owned();
            let (response, mut sending) = connection.begin(request, false).await;
            sending.send_data("the beginning".into(), false).unwrap();
            assert_eq!(read(response).await.status, status, "{server}: {path}");
            // RFC 9113 §8.1: an answer that is complete before the request is may be followed by just this.
            let reason = soon("a reset", poll_fn(|cx| sending.poll_reset(cx))).await.unwrap();
            assert_eq!(reason, Reason::NO_ERROR, "{server}: {path}");
        }
        assert_eq!(connection.ask(get("/me", BASIC)).await.status, 200, "{server}");
    }
}

/// Counts the lookups that are under way.
struct UnderWay(watch::Sender<usize>);

impl UnderWay {
    fn begin(running: &watch::Sender<usize>) -> Self {
        running.send_modify(|running| *running += 1);
        Self(running.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

#[tokio::test]
async fn s61_a_stream_that_is_reset_ends_its_lookup_and_nothing_else() {
    let (sender, mut running) = watch::channel(0);
    let auth = builder()
        .build(move |query| {
            let under_way = UnderWay::begin(&sender);
            async move {
                let answer = find(query).await;
                drop(under_way);
                answer
            }
        })
        .unwrap();
    for (server, address) in servers(&auth).await {
        let connection = Connection::open(address).await;
        for _ in 0..3 {
            for request in [get("/me", HANGING_BASIC), login("hangs", PASSWORD)] {
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                let (response, mut sending) = connection.begin(Request::from_parts(parts, Body::empty()), false).await;
                sending.send_data(body, true).unwrap();
                soon("the lookup", running.wait_for(|running| *running == 1)).await.unwrap();
                sending.send_reset(Reason::CANCEL);
                soon("its end", running.wait_for(|running| *running == 0)).await.unwrap();
                drop(response);
                assert_eq!(connection.ask(get("/me", BASIC)).await.status, 200, "{server}");
            }
            // In the middle of a form.
            let (response, mut sending) = connection.begin(login("ada", PASSWORD), false).await;
            sending.send_data("username=ada&pass".into(), false).unwrap();
            sending.send_reset(Reason::CANCEL);
            drop(response);
            assert_eq!(connection.ask(login("ada", PASSWORD)).await.status, 200, "{server}");
        }
        // The same of a client of HTTP/1.1, which can only hang up.
        let mut client = Client::connect(address).await;
        client.send(format!("GET /me HTTP/1.1\r\nHost: a\r\nAuthorization: {HANGING_BASIC}\r\n\r\n")).await;
        soon("the lookup", running.wait_for(|running| *running == 1)).await.unwrap();
        drop(client);
        soon("its end", running.wait_for(|running| *running == 0)).await.unwrap();
    }
}

#[tokio::test]
async fn many_streams_at_once_each_get_their_own_answer() {
    let auth = layer();
    let token = token_of(&auth, "ada").await;
    for (server, address) in servers(&auth).await {
        let connection = Connection::open(address).await;
        let mut asking = JoinSet::new();
        for number in 0..300 {
            let (request, status) = match number % 6 {
                0 => (get(&format!("/notes/{number}"), &format!("Bearer {token}")), 200),
                1 => (request("GET", &format!("/notes/{number}"), &[]), 401),
                2 => (post("/notes", "x".repeat(number * 100)), 401),
                3 => (request("GET", "/public", &[]), 200),
                4 => (request("POST", "/login", &[("content-type", "text/plain")]), 415),
                _ if number % 60 == 5 => (login("ada", PASSWORD), 200),
                _ => (get(&format!("/notes/{number}"), "Bearer a.b.c"), 401),
            };
            let path = request.uri().path().to_owned();
            let connection = connection.clone();
            asking.spawn(async move {
                let reply = connection.ask(request).await;
                assert_eq!(reply.status, status, "{server}: {path}");
                match number % 6 {
                    0 => assert_eq!(reply.text(), format!("GET /notes/{number} 0 ada"), "{server}"),
                    3 => assert_eq!(reply.text(), "GET /public 0 nobody", "{server}"),
                    _ => {}
                }
            });
        }
        soon("all of them", asking.join_all()).await;
    }
}

#[tokio::test]
async fn a_refused_stream_is_refused_alone() -> Result<(), BoxError> {
    for (_, address) in servers(&layer()).await {
        let connection = Connection::open(address).await;
        let (slow, mut sending) = connection.begin(login("ada", PASSWORD), false).await;
        sending.send_data("username=ada&password=".into(), false)?;
        assert_eq!(connection.ask(request("GET", "/me", &[])).await.status, 401);
        sending.send_data("correct+horse".into(), true)?;
        assert_eq!(read(slow).await.status, 200);
    }
    Ok(())
}
