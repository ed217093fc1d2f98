//! `Network`: an address and how many of its leading bits count, as in `10.0.0.0/8`.

use std::{net::IpAddr, str::FromStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differing = u32::from(own) ^ u32::from(other);
                differing.leading_zeros() >= self.bits
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differing = u128::from(own) ^ u128::from(other);
                differing.leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = ();

    /// `10.0.0.0/8`, `2001:db8::/32`, or one address. Bits behind the prefix have to be zero, or it is a slip; and all
    /// addresses are no network, or the one that a client wrote would be believed.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(drop)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().map_err(drop)?,
            Some(_) => return Err(()),
            None => width,
        };
        let trailing = match address {
            IpAddr::V4(address) => u32::from(address).trailing_zeros(),
            IpAddr::V6(address) => u128::from(address).trailing_zeros(),
        };
        let is_mapped = address.to_canonical() != address;
        if bits == 0 || bits > width || trailing < width - bits || is_mapped {
            Err(())
        } else {
            Ok(Self { address, bits })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s55_networks_contain_their_addresses_and_no_others() {
        let rows = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.0.0.1", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("192.0.2.6/31", "192.0.2.7", true),
            ("128.0.0.0/1", "203.0.113.9", true),
            ("128.0.0.0/1", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::1", "::1", true),
            ("::/1", "10.0.0.1", false),
        ];
        for (network, address, inside) in rows {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), inside, "{network:?} {address}");
        }
    }

    #[test]
    fn what_is_no_network() {
        let texts = [
            "",
            "/",
            "10.0.0.0/",
            "10.0.0.0/33",
            "0.0.0.0/0",
            "::/0",
            "10.0.0.0/+8",
            "10.0.0.0/-1",
            "10.0.0.0/8/8",
            "10.0.0/8",
            "10.0.0.1/8",
            "2001:db8::/129",
            "2001:db8::1/64",
            "::ffff:10.0.0.0/104",
            "localhost",
            "10.0.0.0:80",
            " 10.0.0.0/8",
        ];
        for text in texts {
            assert!(text.parse::<Network>().is_err(), "{text:?}");
        }
    }
}
