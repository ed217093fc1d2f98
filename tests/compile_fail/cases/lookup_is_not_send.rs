//! Requests move between threads, and so do lookups.
use std::rc::Rc;

use tower_auth::{Account, AuthLayer, BoxError, Query};

fn main() {
    let _ = AuthLayer::builder().build(async |_: Query| {
        let shared = Rc::new(());
        std::future::ready(()).await;
        drop(shared);
        Ok::<Option<Account<()>>, BoxError>(None)
    });
}
