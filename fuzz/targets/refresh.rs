//! The refresh path: any bytes that a URI may hold behind `/tokens/`, with any method that a route has there.
//!
//! What is refreshed or logged out is the good token or one that came of it, by one decoding and no more.
#![no_main]

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use tower_auth_fuzz::{Door, Reply, tokens};

fuzz_target!(|data: &[u8]| {
    let Ok(rest) = std::str::from_utf8(data) else { return };
    let door = Door::default();
    let good = tokens::good();
    // `@` stands for the good token, which no mutation would leave whole.
    let rest = rest.replace('@', &good);
    for method in ["PATCH", "DELETE", "PUT"] {
        let Some(reply) = send(&door, method, &format!("/tokens/{rest}")) else { return };
        assert_eq!(reply.inner(), None, "nobody is let in by a path: {reply:?}");
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        let meant = percent_encoding::percent_decode_str(path).decode_utf8().is_ok_and(|path| path == *good);
        assert_eq!(reply.status.is_success(), meant && method != "PUT", "{method} {rest}: {reply:?}");
        if let Some(successor) = reply.token() {
            let again = send(&door, method, &format!("/tokens/{rest}")).and_then(|reply| reply.token());
            assert_eq!(again.as_ref(), Some(&successor), "a retry gets the same successor");
            assert_eq!(door.bearer(&successor).inner(), Some("1"));
        }
        if !reply.status.is_success() {
            reply.shows_nothing_of(rest.as_bytes());
        }
    }
    assert_eq!(door.asked(), [], "nobody logged in");
});

fn send(door: &Door, method: &str, uri: &str) -> Option<Reply> {
    let request = Request::builder().method(method).uri(uri).body(Full::<Bytes>::default());
    request.ok().map(|request| door.send(request))
}
