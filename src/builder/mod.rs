//! `AuthLayerBuilder`: every knob, and every check that can be made before the first request.
//!
//! - `knobs`: what can be set, with its defaults
//! - `build`: what is refused, and the layer

mod build;
mod knobs;

pub use knobs::AuthLayerBuilder;
