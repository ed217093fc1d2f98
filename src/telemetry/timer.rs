//! `Timer`: how long something took. Without the `metrics` feature it holds nothing and reads no clock.

pub(super) struct Timer(#[cfg(feature = "metrics")] std::time::Instant);

impl Timer {
    pub(super) fn start() -> Self {
        Self(
            #[cfg(feature = "metrics")]
            std::time::Instant::now(),
        )
    }

    #[cfg(feature = "metrics")]
    pub(super) fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
