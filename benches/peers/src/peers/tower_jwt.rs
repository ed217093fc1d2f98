//! tower-jwt. A request without a token goes through, and whoever stands behind has to look for claims.

use bytes::Bytes;
use http_body_util::Full;
use jsonwebtoken09::{Algorithm, DecodingKey, Validation};
use tower::Layer;
use tower_jwt::JwtLayer;

use crate::{
    credentials::{Claims, Rsa, SECRET},
    door::{Asking, Inner, Opened, Sent, Through},
};

pub fn layer(asking: Asking) -> JwtLayer<Claims> {
    let (algorithm, key) = match asking {
        Asking::Rs256 => (Algorithm::RS256, DecodingKey::from_rsa_pem(Rsa::load().public_pem.as_bytes()).unwrap()),
        _ => (Algorithm::HS256, DecodingKey::from_secret(SECRET.as_bytes())),
    };
    JwtLayer::new(Validation::new(algorithm), key)
}

pub fn open(asking: Asking) -> Opened {
    let door = Box::new(Through::<_, Full<Bytes>>::new(layer(asking).layer(Inner::<Full<Bytes>>::new())));
    if asking == Asking::Open {
        return Opened { door, good: Sent::without_credentials("/public"), bad: Vec::new() };
    }
    super::opened(asking, door, None)
}
