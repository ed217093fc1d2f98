//! Who waits for whom, over a store whose answers come when the test says so.

use std::{
    collections::HashMap,
    iter::repeat_with,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use tokio::sync::oneshot;

use super::super::*;
use crate::{
    MemoryThrottle,
    store::{StoreFuture, Verdict},
    sync::{Mutex, PoisonError},
};

/// A store that does at once what it is asked. Every answer to a guess is held up, by its number, until it is let
/// through.
#[derive(Default)]
struct Distant {
    memory: MemoryThrottle,
    asked: Mutex<(usize, HashMap<usize, oneshot::Sender<()>>)>,
}

impl Distant {
    fn lets_through(&self, number: usize) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.1.remove(&number).unwrap().send(()).unwrap();
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).0
    }
}

impl ThrottleStore for Distant {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        self.memory.count(key, rate, now)
    }

    fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict> {
        let answer = self.memory.guess(guess);
        let (through, held_up) = oneshot::channel();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let number = asked.0;
        asked.0 += 1;
        asked.1.insert(number, through);
        Box::pin(async move {
            let _ = held_up.await;
            answer.await
        })
    }

    fn release(&self, guess: Guess, known: bool) -> StoreFuture<'_, ()> {
        self.memory.release(guess, known)
    }

    fn succeed(&self, guess: Guess) -> StoreFuture<'_, ()> {
        self.memory.succeed(guess)
    }

    fn clear(&self, account: ThrottleKey, now: Timestamp) -> StoreFuture<'_, ()> {
        self.memory.clear(account, now)
    }
}

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

fn throttle<S: ThrottleStore>(failures: u32, store: &Arc<S>) -> Arc<Throttle> {
    let limit = FailureLimit::new(failures, 900, 900);
    Arc::new(Throttle::new(Arc::<S>::clone(store), false, Some(limit), None, Arc::new(NOW)))
}

type Guessing = Pin<Box<dyn Future<Output = Result<Attempt, Locked>> + Send>>;

/// Somebody who guesses at the one account there is.
fn guess(throttle: &Arc<Throttle>) -> Guessing {
    let throttle = Arc::clone(throttle);
    Box::pin(async move { throttle.attempt(Throttle::account(&1.into()), None).await })
}

/// Polls once: a runtime would go on by itself, and its clock too.
fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// That of somebody who was admitted.
#[track_caller]
fn admitted(guessing: &mut Guessing) -> Attempt {
    match poll(guessing) {
        Poll::Ready(Ok(attempt)) => attempt,
        Poll::Ready(Err(locked)) => panic!("{locked:?}"),
        Poll::Pending => panic!("still waits"),
    }
}

fn is_locked(guessing: &mut Guessing) -> bool {
    matches!(poll(guessing), Poll::Ready(Err(Locked { retry_after: 900 })))
}

fn waits(guessing: &mut Guessing) -> bool {
    poll(guessing).is_pending()
}

#[tokio::test]
async fn s52_who_is_refused_while_another_count_is_on_its_way_waits_for_that() {
    let store = Arc::new(Distant::default());
    let throttle = throttle(1, &store);
    let [mut one, mut other] = [guess(&throttle), guess(&throttle)];
    assert!(waits(&mut one) && waits(&mut other));
    store.lets_through(1);
    assert!(waits(&mut other), "the one guess there is belongs to somebody, who may be right");
    store.lets_through(0);
    let right = admitted(&mut one);
    assert!(waits(&mut other));
    right.succeed().await;
    assert!(waits(&mut other), "asks again");
    store.lets_through(2);
    admitted(&mut other);
}

#[tokio::test]
async fn s52_a_guess_settled_between_question_and_answer_has_made_room() {
    let store = Arc::new(Distant::default());
    let throttle = throttle(2, &store);
    let [mut one, mut slow, mut other] = [guess(&throttle), guess(&throttle), guess(&throttle)];
    assert!(waits(&mut one) && waits(&mut slow) && waits(&mut other));
    store.lets_through(0);
    admitted(&mut one).succeed().await;
    store.lets_through(2);
    assert!(waits(&mut other), "asks again, whoever else is under way");
    store.lets_through(3);
    admitted(&mut other);
}

