//! `CountedAction`: what an account does to its sessions, as it was counted.

use std::sync::Arc;

use super::{
    counts::Counts,
    detached::{FinishOnDrop, finish},
};
use crate::{
    clock::Clock,
    store::{Rate, RateCount, ThrottleKey},
};

/// An action that is counted, and stays so once it has begun.
///
/// Dropped before, it is taken back: the client went away before anything was done.
pub(crate) struct CountedAction(Option<Counted>);

struct Counted {
    counts: Arc<Counts>,
    clock: Arc<dyn Clock>,
    key: ThrottleKey,
    count: (RateCount, bool),
    begun: bool,
}

impl CountedAction {
    /// Where actions are not counted, or this one is none.
    pub(crate) fn uncounted() -> Self {
        Self(None)
    }

    /// Counts it, and says where that leads. When the caller goes away meanwhile, the counting is finished, and then
    /// taken back.
    pub(super) async fn count(
        counts: Arc<Counts>,
        clock: Arc<dyn Clock>,
        key: ThrottleKey,
        rate: Rate,
    ) -> (Self, RateCount) {
        let counting = async move {
            let count = counts.store.count(key, rate, clock.now()).await;
            (Self(Some(Counted { counts, clock, key, count, begun: false })), count.0)
        };
        FinishOnDrop::new(counting).await
    }

    /// To be called when the session store is asked, and may have done it whatever it answers.
    pub(crate) fn begin(&mut self) {
        if let Some(counted) = &mut self.0 {
            counted.begun = true;
        }
    }

    /// It came to nothing.
    pub(crate) async fn take_back(mut self) {
        if let Some(counted) = self.0.take() {
            counted.take_back().await;
        }
    }
}

impl Counted {
    async fn take_back(self) {
        self.counts.store.uncount(self.key, self.count, self.clock.now()).await;
    }
}

impl Drop for CountedAction {
    fn drop(&mut self) {
        if let Some(counted) = self.0.take().filter(|counted| !counted.begun) {
            finish(counted.take_back());
        }
    }
}
