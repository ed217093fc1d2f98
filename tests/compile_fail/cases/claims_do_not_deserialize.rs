//! Claims are read by `serde`.
use axum::{Router, routing::get};
use tower_auth::Claims;

struct Tenant;

async fn handler(_: Claims<Tenant>) {}

fn main() {
    let _: Router = Router::new().route("/", get(handler));
}
