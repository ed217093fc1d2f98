//! A gRPC server behind the layer, on a port of its own, and what its tests ask it with.
#![allow(clippy::unwrap_used, clippy::panic, clippy::missing_panics_doc)]

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client as HttpClient, rt::TokioExecutor};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tonic::{
    Request, Status,
    transport::{
        Channel,
        server::{Server, TcpConnectInfo, TcpIncoming},
    },
};
use tonic_web::GrpcWebLayer;
use tower::util::MapRequestLayer;
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, ClientAddr, Clock, Identity, Lookup, Query, Scheme, SigningKey,
    Timestamp, dialect::AuthToken,
};
use tower_auth_tonic::{
    Teller,
    whoami::{whoami_client::WhoamiClient, whoami_server::WhoamiServer},
};

/// `correct horse`, everybody's password, under bcrypt at cost 4, so that tests are quick.
const BCRYPT: &str = "$2b$04$OP2elorUaD8PSma8Xfo7VO5gyksCVbNx1/kNdJo/Dx1VZFD3Ue0vu";

/// Quoted by the error of a lookup that fails.
pub const SECRET_OF_THE_DATABASE: &str = "hunter2";

pub type User = String;

/// What the layer's clock says, and how its lookup fares.
#[derive(Clone, Default)]
pub struct World {
    millis: Arc<AtomicU64>,
    down: Arc<AtomicBool>,
}

impl World {
    pub fn advance(&self, seconds: u64) {
        self.millis.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// From now on no lookup can tell anything.
    pub fn database_goes_down(&self) {
        self.down.store(true, Ordering::SeqCst);
    }

    /// Everybody: `ada`; `blocked`, who is; `grace`, whose password is stored in a form of the application's own.
    fn find(&self, query: &Query) -> Result<Option<Account<User>>, BoxError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(format!("postgres://admin:{SECRET_OF_THE_DATABASE}@db is down").into());
        }
        let users = [(1, "ada", BCRYPT), (2, "blocked", BCRYPT), (3, "grace", "own:form")];
        let found = users.into_iter().find(|(id, name, _)| match query {
            Query::Login { identifier, .. } => identifier.as_str() == *name,
            Query::Subject { id: subject, .. } => subject.parse() == Some(*id),
            _ => false,
        });
        Ok(found.map(|(id, name, hash)| {
            Account::new(id, name.to_owned()).username(name).password_hash(hash).blocked(name == "blocked")
        }))
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(1_700_000_000)
            + std::time::Duration::from_secs(self.millis.load(Ordering::SeqCst) / 1000)
    }
}

/// The builder of these servers' layers: three contracts, and a public health service.
pub fn builder(world: &World) -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::hs256("a shared secret for the tests, of sixty-four bytes and a few more").unwrap())
        .without(AuthToken::NAME)
        .clock(world.clone())
        .public("/grpc.health.v1.Health/{method}")
}

pub fn layer(builder: AuthLayerBuilder, world: &World) -> AuthLayer<impl Lookup<User = User>> {
    let world = world.clone();
    builder.build(move |query: Query| std::future::ready(world.find(&query))).unwrap()
}

/// A running server.
pub struct Running {
    pub address: SocketAddr,
    pub world: World,
    ticks: watch::Sender<u64>,
}

impl Running {
    /// As `examples/tonic/main.rs` has it.
    pub async fn usual() -> Self {
        Self::start(|builder| builder).await
    }

    pub async fn start(configure: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> Self {
        let world = World::default();
        let auth = layer(configure(builder(&world)), &world);
        let (listener, address) = listen().await;
        let (ticks, ticking) = ticks();
        let (_, health) = tonic_health::server::health_reporter();
        let server = Server::builder()
            .accept_http1(true)
            .layer(MapRequestLayer::new(with_client_address))
            .layer(auth)
            .layer(GrpcWebLayer::new())
            .add_service(health)
            .add_service(WhoamiServer::new(Teller::<User>::new(ticking)));
        tokio::spawn(server.serve_with_incoming(listener));
        Self { address, world, ticks }
    }

    /// The next answer of every watch.
    pub fn tick(&self) {
        self.ticks.send_modify(|number| *number += 1);
    }

    pub async fn client(&self) -> WhoamiClient<Channel> {
        WhoamiClient::connect(self.url("")).await.unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn token(&self) -> String {
        token(self.address).await
    }
}

/// What a watch answers to.
pub fn ticks() -> (watch::Sender<u64>, watch::Receiver<u64>) {
    watch::channel(0)
}

/// A port of one's own.
pub async fn listen() -> (TcpIncoming, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (TcpIncoming::from(listener).with_nodelay(Some(true)), address)
}

pub fn with_client_address<B>(mut request: http::Request<B>) -> http::Request<B> {
    let peer = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
    request.extensions_mut().insert(ClientAddr::from(peer.unwrap()));
    request
}

/// A request and the text of its answer, over HTTP/1.1.
pub async fn ask(request: http::Request<Full<Bytes>>) -> http::Response<String> {
    let client = HttpClient::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    http::Response::from_parts(parts, String::from_utf8(body.to_vec()).unwrap())
}

/// A token of `ada`, by a login over HTTP.
pub async fn token(address: SocketAddr) -> String {
    let login = http::Request::post(format!("http://{address}/login")).header("content-type", "application/json");
    let login = login.body(Full::from(r#"{"username":"ada","password":"correct horse"}"#)).unwrap();
    let answer = ask(login).await;
    assert_eq!(answer.status(), 200, "{}", answer.body());
    let answer: serde_json::Value = serde_json::from_str(answer.body()).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// A message with `authorization` in its metadata, as often as there are values.
pub fn by<M>(values: &[&str], message: M) -> Request<M> {
    let mut request = Request::new(message);
    for value in values {
        request.metadata_mut().append("authorization", value.parse().unwrap());
    }
    request
}

/// An interceptor beside the layer: what is denied to somebody who is known is the application's business.
pub fn tokens_only(request: Request<()>) -> Result<Request<()>, Status> {
    match Identity::<User>::of(request.extensions()).map(|identity| identity.scheme()) {
        Some(Scheme::Bearer) => Ok(request),
        Some(_) => Err(Status::permission_denied("only by token")),
        None => Err(Status::internal("no identity")),
    }
}

/// A connection that keeps what the server sent.
pub struct Recorded {
    stream: TcpStream,
    seen: Arc<Mutex<Vec<u8>>>,
}

/// A frame of HTTP/2 (RFC 9113 §4.1), without its payload.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
}

impl Recorded {
    /// Connects; the frames that came so far are read off the other half.
    pub async fn connect(address: SocketAddr) -> (Self, impl Fn() -> Vec<Frame>) {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let frames = Arc::clone(&seen);
        (Self { stream, seen }, move || parse(&frames.lock().unwrap()))
    }
}

fn parse(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let [l0, l1, l2, kind, flags, s0, s1, s2, s3, rest @ ..] = bytes {
        let length = u32::from_be_bytes([0, *l0, *l1, *l2]);
        let stream = u32::from_be_bytes([*s0, *s1, *s2, *s3]);
        let Some((_, rest)) = rest.split_at_checked(length.try_into().unwrap()) else { break };
        frames.push(Frame { kind: *kind, flags: *flags, stream });
        bytes = rest;
    }
    frames
}

impl AsyncRead for Recorded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.seen.lock().unwrap().extend_from_slice(&buf.filled()[before..]);
        read
    }
}

impl AsyncWrite for Recorded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
