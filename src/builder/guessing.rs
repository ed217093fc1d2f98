//! How often somebody may try, and who that is.

use std::sync::Arc;

use super::AuthLayerBuilder;
use crate::{client_addr::ForwardedHeader, store::ThrottleStore, throttle::FailureLimit};

/// Guessing.
impl AuthLayerBuilder {
    /// Sets the store that counts the failures of accounts, and the requests to login routes whose contract states a
    /// rate, for [one population](crate::guide::servers#one-store-for-one-population). While it fails, each process counts
    /// by itself, at half of each limit. Defaults to [`MemoryThrottle`](crate::store::MemoryThrottle).
    pub fn throttle_store(mut self, store: impl ThrottleStore) -> Self {
        self.throttle = Arc::new(store);
        self
    }

    /// Disables the contracts' rate limits. Use it when a proxy already limits requests. Failures of accounts are still
    /// counted.
    pub fn without_rate_limits(mut self) -> Self {
        self.counts_requests = false;
        self
    }

    /// Sets how many wrong passwords an account may have, at the login routes and with Basic together, before every
    /// further password is refused unverified, with 429. Requests with tokens are not affected. Defaults to 10 in 15
    /// minutes, and then a lock of 15 minutes that doubles each time, and 100 in 15 minutes for one network at all
    /// accounts, see [`FailureLimit`].
    pub fn failure_limit(mut self, limit: FailureLimit) -> Self {
        self.failures = Some(limit);
        self
    }

    /// Disables the failure limits: anybody may guess passwords as fast as they can be hashed. Use it when a proxy
    /// already counts failures.
    pub fn without_failure_limit(mut self) -> Self {
        self.failures = None;
        self
    }

    /// Trusts the client address in `header` when the peer is in one of these networks (`10.0.0.0/8`, `2001:db8::/32`,
    /// `192.0.2.7`), and ignores the header otherwise.
    ///
    /// When the peer of the connection is such a proxy, the client is the rightmost address in the header that is not
    /// one; whatever is to the left of it may have been written by the client. If the header is missing or malformed,
    /// the peer is the client. List the proxies and nothing more: anybody who can connect from these networks can name
    /// any client. Called again, it replaces the first; beside
    /// [`trust_any_peer_behind_hops`](Self::trust_any_peer_behind_hops) it is refused by [`build`](Self::build). Defaults to
    /// the peer, see [`ClientAddr`](crate::ClientAddr).
    pub fn trust_proxies(
        mut self,
        header: ForwardedHeader,
        networks: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let networks = networks.into_iter().map(Into::into).collect();
        self.clients = self.clients.proxies(header, networks);
        self
    }

    /// Trusts the address `hops` from the right in `header`, whoever the peer is: 1 behind one proxy.
    ///
    /// For servers that only their proxies can reach, and whose proxies have no fixed addresses: anybody who gets
    /// around them can name any client. If the header is missing, malformed or too short, the peer is the client.
    /// Called again, it replaces the first; beside [`trust_proxies`](Self::trust_proxies) it is refused by
    /// [`build`](Self::build). Defaults to the peer.
    pub fn trust_any_peer_behind_hops(mut self, header: ForwardedHeader, hops: usize) -> Self {
        self.clients = self.clients.hops(header, hops);
        self
    }
}
