//! What a million of anything costs in memory, and whether every one of many faults is answered.
//!
//! `cargo bench -p tower-auth --bench endurance`, on Linux, whose `/proc` tells a process's memory. Each case is a process of its own;
//! beyond its goal it fails. `-- NAME` runs one. A million names that fail are not among them, since each refusal costs a hash, and
//! a million hashes are hours: what they leave in memory, `tests/throttle_memory.rs` asks the store.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

use std::{
    convert::Infallible,
    env, fs,
    future::pending,
    panic::resume_unwind,
    pin::Pin,
    process::Command,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::Full;
use tokio::task::JoinSet;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_auth::{Account, AuthLayer, AuthLayerBuilder, BoxError, Query, SigningKey, dialect::AuthToken};

const SECRET: &str = "a shared secret of at least 32 bytes for the benches";

const MILLION: usize = 1_000_000;

const MIB: f64 = 1024.0 * 1024.0;

/// What is run.
const CASES: [(&str, &str); 8] = [
    ("bad-tokens", "a million bad tokens, each another"),
    ("good-tokens", "a million good tokens, each another, beyond the cache of known ones"),
    ("revocations", "a million revocations"),
    ("parallel-logins", "ten thousand logins at once"),
    ("slow-bodies", "ten thousand logins whose bodies never end, and a hundred others"),
    ("panics", "a hundred thousand lookups that panic"),
    ("errors", "a hundred thousand lookups that fail"),
    ("hang", "a lookup that never answers"),
];

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [child, case] = &arguments[..]
        && child == "child"
    {
        return run(case);
    }
    let wanted = |name: &str| arguments.iter().all(|argument| argument.starts_with('-') || argument == name);
    let mut failed = Vec::new();
    println!("| case | outcome |\n|---|---|");
    for (name, what) in CASES.iter().filter(|(name, _)| wanted(name)) {
        let begun = Instant::now();
        let output = Command::new(env::current_exe().unwrap()).args(["child", name]).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).trim().replace('\n', "; ");
        println!("| {what} | {told} ({:.0} s) |", begun.elapsed().as_secs_f64());
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).lines().take(3).collect::<Vec<_>>().join(" ");
            failed.push(format!("{name}: {why}"));
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

fn run(case: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        match case {
            "bad-tokens" => bad_tokens().await,
            "good-tokens" => good_tokens().await,
            "revocations" => revocations().await,
            "parallel-logins" => parallel_logins().await,
            "slow-bodies" => slow_bodies().await,
            "panics" => faults(true).await,
            "errors" => faults(false).await,
            "hang" => hang().await,
            _ => panic!("there is no case {case:?}"),
        }
    });
}

fn builder() -> AuthLayerBuilder {
    AuthLayer::builder().key(SigningKey::hs256(SECRET).unwrap()).without(AuthToken::NAME)
}

/// A row of `/proc/self/status`, in MiB.
fn memory(row: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(row)).unwrap();
    line.trim_matches([':', '\t', ' ']).trim_end_matches(" kB").trim().parse::<f64>().unwrap() / 1024.0
}

/// Prints what memory has grown by since it was `before`.
fn grown(before: f64, goal: f64) {
    let grown = memory("VmRSS") - before;
    println!("{grown:+.1} MiB, goal {goal:.0}");
    assert!(grown <= goal, "beyond its goal");
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// A token of a subject, signed or with the MAC of another.
fn token(subject: usize, good: bool) -> String {
    let now = now();
    let claims = format!(
        r#"{{"sub":"{subject}","iss":"i","iat":{now},"nbf":{now},"exp":{},"jti":"{subject:016}"}}"#,
        now + 86_400
    );
    let signed =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims));
    let secret = if good { SECRET.as_bytes() } else { b"another" };
    let mac = Hmac::<sha2::Sha256>::new_from_slice(secret).unwrap().chain_update(&signed).finalize();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.into_bytes()))
}

async fn inner<B>(_: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::default()))
}

async fn nobody(_: Query) -> Result<Option<Account<u64>>, BoxError> {
    Ok(None)
}

fn guarded(token: &str) -> Request<Full<Bytes>> {
    Request::get("/me").header("authorization", format!("Bearer {token}")).body(Full::default()).unwrap()
}

fn login(user_id: &str, password: &str) -> Request<Full<Bytes>> {
    let body = format!("username={user_id}&password={password}");
    let request = Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
    request.body(Full::from(body)).unwrap()
}

async fn status<S, B, R>(service: &S, request: Request<B>) -> u16
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible> + Clone,
{
    service.clone().oneshot(request).await.unwrap().status().as_u16()
}

async fn bad_tokens() {
    let service = builder().claims_only().build(nobody).unwrap().layer(service_fn(inner));
    assert_eq!(status(&service, guarded(&token(0, false))).await, 401);
    let before = memory("VmRSS");
    for subject in 0..MILLION {
        assert_eq!(status(&service, guarded(&token(subject, false))).await, 401);
    }
    grown(before, 16.0);
}

