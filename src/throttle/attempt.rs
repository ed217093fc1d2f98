//! `Attempt`: one guess under way.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Waker},
};

use tokio::runtime::Handle;

use super::{counts::Counts, floor::Counted};
use crate::store::{Guess, ThrottleKey};

/// A guess that is counted as a failure, and is one unless it is said to be right or was never verified.
///
/// Dropped before its verification began, it is taken back: the client went away while the guess stood in a queue.
/// Dropped later it stays counted, or a client would hang up on each guess and never fail.
pub(crate) struct Attempt(Option<Counting>);

struct Counting {
    counts: Arc<Counts>,
    guess: Guess,
    counted: Counted,
    state: State,
    begun: AtomicBool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// The store is being told; if that is cut short, it is told again, which does no harm.
    Right,
    Settled,
}

impl Attempt {
    /// Where failures are not counted.
    pub(super) fn uncounted() -> Self {
        Self(None)
    }

    pub(super) fn new(counts: Arc<Counts>, guess: Guess, counted: Counted) -> Self {
        counts.flights.begin(flight(&guess));
        Self(Some(Counting { counts, guess, counted, state: State::Open, begun: AtomicBool::new(false) }))
    }

    /// To be called when the verification begins, and can no longer be called off.
    pub(crate) fn begin(&self) {
        if let Some(counting) = &self.0 {
            counting.begun.store(true, Ordering::Relaxed);
        }
    }

    /// The password was right.
    pub(crate) async fn succeed(mut self) {
        let Some(counting) = &mut self.0 else { return };
        counting.state = State::Right;
        counting.counts.store.succeed(counting.guess, counting.counted).await;
        counting.settle(true);
    }

    /// It could not be told, or this was not the account's key: no failure.
    pub(crate) async fn release(mut self) {
        let Some(counting) = &mut self.0 else { return };
        // Taking back twice would give a guess away.
        counting.state = State::Settled;
        counting.counts.store.release(counting.guess, counting.counted).await;
        counting.settle(true);
    }
}

impl Counting {
    fn settle(&mut self, may_have_room: bool) {
        self.state = State::Settled;
        self.counts.flights.end(flight(&self.guess), may_have_room);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let Some(mut counting) = self.0.take() else { return };
        match mem::replace(&mut counting.state, State::Settled) {
            State::Settled => {}
            State::Open if counting.begun.load(Ordering::Relaxed) => counting.settle(false),
            open => finish(async move {
                let (store, guess, counted) = (&counting.counts.store, counting.guess, counting.counted);
                match open {
                    State::Right => store.succeed(guess, counted).await,
                    State::Open | State::Settled => store.release(guess, counted).await,
                }
                counting.settle(true);
            }),
        }
    }
}

/// Under which key others wait for this guess.
fn flight(guess: &Guess) -> ThrottleKey {
    guess.client.unwrap_or(guess.account)
}

/// Runs to its end at once when nothing has to be waited for, as with a store in memory; else behind the caller's back.
/// Where there is no runtime any more, the guess stays counted.
fn finish(work: impl Future<Output = ()> + Send + 'static) {
    let Ok(runtime) = Handle::try_current() else { return };
    let mut work = Box::pin(work);
    if work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        runtime.spawn(work);
    }
}
