//! The layer under hyper on a real connection, spoken to in bytes.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use serde_json::{Value, json};
use support::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tower::{Layer, service_fn};
use tower_auth::{AuthLayer, Identity, Lookup, Query};

/// Longest wait for anything, so that a connection that hangs fails its test.
const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    address: SocketAddr,
    /// Requests that reached the inner service.
    inside: Arc<AtomicUsize>,
}

impl Server {
    /// Serves the layer over an inner service that answers `<method> <path> <length of the body> <user>`.
    async fn start<L: Lookup<User = User>>(layer: AuthLayer<L>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inside = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&inside);
        let inner = service_fn(move |request: Request<Incoming>| {
            counter.fetch_add(1, Ordering::SeqCst);
            answer(request)
        });
        let service = TowerToHyperService::new(layer.layer(inner));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let mut http = http1::Builder::new();
                let connection = http.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service.clone());
                tokio::spawn(connection);
            }
        });
        Self { address, inside }
    }

    async fn usual() -> Self {
        Self::start(layer()).await
    }

    async fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream, unread: Vec::new() }
    }

    fn inside(&self) -> usize {
        self.inside.load(Ordering::SeqCst)
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let user = Identity::<User>::of(&parts.extensions).map_or("nobody".into(), |identity| identity.id().to_string());
    let length = body.collect().await.map(|body| body.to_bytes().len()).unwrap_or_default();
    let text = format!("{} {} {length} {user}", parts.method, parts.uri.path());
    Ok(Response::new(Full::new(Bytes::from(text))))
}

/// One connection.
struct Client {
    stream: TcpStream,
    /// Bytes that arrived behind the last answer.
    unread: Vec<u8>,
}

/// An answer as it came over the wire.
#[derive(Debug)]
struct Answer {
    status: u16,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn field(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let first = found.next();
        assert!(found.next().is_none(), "{name} is there twice: {:?}", self.fields);
        first.map(|(_, value)| &**value)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Client {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await.unwrap().unwrap();
    }

    /// Sends a request and reads its answer.
    async fn ask(&mut self, request: &str) -> Answer {
        self.send(request).await;
        let answer = self.read().await;
        if request.starts_with("HEAD ") {
            return answer;
        }
        self.body(answer).await
    }

    /// Reads an answer to anything but HEAD.
    async fn answer(&mut self) -> Answer {
        let answer = self.read().await;
        self.body(answer).await
    }

    /// Reads the head of an answer.
    async fn read(&mut self) -> Answer {
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.more().await, "closed before an answer, after {:?}", String::from_utf8_lossy(&self.unread));
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().unwrap();
        assert!(status_line.starts_with("HTTP/1."), "this is no answer: {head:?}");
        let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
        let field = |line: &str| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_owned(), value.trim().to_owned())
        };
        Answer { status, fields: lines.map(field).collect(), body: Vec::new() }
    }

    /// Reads the body of an answer, whose length has to be told.
    async fn body(&mut self, mut answer: Answer) -> Answer {
        if answer.status < 200 {
            return answer;
        }
        let length: usize = answer.field("content-length").unwrap_or_else(|| panic!("{answer:?}")).parse().unwrap();
        while self.unread.len() < length {
            assert!(self.more().await, "closed within a body");
        }
        answer.body = self.unread.drain(..length).collect();
        answer
    }

    /// Waits for more bytes; `false` at the end.
    async fn more(&mut self) -> bool {
        let mut buffer = [0; 8192];
        match timeout(PATIENCE, self.stream.read(&mut buffer)).await.expect("no answer") {
            Ok(0) | Err(_) => false,
            Ok(read) => {
                self.unread.extend(&buffer[..read]);
                true
            }
        }
    }

    /// The server has closed the connection, and has sent nothing more.
    async fn assert_closed(&mut self, why: &str) {
        let more = self.more().await;
        assert!(!more && self.unread.is_empty(), "{why}: {:?}", String::from_utf8_lossy(&self.unread));
    }

    /// The connection is in sync and usable.
    async fn assert_in_sync(&mut self, why: &str) {
        assert!(self.unread.is_empty(), "{why}: {:?}", String::from_utf8_lossy(&self.unread));
        let answer = self.ask(&get("/in/sync", &bearer_field())).await;
        assert_eq!((answer.status, answer.text()), (200, "GET /in/sync 0 1"), "{why}");
    }
}

