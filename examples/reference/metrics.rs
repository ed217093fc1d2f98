//! What Prometheus reads at `/metrics`, under `AUTH_METRICS=1`. Public here: elsewhere, let nobody but Prometheus reach it.

use bytes::Bytes;
use http::{HeaderValue, Response, header::CONTENT_TYPE};
use http_body_util::Full;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tower_auth::BoxError;

/// From a lookup in memory to one that runs into its timeout.
const SECONDS: [f64; 12] = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Installs the recorder. Before the layer is built: what is on every request's way is registered there.
///
/// # Errors
///
/// When there is a recorder already.
pub fn install() -> Result<PrometheusHandle, BoxError> {
    let seconds = Matcher::Suffix("_seconds".into());
    Ok(PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS)?.install_recorder()?)
}

/// What is counted so far.
pub fn page(recorder: &PrometheusHandle) -> Response<Full<Bytes>> {
    // Or durations wait for somebody to ask.
    recorder.run_upkeep();
    let mut response = Response::new(Full::new(recorder.render().into()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4"));
    response
}
