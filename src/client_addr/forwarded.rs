//! Addresses out of the headers that proxies write: the right end is the nearest proxy's, the left end anybody's.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, header::FORWARDED};

use crate::parameter::parameter;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Entries that are looked at, from the right.
const LIMIT: usize = 32;

/// The entries of `X-Forwarded-For`, from the right: an address each, or `None` for what is none.
pub(super) fn x_forwarded_for(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let fields: Vec<_> = headers.get_all(X_FORWARDED_FOR).iter().collect();
    // Bytes, so that what a client wrote at the left spoils nothing that a proxy wrote at the right.
    let entries = fields.into_iter().rev().flat_map(|field| field.as_bytes().rsplit(|byte| *byte == b','));
    entries.take(LIMIT).map(|entry| address(str::from_utf8(entry).ok()?.trim_matches([' ', '\t'])))
}

/// The elements of `Forwarded` (RFC 7239), from the right: the address in each one's `for`, or `None` where there is
/// none. They end at a field that cannot be read, with one such element: how many it stands for, nobody knows.
pub(super) fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let mut read = Vec::new();
    let fields: Vec<_> = headers.get_all(FORWARDED).iter().collect();
    for field in fields.into_iter().rev() {
        let Some(elements) = field.to_str().ok().and_then(elements) else {
            read.push(None);
            break;
        };
        read.extend(elements.into_iter().rev());
        if read.len() >= LIMIT {
            break;
        }
    }
    read.into_iter().take(LIMIT)
}

/// RFC 7239 §4: elements by comma, pairs by semicolon, each a token, `=`, and a token or a quoted string.
fn elements(field: &str) -> Option<Vec<Option<IpAddr>>> {
    let mut elements = Vec::new();
    let mut rest = field;
    loop {
        let mut names_client = None;
        loop {
            let (name, value, behind) = parameter(rest.trim_start_matches([' ', '\t']))?;
            if name.eq_ignore_ascii_case("for") && names_client.replace(address(&value)).is_some() {
                return None;
            }
            rest = behind.trim_start_matches([' ', '\t']);
            match rest.strip_prefix(';') {
                Some(next) => rest = next,
                None => break,
            }
        }
        elements.push(names_client.flatten());
        match rest.strip_prefix(',') {
            Some(next) => rest = next,
            None if rest.is_empty() => return Some(elements),
            None => return None,
        }
    }
}

/// An address, as it is or in brackets, with or without a port. Neither `unknown` nor a name is one.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    if let Ok(socket) = text.parse::<SocketAddr>() {
        return Some(socket.ip().to_canonical());
    }
    let bracketed = text.strip_prefix('[')?.strip_suffix(']')?;
    bracketed.parse().ok().map(|address: std::net::Ipv6Addr| IpAddr::V6(address).to_canonical())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn headers(name: &HeaderName, fields: &[&str]) -> HeaderMap {
        fields.iter().map(|field| (name.clone(), HeaderValue::from_str(field).unwrap())).collect()
    }

    fn shown(addresses: impl Iterator<Item = Option<IpAddr>>) -> Vec<String> {
        addresses.map(|address| address.map_or("-".to_owned(), |address| address.to_string())).collect()
    }

    #[test]
    fn s55_x_forwarded_for_is_read_from_the_right_over_all_fields() {
        let read = |fields: &[&str]| shown(x_forwarded_for(&headers(&X_FORWARDED_FOR, fields)));
        assert_eq!(read(&["192.0.2.1, 192.0.2.2", "192.0.2.3"]), ["192.0.2.3", "192.0.2.2", "192.0.2.1"]);
        assert_eq!(
            read(&["192.0.2.1:80 ,\t[2001:db8::1]:443,[2001:db8::2],2001:db8::3"]),
            ["2001:db8::3", "2001:db8::2", "2001:db8::1", "192.0.2.1"]
        );
        assert_eq!(read(&["::ffff:192.0.2.1"]), ["192.0.2.1"]);
        assert_eq!(read(&["unknown, , 192.0.2.1 192.0.2.2, 192.0.2, fe80::1%eth0, 0x7f.1, 127.1"]), ["-"; 7]);
        assert_eq!(read(&[]), [""; 0]);
        let field = HeaderValue::from_bytes(b"198.51.100.7, \xff, 192.0.2.1").unwrap();
        let headers = HeaderMap::from_iter([(X_FORWARDED_FOR, field)]);
        assert_eq!(shown(x_forwarded_for(&headers)), ["192.0.2.1", "-", "198.51.100.7"], "a byte spoils its own entry");
        assert_eq!(read(&[&vec!["192.0.2.1"; 1000].join(",")]).len(), LIMIT);
    }

    #[test]
    fn s55_forwarded_is_read_by_its_grammar() {
        let read = |fields: &[&str]| shown(forwarded(&headers(&FORWARDED, fields)));
        assert_eq!(
            read(&["for=192.0.2.1, For=\"[2001:db8::1]:4711\";proto=https", "by=x;for=192.0.2.3"]),
            ["192.0.2.3", "2001:db8::1", "192.0.2.1"]
        );
        assert_eq!(read(&["for=\"192.0.2.1:80\""]), ["192.0.2.1"]);
        assert_eq!(read(&["for=\"192.0.2.\\1\""]), ["192.0.2.1"]);
        assert_eq!(read(&["for=192.0.2.1, for=unknown, for=_hidden, proto=http"]), ["-", "-", "-", "192.0.2.1"]);
        // A comma within quotes ends no element.
        assert_eq!(read(&["by=\",for=192.0.2.9\";for=192.0.2.1"]), ["192.0.2.1"]);
        for malformed in [
            "for=\"192.0.2.1",
            "for=\", for=192.0.2.1",
            "for=192.0.2.1;for=192.0.2.2",
            "for=192.0.2.1 for=192.0.2.2",
            "for = 192.0.2.1",
            "for=192.0.2.1,",
            "192.0.2.1",
            "for=",
            "=192.0.2.1",
            "for=192.0.2.1:80",
            "",
        ] {
            assert_eq!(read(&[malformed]), ["-"], "{malformed:?}");
        }
        assert_eq!(read(&["for=\"", "for=192.0.2.1"]), ["192.0.2.1", "-"], "what stands right of it is a proxy's");
        assert_eq!(read(&["for=192.0.2.1", "for=\""]), ["-"], "of what stands left of it the place is not known");
    }

    proptest! {
        #[test]
        fn never_panics(text in "[\\x20-\\x7e\\x80-\\xff]{0,80}") {
            for name in [FORWARDED, X_FORWARDED_FOR] {
                let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) else { continue };
                let headers = HeaderMap::from_iter([(name, value)]);
                let _ = (x_forwarded_for(&headers).count(), forwarded(&headers).count());
            }
        }
    }
}
