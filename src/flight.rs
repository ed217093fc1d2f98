//! Single flight: of many that want the same work at the same time, one does it.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use tokio::sync::OnceCell;

use crate::sync::Mutex;

/// The work under way, by what it is about. As many entries as there are callers, at most.
pub(crate) struct Flights<K, T>(Mutex<HashMap<K, Flight<T>>>);

struct Flight<T> {
    outcome: Arc<OnceCell<T>>,
    riders: usize,
}

impl<K: Clone + Eq + Hash, T: Clone> Flights<K, T> {
    pub(crate) fn new() -> Self {
        Self(Mutex::default())
    }

    /// The outcome of `work`, or of the same work that another caller has under way. When that caller goes away before
    /// its end, one of those who waited does its own.
    pub(crate) async fn join(&self, key: K, work: impl Future<Output = T>) -> T {
        let seat = self.board(key);
        let work = async {
            let outcome = work.await;
            // Who comes from here on starts anew: an outcome is for those who were there.
            seat.land();
            outcome
        };
        seat.outcome.get_or_init(|| work).await.clone()
    }

    fn board(&self, key: K) -> Seat<'_, K, T> {
        let mut flights = self.0.lock();
        let flight = flights.entry(key.clone()).or_insert_with(|| Flight { outcome: Arc::default(), riders: 0 });
        flight.riders += 1;
        Seat { flights: self, key, outcome: Arc::clone(&flight.outcome) }
    }
}

/// One caller's part in a flight, given back however the wait ends.
struct Seat<'a, K: Clone + Eq + Hash, T> {
    flights: &'a Flights<K, T>,
    key: K,
    outcome: Arc<OnceCell<T>>,
}

impl<K: Clone + Eq + Hash, T: Clone> Seat<'_, K, T> {
    fn land(&self) {
        let mut flights = self.flights.0.lock();
        if flights.get(&self.key).is_some_and(|flight| Arc::ptr_eq(&flight.outcome, &self.outcome)) {
            flights.remove(&self.key);
        }
    }
}

impl<K: Clone + Eq + Hash, T> Drop for Seat<'_, K, T> {
    fn drop(&mut self) {
        let mut flights = self.flights.0.lock();
        // After the landing a flight of the same name is another one.
        let mine = flights.get_mut(&self.key).filter(|flight| Arc::ptr_eq(&flight.outcome, &self.outcome));
        let Some(flight) = mine else { return };
        flight.riders -= 1;
        if flight.riders == 0 {
            flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests;
