//! The `Authorization` field: RFC 9110 §11.6.2, RFC 6750 §2.1 and RFC 7617.
//!
//! - `parse`: one field, a scheme and its token68
//! - `bearer`: the token of the Bearer scheme
//! - `basic`: the user-id and password of the Basic scheme

mod basic;
mod bearer;
mod parse;

pub(crate) use basic::BasicCredentials;
pub(crate) use parse::{Credentials, Malformed, authorization};
