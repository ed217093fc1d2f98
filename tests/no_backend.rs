//! Without a cryptography feature: shared secrets work, and any other key says what is missing.
#![cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use serde_json::json;
use support::*;
use tower_auth::{Algorithm, AuthLayer, BuildErrorKind, SigningKey, VerifyingKey, dialect::AuthToken};

#[tokio::test]
async fn contracts_that_sign_with_a_secret_are_served() {
    let layer = AuthLayer::builder()
        .key(SigningKey::hs256(SECRET).unwrap())
        .without(AuthToken::NAME)
        .clock(ManualClock::at(NOW))
        .build(find_in(users()))
        .unwrap();
    let reply = send(&layer, post_json("/login", &json!({"username": "duane15", "password": PASSWORD}))).await;
    assert_eq!(reply.status, 200);
    assert_eq!(send(&layer, bearer(&good_token())).await.text(), "inner: 1");
}

#[test]
fn other_keys_name_the_features_that_they_need() {
    let errors = [
        SigningKey::rs256_pem(RSA_PEM).unwrap_err(),
        SigningKey::der(Algorithm::Es256, [0]).unwrap_err(),
        VerifyingKey::pem(Algorithm::EdDsa, "").unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), BuildErrorKind::MissingBackend);
        assert!(error.to_string().ends_with("keys need the feature `aws-lc-rs` or `rust-crypto`"), "{error}");
    }
}
