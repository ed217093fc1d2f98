//! `tower-auth` with every knob, read from the environment: for trials, clients and load.
//!
//! - [`environment`]: the variables, and the layer they describe
//! - [`users`]: the table of users, and the faults they can be given
//! - [`inner`]: the service behind the layer
//! - [`demo`]: its page for people
//! - [`metrics`]: what it counts
//! - [`grpc`]: gRPC beside it
//! - [`openapi`]: the document that it serves at `/openapi.json`
//! - [`server`]: HTTP/1.1 and h2c, drained on SIGTERM

pub mod demo;
pub mod environment;
pub mod grpc;
pub mod inner;
pub mod metrics;
pub mod openapi;
pub mod server;
pub mod users;
