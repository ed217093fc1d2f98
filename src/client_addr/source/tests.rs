use http::{
    HeaderName,
    header::{FORWARDED, HeaderValue},
};

use super::*;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

fn client(source: &ClientSource, peer: Option<&str>, fields: &[(HeaderName, &str)]) -> Option<String> {
    let mut extensions = Extensions::new();
    if let Some(peer) = peer {
        extensions.insert(ClientAddr(peer.parse().unwrap()));
    }
    let headers = fields.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect();
    source.client(&extensions, &headers).map(|client| client.0.to_string())
}

fn xff(value: &str) -> [(HeaderName, &str); 1] {
    [(X_FORWARDED_FOR, value)]
}

#[test]
fn s55_only_a_listed_peer_is_believed_and_only_up_to_the_rightmost_stranger() {
    let settings = ["10.0.0.0/8", "2001:db8:1::/48"].map(str::to_owned).into();
    let source = ClientSource::new(ClientSettings::Proxies(ForwardedHeader::XForwardedFor, settings)).unwrap();
    let rows = [
        ("10.0.0.1", "192.0.2.1", "192.0.2.1", "a proxy's word"),
        ("203.0.113.9", "192.0.2.1", "203.0.113.9", "anybody else's"),
        ("11.0.0.1", "10.0.0.1, 192.0.2.1", "11.0.0.1", "next to the network"),
        ("10.0.0.1", "198.51.100.7, 192.0.2.1", "192.0.2.1", "what the client wrote stays left"),
        ("10.0.0.1", "198.51.100.7, 192.0.2.1, 10.0.0.2", "192.0.2.1", "two proxies"),
        ("10.0.0.1", "10.9.9.9, 192.0.2.1", "192.0.2.1", "the client claims to be a proxy"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3", "proxies only"),
        ("10.0.0.1", "192.0.2.1, garbage", "10.0.0.1", "malformed where it is read"),
        ("10.0.0.1", "garbage, 192.0.2.1", "192.0.2.1", "malformed where nobody reads"),
        ("10.0.0.1", "192.0.2.1, garbage, 10.0.0.2", "10.0.0.1", "malformed behind a proxy"),
        ("10.0.0.1", "", "10.0.0.1", "empty"),
        ("2001:db8:1::5", "2001:db8:2::1", "2001:db8:2::1", "IPv6"),
        ("::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1", "an IPv4 peer of an IPv6 socket"),
    ];
    for (peer, header, expected, what) in rows {
        assert_eq!(client(&source, Some(peer), &xff(header)).as_deref(), Some(expected), "{what}");
    }
    assert_eq!(client(&source, Some("10.0.0.1"), &[]).as_deref(), Some("10.0.0.1"), "no header");
    assert_eq!(client(&source, None, &xff("192.0.2.1")), None, "no peer");
    let other = [(FORWARDED, "for=192.0.2.1")];
    assert_eq!(client(&source, Some("10.0.0.1"), &other).as_deref(), Some("10.0.0.1"), "the other header");
    let two = [(X_FORWARDED_FOR, "198.51.100.7"), (X_FORWARDED_FOR, "192.0.2.1")];
    assert_eq!(client(&source, Some("10.0.0.1"), &two).as_deref(), Some("192.0.2.1"), "a field of the client's own");
}

#[test]
fn s55_hops_count_from_the_right() {
    use ForwardedHeader::{Forwarded, XForwardedFor};

    let at = |hops, header, value| {
        let source = ClientSource::new(ClientSettings::Hops(header, hops)).unwrap();
        let name = if header == ForwardedHeader::Forwarded { FORWARDED } else { X_FORWARDED_FOR };
        client(&source, Some("203.0.113.9"), &[(name, value)]).unwrap()
    };
    assert_eq!(at(1, XForwardedFor, "198.51.100.7, 192.0.2.1"), "192.0.2.1");
    assert_eq!(at(2, XForwardedFor, "198.51.100.7, 192.0.2.1, 10.0.0.2"), "192.0.2.1");
    assert_eq!(at(3, XForwardedFor, "192.0.2.1, 10.0.0.2"), "203.0.113.9", "too short");
    assert_eq!(at(1, XForwardedFor, "192.0.2.1, garbage"), "203.0.113.9");
    assert_eq!(at(1, Forwarded, "for=198.51.100.7, for=\"[2001:db8::1]:4711\""), "2001:db8::1");
    assert_eq!(at(1, Forwarded, "for=\", for=192.0.2.1"), "203.0.113.9");
    let source = ClientSource::new(ClientSettings::Hops(XForwardedFor, 1)).unwrap();
    assert_eq!(client(&source, None, &xff("192.0.2.1")).as_deref(), Some("192.0.2.1"), "a socket without an address");
}

#[test]
fn s55_without_a_call_no_header_counts() {
    let source = ClientSource::new(ClientSettings::Connection).unwrap();
    let fields = [(X_FORWARDED_FOR, "192.0.2.1"), (FORWARDED, "for=192.0.2.1")];
    assert_eq!(client(&source, Some("10.0.0.1"), &fields).as_deref(), Some("10.0.0.1"));
    assert_eq!(client(&source, None, &fields), None);
}
