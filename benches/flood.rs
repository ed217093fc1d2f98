//! What guarded requests notice of a flood of logins: latencies over TCP with and without one, in one run, in turn.
//!
//! `cargo bench --bench flood`. The server is this process; who asks and who floods are two others, so that none of them waits
//! for a thread of another. Logins verify argon2id with the default parameters; the flood keeps more of them under way than
//! the hashing lane holds. Guarded requests are Bearer with a lookup, and Basic that is known again. Only the ratios carry
//! over to another machine, and all three processes share the cores of this one.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

mod paths;

use std::{
    env,
    future::{Ready, ready},
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread::{self, sleep},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use paths::Inner;
use tokio::{net::TcpListener, runtime};
use tower::{Layer, ServiceExt};
use tower_auth::{Account, Algorithm, Auth, AuthLayer, BoxError, Lookup, Query, SigningKey, StoredPassword};

const PASSWORD: &str = "correct horse";
const BASIC: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";
const LOGIN: &str = "username=ada&password=correct+horse";
const FORM: &str = "application/x-www-form-urlencoded";

/// Logins under way at any time. The default lane holds 256 and its width.
const FLOOD: usize = 300;

/// What the other two processes are started with.
const ASK: &str = "ask";
const LOG_IN: &str = "log-in";

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [ASK, address, authorization, millis] => {
            let slice = Duration::from_millis(millis.parse().unwrap());
            ask(address.parse().unwrap(), authorization, slice);
        }
        [LOG_IN, address] => log_in(address.parse().unwrap()),
        // One short slice of each, as CI runs it.
        ref arguments if arguments.contains(&"--test") => compare_all(Duration::from_millis(100), 1),
        _ => compare_all(Duration::from_secs(2), 5),
    }
}

