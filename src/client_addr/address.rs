//! `ClientAddr`: whose requests are counted.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use http::Extensions;

/// The address of the client, put into a request's extensions by the server that accepted the connection.
///
/// Headers are ignored unless [`trust_proxies`](crate::AuthLayerBuilder::trust_proxies) is set. With the `axum` feature,
/// axum's `ConnectInfo<SocketAddr>` counts too. Without either, login requests are counted by user-id, and a stranger can
/// lock everybody out of an account.
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
    /// The address, without the port.
    pub const fn ip(self) -> IpAddr {
        self.0
    }

    pub(super) fn of(extensions: &Extensions) -> Option<Self> {
        let known = extensions.get::<Self>().copied();
        #[cfg(feature = "axum")]
        let known = known.or_else(|| {
            let info = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>()?;
            Some(Self::from(info.0))
        });
        known
    }

    /// The network that counts as one client.
    pub(crate) fn network(self) -> ClientNetwork {
        ClientNetwork(match self.0.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            address @ IpAddr::V4(_) => address,
        })
    }
}

/// An address of IPv4, or a /64 of IPv6, which is what one customer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientNetwork(IpAddr);

impl fmt::Display for ClientNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(address) => {
                let [first, second, third, fourth, ..] = address.segments();
                write!(f, "{first:x}:{second:x}:{third:x}:{fourth:x}::/64")
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
        assert_eq!(network("192.0.2.1").to_string(), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1").to_string(), "192.0.2.1");
        assert_eq!(network("2001:db8:1:2:3:4:5:6").to_string(), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}
