//! The reference server: `tower-auth` with every knob, read from the environment.
//!
//! ```text
//! cargo run --example reference          # and a browser on http://127.0.0.1:3000/demo
//! curl http://127.0.0.1:3000/openapi.json
//! curl -i http://127.0.0.1:3000/login -d username=ada -d 'password=correct horse'
//! AUTH_METRICS=1 cargo run --example reference; curl http://127.0.0.1:3000/metrics
//! AUTH_GRACE=0 AUTH_LIKE=tokens LISTEN=127.0.0.1:0 cargo run --example reference
//! ```
//! All variables are optional; `environment.rs` has each with its default. `GET /demo` is a page to try the contracts in a
//! browser, and gRPC reaches the service of `examples/tonic`.

use tower_auth::BoxError;
use tower_auth_reference::{
    environment::Settings, grpc::WithGrpc, inner::Inner, metrics, openapi, server, users::Users,
};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .init();
    let settings = Settings::from_env()?;
    let users = Users::load(settings.users.as_deref())?;
    let metrics = settings.metrics.then(metrics::install).transpose()?;
    let auth = settings.layer(move |query| users.clone().find(query)).await?;
    let inner = WithGrpc::new(Inner { openapi: openapi::json(&auth)?.into(), metrics })?;
    server::run(&settings.listen, tower::Layer::layer(&auth, inner)).await
}
