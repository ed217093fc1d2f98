//! The body of a login request: collected within limits, and read by its type.
//!
//! - `collect`: bytes, at most so many and for at most so long
//! - `json`, `urlencoded`, `multipart`: the three types

mod collect;
mod json;
mod multipart;
mod read;
mod urlencoded;

pub(crate) use collect::BodyLimits;
#[cfg(feature = "openapi")]
pub(crate) use read::MEDIA_TYPES;
pub(crate) use read::read;
