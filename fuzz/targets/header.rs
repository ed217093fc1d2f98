//! The header of a token: any bytes, with good claims, and a signature by the layer's key for HS256.
//!
//! A token that is let in has a header of HS256, of a known type, with nothing critical, by an ordinary reading of JSON.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use tower_auth_fuzz::{Door, tokens};

static DOOR: LazyLock<Door> = LazyLock::new(Door::default);

fuzz_target!(|data: &[u8]| {
    let token = tokens::signed(data, tokens::CLAIMS.as_bytes());
    let reply = DOOR.bearer(&token);
    if reply.inner().is_some() {
        let header: Map<String, Value> = serde_json::from_slice(data).expect("a header is one JSON object");
        assert_eq!(header.get("alg"), Some(&Value::from("HS256")), "another algorithm than the key's: {header:?}");
        assert!(header.get("typ").is_none_or(is_jwt), "{header:?}");
        assert!(!header.contains_key("crit") && !header.contains_key("zip"), "{header:?}");
        assert!(header.get("b64").is_none_or(|b64| *b64 == true), "{header:?}");
        assert!(header.get("kid").is_none_or(|kid| kid.as_str().is_some_and(|kid| kid.len() <= 128)), "{header:?}");
    } else {
        assert_eq!(reply.status, 401, "{reply:?}");
        reply.shows_nothing_of(data);
    }
    DOOR.serves();
});

fn is_jwt(typ: &Value) -> bool {
    let typ = typ.as_str().unwrap_or("no text").to_ascii_lowercase();
    ["jwt", "at+jwt"].contains(&typ.strip_prefix("application/").unwrap_or(&typ))
}
