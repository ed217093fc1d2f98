//! The service behind the layer: says what reached it.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, header::CONTENT_TYPE};
use http_body_util::Full;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{json, value::RawValue};
use tower::Service;
use tower_auth::{
    Identity,
    dialect::{Redaction, public_profile},
};

use crate::{demo, metrics, users::User};

/// Answers every method and path. `/health`, `/openapi.json` and the page at `/demo` are public; `/users/me` is the user alone.
#[derive(Clone)]
pub struct Inner {
    pub openapi: Bytes,
    /// None: nothing is counted, and `/metrics` is a path like any other.
    pub metrics: Option<PrometheusHandle>,
}

impl<B> Service<Request<B>> for Inner {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let path = request.uri().path();
        if let ("/metrics", Some(recorder)) = (path, &self.metrics) {
            return ready(Ok(metrics::page(recorder)));
        }
        let identity = Identity::<User>::of(request.extensions());
        ready(Ok(match (path, identity) {
            ("/demo", None) => demo::page(),
            ("/health", _) => json_body(&json!({"status": "ok"})),
            ("/openapi.json", _) => json_text(self.openapi.clone()),
            ("/users/me", Some(identity)) => json_body(&public_user(&identity)),
            (_, identity) => json_body(&json!({
                "inner": true,
                "method": request.method().as_str(),
                "path": path,
                "scheme": identity.as_ref().map(|identity| identity.scheme().as_str()),
                "user": identity.as_ref().map(public_user),
                "username": identity.as_ref().and_then(|identity| identity.user()?.username.clone()),
            })),
        }))
    }
}

/// The public user object, less what is secret in it.
fn public_user(identity: &Identity<User>) -> Option<Box<RawValue>> {
    public_profile(identity.user()?, Redaction::remove()).ok()
}

fn json_body(body: &impl serde::Serialize) -> Response<Full<Bytes>> {
    json_text(serde_json::to_vec(body).unwrap_or_default().into())
}

fn json_text(text: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text));
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}
