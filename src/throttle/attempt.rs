//! `Attempt`: one guess under way, in every tally that counts it.

use std::{mem, sync::Arc};

use super::{
    counting::{Counting, Success},
    counts::Counts,
    detached::FinishOnDrop,
    waiting_room::{Inside, Vacancy},
};
use crate::{clock::Timestamp, store::Guess};

/// A guess that is counted as a failure, and is one unless it is said to be right or was never verified.
///
/// Dropped before its verification began, it is taken back: the client went away while the guess stood in a queue.
/// Dropped later it stays counted, or a client would hang up on each guess and never fail.
pub(crate) struct Attempt(Vec<Counting>);

impl Attempt {
    /// Where failures are not counted.
    pub(super) fn uncounted() -> Self {
        Self(Vec::new())
    }

    /// Counts it, or says until when there is a lock. When the caller goes away meanwhile, the counting is
    /// finished, and then taken back.
    pub(super) async fn count(
        counts: &Arc<Counts>,
        guess: Guess,
        mut inside: Inside,
        success: Success,
    ) -> Result<Self, (Timestamp, Inside)> {
        let counts = Arc::clone(counts);
        let counting = async move {
            match counts.store.guess(guess).await {
                Ok(counted) => Ok(Self(vec![Counting::new(counts, (guess, counted), inside, success)])),
                Err(until) => {
                    inside.leaves(Vacancy::None);
                    Err((until, inside))
                }
            }
        };
        FinishOnDrop::new(counting).await
    }

    /// Both are one guess.
    pub(crate) fn and(mut self, mut other: Self) -> Self {
        self.0.append(&mut other.0);
        self
    }

    /// To be called when the verification begins, and can no longer be called off.
    pub(crate) fn begin(&self) {
        self.0.iter().for_each(Counting::begin);
    }

    /// To be called when what began has verified nothing, and something else is going to.
    pub(crate) fn put_off(&self) {
        self.0.iter().for_each(Counting::put_off);
    }

    /// The password was right.
    pub(crate) async fn succeed(mut self) {
        self.0.iter_mut().for_each(Counting::is_right);
        self.settle().await;
    }

    /// It could not be told, or this was not the account's key: no failure.
    pub(crate) async fn release(mut self) {
        self.0.iter_mut().for_each(Counting::is_void);
        self.settle().await;
    }

    /// One after the other, each dropped when it is done: what a caller who goes away leaves is abandoned.
    async fn settle(&mut self) {
        while let Some(counting) = self.0.last_mut() {
            counting.settle().await;
            self.0.pop();
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        mem::take(&mut self.0).into_iter().for_each(Counting::abandon);
    }
}
