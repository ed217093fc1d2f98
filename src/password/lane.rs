//! The lane: a bounded number of threads for slow hashing, and a bounded queue before them.
//!
//! Hashing on the async threads would stall every other request. Beyond the queue a caller is told at once, so a flood
//! of logins becomes refusals, not memory.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(super) struct Lane {
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
}

/// Why a job was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undone {
    /// The queue is full: try again in a moment.
    Full,
    /// The job panicked, or the runtime is going down.
    Lost,
}

impl Lane {
    pub(super) fn new(width: usize, queue: usize) -> Self {
        Self { running: Arc::new(Semaphore::new(width)), waiting: AtomicUsize::new(0), queue }
    }

    /// Runs `job` on a thread of the lane. A caller that goes away while waiting leaves the queue; one that goes away
    /// later leaves a job that still holds its place until it is done.
    pub(super) async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Undone> {
        self.enter().await?.run(job).await
    }

    /// Waits for a place. Leaving the queue is leaving the future.
    pub(super) async fn enter(&self) -> Result<Place, Undone> {
        if let Ok(place) = Arc::clone(&self.running).try_acquire_owned() {
            Ok(Place(place))
        } else {
            let _queued = Queued::enter(&self.waiting, self.queue).ok_or(Undone::Full)?;
            Arc::clone(&self.running).acquire_owned().await.map(Place).map_err(|_| Undone::Lost)
        }
    }
}

/// A thread of the lane, for one job.
pub(super) struct Place(OwnedSemaphorePermit);

impl Place {
    /// Runs `job`, which from now on is done whether the caller waits or not.
    pub(super) async fn run<T: Send + 'static>(self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Undone> {
        let work = tokio::task::spawn_blocking(move || {
            let done = job();
            drop(self.0);
            done
        });
        work.await.map_err(|_| Undone::Lost)
    }
}

/// One place in the queue, given back however the wait ends.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn enter(waiting: &'a AtomicUsize, limit: usize) -> Option<Self> {
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        let queued = Self(waiting);
        (before < limit).then_some(queued)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn s58_a_full_queue_refuses_at_once_and_a_left_one_makes_room() {
        let lane = Arc::new(Lane::new(1, 1));
        let (release, gate) = mpsc::channel::<()>();
        let (started, start) = mpsc::channel();
        let running = tokio::spawn({
            let lane = Arc::clone(&lane);
            async move {
                lane.run(move || {
                    started.send(()).ok();
                    gate.recv().is_ok()
                })
                .await
            }
        });
        tokio::task::spawn_blocking(move || start.recv()).await.unwrap().unwrap();

        let queued = tokio::spawn({
            let lane = Arc::clone(&lane);
            async move { lane.run(|| 1).await }
        });
        while lane.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(lane.run(|| 2).await, Err(Undone::Full));

        queued.abort();
        assert!(queued.await.unwrap_err().is_cancelled());
        assert_eq!(lane.waiting.load(Ordering::Relaxed), 0);

        release.send(()).unwrap();
        assert_eq!(running.await.unwrap(), Ok(true));
        assert_eq!(lane.run(|| 3).await, Ok(3));
    }

    #[tokio::test]
    async fn s61_a_panicking_job_gives_its_place_back() {
        let lane = Lane::new(1, 0);
        let job: fn() -> u8 = || std::panic::resume_unwind(Box::new("job"));
        assert_eq!(lane.run(job).await, Err(Undone::Lost));
        assert_eq!(lane.run(|| 1).await, Ok(1));
    }
}
