//! Which tokens were refreshed or revoked, and the sessions of a user.
//!
//! - `session_store`: what a store owes; `session`: the plain types
//! - `memory`: the store in this process
//! - `revocation_list`: what guarded requests ask, over `flat_table` and its `shard`s; `settled`: what is over for good
//! - `families`: who came of whom; `listed`: whose sessions they are

mod families;
mod flat_table;
mod listed;
mod memory;
mod revocation_list;
mod session;
mod session_store;
mod settled;
mod shard;

#[cfg(feature = "redis")]
pub(super) use listed::MOST_RENEWED;
pub use memory::MemorySessions;
pub use revocation_list::RevocationList;
pub use session::{InvalidSessionId, Listing, Opening, Rotated, Rotation, Session, SessionId, Successor};
pub use session_store::SessionStore;
