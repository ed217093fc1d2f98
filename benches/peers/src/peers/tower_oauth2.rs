//! tower-oauth2-resource-server, with its keys as a JWK Set. It demands a `kid`, and is told to take HS256.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::Full;
use jsonwebtoken::Algorithm;
use serde_json::json;
use tower::Layer;
use tower_oauth2_resource_server::{
    builder::OAuth2ResourceServerBuilder, layer::OAuth2ResourceServerLayer, server::OAuth2ResourceServer,
    tenant::TenantConfiguration, validation::ClaimsValidationSpec,
};

use crate::{
    credentials::{Claims, Rsa, SECRET},
    door::{Asking, Inner, Opened, Sent, Through},
};

pub const KEY_ID: &str = "k";

pub fn layer<R: Default>(asking: Asking) -> OAuth2ResourceServerLayer<R, Claims> {
    let (algorithm, mut jwk) = match asking {
        Asking::Rs256 => (Algorithm::RS256, Rsa::load().jwk()),
        _ => (Algorithm::HS256, json!({ "kty": "oct", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(SECRET) })),
    };
    jwk["kid"] = KEY_ID.into();
    let tenant = TenantConfiguration::static_builder(json!({ "keys": [jwk] }).to_string())
        .claims_validation(ClaimsValidationSpec::new().exp(true))
        .allowed_algorithms(&[algorithm]);
    let builder: OAuth2ResourceServerBuilder<Claims> =
        OAuth2ResourceServer::builder().add_tenant(tenant.build().unwrap());
    super::runtime().block_on(builder.build()).unwrap().into_layer()
}

pub fn open(asking: Asking) -> Opened {
    let service = layer(asking).layer(Inner::<Full<Bytes>>::new());
    super::opened(asking, Box::new(Through::<_, Full<Bytes>>::new(service)), Some(KEY_ID))
}

/// A good token, with the `kid`.
pub fn sent(asking: Asking) -> Sent {
    super::good_with(asking, Some(KEY_ID))
}
