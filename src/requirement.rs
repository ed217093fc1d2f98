//! `Requirement`: what somebody who was admitted has to have besides.

use crate::{
    identity::Identity,
    rejection::{Rejection, RejectionKind},
};

/// A scope or a role that a route asks for, or one of several.
///
/// Given to [`AuthLayer::require`](crate::AuthLayer::require), or asked in a handler with [`check`](Self::check). An
/// identity's scopes and roles come from its account and its token, see [`Identity::has_scope`] and
/// [`Identity::has_role`].
///
/// ```
/// use tower_auth::Requirement;
///
/// let writers = Requirement::scope("orders:write").or(Requirement::role("admin"));
/// # let _ = writers;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// One of these; never none.
    alternatives: Vec<Permission>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Permission {
    Scope(String),
    Role(String),
}

impl Requirement {
    /// The scope `name`, compared byte for byte (RFC 6749 §3.3).
    pub fn scope(name: impl Into<String>) -> Self {
        Self { alternatives: vec![Permission::Scope(name.into())] }
    }

    /// The role `name`, compared byte for byte.
    pub fn role(name: impl Into<String>) -> Self {
        Self { alternatives: vec![Permission::Role(name.into())] }
    }

    /// This one or the other. For both, require one after the other.
    pub fn or(mut self, other: Self) -> Self {
        self.alternatives.extend(other.alternatives);
        self
    }

    /// Checks, in a handler, that `identity` has what is asked for.
    ///
    /// # Errors
    ///
    /// The [`Rejection`] of kind [`InsufficientScope`](RejectionKind::InsufficientScope), which is 403. With the
    /// feature `axum` it is a response: always the neutral problem of RFC 9457, which names no realm and has neither
    /// the shape of [`refuse_like`](crate::AuthLayerBuilder::refuse_like) nor the form of gRPC. A refusal of
    /// [`AuthLayer::require`](crate::AuthLayer::require) has all three.
    ///
    /// ```
    /// use tower_auth::{Identity, Rejection, Requirement};
    ///
    /// async fn close(identity: Identity<String>) -> Result<&'static str, Rejection> {
    ///     Requirement::role("admin").check(&identity)?;
    ///     Ok("closed")
    /// }
    /// # let _ = close;
    /// ```
    pub fn check<U>(&self, identity: &Identity<U>) -> Result<(), Rejection> {
        let met = self.alternatives.iter().any(|permission| match permission {
            Permission::Scope(name) => identity.has_scope(name),
            Permission::Role(name) => identity.has_role(name),
        });
        match met {
            true => Ok(()),
            false if identity.claims().is_some() => Err(Rejection::new(RejectionKind::InsufficientScope)),
            false => Err(Rejection::by_password(RejectionKind::InsufficientScope)),
        }
    }
}
