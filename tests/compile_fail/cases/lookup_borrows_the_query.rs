//! The query comes owned.
use tower_auth::{Account, AuthLayer, BoxError, Query};

fn main() {
    let _ = AuthLayer::builder().build(|_: &Query| async { Ok::<Option<Account<()>>, BoxError>(None) });
}
