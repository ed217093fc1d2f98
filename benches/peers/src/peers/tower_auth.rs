//! tower-auth: each token verified, known again, and with its user looked up.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::{Layer, Service};
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, Lookup, Query, SigningKey, VerifyingKey, dialect::AuthToken,
};

use crate::{
    credentials::{BASIC, PASSWORD, Rsa, SECRET, WRONG_BASIC},
    door::{Asking, Inner, Opened, Sent, Through},
};

/// As long as an argon2id hash with the default parameters, in a form of the application's own.
const HASH: &str = "$own2id$v=19$m=19456,t=2,p=1$c29tZSBzYWx0IG9mIDE2$WjZ4sbAfHTY2N2NkZDY5NjI1NzM0NjE2NzY1NzQ2";

pub fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::hs256(SECRET).unwrap())
        .verifying_key(VerifyingKey::pem(Algorithm::Rs256, Rsa::load().public_pem).unwrap())
        .public("/public")
        .without(AuthToken::NAME)
        .without_rate_limits()
}

pub fn find() -> impl Lookup {
    let user = Arc::new(7);
    move |query: Query| -> Ready<Result<_, Infallible>> {
        let account = Account::shared(1, Arc::clone(&user));
        ready(Ok(Some(match query {
            Query::Login { .. } => account.password_hash(HASH),
            _ => account,
        })))
    }
}

pub fn verified(asking: Asking) -> Opened {
    open(asking, builder().claims_only().without_token_cache())
}

pub fn known(asking: Asking) -> Opened {
    open(asking, builder().claims_only())
}

pub fn looked_up(asking: Asking) -> Opened {
    if asking != Asking::Basic {
        return open(asking, builder());
    }
    let builder = builder()
        .basic_cache(100, Duration::from_secs(3600))
        .verify_passwords_with(|_, password| Some(password == PASSWORD));
    let mut service = builder.build(find()).unwrap().layer(Inner::<Full<Bytes>>::new());
    // What has to be hashed waits for a thread of a runtime, so it is asked here: a wrong password, and the right one,
    // which is known from then on.
    for (credentials, status) in [(WRONG_BASIC, 401), (BASIC, 200)] {
        let request = Request::get("/me").header("authorization", credentials).body(Full::<Bytes>::default()).unwrap();
        assert_eq!(super::runtime().block_on(service.call(request)).unwrap().status(), status);
    }
    let door = Box::new(Through::<_, Full<Bytes>>::new(service));
    Opened { door, good: Sent::authorization(&[BASIC]), bad: Vec::new() }
}

fn open(asking: Asking, builder: AuthLayerBuilder) -> Opened {
    let service = builder.build(find()).unwrap().layer(Inner::<Full<Bytes>>::new());
    let door = Box::new(Through::<_, Full<Bytes>>::new(service));
    super::opened(asking, door, None)
}
