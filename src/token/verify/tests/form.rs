//! The compact form, its two objects, its size and its signature.

use super::*;

#[test]
fn a_good_token_verifies_and_says_who() {
    let claims = verify(&good()).unwrap();
    assert_eq!(claims.subject(), &1.into());
    assert_eq!(claims.expires_at(), Some(at(NOW + 3600)));
}

#[test]
fn s7_only_three_parts_are_a_token() {
    let token = good();
    let [header, claims, signature] = good_parts();
    let json = format!(r#"{{"payload":"{claims}","protected":"{header}","signature":"{signature}"}}"#);
    let general =
        format!(r#"{{"payload":"{claims}","signatures":[{{"protected":"{header}","signature":"{signature}"}}]}}"#);
    for text in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        header.clone(),
        format!("{header}.{claims}"),
        format!("{header}.{claims}."),
        format!("{header}..{signature}"),
        format!(".{claims}.{signature}"),
        format!("..{signature}"),
        format!("{header}.."),
        format!(".{token}"),
        format!("{token}."),
        format!("{header}..{claims}.{signature}"),
        format!("{token}.{signature}"),
        // JWE, RFC 7516 §7.1
        format!("{header}.{claims}.{signature}.{claims}.{signature}"),
        format!("{header}....{signature}"),
        json,
        general,
        ".".repeat(16 * 1024),
    ] {
        let fault = fault(&text).unwrap();
        assert!(matches!(fault, Fault::Malformed | Fault::Signature), "{text}: {fault:?}");
    }
    assert_eq!(fault(&format!("{header}.{claims}.")), Some(Fault::Signature), "an empty signature is none");
}

#[test]
fn s21_a_byte_that_has_no_place_in_a_token_makes_it_malformed_whatever_else_it_is() {
    let [header, claims, signature] = good_parts();
    // The last is not our signature.
    for (header, signature) in [(&header, &signature), (&encode(r#"{"alg":"none"}"#), &signature), (&header, &claims)] {
        for part in 0..3 {
            for byte in *b" ,\"~=+/\t\0\x7f\xff" {
                let mut parts = [header, &claims, signature].map(|part| part.as_bytes().to_vec());
                parts[part].insert(4, byte);
                let verified = policy().verify(&KEYS, &parts.join(&b'.'), at(NOW), Window::Expiry);
                assert_eq!(verified.err(), Some(Fault::Malformed), "{byte:#x} in part {part}");
            }
        }
    }
}

#[test]
fn s8_base64url_has_one_spelling() {
    let [header, claims, signature] = good_parts();
    let parts = [header.as_str(), &claims, &signature];
    for part in 0..3 {
        let text = parts[part];
        for (spelling, case) in [
            (format!("{text}="), "padding"),
            (format!("{text}=="), "more padding"),
            (format!("{text} "), "a space behind"),
            (format!(" {text}"), "a space before"),
            (format!("{text}\n"), "a line break"),
            (format!("{}\r\n{}", &text[..4], &text[4..]), "a line break inside"),
            (format!("{}\t{}", &text[..4], &text[4..]), "a tab inside"),
            (format!("{text}\0"), "a NUL"),
            (format!("{text}%3D"), "an escape"),
            (format!("{text}ä"), "another script"),
            (format!("{text}A"), "one more character"),
            (text[..text.len() - 1].to_owned(), "one less"),
            (format!("{}+{}", &text[..4], &text[5..]), "the other alphabet's +"),
            (format!("{}/{}", &text[..4], &text[5..]), "the other alphabet's /"),
        ] {
            let mut spelled = parts;
            spelled[part] = &spelling;
            assert!(verify(&spelled.join(".")).is_err(), "{case} in part {part}");
            // The same where the signature covers the odd spelling.
            if part < 2 {
                let expected = verify(&seal(spelled[0], spelled[1])).map(|_| ());
                assert!(matches!(expected, Err(Fault::Malformed)), "{case} in part {part}, signed: {expected:?}");
            }
        }
    }
}

#[test]
fn s8_spare_bits_are_zero() {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // The header leaves none, the claims four bits and the signature two.
    let claims = with(r#","x":"abcde""#);
    let token = signed(&claims);
    for (number, part) in token.split('.').enumerate() {
        let spare = match part.len() % 4 {
            0 => continue,
            2 => 16,
            _ => 4,
        };
        let (start, last) = part.split_at(part.len() - 1);
        let value = ALPHABET.iter().position(|letter| *letter == last.as_bytes()[0]).unwrap();
        assert_eq!(value % spare, 0, "the encoder leaves them zero");
        for more in 1..spare {
            let spelling = format!("{start}{}", char::from(ALPHABET[value + more]));
            let parts: Vec<&str> = token.split('.').collect();
            let mut spelled = [parts[0], parts[1], parts[2]];
            spelled[number] = &spelling;
            assert!(verify(&spelled.join(".")).is_err(), "{spelling}");
            if number < 2 {
                assert_eq!(fault(&seal(spelled[0], spelled[1])), Some(Fault::Malformed), "{spelling}, signed");
            }
        }
    }
    assert_ne!(encode(&claims).len() % 4, 0, "the claims have spare bits");
    assert_ne!(token.rsplit('.').next().unwrap().len() % 4, 0, "the signature has spare bits");
}

#[test]
fn s9_header_and_claims_are_one_json_object_of_utf_8() {
    let claims = with("");
    let headers: [&[u8]; 12] = [
        b"",
        b"null",
        b"[]",
        b"\"HS256\"",
        b"{",
        br#"{"alg":"HS256"}{}"#,
        br#"{"alg":"HS256"}x"#,
        br#"[{"alg":"HS256"}]"#,
        b"\xef\xbb\xbf{\"alg\":\"HS256\"}",
        b"{\"alg\":\"HS256\",\"x\":\"\xff\"}",
        br#"{"alg":"HS256",}"#,
        b"{'alg':'HS256'}",
    ];
    for header in headers {
        let text = String::from_utf8_lossy(header);
        assert_eq!(fault(&signed_with(header, &claims)), Some(Fault::Malformed), "{text}");
    }
    let start = claims.strip_suffix('}').unwrap();
    let bodies: [Vec<u8>; 10] = [
        b"".into(),
        b"null".into(),
        b"1".into(),
        format!("[{claims}]").into_bytes(),
        format!("{claims}{claims}").into_bytes(),
        format!("{claims}\0").into_bytes(),
        format!("\u{feff}{claims}").into_bytes(),
        start.into(),
        [start.as_bytes(), b",\"x\":\"\xff\"}"].concat(),
        [start.as_bytes(), b",\"x\":\"\xed\xa0\x80\"}"].concat(),
    ];
    for body in bodies {
        let text = String::from_utf8_lossy(&body);
        assert_eq!(fault(&signed_with(HEADER, &body)), Some(Fault::Malformed), "{text}");
    }
    for (header, claims) in [
        ("{ \"typ\" : \"JWT\",\r\n\t\"alg\" : \"HS256\" }\n".to_owned(), claims.clone()),
        (HEADER.to_owned(), format!("\n{claims}\n")),
        (HEADER.to_owned(), with(r#","ключ":"\ud83d\ude00""#)),
    ] {
        assert_eq!(fault(&signed_with(&header, &claims)), None, "{header} {claims}");
    }
}

#[test]
fn s9_duplicate_names_are_refused_in_header_and_claims_also_when_escaped() {
    for header in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
        r#"{"alg":"HS256","x":1,"\u0078":1}"#,
        r#"{"alg":"HS256","kid":"a","kid":"a"}"#,
    ] {
        assert_eq!(fault(&signed_with(header, with(""))), Some(Fault::Malformed), "{header}");
    }
    for members in [
        r#","id":1"#,
        r#","\u0069d":2"#,
        r#","exp":1"#,
        r#","x":1,"x":1"#,
        r#","":1,"":1"#,
        r#","a":1,"b":1,"\u0061":1"#,
    ] {
        assert_eq!(fault(&signed(&with(members))), Some(Fault::Malformed), "{members}");
    }
    assert_eq!(fault(&signed(&with(r#","x":{"exp":1},"Exp":1,"exp ":1"#))), None, "other names and other depths");
}

#[test]
fn s10_the_size_is_checked_before_anything_else() {
    let token = good();
    let limited = |size_limit| TokenPolicy { size_limit, ..policy() };
    let at_limit = |size_limit| limited(size_limit).verify(&KEYS, token.as_bytes(), at(NOW), Window::Expiry).err();
    assert_eq!(at_limit(token.len()), None);
    assert_eq!(at_limit(token.len() - 1), Some(Fault::TooLong));
    for huge in [".".repeat(16 * 1024 + 1), "\u{1f600}".repeat(8 * 1024), format!("{token}{}", " ".repeat(16 * 1024))] {
        assert_eq!(fault(&huge), Some(Fault::TooLong));
    }
}

/// A value inside so many arrays, and one inside so many objects.
fn nested(depth: usize) -> [String; 2] {
    [("[", "]"), (r#"{"x":"#, "}")].map(|(open, close)| format!("{}1{}", open.repeat(depth), close.repeat(depth)))
}

/// Tokens, otherwise good, with a value in each place where it may stand.
fn around(value: &str) -> Vec<(&'static str, String)> {
    let exp = NOW + 3600;
    let claims = ["x", "sub", "aud", "iss", "jti", "nbf"].map(|name| {
        let claims = format!(r#"{{"id":1,"exp":{exp},"{name}":{value}}}"#);
        (name, signed(&claims))
    });
    let headers = ["x", "jwk", "crit", "kid", "typ"].map(|name| {
        let header = format!(r#"{{"alg":"HS256","{name}":{value}}}"#);
        (name, signed_with(header, with("")))
    });
    claims.into_iter().chain(headers).collect()
}

#[test]
fn s10_deep_nesting_does_not_exhaust_the_stack() {
    let roomy = TokenPolicy { size_limit: 8 * 1024 * 1024, ..policy() };
    for value in nested(200_000) {
        for (name, token) in around(&value) {
            let outcome = roomy.verify(&KEYS, token.as_bytes(), at(NOW), Window::Expiry);
            assert!(name == "x" || name == "jwk" || outcome.is_err(), "{name}");
        }
        let beside_sub = signed(&format!(r#"{{"sub":1,"exp":{},"id":{value}}}"#, NOW + 3600));
        let _ = roomy.verify(&KEYS, beside_sub.as_bytes(), at(NOW), Window::Expiry);
    }
    for text in ["[".repeat(200_000), r#"{"x":"#.repeat(200_000)] {
        assert!(roomy.verify(&KEYS, signed(&text).as_bytes(), at(NOW), Window::Expiry).is_err());
        assert!(roomy.verify(&KEYS, signed_with(&text, with("")).as_bytes(), at(NOW), Window::Expiry).is_err());
    }
}

#[test]
fn s10_nesting_has_a_limit() {
    for (name, token) in nested(16).iter().flat_map(|value| around(value)) {
        assert_eq!(fault(&token).is_none(), name == "x" || name == "jwk", "16 levels in {name}");
    }
    for (name, token) in nested(1_000).iter().flat_map(|value| around(value)) {
        assert!(fault(&token).is_some(), "1000 levels in {name}");
    }
}

#[test]
fn s10_thousands_of_members_are_judged_in_no_time() {
    let members: Vec<_> = (0..100_000).map(|number| format!(r#","x{number}":0"#)).collect();
    let members = members.concat();
    let roomy = TokenPolicy { size_limit: 8 * 1024 * 1024, ..policy() };
    let token = signed(&with(&members));
    assert!(roomy.verify(&KEYS, token.as_bytes(), at(NOW), Window::Expiry).is_ok());
    let token = signed(&with(&format!(r#"{members},"x0":0"#)));
    assert_eq!(roomy.verify(&KEYS, token.as_bytes(), at(NOW), Window::Expiry).err(), Some(Fault::Malformed));
}

#[test]
fn s11_a_signature_of_another_length_does_not_hold() {
    let [header, claims, signature] = good_parts();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    for length in 0..=4096 {
        let of_length: Vec<u8> = signature.iter().copied().cycle().take(length).collect();
        let outcome = fault(&format!("{header}.{claims}.{}", encode(of_length)));
        assert_eq!(outcome.is_none(), length == 32, "{length} bytes");
    }
}

#[test]
fn the_header_is_judged_before_the_signature_and_the_claims_after_it() {
    let header = encode(r#"{"alg":"none"}"#);
    assert_eq!(fault(&format!("{header}.{}.AAAA", encode("x"))), Some(Fault::Unsupported));
    let header = encode(HEADER);
    for claims in ["x", r#"{"exp":1}"#, &with(r#","nbf":"x""#)] {
        assert_eq!(fault(&format!("{header}.{}.AAAA", encode(claims))), Some(Fault::Signature), "{claims}");
    }
}

#[test]
fn a_header_spelled_otherwise_is_read_to_the_same_end() {
    for header in [
        r#"{"typ":"JWT","alg":"HS256"}"#,
        r#"{"alg":"HS256"}"#,
        r#"{ "alg": "HS256" }"#,
        r#"{"alg":"HS256","typ":"at+jwt"}"#,
        r#"{"alg":"HS256","typ":"JWT","kid":"unknown where no key is named"}"#,
        r#"{"\u0061lg":"\u0048S256"}"#,
    ] {
        assert_eq!(fault(&signed_with(header, with(""))), None, "{header}");
    }
    for header in [
        r#"{"typ":"JWT"}"#,
        r#"{"alg":"HS384"}"#,
        r#"{"alg":"HS256","typ":"JWE"}"#,
        r#"{"alg":"HS256","crit":["exp"]}"#,
    ] {
        assert_eq!(fault(&signed_with(header, with(""))), Some(Fault::Unsupported), "{header}");
    }
}
