//! Guesses beside each other. What a throttle decides of one after the other, `tests/throttle.rs` has.

#[cfg(shuttle)]
mod interleavings;
#[cfg(not(shuttle))]
mod waiting;
