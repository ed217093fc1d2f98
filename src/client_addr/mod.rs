//! Who the client is: the peer of the connection, or whom trusted proxies say they speak for.
//!
//! - `address`: `ClientAddr`, which the server puts into a request's extensions, and the network that it is in
//! - `network`: the networks in which trusted proxies stand
//! - `forwarded`: the two headers in which they name the client
//! - `source`: which of these counts

mod address;
mod forwarded;
mod network;
mod source;

pub use address::ClientAddr;
pub use source::ForwardedHeader;

pub(crate) use address::ClientNetwork;
pub(crate) use source::{ClientSettings, ClientSource};
