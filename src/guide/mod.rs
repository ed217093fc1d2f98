//! The guide: how to use this crate, by what you want to do. Documentation only.
//!
//! - [`quick_start`]: a first login on axum, on tonic, over hyper
//! - [`routes`]: choosing what is public, what a token's sources are, what a user may do
//! - [`users`]: the lookup, passwords, guessing
//! - [`sessions`]: refresh, logout, "log out everywhere"
//! - [`servers`]: many of them, keys that change, proxies, other layers
//! - [`testing`]: your application
//! - [`security`]: what is trusted, what is protected, what is yours
//! - [`troubleshooting`]: by symptom

/// Makes a page of a file.
macro_rules! page {
    ($name:ident, $text:literal) => {
        #[doc = include_str!($text)]
        pub mod $name {}
    };
}

#[cfg(feature = "axum")]
page!(quick_start, "quick_start.md");
/// A first login on axum, on tonic, over hyper. Written with the feature `axum`, and shown with it.
#[cfg(not(feature = "axum"))]
pub mod quick_start {}
page!(routes, "routes.md");
page!(users, "users.md");
page!(sessions, "sessions.md");
page!(servers, "servers.md");
page!(testing, "testing.md");
page!(security, "security.md");
page!(troubleshooting, "troubleshooting.md");
