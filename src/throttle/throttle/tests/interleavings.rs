//! Guesses at one account, side by side.

use std::task::{Context, Waker};

use shuttle::{
    future::block_on,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    FailureLimit, Timestamp,
    store::MemoryThrottle,
    sync::in_any_order,
    throttle::{Attempt, Throttle},
};

fn throttle(failures: u32) -> Arc<Throttle> {
    let quarter = std::time::Duration::from_secs(900);
    let limit = FailureLimit::new(failures, quarter, quarter);
    let now = Timestamp::from_unix_seconds(1_700_000_000);
    let store = std::sync::Arc::new(MemoryThrottle::with_capacity(16));
    Arc::new(Throttle::new(store, false, Some(limit), None, std::sync::Arc::new(now)))
}

/// Guesses as many times side by side, each settled by its number; says how many were admitted.
fn guess<F>(
    throttle: &Arc<Throttle>,
    times: usize,
    settle: impl Fn(usize, Attempt) -> F + Clone + Send + 'static,
) -> usize
where
    F: Future<Output = ()>,
{
    let account = Throttle::account(&1.into());
    let guess = |number| {
        let (throttle, settle) = (Arc::clone(throttle), settle.clone());
        thread::spawn(move || {
            block_on(async {
                let attempt = throttle.attempt(account, None).await.ok();
                let admitted = attempt.is_some();
                if let Some(attempt) = attempt {
                    settle(number, attempt).await;
                }
                usize::from(admitted)
            })
        })
    };
    let guesses: Vec<_> = (0..times).map(guess).collect();
    let admitted = guesses.into_iter().map(|guess| guess.join().unwrap()).sum();
    assert!(throttle.counts.waiting_rooms.is_empty(), "nobody is under way any more");
    admitted
}

#[test]
fn s52_parallel_guesses_do_not_exceed_the_limit() {
    in_any_order(|| {
        let wrong = |_, attempt: Attempt| async move { attempt.begin() };
        assert_eq!(guess(&throttle(2), 4, wrong), 2);
    });
}

#[test]
fn s52_no_more_are_under_way_than_may_fail() {
    in_any_order(|| {
        let under_way = Arc::new(AtomicUsize::new(0));
        let right = move |_, attempt: Attempt| {
            let under_way = Arc::clone(&under_way);
            async move {
                assert!(
                    under_way.fetch_add(1, Ordering::SeqCst) < 2,
                    "a third guess, and none of two was right so far"
                );
                attempt.begin();
                under_way.fetch_sub(1, Ordering::SeqCst);
                attempt.succeed().await;
            }
        };
        guess(&throttle(2), 3, right);
    });
}

#[test]
fn s52_right_passwords_beside_each_other_are_all_admitted() {
    in_any_order(|| {
        let right = |_, attempt: Attempt| async move {
            attempt.begin();
            attempt.succeed().await;
        };
        assert_eq!(guess(&throttle(1), 3, right), 3, "who waits is told of it");
    });
}

#[test]
fn s61_a_guess_that_is_taken_back_makes_room_for_one_who_waits() {
    in_any_order(|| {
        let released = |_, attempt: Attempt| async move { attempt.release().await };
        assert_eq!(guess(&throttle(1), 3, released), 3);
    });
}

#[test]
fn s61_of_those_who_go_away_a_wrong_guess_counts_and_one_that_was_not_begun_does_not() {
    in_any_order(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _inside = runtime.enter();
        let throttle = throttle(2);
        // Of three, the first is verified; all are dropped.
        let gone = |number, attempt: Attempt| async move {
            if number == 0 {
                attempt.begin();
            }
        };
        assert_eq!(guess(&throttle, 3, gone), 3);
        assert_eq!(guess(&throttle, 2, |_, attempt: Attempt| async move { attempt.begin() }), 1, "one failure is left");
    });
}

#[test]
fn s61_whoever_goes_away_while_he_asks_or_waits_strands_nobody() {
    in_any_order(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _inside = runtime.enter();
        let throttle = throttle(1);
        let leave = |_| {
            let throttle = Arc::clone(&throttle);
            thread::spawn(move || {
                let mut attempt = Box::pin(throttle.attempt(Throttle::account(&1.into()), None));
                drop(attempt.as_mut().poll(&mut Context::from_waker(Waker::noop())));
                thread::yield_now();
            })
        };
        let stay = |_| {
            let throttle = Arc::clone(&throttle);
            thread::spawn(move || {
                let attempt = block_on(throttle.attempt(Throttle::account(&1.into()), None));
                block_on(attempt.ok().expect("nobody has failed").release());
            })
        };
        let leaving = [0, 1].map(leave);
        let staying = [0, 1].map(stay);
        leaving.into_iter().chain(staying).for_each(|guess| guess.join().unwrap());
        assert!(throttle.counts.waiting_rooms.is_empty());
    });
}
