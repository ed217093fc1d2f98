//! The layer keeps a clone of the inner service, since it waits with the one that is ready.
use std::convert::Infallible;

use http::{Request, Response};
use tower::{Layer, Service, service_fn};
use tower_auth::{Account, AuthLayer, BoxError, Query};

fn main() {
    let auth = AuthLayer::builder().build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None)).unwrap();
    let not_clone = Box::new(()) as Box<dyn Send>;
    let mut service = auth.layer(service_fn(move |_: Request<String>| {
        let _ = &not_clone;
        std::future::ready(Ok::<_, Infallible>(Response::new(String::new())))
    }));
    let _ = service.call(Request::new(String::new()));
}
