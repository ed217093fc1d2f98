//! Issuing: claims in the order a contract has them, behind a header in the order it has.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Algorithm, SigningKey};

/// The `typ` of tickets.
pub(super) const TICKET_TYPE: &str = "ticket+jwt";

/// The order in which a contract writes the two members of its token's header. Clients have been seen to compare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderOrder {
    /// `{"alg":…,"typ":"JWT"}`, as node-jsonwebtoken writes it.
    AlgorithmFirst,
    /// `{"typ":"JWT","alg":…}`, as java-jwt and tymon/jwt-auth write it.
    TypeFirst,
}

/// The signed token; `None` when the back end cannot sign.
pub(crate) fn sign(key: &SigningKey, order: HeaderOrder, claims: &[u8]) -> Option<String> {
    compact(key, &header_json(order, key.algorithm(), key.id()), claims)
}

/// The signed ticket; `None` when the back end cannot sign.
pub(crate) fn sign_ticket(key: &SigningKey, claims: &[u8]) -> Option<String> {
    compact(key, &ticket_header_json(key.algorithm(), key.id()), claims)
}

fn compact(key: &SigningKey, header: &str, claims: &[u8]) -> Option<String> {
    let mut token = URL_SAFE_NO_PAD.encode(header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Some(token)
}

/// A token as it looks, signed by nobody.
#[cfg(feature = "openapi")]
pub(crate) fn specimen(algorithm: Algorithm, order: HeaderOrder, claims: &[u8]) -> String {
    unsigned(&header_json(order, algorithm, None), claims)
}

/// A ticket as it looks, signed by nobody.
#[cfg(feature = "openapi")]
pub(crate) fn specimen_ticket(algorithm: Algorithm, claims: &[u8]) -> String {
    unsigned(&ticket_header_json(algorithm, None), claims)
}

#[cfg(feature = "openapi")]
fn unsigned(header: &str, claims: &[u8]) -> String {
    [header.as_bytes(), claims, b"signature"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

pub(super) fn header_json(order: HeaderOrder, algorithm: Algorithm, key_id: Option<&str>) -> String {
    let members = match order {
        HeaderOrder::AlgorithmFirst => format!(r#""alg":"{algorithm}","typ":"JWT""#),
        HeaderOrder::TypeFirst => format!(r#""typ":"JWT","alg":"{algorithm}""#),
    };
    with_key_id(&members, key_id)
}

fn ticket_header_json(algorithm: Algorithm, key_id: Option<&str>) -> String {
    with_key_id(&format!(r#""alg":"{algorithm}","typ":"{TICKET_TYPE}""#), key_id)
}

fn with_key_id(members: &str, key_id: Option<&str>) -> String {
    match key_id {
        None => format!("{{{members}}}"),
        Some(key_id) => format!(r#"{{{members},"kid":{}}}"#, serde_json::Value::from(key_id)),
    }
}
