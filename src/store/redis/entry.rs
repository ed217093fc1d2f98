//! `Entry`: one line of the log of revocations, and what stands in it.

use std::fmt::{self, Write};

use super::fault::Fault;
use crate::clock::Timestamp;

/// The latest moment that a script can count with: its numbers are doubles.
const LAST: u64 = (1 << 53) - 1;

/// What a token or a user is called in Redis: the first 96 bits of its digest. That is what a list of revocations keeps
/// of it, so what a process writes back has the name that it had.
pub(super) type Name = [u8; 12];

/// A revocation as the log has it. A moment of 0 is "at once", whatever the reader's clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Token { key: Name, from: u64, until: u64 },
    User { key: Name, since: u64, until: u64 },
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

impl Entry {
    /// When it has had its time.
    pub(super) fn until(&self) -> Timestamp {
        let (Self::Token { until, .. } | Self::User { until, .. }) = self;
        Timestamp::from_unix_millis(*until)
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

/// The name of a digest, as keys and scripts have it.
pub(super) fn name(digest: &[u8; 16]) -> String {
    hex(digest.iter().take(size_of::<Name>()))
}

/// What a name leaves out of a digest.
pub(super) fn rest(digest: &[u8; 16]) -> String {
    hex(digest.iter().skip(size_of::<Name>()))
}

/// A digest of this name: a list of revocations tells no two of them apart.
pub(super) fn named(name: Name) -> [u8; 16] {
    let mut digest = [0; 16];
    digest.iter_mut().zip(name).for_each(|(byte, named)| *byte = named);
    digest
}

pub(super) fn hex<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    bytes.into_iter().fold(String::with_capacity(32), |mut text, byte| {
        // A String takes whatever is written.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// A moment as scripts have it.
pub(super) fn millis(moment: Timestamp) -> u64 {
    moment.unix_millis().min(LAST)
}

/// The moment that a script answered.
pub(super) fn moment(text: &str) -> Result<Timestamp, Fault> {
    text.parse().map(Timestamp::from_unix_millis).map_err(|_| Fault::Strange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_is_written_and_nothing_else_is() {
        for entry in [
            Entry::Token { key: [7; 12], from: 0, until: 5 },
            Entry::User { key: [0xab; 12], since: LAST, until: LAST },
        ] {
            assert_eq!(Entry::parse(&entry.to_string()), Some(entry));
        }
        let key = hex(&[7; 12]);
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
