//! A login's body of `multipart/form-data`: any bytes, with the boundary `B`.
//!
//! Whoever is looked up stands in the body as a part of that name, byte for byte.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use memchr::memmem;
use tower_auth_fuzz::{Door, forms};

static DOOR: LazyLock<Door> = LazyLock::new(Door::default);

fuzz_target!(|data: &[u8]| {
    forms::send(&DOOR, "multipart/form-data; boundary=B", data, texts);
});

/// The texts of parts whose head has this name in it: what stands between the end of a head and the next boundary.
fn texts(body: &[u8], member: &str) -> Vec<String> {
    let body = [b"\r\n", body].concat();
    let starts: Vec<usize> = memmem::find_iter(&body, b"\r\n--B").collect();
    let parts = starts.windows(2).map(|pair| &body[pair[0]..pair[1]]);
    let texts = parts.filter_map(|part| {
        let end = memmem::find(part, b"\r\n\r\n")?;
        let named = memmem::find(&part[..end], member.as_bytes()).is_some();
        named.then(|| std::str::from_utf8(&part[end + 4..]).ok().map(str::to_owned))?
    });
    texts.collect()
}
