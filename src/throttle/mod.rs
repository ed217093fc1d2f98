//! Guessing, made slow: what is counted, by whose key, and what happens when the store is away.
//!
//! - `limit`: `FailureLimit`, how many failures an account takes
//! - `session_limit`: `SessionLimit`, how often an account may refresh, log out and begin sessions
//! - `throttle`: keys, requests and guesses, as the doors use them
//! - `turned`: a turn of the sessions under way: done, or taken back
//! - `network`: what one network may fail over all accounts
//! - `attempt`: one guess under way: right, wrong, or never verified
//! - `counting`: the same guess in the tallies of one key
//! - `counts`: the store and the flights, which attempts share
//! - `behind`: what is finished although its caller went away
//! - `flights`: guesses under way in this process, for those that wait on them
//! - `floor`: the store, and this process's memory in its stead while it is away
//! - `window`: how long a window may be

mod attempt;
mod behind;
mod counting;
mod counts;
mod flights;
mod floor;
mod limit;
mod network;
mod session_limit;
#[expect(clippy::module_inception, reason = "the room is named for its main type")]
mod throttle;
mod turned;
mod window;

pub use limit::FailureLimit;
pub use session_limit::SessionLimit;

pub(crate) use attempt::Attempt;
pub(crate) use session_limit::Turn;
pub(crate) use throttle::{Locked, Throttle};
pub(crate) use turned::Turned;
