//! A store owes more than a map has.
use std::collections::HashMap;

use tower_auth::AuthLayer;

fn main() {
    let _ = AuthLayer::builder().sessions(HashMap::<String, String>::new());
    let _ = AuthLayer::builder().throttle(HashMap::<String, u32>::new());
}
