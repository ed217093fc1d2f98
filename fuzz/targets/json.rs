//! A login's body of JSON: any bytes.
//!
//! Whoever is looked up is who an ordinary reading of JSON finds in it, of text members that stand there once.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use tower_auth_fuzz::{Door, forms};

static DOOR: LazyLock<Door> = LazyLock::new(Door::default);

fuzz_target!(|data: &[u8]| forms::send(&DOOR, "application/json", data, |body, member| {
    let members: Option<Map<String, Value>> = serde_json::from_slice(body).ok();
    let text = members.as_ref().and_then(|members| members.get(member)?.as_str());
    text.map(str::to_owned).into_iter().collect()
}));
