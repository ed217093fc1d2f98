//! What the targets share: a layer over an inner service, and what holds of every answer.
//!
//! - [`door`]: the layer, as an application would build it, and requests through it
//! - [`Reply`]: an answer, and what has to be true of each
//! - [`tokens`]: tokens that are signed with the layer's key, whatever they say
//! - [`forms`]: a body, sent to every contract that reads one
//! - [`steps`]: what somebody does with a service, step by step

pub mod door;
pub mod forms;
mod reply;
pub mod steps;
pub mod tokens;

pub use door::Door;
pub use reply::Reply;
