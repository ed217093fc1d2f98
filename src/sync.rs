//! What threads share. All that order matters to takes its locks from here, so that a checker of interleavings can put
//! its own in their place: `--cfg shuttle`, in this crate's own tests and nowhere else (`tests/interleavings.sh`).

pub(crate) use std::sync::PoisonError;

#[cfg(not(all(test, shuttle)))]
pub(crate) use std::sync::{Mutex, MutexGuard, RwLock, atomic};

#[cfg(all(test, shuttle))]
pub(crate) use shuttle::sync::{Mutex, MutexGuard, RwLock, atomic};

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
