//! `Counts`: what is counted, and what is under way.

use std::sync::Arc;

use super::{fallback::Fallback, waiting_room::WaitingRooms};
use crate::store::ThrottleStore;

pub(super) struct Counts {
    pub(super) store: Fallback,
    pub(super) waiting_rooms: WaitingRooms,
}

impl Counts {
    pub(super) fn new(store: Arc<dyn ThrottleStore>) -> Self {
        Self { store: Fallback::new(store), waiting_rooms: WaitingRooms::default() }
    }
}
