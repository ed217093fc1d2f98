//! A contract is given as a value; by name it is left out.
use tower_auth::AuthLayer;

fn main() {
    let _ = AuthLayer::builder().dialect("login");
}
