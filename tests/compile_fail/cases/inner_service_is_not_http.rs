//! What is wrapped takes HTTP requests and answers HTTP responses.
use std::convert::Infallible;

use http::Request;
use tower::{Layer, Service, service_fn};
use tower_auth::{Account, AuthLayer, BoxError, Query};

fn main() -> Result<(), BoxError> {
    let auth = AuthLayer::builder().build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None))?;
    let mut service = auth.layer(service_fn(async |_: Request<String>| Ok::<_, Infallible>("hello")));
    let _ = service.call(Request::new(String::new()));
    Ok(())
}
