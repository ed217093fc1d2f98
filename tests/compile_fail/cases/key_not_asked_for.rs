//! A key may be refused.
use tower_auth::{AuthLayer, SigningKey};

fn main() {
    let _ = AuthLayer::builder().key(SigningKey::hs256("a secret of more than thirty-two bytes"));
    let _ = AuthLayer::builder().key("a secret of more than thirty-two bytes");
}
