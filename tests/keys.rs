//! Keys and algorithms through the door: what each signs is admitted, and nothing else is.
#![cfg(any(feature = "aws-lc-rs", feature = "rust-crypto"))]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines
)]

mod support;

use std::sync::Arc;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{DecodingKey, EncodingKey, crypto::CryptoProvider};
use serde_json::{Value, json};
use support::*;
use tower_auth::{
    Algorithm, AuthLayer, AuthLayerBuilder, BuildErrorKind, Lookup, Rejection, RejectionKind, SigningKey, VerifyingKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
    store::MemorySessions,
};

const ALGORITHMS: [Algorithm; 12] = [
    Algorithm::Hs256,
    Algorithm::Hs384,
    Algorithm::Hs512,
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];

/// A private key of the family, as PEM, and its public half; none for the HMAC algorithms.
fn pems(algorithm: Algorithm) -> Option<(&'static str, &'static str)> {
    match algorithm {
        Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => None,
        Algorithm::Es256 => Some((P256_PEM, P256_PUBLIC)),
        Algorithm::Es384 => Some((P384_PEM, P384_PUBLIC)),
        Algorithm::EdDsa => Some((ED_PEM, ED_PUBLIC)),
        _ => Some((RSA_PEM, RSA_PUBLIC)),
    }
}

fn signing(algorithm: Algorithm) -> SigningKey {
    match pems(algorithm) {
        Some((private, _)) => SigningKey::pem(algorithm, private).unwrap(),
        None => SigningKey::secret(algorithm, SECRET).unwrap(),
    }
}

fn verifying(algorithm: Algorithm) -> VerifyingKey {
    match pems(algorithm) {
        Some((_, public)) => VerifyingKey::pem(algorithm, public).unwrap(),
        None => VerifyingKey::secret(algorithm, SECRET).unwrap(),
    }
}

/// One contract, `auth_local`, over these keys.
fn layer_of(
    contract: AuthLocal,
    signing: &[SigningKey],
    verifying: &[VerifyingKey],
) -> AuthLayer<impl Lookup<User = User> + use<>> {
    let builder = AuthLayer::builder()
        .without(Login::NAME)
        .without(AuthToken::NAME)
        .without(Tokens::NAME)
        .dialect(contract)
        .clock(ManualClock::at(NOW))
        .without_rate_limits()
        .verifying_keys(verifying.iter().cloned());
    signing.iter().fold(builder, |builder, key| builder.key(key.clone())).build(find_in(users())).unwrap()
}

/// The keys of a set that nobody publishes.
fn ours(set: &Value) -> Vec<VerifyingKey> {
    VerifyingKey::jwk_set(&set.to_string()).unwrap().into_iter().map(VerifyingKey::dangerous_any_audience).collect()
}

/// Signs no token of these tests; a layer has to have one that signs.
fn unrelated() -> SigningKey {
    let secret = "a secret that signs no token in these tests, and is sixty-four bytes long";
    SigningKey::secret(Algorithm::Hs512, secret).unwrap()
}

/// A layer that verifies with these keys, one of which at least has a name.
fn verifier(keys: &[VerifyingKey]) -> AuthLayer<impl Lookup<User = User> + use<>> {
    layer_of(AuthLocal::new().algorithm(Algorithm::Hs512), &[unrelated().key_id("unrelated")], keys)
}

/// A layer that verifies with these keys and adds none with a name.
fn nameless_verifier(keys: &[VerifyingKey]) -> AuthLayer<impl Lookup<User = User> + use<>> {
    layer_of(AuthLocal::new().algorithm(Algorithm::Hs512), &[unrelated()], keys)
}

