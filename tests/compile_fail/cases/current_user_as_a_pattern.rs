//! A user is taken out by `into_inner`, not by a pattern.
use axum::{Router, routing::get};
use tower_auth::CurrentUser;

async fn handler(CurrentUser(name): CurrentUser<String>) -> String {
    name
}

fn main() {
    let _: Router = Router::new().route("/", get(handler));
}
