//! Guesses in any order of their threads. What a throttle decides, `tests/throttle.rs` has.

#[cfg(shuttle)]
mod interleavings;
