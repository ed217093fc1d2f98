//! A service under hyper, and a client that speaks to it in bytes, over a pipe in memory.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tower::{Layer, ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_auth::{AuthLayer, Lookup, Rejection, ResponseBody, dialect::Refusal};

use super::support::User;

/// Where an answer says who has refused.
const REFUSED: &str = "x-refused";

/// More than any request or answer here has.
const PIPE: usize = 1 << 20;

type Answering = BoxCloneSyncService<Request<Incoming>, Response<ResponseBody<Full<Bytes>>>, Infallible>;

pub struct Service {
    answering: Answering,
    admitted: Arc<AtomicUsize>,
    /// The `Authorization` field of a good request.
    good: String,
}

impl Service {
    /// The layer over an inner service that counts, and a token that it admits.
    pub fn of<L: Lookup<User = User>>(layer: &AuthLayer<L>, good: String) -> Self {
        let admitted = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&admitted);
        let inner = service_fn(move |_: Request<Incoming>| {
            counter.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok::<_, Infallible>(Response::new(Full::from("inner"))))
        });
        Self { answering: BoxCloneSyncService::new(layer.layer(inner).map_response(with_reason)), admitted, good }
    }

    /// Requests that reached the inner service.
    pub fn admitted(&self) -> usize {
        self.admitted.load(Ordering::SeqCst)
    }

    pub fn connect(&self) -> Client {
        let (client, server) = tokio::io::duplex(PIPE);
        let service = TowerToHyperService::new(self.answering.clone());
        tokio::spawn(http1::Builder::new().half_close(true).serve_connection(TokioIo::new(server), service));
        Client { stream: client, unread: Vec::new(), ended: false }
    }
}

fn with_reason<B>(mut response: Response<B>) -> Response<B> {
    let extensions = response.extensions();
    let guarded = extensions.get::<Rejection>().map(|rejection| rejection.kind().as_str());
    let login = extensions.get::<Refusal>().map(|refusal| refusal.as_str());
    if let Some(name) = guarded.or(login) {
        response.headers_mut().insert(REFUSED, HeaderValue::from_static(name));
    }
    response
}

pub struct Client {
    stream: DuplexStream,
    unread: Vec<u8>,
    /// The server has closed the connection.
    ended: bool,
}

pub enum Answer {
    /// The head of an answer.
    Head(String),
    Closed,
}

impl Answer {
    /// Status and reason.
    pub fn outcome(&self) -> String {
        let Self::Head(head) = self else { return "closed".into() };
        let status = head.split(' ').nth(1).unwrap();
        let reason = field(head, REFUSED).unwrap_or(match status {
            "200" => "admitted",
            _ => "hyper",
        });
        format!("{status} {reason}")
    }

    pub fn is_admitted(&self) -> bool {
        matches!(self, Self::Head(head) if head.starts_with("HTTP/1.1 200 ") && field(head, REFUSED).is_none())
    }
}

impl Client {
    pub async fn send(&mut self, bytes: &[u8]) {
        // A server that refuses may close before it has read everything.
        let _ = self.stream.write_all(bytes).await;
    }

    pub async fn hang_up(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    pub fn is_open(&self) -> bool {
        !self.ended
    }

    /// A good request; `None` where the server has closed the connection, as it says by `Connection: close` or may after a
    /// body that nobody has read.
    pub async fn ask_well(&mut self, service: &Service) -> Option<Answer> {
        let request = format!("GET /me HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\n\r\n", service.good);
        self.send(request.as_bytes()).await;
        match self.answer(false).await {
            Answer::Closed => None,
            answer @ Answer::Head(_) => Some(answer),
        }
    }

    /// The next answer, its body passed over.
    pub async fn answer(&mut self, to_head: bool) -> Answer {
        let end = loop {
            match self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None if !self.more().await => return Answer::Closed,
                None => {}
            }
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1."), "no answer: {head:?}");
        let length = field(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        let length = if to_head { 0 } else { length };
        while self.unread.len() < length {
            assert!(self.more().await, "closed within a body");
        }
        self.unread.drain(..length);
        Answer::Head(head)
    }

    async fn more(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let read = self.stream.read(&mut buffer).await.unwrap_or(0);
        self.ended = read == 0;
        self.unread.extend(&buffer[..read]);
        read > 0
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.split_once(": ").filter(|(known, _)| *known == name).map(|(_, value)| value))
}
