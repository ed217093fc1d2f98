//! (method, path) → endpoint, ticket, public, optional or guarded. Nothing is allocated, decoded or normalised here.
//!
//! - `routes`: the sorting itself, over a `table` of literal paths, the endpoints that are `served`, and `rules`
//! - `build`: what they are made of, and what of it is refused
//! - `route`: what comes of it

mod build;
mod route;
#[expect(clippy::module_inception, reason = "the room is named for its main type")]
mod routes;
mod rules;
mod served;
mod table;

pub(crate) use self::routes::Routes;
pub(crate) use route::Route;
pub(crate) use served::Served;

#[cfg(test)]
mod tests;
