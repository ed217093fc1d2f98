//! The `Authorization` field: any bytes, and several fields where they hold line feeds.
//!
//! Whoever is let in has sent one field, with the good token or a user-pass in it, by this target's own simple reading.
#![no_main]

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use tower_auth::AuthLayerBuilder;
use tower_auth_fuzz::{Door, tokens};

/// Without locks: a name that is too long is nobody's, its clock stands still, and the same name comes again and again.
static DOOR: LazyLock<Door> = LazyLock::new(|| Door::new(AuthLayerBuilder::without_failure_limit));
static GOOD: LazyLock<String> = LazyLock::new(tokens::good);

fuzz_target!(|data: &[u8]| {
    let fields: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    let Some(me) = request("GET", "/me", &fields) else { return };
    let reply = DOOR.send(me);
    let asked = DOOR.asked();
    if let Some(id) = reply.inner() {
        let [field] = fields[..] else { panic!("{} fields let somebody in", fields.len()) };
        assert!(is_good_token(field) || user_pass(field) == asked.last().cloned(), "{field:?} let {id} in");
    } else {
        assert!(matches!(reply.status.as_u16(), 400 | 401), "{reply:?}");
        reply.shows_nothing_of(data);
    }

    // The exchange reads the same field, and has one answer to all that is wrong.
    let exchange = request("POST", "/api/auth/token", &fields).expect("as before");
    let exchanged = DOOR.send(exchange);
    assert_eq!(exchanged.token().is_some(), reply.inner().is_some(), "two doors, two minds: {reply:?}, {exchanged:?}");
    if exchanged.token().is_none() {
        assert_eq!((exchanged.status, exchanged.body.len()), (StatusCode::FORBIDDEN, 0));
    }
    assert!(asked.len() <= 1 && DOOR.asked().len() <= 1, "one field, one question");
    DOOR.serves();
});

fn request(method: &str, path: &str, fields: &[&[u8]]) -> Option<Request<Full<Bytes>>> {
    let request = Request::builder().method(method).uri(path);
    let request = fields.iter().fold(request, |request, field| request.header("authorization", *field));
    request.body(Full::default()).ok()
}

/// What stands behind the scheme and the spaces after it.
fn behind<'a>(field: &'a [u8], scheme: &str) -> Option<&'a str> {
    let (named, rest) = std::str::from_utf8(field).ok()?.split_once(' ')?;
    named.eq_ignore_ascii_case(scheme).then(|| rest.trim_start_matches(' '))
}

fn is_good_token(field: &[u8]) -> bool {
    behind(field, "bearer") == Some(&**GOOD)
}

fn user_pass(field: &[u8]) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(behind(field, "basic")?).ok()?).ok()?;
    text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
}
