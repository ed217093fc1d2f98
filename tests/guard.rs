//! Every route that is not a login route: Bearer, Basic, public, optional, preflight.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use support::*;

#[tokio::test]
async fn a_good_token_reaches_the_inner_service_as_its_user() {
    let reply = send(&layer(), bearer(&good_token())).await;
    assert_eq!((reply.status, reply.text()), (200, "inner: 1"));
}
