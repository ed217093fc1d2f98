//! One Tower layer that serves four documented login contracts and guards every other route.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic))]

mod account;
mod admission;
#[cfg(feature = "axum")]
mod axum;
mod body;
mod builder;
mod challenge;
mod client_addr;
mod clock;
mod context;
mod credentials;
pub mod dialect;
mod endpoint;
mod endpoints;
mod error;
mod form;
mod future;
mod guard;
mod identity;
mod layer;
mod lookup;
mod password;
mod refuse;
mod rejection;
mod routes;
mod secret;
mod service;
mod store;
mod subject;
mod telemetry;
mod token;

#[cfg(feature = "axum")]
pub use crate::axum::MissingIdentity;
pub use crate::{
    account::Account,
    body::ResponseBody,
    builder::AuthLayerBuilder,
    challenge::ErrorCode,
    client_addr::ClientAddr,
    clock::{Clock, SystemClock, Timestamp},
    endpoints::Endpoints,
    error::{BoxError, BuildError, BuildErrorKind},
    future::ResponseFuture,
    identity::{CurrentUser, Identity, Scheme},
    layer::AuthLayer,
    lookup::{Identifier, Lookup, Query},
    password::StoredPassword,
    rejection::{Rejection, RejectionKind},
    secret::Password,
    service::Auth,
    store::{
        MemorySessions, MemoryThrottle, Rate, RateCount, Rotated, Rotation, SessionStore, StoreFuture, Successor,
        ThrottleKey, ThrottleStore,
    },
    subject::Subject,
    token::{Algorithm, Claims, HeaderOrder, SigningKey, TokenKey, VerifyingKey},
};
