//! What looks up users is a closure, or a type that implements `Lookup`.
use tower_auth::AuthLayer;

struct Database;

fn main() {
    let _ = AuthLayer::builder().build(Database);
}
