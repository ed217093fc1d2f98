//! Lookups as people write them, in the places where they end up: everything here is about compiling.
#![allow(missing_docs, clippy::unwrap_used, clippy::unused_async, clippy::type_complexity)]

mod support;

use std::{future::ready, io, pin::Pin};

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use support::*;
use tower::{Layer, ServiceExt, service_fn};
use tower_auth::{Account, BoxError, Lookup, Query};

async fn find(_: Query) -> Result<Option<Account<u8>>, BoxError> {
    Ok(None)
}

/// A service is called inside a spawned block, as servers do.
async fn answers_in_a_spawned_task<L: Lookup>(lookup: L) {
    let service = builder()
        .build(lookup)
        .unwrap()
        .layer(service_fn(async |_| Ok::<_, BoxError>(Response::new(Full::new(Bytes::new())))));
    let answer =
        tokio::spawn(async move { service.oneshot(request("GET", "/me")).await.map(|answer| answer.status()) });
    assert_eq!(answer.await.unwrap().unwrap(), 401);
}

macro_rules! spawned {
    ($($name:ident: $lookup:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            // Inline, so that the closure's own types and not an opaque one stand in the spawned future.
            let service = builder().build($lookup).unwrap().layer(service_fn(async |_| {
                Ok::<_, BoxError>(Response::new(Full::new(Bytes::new())))
            }));
            let task = async move { service.oneshot(request("GET", "/me")).await.map(|answer| answer.status()) };
            assert_eq!(tokio::spawn(task).await.unwrap().unwrap(), 401);
            answers_in_a_spawned_task($lookup).await;
        }
    )*};
}

spawned! {
    an_async_closure: async |_: Query| Ok::<Option<Account<u8>>, BoxError>(None);
    an_async_function: find;
    a_closure_around_an_async_block: |query: Query| async move {
        let Query::Login { .. } = query else { return Ok(None) };
        Err::<Option<Account<u8>>, _>(BoxError::from("down"))
    };
    a_closure_that_clones_its_database: {
        let database = String::from("db");
        move |_: Query| {
            let database = database.clone();
            async move { if database.is_empty() { Err(io::Error::other("down")) } else { Ok(None::<Account<String>>) } }
        }
    };
    a_closure_that_is_ready_at_once: |_: Query| ready(Ok::<Option<Account<u8>>, BoxError>(None));
    a_closure_that_boxes: |_: Query| -> Pin<Box<dyn Future<Output = Result<Option<Account<u8>>, BoxError>> + Send>> {
        Box::pin(ready(Ok(None)))
    };
    a_closure_that_verifies_by_itself: async |query: Query| {
        let Query::Login { password, .. } = query else { return Ok(None) };
        let account = Account::new(1, 7_u8);
        let is_right = password.expose() == PASSWORD;
        Ok::<_, BoxError>(Some(if is_right { account.password_verified() } else { account.password_wrong() }))
    };
    an_error_of_text: async |_: Query| Ok::<Option<Account<u8>>, String>(None);
}
