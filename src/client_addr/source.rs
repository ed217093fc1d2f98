//! `ClientSource`: where the client's address is read.

use std::net::IpAddr;

use http::{Extensions, HeaderMap};

use super::{
    ClientAddr,
    forwarded::{forwarded, x_forwarded_for},
    network::Network,
};
use crate::error::{BuildError, BuildErrorKind};

/// Most proxies in a row that anybody has.
const HOPS_LIMIT: usize = 16;

/// The header in which a proxy names the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`: addresses, each proxy's at the right of the one before.
    XForwardedFor,
    /// `Forwarded`, RFC 7239: the same as `for=…`.
    Forwarded,
}

/// As it is configured.
pub(crate) enum ClientSettings {
    Connection,
    Proxies(ForwardedHeader, Vec<String>),
    Hops(ForwardedHeader, usize),
    /// Named proxies, and any at so many hops.
    Both,
}

impl ClientSettings {
    pub(crate) fn proxies(self, header: ForwardedHeader, networks: Vec<String>) -> Self {
        match self {
            Self::Connection | Self::Proxies(..) => Self::Proxies(header, networks),
            Self::Hops(..) | Self::Both => Self::Both,
        }
    }

    pub(crate) fn hops(self, header: ForwardedHeader, hops: usize) -> Self {
        match self {
            Self::Connection | Self::Hops(..) => Self::Hops(header, hops),
            Self::Proxies(..) | Self::Both => Self::Both,
        }
    }
}

/// Whom to believe.
pub(crate) enum ClientSource {
    /// The server, about its peer.
    Connection,
    /// Besides, peers in these networks.
    Proxies(ForwardedHeader, Vec<Network>),
    /// Besides, every peer, about the address so many from the right.
    Hops(ForwardedHeader, usize),
}

impl ClientSource {
    pub(crate) fn new(settings: ClientSettings) -> Result<Self, BuildError> {
        Ok(match settings {
            ClientSettings::Connection => Self::Connection,
            ClientSettings::Proxies(header, networks) => {
                let networks = networks.iter().map(|text| text.parse().map_err(|()| no_network(text)));
                let networks: Vec<_> = networks.collect::<Result<_, _>>()?;
                if networks.is_empty() {
                    return Err(BuildError::new(
                        BuildErrorKind::InvalidLimit,
                        "`trust_proxies` without a network trusts nobody: name the proxies, or leave the call out",
                    ));
                }
                Self::Proxies(header, networks)
            }
            ClientSettings::Hops(header, hops @ 1..=HOPS_LIMIT) => Self::Hops(header, hops),
            ClientSettings::Hops(_, hops) => {
                return Err(BuildError::new(
                    BuildErrorKind::InvalidLimit,
                    format!("a client is 1 to {HOPS_LIMIT} hops away, not {hops}: count the proxies in front"),
                ));
            }
            ClientSettings::Both => {
                return Err(BuildError::new(
                    BuildErrorKind::InvalidLimit,
                    "`trust_any_peer_behind_hops` trusts more than the networks of `trust_proxies`: call one of them",
                ));
            }
        })
    }

    /// The client of a request. A header that is malformed where it is read, or too short, leaves the peer.
    pub(crate) fn client(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<ClientAddr> {
        let peer = ClientAddr::of(extensions);
        match self {
            Self::Connection => peer,
            Self::Proxies(header, networks) => {
                let trusted = |address: IpAddr| networks.iter().any(|network| network.contains(address));
                let proxy = peer.filter(|peer| trusted(peer.0));
                let named = proxy.and_then(|_| named(entries(*header, headers), trusted));
                named.map(ClientAddr).or(peer)
            }
            Self::Hops(header, hops) => {
                let named = entries(*header, headers).nth(hops - 1).flatten();
                named.map(ClientAddr).or(peer)
            }
        }
    }
}

/// The rightmost address that is no proxy's; where all are, the leftmost.
fn named(entries: impl Iterator<Item = Option<IpAddr>>, trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut nearest = None;
    for entry in entries {
        let address = entry?;
        nearest = Some(address);
        if !trusted(address) {
            break;
        }
    }
    nearest
}

fn entries(header: ForwardedHeader, headers: &HeaderMap) -> Box<dyn Iterator<Item = Option<IpAddr>> + '_> {
    match header {
        ForwardedHeader::XForwardedFor => Box::new(x_forwarded_for(headers)),
        ForwardedHeader::Forwarded => Box::new(forwarded(headers)),
    }
}

fn no_network(text: &str) -> BuildError {
    BuildError::new(
        BuildErrorKind::InvalidLimit,
        format!("{text:?} is no network of proxies: write an address, or a prefix without host bits as in 10.0.0.0/8"),
    )
}

#[cfg(test)]
mod tests;