fn compare_all(slice: Duration, rounds: u32) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores and async threads, {FLOOD} logins under way, {rounds} × {slice:?} each");
    println!("| lane | credentials | quiet: median | p99 | flood: median | p99 | median × | p99 × | logins/s |");
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|");
    for width in [1, cores] {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(cores).enable_all().build().unwrap();
        let service = service(width);
        let server = runtime.block_on(Server::start(service.clone()));
        let bearer = format!("Bearer {}", runtime.block_on(token(service)));
        for (credentials, value) in [("Bearer", &*bearer), ("Basic, known", BASIC)] {
            let row = server.compare(value, slice, rounds);
            println!("| {width} wide | {credentials} | {row} |");
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
        .basic_cache(100, Duration::from_secs(3600));
    builder.build(find).unwrap().layer(Inner)
}

async fn token<L: Lookup>(service: Auth<Inner, L>) -> String {
    let login = Request::post("/login").header("content-type", FORM).body(Full::from(LOGIN)).unwrap();
    let answer = service.oneshot(login).await.unwrap_or_else(|never| match never {});
    let answer: serde_json::Value =
        serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// The service on a TCP port, and what it made of logins.
struct Server {
    address: SocketAddr,
    granted: Arc<AtomicU32>,
    refused: Arc<AtomicU32>,
}

impl Server {
    /// One connection is one task.
    async fn start<L: Lookup>(service: Auth<Inner, L>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (granted, refused) = (Arc::<AtomicU32>::default(), Arc::<AtomicU32>::default());
        let server = Self { address, granted: Arc::clone(&granted), refused: Arc::clone(&refused) };
        let service = tower::service_fn(move |request: Request<hyper::body::Incoming>| {
            let (service, granted, refused) = (service.clone(), Arc::clone(&granted), Arc::clone(&refused));
            async move {
                let (parts, body) = request.into_parts();
                let is_login = parts.method == http::Method::POST;
                let body: Full<Bytes> = Full::new(body.collect().await?.to_bytes());
                let answer = service.oneshot(Request::from_parts(parts, body)).await;
                let answer = answer.unwrap_or_else(|never| match never {});
                if is_login {
                    let count = if answer.status() == StatusCode::OK { granted } else { refused };
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<_, hyper::Error>(answer)
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
        server
    }

    /// A row: the same guarded request with and without a flood, in turn.
    fn compare(&self, authorization: &str, slice: Duration, rounds: u32) -> String {
        let (mut quiet, mut flooded, mut logins) = (Vec::new(), Vec::new(), 0);
        for _ in 0..rounds {
            quiet.extend(self.ask(authorization, slice));
            let before = self.refused.load(Ordering::Relaxed);
            let flood = Flood::start(self.address);
            while self.refused.load(Ordering::Relaxed) == before {
                sleep(Duration::from_millis(1));
            }
            let before = self.granted.load(Ordering::Relaxed);
            flooded.extend(self.ask(authorization, slice));
            logins += self.granted.load(Ordering::Relaxed) - before;
            drop(flood);
            // Nothing of it is left once somebody who logs in has his turn.
            let mut client = Client::new(self.address);
            while client.log_in() != StatusCode::OK {}
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

    /// How long each request took that another process has sent for so long.
    fn ask(&self, authorization: &str, slice: Duration) -> Vec<Duration> {
        let address = self.address.to_string();
        let asked = itself().args([ASK, &address, authorization, &slice.as_millis().to_string()]).output().unwrap();
        assert!(asked.status.success(), "{}", String::from_utf8_lossy(&asked.stderr));
        let taken = String::from_utf8(asked.stdout).unwrap();
        taken.lines().map(|nanos| Duration::from_nanos(nanos.parse().unwrap())).collect()
    }
}

/// This binary, as another process.
fn itself() -> Command {
    Command::new(env::current_exe().unwrap())
}

/// A process of clients that log in again and again, until it is dropped.
struct Flood(Child);

impl Flood {
    fn start(address: SocketAddr) -> Self {
        Self(itself().args([LOG_IN, &address.to_string()]).spawn().unwrap())
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// One request after the other with a pause between them: somebody who comes by, not a second flood. Prints the
/// nanoseconds of each.
fn ask(address: SocketAddr, authorization: &str, slice: Duration) {
    let mut client = Client::new(address);
    // Basic is hashed once, and known from here on.
    assert_eq!(client.get(authorization), StatusCode::OK);
    let (mut taken, begun) = (Vec::new(), Instant::now());
    while begun.elapsed() < slice {
        let asked = Instant::now();
        assert_eq!(client.get(authorization), StatusCode::OK);
        taken.push(asked.elapsed());
        sleep(Duration::from_millis(1));
    }
    for taken in taken {
        println!("{}", taken.as_nanos());
    }
}

fn log_in(address: SocketAddr) {
    let clients: Vec<_> = (0..FLOOD).map(|_| thread::spawn(move || Client::new(address).log_in_for_ever())).collect();
    for client in clients {
        client.join().unwrap();
    }
}

struct Client(TcpStream);

impl Client {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream)
    }

    fn get(&mut self, authorization: &str) -> StatusCode {
        self.exchange(&format!("GET /me HTTP/1.1\r\nHost: a\r\nAuthorization: {authorization}\r\n\r\n"))
    }

    fn log_in(&mut self) -> StatusCode {
        let head = format!("Host: a\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n", LOGIN.len());
        self.exchange(&format!("POST /login HTTP/1.1\r\n{head}\r\n{LOGIN}"))
    }

    fn log_in_for_ever(&mut self) {
        loop {
            if self.log_in() == StatusCode::SERVICE_UNAVAILABLE {
                sleep(Duration::from_millis(100));
            }
        }
    }

    /// One request and the head of its answer, and the body with it: these are small, and come in one piece or two.
    fn exchange(&mut self, request: &str) -> StatusCode {
        self.0.write_all(request.as_bytes()).unwrap();
        let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
        loop {
            let read = self.0.read(&mut piece).unwrap();
            assert!(read > 0, "the server hung up");
            answer.extend_from_slice(&piece[..read]);
            let text = String::from_utf8_lossy(&answer);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let head = head.to_ascii_lowercase();
            let length =
                head.split_once("content-length: ").map_or("0", |(_, rest)| rest.split("\r\n").next().unwrap());
            if body.len() == length.parse::<usize>().unwrap() {
                return head.split(' ').nth(1).unwrap().parse().unwrap();
            }
        }
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
