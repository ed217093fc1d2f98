//! What the time of a refusal tells: who has an account, or how much of a MAC is right.
//!
//! `cargo bench -p tower-auth --bench timing`, on Linux; `-- 100` for a hundred rounds instead of a thousand in the process and
//! two hundred over TCP. Attempts are taken in turn and in another order each time, so that whatever else the machine does falls
//! on all of them alike. In the process the processor's time counts, which other processes do not add to. Over TCP it is time as
//! a client sees it, which they do: so what is compared are the differences inside each round, whose attempts shared the same
//! moments. Printed are the medians of differences against a known user's wrong password, and Welch's `t` between tokens whose
//! MAC is wrong in its first byte and in its last; beyond the goals it fails.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use std::{
    convert::Infallible,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Instant,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, runtime::Runtime};
use tower::{Layer, ServiceExt, service_fn};
use tower_auth::{Account, AuthLayer, BoxError, Lookup, Query, SigningKey, dialect::AuthToken};

const SECRET: &str = "a shared secret of at least 32 bytes for the benches";

/// bcrypt of cost 4, which is not what new hashes cost.
const BCRYPT: &str = "$2b$04$OP2elorUaD8PSma8Xfo7VO5gyksCVbNx1/kNdJo/Dx1VZFD3Ue0vu";

/// argon2id that costs next to nothing.
const ARGON2ID: &str = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$Y0dlPQWBFuMdRwDcvOdFXX0pMTPZlZ0yZjJrXCKuy0g";

/// The attempts that are to be alike: what each is called, the user-id, and the password.
const ATTEMPTS: [(&str, &str, &str); 7] = [
    ("known, wrong password", "known", "wrong"),
    ("unknown", "unknown", "wrong"),
    ("blocked, wrong password", "blocked", "wrong"),
    ("known, over-long password", "known", LONG),
    ("unknown, over-long password", "unknown", LONG),
    ("no password stored", "nopassword", "wrong"),
    ("another cost, wrong password", "other", "wrong"),
];

const LONG: &str = include_str!("timing.rs").split_at(5000).0;

fn main() {
    let quick = std::env::args().any(|argument| argument == "--test");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let rounds = std::env::args().find_map(|argument| argument.parse().ok());
    let (pairs, requests, tokens) =
        if quick { (2, 2, 1000) } else { (rounds.unwrap_or(1000), rounds.unwrap_or(200), 1_000_000) };
    let inside = attempts_inside(&runtime, pairs, quick);
    let outside = attempts_by_http(requests, quick);
    let mac = macs(&runtime, tokens, quick);
    assert!(quick || inside && outside && mac, "beyond its goal");
}

async fn find(query: Query) -> Result<Option<Account<u64>>, BoxError> {
    let Query::Login { identifier, .. } = query else { return Ok(Some(Account::new(1, 1))) };
    Ok(match identifier.as_str() {
        "known" => Some(Account::new(1, 1).password_hash(ARGON2ID)),
        "blocked" => Some(Account::new(2, 2).password_hash(ARGON2ID).blocked(true)),
        "nopassword" => Some(Account::new(3, 3)),
        "other" => Some(Account::new(4, 4).password_hash(BCRYPT)),
        _ => None,
    })
}

fn layer() -> AuthLayer<impl Lookup<User = u64> + Clone> {
    let builder = AuthLayer::builder().key(SigningKey::hs256(SECRET).unwrap()).without(AuthToken::NAME);
    builder.claims_only().without_rate_limits().without_failure_limit().body_limit(1 << 20).build(find).unwrap()
}

fn form(user_id: &str, password: &str) -> String {
    serde_json::json!({ "username": user_id, "password": password }).to_string()
}

/// Milliseconds of each attempt in each round, in an order that is another in each.
fn in_turn(rounds: usize, clock: impl Fn() -> f64, mut attempt: impl FnMut(&str, &str)) -> Vec<Vec<f64>> {
    let mut taken = vec![Vec::new(); ATTEMPTS.len()];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    // Whatever is learned of costs is learned before.
    for (_, user_id, password) in ATTEMPTS {
        attempt(user_id, password);
    }
    for round in 0..rounds {
        let mut order: Vec<usize> = (0..ATTEMPTS.len()).collect();
        (1..order.len()).rev().for_each(|last| order.swap(last, random.below(last + 1)));
        for number in order {
            let (_, user_id, password) = ATTEMPTS[number];
            let begun = clock();
            attempt(user_id, password);
            taken[number].push(clock() - begun);
        }
        if round % 100 == 99 {
            println!("… {} of {rounds} rounds", round + 1);
        }
    }
    taken
}

/// Milliseconds that all threads have had of a processor.
fn processor() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let of = |thread: std::io::Result<std::fs::DirEntry>| {
        let told = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        told.split(' ').next()?.parse::<f64>().ok()
    };
    threads.filter_map(of).sum::<f64>() / 1e6
}

/// Prints the medians, and that of the differences from the first of the same round; whether all are within their goal.
fn compare(title: &str, taken: &[Vec<f64>], goal: impl Fn(f64) -> f64) -> bool {
    println!("\n{title}\n\n| attempt | median ms | against the first | goal |\n|---|---:|---:|---:|");
    let first = median(taken[0].clone());
    let mut within = true;
    for ((name, ..), taken_by_it) in ATTEMPTS.iter().zip(taken) {
        let differences = taken_by_it.iter().zip(&taken[0]).map(|(its, of_first)| its - of_first);
        let (difference, goal) = (median(differences.collect()), goal(first));
        within &= difference.abs() <= goal;
        let itself = median(taken_by_it.clone());
        println!("| {name} | {itself:.3} | {difference:+.3} ({:+.2} %) | {goal:.3} |", 100.0 * difference / first);
    }
    within
}

