//! Basic: any bytes as a user-pass, in well-formed base64.
//!
//! Whoever is let in was looked up by exactly the text before and behind the first colon.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tower_auth_fuzz::{Door, door::BLOCKED, tokens};

static DOOR: LazyLock<Door> = LazyLock::new(Door::default);

fuzz_target!(|data: &[u8]| {
    let reply = DOOR.authorized(tokens::basic(data).as_bytes()).expect("base64 is ASCII");
    let asked = DOOR.asked();
    let halves = std::str::from_utf8(data).ok().and_then(|text| text.split_once(':'));
    let usable = halves.filter(|(name, password)| {
        !name.is_empty() && !password.is_empty() && !data.iter().any(u8::is_ascii_control) && name.len() <= 255
    });
    // Of the control characters, those beyond ASCII are left to the layer.
    let beyond = halves.is_some_and(|_| std::str::from_utf8(data).is_ok_and(|text| text.chars().any(char::is_control)));
    match usable.filter(|_| !beyond) {
        Some((name, password)) => {
            assert_eq!(asked, [(name.to_owned(), password.to_owned())]);
            assert_eq!(reply.inner().is_some(), name != BLOCKED, "{reply:?}");
        }
        None => {
            assert_eq!(asked, [], "a question about what is no user-pass");
            assert_eq!(reply.inner(), None, "{reply:?}");
        }
    }
    reply.shows_nothing_of(data);
    DOOR.serves();
});