async fn login<L: Lookup<User = User>>(layer: &AuthLayer<L>) -> String {
    let body = json!({ "identifier": "duane15", "password": PASSWORD });
    let reply = send(layer, post_json("/auth/local", &body)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["jwt"].as_str().unwrap().to_owned()
}

async fn outcome<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> Result<String, RejectionKind> {
    let reply = send(layer, bearer(token)).await;
    match reply.extensions.get::<Rejection>() {
        None => Ok(reply.text().to_owned()),
        Some(rejection) => Err(rejection.kind()),
    }
}

async fn admits<L: Lookup<User = User>>(layer: &AuthLayer<L>, token: &str) -> bool {
    outcome(layer, token).await.is_ok()
}

fn claims() -> String {
    format!(r#"{{"id":1,"iat":{NOW},"exp":{}}}"#, NOW + 3600)
}

fn signed_part(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

fn compact(signed: &str, signature: impl AsRef<[u8]>) -> String {
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn der(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()).unwrap()
}

/// The public key of the algorithm as a JWK, its members taken from the end of the DER.
fn jwk(algorithm: Algorithm) -> Value {
    let Some((_, public)) = pems(algorithm) else {
        return json!({ "kty": "oct", "alg": algorithm.as_str(), "k": URL_SAFE_NO_PAD.encode(SECRET) });
    };
    let der = der(public);
    let tail = |length: usize| &der[der.len() - length..];
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    match algorithm {
        Algorithm::Es256 | Algorithm::Es384 => {
            let length = if algorithm == Algorithm::Es256 { 32 } else { 48 };
            let (x, y) = tail(2 * length).split_at(length);
            let curve = if length == 32 { "P-256" } else { "P-384" };
            json!({ "kty": "EC", "alg": algorithm.as_str(), "crv": curve, "x": encode(x), "y": encode(y) })
        }
        Algorithm::EdDsa => json!({ "kty": "OKP", "alg": "EdDSA", "crv": "Ed25519", "x": encode(tail(32)) }),
        // The DER ends with the modulus and then `02 03 01 00 01`.
        _ => json!({ "kty": "RSA", "alg": algorithm.as_str(), "n": encode(&tail(261)[..256]), "e": "AQAB" }),
    }
}

// The other party: jsonwebtoken by itself, with each of its back ends that is compiled in.

fn peers() -> Vec<&'static CryptoProvider> {
    vec![
        #[cfg(feature = "aws-lc-rs")]
        &jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER,
        #[cfg(feature = "rust-crypto")]
        &jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER,
    ]
}

fn jwa(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    algorithm.as_str().parse().unwrap()
}

fn encoding_key(algorithm: Algorithm, pem: &str) -> EncodingKey {
    let pem = pem.as_bytes();
    match algorithm {
        Algorithm::Es256 | Algorithm::Es384 => EncodingKey::from_ec_pem(pem),
        Algorithm::EdDsa => EncodingKey::from_ed_pem(pem),
        _ => EncodingKey::from_rsa_pem(pem),
    }
    .unwrap()
}

fn peer_signature(peer: &CryptoProvider, algorithm: Algorithm, message: &str) -> Vec<u8> {
    let key = match pems(algorithm) {
        None => EncodingKey::from_secret(SECRET.as_bytes()),
        Some((private, _)) => encoding_key(algorithm, private),
    };
    (peer.signer_factory)(&jwa(algorithm), &key).unwrap().try_sign(message.as_bytes()).unwrap()
}

fn peer_verifies(peer: &CryptoProvider, algorithm: Algorithm, token: &str) -> bool {
    let key = match (algorithm, pems(algorithm)) {
        (_, None) => Ok(DecodingKey::from_secret(SECRET.as_bytes())),
        (Algorithm::Es256 | Algorithm::Es384, Some((_, public))) => DecodingKey::from_ec_pem(public.as_bytes()),
        (Algorithm::EdDsa, Some((_, public))) => DecodingKey::from_ed_pem(public.as_bytes()),
        (_, Some((_, public))) => DecodingKey::from_rsa_pem(public.as_bytes()),
    };
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let verifier = (peer.verifier_factory)(&jwa(algorithm), &key.unwrap()).unwrap();
    verifier.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).is_ok()
}

/// A good token signed by the first peer.
fn good(algorithm: Algorithm, header: &str) -> String {
    let signed = signed_part(header, &claims());
    let signature = peer_signature(peers()[0], algorithm, &signed);
    compact(&signed, signature)
}

fn header(algorithm: Algorithm) -> String {
    format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#)
}

// Every algorithm

/// Every bit; where unoptimised RSA takes milliseconds each, one of many, in another place of each byte.
const STEP: usize = if cfg!(feature = "aws-lc-rs") { 1 } else { 31 };

#[tokio::test]
async fn s11_what_a_key_signed_is_admitted_and_no_bit_of_it_may_flip() {
    for algorithm in ALGORITHMS {
        let layer = layer_of(AuthLocal::new().algorithm(algorithm), &[signing(algorithm)], &[]);
        let token = login(&layer).await;
        assert_eq!(outcome(&layer, &token).await.as_deref(), Ok("inner: 1"), "{algorithm}");

        let parts: Vec<Vec<u8>> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        assert_eq!(parts[0], header(algorithm).into_bytes());
        for part in 0..3 {
            for bit in (0..parts[part].len() * 8).step_by(STEP) {
                let mut flipped = parts.clone();
                flipped[part][bit / 8] ^= 1 << (bit % 8);
                let text = flipped.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect::<Vec<_>>().join(".");
                assert!(!admits(&layer, &text).await, "{algorithm}: bit {bit} of part {part}");
            }
        }
    }
}

#[tokio::test]
async fn other_implementations_verify_what_is_signed_here_and_the_other_way_round() {
    for algorithm in ALGORITHMS {
        let ours = login(&layer_of(AuthLocal::new().algorithm(algorithm), &[signing(algorithm)], &[])).await;
        let by_public_half = nameless_verifier(&[verifying(algorithm)]);
        assert!(admits(&by_public_half, &ours).await, "{algorithm}");
        for (number, peer) in peers().into_iter().enumerate() {
            assert!(peer_verifies(peer, algorithm, &ours), "{algorithm}, peer {number}");
            let signed = signed_part(&header(algorithm), &claims());
            let theirs = compact(&signed, peer_signature(peer, algorithm, &signed));
            assert!(admits(&by_public_half, &theirs).await, "{algorithm}, peer {number}");
        }
    }
}

#[cfg(feature = "aws-lc-rs")]
#[tokio::test]
async fn generated_keys_sign_and_verify_and_differ() {
    for algorithm in ALGORITHMS {
        let [one, other] = [(); 2].map(|()| {
            let key = SigningKey::generate(algorithm).unwrap();
            assert_eq!(key.algorithm(), algorithm);
            layer_of(AuthLocal::new().algorithm(algorithm), &[key], &[])
        });
        let token = login(&one).await;
        assert!(admits(&one, &token).await, "{algorithm}");
        assert_eq!(outcome(&other, &token).await, Err(RejectionKind::InvalidSignature), "{algorithm}");
    }
}

#[tokio::test]
async fn published_examples_verify() {
    // RFC 7515, appendices A.1 to A.3. They expired in 2011, which is found out only behind the signature.
    let claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let examples = [
        (
            json!({ "kty": "oct", "alg": "HS256",
                "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow" }),
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        ),
        (
            json!({ "kty": "RSA", "alg": "RS256", "e": "AQAB",
                "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-\
                      SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQ\
                      OS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8\
                      q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" }),
            "eyJhbGciOiJSUzI1NiJ9",
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr\
             7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi1\
             2jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ),
        (
            json!({ "kty": "EC", "alg": "ES256", "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }),
            "eyJhbGciOiJFUzI1NiJ9",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
    ];
    for (key, header, signature) in examples {
        let layer = nameless_verifier(&ours(&json!({ "keys": [key] })));
        let token = format!("{header}.{claims}.{signature}");
        assert_eq!(outcome(&layer, &token).await, Err(RejectionKind::ExpiredToken), "{key}");
        let altered = format!("{header}.{claims}.A{}", &signature[1..]);
        assert_eq!(outcome(&layer, &altered).await, Err(RejectionKind::InvalidSignature), "{key}");
    }
}

#[tokio::test]
async fn s11_signatures_of_another_length_form_or_range_are_refused() {
    // Order of the Ed25519 group, little-endian, RFC 8032 §5.1.
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    for algorithm in ALGORITHMS {
        let layer = nameless_verifier(&[verifying(algorithm)]);
        let signed = signed_part(&header(algorithm), &claims());
        let right = peer_signature(peers()[0], algorithm, &signed);
        assert!(admits(&layer, &compact(&signed, &right)).await);
        let mut wrong = vec![
            Vec::new(),
            right[..right.len() - 1].to_vec(),
            right[1..].to_vec(),
            [&right[..], &[0]].concat(),
            [&[0], &right[..]].concat(),
            vec![0; right.len()],
            vec![0xff; right.len()],
            [&right[..], &right[..]].concat(),
            right.iter().rev().copied().collect(),
            vec![0; 1 << 12],
        ];
        match algorithm {
            Algorithm::Es256 | Algorithm::Es384 => {
                let (r, s) = right.split_at(right.len() / 2);
                let zero = vec![0; r.len()];
                wrong.push([r, &zero].concat());
                wrong.push([&zero, s].concat());
                wrong.push([s, r].concat());
                wrong.push(der_sequence(r, s));
            }
            Algorithm::EdDsa => {
                let (r, s) = right.split_at(32);
                let mut carry = 0;
                let mut sum = Vec::from(r);
                for (s, l) in s.iter().zip(L) {
                    carry += u16::from(*s) + u16::from(l);
                    sum.push(carry.to_le_bytes()[0]);
                    carry >>= 8;
                }
                wrong.push(sum);
            }
            Algorithm::Hs256 => wrong.push(right[..16].to_vec()),
            _ => {}
        }
        for signature in wrong {
            assert!(!admits(&layer, &compact(&signed, &signature)).await, "{algorithm}: {signature:02x?}");
        }
    }
}

/// An ECDSA signature as X.509 writes it.
fn der_sequence(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |value: &[u8]| {
        let pad: &[u8] = if value[0] >= 0x80 { &[0] } else { &[] };
        let length = u8::try_from(value.len() + pad.len()).unwrap();
        [&[2, length], pad, value].concat()
    };
    let content = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(content.len()).unwrap()][..], &content].concat()
}

// An algorithm belongs to a key

#[tokio::test]
async fn s2_a_key_verifies_its_own_algorithm_only() {
    for bound in ALGORITHMS {
        let layer = nameless_verifier(&[verifying(bound)]);
        for named in ALGORITHMS.into_iter().filter(|named| *named != Algorithm::Hs512) {
            let admitted = admits(&layer, &good(named, &header(named))).await;
            assert_eq!(admitted, named == bound, "a {bound} key and a {named} token");
            // The right signature under the name of another algorithm, and the other way round.
            let renamed = admits(&layer, &good(bound, &header(named))).await;
            assert_eq!(renamed, named == bound, "a {bound} signature headed {named}");
        }
    }
}

#[tokio::test]
async fn s2_a_public_key_is_no_hmac_secret_for_a_token() {
    let layer = layer_of(AuthLocal::new().algorithm(Algorithm::Rs256), &[signing(Algorithm::Rs256)], &[]);
    let der = der(RSA_PUBLIC);
    let guesses: [&[u8]; 8] = [
        RSA_PUBLIC.as_bytes(),
        RSA_PUBLIC.trim_end().as_bytes(),
        &der,
        &der[24..],
        &der[der.len() - 261..der.len() - 5],
        RSA_PUBLIC.replace('\n', "\r\n").leak().as_bytes(),
        jwk(Algorithm::Rs256).to_string().leak().as_bytes(),
        b"",
    ];
    for guess in guesses {
        let forged = hs256_with(guess, HEADER, &claims());
        assert_eq!(outcome(&layer, &forged).await, Err(RejectionKind::UnsupportedToken));
        let renamed = hs256_with(guess, &header(Algorithm::Rs256), &claims());
        assert_eq!(outcome(&layer, &renamed).await, Err(RejectionKind::InvalidSignature));
    }
}

const SSH_PUBLIC: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJzn8BYNcO7C9ppkHKgLxeM1zVXZDEGNiDgJe6uS1bKY ada@example.com\n";

/// Of the third version, with extensions.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBbzCCARWgAwIBAgIUDVur007wBWkrl6YfVIgLSx+R6m8wCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBYTAgFw0yNjExMjgyMDQzMzhaGA8yMTI2MTEwNDIwNDMzOFow
DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABH1inUyy3yi7
ADDQ6MfNiH9/845WUtQ2B2aj/VUcdu3r76WIc4m0xaNTvm7d4kVv9xW0wmqAyqJ7
6d312tSPOKmjUzBRMB0GA1UdDgQWBBRsus3iJ5ozXzoWowRz9cYf+gVD7TAfBgNV
HSMEGDAWgBRsus3iJ5ozXzoWowRz9cYf+gVD7TAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0gAMEUCIEdqZ07ffv+Ln7vF12Uwe8Fpc/IOPl55d2fJI9g4rHvK
AiEAgBqQNUH/bRQvun1pHAR2swJ5zQ1irPx53PvwL0DbAps=
-----END CERTIFICATE-----
";

/// Of the first version, which does not say so.
const CERTIFICATE_V1: &str = "-----BEGIN CERTIFICATE-----
MIIBEzCBuwIUUYpvZWd3g9YhMUXjyyq0FnPqQpkwCgYIKoZIzj0EAwIwDDEKMAgG
A1UEAwwBYTAgFw0yNjExMjgyMDQzMzhaGA8yMTI2MTEwNDIwNDMzOFowDDEKMAgG
A1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABH1inUyy3yi7ADDQ6MfN
iH9/845WUtQ2B2aj/VUcdu3r76WIc4m0xaNTvm7d4kVv9xW0wmqAyqJ76d312tSP
OKkwCgYIKoZIzj0EAwIDRwAwRAIgb1h20Y1xI/h6iaj7mCM5YANUQWKsGgN4WCro
WlpaWhMCICIH6D7qgwNzPIiKgErrLkYVlTI6DPgBEnH8wywoK28k
-----END CERTIFICATE-----
";

#[test]
fn s2_a_public_key_is_no_hmac_secret_for_the_builder() {
    let (rsa, ec, ed) = (der(RSA_PUBLIC), der(P256_PUBLIC), der(ED_PUBLIC));
    let base64 = |der: &[u8]| STANDARD.encode(der).into_bytes();
    let broken = |text: &str| text.as_bytes().chunks(60).collect::<Vec<_>>().join(&b"\r\n"[..]);
    let text = |text: &str| text.as_bytes().to_vec();
    let set = json!({ "keys": [jwk(Algorithm::Rs256), jwk(Algorithm::EdDsa)] });
    let certificate = der(CERTIFICATE);
    let ssh_of_ec = [b"\0\0\0\x13ecdsa-sha2-nistp256", &ec[..]].concat();
    let rfc_4716 =
        String::from_utf8(STANDARD.encode(&ssh_of_ec).as_bytes().chunks(70).collect::<Vec<_>>().join(&b'\n')).unwrap();
    let with_end = |der: &[u8], end: u8| [&der[..der.len() - 1], &[end]].concat();
    let unknown =
        |kty: &str, crv: &str| json!({ "kty": kty, "crv": crv, "x": URL_SAFE_NO_PAD.encode([7; 32]) }).to_string();
    let secrets: Vec<(&str, Vec<u8>)> = vec![
        ("PEM", text(RSA_PUBLIC)),
        ("PEM of EC", text(P384_PUBLIC)),
        ("PEM of Ed25519", text(ED_PUBLIC)),
        ("PEM behind white space", format!("\n \t{RSA_PUBLIC}").into_bytes()),
        ("PEM behind a byte order mark", format!("\u{feff}{RSA_PUBLIC}").into_bytes()),
        ("PEM behind words about it", format!("Bag Attributes\n    friendlyName: api\n{RSA_PUBLIC}").into_bytes()),
        ("PEM without its last line break", text(RSA_PUBLIC.trim())),
        ("PEM with other line breaks", RSA_PUBLIC.replace('\n', "\r\n").into_bytes()),
        ("PEM of PKCS#1", text(&RSA_PUBLIC.replace("PUBLIC KEY", "RSA PUBLIC KEY"))),
        ("PEM of a certificate", text(&RSA_PUBLIC.replace("PUBLIC KEY", "CERTIFICATE"))),
        ("PEM of a private key", text(RSA_PEM)),
        ("DER", rsa.clone()),
        ("DER of EC", ec.clone()),
        ("DER of Ed25519", ed.clone()),
        ("DER of PKCS#1", rsa[24..].to_vec()),
        ("DER and a line break", [&*rsa, b"\n"].concat()),
        ("DER of EC and white space", [b" ", &*ec, b" \r\n"].concat()),
        ("DER of PKCS#1 and a line break", [&rsa[24..], b"\n"].concat()),
        ("DER that ends in white space, and a line break", [&with_end(&ec, b'\n')[..], b"\n"].concat()),
        ("a certificate in DER", certificate.clone()),
        ("a certificate in DER and a line break", [&*certificate, b"\n"].concat()),
        ("a certificate in base64, as in x5c", base64(&certificate)),
        ("a certificate of the first version in DER", der(CERTIFICATE_V1)),
        ("base64", base64(&rsa)),
        ("base64 without its padding", base64(&ec).into_iter().filter(|byte| *byte != b'=').collect()),
        ("base64url", URL_SAFE_NO_PAD.encode(&rsa).into_bytes()),
        ("base64 behind a byte order mark", [b"\xef\xbb\xbf", &*base64(&rsa)].concat()),
        ("base64 of PKCS#1", base64(&rsa[24..])),
        ("base64 in lines", broken(&STANDARD.encode(&rsa))),
        ("OpenSSH", text(SSH_PUBLIC)),
        ("OpenSSH behind white space", format!("\n{SSH_PUBLIC}").into_bytes()),
        ("OpenSSH of EC", format!("ecdsa-sha2-nistp256 {}", STANDARD.encode(&ssh_of_ec)).into_bytes()),
        ("OpenSSH without its kind", text(SSH_PUBLIC.split(' ').nth(1).unwrap())),
        ("OpenSSH, decoded", ssh_of_ec.clone()),
        ("OpenSSH in quotation marks", text(&format!("{SSH_PUBLIC:?}"))),
        (
            "OpenSSH by RFC 4716",
            text(&format!("---- BEGIN SSH2 PUBLIC KEY ----\n{rfc_4716}\n---- END SSH2 PUBLIC KEY ----\n")),
        ),
        ("OpenSSH in base64", base64(SSH_PUBLIC.as_bytes())),
        ("PEM in base64", base64(RSA_PUBLIC.as_bytes())),
        ("PEM in base64, in lines", broken(&STANDARD.encode(RSA_PUBLIC))),
        ("JWK in base64url", URL_SAFE_NO_PAD.encode(jwk(Algorithm::Rs256).to_string()).into_bytes()),
        ("JWK", text(&jwk(Algorithm::Rs256).to_string())),
        ("JWK of EC", text(&jwk(Algorithm::Es384).to_string())),
        ("JWK of Ed25519", text(&jwk(Algorithm::EdDsa).to_string())),
        ("JWK in lines", text(&format!("\n{:#}\n", jwk(Algorithm::Es256)))),
        ("JWK behind a byte order mark", format!("\u{feff}{}", jwk(Algorithm::Rs256)).into_bytes()),
        ("JWK of a curve that nothing here knows", text(&unknown("EC", "secp256k1"))),
        ("JWK of X25519", text(&unknown("OKP", "X25519"))),
        ("JWK of Ed448", text(&unknown("OKP", "Ed448"))),
        ("JWK of a kind to come", text(&unknown("AKP", "ML-DSA-44"))),
        (
            "JWK Set of a curve that nothing here knows",
            text(&format!(r#"{{"keys":[{}]}}"#, unknown("EC", "secp256k1"))),
        ),
        ("JWK Set", text(&set.to_string())),
        ("JWK Set in lines", text(&format!("{set:#}"))),
    ];
    for (case, secret) in secrets {
        // Two forms are shorter than any secret may be: either objection will do.
        let short = secret.len() < 64;
        for algorithm in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
            for error in [
                SigningKey::secret(algorithm, &secret).unwrap_err(),
                VerifyingKey::secret(algorithm, &secret).unwrap_err(),
            ] {
                assert!(error.kind() == BuildErrorKind::PublicKeyAsSecret || short, "{case}: {error}");
            }
        }
        let error = SigningKey::hs256(&secret).unwrap_err();
        let sentence = "the HS256 secret is a public key, which everybody may know: \
                        give a random secret, or use the key with its own algorithm";
        assert!(error.to_string() == sentence || short, "{case}: {error}");
        let oct = json!({ "keys": [{ "kty": "oct", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(&secret) }] });
        assert!(VerifyingKey::jwk_set(&oct.to_string()).is_err(), "{case}, as a JWK");
    }
    let digits = "1234567890".repeat(7);
    let (json, random) = (format!(r#"["{digits}"]"#), STANDARD.encode([1; 60]));
    for secret in
        [&[0x30; 64][..], SECRET.as_bytes(), &[0xff; 64], random.as_bytes(), digits.as_bytes(), json.as_bytes()]
    {
        assert!(SigningKey::secret(Algorithm::Hs512, secret).is_ok(), "{secret:02x?} is a secret");
    }
}

#[tokio::test]
async fn s1_none_is_refused_in_every_spelling() {
    let layers = [Algorithm::Hs256, Algorithm::Rs256].map(|algorithm| nameless_verifier(&[verifying(algorithm)]));
    for alg in [
        r#""alg":"none""#,
        r#""alg":"None""#,
        r#""alg":"NONE""#,
        r#""alg":"nOnE""#,
        r#""alg":"none ""#,
        r#""alg":"\u006eone""#,
        r#""alg":"""#,
        r#""alg":null"#,
        r#""alg":[]"#,
        r#""alg":["HS256"]"#,
        r#""alg":0"#,
        r#""alg":"hs256""#,
        r#""alg":"HS256\u0000""#,
        r#""ALG":"HS256""#,
        r#""typ":"JWT""#,
        r#""alg":"HS256","alg":"none""#,
        r#""alg":"none","\u0061lg":"HS256""#,
    ] {
        let header = format!("{{{alg}}}");
        let signed = signed_part(&header, &claims());
        for layer in &layers {
            for token in [format!("{signed}."), compact(&signed, [0; 32]), hs256(&header, &claims())] {
                let kind = outcome(layer, &token).await.unwrap_err();
                let told = matches!(kind, RejectionKind::UnsupportedToken | RejectionKind::MalformedToken);
                assert!(told, "{header}: {kind:?}");
            }
            assert!(!admits(layer, &signed).await, "{header}");
        }
    }
}

#[tokio::test]
async fn s4_keys_and_addresses_inside_a_token_are_ignored() {
    let layer = nameless_verifier(&[verifying(Algorithm::Rs256), verifying(Algorithm::Hs256)]);
    let own_key = json!({ "kty": "oct", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode([7; 32]) });
    for member in [
        format!(r#""jwk":{own_key}"#),
        r#""jku":"http://127.0.0.1:1/keys""#.into(),
        r#""x5u":"http://127.0.0.1:1/cert""#.into(),
        format!(r#""x5c":["{}"]"#, STANDARD.encode(der(P256_PUBLIC))),
        r#""x5t":"a","x5t#S256":"b""#.into(),
        r#""jwk":7,"jku":[],"x5c":null"#.into(),
    ] {
        let header = format!(r#"{{"alg":"HS256","typ":"JWT",{member}}}"#);
        let forged = hs256_with(&[7; 32], &header, &claims());
        assert_eq!(outcome(&layer, &forged).await, Err(RejectionKind::InvalidSignature), "{header}");
        assert!(admits(&layer, &hs256(&header, &claims())).await, "{header}: a right signature counts");
    }
    // An RSA token that brings its own, sound, key.
    let header = format!(r#"{{"alg":"ES256","jwk":{}}}"#, jwk(Algorithm::Es256));
    assert_eq!(outcome(&layer, &good(Algorithm::Es256, &header)).await, Err(RejectionKind::UnsupportedToken));
}

// Several keys

const OLD: &str = "the old secret, long enough for every one of the HMAC algorithms here";
const NEW: &str = "the new secret, long enough for every one of the HMAC algorithms here";

fn hs256_key(secret: &str) -> SigningKey {
    SigningKey::hs256(secret).unwrap()
}

fn signed_by(secret: &str, kid: Option<&str>) -> String {
    let header = match kid {
        None => HEADER.to_owned(),
        Some(kid) => format!(r#"{{"alg":"HS256","typ":"JWT","kid":{}}}"#, json!(kid)),
    };
    hs256_with(secret.as_bytes(), &header, &claims())
}

#[tokio::test]
async fn the_newest_key_signs_and_the_old_one_still_verifies() {
    let before = layer_of(AuthLocal::new(), &[hs256_key(OLD)], &[]);
    let during = layer_of(AuthLocal::new(), &[hs256_key(OLD), hs256_key(NEW)], &[]);
    let verify_only = layer_of(AuthLocal::new(), &[hs256_key(NEW)], &[hs256_key(OLD).verifying_key()]);
    let after = layer_of(AuthLocal::new(), &[hs256_key(NEW)], &[]);

    let old = login(&before).await;
    for layer in [&during, &after] {
        assert_eq!(login(layer).await, login(&after).await, "the newest signs");
    }
    assert_eq!(login(&verify_only).await, login(&after).await);
    let new = login(&during).await;
    assert_ne!(old, new);
    assert!(admits(&during, &old).await && admits(&during, &new).await);
    assert!(admits(&verify_only, &old).await && admits(&verify_only, &new).await);
    assert_eq!(outcome(&before, &new).await, Err(RejectionKind::InvalidSignature));
    assert_eq!(outcome(&after, &old).await, Err(RejectionKind::InvalidSignature));
}

#[tokio::test]
async fn keys_of_several_algorithms_stand_side_by_side() {
    let layer = nameless_verifier(&ALGORITHMS.map(verifying));
    for algorithm in ALGORITHMS {
        assert!(admits(&layer, &good(algorithm, &header(algorithm))).await, "{algorithm}");
    }
}

#[tokio::test]
async fn a_contract_signs_with_the_key_it_names() {
    let keys = || [hs256_key(OLD).key_id("old"), hs256_key(NEW).key_id("new")];
    let kid = |token: &str| serde_json::from_str::<Value>(&decoded(token).0).unwrap()["kid"].clone();
    let newest = layer_of(AuthLocal::new(), &keys(), &[]);
    let named = layer_of(AuthLocal::new().key_id("old"), &keys(), &[]);
    for (layer, id) in [(&newest, "new"), (&named, "old")] {
        let token = login(layer).await;
        assert_eq!(kid(&token), id);
        assert!(admits(&newest, &token).await && admits(&named, &token).await);
    }
    let nameless = layer_of(AuthLocal::new(), &[hs256_key(OLD)], &[]);
    assert_eq!(decoded(&login(&nameless).await).0, HEADER, "a key without a name writes no kid");
}

#[tokio::test]
async fn s5_a_kid_only_selects_among_the_configured_keys() {
    use RejectionKind::{InvalidSignature, UnsupportedToken};
    let named = [hs256_key(OLD).key_id("old"), hs256_key(NEW).key_id("new \"quoted\"")];
    let named = layer_of(AuthLocal::new(), &named, &[]);
    let mixed = layer_of(AuthLocal::new(), &[hs256_key(OLD).key_id("old"), hs256_key(NEW)], &[]);
    let nameless = layer_of(AuthLocal::new(), &[hs256_key(OLD), hs256_key(NEW)], &[]);
    let ok = || Ok("inner: 1".to_owned());
    let long = "k".repeat(129);
    let cases = [
        // the secret, its kid, and what becomes of it under `named`, `mixed` and `nameless`
        (OLD, None, ok(), ok(), ok()),
        (NEW, None, ok(), ok(), ok()),
        (OLD, Some("old"), ok(), ok(), ok()),
        (NEW, Some("new \"quoted\""), ok(), Err(UnsupportedToken), ok()),
        (NEW, Some("old"), Err(InvalidSignature), Err(InvalidSignature), ok()),
        (OLD, Some("new \"quoted\""), Err(InvalidSignature), Err(UnsupportedToken), ok()),
        (OLD, Some("other"), Err(UnsupportedToken), Err(UnsupportedToken), ok()),
        (OLD, Some("OLD"), Err(UnsupportedToken), Err(UnsupportedToken), ok()),
        (OLD, Some("old "), Err(UnsupportedToken), Err(UnsupportedToken), ok()),
        (OLD, Some(""), Err(UnsupportedToken), Err(UnsupportedToken), ok()),
        (OLD, Some("../../dev/null"), Err(UnsupportedToken), Err(UnsupportedToken), ok()),
        (OLD, Some("' or 1=1 --"), Err(UnsupportedToken), Err(UnsupportedToken), ok()),
        (OLD, Some("old\0"), Err(UnsupportedToken), Err(UnsupportedToken), ok()),
        (OLD, Some(&long), Err(UnsupportedToken), Err(UnsupportedToken), Err(UnsupportedToken)),
    ];
    for (secret, kid, under_named, under_mixed, under_nameless) in cases {
        let token = signed_by(secret, kid);
        assert_eq!(outcome(&named, &token).await, under_named, "{kid:?} among named keys");
        assert_eq!(outcome(&mixed, &token).await, under_mixed, "{kid:?} among a named key and a nameless one");
        assert_eq!(outcome(&nameless, &token).await, under_nameless, "{kid:?} among nameless keys");
    }
    for kid in ["1", "null", "[\"old\"]", "{}"] {
        let header = format!(r#"{{"alg":"HS256","kid":{kid}}}"#);
        for layer in [&named, &mixed, &nameless] {
            assert!(!admits(layer, &hs256_with(OLD.as_bytes(), &header, &claims())).await, "{kid}");
        }
    }
}

#[tokio::test]
async fn one_kid_may_name_keys_of_different_algorithms() {
    let keys = [verifying(Algorithm::Hs256).key_id("k"), verifying(Algorithm::Rs256).key_id("k")];
    let layer = verifier(&keys);
    for algorithm in [Algorithm::Hs256, Algorithm::Rs256] {
        let header = format!(r#"{{"alg":"{algorithm}","kid":"k"}}"#);
        assert!(admits(&layer, &good(algorithm, &header)).await, "{algorithm}");
    }
}

#[tokio::test]
async fn a_key_bound_to_an_issuer_verifies_that_issuers_tokens_only() {
    let other = VerifyingKey::secret(Algorithm::Hs256, OLD).unwrap().issuer("https://other.example");
    let other = other.dangerous_any_audience();
    let of = |secret: &str, iss: &str| {
        let claims = format!(r#"{{"id":1,"exp":{}{iss}}}"#, NOW + 3600);
        hs256_with(secret.as_bytes(), HEADER, &claims)
    };
    let (named, own) = (r#","iss":"https://other.example""#, r#","iss":"https://own.example""#);
    for issuer in [None, Some("https://own.example")] {
        let builder = issuer.into_iter().fold(builder(), tower_auth::AuthLayerBuilder::issuer);
        let layer = builder.verifying_key(other.clone()).build(find_in(users())).unwrap();
        assert!(admits(&layer, &of(OLD, named)).await, "{issuer:?}");
        for foreign in ["", own, r#","iss":"https://other.example/""#, r#","iss":"""#] {
            assert_eq!(outcome(&layer, &of(OLD, foreign)).await, Err(RejectionKind::ForeignToken), "{foreign}");
        }
        assert!(!admits(&layer, &of(OLD, r#","iss":["https://other.example"]"#)).await);
        // The builder's own keys are held to the builder's own issuer.
        assert!(admits(&layer, &of(SECRET, own)).await, "{issuer:?}");
        assert_eq!(admits(&layer, &of(SECRET, named)).await, issuer.is_none());

        // And no token of theirs becomes one of ours.
        let exchange = authorized(request("POST", "/api/auth/token"), &format!("Bearer {}", of(OLD, named)));
        assert_eq!(send(&layer, exchange).await.status, 403);
        let claims = format!(
            r#"{{"sub":1,"iss":"https://other.example","iat":{NOW},"exp":{},"nbf":{NOW},"jti":"j"}}"#,
            NOW + 3600
        );
        let refreshable = hs256_with(OLD.as_bytes(), HEADER, &claims);
        assert!(admits(&layer, &refreshable).await);
        assert_eq!(send(&layer, request("PATCH", &format!("/tokens/{refreshable}"))).await.status, 401);
    }
}

#[tokio::test]
async fn s15_what_another_issuer_made_for_somebody_else_is_good_nowhere() {
    let bound = VerifyingKey::secret(Algorithm::Hs256, OLD).unwrap().issuer("https://other.example");
    let (ours, both) = (bound.clone().audience("us"), bound.clone().audience("us").audience("us too"));
    let any = ours.clone().dangerous_any_audience();
    let (us, us_too, common) = (r#","aud":"us""#, r#","aud":["them","us too"]"#, r#","aud":"common""#);
    let audiences = [us, us_too, common, "", r#","aud":"them""#, r#","aud":[]"#, r#","aud":"""#, r#","aud":"US""#];
    let cases: [(&VerifyingKey, Option<&str>, &[&str]); 5] = [
        (&ours, None, &[us]),
        (&ours, Some("common"), &[us]),
        (&both, None, &[us, us_too]),
        (&bound, Some("common"), &[common]),
        (&any, Some("common"), &audiences),
    ];
    for (key, common, good) in cases {
        for audience in audiences {
            let sessions = Arc::new(MemorySessions::default());
            let builder = || {
                let builder = builder().verifying_key(key.clone()).session_store(Arc::clone(&sessions));
                let builder = builder.dialect(Tokens::new().logout()).tickets("/auth/ticket");
                common.into_iter().fold(builder, AuthLayerBuilder::audience)
            };
            let layer = builder().build(find_in(users())).unwrap();
            let claims_only = builder().claims_only().build(find_in(users())).unwrap();
            let claims = format!(
                r#"{{"sub":1,"iss":"https://other.example","iat":{NOW},"exp":{},"nbf":{NOW},"jti":"j"{audience}}}"#,
                NOW + 3600
            );
            let token = hs256_with(OLD.as_bytes(), HEADER, &claims);
            let admitted = if good.contains(&audience) { 200 } else { 401 };
            // The second time out of the cache, if it was admitted.
            for layer in [&layer, &layer, &claims_only] {
                assert_eq!(send(layer, bearer(&token)).await.status, admitted, "{audience}, {common:?}");
            }
            let ticket = authorized(request("POST", "/auth/ticket"), &format!("Bearer {token}"));
            assert_eq!(send(&layer, ticket).await.status, admitted, "a ticket, {audience}, {common:?}");
            let exchange = authorized(request("POST", "/api/auth/token"), &format!("Bearer {token}"));
            assert_eq!(send(&layer, exchange).await.status, 403, "never, {audience}");
            assert_eq!(send(&layer, request("PATCH", &format!("/tokens/{token}"))).await.status, 401, "{audience}");
            let logout = send(&layer, request("DELETE", &format!("/tokens/{token}"))).await.status;
            assert_eq!(logout == 204, admitted == 200, "a logout, {audience}, {common:?}");
            assert_eq!(sessions.is_empty(), admitted == 401, "{audience}, {common:?}");
        }
    }
}

// JWK Sets

#[tokio::test]
async fn a_jwk_set_verifies_every_algorithm_by_name() {
    let keys: Vec<Value> = ALGORITHMS
        .iter()
        .map(|algorithm| {
            let mut key = jwk(*algorithm);
            key["kid"] = json!(format!("key of {algorithm}"));
            key["use"] = json!("sig");
            key
        })
        .collect();
    let keys = ours(&json!({ "keys": keys, "other": 1 }));
    let algorithms: Vec<_> = keys.iter().map(VerifyingKey::algorithm).collect();
    assert_eq!(algorithms, ALGORITHMS);
    let layer = verifier(&keys);
    for algorithm in ALGORITHMS {
        let header = format!(r#"{{"alg":"{algorithm}","kid":"key of {algorithm}"}}"#);
        assert!(admits(&layer, &good(algorithm, &header)).await, "{algorithm}");
        let elsewhere = format!(r#"{{"alg":"{algorithm}","kid":"unrelated"}}"#);
        assert!(!admits(&layer, &good(algorithm, &elsewhere)).await, "{algorithm}");
    }
}

#[test]
fn s2_a_jwk_that_is_for_other_operations_is_left_out() {
    let of = |operations: Value| {
        let mut key = jwk(Algorithm::Es256);
        key["key_ops"] = operations;
        VerifyingKey::jwk_set(&json!({ "keys": [key] }).to_string()).unwrap().len()
    };
    for operations in [json!([]), json!(["sign"]), json!(["encrypt", "wrapKey"]), json!(["deriveKey"])] {
        assert_eq!(of(operations.clone()), 0, "{operations}");
    }
    assert_eq!(of(json!(["verify"])), 1);
    assert_eq!(of(json!(["sign", "verify"])), 1);
}

#[test]
fn a_jwk_set_leaves_out_keys_for_encryption() {
    let mut encryption = jwk(Algorithm::Rs256);
    encryption["use"] = json!("enc");
    encryption["alg"] = json!("RSA-OAEP");
    let set = json!({ "keys": [encryption, jwk(Algorithm::Es256)] });
    let keys = VerifyingKey::jwk_set(&set.to_string()).unwrap();
    assert_eq!(keys.iter().map(VerifyingKey::algorithm).collect::<Vec<_>>(), [Algorithm::Es256]);
    assert!(VerifyingKey::jwk_set(r#"{"keys":[]}"#).unwrap().is_empty());
    // RFC 7517 §5: what is not understood is ignored.
    let set = json!({ "keys": [{ "kty": "RSA", "alg": "RSA-OAEP", "n": "AQAB", "e": "AQAB" }, jwk(Algorithm::EdDsa)] });
    assert_eq!(VerifyingKey::jwk_set(&set.to_string()).unwrap().len(), 1);
}

// Weak keys

#[test]
fn s3_secrets_shorter_than_the_hash_are_refused() {
    for (algorithm, least) in [(Algorithm::Hs256, 32), (Algorithm::Hs384, 48), (Algorithm::Hs512, 64)] {
        assert!(SigningKey::secret(algorithm, vec![7; least]).is_ok());
        for length in [0, 1, least - 1] {
            let oct = json!({ "kty": "oct", "alg": algorithm.as_str(), "k": URL_SAFE_NO_PAD.encode(vec![7; length]) });
            for error in [
                SigningKey::secret(algorithm, vec![7; length]).unwrap_err(),
                VerifyingKey::secret(algorithm, vec![7; length]).unwrap_err(),
                VerifyingKey::jwk_set(&json!({ "keys": [oct] }).to_string()).unwrap_err(),
            ] {
                assert_eq!(error.kind(), BuildErrorKind::WeakKey);
                let sentence = format!(
                    "an {algorithm} secret needs at least {least} bytes (RFC 7518 section 3.2), and this one has {length}: \
                     generate one with `openssl rand -base64 48`, or for an old system's see `dangerous_short_secret`"
                );
                assert_eq!(error.to_string(), sentence);
            }
        }
    }
}

#[test]
fn s3_an_old_systems_secret_may_be_short_when_it_is_called_so_and_never_a_word_or_a_public_key() {
    for algorithm in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
        assert!(SigningKey::dangerous_short_secret(algorithm, [7; 16]).is_ok());
        assert!(VerifyingKey::dangerous_short_secret(algorithm, [7; 16]).is_ok());
        for secret in [&b""[..], b"secret", &[7; 15]] {
            for error in [
                SigningKey::dangerous_short_secret(algorithm, secret).unwrap_err(),
                VerifyingKey::dangerous_short_secret(algorithm, secret).unwrap_err(),
            ] {
                let sentence = format!(
                    "no secret of {} bytes is safe, whoever used it before: generate one with `openssl rand -base64 48`, \
                     and have everybody log in again",
                    secret.len()
                );
                assert_eq!((error.kind(), error.to_string()), (BuildErrorKind::WeakKey, sentence));
            }
        }
        let error = SigningKey::dangerous_short_secret(algorithm, RSA_PUBLIC).unwrap_err();
        assert_eq!(error.kind(), BuildErrorKind::PublicKeyAsSecret);
    }
    let error = SigningKey::dangerous_short_secret(Algorithm::Rs256, [7; 64]).unwrap_err();
    assert_eq!(error.kind(), BuildErrorKind::InvalidKey);
}

#[test]
fn s3_rsa_keys_under_2048_bits_are_refused() {
    let weak = der(WEAK_RSA_PUBLIC);
    let modulus = URL_SAFE_NO_PAD.encode(&weak[weak.len() - 133..weak.len() - 5]);
    for algorithm in [Algorithm::Rs256, Algorithm::Rs512, Algorithm::Ps256, Algorithm::Ps384] {
        let jwk = json!({ "kty": "RSA", "alg": algorithm.as_str(), "n": modulus, "e": "AQAB" });
        for (case, error) in [
            ("a public key", VerifyingKey::pem(algorithm, WEAK_RSA_PUBLIC).unwrap_err()),
            ("a JWK", VerifyingKey::jwk_set(&json!({ "keys": [jwk] }).to_string()).unwrap_err()),
            ("a private key", SigningKey::pem(algorithm, WEAK_RSA_PEM).unwrap_err()),
        ] {
            let sentence = format!(
                "an {algorithm} key needs at least 2048 bits (RFC 7518 section 3.3), and this one has 1024: make another with `openssl genrsa -out key.pem 2048`"
            );
            assert_eq!((error.kind(), error.to_string()), (BuildErrorKind::WeakKey, sentence), "{case}");
        }
    }
}

#[test]
fn s3_leading_zeros_do_not_make_a_modulus_long() {
    let weak = der(WEAK_RSA_PUBLIC);
    let padded = [&[0; 128], &weak[weak.len() - 133..weak.len() - 5]].concat();
    let one_bit_short = [&[0x7f][..], &[0xff; 255]].concat();
    for (modulus, bits) in [(padded, "1024"), (one_bit_short, "2047")] {
        let jwk = json!({ "kty": "RSA", "alg": "RS256", "n": URL_SAFE_NO_PAD.encode(modulus), "e": "AQAB" });
        let error = VerifyingKey::jwk_set(&json!({ "keys": [jwk] }).to_string()).unwrap_err();
        assert_eq!(error.kind(), BuildErrorKind::WeakKey, "{error}");
        assert!(error.to_string().contains(&format!("this one has {bits}")), "{error}");
    }
}

#[tokio::test]
async fn rsa_keys_come_as_pkcs_1_too_and_for_no_other_algorithm() {
    let pem =
        |label: &str, der: &[u8]| format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der));
    // They are what PKCS#8 and SPKI end with.
    let (private, public) =
        (pem("RSA PRIVATE KEY", &der(RSA_PEM)[26..]), pem("RSA PUBLIC KEY", &der(RSA_PUBLIC)[24..]));
    let signing = SigningKey::rs256_pem(&private).unwrap();
    let token = login(&layer_of(AuthLocal::new().algorithm(Algorithm::Rs256), &[signing], &[])).await;
    let verifying = VerifyingKey::pem(Algorithm::Rs256, &public).unwrap();
    assert!(admits(&nameless_verifier(&[verifying]), &token).await);
    for other in [Algorithm::Es256, Algorithm::EdDsa] {
        assert!(SigningKey::pem(other, &private).is_err(), "{other}");
        assert!(VerifyingKey::pem(other, &public).is_err(), "{other}");
    }
}

#[tokio::test]
async fn public_keys_come_in_der_too_and_for_no_other_algorithm() {
    let algorithms = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];
    let (rsa, ec, ed) = (der(RSA_PUBLIC), der(P256_PUBLIC), der(ED_PUBLIC));
    for (algorithm, private, public) in [
        (Algorithm::Rs256, RSA_PEM, &*rsa),
        (Algorithm::Rs256, RSA_PEM, &rsa[24..]),
        (Algorithm::Es256, P256_PEM, &ec),
        (Algorithm::EdDsa, ED_PEM, &ed),
    ] {
        let signing = SigningKey::pem(algorithm, private).unwrap();
        let token = login(&layer_of(AuthLocal::new().algorithm(algorithm), &[signing], &[])).await;
        let verifying = VerifyingKey::der(algorithm, public).unwrap();
        assert!(admits(&nameless_verifier(&[verifying]), &token).await, "{algorithm}");
        for other in algorithms.into_iter().filter(|other| *other != algorithm) {
            assert!(VerifyingKey::der(other, public).is_err(), "{other} of {algorithm}");
        }
    }
    assert_eq!(VerifyingKey::der(Algorithm::Rs256, der(WEAK_RSA_PUBLIC)).unwrap_err().kind(), BuildErrorKind::WeakKey);
}
