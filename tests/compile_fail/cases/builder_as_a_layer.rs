//! A builder has to be built.
use axum::Router;
use tower_auth::AuthLayer;

fn main() {
    let _: Router = Router::new().layer(AuthLayer::builder());
}
