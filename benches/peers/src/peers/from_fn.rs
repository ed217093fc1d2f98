//! axum's `from_fn`, with jsonwebtoken by hand.

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn, from_fn_with_state},
    response::Response,
};
use tower::Layer;

use super::{Judge, unauthorized};
use crate::door::{Asking, Inner, Opened, Sent, Through};

pub async fn guard(State(judge): State<Judge>, mut request: Request, next: Next) -> Response {
    match judge.judge(request.headers()) {
        Some(claims) => {
            request.extensions_mut().insert(claims);
            next.run(request).await
        }
        None => unauthorized(),
    }
}

pub fn open(asking: Asking) -> Opened {
    let inner = Inner::<Body>::new();
    if asking == Asking::Open {
        let layer = from_fn(|request: Request, next: Next| next.run(request));
        let door = Box::new(Through::<_, Body>::new(layer.layer(inner)));
        return Opened { door, good: Sent::without_credentials("/public"), bad: Vec::new() };
    }
    let layer = from_fn_with_state(Judge::new(asking), guard);
    super::opened(asking, Box::new(Through::<_, Body>::new(layer.layer(inner))), None)
}
