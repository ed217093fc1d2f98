//! Who joins, leads and goes away, in any order of their threads.

use shuttle::{
    future::{block_on, yield_now},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::*;
use crate::sync::in_any_order;

/// Flights to one place, and what is known of them.
#[derive(Default)]
struct Airport {
    flights: Option<Flights<u8, usize>>,
    working: AtomicUsize,
    /// How many flights have done their work.
    done: AtomicUsize,
    /// The last one that somebody came back from.
    returned: AtomicUsize,
}

impl Airport {
    fn open() -> Arc<Self> {
        Arc::new(Self { flights: Some(Flights::new()), ..Self::default() })
    }

    fn flights(&self) -> &Flights<u8, usize> {
        self.flights.as_ref().unwrap()
    }

    /// The work; its outcome is its own number, from 1.
    async fn work(&self) -> usize {
        assert_eq!(self.working.fetch_add(1, Ordering::SeqCst), 0, "two do the same work");
        yield_now().await;
        self.working.fetch_sub(1, Ordering::SeqCst);
        self.done.fetch_add(1, Ordering::SeqCst) + 1
    }

    async fn ride(&self) {
        let returned = self.returned.load(Ordering::SeqCst);
        let outcome = self.flights().join(1, self.work()).await;
        assert!(outcome > returned, "an outcome from before this rider came");
        self.returned.fetch_max(outcome, Ordering::SeqCst);
    }
}

#[test]
fn s63_one_does_the_work_and_nobody_gets_an_outcome_from_before() {
    in_any_order(|| {
        let airport = Airport::open();
        let ride = |_| {
            let airport = Arc::clone(&airport);
            thread::spawn(move || block_on(airport.ride()))
        };
        [0, 1, 2].map(ride).into_iter().for_each(|rider| rider.join().unwrap());
        assert!(airport.flights().0.lock().is_empty());
    });
}

#[test]
fn s61_whoever_goes_away_strands_nobody() {
    in_any_order(|| {
        let airport = Airport::open();
        let leaving = Arc::clone(&airport);
        let leaver = thread::spawn(move || {
            let work = async {
                yield_now().await;
                leaving.done.fetch_add(1, Ordering::SeqCst) + 1
            };
            let mut ride = Box::pin(leaving.flights().join(1, work));
            let _ = starts(&mut ride);
            thread::yield_now();
        });
        let ride = |_| {
            let airport = Arc::clone(&airport);
            thread::spawn(move || block_on(airport.ride()))
        };
        [0, 1].map(ride).into_iter().for_each(|rider| rider.join().unwrap());
        leaver.join().unwrap();
        assert!(airport.flights().0.lock().is_empty());
    });
}