fn get(path: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

fn bearer_field() -> String {
    format!("Authorization: Bearer {}\r\n", good_token())
}

fn basic_field() -> String {
    format!("Authorization: {}\r\n", basic("duane15", PASSWORD))
}

fn post(path: &str, fields: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{fields}\r\n{body}")
}

const JSON: &str = "Content-Type: application/json\r\n";

const LOGIN: &str = r#"{"username":"duane15","password":"correct horse"}"#;

/// The routes that read a body, and their answers to too much of it and to too little.
const READING: [(&str, &str, &str); 3] = [
    (
        "/auth/local",
        r#"{"statusCode":413,"error":"Payload Too Large","message":"The request body is too large"}"#,
        r#"{"statusCode":408,"error":"Request Timeout","message":"The request body took too long to arrive"}"#,
    ),
    (
        "/login",
        r#"{"message":"The request body is too large"}"#,
        r#"{"message":"The request body took too long to arrive"}"#,
    ),
    (
        "/tokens",
        r#"{"message":["The request body is too large"]}"#,
        r#"{"message":["The request body took too long to arrive"]}"#,
    ),
];

#[tokio::test]
async fn each_contract_as_bytes_on_the_wire() {
    let server = Server::usual().await;
    let mut tokens = Vec::new();

    let body = r#"{"identifier":"Duane@Example.com","password":"correct horse"}"#;
    let answer = server.connect().await.ask(&post("/auth/local", JSON, body)).await;
    assert_eq!((answer.status, answer.field("content-type")), (200, Some("application/json; charset=utf-8")));
    assert_eq!((answer.field("cache-control"), answer.field("pragma")), (Some("no-store"), Some("no-cache")));
    assert_eq!(answer.json()["user"], json!({ "id": 1, "username": "duane15" }));
    tokens.push(answer.json()["jwt"].as_str().unwrap().to_owned());

    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let answer = server.connect().await.ask(&post("/login", form, "username=duane15&password=correct+horse")).await;
    assert_eq!((answer.status, answer.field("content-type")), (200, Some("application/json; charset=utf-8")));
    assert_eq!((answer.field("cache-control"), answer.field("pragma")), (Some("no-store"), Some("no-cache")));
    assert_eq!((&answer.json()["tokenIssuedAt"], &answer.json()["tokenExpire"]), (&json!(NOW), &json!(NOW + 388_800)));
    tokens.push(answer.json()["token"].as_str().unwrap().to_owned());

    let answer = server.connect().await.ask(&post("/api/auth/token", &basic_field(), "")).await;
    assert_eq!((answer.status, answer.field("content-type")), (200, Some("application/json")));
    assert_eq!((answer.field("cache-control"), answer.field("pragma")), (Some("no-store"), Some("no-cache")));
    assert_eq!(answer.json()["isSuccess"], true);
    tokens.push(answer.json()["token"].as_str().unwrap().to_owned());

    let (multipart, body) = multipart(&[("login", "13812345678"), ("password", PASSWORD)]);
    let fields = format!("Content-Type: {multipart}\r\n");
    let answer = server.connect().await.ask(&post("/tokens", &fields, &body)).await;
    assert_eq!((answer.status, answer.field("content-type")), (201, Some("application/json")));
    assert_eq!((answer.field("cache-control"), answer.field("pragma")), (Some("no-store"), Some("no-cache")));
    assert_eq!((&answer.json()["ttl"], &answer.json()["refresh_ttl"]), (&json!(20160), &json!(40320)));
    let first = answer.json()["token"].as_str().unwrap().to_owned();

    let refresh = format!("PATCH /tokens/{first} HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = server.connect().await.ask(&refresh).await;
    assert_eq!((answer.status, answer.field("cache-control")), (201, Some("no-store")));
    let second = answer.json()["token"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    tokens.extend([first, second]);

    assert_eq!(server.inside(), 0, "login routes are answered by the layer");
    for token in tokens {
        let answer = server.connect().await.ask(&get("/me", &format!("Authorization: Bearer {token}\r\n"))).await;
        assert_eq!((answer.status, answer.text()), (200, "GET /me 0 1"));
    }
    let answer = server.connect().await.ask(&post("/notes", &basic_field(), "a note")).await;
    assert_eq!((answer.status, answer.text()), (200, "POST /notes 6 1"));
}

#[tokio::test]
async fn s42_the_refusal_of_auth_token_is_empty_on_the_wire() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    let field = format!("Authorization: {}\r\n", basic("duane15", "wrong"));
    let answer = client.ask(&post("/api/auth/token", &field, "")).await;
    assert_eq!((answer.status, answer.text()), (403, ""));
    let mut names: Vec<_> = answer.fields.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    assert_eq!(names, ["content-length", "date"]);
    assert_eq!(answer.field("content-length"), Some("0"));
    client.assert_in_sync("after it").await;
}

#[tokio::test]
async fn a_connection_stays_in_sync_through_refusals_of_every_kind() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    let login = |body: &str| post("/login", JSON, body);
    let wrong = r#"{"username":"duane15","password":"wrong"}"#;
    let requests = [
        ("no credentials", get("/me", ""), 401),
        ("no credentials, with a body", post("/notes", JSON, r#"{"a":"GET /me HTTP/1.1\r\n\r\n"}"#), 401),
        (
            "no credentials, with a chunked body",
            format!(
                "POST /notes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{}",
                "5\r\nhello\r\n0\r\n\r\n"
            ),
            401,
        ),
        ("no token", get("/me", "Authorization: Bearer\r\n"), 401),
        ("a bad token", get("/me", "Authorization: Bearer a.b.c\r\n"), 401),
        ("an unknown scheme", get("/me", "Authorization: Digest a\r\n"), 401),
        ("a wrong password by Basic", get("/me", &format!("Authorization: {}\r\n", basic("duane15", "wrong"))), 401),
        ("a blocked user by Basic", get("/me", &format!("Authorization: {}\r\n", basic("blocked", PASSWORD))), 401),
        ("a lookup that fails", get("/me", &format!("Authorization: {}\r\n", basic("frieda", PASSWORD))), 503),
        ("another method on a login route", get("/login", ""), 401),
        ("a near miss of a login route", post("/login/", JSON, LOGIN), 401),
        ("a wrong password", login(wrong), 404),
        ("a blocked user", login(r#"{"username":"blocked","password":"correct horse"}"#), 403),
        ("a missing password", login(r#"{"username":"duane15"}"#), 400),
        ("no JSON", login("GET /me HTTP/1.1\r\n\r\n"), 400),
        ("an empty body", login(""), 400),
        ("another content type", post("/login", "Content-Type: text/plain\r\n", LOGIN), 415),
        ("an encoded body", post("/login", &format!("{JSON}Content-Encoding: gzip\r\n"), LOGIN), 415),
        ("a lookup that fails at login", login(r#"{"username":"frieda","password":"x"}"#), 500),
        ("auth_local", post("/auth/local", JSON, r#"{"identifier":"duane15","password":"wrong"}"#), 400),
        ("auth_token with a body", post("/api/auth/token", JSON, LOGIN), 403),
        ("tokens", post("/tokens", JSON, r#"{"login":"duane15","password":"wrong"}"#), 422),
        ("a refresh of garbage", "PATCH /tokens/garbage HTTP/1.1\r\nHost: a\r\n\r\n".into(), 401),
        (
            "a refresh with a body",
            "PATCH /tokens/a.b.c HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".into(),
            401,
        ),
        ("a login that is granted", login(LOGIN), 200),
    ];
    for (name, request, status) in requests {
        let answer = client.ask(&request).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        assert_eq!(answer.field("connection"), None, "{name}");
        client.assert_in_sync(name).await;
    }
}

#[tokio::test]
async fn s37_a_body_that_announces_too_much_is_refused_before_it_is_sent() {
    let server = Server::usual().await;
    for (path, too_large, _) in READING {
        for length in [65_537_u64, 10_000_000_000, 1 << 62] {
            let mut client = server.connect().await;
            let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{JSON}\r\n");
            let answer = client.ask(&head).await;
            assert_eq!((answer.status, answer.text()), (413, too_large), "{path}, {length}");
            client.assert_closed(&format!("{path}, {length}: what follows cannot be told from the body")).await;
        }
    }
    assert_eq!(server.inside(), 0);
}

#[tokio::test]
async fn s37_a_body_of_just_the_limit_is_read() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    for (length, status) in [(65_535, 200), (65_536, 200)] {
        let body = LOGIN.to_owned() + &" ".repeat(length - LOGIN.len());
        assert_eq!(client.ask(&post("/login", JSON, &body)).await.status, status, "{length} bytes");
    }
}

#[tokio::test]
async fn s37_a_chunked_body_is_refused_as_soon_as_it_is_too_large() {
    let server = Server::usual().await;
    for (path, too_large, _) in READING {
        let mut client = server.connect().await;
        client.send(format!("POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n{JSON}\r\n")).await;
        for _ in 0..4 {
            client.send(format!("4000\r\n{}\r\n", " ".repeat(0x4000))).await;
        }
        // That was just the limit; the chunk after it has one byte, and is not even over.
        client.send("1\r\n ").await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.text()), (413, too_large), "{path}");
        client.assert_closed(path).await;
    }
}

#[tokio::test]
async fn a_chunked_body_within_the_limit_logs_in() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    client.send(format!("POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n{JSON}\r\n")).await;
    for byte in LOGIN.chars() {
        client.send(format!("1\r\n{byte}\r\n")).await;
    }
    client.send("0\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200);
    client.assert_in_sync("after chunks").await;
}

#[tokio::test]
async fn s37_the_limits_are_for_login_routes_and_not_for_the_inner_service() {
    let layer = builder().body_limit(100).body_timeout(Duration::from_millis(100)).build(find_in(users())).unwrap();
    let server = Server::start(layer).await;
    let mut client = server.connect().await;
    let answer = client.ask(&post("/notes", &bearer_field(), &"a".repeat(1_000_000))).await;
    assert_eq!(answer.text(), "POST /notes 1000000 1");
    let body = LOGIN.to_owned() + &" ".repeat(100);
    assert_eq!(client.ask(&post("/login", JSON, &body)).await.status, 413);
}

#[tokio::test]
async fn s37_a_body_that_stalls_is_refused_when_its_time_is_over() {
    let layer = builder().body_timeout(Duration::from_millis(150)).build(find_in(users())).unwrap();
    let server = Server::start(layer).await;
    let stalling = [
        "Content-Length: 50\r\n\r\n",
        "Content-Length: 50\r\n\r\n{\"username\":",
        "Transfer-Encoding: chunked\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"use\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5",
    ];
    for (path, _, timed_out) in READING {
        for rest in stalling {
            let mut client = server.connect().await;
            let start = std::time::Instant::now();
            let answer = client.ask(&format!("POST {path} HTTP/1.1\r\nHost: a\r\n{JSON}{rest}")).await;
            assert_eq!((answer.status, answer.text()), (408, timed_out), "{path}, {rest:?}");
            assert!(start.elapsed() >= Duration::from_millis(150), "{path}, {rest:?}: {:?}", start.elapsed());
            client.assert_closed(&format!("{path}, {rest:?}")).await;
        }
    }
    let mut client = server.connect().await;
    assert_eq!(client.ask(&post("/login", JSON, LOGIN)).await.status, 200, "one that does not stall");
}

#[tokio::test]
async fn s37_one_byte_now_and_then_does_not_prolong_the_time() {
    let layer = builder().body_timeout(Duration::from_millis(200)).build(find_in(users())).unwrap();
    let server = Server::start(layer).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (read, mut write) = stream.into_split();
    let head = format!("POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n{JSON}\r\n");
    // Far slower than it would have to be, and without end, until the server closes.
    let dripping = tokio::spawn(async move {
        write.write_all(head.as_bytes()).await.unwrap();
        let mut pace = tokio::time::interval(Duration::from_millis(5));
        while write.write_all(b" ").await.is_ok() {
            pace.tick().await;
        }
    });
    let mut first = [0; 12];
    let mut read = read;
    let ended = timeout(PATIENCE, read.read_exact(&mut first)).await.expect("the time was prolonged");
    // What the server did not read any more can make the system reset the connection, answer and all.
    match ended {
        Ok(_) => assert_eq!(&first, b"HTTP/1.1 408"),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
    }
    dripping.abort();
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    let wrong = r#"{"username":"duane15","password":"wrong"}"#;
    let requests = [
        (get("/one", &bearer_field()), 200),
        (get("/two", ""), 401),
        (post("/login", JSON, LOGIN), 200),
        (post("/login", JSON, wrong), 404),
        (post("/api/auth/token", &basic_field(), "ignored"), 200),
        (get("/three", &basic_field()), 200),
        (post("/tokens", JSON, "no JSON"), 400),
        (post("/notes", &bearer_field(), "note"), 200),
        (get("/four", "Authorization: Bearer a.b.c\r\n"), 401),
        (get("/five", &bearer_field()), 200),
    ];
    let all: String = requests.iter().map(|(request, _)| &**request).collect();
    client.send(all).await;
    let mut inner = Vec::new();
    for (request, status) in &requests {
        let answer = client.answer().await;
        assert_eq!(answer.status, *status, "{request}");
        if answer.field("content-type").is_none() && *status == 200 {
            inner.push(answer.text().to_owned());
        }
    }
    assert_eq!(inner, ["GET /one 0 1", "GET /three 0 1", "POST /notes 4 1", "GET /five 0 1"]);
    client.assert_in_sync("after all of them").await;
}

#[tokio::test]
async fn who_expects_100_continue_is_told_so_when_the_body_is_wanted() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    let length = LOGIN.len();
    let head = |path: &str, fields: &str| {
        format!("POST {path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n{fields}\r\n")
    };
    client.send(head("/login", JSON)).await;
    assert_eq!(client.read().await.status, 100);
    client.send(LOGIN).await;
    assert_eq!(client.answer().await.status, 200);
    client.assert_in_sync("after 100").await;

    client.send(head("/notes", &bearer_field())).await;
    assert_eq!(client.read().await.status, 100, "the inner service reads");
    client.send(LOGIN).await;
    assert_eq!(client.answer().await.text(), format!("POST /notes {length} 1"));
}

#[tokio::test]
async fn who_expects_100_continue_is_refused_without_it() {
    let server = Server::usual().await;
    let refused = [
        ("/login", JSON.to_owned(), 100_000, 413),
        ("/login", "Content-Type: text/plain\r\n".into(), 10, 415),
        ("/notes", JSON.to_owned(), 10, 401),
        ("/notes", "Authorization: Bearer a.b.c\r\n".into(), 10, 401),
        ("/api/auth/token", JSON.to_owned(), 10, 403),
    ];
    for (path, fields, length, status) in refused {
        let mut client = server.connect().await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n{fields}\r\n"
        );
        assert_eq!(client.ask(&head).await.status, status, "{path} {fields:?}");
    }
    assert_eq!(server.inside(), 0);
}

#[tokio::test]
async fn s20_two_authorization_fields_are_refused() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    let (bearer, basic) = (bearer_field(), basic_field());
    for fields in [
        format!("{bearer}{bearer}"),
        format!("{bearer}{basic}"),
        format!("{basic}{bearer}"),
        format!("{bearer}Authorization:\r\n"),
        format!("authorization:\r\nX-Between: b\r\n{}", bearer.replace("Authorization", "AUTHORIZATION")),
    ] {
        let answer = client.ask(&get("/me", &fields)).await;
        assert_eq!((answer.status, answer.field("content-type")), (400, Some("application/problem+json")), "{fields}");
        assert!(answer.field("www-authenticate").unwrap().contains(r#"error="invalid_request""#), "{fields}");
        let answer = client.ask(&post("/api/auth/token", &fields, "")).await;
        assert_eq!((answer.status, answer.text()), (403, ""), "{fields}");
        client.assert_in_sync(&fields).await;
    }
}

#[tokio::test]
async fn garbage_harms_nobody_else() {
    let server = Server::usual().await;
    let mut beside = server.connect().await;
    let garbage: [&[u8]; 12] = [
        b"\r\n\r\n\r\n\0",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a client's TLS hello",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET /me HTTP/1.1\r\nAuthorization: Bearer a\0b\r\n\r\n",
        b"GET /me HTTP/1.1\r\nAuthorization : Bearer a\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ];
    for bytes in garbage {
        let mut client = server.connect().await;
        client.send(bytes).await;
        client.stream.shutdown().await.ok();
        while client.more().await {}
        let sent = String::from_utf8_lossy(&client.unread).into_owned();
        assert!(sent.is_empty() || sent.starts_with("HTTP/1.1 4"), "{:?}: {sent}", String::from_utf8_lossy(bytes));
        beside.assert_in_sync(&String::from_utf8_lossy(bytes)).await;
    }
}

#[tokio::test]
async fn both_lengths_at_once_smuggle_nothing() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    let smuggled = get("/smuggled", &bearer_field());
    client
        .send(format!(
            "POST /login HTTP/1.1\r\nHost: a\r\n{JSON}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}",
            smuggled.len() + 5
        ))
        .await;
    client.stream.shutdown().await.ok();
    while client.more().await {}
    let answers = String::from_utf8_lossy(&client.unread).into_owned();
    // RFC 9112 §6.1: an answer to such a request is the last one on its connection, or it is refused.
    assert!(answers.starts_with("HTTP/1.1 4"), "{answers}");
    assert!(!answers.contains("GET /smuggled"), "{answers}");
}

#[tokio::test]
async fn the_form_of_the_request_target_opens_no_door() {
    let server = Server::usual().await;
    let (bearer, length) = (bearer_field(), LOGIN.len());
    let login =
        |target: &str| format!("POST {target} HTTP/1.1\r\nHost: a\r\n{JSON}Content-Length: {length}\r\n\r\n{LOGIN}");
    let rows = [
        ("absolute form", login("http://a/login"), 200),
        ("with a query", login("/login?a=b"), 200),
        ("with a double slash", login("//login"), 401),
        ("encoded", login("/%6Cogin"), 401),
        ("in capitals", login("/LOGIN"), 401),
        ("with a dot segment", login("/./login"), 401),
        ("absolute form, guarded", "GET http://a/me HTTP/1.1\r\nHost: a\r\n\r\n".into(), 401),
        ("asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n".into(), 401),
        ("authority form", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n".into(), 401),
        ("a method of its own", "LOGIN /login HTTP/1.1\r\nHost: a\r\n\r\n".into(), 401),
        ("HTTP/1.0", "GET /me HTTP/1.0\r\n\r\n".into(), 401),
    ];
    for (name, request, status) in rows {
        let answer = server.connect().await.ask(&request).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
    }
    assert_eq!(server.inside(), 0);
    let answer = server.connect().await.ask(&format!("GET http://a/me HTTP/1.1\r\nHost: a\r\n{bearer}\r\n")).await;
    assert_eq!(answer.text(), "GET /me 0 1");
}

#[tokio::test]
async fn s38_credentials_in_the_query_are_not_read() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    let rows = [
        (post("/login?username=duane15&password=correct+horse", JSON, "{}"), 400),
        (post("/login?username=duane15&password=correct+horse", "", ""), 400),
        (get(&format!("/me?access_token={0}&token={0}", good_token()), ""), 401),
        (format!("PATCH /tokens?token={} HTTP/1.1\r\nHost: a\r\n\r\n", refreshable_token(NOW)), 401),
    ];
    for (request, status) in rows {
        assert_eq!(client.ask(&request).await.status, status, "{request}");
        client.assert_in_sync(&request).await;
    }
}

#[tokio::test]
async fn head_is_answered_without_a_body() {
    let server = Server::usual().await;
    let mut client = server.connect().await;
    let head = |path: &str, fields: &str| get(path, fields).replacen("GET", "HEAD", 1);
    for (path, fields, status) in [
        ("/me", String::new(), 401),
        ("/me", "Authorization: Bearer a.b.c\r\n".into(), 401),
        ("/me", bearer_field(), 200),
        ("/me", basic_field(), 200),
        ("/login", String::new(), 401),
        ("/api/auth/token", String::new(), 401),
        ("/tokens/a.b.c", String::new(), 401),
    ] {
        let answer = client.ask(&head(path, &fields)).await;
        assert_eq!(answer.status, status, "{path} {fields}");
        if status == 401 {
            assert!(answer.field("www-authenticate").unwrap().starts_with("Bearer realm="), "{path} {fields}");
            assert_eq!(answer.field("content-type"), Some("application/problem+json"), "{path} {fields}");
        }
        client.assert_in_sync(&format!("HEAD {path} {fields}")).await;
    }
}

/// Panics about `panics` before there is a future and about `inside` in it, also when they are known by a token.
fn panicking() -> AuthLayer<impl Lookup<User = User>> {
    let find = find_in(users());
    builder()
        .build(move |query: Query| {
            let whose = match &query {
                Query::Login { identifier, .. } => identifier.as_str().to_owned(),
                Query::Subject { id, .. } => id.to_string(),
                _ => String::new(),
            };
            if whose == "panics" {
                std::panic::resume_unwind(Box::new("the lookup"));
            }
            let found = find(query);
            async move {
                tokio::task::yield_now().await;
                if whose == "inside" {
                    std::panic::resume_unwind(Box::new("the lookup"));
                }
                found.await
            }
        })
        .unwrap()
}

#[tokio::test]
async fn s59_a_lookup_that_panics_does_not_close_the_connection() {
    let server = Server::start(panicking()).await;
    let mut client = server.connect().await;
    for whose in ["panics", "inside"] {
        let claims = format!(r#"{{"id":"{whose}","iat":{NOW},"exp":{}}}"#, NOW + 60);
        let bearer = format!("Authorization: Bearer {}\r\n", hs256(HEADER, &claims));
        let basic = format!("Authorization: {}\r\n", basic(whose, PASSWORD));
        let body = |name: &str| json!({ name: whose, "password": PASSWORD }).to_string();
        let requests = [
            (post("/auth/local", JSON, &body("identifier")), 500),
            (post("/login", JSON, &body("username")), 500),
            (post("/api/auth/token", &basic, ""), 500),
            (post("/api/auth/token", &bearer, ""), 500),
            (post("/tokens", JSON, &body("login")), 500),
            (get("/me", &bearer), 503),
            (get("/me", &basic), 503),
        ];
        for (request, status) in requests {
            let answer = client.ask(&request).await;
            assert_eq!(answer.status, status, "{request}");
            assert_eq!(answer.field("retry-after"), (status == 503).then_some("1"), "{request}");
            client.assert_in_sync(&request).await;
        }
    }
}

#[tokio::test]
async fn s61_clients_that_hang_up_in_the_middle_leave_the_server_as_it_was() {
    let layer = builder().hashing_lane(1, 1).build(find_in(users())).unwrap();
    let server = Server::start(layer).await;
    let login = post("/login", JSON, LOGIN);
    for end in [1, 20, login.len() - LOGIN.len(), login.len() - 1, login.len()] {
        for _ in 0..5 {
            let mut client = server.connect().await;
            client.send(&login[..end]).await;
            drop(client);
        }
    }
    // Logins that were sent whole may still be hashed for; the one place comes free again.
    let mut client = server.connect().await;
    let answered = async {
        loop {
            match client.ask(&login).await.status {
                503 => tokio::task::yield_now().await,
                status => return status,
            }
        }
    };
    assert_eq!(timeout(PATIENCE, answered).await.expect("a place was lost"), 200);
    client.assert_in_sync("after the others went away").await;
}
