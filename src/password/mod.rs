//! Passwords: what is stored of them, verifying them, and where that work is done.
//!
//! - `stored`: the forms a stored password may have
//! - `verify`: one verification, and dummies of equal cost
//! - `lane`: the bounded lane of blocking work on which all of it runs, and its `pace`
//! - `proof`: stored, verified by the closure and right or wrong, or none
//! - `passwords`: all of it together, as the login routes use them
//! - `basic_cache`: what Basic need not hash again, `proven` a moment ago or under way: a `claimant`, the `fingerprint`
//!   of what was shown, and the `basis` on which that was right

mod basic_cache;
mod basis;
mod claimant;
mod fingerprint;
mod lane;
mod pace;
mod passwords;
mod proof;
mod proven;
mod stored;
mod verify;

pub use passwords::PasswordUpgrade;
pub use stored::StoredPassword;

pub(crate) use basic_cache::{BasicCache, Shown};
pub(crate) use basis::{Basis, Version};
pub(crate) use claimant::Claimant;
pub(crate) use lane::{LaneLimits, Undone};
pub(crate) use passwords::{Passwords, Rehash, Unverified, Verifier};
pub(crate) use proof::PasswordProof;
