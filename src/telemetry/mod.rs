//! What the layer tells an operator: events and spans by `tracing`, counters, gauges and histograms by `metrics`. Each
//! is nothing without its feature. `docs/observability.md` lists all of it.
//!
//! - `gate`: guarded requests; `answers`: what the login routes answered, and who was throttled
//! - `lookups`, `lane`, `stores`: the application's closure, the hashing, the stores
//! - `faults`: what should not happen
//! - `span`: the spans; `timer`, `meter`: what the others measure and count with
//! - `catalogue`: every metric with its unit and meaning, for the recorder
//!
//! No function here takes a password, a token, a path, a header value or a name that a client typed, so none can be
//! told. Labels are texts of the program's own, so their number is bounded. Texts that come from outside (an error of
//! the user's closure may quote its input) are written in their escaped form, so that a client cannot start a line of
//! its own in a log.

#[macro_use]
mod meter;

mod answers;
#[cfg(feature = "metrics")]
mod catalogue;
mod faults;
mod gate;
mod lane;
mod lookups;
mod span;
mod stores;
mod timer;

pub(crate) use answers::{Ended, ended, reuse_detected, throttled};
pub(crate) use faults::{failed, misplaced, panicked, rehash_failed, unaddressed, unreadable_hash};
pub(crate) use gate::{Gate, refused};
pub(crate) use lane::LaneMeter;
pub(crate) use lookups::{LookupMeter, LookupMeters, Question};
pub(crate) use span::Span;
#[cfg(feature = "redis")]
pub(crate) use stores::{admits_when_stale, may_forget, replica_staleness, store_failed, store_is_back};
pub(crate) use stores::{asked, revocations, store_full};