async fn good_tokens() {
    // The bound of the cache, in bytes; a generation is let go of when the next one is full.
    let bound = 32 << 20;
    let auth = builder().claims_only().token_cache(100_000, bound).build(nobody).unwrap();
    let service = auth.layer(service_fn(inner));
    assert_eq!(status(&service, guarded(&token(0, true))).await, 200);
    let before = memory("VmRSS");
    for subject in 0..MILLION {
        assert_eq!(status(&service, guarded(&token(subject, true))).await, 200);
    }
    grown(before, bound as f64 / MIB + 16.0);
}

async fn revocations() {
    let auth = builder().claims_only().build(nobody).unwrap();
    let service = auth.layer(service_fn(inner));
    let before = memory("VmRSS");
    for subject in 0..MILLION {
        assert!(auth.revoke(&token(subject, true)).await.unwrap());
    }
    for subject in (0..MILLION).step_by(1000) {
        assert_eq!(status(&service, guarded(&token(subject, true))).await, 401);
    }
    grown(before, 64.0);
}

async fn parallel_logins() {
    let known = async |_: Query| {
        Ok::<_, BoxError>(Some(Account::new(1, 1).password_hash(
            "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Y0dlPQWBFuMdRwDcvOdFXX0pMTPZlZ0yZjJrXCKuy0g",
        )))
    };
    let service =
        builder().without_rate_limits().without_failure_limit().build(known).unwrap().layer(service_fn(inner));
    let mut running = JoinSet::new();
    for number in 0..10_000 {
        let service = service.clone();
        running.spawn(async move { status(&service, login(&format!("user{number}"), "wrong")).await });
    }
    let answers = running.join_all().await;
    let of = |wanted: u16| answers.iter().filter(|status| **status == wanted).count();
    let (most, refused, overloaded) = (memory("VmHWM"), of(404), of(503));
    println!("{most:.0} MiB at most, goal 512; {refused} hashed and refused, {overloaded} told to come again");
    assert_eq!(refused + overloaded, 10_000, "all are answered");
    assert!(most <= 512.0, "beyond its goal");
}

/// A body of a byte now and then, for ever.
struct Endless;

impl Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

async fn slow_bodies() {
    let verified = async |_: Query| Ok::<_, BoxError>(Some(Account::new(1, 1).password_verified()));
    let auth = builder().without_rate_limits().lookup_verifies_passwords().build(verified).unwrap();
    let (slow, quick) = (auth.layer(service_fn(inner::<Endless>)), auth.layer(service_fn(inner)));
    let p99 = async || {
        let mut taken = Vec::new();
        for number in 0..100 {
            let begun = Instant::now();
            assert_eq!(status(&quick, login(&format!("user{number}"), "x")).await, 200);
            taken.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        taken.sort_by(f64::total_cmp);
        taken[98]
    };
    p99().await;
    let alone = p99().await;
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..10_000 {
        let slow = slow.clone();
        let request = Request::post("/login").header("content-type", "application/json").body(Endless).unwrap();
        running.spawn(async move { status(&slow, request).await });
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    let beside = p99().await;
    assert!(running.join_all().await.iter().all(|status| *status == 408));
    let cut = begun.elapsed().as_secs_f64();
    println!(
        "all cut after {cut:.1} s, goal 15; other logins' 99th percentile {alone:.0} µs alone, {beside:.0} µs beside them"
    );
    assert!(cut <= 15.0, "beyond its goal");
}

/// A lookup in which nothing goes well.
#[expect(clippy::unused_async, reason = "the panic is the future's")]
async fn broken(panics: bool) -> Result<Option<Account<u64>>, BoxError> {
    match panics {
        // Past the hook, which would print a hundred thousand of them.
        true => resume_unwind(Box::new("the lookup is broken")),
        false => Err("the database is down".into()),
    }
}

async fn faults(panics: bool) {
    let auth = builder().without_rate_limits().build(move |_: Query| broken(panics)).unwrap();
    let service = auth.layer(service_fn(inner));
    let before = memory("VmRSS");
    for number in 0..100_000 {
        assert_eq!(status(&service, login("ada", "x")).await, 500, "{number}");
    }
    println!("all answered by 500");
    grown(before, 16.0);
}

async fn hang() {
    let hangs = async |_: Query| -> Result<Option<Account<u64>>, BoxError> { pending().await };
    let service = builder().build(hangs).unwrap().layer(service_fn(inner));
    let begun = Instant::now();
    assert_eq!(status(&service, login("ada", "x")).await, 500);
    let taken = begun.elapsed().as_secs_f64();
    println!("answered after {taken:.3} s, goal 5.2");
    assert!(taken <= 5.2, "beyond its goal");
}
