//! How long a session lasts, and where it is kept.

use std::{sync::Arc, time::Duration};

use super::AuthLayerBuilder;
use crate::{store::SessionStore, throttle::SessionLimit};

/// Sessions.
impl AuthLayerBuilder {
    /// Sets the store that remembers refreshed and revoked tokens. It knows users by their ids alone, so layers whose
    /// users are not the same people need a store each, in Redis a
    /// [namespace](crate::guide::servers#one-store-for-one-population). Defaults to
    /// [`MemorySessions`](crate::store::MemorySessions).
    pub fn session_store(mut self, store: impl SessionStore) -> Self {
        self.sessions = Arc::new(store);
        self
    }

    /// Sets for how long a refreshed token still works, and a repeated refresh gets the same successor. Zero switches
    /// it off: then the first of several parallel refreshes succeeds and the next one revokes the family. At most five
    /// minutes. Defaults to 10 seconds.
    pub fn refresh_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets how often one account may refresh or renew, log out, and begin sessions that are listed, before these are
    /// refused with 429. Without it, one account that does so in a loop fills the store, which then refuses everybody.
    /// Counted in the store of [`throttle_store`](Self::throttle_store). Defaults to 120 refreshes, 240 logouts and 120
    /// such logins in an hour, see [`SessionLimit`].
    pub fn session_limit(mut self, limit: SessionLimit) -> Self {
        self.session_limit = Some(limit);
        self
    }

    /// Removes the limit for each account: one that refreshes or logs out in a loop can then fill the session store for
    /// everybody. Use it when a proxy already limits both.
    pub fn without_session_limit(mut self) -> Self {
        self.session_limit = None;
        self
    }

    /// Sets for how long any token that the keys verify may be accepted or refreshed, where that is longer than what the
    /// contracts issue: tokens of another issuer, of another layer that shares the store, from before a lifetime was
    /// shortened, or after a window will be lengthened. Revocations are remembered for that long, and forgotten
    /// afterwards: what is accepted for longer somewhere else lives again there. Defaults to the longest lifetime or
    /// refresh window of the contracts, and to ten years where there is no contract, or where a key is bound to
    /// [another issuer](crate::VerifyingKey::issuer) or comes from a JWK set.
    pub fn longest_token(mut self, lifetime: Duration) -> Self {
        self.longest_token = lifetime;
        self
    }

    /// Keeps a list of each user's sessions, for [`AuthLayer::sessions`](crate::AuthLayer::sessions) and
    /// [`AuthLayer::end_session`](crate::AuthLayer::end_session). Every login is then remembered, and one that the
    /// store cannot remember fails with 503. A user has at most 256 of them, or as many as
    /// [`max_sessions`](Self::max_sessions) allows: from then on a login ends the oldest. Defaults to no list: a login
    /// then costs nothing in the store.
    pub fn list_sessions(mut self) -> Self {
        self.listing.get_or_insert_default();
        self
    }

    /// Bounds how many sessions a user may have, and lists them. A login beyond that ends the session that was begun or
    /// refreshed longest ago: to refuse the login instead would let somebody who holds the others, a thief perhaps,
    /// keep the owner out. Logins from before this was set are counted once they are refreshed or renewed. Defaults to 256, and
    /// may be no more.
    pub fn max_sessions(mut self, most: usize) -> Self {
        self.listing.get_or_insert_default().most = most;
        self
    }

    /// Sets a function that names the client in the list of sessions, in at most 256 bytes, and keeps such a list.
    /// Defaults to no names.
    ///
    /// ```
    /// # use tower_auth::AuthLayer;
    /// let builder = AuthLayer::builder().label_sessions_with(|request| {
    ///     request.headers.get("user-agent")?.to_str().ok().map(str::to_owned)
    /// });
    /// # let _ = builder;
    /// ```
    pub fn label_sessions_with(
        mut self,
        label: impl Fn(&http::request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.listing.get_or_insert_default().label = Some(Box::new(label));
        self
    }
}
