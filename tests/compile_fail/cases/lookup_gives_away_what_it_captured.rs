//! A lookup is called for each request: clone what goes into its future.
use tower_auth::{Account, AuthLayer, BoxError, Query};

fn main() {
    let db = String::new();
    let _ = AuthLayer::builder().build(move |_: Query| async move {
        drop(db);
        Ok::<Option<Account<()>>, BoxError>(None)
    });
}
