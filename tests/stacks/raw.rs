//! Real servers, and HTTP/1.1 in bytes.

use std::{net::SocketAddr, time::Duration};

use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tower::ServiceExt;

use crate::Stack;

/// Longest wait for anything, so that a connection that hangs fails its test.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what}: no end"))
}

/// Hyper-util's server, for HTTP/1.1 and h2c, with upgrades.
pub async fn serve_hyper(stack: Stack) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = stack.map_request(|request: Request<Incoming>| request.map(Body::new));
    let mut server = Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new());
    server.http2().enable_connect_protocol();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            let connection = server.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
            tokio::spawn(connection);
        }
    });
    address
}

/// Axum's own server.
pub async fn serve_axum(app: axum::Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// One connection.
pub struct Client {
    pub stream: TcpStream,
    /// What has arrived and is not read.
    pub unread: Vec<u8>,
}

/// An answer as it came over the wire.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Status line and fields.
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.split("\r\n").filter_map(|line| line.split_once(": "));
        fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, unread: Vec::new() }
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        soon("a write", self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Sends a request and reads its answer.
    pub async fn ask(&mut self, request: &str) -> Answer {
        self.send(request).await;
        let mut answer = self.head().await;
        if !request.starts_with("HEAD ") {
            self.body(&mut answer).await;
        }
        answer
    }

    /// Reads an answer to anything but HEAD.
    pub async fn answer(&mut self) -> Answer {
        let mut answer = self.head().await;
        self.body(&mut answer).await;
        answer
    }

    /// Reads the head of an answer.
    pub async fn head(&mut self) -> Answer {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.more().await, "closed before an answer, after {:?}", String::from_utf8_lossy(&self.unread));
        };
        let head = String::from_utf8(self.unread.drain(..end).collect()).unwrap();
        assert!(head.starts_with("HTTP/1.1 "), "this is no answer: {head:?}");
        Answer { status: head[9..12].parse().unwrap(), head, body: String::new() }
    }

    async fn body(&mut self, answer: &mut Answer) {
        let length = if answer.status < 200 { "0" } else { answer.field("content-length").expect("a length") };
        let length: usize = length.parse().unwrap();
        while self.unread.len() < length {
            assert!(self.more().await, "closed within a body");
        }
        answer.body = String::from_utf8(self.unread.drain(..length).collect()).unwrap();
    }

    /// Waits for more bytes; `false` at the end, however it came.
    pub async fn more(&mut self) -> bool {
        let mut buffer = [0; 8192];
        match soon("a read", self.stream.read(&mut buffer)).await {
            Ok(0) | Err(_) => false,
            Ok(read) => {
                self.unread.extend(&buffer[..read]);
                true
            }
        }
    }

    /// Everything until the server closes.
    pub async fn rest(&mut self) -> String {
        while self.more().await {}
        String::from_utf8_lossy(&std::mem::take(&mut self.unread)).into_owned()
    }
}
