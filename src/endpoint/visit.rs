//! `Visit`: one request to an endpoint, with what the operations need of it.

use std::sync::Arc;

use http::request::Parts;

use crate::{clock::Timestamp, context::Context, dialect::Dialect, routes::Served, store::RateCount};

pub(super) struct Visit<'a, L> {
    pub(super) context: &'a Arc<Context<L>>,
    pub(super) dialect: &'a dyn Dialect,
    pub(super) served: &'a Served,
    pub(super) parts: &'a Parts,
    pub(super) now: Timestamp,
    /// Where the client stands in its window, once its request was counted.
    pub(super) rate: Option<RateCount>,
}
