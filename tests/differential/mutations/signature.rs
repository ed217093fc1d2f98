//! Of the signature.

use p256::ecdsa::Signature;

use super::{Mutation, agreed};
use crate::{draft::Draft, keys::Keys};

pub(super) const MUTATIONS: &[Mutation] = &[
    agreed("a MAC under a public key", |draft, _| draft.signing = |keys, draft, text| keys.confuse(draft.key, text)),
    agreed("another key's signature", |draft, _| {
        draft.signing = |keys, draft, text| keys.sign(usize::from(draft.key == 0), text);
    }),
    agreed("a signature of something else", |draft, _| {
        draft.signing = |keys, draft, text| keys.sign(draft.key, &format!("{text}x"));
    }),
    agreed("no signature", |draft, _| draft.signing = |_, _, _| Vec::new()),
    agreed("zeros for a signature", |draft, _| {
        draft.signing = |keys, draft, text| vec![0; keys.sign(draft.key, text).len()];
    }),
    agreed("a bit of the signature", |draft, rng| {
        draft.signing = match rng.usize(..3) {
            0 => |keys, draft, text| altered(keys, draft, text, |bytes| bytes[0] ^= 1),
            1 => |keys, draft, text| altered(keys, draft, text, |bytes| *bytes.last_mut().unwrap() ^= 0x80),
            _ => |keys, draft, text| {
                altered(keys, draft, text, |bytes| {
                    let half = bytes.len() / 2;
                    bytes[half] ^= 0x10;
                })
            },
        };
    }),
    agreed("a byte of the signature more or less", |draft, rng| {
        draft.signing = match rng.usize(..3) {
            0 => |keys, draft, text| altered(keys, draft, text, |bytes| bytes.push(0)),
            1 => |keys, draft, text| altered(keys, draft, text, |bytes| bytes.truncate(bytes.len() - 1)),
            _ => |keys, draft, text| altered(keys, draft, text, |bytes| bytes.insert(0, 0)),
        };
    }),
    agreed("the halves of the signature changed about", |draft, _| {
        draft.signing = |keys, draft, text| {
            altered(keys, draft, text, |bytes| {
                let half = bytes.len() / 2;
                bytes.rotate_left(half);
            })
        };
    }),
    // RFC 7518 §3.4 asks for R and S side by side.
    agreed("a signature in DER", |draft, _| {
        draft.signing = |keys, draft, text| {
            altered(keys, draft, text, |bytes| {
                if let Ok(signature) = Signature::from_slice(bytes) {
                    *bytes = signature.to_der().as_bytes().to_vec();
                }
            })
        };
    }),
    // Both are good signatures, which is why nothing is named after a signature.
    agreed("the other S of ECDSA", |draft, _| {
        draft.signing = |keys, draft, text| {
            altered(keys, draft, text, |bytes| {
                let Ok(signature) = Signature::from_slice(bytes) else { return };
                let (r, s) = signature.split_scalars();
                if let Ok(other) = Signature::from_scalars(r, -s) {
                    *bytes = other.to_vec();
                }
            })
        };
    }),
];

fn altered(keys: &Keys, draft: &Draft, text: &str, alter: fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = keys.sign(draft.key, text);
    alter(&mut bytes);
    bytes
}
