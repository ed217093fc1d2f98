//! "Could not tell" is an answer too.
use tower_auth::{Account, AuthLayer, Query};

fn main() {
    let _ = AuthLayer::builder().build(async |_: Query| None::<Account<()>>);
}
