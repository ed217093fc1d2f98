//! A body, sent to every contract that reads one.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;

use crate::Door;

/// The routes that read a body, with the members they read.
pub const FORMS: [(&str, &str); 3] = [("/auth/local", "identifier"), ("/login", "username"), ("/tokens", "login")];

/// Sends `body` to each route that reads one. Where a user was looked up, name and password have to be among what `said`
/// finds in the body under a member's name.
pub fn send(door: &Door, content_type: &str, body: &[u8], said: impl Fn(&[u8], &str) -> Vec<String>) {
    for (path, member) in FORMS {
        let request = Request::post(path).header("content-type", content_type);
        let reply = door.send(request.body(Full::new(Bytes::copy_from_slice(body))).expect("a request"));
        assert_eq!(reply.inner(), None, "a login is no business of the inner service's");
        let asked = door.asked();
        assert!(asked.len() <= 1, "one login, one question: {asked:?}");
        assert!(!asked.is_empty() || reply.token().is_none(), "a token for nobody: {reply:?}");
        for (name, password) in asked {
            let is_meant = |typed: &String| match path {
                "/tokens" => name == typed.trim(),
                // That contract takes an e-mail address in lower case.
                "/auth/local" if typed.contains('@') => name == typed.to_lowercase() || name == *typed,
                _ => name == *typed,
            };
            let typed = said(body, member);
            assert!(typed.iter().any(is_meant), "{name:?} is not what was typed at {path}: {typed:?}");
            let typed = said(body, "password");
            assert!(typed.contains(&password), "{password:?} is not what was typed at {path}: {typed:?}");
            assert!(!name.is_empty() && !password.is_empty(), "nothing is no credential");
        }
        if reply.token().is_none() {
            reply.shows_nothing_of(body);
        }
    }
    door.serves();
}
