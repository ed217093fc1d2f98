//! `Entry`: one line of the log of revocations.

use std::fmt;

use crate::clock::Timestamp;

/// The latest moment that a script can count with: its numbers are doubles.
const LAST: u64 = (1 << 53) - 1;

/// A revocation as the log has it. A moment of 0 is "at once", whatever the reader's clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Token { key: [u8; 16], from: u64, until: u64 },
    User { key: [u8; 16], since: u64, until: u64 },
}

impl Entry {
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split(' ');
        let (kind, key) = (parts.next()?, unhex(parts.next()?)?);
        let (first, until) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        match (kind, parts.next()) {
            ("t", None) => Some(Self::Token { key, from: first, until }),
            ("u", None) => Some(Self::User { key, since: first, until }),
            _ => None,
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token { key, from, until } => write!(f, "t {} {from} {until}", hex(key)),
            Self::User { key, since, until } => write!(f, "u {} {since} {until}", hex(key)),
        }
    }
}

/// A digest as keys and scripts have it.
pub(super) fn hex(bytes: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*bytes))
}

pub(super) fn unhex(text: &str) -> Option<[u8; 16]> {
    let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    u128::from_str_radix(text, 16).ok().filter(|_| plain).map(u128::to_be_bytes)
}

/// A moment as scripts have it.
pub(super) fn millis(moment: Timestamp) -> u64 {
    moment.unix_millis().min(LAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_is_written_and_nothing_else_is() {
        for entry in [
            Entry::Token { key: [7; 16], from: 0, until: 5 },
            Entry::User { key: [0xab; 16], since: LAST, until: LAST },
        ] {
            assert_eq!(Entry::parse(&entry.to_string()), Some(entry));
        }
        let key = hex(&[7; 16]);
        let bad = [
            String::new(),
            format!("t {key} 1"),
            format!("t {key} 1 2 3"),
            format!("x {key} 1 2"),
            format!("t {key}0 1 2"),
            format!("t +{} 1 2", &key[1..]),
            format!("t {key} -1 2"),
        ];
        for line in bad {
            assert_eq!(Entry::parse(&line), None, "{line}");
        }
    }
}
