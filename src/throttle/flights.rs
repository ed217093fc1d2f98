//! `Flights`: guesses under way in this process.
//!
//! Guesses are counted before they are verified, so a client that sends twenty right passwords at once is over its
//! budget until the first of them is found right. Whoever comes meanwhile waits for that instead of being refused.
//!
//! A guess takes a seat before the store is asked, and keeps it until it is settled. A guess that is refused gives up
//! its seat and waits for the seats that are taken at that moment, among them those whose answer is still on its way;
//! it never waits for one that waits, or that comes later.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    mem,
    sync::Arc,
};

use tokio::sync::oneshot;

use crate::{
    store::ThrottleKey,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How many may wait under one key; who comes later is refused.
const WAITING: usize = 1024;

#[derive(Clone, Default)]
pub(super) struct Flights(Arc<Mutex<HashMap<ThrottleKey, Flight>>>);

/// For how many of those who wait there may be room, once a seat is given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Room {
    /// The guess was a failure, or not counted.
    None,
    /// It was taken back, or nobody can tell.
    #[default]
    One,
    /// It cleared the failures.
    All,
}

/// One who asks the store, or whose guess it has counted. Given up when it is dropped.
pub(super) struct Seat {
    flights: Flights,
    key: ThrottleKey,
    place: Place,
    room: Room,
}

#[derive(Clone, Copy)]
struct Place {
    number: u64,
    /// How often room had been made when it was taken. Once there is more, a refusal from there may be none any more.
    rooms: u64,
}

#[derive(Default)]
struct Flight {
    /// How many places were given.
    places: u64,
    taken: BTreeSet<u64>,
    /// How often room was made.
    rooms: u64,
    /// Who waits longest comes first.
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    /// Of the place where he was refused.
    rooms: u64,
    /// He waits for whoever has a lower place.
    below: u64,
    call: Call,
}

/// What there is to wait for.
enum Wait {
    /// Nothing: room was made meanwhile, so the store may be asked again from there.
    Over(Place),
    Called(oneshot::Receiver<Seat>),
}

/// Calls somebody back to a seat, to ask again from there. Dropped, it says that he is refused.
type Call = oneshot::Sender<Seat>;

impl Flights {
    /// A seat for somebody who is about to ask the store.
    pub(super) fn board(&self, key: ThrottleKey) -> Seat {
        let place = self.lock().entry(key).or_default().take();
        self.seat(key, place)
    }

    fn seat(&self, key: ThrottleKey, place: Place) -> Seat {
        Seat { flights: self.clone(), key, place, room: Room::default() }
    }

    fn vacate(&self, seat: &Seat) {
        let mut flights = self.lock();
        let Some(flight) = flights.get_mut(&seat.key) else { return };
        let called = flight.vacate(seat.place.number, seat.room);
        if flight.taken.is_empty() {
            flights.remove(&seat.key);
        }
        drop(flights);
        for (call, place) in called {
            // Of one who has gone away meanwhile, the seat is given up again.
            drop(call.send(self.seat(seat.key, place)));
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ThrottleKey, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// What room there is once it is given up.
    pub(super) fn leaves(&mut self, room: Room) {
        self.room = room;
    }

    /// Waits for those who have a seat now, as one whom the store has refused. Leads to another seat as soon as there
    /// may be room, to ask again; and to none when nobody has made any, or too many wait.
    pub(super) async fn wait(self) -> Option<Self> {
        let called = match self.flights.lock().get_mut(&self.key)?.wait(self.place) {
            Wait::Over(place) => return Some(self.flights.seat(self.key, place)),
            Wait::Called(called) => called,
        };
        drop(self);
        called.await.ok()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.flights.vacate(self);
    }
}

impl Flight {
    fn take(&mut self) -> Place {
        let number = self.places;
        self.places += 1;
        self.taken.insert(number);
        Place { number, rooms: self.rooms }
    }

    fn wait(&mut self, place: Place) -> Wait {
        if place.rooms != self.rooms {
            return Wait::Over(self.take());
        }
        let (call, called) = oneshot::channel();
        if self.waiting.len() >= WAITING {
            self.waiting.retain(Waiting::is_there);
        }
        if self.waiting.len() < WAITING {
            self.waiting.push_back(Waiting { rooms: place.rooms, below: self.places, call });
        }
        Wait::Called(called)
    }

    /// A place is given up. Says who is called, and to which.
    fn vacate(&mut self, number: u64, room: Room) -> Vec<(Call, Place)> {
        self.taken.remove(&number);
        self.rooms += u64::from(room != Room::None);
        let mut called = Vec::new();
        match room {
            Room::None => {}
            // One alone is called: all together would ask the store for a single guess. The place passes to that one,
            // so whoever waited for it goes on waiting for the new holder.
            Room::One => {
                while let Some(waiting) = self.waiting.pop_front() {
                    if waiting.is_there() {
                        self.taken.insert(number);
                        called.push((waiting.call, Place { number, rooms: self.rooms }));
                        break;
                    }
                }
            }
            Room::All => {
                for waiting in mem::take(&mut self.waiting) {
                    called.push((waiting.call, self.take()));
                }
            }
        }
        // Whoever has nobody left to wait for is refused, unless room was made since he asked.
        let lowest = self.taken.first().copied().unwrap_or(self.places);
        while self.waiting.front().is_some_and(|waiting| waiting.below <= lowest) {
            let Some(waiting) = self.waiting.pop_front() else { break };
            if waiting.rooms != self.rooms {
                called.push((waiting.call, self.take()));
            }
        }
        called
    }
}

impl Waiting {
    fn is_there(&self) -> bool {
        !self.call.is_closed()
    }
}
