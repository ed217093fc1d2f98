//! The cache of verified tokens: what two threads cost each other that ask for one token, and how many bytes an entry takes.
//!
//! `cargo bench --bench known_tokens`: medians of interleaved rounds, of which the ratios carry over; needs two cores.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

mod paths;

use std::{
    future::ready,
    pin::pin,
    sync::Barrier,
    task::{Context, Poll, Waker},
    thread,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use allocation_counter::measure;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, Request};
use http_body_util::Full;
use sha2::Sha256;
use tower::{Layer, Service};
use tower_auth::{Account, Auth, AuthLayer, BoxError, Lookup, Query, SigningKey, dialect::AuthToken};

use paths::Inner;

const SECRET: &str = "a secret of thirty-two bytes, and then some";

fn main() {
    let quick = std::env::args().any(|argument| argument == "--test");
    let (rounds, number, entries) = if quick { (1, 10, 100) } else { (101, 20_000, 20_000) };
    threads(rounds, number);
    bytes(entries);
}

/// One thread, two threads on tokens of their own, and two on the same.
fn threads(rounds: usize, number: usize) {
    let service = service();
    let fields = [field(1), field(2)];
    let ways: [(&str, &[&HeaderValue]); 3] = [
        ("one thread", &[&fields[0]]),
        ("two threads, a token each", &[&fields[0], &fields[1]]),
        ("two threads, one token", &[&fields[0], &fields[0]]),
    ];
    let mut nanoseconds = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        for ((_, fields), taken) in ways.iter().zip(&mut nanoseconds) {
            taken.push(round(&service, fields, number));
        }
    }
    println!("| requests with a known token | ns | of one thread |\n|---|---:|---:|");
    let medians = nanoseconds.map(|mut taken| {
        taken.sort_by(f64::total_cmp);
        taken[taken.len() / 2]
    });
    for ((name, _), median) in ways.iter().zip(medians) {
        println!("| {name} | {median:.0} | {:.2} |", median / medians[0]);
    }
}

/// Nanoseconds of a request, when each thread makes so many at the same time.
#[expect(clippy::cast_precision_loss, reason = "for people")]
fn round(service: &Auth<Inner, impl Lookup>, fields: &[&HeaderValue], number: usize) -> f64 {
    let start = Barrier::new(fields.len());
    let walk = |field: &HeaderValue| {
        let mut service = service.clone();
        walk(&mut service, field);
        start.wait();
        let begun = Instant::now();
        (0..number).for_each(|_| walk(&mut service, field));
        begun.elapsed().as_nanos() as f64 / number as f64
    };
    thread::scope(|scope| {
        let threads: Vec<_> = fields.iter().map(|field| scope.spawn(|| walk(field))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).fold(0.0, f64::max)
    })
}

/// What the cache grows by, less the tokens themselves.
fn bytes(entries: u64) {
    let mut service = service();
    let fields: Vec<_> = (1..=entries).map(field).collect();
    let token = |field: &HeaderValue| field.len() - "Bearer ".len();
    let claims = |field: &HeaderValue| field.as_bytes().split(|byte| *byte == b'.').nth(1).unwrap().len() * 3 / 4;
    let text: usize = fields.iter().map(token).sum();
    let json: usize = fields.iter().map(claims).sum();
    let grown = measure(|| fields.iter().for_each(|field| walk(&mut service, field))).bytes_current;
    let [text, json] = [text, json].map(|bytes| i64::try_from(bytes).unwrap());
    let entries = i64::try_from(entries).unwrap();
    println!(
        "\n{} bytes an entry beside its token of {} and its claims of {}",
        (grown - text - json) / entries,
        text / entries,
        json / entries
    );
}

fn service() -> Auth<Inner, impl Lookup> {
    let builder = AuthLayer::builder().key(SigningKey::hs256(SECRET).unwrap()).without(AuthToken::NAME);
    let builder = builder.claims_only().without_rate_limits().token_cache(1 << 20, 1 << 30);
    let find = |_: Query| ready(Ok::<Option<Account<u64>>, BoxError>(None));
    builder.build(find).unwrap().layer(Inner)
}

fn field(id: u64) -> HeaderValue {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"id":{id},"iat":{now},"exp":{}}}"#, now + 3600));
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let signature = mac.chain_update(format!("{header}.{claims}")).finalize().into_bytes();
    format!("Bearer {header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature)).parse().unwrap()
}

fn walk(service: &mut Auth<Inner, impl Lookup>, field: &HeaderValue) {
    let mut request = Request::new(Full::default());
    request.headers_mut().insert("authorization", field.clone());
    let mut answer = pin!(service.call(request));
    match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => assert_eq!(response.status(), 200),
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => unreachable!("the inner service answers at once"),
    }
}
