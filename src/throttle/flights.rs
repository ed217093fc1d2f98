//! `Flights`: guesses under way in this process.
//!
//! Guesses are counted before they are verified, so a client that sends twenty right passwords at once is over its
//! budget until the first of them is found right. Whoever comes meanwhile waits for that instead of being refused.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::{Notify, futures::OwnedNotified};

use crate::{
    store::ThrottleKey,
    sync::{Mutex, PoisonError},
};

/// How many may wait under one key; who comes later is refused.
const WAITING: usize = 1024;

#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<ThrottleKey, Flight>>);

/// For how many of those who wait there may be room, once a guess is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// It was a failure.
    None,
    /// It was taken back.
    One,
    /// It cleared the failures.
    All,
}

#[derive(Default)]
struct Flight {
    guesses: usize,
    landed: Arc<Notify>,
}

impl Flights {
    pub(super) fn begin(&self, key: ThrottleKey) {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        flights.entry(key).or_default().guesses += 1;
    }

    /// One guess is settled. Who waits tries again if there may be room now, and when there is nothing left to wait for.
    pub(super) fn end(&self, key: ThrottleKey, room: Room) {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(flight) = flights.get_mut(&key) else { return };
        flight.guesses = flight.guesses.saturating_sub(1);
        let last = flight.guesses == 0;
        match room {
            Room::All => flight.landed.notify_waiters(),
            _ if last => flight.landed.notify_waiters(),
            // Woken all together, as many as wait would ask the store for one place.
            Room::One => flight.landed.notify_one(),
            Room::None => {}
        }
        if last {
            flights.remove(&key);
        }
    }

    /// The next landing, if anybody is under way and few enough wait.
    pub(super) fn next(&self, key: ThrottleKey) -> Option<OwnedNotified> {
        let flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let landed = &flights.get(&key)?.landed;
        // The flight has one of its own, and each who waits has one.
        (Arc::strong_count(landed) <= WAITING).then(|| Arc::clone(landed).notified_owned())
    }
}
