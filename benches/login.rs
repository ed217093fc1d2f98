//! What a login costs, beside the password verification that it consists of.
//!
//! `cargo bench -p tower-auth --bench login`; only the ratios of one run carry over to another machine.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
};

use argon2::{Argon2, PasswordVerifier, password_hash::phc::PasswordHash};
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer, ServiceExt, service_fn};
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Lookup, Query, SigningKey, StoredPassword,
};

const PASSWORD: &str = "correct horse";

fn layer(
    builder: AuthLayerBuilder,
    account: impl Fn() -> Account<&'static str> + Sync + Send + 'static,
) -> AuthLayer<impl Lookup> {
    builder
        .key(SigningKey::generate(Algorithm::Hs256).unwrap())
        .key(SigningKey::generate(Algorithm::Rs256).unwrap())
        .without_rate_limits()
        .build(move |_: Query| -> Ready<Result<_, BoxError>> { ready(Ok(Some(account()))) })
        .unwrap()
}

fn login(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let hash = StoredPassword::hash(PASSWORD).unwrap();
    let parsed = PasswordHash::new(&hash).unwrap();
    let stored = hash.clone();
    let account = move || Account::new(1, "ada").password_hash(stored.clone());
    let hashed = layer(AuthLayer::builder(), account.clone());
    // As many failures as this would be locked out.
    let unlocked = layer(AuthLayer::builder().without_failure_limit(), account);
    let verified =
        layer(AuthLayer::builder().lookup_verifies_passwords(), || Account::new(1, "ada").password_verified());
    let post = |layer: &AuthLayer<_>, body: &'static str| {
        let request = Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap();
        layer.layer(service_fn(inner)).oneshot(request)
    };

    let mut group = c.benchmark_group("login");
    group.throughput(Throughput::Elements(1)).sample_size(20);
    group.bench_function("argon2id_alone", |b| {
        b.iter(|| assert!(Argon2::default().verify_password(black_box(PASSWORD.as_bytes()), &parsed).is_ok()));
    });
    group.bench_function("right_password", |b| {
        b.to_async(&runtime).iter(|| async {
            let response = post(&hashed, "username=ada&password=correct+horse").await.unwrap();
            assert_eq!(response.status(), 200);
        });
    });
    group.bench_function("wrong_password", |b| {
        b.to_async(&runtime).iter(|| async {
            let response = post(&unlocked, "username=ada&password=x").await.unwrap();
            assert_eq!(response.status(), 404);
        });
    });
    group.finish();

    let mut group = c.benchmark_group("login_around_the_hash");
    group.throughput(Throughput::Elements(1));
    group.bench_function("inner_alone", |b| {
        b.to_async(&runtime).iter(|| async {
            let request = Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
            let request = request.body(Full::new(Bytes::from_static(b"username=ada&password=x"))).unwrap();
            let response = service_fn(inner).oneshot(request).await.unwrap();
            assert_eq!(response.status(), 200);
        });
    });
    group.bench_function("verified_by_the_closure", |b| {
        b.to_async(&runtime).iter(|| async {
            let request = Request::post("/login").header("content-type", "application/x-www-form-urlencoded");
            let request = request.body(Full::new(Bytes::from_static(b"username=ada&password=x"))).unwrap();
            let response = verified.layer(service_fn(inner)).oneshot(request).await.unwrap();
            assert_eq!(response.status(), 200);
        });
    });
    group.finish();
}

async fn inner(_: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::default()))
}

criterion_group!(benches, login);
criterion_main!(benches);
