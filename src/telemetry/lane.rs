//! The hashing lane: how many run, how many wait, how long a job takes.
//!
//! Gauges go up and down instead of being set, so that several layers in one process add up.

use super::timer::Timer;

#[derive(Clone)]
pub(crate) struct LaneMeter {
    #[cfg(feature = "metrics")]
    running: metrics::Gauge,
    #[cfg(feature = "metrics")]
    queued: metrics::Gauge,
    #[cfg(feature = "metrics")]
    seconds: metrics::Histogram,
    #[cfg(feature = "metrics")]
    refusals: metrics::Counter,
}

impl LaneMeter {
    /// For a lane that is so many threads wide.
    pub(crate) fn new(width: usize) -> Self {
        #[cfg(feature = "metrics")]
        metrics::gauge!("tower_auth_hashing_lane_width").increment(u32::try_from(width).unwrap_or(u32::MAX));
        let _ = width;
        Self {
            #[cfg(feature = "metrics")]
            running: metrics::gauge!("tower_auth_hashing_lane_running"),
            #[cfg(feature = "metrics")]
            queued: metrics::gauge!("tower_auth_hashing_lane_queued"),
            #[cfg(feature = "metrics")]
            seconds: metrics::histogram!("tower_auth_hash_duration_seconds"),
            #[cfg(feature = "metrics")]
            refusals: metrics::counter!("tower_auth_hashing_lane_refusals_total"),
        }
    }

    /// There was no room for a job.
    pub(crate) fn refused(&self) {
        #[cfg(feature = "metrics")]
        self.refusals.increment(1);
        let _ = self;
    }

    /// A job waits until this is dropped.
    pub(crate) fn queued(&self) -> Depth {
        let _ = self;
        Depth::entered(
            #[cfg(feature = "metrics")]
            &self.queued,
        )
    }

    /// Runs a job, on a thread of the lane.
    pub(crate) fn run<T>(&self, job: impl FnOnce() -> T) -> T {
        let _running = Depth::entered(
            #[cfg(feature = "metrics")]
            &self.running,
        );
        let timer = Timer::start();
        let done = job();
        #[cfg(feature = "metrics")]
        self.seconds.record(timer.seconds());
        let _ = (self, timer);
        done
    }
}

/// One of those that a gauge counts, for as long as this lives.
pub(crate) struct Depth(#[cfg(feature = "metrics")] metrics::Gauge);

impl Depth {
    fn entered(#[cfg(feature = "metrics")] gauge: &metrics::Gauge) -> Self {
        #[cfg(feature = "metrics")]
        gauge.increment(1);
        Self(
            #[cfg(feature = "metrics")]
            gauge.clone(),
        )
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        #[cfg(feature = "metrics")]
        self.0.decrement(1);
    }
}
