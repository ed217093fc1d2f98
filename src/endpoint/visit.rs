//! `Visit`: one request to an endpoint, with what the operations need of it.

use std::sync::Arc;

use http::request::Parts;

use crate::{
    ClientAddr,
    admission::Denied,
    clock::Timestamp,
    context::Context,
    dialect::{Dialect, Refusal},
    routes::Served,
    store::RateCount,
};

pub(super) struct Visit<'a, L> {
    pub(super) context: &'a Arc<Context<L>>,
    pub(super) dialect: &'a dyn Dialect,
    pub(super) served: &'a Served,
    pub(super) parts: &'a Parts,
    pub(super) now: Timestamp,
    /// Where the client stands in its window, once its request was counted.
    pub(super) rate: Option<RateCount>,
    /// Seconds until it may be tried again, when an account's limit is why it is refused.
    pub(super) retry_after: Option<u64>,
}

impl<L> Visit<'_, L> {
    pub(super) fn client(&self) -> Option<ClientAddr> {
        self.context.clients.client(&self.parts.extensions, &self.parts.headers)
    }

    /// Refuses in the contract's words.
    pub(super) fn deny(&mut self, denied: &Denied) -> Refusal {
        self.retry_after = denied.retry_after();
        denied.at_login(self.context.disclose_unknown_users)
    }
}
