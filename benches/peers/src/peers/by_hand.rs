//! What an application writes that does it by hand with jsonwebtoken.

use std::sync::Arc;

use http::{HeaderMap, Response, StatusCode, header::AUTHORIZATION};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

use crate::{
    credentials::{Claims, Rsa, SECRET},
    door::Asking,
};

/// One key and one validation, made once.
#[derive(Clone)]
pub struct Judge(Arc<(DecodingKey, Validation)>);

impl Judge {
    pub fn new(asking: Asking) -> Self {
        let (key, algorithm) = match asking {
            Asking::Rs256 => (DecodingKey::from_rsa_pem(Rsa::load().public_pem.as_bytes()).unwrap(), Algorithm::RS256),
            _ => (DecodingKey::from_secret(SECRET.as_bytes()), Algorithm::HS256),
        };
        Self(Arc::new((key, Validation::new(algorithm))))
    }

    pub fn judge(&self, headers: &HeaderMap) -> Option<Claims> {
        let (key, validation) = &*self.0;
        let token = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        decode(token, key, validation).ok().map(|data| data.claims)
    }
}

pub fn unauthorized<B: Default>() -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}
