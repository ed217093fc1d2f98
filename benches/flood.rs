//! What guarded requests notice of a flood of logins: latencies with and without one, in one run, in turn.
//!
//! `cargo bench --bench flood`. Logins verify argon2id with the default parameters; the flood keeps more of them under
//! way than the hashing lane holds, in the same runtime and, over TCP, through the same server. Guarded requests are
//! Bearer with a lookup, and Basic that is known again. Only the ratios carry over to another machine.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

mod paths;

use std::{
    future::{Ready, ready},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use paths::Inner;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime,
    task::JoinHandle,
    time::sleep,
};
use tower::{Layer, Service, ServiceExt};
use tower_auth::{Account, Algorithm, Auth, AuthLayer, BoxError, Lookup, Query, SigningKey, StoredPassword};

const PASSWORD: &str = "correct horse";
const BASIC: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";
const LOGIN: &str = "username=ada&password=correct+horse";
const FORM: &str = "application/x-www-form-urlencoded";

/// Logins under way at any time. The default lane holds 256 and its width.
const FLOOD: usize = 300;

fn main() {
    // One short slice of each, as CI runs it.
    let quick = std::env::args().any(|argument| argument == "--test");
    let (slice, rounds) = if quick { (Duration::from_millis(100), 1) } else { (Duration::from_secs(2), 5) };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores and async threads, {FLOOD} logins under way, {rounds} × {slice:?} each");
    println!("| lane | door | credentials | quiet: median | p99 | flood: median | p99 | median × | p99 × | logins/s |");
    println!("|---|---|---|---:|---:|---:|---:|---:|---:|---:|");
    for width in [1, cores] {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(cores).enable_all().build().unwrap();
        // On the async threads, beside what floods them, and not on the one that waits here.
        runtime.block_on(async { tokio::spawn(compare_all(width, slice, rounds)).await.unwrap() });
    }
}

async fn compare_all(width: usize, slice: Duration, rounds: u32) {
    let service = service(width);
    let tcp = Door::Tcp(serve(service.clone()).await, None);
    let mut in_process = Door::InProcess(service);
    let bearer = format!("Bearer {}", in_process.token().await);
    for door in [in_process, tcp] {
        for (credentials, value) in [("Bearer", &*bearer), ("Basic, known", BASIC)] {
            let row = compare(&door, value, slice, rounds).await;
            println!("| {width} wide | {} | {credentials} | {row} |", door.name());
        }
    }
}

fn service(width: usize) -> Auth<Inner, impl Lookup> {
    let hash = StoredPassword::hash(PASSWORD).unwrap();
    let find = move |_: Query| -> Ready<Result<_, BoxError>> {
        ready(Ok(Some(Account::new(1, "ada").password_hash(hash.clone()))))
    };
    let builder = AuthLayer::builder()
        .key(SigningKey::generate(Algorithm::Hs256).unwrap())
        .key(SigningKey::generate(Algorithm::Rs256).unwrap())
        .without_rate_limits()
        // It has the guesses on one account wait for each other; a flood goes for many.
        .without_failure_limit()
        .hashing_lane(width, 256)
        .basic_cache(3600, 100);
    builder.build(find).unwrap().layer(Inner)
}

/// The service on a TCP port, one connection a task.
async fn serve<L: Lookup>(service: Auth<Inner, L>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // Hyper's body is read to its end first, so that one inner service serves both doors.
    let service = tower::service_fn(move |request: Request<hyper::body::Incoming>| {
        let service = service.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = Full::new(body.collect().await?.to_bytes());
            let answer = service.oneshot(Request::from_parts(parts, body)).await;
            Ok::<_, hyper::Error>(answer.unwrap_or_else(|never| match never {}))
        }
    });
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                // A client that hangs up is no failure.
                builder.serve_connection(TokioIo::new(stream), service).await.ok();
            });
        }
    });
    address
}

/// A way to the service.
enum Door<L> {
    InProcess(Auth<Inner, L>),
    Tcp(SocketAddr, Option<TcpStream>),
}

impl<L: Lookup> Door<L> {
    fn name(&self) -> &'static str {
        match self {
            Self::InProcess(_) => "in process",
            Self::Tcp(..) => "TCP",
        }
    }

    /// Another client at the same door.
    fn another(&self) -> Self {
        match self {
            Self::InProcess(service) => Self::InProcess(service.clone()),
            Self::Tcp(address, _) => Self::Tcp(*address, None),
        }
    }

    async fn token(&mut self) -> String {
        let Self::InProcess(service) = self else { unreachable!("the first door") };
        let answer = service.call(login()).await.unwrap_or_else(|never| match never {});
        let answer: serde_json::Value =
            serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }

    /// The status of a guarded request.
    async fn ask(&mut self, authorization: &str) -> u16 {
        match self {
            Self::InProcess(service) => {
                let request = Request::get("/me").header("authorization", authorization);
                status(service, request.body(Full::default()).unwrap()).await
            }
            Self::Tcp(address, connection) => {
                let request = format!("GET /me HTTP/1.1\r\nHost: a\r\nAuthorization: {authorization}\r\n\r\n");
                exchange(connection, *address, &request).await
            }
        }
    }

    /// The status of a login.
    async fn log_in(&mut self) -> u16 {
        match self {
            Self::InProcess(service) => status(service, login()).await,
            Self::Tcp(address, connection) => {
                let head = format!("Host: a\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n", LOGIN.len());
                exchange(connection, *address, &format!("POST /login HTTP/1.1\r\n{head}\r\n{LOGIN}")).await
            }
        }
    }
}

