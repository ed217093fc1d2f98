//! What threads share. All that order matters to takes its locks from here, so that a checker of interleavings can put
//! its own in their place: `--cfg shuttle`, in this crate's own tests and nowhere else (`tests/interleavings.sh`).

use std::sync::PoisonError;

#[cfg(all(test, shuttle))]
use shuttle::sync as threads;
#[cfg(not(all(test, shuttle)))]
use std::sync as threads;

pub(crate) use threads::{MutexGuard, atomic};
use threads::{RwLockReadGuard, RwLockWriteGuard};

/// A lock that a panic under it does not poison: one request's defect is not to refuse every later one.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(threads::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(guarded: T) -> Self {
        Self(threads::Mutex::new(guarded))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same for many readers.
#[derive(Debug, Default)]
pub(crate) struct RwLock<T>(threads::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) fn new(guarded: T) -> Self {
        Self(threads::RwLock::new(guarded))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `scene` in a thousand orders of its threads, or twice as many as `ORDERS` says: half of them drawn at random,
/// and half with few but awkward changes from one thread to another, which find what takes a rare moment. A deadlock
/// fails too.
#[cfg(all(test, shuttle))]
pub(crate) fn in_any_order(scene: impl Fn() + Send + Sync + 'static) {
    let orders = std::env::var("ORDERS").map_or(500, |text| text.parse().unwrap());
    let scene = std::sync::Arc::new(scene);
    let again = std::sync::Arc::clone(&scene);
    shuttle::check_random(move || scene(), orders);
    shuttle::check_pct(move || again(), orders, 3);
}
