//! What a password that is known again costs, beside the same request by Bearer and the inner service alone.
//!
//! `cargo bench --bench basic` prints nanoseconds (the median of interleaved rounds; only ratios carry over) and
//! allocations. For instructions, `valgrind --tool=callgrind` over the built bench with a case and a number, `basic
//! 10000` and `basic 20000`; the difference over 10 000 is one request.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use allocation_counter::measure;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service};
use tower_auth::{Account, Auth, AuthLayer, BoxError, Lookup, Query, SigningKey, dialect::AuthToken};

const BASIC: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";

/// As long as an argon2id hash with the default parameters, in a form of the application's own.
const HASH: &str = "$own2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IG9mIDE2$WjZ4sbAfHTY2N2NkZDY5NjI1NzM0NjE2NzY1NzQ2";

type Asked = Request<Full<Bytes>>;

#[derive(Clone)]
struct Inner;

impl Service<Asked> for Inner {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Asked) -> Self::Future {
        ready(Ok(Response::new(request.into_body())))
    }
}

/// A user in a cache of the application's: what the lookup does itself is one allocation, for the hash.
fn account(user: &Arc<u64>) -> Account<u64> {
    Account::shared(1, Arc::clone(user)).password_hash(HASH)
}

fn layer() -> AuthLayer<impl Lookup> {
    let user = Arc::new(7);
    AuthLayer::builder()
        // No key that is generated, and so two runs that count alike.
        .key(SigningKey::hs256("a secret of thirty-two bytes, and then some").unwrap())
        .without(AuthToken::NAME)
        .without_rate_limits()
        .basic_cache(3600, 100)
        // What counts here is what follows the first request.
        .verify_passwords_with(|_, password| Some(password == "correct horse"))
        .build(move |_: Query| -> Ready<Result<_, BoxError>> { ready(Ok(Some(account(&user)))) })
        .unwrap()
}

fn request(authorization: Option<&HeaderValue>) -> Asked {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = Uri::from_static("/me");
    if let Some(value) = authorization {
        request.headers_mut().insert("authorization", value.clone());
    }
    request
}

/// One call to a service that answers at once.
fn call<S: Service<Asked, Response = Response<R>>, R>(service: &mut S, request: Asked) -> u16 {
    let mut future = pin!(service.call(request));
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response.status().as_u16(),
        _ => 0,
    }
}

struct Cases<L> {
    service: Auth<Inner, L>,
    bearer: HeaderValue,
}

const NAMES: [&str; 4] = ["inner", "lookup", "bearer", "basic"];

impl<L: Lookup> Cases<L> {
    fn new(layer: &AuthLayer<L>) -> Self {
        let mut service = layer.layer(Inner);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let token = runtime.block_on(async {
            let form = Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
            let login = form.body(Full::from("username=ada&password=correct+horse")).unwrap();
            let answer = service.call(login).await.unwrap().into_body().collect().await.unwrap().to_bytes();
            let first = service.call(request(Some(&HeaderValue::from_static(BASIC)))).await.unwrap();
            assert_eq!(first.status(), 200);
            serde_json::from_slice::<serde_json::Value>(&answer).unwrap()["token"].as_str().unwrap().to_owned()
        });
        Self { service, bearer: format!("Bearer {token}").parse().unwrap() }
    }

    fn prepare(&self, case: &str) -> Asked {
        match case {
            "bearer" => request(Some(&self.bearer)),
            _ => request(Some(&HeaderValue::from_static(BASIC))),
        }
    }

    fn run(&mut self, case: &str, request: Asked) {
        match case {
            "inner" => assert_eq!(call(&mut Inner, request), 200),
            "lookup" => {
                black_box(account(&Arc::new(7)));
                assert_eq!(call(&mut Inner, request), 200);
            }
            _ => assert_eq!(call(&mut self.service, request), 200),
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut cases = Cases::new(&layer());
    if let [case, number, ..] = &arguments[..]
        && let Ok(number) = number.parse::<u64>()
    {
        for _ in 0..number {
            let request = cases.prepare(case);
            cases.run(case, request);
        }
        return;
    }
    let (rounds, number) = if arguments.iter().any(|argument| argument == "--test") { (1, 10) } else { (51, 2000) };
    let mut nanoseconds: [Vec<u128>; 4] = Default::default();
    for _ in 0..rounds {
        for (case, taken) in NAMES.iter().zip(&mut nanoseconds) {
            let begun = Instant::now();
            for _ in 0..number {
                let request = cases.prepare(case);
                cases.run(case, request);
            }
            taken.push(begun.elapsed().as_nanos() / number);
        }
    }
    println!("| case | ns | allocations |");
    println!("|---|---:|---:|");
    for (case, taken) in NAMES.iter().zip(&mut nanoseconds) {
        taken.sort_unstable();
        let request = cases.prepare(case);
        let allocations = measure(|| cases.run(case, request)).count_total;
        println!("| {case} | {} | {allocations} |", taken[taken.len() / 2]);
    }
}
