//! Dialects: a dialect is one documented login contract, as code.
//!
//! A dialect is pure: it reads a form and writes answers and claims. It has no clock, key, store or log, and all of
//! them are built alike, so that the difference of two files is the difference of their contracts. A contract of the
//! application's own is one more implementation of [`Dialect`].
//!
//! - [`AuthLocal`]: `POST /auth/local`
//! - [`Login`]: `POST /login`
//! - [`AuthToken`]: `POST /api/auth/token`
//! - [`Tokens`]: `POST /tokens` and `PATCH /tokens/{token}`
//! - [`Dialect`] and the plain types it speaks in: [`Form`], [`Member`], [`Issue`], [`Grant`], [`Granted`],
//!   [`Refusal`], [`Answer`]

mod answer;
mod auth_local;
mod auth_token;
mod contract;
mod error_envelope;
mod form;
mod identifier;
mod login;
mod path;
mod profile;
mod refusal;
mod tokens;

pub use crate::token::HeaderOrder;
pub use answer::Answer;
pub use auth_local::AuthLocal;
pub use auth_token::AuthToken;
pub use contract::{Dialect, Endpoint, Grant, Granted, GuardRefused, Issue, LoginForm, Operation, Refused};
pub use form::{Form, FormError, Member};
pub use login::Login;
pub use profile::{Redaction, public_profile};
pub use refusal::Refusal;

pub(crate) use profile::text_member;
pub use tokens::Tokens;
