//! What should not happen, and that an operator has to know.

use std::error::Error;

/// The inside of the layer failed in a way that no client can cause.
pub(crate) fn failed(what: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::error!(name: "auth.failed", what, "an answer could not be made");
    let _ = what;
    count!("tower_auth_faults_total", "fault" => "failed");
}

/// The layer stands where its login routes cannot be reached.
pub(crate) fn misplaced(what: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "auth.misplaced", what, "login routes cannot be reached");
    let _ = what;
    count!("tower_auth_faults_total", "fault" => "misplaced");
}

/// Passwords are guessed at, and nobody says from where.
pub(crate) fn unaddressed() {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        name: "auth.unaddressed",
        "logins come without the client's address, so anybody can lock everybody out of an account: serve with \
         into_make_service_with_connect_info, or put ClientAddr into the extensions"
    );
    count!("tower_auth_faults_total", "fault" => "unaddressed");
}

/// Code of the application's panicked while a login route used it.
pub(crate) fn panicked(error: &(dyn Error + 'static)) {
    #[cfg(feature = "tracing")]
    tracing::error!(name: "auth.panicked", error = ?chain(error), "a login route met a panic");
    let _ = error;
    count!("tower_auth_faults_total", "fault" => "panicked");
}

/// An account's stored password hash is in no form that can be verified.
pub(crate) fn unreadable_hash() {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "auth.unreadable_hash", "a stored password hash has no known form; the login is refused");
    count!("tower_auth_faults_total", "fault" => "unreadable_hash");
}

/// The hook that stores an upgraded hash failed; the old hash stays and the next login tries again.
pub(crate) fn rehash_failed(error: &(dyn Error + 'static)) {
    #[cfg(feature = "tracing")]
    tracing::warn!(name: "auth.rehash_failed", error = ?chain(error), "an upgraded password hash was not stored");
    let _ = error;
    count!("tower_auth_faults_total", "fault" => "rehash_failed");
}

/// An error with its causes. To be written in its `Debug` form, which escapes what could be a new line in a log.
#[cfg(feature = "tracing")]
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
