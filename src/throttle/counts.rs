//! `Counts`: what is counted, and what is under way.

use std::sync::Arc;

use super::{flights::Flights, floor::Floor};
use crate::store::ThrottleStore;

pub(super) struct Counts {
    pub(super) store: Floor<Arc<dyn ThrottleStore>>,
    pub(super) flights: Flights,
}

impl Counts {
    pub(super) fn new(store: Arc<dyn ThrottleStore>) -> Self {
        Self { store: Floor::new(store), flights: Flights::default() }
    }
}
