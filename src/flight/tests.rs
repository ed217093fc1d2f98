//! One does the work, whoever comes and goes.

#[cfg(shuttle)]
mod interleavings;

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
    assert_eq!(flights.0.lock().len(), 1);
    let mut other = Box::pin(flights.join(2, async { Ok(8) }));
    assert!(!starts(&mut other), "another key waits for nobody");
    gate.notify_one();
    for rider in riders {
        assert_eq!(rider.await, Ok(7));
    }
    assert_eq!(done.load(Ordering::Relaxed), 1);
    assert!(flights.0.lock().is_empty());
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
    assert!(flights.0.lock().is_empty());
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
    assert!(flights.0.lock().is_empty());
}

#[tokio::test]
async fn s61_those_who_all_go_away_leave_nothing() {
    let flights = Few::new();
    let mut riders: Vec<_> = std::iter::repeat_with(|| Box::pin(flights.join(1, pending()))).take(3).collect();
    assert!(riders.iter_mut().all(starts));
    drop(riders);
    assert!(flights.0.lock().is_empty());
}
