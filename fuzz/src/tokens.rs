//! Tokens that are signed with the layer's key, whatever they say.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};

/// The layer's key.
pub const SECRET: &str = "the secret of the fuzzed layer, at least thirty-two bytes";

/// The moment at which the layer's clock stands.
pub const NOW: u64 = 1_700_000_000;

/// The issuer and the audience that the layer asks for.
pub const ISSUER: &str = "fuzz";

/// A header that the layer's own tokens have.
pub const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// Claims that every door takes.
pub const CLAIMS: &str = r#"{"sub":1,"iss":"fuzz","aud":"fuzz","iat":1700000000,"exp":1700003600,"nbf":1700000000,"jti":"abcdefghij012345"}"#;

/// A token with this header and these claims, and a signature that holds if the header names HS256.
pub fn signed(header: &[u8], claims: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mac =
        Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length will do").chain_update(&signed);
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// The token that every door takes.
pub fn good() -> String {
    signed(HEADER.as_bytes(), CLAIMS.as_bytes())
}

/// The `exp` of a token of the layer's own.
pub fn expires_at(token: &str) -> u64 {
    let claims = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).expect("a token");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("claims");
    claims["exp"].as_u64().expect("a time")
}

/// The `Authorization` field of Basic.
pub fn basic(user_pass: &[u8]) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(user_pass))
}
