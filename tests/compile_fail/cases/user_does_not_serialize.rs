//! The user is shown in the answers of the login routes.
use tower_auth::{Account, AuthLayer, BoxError, Query};

struct User;

fn main() {
    let _ = AuthLayer::builder().build(async |_: Query| Ok::<_, BoxError>(Some(Account::new(1, User))));
}
