//! Tokens whose signature is not verified again: what is judged all the same, and that nothing else comes in.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use support::*;
use tower_auth::{AuthLayer, Lookup, Rejection, RejectionKind};

/// Why the token is refused; `None` for one that lets in.
async fn refusal<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> Option<RejectionKind> {
    let reply = send(layer, bearer(token)).await;
    assert_eq!(reply.status == 200, reply.text().starts_with("inner"), "{reply:?}");
    reply.extensions.get::<Rejection>().map(Rejection::kind)
}

fn token(claims: &str) -> String {
    hs256(HEADER, claims)
}

#[tokio::test]
async fn s63_a_token_that_is_known_still_expires() {
    let clock = ManualClock::at(NOW);
    let layer = builder().clock(clock.clone()).leeway(secs(0)).build(find_in(users())).unwrap();
    let token = token(&format!(r#"{{"id":1,"exp":{}}}"#, NOW + 10));
    for (later, kind) in [(0, None), (9, None), (10, Some(RejectionKind::ExpiredToken)), (9, None)] {
        clock.set(NOW + later);
        assert_eq!(refusal(&layer, &token).await, kind, "{later}");
    }
}

#[tokio::test]
async fn s63_a_clock_that_goes_back_finds_a_known_token_early() {
    let clock = ManualClock::at(NOW);
    let layer = builder().clock(clock.clone()).leeway(secs(0)).build(find_in(users())).unwrap();
    for start in [r#""nbf""#, r#""iat""#] {
        // A fraction of a second is a second that has not begun.
        let token = token(&format!(r#"{{"id":1,{start}:{}.5,"exp":{}}}"#, NOW - 10, NOW + 10));
        for (earlier, kind) in [(0, None), (9, None), (10, Some(RejectionKind::EarlyToken)), (9, None)] {
            clock.set(NOW - earlier);
            assert_eq!(refusal(&layer, &token).await, kind, "{start} {earlier}");
        }
        clock.set(NOW);
    }
}

#[tokio::test]
async fn s63_a_token_that_is_known_is_revoked_at_once() {
    let layer = builder().build(find_in(users())).unwrap();
    let others = token(&format!(r#"{{"id":1,"iat":{NOW},"exp":{}}}"#, NOW + 3601));
    assert_eq!((refusal(&layer, &good_token()).await, refusal(&layer, &others).await), (None, None));
    layer.revoke(&good_token()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(refusal(&layer, &good_token()).await, Some(RejectionKind::RevokedToken));
        assert_eq!(refusal(&layer, &others).await, None);
    }
    layer.revoke_user(1).await.unwrap();
    assert_eq!(refusal(&layer, &others).await, Some(RejectionKind::SupersededToken));
}

#[tokio::test]
async fn s33_s63_the_user_of_a_token_that_is_known_is_looked_up() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let gone = std::sync::Arc::new(AtomicBool::new(false));
    let is_gone = std::sync::Arc::clone(&gone);
    let (everybody, nobody) = (find_in(users()), find_in(Vec::new()));
    let find = move |query| if is_gone.load(Ordering::SeqCst) { nobody(query) } else { everybody(query) };
    let layer = builder().build(find).unwrap();
    assert_eq!(refusal(&layer, &good_token()).await, None);
    gone.store(true, Ordering::SeqCst);
    assert_eq!(refusal(&layer, &good_token()).await, Some(RejectionKind::UnknownUser));
}

#[tokio::test]
async fn a_ticket_is_known_as_no_token_and_a_token_as_no_ticket() {
    let layer = builder().tickets("/ticket").build(find_in(users())).unwrap();
    let given = authorized(request("POST", "/ticket"), &format!("Bearer {}", good_token()));
    let ticket = send(&layer, given).await.json()["ticket"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        assert!(refusal(&layer, &ticket).await.is_some());
    }
    let opening = |ticket: &str| {
        let mut request = request("GET", &format!("/me?ticket={ticket}"));
        for (name, value) in [("connection", "upgrade"), ("upgrade", "websocket")] {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        request
    };
    assert_eq!(send(&layer, opening(&good_token())).await.status, 401);
    assert_eq!(send(&layer, opening(&ticket)).await.status, 200);
    assert_eq!(send(&layer, opening(&ticket)).await.status, 401, "once");
}

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// A few good tokens, and what is nearly one.
fn mutated(tokens: &[String], numbers: &mut Numbers) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/~ ";
    let mut token = tokens[numbers.below(tokens.len())].clone().into_bytes();
    for _ in 0..numbers.below(3) {
        let at = numbers.below(token.len());
        match numbers.below(6) {
            0 => token[at] = LETTERS[numbers.below(LETTERS.len())],
            1 => drop(token.remove(at)),
            2 => token.insert(at, LETTERS[numbers.below(LETTERS.len())]),
            3 => token.truncate(at.max(1)),
            // The signature of another.
            4 => {
                let other = tokens[numbers.below(tokens.len())].as_bytes();
                let dot = |token: &[u8]| token.iter().rposition(|byte| *byte == b'.').unwrap_or(0);
                token.truncate(dot(&token));
                token.extend_from_slice(&other[dot(other)..]);
            }
            _ => token.make_ascii_lowercase(),
        }
        if token.is_empty() {
            token.push(b'x');
        }
    }
    String::from_utf8(token).unwrap()
}

#[tokio::test]
async fn s63_a_hundred_thousand_mutated_tokens_are_judged_alike_with_and_without() {
    let clock = ManualClock::at(NOW);
    let builder = || builder().clock(clock.clone()).claims_only().leeway(secs(0));
    // So small that tokens come and go.
    let cached = builder().token_cache(64, 64 * 1024).build(find_in(users())).unwrap();
    let plain = builder().without_token_cache().build(find_in(users())).unwrap();
    let claims = |number: u64| match number % 4 {
        0 => format!(r#"{{"id":{number},"exp":{}}}"#, NOW + number),
        1 => format!(r#"{{"id":{number},"iat":{},"exp":{}}}"#, NOW + number, NOW + 100),
        2 => format!(r#"{{"sub":"{number}","nbf":{}.5,"exp":{}}}"#, NOW + number, NOW + 100),
        _ => format!(r#"{{"sub":{number},"jti":"{number}","iss":"x","exp":{}}}"#, NOW + 100),
    };
    let tokens: Vec<_> = (0..100).map(|number| token(&claims(number))).collect();
    let (mut numbers, mut admitted) = (Numbers(7), 0);
    for round in 0..100_000 {
        match round % 500 {
            0 => clock.set(NOW + numbers.below(120) as u64),
            250 => {
                let revoked = &tokens[numbers.below(tokens.len())];
                let both = (cached.revoke(revoked).await.unwrap(), plain.revoke(revoked).await.unwrap());
                assert_eq!(both.0, both.1);
            }
            _ => {}
        }
        let token = mutated(&tokens, &mut numbers);
        let (one, other) = (send(&cached, bearer(&token)).await, send(&plain, bearer(&token)).await);
        let kind = |reply: &Reply| reply.extensions.get::<Rejection>().map(Rejection::kind);
        assert_eq!((one.status, kind(&one), &one.body), (other.status, kind(&other), &other.body), "{token}");
        admitted += usize::from(one.status == 200);
    }
    assert!(admitted > 5_000, "{admitted} came in: that compares nothing");
}
