//! What a guarded request costs, beside the same inner service without the layer.
//!
//! `cargo bench -p tower-auth --bench guard`, and with `--features metrics` the same while Prometheus' recorder counts; only
//! the ratios of one run carry over to another machine. Without `-p`, the examples switch features on.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer, Service, ServiceExt};
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Lookup, Query, SigningKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};

const SECRET: &str = "a secret of thirty-two bytes, and then some";

#[derive(Clone)]
struct Inner;

impl Service<Request<Full<Bytes>>> for Inner {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        ready(Ok(Response::new(request.into_body())))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a lookup is given its query")]
fn find(query: Query) -> Ready<Result<Option<Account<&'static str>>, BoxError>> {
    let account = match query {
        Query::Login { .. } => Account::new(1, "ada").password_verified(),
        _ => Account::new(1, "ada"),
    };
    ready(Ok(Some(account)))
}

fn builder() -> AuthLayerBuilder {
    AuthLayer::builder().key(SigningKey::hs256(SECRET).unwrap()).public("/public").without_rate_limits()
}

/// A token of the contract `login`, signed with `algorithm`, from the front door.
fn token(algorithm: Algorithm, key: &SigningKey) -> String {
    let layer = builder()
        .key(key.clone())
        .dialect(Login::new().algorithm(algorithm))
        .without(AuthLocal::NAME)
        .without(AuthToken::NAME)
        .without(Tokens::NAME)
        .build(find)
        .unwrap();
    let request = Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(Full::new(Bytes::from_static(b"username=ada&password=x"))).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let answer = runtime.block_on(async {
        let response = layer.layer(Inner).oneshot(request).await.unwrap();
        http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes()
    });
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

/// One call to a service that answers at once.
fn call<S>(service: &mut S, path: &'static str, authorization: Option<&str>) -> u16
where
    S: Service<Request<Full<Bytes>>>,
    S::Future: Future<Output = Result<Response<tower_auth::ResponseBody<Full<Bytes>>>, Infallible>>,
{
    let future = service.call(request(path, authorization));
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(response)) => response.status().as_u16(),
        _ => 0,
    }
}

fn request(path: &'static str, authorization: Option<&str>) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = http::Uri::from_static(path);
    if let Some(value) = authorization {
        request.headers_mut().insert("authorization", value.parse().unwrap());
    }
    request
}

fn layered<L: Lookup>(layer: &AuthLayer<L>) -> tower_auth::Auth<Inner, L> {
    layer.layer(Inner)
}

fn guard(c: &mut Criterion) {
    // With the feature, what is counted arrives somewhere.
    #[cfg(feature = "metrics")]
    metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().unwrap();
    let hs256 = SigningKey::hs256(SECRET).unwrap();
    let rs256 = SigningKey::generate(Algorithm::Rs256).unwrap();
    let es256 = SigningKey::generate(Algorithm::Es256).unwrap();
    let tokens = [
        ("hs256", token(Algorithm::Hs256, &hs256)),
        ("rs256", token(Algorithm::Rs256, &rs256)),
        ("es256", token(Algorithm::Es256, &es256)),
    ];
    let build = |builder: AuthLayerBuilder| {
        let builder = builder.key(rs256.clone()).verifying_key(es256.verifying_key());
        builder.build(find).unwrap()
    };
    let mut looked_up = layered(&build(builder()));
    let mut claims_only = layered(&build(builder().claims_only()));

    let mut group = c.benchmark_group("guard");
    group.throughput(Throughput::Elements(1));
    group.bench_function("inner_alone", |b| {
        b.iter(|| {
            let mut future = Inner.call(request("/me", None));
            let polled = std::pin::Pin::new(&mut future).poll(&mut Context::from_waker(Waker::noop()));
            black_box(polled.is_ready())
        });
    });
    group.bench_function("public", |b| b.iter(|| assert_eq!(call(&mut claims_only, "/public", None), 200)));
    group.bench_function("no_credentials", |b| b.iter(|| assert_eq!(call(&mut claims_only, "/me", None), 401)));
    for (name, token) in &tokens {
        let value = format!("Bearer {token}");
        group.bench_function(format!("bearer_{name}_claims_only"), |b| {
            b.iter(|| assert_eq!(call(&mut claims_only, "/me", Some(&value)), 200));
        });
    }
    let value = format!("Bearer {}", tokens.first().expect("there are three").1);
    group.bench_function("bearer_hs256_looked_up", |b| {
        b.iter(|| assert_eq!(call(&mut looked_up, "/me", Some(&value)), 200));
    });
    group.finish();
}

criterion_group!(benches, guard);
criterion_main!(benches);
