//! A login's body of `application/x-www-form-urlencoded`: any bytes.
//!
//! Whoever is looked up is who the URL standard's parser finds in it, of members that stand there once.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tower_auth_fuzz::{Door, forms};

static DOOR: LazyLock<Door> = LazyLock::new(Door::default);

fuzz_target!(|data: &[u8]| forms::send(&DOOR, "application/x-www-form-urlencoded", data, |body, member| {
    let values = form_urlencoded::parse(body).filter(|(name, _)| name == member).map(|(_, value)| value.into_owned());
    // A member that stands there twice is nobody's.
    Some(values.collect::<Vec<_>>()).filter(|values| values.len() == 1).unwrap_or_default()
}));
