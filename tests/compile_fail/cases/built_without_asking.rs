//! `build` may refuse.
use axum::Router;
use tower_auth::{Account, AuthLayer, BoxError, Query};

fn main() {
    let auth = AuthLayer::builder().build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None));
    let _: Router = Router::new().layer(auth);
}
