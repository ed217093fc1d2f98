//! A moment is a `Timestamp`.
use tower_auth::AuthLayer;

fn main() {
    let _ = AuthLayer::builder().clock(1_700_000_000);
}
