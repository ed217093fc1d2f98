use std::sync::{Mutex, mpsc};

use super::*;

const LIMITS: LaneLimits = LaneLimits { width: 1, queue: 1, patience: Duration::from_secs(10) };

/// A lane whose one place is taken until the sender is used or dropped.
async fn taken(limits: LaneLimits) -> (Arc<Lane>, mpsc::Sender<()>, JoinHandle<Result<bool, Undone>>) {
    let lane = Arc::new(Lane::new(limits));
    let (release, gate) = mpsc::channel::<()>();
    let (started, start) = tokio::sync::oneshot::channel();
    let running = enter(&lane, move || {
        started.send(()).ok();
        gate.recv().is_ok()
    });
    start.await.unwrap();
    (lane, release, running)
}

fn enter<T: Send + 'static>(
    lane: &Arc<Lane>,
    job: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<Result<T, Undone>> {
    let lane = Arc::clone(lane);
    tokio::spawn(async move { lane.run(job).await })
}

async fn until_waiting(lane: &Lane, number: usize) {
    while lane.waiting.load(Ordering::Relaxed) != number {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s58_a_full_queue_refuses_at_once_and_a_left_one_makes_room() {
    let (lane, release, running) = taken(LIMITS).await;
    let queued = enter(&lane, || 1);
    until_waiting(&lane, 1).await;
    assert_eq!(lane.run(|| 2).await, Err(Undone::Overloaded(1)));

    queued.abort();
    assert!(queued.await.unwrap_err().is_cancelled());
    assert_eq!(lane.waiting.load(Ordering::Relaxed), 0);

    release.send(()).unwrap();
    assert_eq!(running.await.unwrap(), Ok(true));
    assert_eq!(lane.run(|| 3).await, Ok(3));
}

#[tokio::test]
async fn s61_a_panicking_job_gives_its_place_back() {
    let lane = Lane::new(LaneLimits { queue: 0, ..LIMITS });
    let job: fn() -> u8 = || std::panic::resume_unwind(Box::new("job"));
    assert_eq!(lane.run(job).await, Err(Undone::Lost));
    assert_eq!(lane.run(|| 1).await, Ok(1));
}

#[tokio::test]
async fn s58_who_came_first_is_served_first() {
    let (lane, release, running) = taken(LaneLimits { queue: 64, ..LIMITS }).await;
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut queued = Vec::new();
    for number in 0..64 {
        let served = Arc::clone(&served);
        queued.push(enter(&lane, move || served.lock().unwrap().push(number)));
        until_waiting(&lane, number + 1).await;
    }
    release.send(()).unwrap();
    assert_eq!(running.await.unwrap(), Ok(true));
    for job in queued {
        assert_eq!(job.await.unwrap(), Ok(()));
    }
    assert_eq!(*served.lock().unwrap(), (0..64).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn s58_nobody_waits_beyond_patience() {
    let (lane, release, running) = taken(LIMITS).await;
    let begun = tokio::time::Instant::now();
    let queued = enter(&lane, || 1);
    until_waiting(&lane, 1).await;
    tokio::time::advance(LIMITS.patience).await;
    assert_eq!(queued.await.unwrap(), Err(Undone::Overloaded(1)));
    assert_eq!(begun.elapsed(), LIMITS.patience);
    assert_eq!(lane.waiting.load(Ordering::Relaxed), 0);
    release.send(()).unwrap();
    assert_eq!(running.await.unwrap(), Ok(true));
}

#[tokio::test]
async fn s58_a_queue_that_is_too_long_to_wait_for_refuses_at_once() {
    let (lane, release, running) = taken(LaneLimits { queue: 100, ..LIMITS }).await;
    lane.pace.took(Duration::from_secs(4));
    let first = enter(&lane, || 1);
    until_waiting(&lane, 1).await;
    assert_eq!(lane.retry_after(), 8);
    let second = enter(&lane, || 2);
    until_waiting(&lane, 2).await;
    // The third would wait for twelve seconds; told to come back, it is not told to wait for longer than patience.
    assert_eq!(lane.run(|| 3).await, Err(Undone::Overloaded(10)));
    release.send(()).unwrap();
    assert_eq!((running.await.unwrap(), first.await.unwrap(), second.await.unwrap()), (Ok(true), Ok(1), Ok(2)));
    assert_eq!(lane.retry_after(), 3, "jobs that took no time shorten it");
}

#[tokio::test]
async fn s58_the_wait_goes_by_width() {
    let lane = Lane::new(LaneLimits { width: 4, ..LIMITS });
    assert_eq!(lane.retry_after(), 1, "nothing was measured yet");
    lane.pace.took(Duration::from_millis(1500));
    for (others, millis) in [(0, 1500), (3, 1500), (4, 3000), (7, 3000), (8, 4500)] {
        assert_eq!(lane.wait_behind(others), Duration::from_millis(millis), "{others}");
    }
}

/// A runtime whose blocking pool has so many threads.
fn runtime(blocking: usize) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().max_blocking_threads(blocking).build().unwrap()
}

#[test]
fn s58_a_flood_leaves_the_rest_of_the_blocking_pool_to_others() {
    runtime(2).block_on(async {
        let (lane, release, running) = taken(LaneLimits { queue: 1000, ..LIMITS }).await;
        let flood: Vec<_> = std::iter::repeat_with(|| enter(&lane, || 1)).take(1000).collect();
        until_waiting(&lane, 1000).await;
        assert_eq!(tokio::task::spawn_blocking(|| 7).await.unwrap(), 7, "the second thread is free");
        drop(flood);
        release.send(()).unwrap();
        assert_eq!(running.await.unwrap(), Ok(true));
    });
}

#[test]
fn s61_a_job_that_nobody_wants_any_more_is_not_begun() {
    runtime(1).block_on(async {
        // Somebody else has the pool's one thread.
        let (release, gate) = mpsc::channel::<()>();
        let other = tokio::task::spawn_blocking(move || gate.recv().is_ok());
        let lane = Arc::new(Lane::new(LIMITS));
        let (begun, has_begun) = mpsc::channel();
        let unwanted = enter(&lane, move || begun.send(()).is_ok());
        while lane.running.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        unwanted.abort();
        assert!(unwanted.await.unwrap_err().is_cancelled());
        release.send(()).unwrap();
        assert!(other.await.unwrap());
        assert_eq!(lane.run(|| 1).await, Ok(1), "its place is free again");
        assert!(has_begun.try_recv().is_err());
    });
}
