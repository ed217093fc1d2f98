//! `Flights`: guesses under way in this process.
//!
//! Guesses are counted before they are verified, so a client that sends twenty right passwords at once is over its
//! budget until the first of them is found right. Whoever comes meanwhile waits for that instead of being refused.
//!
//! A guess takes a seat before the store is asked, and keeps it until it is settled. A guess that is refused gives up
//! its seat and waits for the seats that are taken at that moment, among them those whose answer is still on its way;
//! it never waits for one that waits, or that comes later. Once room was made, one asks for all who wait: if that one
//! is refused as well, all of them wait for the seats that are taken by then.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    iter, mem,
    sync::Arc,
};

use tokio::sync::oneshot;

use crate::{store::ThrottleKey, sync::Mutex};

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
    /// Number of the first one he took. Who has the lowest came first.
    since: u64,
    /// How often room had been made when it was taken. Once there is more, a refusal from there is out of date.
    rooms: u64,
}

#[derive(Default)]
struct Flight {
    /// How many places were given.
    places: u64,
    taken: BTreeSet<u64>,
    /// How often room was made.
    rooms: u64,
    /// How often it had been made when somebody was last refused.
    refused: u64,
    /// How many may ask again at once: there was room and nobody to call.
    open: usize,
    /// Who came first is first.
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    since: u64,
    /// He waits for whoever has a lower place.
    below: u64,
    call: Call,
}

/// What there is to wait for.
enum Wait {
    /// Nothing: room was made meanwhile that nobody asks for, so the store may be asked again from there.
    Over(Place),
    Called(oneshot::Receiver<Seat>),
}

/// Calls somebody back to a seat, to ask again from there. Dropped, it says that he is refused.
type Call = oneshot::Sender<Seat>;

impl Flights {
    /// A seat for somebody who is about to ask the store.
    pub(super) fn board(&self, key: ThrottleKey) -> Seat {
        let place = self.0.lock().entry(key).or_default().take();
        self.seat(key, place)
    }

    fn seat(&self, key: ThrottleKey, place: Place) -> Seat {
        Seat { flights: self.clone(), key, place, room: Room::default() }
    }

    fn vacate(&self, seat: &Seat) {
        let mut flights = self.0.lock();
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
        self.0.lock().is_empty()
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
        let called = match self.flights.0.lock().get_mut(&self.key)?.wait(self.place) {
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
        Place { number, since: number, rooms: self.rooms }
    }

    fn wait(&mut self, place: Place) -> Wait {
        if place.rooms == self.rooms && self.refused != self.rooms {
            // Room that was made since the others asked is somebody's who has a seat now.
            self.refused = self.rooms;
            self.open = 0;
            self.waiting.iter_mut().for_each(|waiting| waiting.below = self.places);
        }
        if place.rooms != self.rooms && self.open > 0 {
            self.open -= 1;
            return Wait::Over(Place { since: place.since, ..self.take() });
        }
        if self.waiting.len() >= WAITING {
            self.waiting.retain(Waiting::is_there);
        }
        let (call, called) = oneshot::channel();
        let ahead = self.waiting.partition_point(|waiting| waiting.since < place.since);
        self.waiting.insert(ahead, Waiting { since: place.since, below: self.places, call });
        self.waiting.truncate(WAITING);
        Wait::Called(called)
    }

    /// A place is given up. Says who is called, and to which.
    fn vacate(&mut self, number: u64, room: Room) -> Vec<(Call, Place)> {
        self.taken.remove(&number);
        self.rooms += u64::from(room != Room::None);
        let lowest = self.taken.first().copied().unwrap_or(self.places);
        let has_nobody = |waiting: &Waiting| waiting.below <= lowest;
        match room {
            Room::All => {
                self.open = self.taken.len();
                let called = mem::take(&mut self.waiting).into_iter();
                called.map(|waiting| (waiting.call, Place { since: waiting.since, ..self.take() })).collect()
            }
            Room::One => {
                let called = self.call(number);
                self.open += usize::from(called.is_empty());
                called
            }
            // There may be room still, as far as those who wait know.
            Room::None if self.refused != self.rooms && self.waiting.iter().any(has_nobody) => self.call(number),
            Room::None => {
                self.waiting.retain(|waiting| !has_nobody(waiting));
                Vec::new()
            }
        }
    }

    /// Calls one alone: all together would ask the store for a single guess. The place passes to that one, so whoever
    /// waited for it goes on waiting for the new holder.
    fn call(&mut self, number: u64) -> Vec<(Call, Place)> {
        let Some(waiting) = iter::from_fn(|| self.waiting.pop_front()).find(Waiting::is_there) else {
            return Vec::new();
        };
        self.taken.insert(number);
        vec![(waiting.call, Place { number, since: waiting.since, rooms: self.rooms })]
    }
}

impl Waiting {
    fn is_there(&self) -> bool {
        !self.call.is_closed()
    }
}
