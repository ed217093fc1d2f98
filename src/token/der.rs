//! DER (X.690), as far as keys are wrapped in it: what is inside, and of which kind.

/// A public key or a certificate, and nothing else but white space around it.
pub(super) fn is_public(bytes: &[u8]) -> bool {
    alone(bytes).is_some_and(|der| is_public_key(der) || certified(der).is_some_and(is_public_key))
}

/// The one element, out of the white space around it. Its own last byte may be white space, so it goes by its length.
fn alone(bytes: &[u8]) -> Option<&[u8]> {
    let der = bytes.trim_ascii_start();
    let (_, _, rest) = tlv(der)?;
    der.get(..der.len() - rest.len()).filter(|_| rest.trim_ascii().is_empty())
}

/// `SEQUENCE { SEQUENCE { OBJECT IDENTIFIER …` (SPKI) or `SEQUENCE { INTEGER …` of RSA size (PKCS#1).
fn is_public_key(der: &[u8]) -> bool {
    let Some((0x30, content, [])) = tlv(der) else {
        return false;
    };
    match tlv(content) {
        Some((0x30, algorithm, _)) => algorithm.first() == Some(&0x06),
        Some((0x02, modulus, rest)) => modulus.len() >= 64 && rest.first() == Some(&0x02),
        _ => false,
    }
}

/// The PKCS#1 key inside a PKCS#8 one; what is not PKCS#8 stays as it is.
pub(super) fn pkcs1(der: &[u8]) -> &[u8] {
    private_key(der).map_or(der, |(_, key)| key)
}

/// The modulus of an `RSAPrivateKey`, RFC 8017 appendix A.1.2: the integer behind the version.
pub(super) fn private_modulus(der: &[u8]) -> Option<&[u8]> {
    let (0x30, content, []) = tlv(der)? else { return None };
    let (0x02, [0], rest) = tlv(content)? else { return None };
    let (0x02, modulus, _) = tlv(rest)? else { return None };
    Some(modulus)
}

/// What a public key is for, as an object identifier, and the key itself: `SubjectPublicKeyInfo`, RFC 5280 §4.1.
pub(super) fn public_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (0x30, content, []) = tlv(der)? else { return None };
    let (0x30, algorithm, rest) = tlv(content)? else { return None };
    let (0x06, identifier, _) = tlv(algorithm)? else { return None };
    // A bit string whose last byte is whole.
    let (0x03, [0, key @ ..], []) = tlv(rest)? else { return None };
    Some((identifier, key))
}

/// What a private key is for, as an object identifier, and the key itself: `PrivateKeyInfo`, RFC 5958 §2.
pub(super) fn private_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (0x30, content, []) = tlv(der)? else { return None };
    let (0x02, _, rest) = tlv(content)? else { return None };
    let (0x30, algorithm, rest) = tlv(rest)? else { return None };
    let (0x06, identifier, _) = tlv(algorithm)? else { return None };
    let (0x04, key, _) = tlv(rest)? else { return None };
    Some((identifier, key))
}

/// The `SubjectPublicKeyInfo` of a certificate, RFC 5280 §4.1.
pub(super) fn certified(der: &[u8]) -> Option<&[u8]> {
    let (0x30, certificate, []) = tlv(der)? else { return None };
    let (0x30, mut rest, _) = tlv(certificate)? else { return None };
    // A version may stand first; then serial number, signature, issuer, validity and subject.
    if let (0xa0, _, behind) = tlv(rest)? {
        rest = behind;
    }
    for _ in 0..5 {
        rest = tlv(rest)?.2;
    }
    let behind = tlv(rest)?.2;
    rest.get(..rest.len() - behind.len())
}

/// Tag, content and rest of the first DER element.
fn tlv(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (bytes.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        [&[tag, 0x81, length][..], content].concat()
    }

    #[test]
    fn s2_a_modulus_has_the_size_of_one_and_an_exponent_behind_it() {
        let (modulus, short, exponent) = (element(0x02, &[1; 64]), element(0x02, &[1; 63]), element(0x02, &[3]));
        let sequence = |parts: &[&[u8]]| element(0x30, &parts.concat());
        assert!(is_public(&sequence(&[&modulus, &exponent])));
        for none in [
            sequence(&[&short, &exponent]),
            sequence(&[&modulus]),
            sequence(&[&modulus, &element(0x04, &[3])]),
            sequence(&[&element(0x04, &[1; 64]), &exponent]),
            [&sequence(&[&modulus, &exponent])[..], b"more"].concat(),
        ] {
            assert!(!is_public(&none), "{none:02x?}");
        }
    }
}
