//! What the layer costs a whole server: requests a second of one core, and the time of that core for one request.
//!
//! `cargo bench -p tower-auth --bench server`, on Linux with at least two cores, `taskset` and `wrk` (`apt-get install wrk`).
//! hyper, HTTP/1.1, 32 connections that stay open; the server has a core of its own, as far as others leave it alone, and
//! `wrk` another one. The processor's time is read from `/proc`, so it holds beside other work better than requests a
//! second do; only ratios carry over to another machine. Each case is a process of its own, in turn, and the median counts.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

use std::{
    convert::Infallible,
    env, fs,
    future::{Ready, ready},
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Lookup, Query, SigningKey, StoredPassword,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};

const BASIC: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";
const PASSWORD: &str = "correct horse";
const FORM: &str = "username=ada&password=correct+horse";
const FORM_TYPE: &str = "application/x-www-form-urlencoded";

const CASES: [&str; 9] = [
    "bare",
    "public",
    "HS256, known",
    "HS256, known, looked up",
    "HS256, verified",
    "RS256, known",
    "RS256, verified",
    "Basic, known",
    "login, argon2id",
];

fn main() {
    let arguments: Vec<String> = env::args().collect();
    if let [_, serve, case, ..] = &arguments[..]
        && serve == "serve"
    {
        return runtime().block_on(serve_case(case));
    }
    let quick = arguments.iter().any(|argument| argument == "--test");
    if quick {
        for case in CASES {
            Server::start(case).check();
        }
        return;
    }
    let (rounds, seconds) = (5, 3);
    let mut taken = vec![Vec::new(); CASES.len()];
    for _ in 0..rounds {
        for (case, taken) in CASES.iter().zip(&mut taken) {
            let server = Server::start(case);
            server.check();
            taken.push(server.load(seconds));
        }
    }
    println!("| {rounds} × {seconds} s | µs of the server's core | × bare | requests a second of a core | measured |");
    println!("|---|---:|---:|---:|---:|");
    let median = |taken: &[(f64, f64)], of: fn(&(f64, f64)) -> f64| {
        let mut taken: Vec<f64> = taken.iter().map(of).collect();
        taken.sort_by(f64::total_cmp);
        taken[taken.len() / 2]
    };
    let bare = median(&taken[0], |taken| taken.0);
    for (case, taken) in CASES.iter().zip(&taken) {
        let (micros, rate) = (median(taken, |taken| taken.0), median(taken, |taken| taken.1));
        println!("| {case} | {micros:.2} | {:.3} | {:.0} | {rate:.0} |", micros / bare, 1e6 / micros);
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A server of one case, in a process of its own.
struct Server {
    child: Child,
    address: String,
    request: &'static str,
    authorization: String,
}

impl Server {
    fn start(case: &str) -> Self {
        let myself = env::current_exe().unwrap();
        let mut child = Command::new("taskset")
            .args(["-c", "0"])
            .arg(myself)
            .args(["serve", case])
            .stdout(Stdio::piped())
            .spawn()
            .expect("taskset");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap();
        let (address, authorization) = (line(), line());
        let request = if case.starts_with("login") { "POST /login" } else { "GET /me" };
        let request = if case == "public" { "GET /public" } else { request };
        Self { child, address, request, authorization }
    }

    /// One request, which is granted.
    fn check(&self) {
        let Self { address, request, authorization, .. } = self;
        let mut stream = TcpStream::connect(address).unwrap();
        let authorization = match authorization.is_empty() {
            true => String::new(),
            false => format!("Authorization: {authorization}\r\n"),
        };
        let body = if request.starts_with("POST") { FORM } else { "" };
        let head = format!("Host: a\r\nConnection: close\r\nContent-Type: {FORM_TYPE}\r\n{authorization}");
        let request = format!("{request} HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{request}: {answer}");
    }

    /// The microseconds of the processor for a request, and the requests in a second.
    fn load(&self, seconds: u32) -> (f64, f64) {
        let (method, path) = self.request.split_once(' ').unwrap();
        let script = env::temp_dir().join(format!("tower-auth-wrk-{}.lua", std::process::id()));
        let body = if method == "POST" { format!("wrk.body = '{FORM}'\n") } else { String::new() };
        fs::write(&script, format!("wrk.method = '{method}'\n{body}")).unwrap();
        let before = self.processor_time();
        let mut wrk = Command::new("taskset");
        wrk.args([
            "-c",
            "1",
            "wrk",
            "-t1",
            "-c32",
            &format!("-d{seconds}s"),
            "-H",
            &format!("Content-Type: {FORM_TYPE}"),
        ]);
        if !self.authorization.is_empty() {
            wrk.args(["-H", &format!("Authorization: {}", self.authorization)]);
        }
        wrk.arg("-s").arg(&script).arg(format!("http://{}{path}", self.address));
        let output = wrk.output().expect("wrk");
        let spent = self.processor_time() - before;
        fs::remove_file(&script).unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && !text.contains("Non-2xx"), "{text}");
        let line = text.lines().find(|line| line.contains(" requests in ")).unwrap_or_else(|| panic!("{text}"));
        let requests: f64 = line.split_whitespace().next().unwrap().parse().unwrap();
        (spent / requests, requests / f64::from(seconds))
    }

    /// Microseconds, of all threads.
    fn processor_time(&self) -> f64 {
        let tasks = PathBuf::from(format!("/proc/{}/task", self.child.id()));
        // Nanoseconds on the processor, where `stat` has hundredths of a second.
        let of = |task: PathBuf| -> f64 {
            let text = fs::read_to_string(task.join("schedstat")).unwrap_or_default();
            text.split(' ').next().unwrap_or_default().parse().unwrap_or(0.0)
        };
        fs::read_dir(tasks).unwrap().map(|task| of(task.unwrap().path())).sum::<f64>() / 1000.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn serve_case(case: &str) {
    if case == "bare" {
        return listen(service_fn(hello), String::new()).await;
    }
    let algorithm = if case.starts_with("RS256") { Algorithm::Rs256 } else { Algorithm::Hs256 };
    let mut builder = builder(algorithm);
    if !case.contains("looked up") && !case.starts_with("Basic") {
        builder = builder.claims_only();
    }
    if case.ends_with("verified") {
        builder = builder.without_token_cache();
    }
    let layer = builder.build(find()).unwrap();
    let credentials = match case {
        "public" | "login, argon2id" => String::new(),
        "Basic, known" => BASIC.to_owned(),
        _ => token(&layer).await,
    };
    listen(layer.layer(service_fn(hello)), credentials).await;
}

fn builder(algorithm: Algorithm) -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::generate(algorithm).unwrap())
        .dialect(Login::new().algorithm(algorithm))
        .without(AuthLocal::NAME)
        .without(AuthToken::NAME)
        .without(Tokens::NAME)
        .public("/public")
        .without_rate_limits()
        // It has the guesses on one account wait for each other; here all are right.
        .without_failure_limit()
        .basic_cache(100, Duration::from_secs(3600))
}

fn find() -> impl Lookup {
    let hash = StoredPassword::hash(PASSWORD).unwrap();
    move |_: Query| -> Ready<Result<_, BoxError>> {
        ready(Ok(Some(Account::new(1, "ada").password_hash(hash.clone()))))
    }
}

async fn hello<B>(_: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from("hello\n")))
}

async fn token<L: Lookup>(layer: &AuthLayer<L>) -> String {
    let request = Request::post("/login").header("content-type", FORM_TYPE).body(Full::<Bytes>::from(FORM)).unwrap();
    let answer = layer.layer(service_fn(hello)).oneshot(request).await.unwrap();
    let answer = answer.into_body().collect().await.unwrap().to_bytes();
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    format!("Bearer {}", answer["token"].as_str().unwrap())
}

async fn listen<S, B>(service: S, credentials: String)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}\n{credentials}", listener.local_addr().unwrap());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let mut builder = auto::Builder::new(TokioExecutor::new());
            builder.http1().keep_alive(true);
            // A client that hangs up is no failure.
            builder.serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}
