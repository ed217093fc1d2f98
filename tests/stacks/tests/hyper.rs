//! `examples/hyper.rs`, started as it is: SIGINT ends it when the logins that run are answered, and no later.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::{net::SocketAddr, process::Stdio};

use bytes::Bytes;
use h2::Ping;
use http::Request;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};
use tower_auth_stacks::raw::{Client, soon};

struct Example {
    process: Child,
    address: SocketAddr,
}

impl Example {
    async fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_example-hyper"));
        let mut process = command.env("PORT", "0").stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = soon("the first line", lines.next_line()).await.unwrap().unwrap();
        let address = line.strip_prefix("listening on http://").unwrap().parse().unwrap();
        Self { process, address }
    }

    /// Sends SIGINT, and waits until it has been heard: nobody gets in any more.
    async fn interrupt(&self) {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
        let heard = async {
            while let Ok(stream) = TcpStream::connect(self.address).await {
                drop(stream);
                tokio::task::yield_now().await;
            }
        };
        soon("the signal", heard).await;
    }

    async fn assert_ended(mut self) {
        let status = soon("the end of the process", self.process.wait()).await.unwrap();
        assert!(status.success(), "{status}");
    }

    fn runs(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }
}

const LOGIN: &str = "username=ada&password=correct+horse";

fn head(fields: &str) -> String {
    let length = LOGIN.len();
    format!(
        "POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n{fields}\r\n"
    )
}

#[tokio::test]
async fn logins_that_run_are_answered_and_new_connections_are_refused() {
    let mut example = Example::start().await;
    // It says 100 when it reads the form: from then on the login runs.
    let mut login = Client::connect(example.address).await;
    assert_eq!(login.ask(&head("Expect: 100-continue\r\n")).await.status, 100);
    let (first, second) = LOGIN.split_at(20);
    login.send(first).await;

    example.interrupt().await;
    assert!(example.runs(), "a login runs");
    login.send(second).await;
    let answer = login.answer().await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("\"tokenIssuedAt\":") && answer.body.ends_with('}'), "{answer:?}");
    assert_eq!(login.rest().await, "");
    example.assert_ended().await;
}

#[tokio::test]
async fn over_http2_as_well() {
    let mut example = Example::start().await;
    let stream = TcpStream::connect(example.address).await.unwrap();
    let (mut client, mut connection) = h2::client::handshake(stream).await.unwrap();
    let mut pings = connection.ping_pong().unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::post("http://a/login").header("content-type", "application/x-www-form-urlencoded");
    let (response, mut sending) = client.send_request(request.body(()).unwrap(), false).unwrap();
    let (first, second) = LOGIN.split_at(20);
    sending.send_data(Bytes::from_static(first.as_bytes()), false).unwrap();
    // Frames are read in their order: what was sent before has come when this is answered.
    soon("a pong", pings.ping(Ping::opaque())).await.unwrap();

    example.interrupt().await;
    assert!(example.runs(), "a login runs");
    sending.send_data(Bytes::from_static(second.as_bytes()), true).unwrap();
    let response = soon("an answer", response).await.unwrap();
    assert_eq!(response.status(), 200);
    let (mut body, mut text) = (response.into_body(), Vec::new());
    while let Some(data) = soon("the body", body.data()).await {
        text.extend(data.unwrap());
    }
    assert!(text.ends_with(b"}"), "{}", String::from_utf8_lossy(&text));
    soon("the end of the connection", connection).await.unwrap().unwrap();
    example.assert_ended().await;
}

#[tokio::test]
async fn idle_connections_hold_nothing_up() {
    let example = Example::start().await;
    let mut used = Client::connect(example.address).await;
    assert_eq!(used.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.status, 401);
    assert_eq!(used.ask(&(head("") + LOGIN)).await.status, 200);
    let mut refused = Client::connect(example.address).await;
    assert_eq!(refused.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody").await.status, 401);
    let mut fresh = Client::connect(example.address).await;
    let stream = TcpStream::connect(example.address).await.unwrap();
    let (_client, mut connection) = h2::client::handshake(stream).await.unwrap();
    let mut pings = connection.ping_pong().unwrap();
    let connection = tokio::spawn(connection);
    soon("a pong", pings.ping(Ping::opaque())).await.unwrap();

    example.interrupt().await;
    for client in [&mut used, &mut refused, &mut fresh] {
        assert_eq!(client.rest().await, "");
    }
    soon("the end of the connection", connection).await.unwrap().unwrap();
    example.assert_ended().await;
}
