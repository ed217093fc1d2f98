//! The token: any text, through every door that takes one.
//!
//! No text but the good token is let in: whoever finds another has forged one.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use tower_auth_fuzz::{Door, Reply, tokens};

static DOOR: LazyLock<Door> = LazyLock::new(Door::default);
static GOOD: LazyLock<String> = LazyLock::new(tokens::good);

/// Every door that takes a token as Bearer.
const DOORS: [(&str, &str); 4] =
    [("GET", "/me"), ("POST", "/api/auth/token"), ("PATCH", "/tokens"), ("POST", "/auth/logout")];

fuzz_target!(|data: &[u8]| {
    let Ok(token) = std::str::from_utf8(data) else { return };
    // RFC 9110 §11.4: one space or more stand before it.
    let is_good = token.trim_start_matches(' ') == *GOOD;
    // The good one would be refreshed, and is what has to be let in afterwards.
    let doors = if is_good { &DOORS[..2] } else { &DOORS[..] };
    for (method, path) in doors {
        let Some(reply) = send(method, path, token) else { return };
        let taken = reply.inner().is_some() || reply.status.is_success();
        assert_eq!(taken, is_good, "{method} {path}: {reply:?}");
        if !taken {
            reply.shows_nothing_of(data);
        }
    }
    assert_eq!(DOOR.asked(), [], "nobody logged in");
    DOOR.serves();
});

fn send(method: &str, path: &str, token: &str) -> Option<Reply> {
    let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
    request.body(Full::<Bytes>::default()).ok().map(|request| DOOR.send(request))
}
