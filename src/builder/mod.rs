//! `AuthLayerBuilder`: every knob, and every check that can be made before the first request.
//!
//! - `knobs`: what can be set, with its defaults
//! - `keys`, `contracts`, `guarded`, `sources`, `users`, `sessions`, `guessing`, `environment`: the knobs, by what they
//!   are about
//! - `build`: what is refused, and the layer; `limits` is what is refused of numbers and times, `refreshes` of contracts
//!   that refresh

mod build;
mod contracts;
mod environment;
mod guarded;
mod guessing;
mod keys;
mod knobs;
mod limits;
mod refreshes;
mod sessions;
mod sources;
mod users;

pub use knobs::AuthLayerBuilder;
