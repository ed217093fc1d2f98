//! What the layer tells an operator. Without the `tracing` feature each of these is nothing.
//!
//! No function here takes a password, a token or a header value, so none can be logged. Texts that come from outside
//! (an error of the user's closure may quote its input) are written in their escaped form, so that a client cannot
//! start a line of its own in a log.

use std::error::Error;

/// A lookup could not tell: it failed, panicked or took too long.
pub(crate) fn lookup_failed(error: &(dyn Error + 'static)) {
    #[cfg(feature = "tracing")]
    tracing::error!(name: "auth.lookup_failed", error = ?chain(error), "the user lookup failed");
    let _ = error;
}

/// A store refused or lost an operation.
pub(crate) fn store_failed(store: &'static str, error: &(dyn Error + 'static)) {
    #[cfg(feature = "tracing")]
    tracing::error!(name: "auth.store_failed", store, error = ?chain(error), "a store failed");
    let _ = (store, error);
}

/// A store has no room left and refuses: an operator has to give it more.
pub(crate) fn store_full(store: &'static str, of: &'static str, capacity: usize) {
    #[cfg(feature = "tracing")]
    tracing::error!(name: "auth.store_full", store, of, capacity, "a store is full; it refuses and forgets nothing");
    let _ = (store, of, capacity);
}

/// The inside of the layer failed in a way that no client can cause.
pub(crate) fn failed(what: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::error!(name: "auth.failed", what, "an answer could not be made");
    let _ = what;
}

/// Code of the application's panicked while a login route used it.
pub(crate) fn panicked(error: &(dyn Error + 'static)) {
    #[cfg(feature = "tracing")]
    tracing::error!(name: "auth.panicked", error = ?chain(error), "a login route met a panic");
    let _ = error;
}

/// An account's stored password hash is in no form that can be verified.
pub(crate) fn unreadable_hash() {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "auth.unreadable_hash", "a stored password hash has no known form; the login is refused");
}

/// The hook that stores an upgraded hash failed; the old hash stays and the next login tries again.
pub(crate) fn rehash_failed(error: &(dyn Error + 'static)) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "auth.rehash_failed", error = ?chain(error), "an upgraded password hash was not stored");
    let _ = error;
}

/// A login route granted a token.
pub(crate) fn granted(dialect: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::info!(name: "auth.granted", dialect, "a token was issued");
    let _ = dialect;
}

/// A logout revoked a token and its family.
pub(crate) fn logged_out(dialect: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::info!(name: "auth.logged_out", dialect, "a session was ended");
    let _ = dialect;
}

/// A login route refused a request.
pub(crate) fn login_refused(dialect: &'static str, reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::info!(name: "auth.login_refused", dialect, reason, "a login was refused");
    let _ = (dialect, reason);
}

/// Whether the password of a Basic request was known again, or had to be hashed.
pub(crate) fn recalled(known: bool) {
    let _ = known;
}

/// A guarded route refused a request.
pub(crate) fn refused(reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::debug!(name: "auth.refused", reason, "a request was refused");
    let _ = reason;
}

/// An old token was refreshed again after its grace: its family is revoked.
pub(crate) fn reuse_detected() {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "auth.reuse_detected", "a refreshed token was used again; its family is revoked");
}

#[cfg(feature = "tracing")]
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
