//! The header of a token: any bytes, with good claims, and a signature by the layer's key for HS256.
//!
//! A token that is let in has a header of HS256, of a known type, with nothing critical, by an ordinary reading of JSON.
#![no_main]

use std::{collections::BTreeMap, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, value::RawValue};
use tower_auth_fuzz::{Door, tokens};

static DOOR: LazyLock<Door> = LazyLock::new(Door::default);

fuzz_target!(|data: &[u8]| {
    let token = tokens::signed(data, tokens::CLAIMS.as_bytes());
    let reply = DOOR.bearer(&token);
    if reply.inner().is_some() {
        let header: BTreeMap<String, &RawValue> = serde_json::from_slice(data).expect("a header is one JSON object");
        // What is ignored may hold half of a surrogate pair, which no text does (RFC 8259 §8.2).
        let get =
            |name| header.get(name).map(|raw| serde_json::from_str::<Value>(raw.get()).expect("what counts is text"));
        assert_eq!(get("alg"), Some(Value::from("HS256")), "another algorithm than the key's: {header:?}");
        assert!(get("typ").is_none_or(|typ| is_jwt(&typ)), "{header:?}");
        assert!(!header.contains_key("crit") && !header.contains_key("zip"), "{header:?}");
        assert!(get("b64").is_none_or(|b64| b64 == true), "{header:?}");
        assert!(get("kid").is_none_or(|kid| kid.as_str().is_some_and(|kid| kid.len() <= 128)), "{header:?}");
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
