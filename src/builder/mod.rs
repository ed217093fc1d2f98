//! `AuthLayerBuilder`: every knob, and every check that can be made before the first request.
//!
//! - `knobs`: what can be set, with its defaults; `sources`: where tokens may come from
//! - `build`: what is refused, and the layer

mod build;
mod knobs;
mod sources;

pub use knobs::AuthLayerBuilder;
