mod anything;
mod form;
mod names;
mod times;

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::token::{Algorithm, SigningKey, TokenKey};

const NOW: u64 = 1_700_000_000;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::hs256("a shared secret of at least 32 bytes").unwrap());

static KEYS: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::new(vec![KEY.clone()], Vec::new()).unwrap());

fn policy() -> TokenPolicy {
    TokenPolicy { size_limit: 16 * 1024, leeway: 10, issuer: None, audience: None }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn verify(token: &str) -> Result<TokenClaims, Fault> {
    policy().verify(&KEYS, token.as_bytes(), at(NOW), Window::Expiry)
}

fn fault(token: &str) -> Option<Fault> {
    verify(token).err()
}

fn refresh(claims: &str, window: i64) -> Option<Fault> {
    policy().verify(&KEYS, signed(claims).as_bytes(), at(NOW), Window::Refresh(window)).err()
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of any two parts, which need not be base64, signed as they stand.
fn seal(header: &str, claims: &str) -> String {
    let text = format!("{header}.{claims}");
    let signature = encode(KEY.sign(text.as_bytes()).unwrap());
    format!("{text}.{signature}")
}

fn signed_with(header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    seal(&encode(header), &encode(claims))
}

fn signed(claims: &str) -> String {
    signed_with(HEADER, claims)
}

/// Claims of user 1 with these besides.
fn with(members: &str) -> String {
    format!(r#"{{"id":1,"exp":{}{members}}}"#, NOW + 3600)
}

fn good() -> String {
    signed(&with(""))
}

fn good_parts() -> [String; 3] {
    let token = good();
    let mut parts = token.split('.').map(str::to_owned);
    [(); 3].map(|()| parts.next().unwrap())
}
