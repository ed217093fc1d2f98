//! What a guarded request costs, beside the same inner service without the layer: every path, by criterion.
//!
//! `cargo bench -p tower-auth --bench guard`, and with `--features metrics` the same while Prometheus' recorder counts; only
//! the ratios of one run carry over to another machine. Without `-p`, the examples switch features on.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod paths;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn guard(c: &mut Criterion) {
    // With the feature, what is counted arrives somewhere.
    #[cfg(feature = "metrics")]
    metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder().unwrap();
    let mut paths = paths::paths();
    let mut group = c.benchmark_group("guard");
    group.throughput(Throughput::Elements(1));
    for (case, name) in paths.names().into_iter().enumerate() {
        group.bench_function(name, |b| {
            b.iter(|| {
                let request = paths.request(case);
                paths.walk(case, request);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, guard);
criterion_main!(benches);
