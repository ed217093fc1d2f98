//! The claims of a token: any bytes, under a good header and a signature that holds, through every door.
//!
//! What a door takes, it takes for what an ordinary reading of JSON finds in it; and the doors are of one mind.
#![no_main]

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, value::RawValue};
use tower_auth_fuzz::{
    Door, Reply,
    tokens::{self, HEADER, ISSUER, NOW},
};

/// Seconds by which the layer lets clocks differ.
const LEEWAY: f64 = 10.0;

/// For how many seconds from its `iat` a token may be refreshed.
const WINDOW: f64 = 40_320.0 * 60.0;

fuzz_target!(|data: &[u8]| {
    let door = Door::default();
    let token = tokens::signed(HEADER.as_bytes(), data);
    let guarded = door.bearer(&token);
    if let Some(id) = guarded.inner() {
        let claims = Claims::read(data);
        claims.are_addressed();
        assert_eq!(claims.subject().as_deref(), Some(id), "somebody else was let in");
        assert!(claims.time("exp").expect("required").floor() > now() - LEEWAY, "{data:?} has expired");
    } else {
        assert_eq!(guarded.status, 401, "{guarded:?}");
        guarded.shows_nothing_of(data);
    }

    let exchanged = send(&door, "POST", "/api/auth/token", &token);
    if exchanged.token().is_some() {
        assert!(guarded.inner().is_some(), "exchanged, but not good: {data:?}");
    }
    let refreshed = send(&door, "PATCH", "/tokens", &token);
    if let Some(successor) = refreshed.token() {
        let claims = Claims::read(data);
        claims.are_addressed();
        for name in ["sub", "iss", "iat", "exp", "nbf", "jti"] {
            assert!(claims.0.contains_key(name), "refreshed without {name}");
        }
        assert!(now() <= claims.time("iat").expect("required").floor() + WINDOW, "refreshed after its window");
        assert_eq!(door.bearer(&successor).inner(), claims.subject().as_deref(), "the successor is somebody else's");
    }
    let logged_out = send(&door, "DELETE", "/tokens", &token);
    assert!(logged_out.status == 204 || guarded.inner().is_none(), "it is good, and cannot log out: {logged_out:?}");
    if logged_out.status == 204 {
        assert_eq!(door.bearer(&token).status, 401, "logged out, and still let in");
        assert_eq!(send(&door, "PATCH", "/tokens", &token).token(), None, "logged out, and refreshed");
    }
    // The good token may be the one that has just logged out.
    if !is_the_good_one(data) {
        door.serves();
    }
});

fn send(door: &Door, method: &str, path: &str, token: &str) -> Reply {
    let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
    door.send(request.body(Full::<Bytes>::default()).expect("a token is ASCII"))
}

fn now() -> f64 {
    NOW as f64
}

/// A token goes by issuer, subject and `jti`.
fn is_the_good_one(data: &[u8]) -> bool {
    let jti = |data: &[u8]| serde_json::from_slice::<Value>(data).ok().map(|claims| claims["jti"].clone());
    jti(data) == jti(tokens::CLAIMS.as_bytes())
}

struct Claims<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Claims<'a> {
    fn read(data: &'a [u8]) -> Self {
        Self(serde_json::from_slice(data).expect("claims are one JSON object"))
    }

    fn get(&self, name: &str) -> Option<Value> {
        self.0.get(name).map(|raw| serde_json::from_str(raw.get()).expect("a claim that counts is JSON"))
    }

    fn time(&self, name: &str) -> Option<f64> {
        self.get(name).map(|time| time.as_f64().expect("a time is a number"))
    }

    fn subject(&self) -> Option<String> {
        match self.get("sub").or_else(|| self.get("id"))? {
            Value::String(text) => Some(text),
            Value::Number(number) => (number.is_u64() || number.is_i64()).then(|| number.to_string()),
            _ => None,
        }
    }

    /// Of the right issuer, for the right audience, and not from the future.
    fn are_addressed(&self) {
        assert_eq!(self.get("iss"), Some(Value::from(ISSUER)));
        let audience = self.get("aud").expect("required");
        let named = audience == ISSUER || audience.as_array().is_some_and(|many| many.contains(&ISSUER.into()));
        assert!(named, "for another audience: {audience}");
        for start in ["nbf", "iat"].into_iter().filter_map(|name| self.time(name)) {
            assert!(start.ceil() <= now() + LEEWAY, "from the future: {start}");
        }
    }
}
