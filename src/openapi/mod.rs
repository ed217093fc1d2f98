//! The login routes as an OpenAPI document, to be merged into the application's own.
//!
//! Nothing is described a second time: every answer in the document is one that the contract, or the guard, gave to a
//! specimen, and statuses, headers, examples and schemas are read off it.
//!
//! - `document`: `AuthLayer::openapi`, one operation an endpoint, and one for tickets
//! - `operation`: what an endpoint reads; `responses`: what it answers
//! - `tickets`: the route that gives tickets
//! - `security`: the security schemes
//! - `headers`, `shape`: the description of a header, and of a body
//! - `specimen`: the sample values
//! - `refusals`, `rejections`: which of them can happen at an endpoint, and at the route of tickets

mod document;
mod headers;
mod operation;
mod refusals;
mod rejections;
mod responses;
mod security;
mod shape;
mod specimen;
mod tickets;
