//! Single flight: of many that want the same work at the same time, one does it.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::OnceCell;

/// The work under way, by what it is about. As many entries as there are callers, at most.
pub(crate) struct Flights<K, T>(Mutex<HashMap<K, Flight<T>>>);

struct Flight<T> {
    outcome: Arc<OnceCell<T>>,
    riders: usize,
}

impl<K: Copy + Eq + Hash, T: Clone> Flights<K, T> {
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
        let mut flights = self.lock();
        let flight = flights.entry(key).or_insert_with(|| Flight { outcome: Arc::default(), riders: 0 });
        flight.riders += 1;
        Seat { flights: self, key, outcome: Arc::clone(&flight.outcome) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Flight<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One caller's part in a flight, given back however the wait ends.
struct Seat<'a, K: Copy + Eq + Hash, T> {
    flights: &'a Flights<K, T>,
    key: K,
    outcome: Arc<OnceCell<T>>,
}

impl<K: Copy + Eq + Hash, T: Clone> Seat<'_, K, T> {
    fn land(&self) {
        let mut flights = self.flights.lock();
        if flights.get(&self.key).is_some_and(|flight| Arc::ptr_eq(&flight.outcome, &self.outcome)) {
            flights.remove(&self.key);
        }
    }
}

impl<K: Copy + Eq + Hash, T> Drop for Seat<'_, K, T> {
    fn drop(&mut self) {
        let mut flights = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
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
mod tests {
    use std::{
        future::pending,
        sync::atomic::{AtomicUsize, Ordering},
        task::{Context, Waker},
    };

    use tokio::sync::Notify;

    use super::*;

    type Few = Flights<u8, Result<u8, u8>>;

    /// Polls once.
    fn starts<F: Future>(future: &mut std::pin::Pin<Box<F>>) -> bool {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[tokio::test]
    async fn s63_many_at_once_are_one_and_the_next_is_another() {
        let (flights, done, gate) = (Few::new(), AtomicUsize::new(0), Notify::new());
        let work = || async {
            gate.notified().await;
            done.fetch_add(1, Ordering::Relaxed);
            Ok(7)
        };
        let mut riders: Vec<_> = std::iter::repeat_with(|| Box::pin(flights.join(1, work()))).take(1000).collect();
        assert!(riders.iter_mut().all(starts));
        assert_eq!(flights.lock().len(), 1);
        let mut other = Box::pin(flights.join(2, async { Ok(8) }));
        assert!(!starts(&mut other), "another key waits for nobody");
        gate.notify_one();
        for rider in riders {
            assert_eq!(rider.await, Ok(7));
        }
        assert_eq!(done.load(Ordering::Relaxed), 1);
        assert!(flights.lock().is_empty());
        gate.notify_one();
        assert_eq!(flights.join(1, work()).await, Ok(7));
        assert_eq!(done.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn s63_an_outcome_is_for_those_who_were_there() {
        let (flights, gate) = (Few::new(), Notify::new());
        let mut leader = Box::pin(flights.join(1, async {
            gate.notified().await;
            Err(1)
        }));
        let mut follower = Box::pin(flights.join(1, async { Ok(2) }));
        assert!(starts(&mut leader) && starts(&mut follower));
        gate.notify_one();
        assert_eq!(leader.await, Err(1));
        // The follower has not been polled since, and holds the flight that has landed.
        assert_eq!(flights.join(1, async { Ok(3) }).await, Ok(3));
        assert_eq!(follower.await, Err(1));
        assert!(flights.lock().is_empty());
    }

    #[tokio::test]
    async fn s61_a_leader_who_goes_away_strands_nobody() {
        let flights = Few::new();
        let mut leader = Box::pin(flights.join(1, pending()));
        let mut second = Box::pin(flights.join(1, pending()));
        let mut third = Box::pin(flights.join(1, async { Ok(3) }));
        let mut fourth = Box::pin(flights.join(1, async { Ok(4) }));
        assert!(starts(&mut leader) && starts(&mut second) && starts(&mut third) && starts(&mut fourth));
        drop(leader);
        assert!(starts(&mut second) && starts(&mut third));
        drop(second);
        assert_eq!((third.await, fourth.await), (Ok(3), Ok(3)));
        assert!(flights.lock().is_empty());
    }

    #[tokio::test]
    async fn s61_those_who_all_go_away_leave_nothing() {
        let flights = Few::new();
        let mut riders: Vec<_> = std::iter::repeat_with(|| Box::pin(flights.join(1, pending()))).take(3).collect();
        assert!(riders.iter_mut().all(starts));
        drop(riders);
        assert!(flights.lock().is_empty());
    }
}
