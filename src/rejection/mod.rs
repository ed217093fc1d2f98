//! Why a request was refused, and how that looks.
//!
//! - `kind`: every reason with its status, its RFC 6750 code and its words, in one table
//! - `reason`: `Rejection`, which travels in the extensions of the response
//! - `grpc`: the form for gRPC; the neutral one is the table's own RFC 9457 body

mod grpc;
mod kind;
mod reason;

pub use kind::RejectionKind;
pub use reason::Rejection;

pub(crate) use grpc::{grpc, grpc_content_type};
pub(crate) use reason::RETRY;
