//! `Counting`: one guess under way, in the tallies of one key.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{
    counts::Counts,
    detached::finish,
    fallback::CountedGuess,
    waiting_room::{Inside, Vacancy},
};
use crate::store::Guess;

/// A guess that is counted as a failure. To be settled, or abandoned.
pub(super) struct Counting {
    counts: Arc<Counts>,
    guess: Guess,
    counted: CountedGuess,
    /// Left when it is dropped, and not before the store was told.
    inside: Inside,
    success: Success,
    state: State,
    begun: AtomicBool,
}

/// What a right password does to the tallies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Success {
    /// It clears them.
    Clears,
    /// It was no failure, and leaves the failures of others.
    TakesBack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A failure, unless it is said to be none.
    Open,
    /// To be cleared. If that is cut short, it is done again, which does no harm.
    Right,
    /// To be taken back.
    Void,
    /// Being taken back: twice would give a guess away.
    TakenBack,
}

impl Counting {
    pub(super) fn new(
        counts: Arc<Counts>,
        (guess, counted): (Guess, CountedGuess),
        inside: Inside,
        success: Success,
    ) -> Self {
        Self { counts, guess, counted, inside, success, state: State::Open, begun: AtomicBool::new(false) }
    }

    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    pub(super) fn put_off(&self) {
        self.begun.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_right(&mut self) {
        self.state = match self.success {
            Success::Clears => State::Right,
            Success::TakesBack => State::Void,
        };
    }

    pub(super) fn is_void(&mut self) {
        self.state = State::Void;
    }

    /// Tells the store what became of it. To be dropped afterwards, which tells those who wait.
    pub(super) async fn settle(&mut self) {
        let store = &self.counts.store;
        match self.state {
            State::Open => self.inside.leaves(Vacancy::None),
            State::Right => {
                store.succeed(self.guess, self.counted).await;
                self.inside.leaves(Vacancy::All);
            }
            State::Void => {
                self.state = State::TakenBack;
                store.release(self.guess, self.counted).await;
            }
            State::TakenBack => {}
        }
    }

    /// Settles it behind the back of a caller who went away. What nobody verified is no failure.
    pub(super) fn abandon(mut self) {
        if self.state == State::Open && !self.begun.load(Ordering::Relaxed) {
            self.state = State::Void;
        }
        match self.state {
            State::Open => self.inside.leaves(Vacancy::None),
            State::TakenBack => {}
            State::Right | State::Void => finish(async move { self.settle().await }),
        }
    }
}
