//! Dialects: a contract is what clients see, a [`Dialect`] is the type that speaks it.
//!
//! A contract is a login's routes, forms, answers and tokens, as some server documents them. A dialect is pure: it reads a form and writes answers and claims. It has no clock, key, store or log, and all of
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
#[expect(clippy::module_inception, reason = "the room is named for its main trait")]
mod dialect;
mod form;
mod identifier;
mod login;
mod path;
mod profile;
mod refusal;
mod strapi_4;
mod tokens;

pub use self::dialect::{Dialect, Endpoint, Grant, Granted, GuardRefused, Issue, LoginForm, Refused};
pub use crate::{operation::Operation, token::HeaderOrder};
pub use answer::Answer;
pub use auth_local::AuthLocal;
pub use auth_token::AuthToken;
pub use form::{Form, FormError, Member};
pub use login::Login;
pub use profile::{Redaction, public_profile};
pub use refusal::Refusal;
pub use tokens::Tokens;

pub(crate) use profile::text_member;
