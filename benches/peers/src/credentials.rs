//! The keys, and tokens good and bad, in every process the same.

use std::{
    fs,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RsaKeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub const SECRET: &str = "a secret of thirty-two bytes, and then some";
pub const PASSWORD: &str = "correct horse";
pub const BASIC: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2U=";
pub const WRONG_BASIC: &str = "Basic YWRhOmNvcnJlY3QgaG9yc2E=";

/// What every peer is asked to read.
#[derive(Clone, Deserialize, Serialize)]
pub struct Claims {
    pub id: String,
    pub iat: u64,
    pub exp: u64,
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// With these, an HS256 token is 171 characters long.
pub fn claims() -> Value {
    json!({ "id": "64a6988ec0ecacbdf40ecf50", "iat": now(), "exp": now() + 3600 })
}

pub fn header(algorithm: Algorithm, key_id: Option<&str>) -> Header {
    let mut header = Header::new(algorithm);
    header.kid = key_id.map(Into::into);
    header
}

/// Signed with the shared secret or the private key, as the header says.
pub fn sign(header: &Header, claims: &Value) -> String {
    let key = match header.alg {
        Algorithm::HS256 => EncodingKey::from_secret(SECRET.as_bytes()),
        _ => EncodingKey::from_rsa_pem(Rsa::load().private_pem.as_bytes()).unwrap(),
    };
    encode(header, claims, &key).unwrap()
}

/// An HS256 token, part for part as it is given.
pub fn sign_text(header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{signed}.{signature}")
}

/// The same token with another signature.
pub fn altered(token: &str) -> String {
    let at = token.len() - 5;
    let other = if &token[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

/// A key pair of 2048 bits, made once and kept beside the build, so that every process has the same.
pub struct Rsa {
    pub private_pem: String,
    pub public_pem: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

impl Rsa {
    pub fn load() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/rsa-2048.der");
        if !file.exists() {
            let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
            let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
            fs::write(&file, der.as_ref()).unwrap();
        }
        let private = fs::read(&file).unwrap();
        let pair = RsaKeyPair::from_pkcs8(&private).unwrap();
        let public = pair.public_key();
        let spki: PublicKeyX509Der<'_> = public.as_der().unwrap();
        Self {
            private_pem: pem("PRIVATE KEY", &private),
            public_pem: pem("PUBLIC KEY", spki.as_ref()),
            modulus: public.modulus().big_endian_without_leading_zero().to_vec(),
            exponent: public.exponent().big_endian_without_leading_zero().to_vec(),
        }
    }

    pub fn jwk(&self) -> Value {
        let [n, e] = [&self.modulus, &self.exponent].map(|number| URL_SAFE_NO_PAD.encode(number));
        json!({ "kty": "RSA", "alg": "RS256", "n": n, "e": e })
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let lines: Vec<String> =
        STANDARD.encode(der).as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
