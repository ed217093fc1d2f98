//! How often somebody tried and failed.
//!
//! - `throttle_store`: what a store owes; `rate`, `guess`, `throttle_key`: the plain types
//! - `tally`: the arithmetic of failures and locks
//! - `memory`: the store in this process; `table`: its room; `tallies`: failures apart from known networks

mod guess;
mod memory;
mod rate;
mod table;
mod tallies;
mod tally;
mod throttle_key;
mod throttle_store;

pub use guess::{Budget, Guess, Verdict};
pub use memory::MemoryThrottle;
pub use rate::{Rate, RateCount};
pub use tally::Tally;
pub use throttle_key::ThrottleKey;
pub use throttle_store::ThrottleStore;
