//! Guesses at one account, side by side.

use shuttle::{
    future::block_on,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    FailureLimit, MemoryThrottle, Timestamp,
    sync::in_any_order,
    throttle::{Attempt, Throttle},
};

fn throttle(failures: u32) -> Arc<Throttle> {
    let limit = FailureLimit::new(failures, 900, 900);
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
    guesses.into_iter().map(|guess| guess.join().unwrap()).sum()
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
