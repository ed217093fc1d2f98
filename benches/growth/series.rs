//! What grows, and a request walked at each of its sizes.

use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, Request, Uri, header::AUTHORIZATION};
use http_body_util::Full;
use sha2::Sha256;
use tower::{Layer, Service};
use tower_auth::{
    Account, Algorithm, Auth, AuthLayer, AuthLayerBuilder, Lookup, Query, SigningKey, Timestamp, VerifyingKey,
    dialect::AuthToken,
    store::{MemorySessions, SessionStore, TokenKey},
};

use super::paths::{Asked, Inner};

pub(crate) type Walk = Box<dyn FnMut() + Send>;

pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) cases: &'static [&'static str],
    pub(crate) sizes: &'static [usize],
    /// A case at a size, already walked once.
    pub(crate) make: fn(&str, usize) -> Walk,
}

pub(crate) static SERIES: [Series; 4] = [
    Series {
        name: "token bytes",
        cases: &["verified", "known"],
        sizes: &[200, 512, 1024, 2048, 4096, 8192],
        make: token_bytes,
    },
    Series {
        name: "keys",
        cases: &["verified with kid", "verified without kid by the first", "verified without kid by the last", "known"],
        sizes: &[1, 3, 10, 30, 100],
        make: keys,
    },
    Series {
        name: "rules",
        cases: &["public literal", "public with a parameter", "guarded known"],
        sizes: &[4, 10, 30, 100, 300, 1000],
        make: rules,
    },
    Series { name: "revoked tokens", cases: &["known"], sizes: &[0, 1_000, 10_000, 100_000, 1_000_000], make: revoked },
];

fn secret(number: usize) -> String {
    format!("secret {number} of thirty-two bytes, and then some")
}

pub(crate) fn builder() -> AuthLayerBuilder {
    bare().key(SigningKey::hs256(secret(0)).unwrap())
}

/// Without a key.
fn bare() -> AuthLayerBuilder {
    AuthLayer::builder().without(AuthToken::NAME).without_rate_limits().claims_only()
}

pub(crate) fn find() -> impl Lookup {
    let user = Arc::new(7_u64);
    move |_: Query| -> Ready<Result<_, Infallible>> { ready(Ok(Some(Account::shared(1, Arc::clone(&user))))) }
}

fn token_bytes(case: &str, size: usize) -> Walk {
    let builder = if case == "known" { builder() } else { builder().without_token_cache() };
    walk(builder, "/me", Some(&token(0, None, size)))
}

/// The last of so many keys signed.
fn keys(case: &str, number: usize) -> Walk {
    let name = |key: usize| format!("key-{key}");
    let key = |key: usize| VerifyingKey::secret(Algorithm::Hs256, secret(key)).unwrap().key_id(name(key));
    let signing = SigningKey::hs256(secret(0)).unwrap().key_id(name(0));
    let builder = bare().key(signing).verifying_keys((1..number).map(key));
    let builder = if case == "known" { builder } else { builder.without_token_cache() };
    let signer = if case.contains("first") { 0 } else { number - 1 };
    let key_id = (!case.contains("without")).then(|| name(signer));
    walk(builder, "/me", Some(&token(signer, key_id.as_deref(), 0)))
}

/// Half of the rules have a parameter.
fn rules(case: &str, number: usize) -> Walk {
    let rule = |number: usize| match number % 2 {
        0 => format!("/pages/{number}"),
        _ => format!("/items/{number}/{{id}}"),
    };
    let builder = (0..number).fold(builder(), |builder, number| builder.public(rule(number)));
    match case {
        "public literal" => walk(builder, &format!("/pages/{}", number - 2), None),
        "public with a parameter" => walk(builder, &format!("/items/{}/7", number - 1), None),
        _ => walk(builder, "/me", Some(&token(0, None, 0))),
    }
}

fn revoked(_: &str, number: usize) -> Walk {
    let sessions = MemorySessions::with_capacity(number.max(1));
    let now = Timestamp::from_unix_seconds(now());
    for number in 0..number as u128 {
        // As well mixed as digests are.
        let key = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let revoking =
            sessions.revoke(TokenKey::from_bytes(key.to_be_bytes()), now, now + std::time::Duration::from_secs(7200));
        assert!(matches!(poll_once(revoking), Some(Ok(()))));
    }
    walk(builder().session_store(sessions), "/me", Some(&token(0, None, 0)))
}

/// A layer that knows a token again.
pub(crate) fn known() -> AuthLayer<impl Lookup> {
    builder().build(find()).unwrap()
}

pub(crate) fn walk_through(layer: &AuthLayer<impl Lookup>) -> Walk {
    walk_service(layer.layer(Inner), "/me", Some(&token(0, None, 0)))
}

fn walk(builder: AuthLayerBuilder, path: &str, token: Option<&str>) -> Walk {
    walk_service(builder.build(find()).unwrap().layer(Inner), path, token)
}

/// A request through it, made anew each time.
fn walk_service(mut service: Auth<Inner, impl Lookup>, path: &str, token: Option<&str>) -> Walk {
    let (uri, token) = (path.parse().unwrap(), token.map(|token| format!("Bearer {token}").parse().unwrap()));
    let mut walk = move || {
        let answer = poll_once(service.call(request(&uri, token.as_ref()))).expect("nothing here has to wait");
        assert_eq!(answer.unwrap().status(), 200);
    };
    walk();
    Box::new(walk)
}

pub(crate) fn request(uri: &Uri, authorization: Option<&HeaderValue>) -> Asked {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = uri.clone();
    if let Some(value) = authorization {
        request.headers_mut().insert(AUTHORIZATION, value.clone());
    }
    request
}

fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// A token of about so many bytes, signed with this secret.
pub(crate) fn token(key: usize, key_id: Option<&str>, size: usize) -> String {
    let key_id = key_id.map(|key_id| format!(",\"kid\":\"{key_id}\"")).unwrap_or_default();
    let header = URL_SAFE_NO_PAD.encode(format!("{{\"alg\":\"HS256\",\"typ\":\"JWT\"{key_id}}}"));
    let plain = format!("{{\"id\":\"64a6988ec0ecacbdf40ecf50\",\"iat\":{},\"exp\":{}", now(), now() + 3600);
    // Base64 has four characters for three bytes, and the signature 43.
    let room = (size.saturating_sub(header.len() + 45) / 4 * 3).saturating_sub(plain.len() + 10);
    let padded = if size > 200 { format!("{plain},\"pad\":\"{}\"}}", "x".repeat(room)) } else { format!("{plain}}}") };
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(padded));
    let mac: Hmac<Sha256> = Hmac::new_from_slice(secret(key).as_bytes()).unwrap();
    let signature = mac.chain_update(&signed).finalize().into_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
