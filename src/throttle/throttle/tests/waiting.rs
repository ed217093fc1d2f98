//! Who waits for whom, over a store whose answers come when the test says so.

use std::{
    collections::{HashMap, VecDeque},
    iter::repeat_with,
    net::IpAddr,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{sync::oneshot, task::unconstrained};

use super::super::*;
use crate::{
    store::{MemoryThrottle, StoreFuture, Verdict},
    sync::Mutex,
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
        self.asked.lock().1.remove(&number).unwrap().send(()).unwrap();
    }

    fn lets_all_through(&self) {
        for (_, through) in self.asked.lock().1.drain() {
            // Whoever asked may have gone away.
            let _ = through.send(());
        }
    }

    fn asked(&self) -> usize {
        self.asked.lock().0
    }
}

impl ThrottleStore for Distant {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        self.memory.count(key, rate, now)
    }

    fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict> {
        let answer = self.memory.guess(guess);
        let (through, held_up) = oneshot::channel();
        let mut asked = self.asked.lock();
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

const QUARTER: Duration = Duration::from_secs(15 * 60);

fn throttle<S: ThrottleStore>(limit: FailureLimit, store: &Arc<S>) -> Arc<Throttle> {
    Arc::new(Throttle::new(Arc::<S>::clone(store), false, Some(limit), None, Arc::new(NOW)))
}

/// A throttle of so many failures, over a store of its own.
fn distant(failures: u32) -> (Arc<Distant>, Arc<Throttle>) {
    let store = Arc::default();
    let throttle = throttle(FailureLimit::new(failures, QUARTER, QUARTER), &store);
    (store, throttle)
}

type Guessing = Pin<Box<dyn Future<Output = Result<Attempt, Locked>> + Send>>;

/// Somebody who guesses at the one account there is.
fn guess(throttle: &Arc<Throttle>) -> Guessing {
    let throttle = Arc::clone(throttle);
    Box::pin(async move { throttle.attempt(Throttle::account(&1.into()), None).await })
}

/// Polls once, however often that was done: a runtime would go on by itself, and its clock too.
fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    pin!(unconstrained(future.as_mut())).poll(&mut Context::from_waker(Waker::noop()))
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

/// The first guess, which the store has counted.
#[track_caller]
fn one_under_way(throttle: &Arc<Throttle>, store: &Distant) -> Attempt {
    let mut first = guess(throttle);
    assert!(waits(&mut first));
    store.lets_through(0);
    admitted(&mut first)
}

/// The store was asked 21 times.
fn one_under_way_and_twenty_who_wait(throttle: &Arc<Throttle>, store: &Distant) -> (Attempt, Vec<Guessing>) {
    let under_way = one_under_way(throttle, store);
    let mut waiting: Vec<_> = repeat_with(|| guess(throttle)).take(20).collect();
    for (number, guessing) in (1..).zip(&mut waiting) {
        assert!(waits(guessing));
        store.lets_through(number);
        assert!(waits(guessing));
    }
    (under_way, waiting)
}

#[tokio::test]
async fn s52_who_is_refused_while_another_count_is_on_its_way_waits_for_that() {
    let (store, throttle) = distant(1);
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
    let (store, throttle) = distant(2);
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
    let (store, throttle) = distant(1);
    let under_way = one_under_way(&throttle, &store);
    let [mut called, mut next, mut late] = [guess(&throttle), guess(&throttle), guess(&throttle)];
    assert!(waits(&mut called) && waits(&mut next));
    store.lets_through(1);
    store.lets_through(2);
    assert!(waits(&mut called) && waits(&mut next));
    under_way.release().await;
    assert!(waits(&mut late) && waits(&mut called));
    store.lets_through(4);
    assert!(waits(&mut called) && waits(&mut next));
    assert_eq!(store.asked(), 5, "both wait for the late one, and one has asked for both");
    store.lets_through(3);
    admitted(&mut late).succeed().await;
    assert!(waits(&mut called) && waits(&mut next));
    store.lets_through(5);
    admitted(&mut called);
}

#[tokio::test]
async fn s64_whom_failures_have_locked_out_asks_once_and_waits_for_nobody_who_comes_later() {
    let (store, throttle) = distant(1);
    one_under_way(&throttle, &store).begin();
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
    let (store, throttle) = distant(1);
    let (mut under_way, mut waiting) = one_under_way_and_twenty_who_wait(&throttle, &store);
    for number in 0..20 {
        under_way.release().await;
        assert!(waiting.iter_mut().all(waits));
        assert_eq!(store.asked(), 22 + number, "one for each guess that is taken back");
        store.lets_through(21 + number);
        under_way = admitted(&mut waiting.remove(0));
    }
}

#[tokio::test]
async fn s64_room_that_one_who_comes_later_takes_costs_two_questions_however_many_wait() {
    let (store, throttle) = distant(1);
    let (mut under_way, mut waiting) = one_under_way_and_twenty_who_wait(&throttle, &store);
    // Not as many rounds as wait: those who are forestalled would have stood in turn, and the first be first again.
    for number in 0..10 {
        under_way.release().await;
        let mut late = guess(&throttle);
        assert!(waits(&mut late) && waiting.iter_mut().all(waits));
        store.lets_through(22 + 2 * number);
        assert!(waiting.iter_mut().all(waits));
        assert_eq!(store.asked(), 23 + 2 * number, "the late one, and one for all who wait");
        store.lets_through(21 + 2 * number);
        under_way = admitted(&mut late);
    }
    under_way.release().await;
    assert!(waiting.iter_mut().all(waits));
    store.lets_through(41);
    admitted(&mut waiting[0]).begin();
    assert!(waiting[1..].iter_mut().all(waits), "the first is still the first");
}

#[tokio::test]
async fn s64_room_that_is_made_while_many_ask_costs_one_question() {
    let (store, throttle) = distant(1);
    let under_way = one_under_way(&throttle, &store);
    let mut asking: Vec<_> = repeat_with(|| guess(&throttle)).take(20).collect();
    assert!(asking.iter_mut().all(waits));
    under_way.release().await;
    store.lets_all_through();
    assert!(asking.iter_mut().all(waits));
    assert_eq!(store.asked(), 22, "all were refused before, and one asks for all");
    for number in 21..41 {
        store.lets_through(number);
        admitted(&mut asking.remove(0)).release().await;
        assert!(asking.iter_mut().all(waits));
    }
}

#[tokio::test]
async fn s64_when_the_room_of_one_was_a_failure_one_asks_for_all_who_wait() {
    let (store, throttle) = distant(1);
    let (under_way, mut waiting) = one_under_way_and_twenty_who_wait(&throttle, &store);
    under_way.release().await;
    assert!(waiting.iter_mut().all(waits));
    store.lets_through(21);
    admitted(&mut waiting.remove(0)).begin();
    assert!(waiting.iter_mut().all(waits));
    store.lets_through(22);
    assert!(waiting.iter_mut().all(is_locked), "at once");
    assert_eq!(store.asked(), 23);
}

#[tokio::test]
async fn s64_a_burst_at_the_limit_of_its_network_asks_three_times_a_request() {
    let store = Arc::new(Distant::default());
    let throttle =
        throttle(FailureLimit::new(1, QUARTER, QUARTER).network_failures(3, Duration::from_secs(86_400)), &store);
    let client = Some(ClientAddr::from(IpAddr::from([192, 0, 2, 1])));
    let guess_at = |name: &'static str| -> Guessing {
        let throttle = Arc::clone(&throttle);
        Box::pin(async move { throttle.attempt(Throttle::name(name), client).await })
    };
    for name in ["locked", "other"] {
        let mut wrong = guess_at(name);
        for _ in 0..2 {
            assert!(waits(&mut wrong));
            store.lets_all_through();
        }
        admitted(&mut wrong).begin();
    }
    let mut under_way: VecDeque<_> = repeat_with(|| guess_at("locked")).take(150).collect();
    let mut late = 0;
    while !under_way.is_empty() {
        if late < 150 {
            late += 1;
            under_way.push_front(guess_at("locked"));
        }
        under_way.retain_mut(waits);
        store.lets_all_through();
    }
    let asked = store.asked() - 4;
    assert!(asked <= 3 * (150 + late), "{asked}");
}

#[tokio::test]
async fn s64_so_many_wait_and_who_went_away_takes_nobodys_place() {
    let throttle = throttle(FailureLimit::new(1, QUARTER, QUARTER), &Arc::new(MemoryThrottle::default()));
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
    let (store, throttle) = distant(1);
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
    assert!(throttle.counts.waiting_rooms.is_empty());
}