fn login() -> Request<Full<Bytes>> {
    Request::post("/login").header("content-type", FORM).body(Full::from(LOGIN)).unwrap()
}

async fn status<L: Lookup>(service: &mut Auth<Inner, L>, request: Request<Full<Bytes>>) -> u16 {
    service.call(request).await.unwrap_or_else(|never| match never {}).status().as_u16()
}

/// One request and the head of its answer, and the body with it: these are small, and come in one piece or two.
async fn exchange(connection: &mut Option<TcpStream>, address: SocketAddr, request: &str) -> u16 {
    if connection.is_none() {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        *connection = Some(stream);
    }
    let stream = connection.as_mut().unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    loop {
        assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "the server hung up");
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_ascii_lowercase();
        let length = head.split_once("content-length: ").map_or("0", |(_, rest)| rest.split("\r\n").next().unwrap());
        if body.len() == length.parse::<usize>().unwrap() {
            return head.split(' ').nth(1).unwrap().parse().unwrap();
        }
    }
}

/// A row: the same guarded request with and without a flood, in turn.
async fn compare<L: Lookup>(door: &Door<L>, authorization: &str, slice: Duration, rounds: u32) -> String {
    let (mut quiet, mut flooded, mut logins) = (Vec::new(), Vec::new(), 0);
    let mut client = door.another();
    // Basic is hashed once, and known from here on.
    assert_eq!(client.ask(authorization).await, 200);
    for _ in 0..rounds {
        measure(&mut quiet, &mut client, authorization, slice).await;
        let flood = Flood::start(door);
        while flood.refused.load(Ordering::Relaxed) == 0 {
            sleep(Duration::from_millis(1)).await;
        }
        let before = flood.granted.load(Ordering::Relaxed);
        measure(&mut flooded, &mut client, authorization, slice).await;
        logins += flood.granted.load(Ordering::Relaxed) - before;
        flood.end().await;
    }
    let (quiet, flooded) = (Spread::of(quiet), Spread::of(flooded));
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    format!(
        "{:.1?} | {:.1?} | {:.1?} | {:.1?} | {:.2} | {:.2} | {:.0}",
        quiet.median,
        quiet.p99,
        flooded.median,
        flooded.p99,
        ratio(flooded.median, quiet.median),
        ratio(flooded.p99, quiet.p99),
        f64::from(logins) / (slice * rounds).as_secs_f64(),
    )
}

/// One request after the other with a pause between them: somebody who comes by, not a second flood.
async fn measure<L: Lookup>(taken: &mut Vec<Duration>, client: &mut Door<L>, authorization: &str, slice: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < slice {
        let asked = Instant::now();
        assert_eq!(client.ask(authorization).await, 200);
        taken.push(asked.elapsed());
        sleep(Duration::from_millis(1)).await;
    }
}

struct Spread {
    median: Duration,
    p99: Duration,
}

impl Spread {
    fn of(mut taken: Vec<Duration>) -> Self {
        taken.sort_unstable();
        let at = |share: usize| taken[(taken.len() - 1) * share / 100];
        Self { median: at(50), p99: at(99) }
    }
}

/// Clients that log in again and again.
struct Flood {
    granted: Arc<AtomicU32>,
    refused: Arc<AtomicU32>,
    over: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

impl Flood {
    fn start<L: Lookup>(door: &Door<L>) -> Self {
        let (granted, refused, over) = (Arc::default(), Arc::default(), Arc::<AtomicBool>::default());
        let mut clients = Vec::new();
        for _ in 0..FLOOD {
            let (granted, refused, over) = (Arc::clone(&granted), Arc::clone(&refused), Arc::clone(&over));
            let mut client = door.another();
            clients.push(tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    let status = client.log_in().await;
                    let count: &AtomicU32 = if status == 200 { &granted } else { &refused };
                    count.fetch_add(1, Ordering::Relaxed);
                    if status == 503 {
                        sleep(Duration::from_millis(100)).await;
                    }
                }
            }));
        }
        Self { granted, refused, over, clients }
    }

    async fn end(self) {
        self.over.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.await.unwrap();
        }
    }
}
