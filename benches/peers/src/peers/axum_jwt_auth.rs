//! axum-jwt-auth: an extractor before a handler of axum, and no layer.

use std::sync::Arc;

use axum::{Router, body::Body, extract::FromRef, handler::Handler, response::Response, routing::get};
use axum_jwt_auth::{Decoder, LocalDecoder};
use jsonwebtoken10::{Algorithm, DecodingKey, Validation};

use crate::{
    credentials::{Claims, Rsa, SECRET},
    door::{Asking, Opened, Through},
};

#[derive(Clone, FromRef)]
struct Decoding {
    decoder: Decoder<Claims>,
}

async fn guarded(_: axum_jwt_auth::Claims<Claims>) -> Response {
    Response::new(Body::default())
}

fn decoding(asking: Asking) -> Decoding {
    let (algorithm, key) = match asking {
        Asking::Rs256 => (Algorithm::RS256, DecodingKey::from_rsa_pem(Rsa::load().public_pem.as_bytes()).unwrap()),
        _ => (Algorithm::HS256, DecodingKey::from_secret(SECRET.as_bytes())),
    };
    let mut validation = Validation::new(algorithm);
    // It demands one; tokens without any pass all the same.
    validation.set_audience(&["web"]);
    Decoding { decoder: Arc::new(LocalDecoder::new(vec![key], validation).unwrap()) }
}

pub fn open(asking: Asking) -> Opened {
    let door = Box::new(Through::<_, Body>::new(guarded.with_state(decoding(asking))));
    super::opened(asking, door, None)
}

pub fn router() -> Router {
    let hello = |_: axum_jwt_auth::Claims<Claims>| async { "hello\n" };
    Router::new().route("/me", get(hello)).with_state(decoding(Asking::Hs256))
}
