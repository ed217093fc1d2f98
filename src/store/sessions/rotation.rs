//! `Rotation`: one refresh, as a store is asked for it, and what becomes of it.

use super::Listing;
use crate::{clock::Timestamp, token::TokenKey};

/// One refresh, as asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rotation {
    /// The token that is refreshed.
    pub token: TokenKey,
    /// What to make of it, should this be its first refresh.
    pub successor: Successor,
    /// The name that the successor will have in this store.
    pub successor_key: TokenKey,
    /// The moment of this step.
    pub now: Timestamp,
    /// Until when a further refresh of the same token gets the same successor. At or before `now`: not at all.
    pub grace_ends: Timestamp,
    /// Until when any token of the family may be accepted on any route.
    pub until: Timestamp,
    /// How to list the session, should it not be known yet. None: it is not listed, unless it was from its login on.
    pub listing: Option<Listing>,
}

impl Rotation {
    /// A refresh of `token` by `successor` now, without a grace and a listing: for tests of a store.
    pub fn new(
        token: TokenKey,
        successor: Successor,
        successor_key: TokenKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Self {
        Self { token, successor, successor_key, now, grace_ends: now, until, listing: None }
    }
}

/// What it takes to sign a successor, and to sign the same one again: nothing secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Successor {
    /// The token's claim `jti`.
    pub token_id: String,
    /// When it was signed first: its claim `nbf`, from which `exp` is counted.
    pub signed_at: Timestamp,
}

impl Successor {
    /// A successor as it was stored.
    pub fn new(token_id: impl Into<String>, signed_at: Timestamp) -> Self {
        Self { token_id: token_id.into(), signed_at }
    }
}

/// What became of a rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rotated {
    /// The first refresh of this token: the successor asked for is the one.
    Fresh,
    /// A further one inside the grace: this is the successor of the first.
    Replay(Successor),
    /// A further one after the grace, of a family that was alive. The family is revoked now.
    Reuse,
    /// The token or its family was revoked before.
    Revoked,
}
