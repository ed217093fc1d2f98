//! Guessing, made slow: what is counted, by whose key, and what happens when the store is away.
//!
//! - `failure_limit`: `FailureLimit`, how many failures an account takes
//! - `session_limit`: `SessionLimit`, how often an account may refresh, log out and begin sessions
//! - `throttle`: keys, requests and guesses, as the doors use them
//! - `counted_action`: what an account does to its sessions, under way: done, or taken back
//! - `network`: what one network may fail over all accounts
//! - `attempt`: one guess under way: right, wrong, or never verified
//! - `counting`: the same guess in the tallies of one key
//! - `counts`: the store and the waiting rooms, which attempts share
//! - `detached`: what is finished although its caller went away
//! - `waiting_room`: guesses under way in this process, and who waits for them
//! - `fallback`: the store, and this process's memory in its stead while it is away
//! - `window`: how long a window may be

mod attempt;
mod counted_action;
mod counting;
mod counts;
mod detached;
mod failure_limit;
mod fallback;
mod network;
mod session_limit;
#[expect(clippy::module_inception, reason = "the room is named for its main type")]
mod throttle;
mod waiting_room;
mod window;

pub use failure_limit::FailureLimit;
pub use session_limit::SessionLimit;

pub(crate) use attempt::Attempt;
pub(crate) use counted_action::CountedAction;
pub(crate) use session_limit::SessionAction;
pub(crate) use throttle::{Locked, Throttle};
