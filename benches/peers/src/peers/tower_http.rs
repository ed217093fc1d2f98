//! tower-http's two layers, with jsonwebtoken by hand.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::Layer;
use tower_http::{auth::AsyncRequireAuthorizationLayer, validate_request::ValidateRequestHeaderLayer};

use super::{Judge, unauthorized};
use crate::{
    credentials::PASSWORD,
    door::{Asking, Inner, Opened, Sent, Through},
};

type Body = Full<Bytes>;
type Judged = Result<Request<Body>, Response<Body>>;

pub fn asynchronous(asking: Asking) -> Opened {
    let inner = Inner::<Body>::new();
    if asking == Asking::Open {
        let layer = AsyncRequireAuthorizationLayer::new(|request: Request<Body>| async { Judged::Ok(request) });
        return everybody(Through::<_, Body>::new(layer.layer(inner)));
    }
    let judge = Judge::new(asking);
    let layer = AsyncRequireAuthorizationLayer::new(move |mut request: Request<Body>| {
        let judge = judge.clone();
        async move {
            match judge.judge(request.headers()) {
                Some(claims) => {
                    request.extensions_mut().insert(claims);
                    Judged::Ok(request)
                }
                None => Err(unauthorized()),
            }
        }
    });
    super::opened(asking, Box::new(Through::<_, Body>::new(layer.layer(inner))), None)
}

pub fn validating(asking: Asking) -> Opened {
    let inner = Inner::<Body>::new();
    match asking {
        Asking::Open => {
            let layer = ValidateRequestHeaderLayer::custom(|_: &mut Request<Body>| Ok::<_, Response<Body>>(()));
            everybody(Through::<_, Body>::new(layer.layer(inner)))
        }
        Asking::Basic => {
            // Compares with the one pair that it was made with.
            #[expect(deprecated, reason = "that is what there is")]
            let layer = ValidateRequestHeaderLayer::basic("ada", PASSWORD);
            super::opened(asking, Box::new(Through::<_, Body>::new(layer.layer(inner))), None)
        }
        _ => {
            let judge = Judge::new(asking);
            let layer = ValidateRequestHeaderLayer::custom(move |request: &mut Request<Body>| {
                let claims = judge.judge(request.headers()).ok_or_else(unauthorized)?;
                request.extensions_mut().insert(claims);
                Ok::<_, Response<Body>>(())
            });
            super::opened(asking, Box::new(Through::<_, Body>::new(layer.layer(inner))), None)
        }
    }
}

/// A layer that lets everybody through.
fn everybody(door: impl crate::door::Door + 'static) -> Opened {
    Opened { door: Box::new(door), good: Sent::without_credentials("/public"), bad: Vec::new() }
}