#[tokio::test]
async fn s52_whoever_is_forestalled_by_one_who_comes_later_asks_again() {
    let store = Arc::new(Distant::default());
    let throttle = throttle(1, &store);
    let mut first = guess(&throttle);
    assert!(waits(&mut first));
    store.lets_through(0);
    let under_way = admitted(&mut first);
    let [mut called, mut next, mut late] = [guess(&throttle), guess(&throttle), guess(&throttle)];
    assert!(waits(&mut called) && waits(&mut next));
    store.lets_through(1);
    store.lets_through(2);
    assert!(waits(&mut called) && waits(&mut next));
    under_way.release().await;
    assert!(waits(&mut late) && waits(&mut called));
    store.lets_through(4);
    assert!(waits(&mut called) && waits(&mut next), "both were refused before there was room, or for the late one");
    store.lets_through(5);
    assert!(waits(&mut next));
    store.lets_through(3);
    admitted(&mut late).succeed().await;
    assert!(waits(&mut called) && waits(&mut next));
    store.lets_through(6);
    admitted(&mut called);
}

#[tokio::test]
async fn s64_whom_failures_have_locked_out_asks_once_and_waits_for_nobody_who_comes_later() {
    let store = Arc::new(Distant::default());
    let throttle = throttle(1, &store);
    let mut wrong = guess(&throttle);
    assert!(waits(&mut wrong));
    store.lets_through(0);
    admitted(&mut wrong).begin();
    let [mut one, mut other] = [guess(&throttle), guess(&throttle)];
    assert!(waits(&mut one) && waits(&mut other));
    store.lets_through(1);
    assert!(waits(&mut one), "the other asks");
    let mut late = guess(&throttle);
    assert!(waits(&mut late));
    store.lets_through(2);
    assert!(waits(&mut other), "the late one asks");
    assert!(is_locked(&mut one), "though the late one still asks");
    store.lets_through(3);
    assert!(is_locked(&mut late) && is_locked(&mut other));
    assert_eq!(store.asked(), 4, "nobody asks twice");
}

#[tokio::test]
async fn s52_of_those_who_wait_one_at_a_time_asks_for_the_room_of_one() {
    let store = Arc::new(Distant::default());
    let throttle = throttle(1, &store);
    let mut first = guess(&throttle);
    assert!(waits(&mut first));
    store.lets_through(0);
    let mut under_way = admitted(&mut first);
    let mut waiting: Vec<_> = repeat_with(|| guess(&throttle)).take(20).collect();
    for (number, guessing) in (1..).zip(&mut waiting) {
        assert!(waits(guessing));
        store.lets_through(number);
        assert!(waits(guessing));
    }
    for number in 0..20 {
        under_way.release().await;
        assert!(waiting.iter_mut().all(waits));
        assert_eq!(store.asked(), 22 + number, "one for each guess that is taken back");
        store.lets_through(21 + number);
        under_way = admitted(&mut waiting.remove(0));
    }
}

#[tokio::test]
async fn s64_so_many_wait_and_who_went_away_takes_nobodys_place() {
    let throttle = throttle(1, &Arc::new(MemoryThrottle::default()));
    let under_way = admitted(&mut guess(&throttle));
    let mut waiting: Vec<_> = repeat_with(|| guess(&throttle)).take(1024).collect();
    assert!(waiting.iter_mut().all(waits));
    assert!(is_locked(&mut guess(&throttle)));
    waiting.truncate(1000);
    let mut late: Vec<_> = repeat_with(|| guess(&throttle)).take(25).collect();
    assert_eq!(late.iter_mut().filter_map(|guessing| is_locked(guessing).then_some(())).count(), 1);
    // Two who wait went away; so does the first one, called and before he has asked.
    waiting.drain(1..3);
    under_way.release().await;
    drop(waiting.remove(0));
    admitted(&mut waiting[0]);
}

#[tokio::test]
async fn s61_a_guess_is_taken_back_whose_caller_went_away_while_the_store_was_asked() {
    let store = Arc::new(Distant::default());
    let throttle = throttle(1, &store);
    let [mut gone, mut other] = [guess(&throttle), guess(&throttle)];
    assert!(waits(&mut gone) && waits(&mut other));
    drop(gone);
    store.lets_through(1);
    assert!(waits(&mut other));
    store.lets_through(0);
    tokio::task::yield_now().await;
    assert!(waits(&mut other), "asks again");
    store.lets_through(2);
    admitted(&mut other);
    assert!(throttle.counts.flights.is_empty());
}
