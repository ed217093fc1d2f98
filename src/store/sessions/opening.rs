//! `Opening`: one login, as a store is asked to list it.

use crate::{
    clock::Timestamp,
    token::{TokenKey, UserKey},
};

/// One login, as a session to be listed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Opening {
    /// The token that was issued: the first of its family.
    pub token: TokenKey,
    /// The token that this one was issued for, where a Bearer was renewed: the session goes on, and the older token
    /// stays good until its own end.
    pub renews: Option<TokenKey>,
    /// How to list it.
    pub listing: Listing,
    /// The moment of this step.
    pub now: Timestamp,
    /// Until when any token of the family may be accepted on any route.
    pub until: Timestamp,
}

impl Opening {
    /// A login with `token` now: for tests of a store.
    pub fn new(token: TokenKey, listing: Listing, now: Timestamp, until: Timestamp) -> Self {
        Self { token, renews: None, listing, now, until }
    }
}

/// What a list of sessions shows of one, and how long the list may be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// Whose session it is.
    pub user: UserKey,
    /// When the login was.
    pub issued_at: Timestamp,
    /// What the application calls the client: a device's name, a user agent.
    pub label: Option<String>,
    /// How many sessions the user may have, this one among them.
    pub most: usize,
}

impl Listing {
    /// A session of `user` since `issued_at`, of a client with this label, without a bound: for tests of a store.
    pub fn new(user: UserKey, issued_at: Timestamp, label: Option<String>) -> Self {
        Self { user, issued_at, label, most: usize::MAX }
    }
}
