//! Keys in PEM, RFC 7468, for whom label and content agree, and public ones as they are inside of it.

use jsonwebtoken::{DecodingKey, EncodingKey};
use memchr::memmem;

use super::{algorithm::Family, der};

/// How a PEM begins, RFC 7468 §2.
pub(super) const BEGIN: &[u8] = b"-----BEGIN";

/// A public key: SPKI, PKCS#1 for RSA, or an X.509 certificate's.
pub(super) fn public(family: Family, text: &[u8]) -> Option<DecodingKey> {
    let pem = pem::parse(text).ok()?;
    let info = match pem.tag() {
        "RSA PUBLIC KEY" if family == Family::Rsa => return Some(DecodingKey::from_rsa_der(pem.contents())),
        "PUBLIC KEY" => pem.contents(),
        "CERTIFICATE" => der::certified(pem.contents())?,
        _ => return None,
    };
    spki(family, info)
}

/// The same without the PEM around it.
pub(super) fn public_der(family: Family, bytes: &[u8]) -> Option<DecodingKey> {
    let info = der::certified(bytes).unwrap_or(bytes);
    match der::public_key(info) {
        None if family == Family::Rsa && der::is_public(bytes) => Some(DecodingKey::from_rsa_der(bytes)),
        _ => spki(family, info),
    }
}

fn spki(family: Family, info: &[u8]) -> Option<DecodingKey> {
    let (identifier, key) = der::public_key(info)?;
    let make = match family {
        Family::Rsa => DecodingKey::from_rsa_der,
        Family::Ec => DecodingKey::from_ec_der,
        Family::Ed => DecodingKey::from_ed_der,
        Family::Hmac(_) => return None,
    };
    (identifier == identifier_of(family)?).then(|| make(key))
}

/// A private key: PKCS#8, or PKCS#1 for RSA.
pub(super) fn private(family: Family, text: &[u8]) -> Option<EncodingKey> {
    let pem = pem::parse(text).ok()?;
    let is_one = match pem.tag() {
        "RSA PRIVATE KEY" => family == Family::Rsa,
        "PRIVATE KEY" => der::private_key(pem.contents())?.0 == identifier_of(family)?,
        _ => false,
    };
    match family {
        _ if !is_one => None,
        Family::Rsa => {
            let key = der::pkcs1(pem.contents());
            der::private_modulus(key).map(|_| EncodingKey::from_rsa_der(key))
        }
        Family::Ec => Some(EncodingKey::from_ec_der(pem.contents())),
        Family::Ed => Some(EncodingKey::from_ed_der(pem.contents())),
        Family::Hmac(_) => None,
    }
}

/// What a refused text is, for whoever mixed up two files or kinds of keys: its label, RFC 7468 §2, and nothing of its
/// content.
pub(super) fn described(text: &[u8]) -> String {
    match pem::parse(text) {
        Ok(pem) => format!("another `{}`", pem.tag()),
        Err(_) => "no PEM".to_owned(),
    }
}

/// What to do about a text that is no private key of the family.
pub(super) fn advice(family: Family, text: &[u8]) -> &'static str {
    match pem::parse(text).as_ref().map(pem::Pem::tag) {
        Err(_) if memmem::find(text, BEGIN).is_some() => "give all of the file, with its line breaks",
        Err(_) => "give the content of a PEM file, not its name",
        Ok("PRIVATE KEY") => "name the algorithm that it is for, or give another key",
        Ok("PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE") => "give the private key that it belongs to",
        // OpenSSH writes those in no other form.
        Ok("OPENSSH PRIVATE KEY") if family == Family::Ed => "make one with `openssl genpkey -algorithm ed25519`",
        Ok("OPENSSH PRIVATE KEY") => "convert a copy of it with `ssh-keygen -p -N '' -m PKCS8 -f copy.pem`",
        Ok(_) => "convert it with `openssl pkcs8 -topk8 -nocrypt`",
    }
}

/// How PKIX calls the family: RFC 8017 appendix A.1, RFC 5480 §2.1.1, RFC 8410 §3.
fn identifier_of(family: Family) -> Option<&'static [u8]> {
    match family {
        // rsaEncryption, 1.2.840.113549.1.1.1
        Family::Rsa => Some(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]),
        // id-ecPublicKey, 1.2.840.10045.2.1
        Family::Ec => Some(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]),
        // id-Ed25519, 1.3.101.112
        Family::Ed => Some(&[0x2b, 0x65, 0x70]),
        Family::Hmac(_) => None,
    }
}
