//! The cryptography behind RSA, ECDSA and EdDSA keys, chosen by feature and by value.
//!
//! jsonwebtoken's process-wide default provider panics as soon as two crates of one program switch on different back
//! ends, so it is never asked. When both features are on, aws-lc-rs is used; with neither, only shared secrets work
//! and any other key is a `BuildError`.

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
mod none;
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
mod rust_crypto;

#[cfg(feature = "aws-lc-rs")]
pub(super) use aws_lc::{PublicKey, provider};
#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
pub(super) use none::{PublicKey, provider};
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
pub(super) use rust_crypto::{PublicKey, provider};
