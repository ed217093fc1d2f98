//! The lane: a bounded number of threads for slow hashing, and a bounded queue before them.
//!
//! Hashing on the async threads would stall every other request. Beyond the queue a caller is told at once, so a flood
//! of logins becomes refusals, not memory. First come, first served: who waits is never overtaken.
//!
//! The threads are those of tokio's pool for blocking work. The lane has at most its width of them at any time, since a
//! job enters the pool only with its place in hand: the pool's other users (512 threads by default) keep the rest.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
    time::timeout,
};

use super::pace::Pace;
use crate::telemetry::LaneMeter;

/// How many at once, how many behind them, and for how long these may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneLimits {
    pub(crate) width: usize,
    pub(crate) queue: usize,
    pub(crate) patience: Duration,
}

pub(super) struct Lane {
    limits: LaneLimits,
    running: Arc<Semaphore>,
    waiting: AtomicUsize,
    pace: Arc<Pace>,
    meter: LaneMeter,
}

/// Why a job was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undone {
    /// The queue is full, or longer than anybody should wait: there may be room in so many seconds.
    Overloaded(u64),
    /// The job panicked, or the runtime is going down.
    Lost,
}

impl Lane {
    pub(super) fn new(limits: LaneLimits) -> Self {
        Self {
            limits,
            running: Arc::new(Semaphore::new(limits.width)),
            waiting: AtomicUsize::new(0),
            pace: Arc::default(),
            meter: LaneMeter::new(limits.width),
        }
    }

    /// Runs `job` on a thread of the lane. A caller that goes away before it has begun takes it back; one that goes
    /// away later leaves a job that still holds its place until it is done.
    pub(super) async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Undone> {
        self.enter().await?.run(job).await
    }

    /// Waits for a place. Leaving the queue is leaving the future.
    pub(super) async fn enter(&self) -> Result<Place, Undone> {
        let permit = if let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() {
            permit
        } else {
            let _queued = self.queue().ok_or_else(|| self.overloaded())?;
            let _depth = self.meter.queued();
            let permit = timeout(self.limits.patience, Arc::clone(&self.running).acquire_owned()).await;
            permit.map_err(|_| self.overloaded())?.map_err(|_| Undone::Lost)?
        };
        Ok(Place { permit, pace: Arc::clone(&self.pace), meter: self.meter.clone() })
    }

    /// Seconds after which there may be room for one more.
    pub(super) fn retry_after(&self) -> u64 {
        let wait = self.wait_behind(self.waiting.load(Ordering::Relaxed));
        wait.min(self.limits.patience).as_millis().div_ceil(1000).max(1).try_into().unwrap_or(1)
    }

    fn overloaded(&self) -> Undone {
        self.meter.refused();
        Undone::Overloaded(self.retry_after())
    }

    /// How long the job behind so many others is likely to wait.
    fn wait_behind(&self, others: usize) -> Duration {
        let turns = u32::try_from(others / self.limits.width.max(1) + 1).unwrap_or(u32::MAX);
        self.pace.mean().saturating_mul(turns)
    }

    /// A place in the queue, unless it has none or would be a wait beyond patience.
    fn queue(&self) -> Option<Queued<'_>> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let queued = Queued(&self.waiting);
        let room = before < self.limits.queue && self.wait_behind(before) <= self.limits.patience;
        room.then_some(queued)
    }
}

/// A thread of the lane, for one job.
pub(super) struct Place {
    permit: OwnedSemaphorePermit,
    pace: Arc<Pace>,
    meter: LaneMeter,
}

impl Place {
    /// Runs `job`. A caller that goes away takes it back only while the pool has no thread for it.
    pub(super) async fn run<T: Send + 'static>(self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Undone> {
        let mut work = Wanted(tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            let done = self.meter.run(job);
            self.pace.took(begun.elapsed());
            drop(self.permit);
            done
        }));
        (&mut work.0).await.map_err(|_| Undone::Lost)
    }
}

/// One place in the queue, given back however the wait ends.
struct Queued<'a>(&'a AtomicUsize);

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Work that is not begun any more once nobody wants it: the pool may be busy with others' when it comes in.
struct Wanted<T>(JoinHandle<T>);

impl<T> Drop for Wanted<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests;