fn attempts_inside(runtime: &Runtime, rounds: usize, quick: bool) -> bool {
    let inner =
        service_fn(async |_: Request<Full<Bytes>>| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())));
    let service = layer().layer(inner);
    let taken = in_turn(rounds, processor, |user_id, password| {
        let request = Request::post("/login").header("content-type", "application/json");
        let request = request.body(Full::from(form(user_id, password))).unwrap();
        let response = runtime.block_on(service.clone().oneshot(request)).unwrap();
        assert_eq!(response.status(), 404);
    });
    let within = compare("In the process, `POST /login`, time of the processor", &taken, |median| median * 0.02);
    within || quick
}

fn attempts_by_http(rounds: usize, quick: bool) -> bool {
    let address = served();
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_nodelay(true).unwrap();
    let mut within = true;
    let started = Instant::now();
    let clock = || started.elapsed().as_secs_f64() * 1000.0;
    let login = in_turn(rounds, clock, |user_id, password| {
        let body = form(user_id, password);
        let length = body.len();
        let head = format!(
            "POST /login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        assert_eq!(ask(&mut connection, &(head + &body)), "404");
    });
    within &= compare("Over TCP, `POST /login`", &login, |median| (median * 0.1).max(3.0));
    let basic = in_turn(rounds, clock, |user_id, password| {
        let pair = STANDARD.encode(format!("{user_id}:{}", password.replace('\n', " ")));
        assert_eq!(
            ask(&mut connection, &format!("GET /me HTTP/1.1\r\nhost: a\r\nauthorization: Basic {pair}\r\n\r\n")),
            "401"
        );
    });
    within &= compare("Over TCP, Basic", &basic, |median| (median * 0.1).max(3.0));
    within || quick
}

/// Serves the layer on a thread of its own.
fn served() -> SocketAddr {
    let (told, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let inner =
                service_fn(async |_: Request<Incoming>| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())));
            let service = TowerToHyperService::new(layer().layer(inner));
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let service = service.clone();
                tokio::spawn(async move {
                    auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await
                });
            }
        });
    });
    address.recv().unwrap()
}

/// The status of the answer.
fn ask(connection: &mut TcpStream, request: &str) -> String {
    connection.write_all(request.as_bytes()).unwrap();
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = connection.read(&mut buffer).unwrap();
        answer.extend(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        if body.len() >= length.parse().unwrap() {
            return head.split(' ').nth(1).unwrap().to_owned();
        }
    }
}

/// Whether tokens whose MAC is wrong in its first byte take another time than those where it is the last.
fn macs(runtime: &Runtime, samples: usize, quick: bool) -> bool {
    let inner =
        service_fn(async |_: Request<Full<Bytes>>| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())));
    let service = layer().layer(inner);
    let login = layer_token(runtime);
    let (signed, mac) = login.rsplit_once('.').unwrap();
    let altered = |at: usize| {
        let mut mac = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(mac).unwrap();
        mac[at] ^= 1;
        format!("Bearer {signed}.{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(mac))
    };
    let fields = [altered(0), altered(31)];
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut taken = [Vec::new(), Vec::new()];
    for sample in 0..samples {
        let class = random.below(2);
        let request = Request::get("/me").header("authorization", &fields[class]).body(Full::default()).unwrap();
        let begun = Instant::now();
        let response = runtime.block_on(service.clone().oneshot(request)).unwrap();
        taken[class].push(begun.elapsed().as_nanos() as f64);
        assert_eq!(response.status(), 401);
        if sample % 200_000 == 199_999 {
            println!("… {} of {samples} tokens", sample + 1);
        }
    }
    // What is slowest was interrupted, whichever token it was.
    let mut all: Vec<f64> = taken.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let most = all[all.len() * 95 / 100];
    for taken in &mut taken {
        taken.retain(|nanoseconds| *nanoseconds <= most);
    }
    let t = welch(&taken[0], &taken[1]);
    println!(
        "\nA MAC wrong in its first byte against one wrong in its last, {samples} tokens: t = {t:+.2}, goal below 4.5"
    );
    t.abs() < 4.5 || quick
}

/// A token of the layer's own.
fn layer_token(runtime: &Runtime) -> String {
    let verified = async |_: Query| Ok::<_, BoxError>(Some(Account::new(1, 1).password_verified()));
    let builder = AuthLayer::builder().key(SigningKey::hs256(SECRET).unwrap()).without(AuthToken::NAME);
    let inner =
        service_fn(async |_: Request<Full<Bytes>>| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())));
    let service = builder.lookup_verifies_passwords().build(verified).unwrap().layer(inner);
    let request = Request::post("/login").header("content-type", "application/json");
    let response = runtime.block_on(service.oneshot(request.body(Full::from(form("known", "any"))).unwrap())).unwrap();
    let body = runtime.block_on(response.into_body().collect()).unwrap().to_bytes();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    body["token"].as_str().unwrap().to_owned()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Welch's `t` of two samples.
fn welch(one: &[f64], other: &[f64]) -> f64 {
    let moments = |numbers: &[f64]| {
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    };
    let ((mean, error), (other_mean, other_error)) = (moments(one), moments(other));
    (mean - other_mean) / (error + other_error).sqrt()
}

/// xorshift64*, for an order that nobody arranged.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}
