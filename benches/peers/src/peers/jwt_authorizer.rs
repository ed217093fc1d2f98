//! jwt-authorizer, which still takes axum 0.7.

use axum07::body::Body;
use jwt_authorizer::{AuthorizerBuilder, IntoLayer, layer::AuthorizationLayer};
use tower::Layer;

use crate::{
    credentials::{Claims, Rsa, SECRET},
    door::{Asking, Inner, Opened, Through},
};

pub fn layer(asking: Asking) -> AuthorizationLayer<Claims> {
    let builder = match asking {
        Asking::Rs256 => AuthorizerBuilder::from_rsa_pem_text(&Rsa::load().public_pem),
        _ => AuthorizerBuilder::from_secret(SECRET),
    };
    super::runtime().block_on(builder.build()).unwrap().into_layer()
}

pub fn open(asking: Asking) -> Opened {
    let door = Box::new(Through::<_, Body>::new(layer(asking).layer(Inner::<Body>::new())));
    super::opened(asking, door, None)
}
