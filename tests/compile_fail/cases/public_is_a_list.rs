//! A call takes one rule.
use tower_auth::AuthLayer;

fn main() {
    let _ = AuthLayer::builder().public(["/health", "/metrics"]);
}
