//! What a client sends to prove who it is: RFC 9110 §11.6.2, RFC 6750 §2, RFC 7617, and what is opted in beside them.
//!
//! - `sources`: where credentials are looked for, and the one reader of all of them
//! - `query`, `cookie`, `protocol`: a token in the URI, in a cookie, among a WebSocket's subprotocols
//! - `cross_site`: whether a page of the service's own sent a request that a cookie speaks for
//! - `head`: a request as the sources read it
//! - `parse`: one `Authorization` field, a scheme and what follows
//! - `bearer`: the token of the Bearer scheme, a token68
//! - `basic`: the user-id and password of the Basic scheme

mod basic;
mod bearer;
mod cookie;
mod cross_site;
mod head;
mod parse;
mod protocol;
mod query;
mod sources;

pub(crate) use basic::BasicCredentials;
pub(crate) use bearer::Token;
pub(crate) use cross_site::Sender;
pub(crate) use head::Head;
pub(crate) use parse::{Credentials, Malformed, authorization};
pub(crate) use sources::Sources;
#[cfg(feature = "openapi")]
pub(crate) use sources::TICKET;
