//! Passwords: what is stored of them, verifying them, and where that work is done.
//!
//! - `stored`: the forms a stored password may have
//! - `verify`: one verification, and dummies of equal cost
//! - `lane`: the bounded lane of blocking work on which all of it runs
//! - `proof`: stored, verified by the closure, or none
//! - `passwords`: all of it together, as the login routes use them

mod lane;
mod passwords;
mod proof;
mod stored;
mod verify;

pub use passwords::PasswordUpgrade;
pub use stored::StoredPassword;

pub(crate) use passwords::{Passwords, Rehash, Unverified, Verifier};
pub(crate) use proof::PasswordProof;
