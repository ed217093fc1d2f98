//! `WaitingRooms`: guesses under way in this process, and who waits for them.
//!
//! Guesses are counted before they are verified, so a client that sends twenty right passwords at once is over its
//! budget until the first of them is found right. Whoever comes meanwhile waits for that instead of being refused.
//!
//! A guess goes in before the store is asked, and stays inside until it is settled. A guess that is refused goes out and
//! waits for those that are inside at that moment, among them those whose answer is still on its way; it never waits for
//! one that waits, or that comes later. Once a place is free, one asks for all who wait: if that one is refused as well,
//! all of them wait for those that are inside by then.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    iter, mem,
    sync::Arc,
};

use tokio::sync::oneshot;

use crate::{store::ThrottleKey, sync::Mutex};

/// How many may wait under one key; who comes later is refused.
const WAITING: usize = 1024;

/// A room for each key under which there are guesses.
#[derive(Clone, Default)]
pub(super) struct WaitingRooms(Arc<Mutex<HashMap<ThrottleKey, WaitingRoom>>>);

/// For how many of those who wait there may be a place, once one who was inside has left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Vacancy {
    /// The guess was a failure, or not counted.
    None,
    /// It was taken back, or nobody can tell.
    #[default]
    One,
    /// It cleared the failures.
    All,
}

/// One who asks the store, or whose guess it has counted. Leaves when it is dropped.
pub(super) struct Inside {
    rooms: WaitingRooms,
    key: ThrottleKey,
    number: Number,
    vacancy: Vacancy,
}

#[derive(Clone, Copy)]
struct Number {
    drawn: u64,
    /// The first one he drew. Who has the lowest came first.
    first: u64,
    /// How often there had been a vacancy when he went in. Once there are more, a refusal from there is out of date.
    vacancies: u64,
}

#[derive(Default)]
struct WaitingRoom {
    /// How many numbers were drawn.
    drawn: u64,
    inside: BTreeSet<u64>,
    /// How often there was a vacancy.
    vacancies: u64,
    /// How often there had been one when somebody was last refused.
    refused: u64,
    /// How many may ask again at once: there was a vacancy and nobody to call.
    open: usize,
    /// Who came first is first.
    waiting: VecDeque<Waiter>,
}

struct Waiter {
    first: u64,
    /// He waits for whoever inside has a lower number.
    below: u64,
    call: Call,
}

/// What there is to wait for.
enum Wait {
    /// Nothing: there was a vacancy meanwhile that nobody asks for, so the store may be asked again from there.
    Over(Number),
    Called(oneshot::Receiver<Inside>),
}

/// Calls somebody in, to ask again. Dropped, it says that he is refused.
type Call = oneshot::Sender<Inside>;

impl WaitingRooms {
    /// Lets somebody in who is about to ask the store.
    pub(super) fn enter(&self, key: ThrottleKey) -> Inside {
        let number = self.0.lock().entry(key).or_default().enter();
        self.inside(key, number)
    }

    fn inside(&self, key: ThrottleKey, number: Number) -> Inside {
        Inside { rooms: self.clone(), key, number, vacancy: Vacancy::default() }
    }

    fn leave(&self, inside: &Inside) {
        let mut rooms = self.0.lock();
        let Some(room) = rooms.get_mut(&inside.key) else { return };
        let called = room.leave(inside.number.drawn, inside.vacancy);
        if room.inside.is_empty() {
            rooms.remove(&inside.key);
        }
        drop(rooms);
        for (call, number) in called {
            // One who has gone away meanwhile leaves again.
            drop(call.send(self.inside(inside.key, number)));
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }
}

impl Inside {
    /// What vacancy there is once he has left.
    pub(super) fn leaves(&mut self, vacancy: Vacancy) {
        self.vacancy = vacancy;
    }

    /// Waits for those who are inside now, as one whom the store has refused. Leads inside again as soon as there may be
    /// a place, to ask anew; and to nothing when there is none, or too many wait.
    pub(super) async fn wait(self) -> Option<Self> {
        let called = match self.rooms.0.lock().get_mut(&self.key)?.wait(self.number) {
            Wait::Over(number) => return Some(self.rooms.inside(self.key, number)),
            Wait::Called(called) => called,
        };
        drop(self);
        called.await.ok()
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.rooms.leave(self);
    }
}

impl WaitingRoom {
    fn enter(&mut self) -> Number {
        let drawn = self.drawn;
        self.drawn += 1;
        self.inside.insert(drawn);
        Number { drawn, first: drawn, vacancies: self.vacancies }
    }

    fn wait(&mut self, number: Number) -> Wait {
        if number.vacancies == self.vacancies && self.refused != self.vacancies {
            // What was vacant since the others asked is somebody's who is inside now.
            self.refused = self.vacancies;
            self.open = 0;
            self.waiting.iter_mut().for_each(|waiter| waiter.below = self.drawn);
        }
        if number.vacancies != self.vacancies && self.open > 0 {
            self.open -= 1;
            return Wait::Over(Number { first: number.first, ..self.enter() });
        }
        if self.waiting.len() >= WAITING {
            self.waiting.retain(Waiter::is_there);
        }
        let (call, called) = oneshot::channel();
        let ahead = self.waiting.partition_point(|waiter| waiter.first < number.first);
        self.waiting.insert(ahead, Waiter { first: number.first, below: self.drawn, call });
        self.waiting.truncate(WAITING);
        Wait::Called(called)
    }

    /// One who was inside has left. Says who is called in, each with a number.
    fn leave(&mut self, drawn: u64, vacancy: Vacancy) -> Vec<(Call, Number)> {
        self.inside.remove(&drawn);
        self.vacancies += u64::from(vacancy != Vacancy::None);
        let lowest = self.inside.first().copied().unwrap_or(self.drawn);
        let has_nobody = |waiter: &Waiter| waiter.below <= lowest;
        match vacancy {
            Vacancy::All => {
                self.open = self.inside.len();
                let called = mem::take(&mut self.waiting).into_iter();
                called.map(|waiter| (waiter.call, Number { first: waiter.first, ..self.enter() })).collect()
            }
            Vacancy::One => {
                let called = self.call(drawn);
                self.open += usize::from(called.is_empty());
                called
            }
            // There may be a place still, as far as those who wait know.
            Vacancy::None if self.refused != self.vacancies && self.waiting.iter().any(has_nobody) => self.call(drawn),
            Vacancy::None => {
                self.waiting.retain(|waiter| !has_nobody(waiter));
                Vec::new()
            }
        }
    }

    /// Calls one alone: all together would ask the store for a single guess. The number of the one who left passes to
    /// that one, so whoever waited for it goes on waiting for who has it now.
    fn call(&mut self, drawn: u64) -> Vec<(Call, Number)> {
        let Some(waiter) = iter::from_fn(|| self.waiting.pop_front()).find(Waiter::is_there) else {
            return Vec::new();
        };
        self.inside.insert(drawn);
        vec![(waiter.call, Number { drawn, first: waiter.first, vacancies: self.vacancies })]
    }
}

impl Waiter {
    fn is_there(&self) -> bool {
        !self.call.is_closed()
    }
}
