//! What a lookup fails with is an error, or text.
use tower_auth::{Account, AuthLayer, Query};

#[derive(Debug)]
struct NoDatabase;

fn main() {
    let _ = AuthLayer::builder().build(async |_: Query| Err::<Option<Account<()>>, _>(NoDatabase));
}
