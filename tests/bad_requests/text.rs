//! Between `«` and `»` stands what cannot be read as it is, or would be long; everything else is sent as it stands.
//!
//! | | is sent as |
//! |---|---|
//! | `¶` | CR LF |
//! | `«»` | nothing |
//! | `«sp»`, `«x 00 ff»` | a space at an end; bytes in hexadecimal |
//! | `«times 3 ab»` | `ababab` |
//! | `«base64 …»`, `«base64url …»` | it encoded, the second without padding |
//! | `«length»` | the bytes of the body |
//! | `«case»` | the case, in its block |
//! | `«token»`, `«refreshable»` | good ones |
//! | `«head»`, `«body»`, `«signature»` | the encoded parts of `«token»` |
//! | `«header»`, `«claims»` | the JSON of its first two |
//! | `«hs256 HEADER . CLAIMS»`, `«hs384 …»`, `«rs256 …»`, `«es256 …»`, `«eddsa …»` | a token of these, signed by the key of `tests/support` |
//! | `«mac KEY ; HEADER . CLAIMS»` | the same, by HMAC-SHA256 with that key |
//! | `«public pem»`, `«public der»` | the public RSA key, and base64 of its DER |

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{EncodingKey, crypto::aws_lc::DEFAULT_PROVIDER};

use super::support::{ED_PEM, HEADER, NOW, P256_PEM, RSA_PEM, RSA_PUBLIC, SECRET, good_token, refreshable_token};

/// The bytes of a request.
pub fn request(template: &str, case: &str) -> Vec<u8> {
    let whole = template.replace("«case»", case);
    let body = whole.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let length = expand(body).len().to_string();
    expand(&whole.replace("«length»", &length))
}

fn expand(text: &str) -> Vec<u8> {
    let mut rest = text;
    let mut bytes = Vec::new();
    while let Some(open) = rest.find(['«', '¶']) {
        bytes.extend(&rest.as_bytes()[..open]);
        rest = &rest[open..];
        if let Some(behind) = rest.strip_prefix('¶') {
            bytes.extend(b"\r\n");
            rest = behind;
            continue;
        }
        let close = matching(rest);
        bytes.extend(value(&rest['«'.len_utf8()..close]));
        rest = &rest[close + '»'.len_utf8()..];
    }
    bytes.extend(rest.as_bytes());
    bytes
}

/// Where the `»` stands that closes the `«` at the beginning.
fn matching(text: &str) -> usize {
    let mut depth = 0;
    for (at, mark) in text.char_indices() {
        match mark {
            '«' => depth += 1,
            '»' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("{text} is not closed");
}

fn value(text: &str) -> Vec<u8> {
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    match (name, rest) {
        ("", "") => Vec::new(),
        ("sp", "") => b" ".to_vec(),
        ("x", digits) => digits.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect(),
        ("times", rest) => {
            let (times, what) = rest.split_once(' ').unwrap();
            expand(what).repeat(times.parse().unwrap())
        }
        ("base64", what) => STANDARD.encode(expand(what)).into(),
        ("base64url", what) => URL_SAFE_NO_PAD.encode(expand(what)).into(),
        ("token", "") => good_token().into(),
        ("refreshable", "") => refreshable_token(NOW).into(),
        ("head", "") => part(0),
        ("body", "") => part(1),
        ("signature", "") => part(2),
        ("header", "") => HEADER.into(),
        ("claims", "") => claims().into(),
        ("public", "pem") => RSA_PUBLIC.into(),
        ("public", "der") => RSA_PUBLIC.lines().filter(|line| !line.starts_with('-')).collect::<String>().into(),
        ("mac", rest) => {
            let (key, token) = rest.split_once(" ; ").unwrap();
            signed(token, |signed| hmac(&expand(key), signed))
        }
        ("hs256", token) => signed(token, |signed| hmac(SECRET.as_bytes(), signed)),
        ("hs384", token) => signed(token, |signed| {
            let mac = Hmac::<sha2::Sha384>::new_from_slice(SECRET.as_bytes()).unwrap();
            mac.chain_update(signed).finalize().into_bytes().to_vec()
        }),
        ("rs256", token) => by(token, jsonwebtoken::Algorithm::RS256, EncodingKey::from_rsa_pem(RSA_PEM.as_bytes())),
        ("es256", token) => by(token, jsonwebtoken::Algorithm::ES256, EncodingKey::from_ec_pem(P256_PEM.as_bytes())),
        ("eddsa", token) => by(token, jsonwebtoken::Algorithm::EdDSA, EncodingKey::from_ed_pem(ED_PEM.as_bytes())),
        _ => panic!("«{text}» stands for nothing"),
    }
}

fn claims() -> String {
    format!(r#"{{"id":1,"iat":{NOW},"exp":{}}}"#, NOW + 3600)
}

fn part(number: usize) -> Vec<u8> {
    good_token().split('.').nth(number).unwrap().into()
}

fn hmac(key: &[u8], signed: &[u8]) -> Vec<u8> {
    let mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.chain_update(signed).finalize().into_bytes().to_vec()
}

/// `HEADER . CLAIMS` as a token.
fn signed(token: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (header, claims) = token.split_once(" . ").unwrap();
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(expand(part)));
    let signed = format!("{header}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}").into()
}

fn by(token: &str, algorithm: jsonwebtoken::Algorithm, key: jsonwebtoken::errors::Result<EncodingKey>) -> Vec<u8> {
    let signer = (DEFAULT_PROVIDER.signer_factory)(&algorithm, &key.unwrap()).unwrap();
    signed(token, |signed| signer.try_sign(signed).unwrap())
}
