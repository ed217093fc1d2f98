//! `ClientAddr`: whose requests are counted.

use std::net::{IpAddr, SocketAddr};

use http::Extensions;

/// The address of the client, put into a request's extensions by the server that accepted the connection.
///
/// The layer believes nothing else, and no header names an address, unless
/// [`trust_proxies`](crate::AuthLayerBuilder::trust_proxies) says whose. With the `axum` feature, axum's
/// `ConnectInfo<SocketAddr>` counts too. Without either, login requests are counted by user-id, and a stranger can lock
/// everybody out of an account.
///
/// ```
/// use tower_auth::ClientAddr;
///
/// let peer: std::net::SocketAddr = "192.0.2.1:50000".parse()?;
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(ClientAddr::from(peer));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddr(pub(super) IpAddr);

impl ClientAddr {
    pub(super) fn of(extensions: &Extensions) -> Option<Self> {
        let known = extensions.get::<Self>().copied();
        #[cfg(feature = "axum")]
        let known = known.or_else(|| {
            let info = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>()?;
            Some(Self::from(info.0))
        });
        known
    }

    /// The network that counts as one client: an address of IPv4, a /64 of IPv6, which is what one customer gets.
    pub(crate) fn network(self) -> String {
        match self.0.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

impl From<IpAddr> for ClientAddr {
    fn from(address: IpAddr) -> Self {
        Self(address)
    }
}

impl From<SocketAddr> for ClientAddr {
    fn from(address: SocketAddr) -> Self {
        Self(address.ip())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s55_one_customer_is_one_client() {
        let network = |address: &str| ClientAddr(address.parse().unwrap()).network();
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}
