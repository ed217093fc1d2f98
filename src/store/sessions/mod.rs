//! Which tokens were refreshed or revoked, and the sessions of a user.
//!
//! - `session_store`: what a store owes; `rotation` and `opening`: a refresh and a login, as it is asked for them
//! - `memory`: the store in this process
//! - `revocation_list`: what guarded requests ask, over `flat_table` and its `shard`s; `settled`: what is over for good
//! - `families`: who came of whom; `listed`: whose sessions they are

mod families;
mod flat_table;
mod listed;
mod memory;
mod opening;
mod revocation_list;
mod rotation;
mod session_store;
mod settled;
mod shard;

#[cfg(feature = "redis")]
pub(super) use listed::MOST_RENEWED;
pub use memory::MemorySessions;
pub use opening::{Listing, Opening};
pub use revocation_list::RevocationList;
pub use rotation::{Rotated, Rotation, Successor};
pub use session_store::SessionStore;
