//! A user comes with an account around it.
use tower_auth::{AuthLayer, BoxError, Query};

#[derive(serde::Serialize)]
struct User;

fn main() {
    let _ = AuthLayer::builder().build(async |_: Query| Ok::<_, BoxError>(Some(User)));
}
