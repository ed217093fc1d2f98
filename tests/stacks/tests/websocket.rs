//! WebSocket upgrades through the layer: a real client, axum's `ws`, over HTTP/1.1 and HTTP/2.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use axum::{
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    response::Response,
    routing::any,
};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::{Method, Request};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message as Frame, client::IntoClientRequest, handshake::client::Request as Upgrade},
};
use tower_auth::{AuthLayer, CurrentUser, Lookup};
use tower_auth_stacks::{
    raw::{serve_axum, serve_hyper, soon},
    *,
};

/// Says who is there, and then everything that is said to it.
async fn talk(user: CurrentUser<User>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        socket.send(Message::text(format!("hello, {}", &**user))).await.unwrap();
        while let Some(Ok(message)) = socket.recv().await {
            match message {
                Message::Text(_) | Message::Binary(_) => socket.send(message).await.unwrap(),
                _ => {}
            }
        }
    })
}

async fn servers<L: Lookup<User = User>>(auth: &AuthLayer<L>) -> [(&'static str, SocketAddr); 2] {
    let app = app().route("/ws", any(talk)).layer(auth.clone());
    [("hyper", serve_hyper(stack(app.clone())).await), ("axum", serve_axum(app).await)]
}

fn upgrade(authorization: Option<&str>) -> Upgrade {
    let mut request = "ws://a/ws".into_client_request().unwrap();
    if let Some(value) = authorization {
        request.headers_mut().insert("authorization", value.parse().unwrap());
    }
    request
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Frame {
    soon("a frame", socket.next()).await.unwrap().unwrap()
}

#[tokio::test]
async fn frames_go_both_ways_for_who_has_a_token() {
    let auth = layer();
    let token = token_of(&auth, "ada").await;
    for (server, address) in servers(&auth).await {
        for authorization in [format!("Bearer {token}"), BASIC.into()] {
            let stream = TcpStream::connect(address).await.unwrap();
            let (mut socket, response) = client_async(upgrade(Some(&authorization)), stream).await.unwrap();
            assert_eq!(response.status(), 101, "{server}");
            assert_eq!(next(&mut socket).await, Frame::text("hello, ada"), "{server}");
            for sent in [Frame::text("one"), Frame::binary(vec![7; 100_000]), Frame::text("two")] {
                socket.send(sent.clone()).await.unwrap();
                assert_eq!(next(&mut socket).await, sent, "{server}");
            }
            socket.send(Frame::Ping("p".into())).await.unwrap();
            assert_eq!(next(&mut socket).await, Frame::Pong("p".into()), "{server}");
            socket.close(None).await.unwrap();
            while let Some(Ok(frame)) = soon("the end", socket.next()).await {
                assert!(frame.is_close(), "{server}: {frame:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_refused_upgrade_is_a_plain_401() {
    let auth = layer();
    for (server, address) in servers(&auth).await {
        for (authorization, code) in [(None, false), (Some("Bearer a.b.c"), true), (Some(WRONG_BASIC), false)] {
            let stream = TcpStream::connect(address).await.unwrap();
            let Err(Error::Http(response)) = client_async(upgrade(authorization), stream).await else {
                panic!("{server}: {authorization:?} was let in");
            };
            let field = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
            assert_eq!(response.status(), 401, "{server}");
            let challenge = field("www-authenticate").unwrap();
            assert!(challenge.starts_with("Bearer realm="), "{server}: {challenge}");
            assert_eq!(challenge.contains("invalid_token"), code, "{server}: {challenge}");
            assert_eq!(field("content-type"), Some("application/problem+json"), "{server}");
            assert_eq!((field("upgrade"), field("sec-websocket-accept")), (None, None), "{server}");
        }
    }
}

#[tokio::test]
async fn a_refused_upgrade_leaves_its_connection_usable() {
    for (server, address) in servers(&layer()).await {
        let mut client = raw::Client::connect(address).await;
        let upgrade = |fields: &str| {
            format!(
                "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{fields}\r\n"
            )
        };
        assert_eq!(client.ask(&upgrade("")).await.status, 401, "{server}");
        assert_eq!(client.ask(&upgrade("Authorization: Bearer a.b.c\r\n")).await.status, 401, "{server}");
        assert_eq!(
            client.ask("GET /public HTTP/1.1\r\nHost: a\r\n\r\n").await.body,
            "GET /public 0 nobody",
            "{server}"
        );
        let answer = client.ask(&upgrade(&format!("Authorization: {BASIC}\r\n"))).await;
        assert_eq!((answer.status, answer.field("upgrade")), (101, Some("websocket")), "{server}");
    }
}

/// RFC 8441. Frames of fewer than 126 bytes, masked with zeros.
#[tokio::test]
async fn over_http2_as_well() {
    let auth = layer();
    let token = token_of(&auth, "ada").await;
    for (server, address) in servers(&auth).await {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut client, mut connection) = h2::client::handshake(stream).await.unwrap();
        let mut pings = connection.ping_pong().unwrap();
        tokio::spawn(connection);
        // The server's settings have come by then.
        soon("a pong", pings.ping(h2::Ping::opaque())).await.unwrap();
        let connect = |authorization: &str| {
            let mut request = Request::builder().method(Method::CONNECT).uri("http://a/ws");
            request = request.header("sec-websocket-version", "13").header("authorization", authorization);
            request.extension(h2::ext::Protocol::from_static("websocket")).body(()).unwrap()
        };
        let (refused, _) = client.send_request(connect("Bearer a.b.c"), false).unwrap();
        assert_eq!(soon("a refusal", refused).await.unwrap().status(), 401, "{server}");

        let (response, mut sending) = client.send_request(connect(&format!("Bearer {token}")), false).unwrap();
        let response = soon("an answer", response).await.unwrap();
        assert_eq!(response.status(), 200, "{server}");
        sending.send_data(Bytes::from_static(b"\x81\x82\0\0\0\0hi"), false).unwrap();
        let (mut body, mut received) = (response.into_body(), Vec::new());
        while !received.ends_with(b"hi") {
            received.extend(soon("a frame", body.data()).await.unwrap().unwrap());
        }
        assert_eq!(received, b"\x81\x0ahello, ada\x81\x02hi", "{server}");
    }
}
