//! Tokens as somebody else verifies them: `openssl` for the signature, and the claims that the old system's library asks for.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// The claims of a token that the old secret signed.
pub fn hs256(secret: &str, token: &str) -> Value {
    let [header, claims, signature] = parts(token);
    let key: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let arguments = ["dgst", "-sha256", "-mac", "HMAC", "-macopt", &format!("hexkey:{key}"), "-binary"];
    let digest = run(&arguments, &format!("{header}.{claims}"));
    assert_eq!(URL_SAFE_NO_PAD.encode(digest), signature, "not signed with the old secret");
    decoded(header, "HS256", claims)
}

/// The claims of a token that the private half of a public key in DER signed.
pub fn rs256(public_key: &str, token: &str) -> Value {
    let [header, claims, signature] = parts(token);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let path = file.path().to_str().unwrap();
    let arguments = ["dgst", "-sha256", "-verify", public_key, "-keyform", "DER", "-signature", path];
    assert_eq!(run(&arguments, &format!("{header}.{claims}")), b"Verified OK\n");
    decoded(header, "RS256", claims)
}

fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap()
}

fn decoded(header: &str, algorithm: &str, claims: &str) -> Value {
    let decode = |part| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    assert_eq!(decode(header)["alg"], algorithm);
    decode(claims)
}

fn run(arguments: &[&str], input: &str) -> Vec<u8> {
    let (stdin, stdout) = (Stdio::piped(), Stdio::piped());
    let mut openssl = Command::new("openssl").args(arguments).stdin(stdin).stdout(stdout).spawn().unwrap();
    openssl.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = openssl.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}
