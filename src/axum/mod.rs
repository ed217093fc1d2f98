//! Extractors for axum handlers, each with its optional form.
//!
//! - `identity`: `Identity<U>`, who was admitted
//! - `current_user`: `CurrentUser<U>`, the application's user
//! - `claims`: `Claims<T>`, the token's claims as a type of the application's
//! - `missing`: why there was nothing to extract, when that is the application's mistake
//! - `refused`: a `Rejection` as a handler's answer

mod claims;
mod current_user;
mod identity;
mod missing;
mod refused;

pub use claims::{Claims, ClaimsRejection};
pub use missing::MissingIdentity;
