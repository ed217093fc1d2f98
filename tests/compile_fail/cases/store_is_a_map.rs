//! A store owes more than a map has.
use std::collections::HashMap;

use tower_auth::AuthLayer;

fn main() {
    let _ = AuthLayer::builder().session_store(HashMap::<String, String>::new());
    let _ = AuthLayer::builder().throttle_store(HashMap::<String, u32>::new());
}
