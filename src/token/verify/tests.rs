use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::token::{Algorithm, SigningKey, TokenKey};

const NOW: u64 = 1_700_000_000;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::hs256("a shared secret of at least 32 bytes").unwrap());

static KEYS: LazyLock<KeyRing> = LazyLock::new(|| KeyRing::new(vec![KEY.clone()], Vec::new()).unwrap());

fn policy() -> TokenPolicy {
    TokenPolicy { size_limit: 16 * 1024, leeway: 10, issuer: None, audience: None }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn verify(token: &str) -> Result<Claims, Fault> {
    policy().verify(&KEYS, token, at(NOW), Window::Expiry)
}

fn fault(token: &str) -> Option<Fault> {
    verify(token).err()
}

fn refresh(claims: &str, window: i64) -> Option<Fault> {
    policy().verify(&KEYS, &signed(claims), at(NOW), Window::Refresh(window)).err()
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of any two parts, which need not be base64, signed as they stand.
fn seal(header: &str, claims: &str) -> String {
    let text = format!("{header}.{claims}");
    let signature = encode(KEY.sign(text.as_bytes()).unwrap());
    format!("{text}.{signature}")
}

fn signed_with(header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    seal(&encode(header), &encode(claims))
}

fn signed(claims: &str) -> String {
    signed_with(HEADER, claims)
}

/// Claims of user 1 with these besides.
fn with(members: &str) -> String {
    format!(r#"{{"id":1,"exp":{}{members}}}"#, NOW + 3600)
}

fn good() -> String {
    signed(&with(""))
}

fn good_parts() -> [String; 3] {
    let token = good();
    let mut parts = token.split('.').map(str::to_owned);
    [(); 3].map(|()| parts.next().unwrap())
}

// Form

#[test]
fn a_good_token_verifies_and_says_who() {
    let claims = verify(&good()).unwrap();
    assert_eq!(claims.subject(), &1.into());
    assert_eq!(claims.expires_at(), Some((NOW + 3600).cast_signed()));
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
    let at_limit = |size_limit| limited(size_limit).verify(&KEYS, &token, at(NOW), Window::Expiry).err();
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
            let outcome = roomy.verify(&KEYS, &token, at(NOW), Window::Expiry);
            assert!(name == "x" || name == "jwk" || outcome.is_err(), "{name}");
        }
        let beside_sub = signed(&format!(r#"{{"sub":1,"exp":{},"id":{value}}}"#, NOW + 3600));
        let _ = roomy.verify(&KEYS, &beside_sub, at(NOW), Window::Expiry);
    }
    for text in ["[".repeat(200_000), r#"{"x":"#.repeat(200_000)] {
        assert!(roomy.verify(&KEYS, &signed(&text), at(NOW), Window::Expiry).is_err());
        assert!(roomy.verify(&KEYS, &signed_with(&text, with("")), at(NOW), Window::Expiry).is_err());
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
    assert!(roomy.verify(&KEYS, &token, at(NOW), Window::Expiry).is_ok());
    let token = signed(&with(&format!(r#"{members},"x0":0"#)));
    assert_eq!(roomy.verify(&KEYS, &token, at(NOW), Window::Expiry).err(), Some(Fault::Malformed));
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

// Times

#[test]
fn s14_times_saturate_at_every_end() {
    let ends = [
        "0",
        "-0.0",
        "-1",
        "1e308",
        "-1e308",
        "1.7976931348623157e308",
        "-1.7976931348623157e308",
        "5e-324",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "18446744073709551615",
        "9007199254740993",
        "1e-400",
    ];
    let clocks = [0, 1, NOW, i64::MAX.unsigned_abs(), u64::MAX / 1000, u64::MAX];
    for leeway in [0, 10, 300, i64::MAX] {
        let policy = TokenPolicy { leeway, ..policy() };
        for value in ends {
            for name in ["exp", "nbf", "iat"] {
                let others = if name == "exp" { String::new() } else { r#","exp":1e308"#.to_owned() };
                let claims = format!(r#"{{"sub":1,"iss":"i","jti":"j","{name}":{value}{others}}}"#);
                let token = signed(&claims);
                for clock in clocks {
                    for window in [0, 1, -1, i64::MAX, i64::MIN] {
                        let _ = policy.verify(&KEYS, &token, at(clock), Window::Refresh(window));
                    }
                    let _ = policy.verify(&KEYS, &token, at(clock), Window::Expiry);
                }
            }
        }
    }
    let judged = |members: &str, clock| {
        let token = signed(&format!(r#"{{"id":1{members}}}"#));
        policy().verify(&KEYS, &token, at(clock), Window::Expiry).err()
    };
    assert_eq!(judged(r#","exp":1e308"#, NOW), None);
    assert_eq!(judged(r#","exp":9223372036854775807"#, NOW), None);
    assert_eq!(judged(r#","exp":-1e308"#, 0), Some(Fault::Expired));
    assert_eq!(judged(r#","exp":-9223372036854775808"#, 0), Some(Fault::Expired));
    assert_eq!(judged(r#","exp":1e308,"nbf":1e308"#, NOW), Some(Fault::NotYetValid));
    assert_eq!(judged(r#","exp":1e308,"iat":9223372036854775807"#, NOW), Some(Fault::NotYetValid));
    assert_eq!(judged(r#","exp":1e308,"nbf":-1e308,"iat":-1e308"#, 0), None);
}

#[test]
fn s14_a_clock_before_the_leeway_does_not_wrap() {
    let policy = TokenPolicy { leeway: 300, ..policy() };
    let at_epoch = |claims: &str| policy.verify(&KEYS, &signed(claims), at(0), Window::Expiry).err();
    assert_eq!(at_epoch(r#"{"id":1,"exp":0}"#), None);
    assert_eq!(at_epoch(r#"{"id":1,"exp":-299}"#), None);
    assert_eq!(at_epoch(r#"{"id":1,"exp":-300}"#), Some(Fault::Expired));
}

#[test]
fn s13_exp_is_the_first_moment_too_late() {
    let judged = |members: &str| fault(&signed(&format!(r#"{{"id":1{members}}}"#)));
    assert_eq!(judged(&format!(r#","exp":{}"#, NOW - 9)), None);
    assert_eq!(judged(&format!(r#","exp":{}"#, NOW - 10)), Some(Fault::Expired));
    assert_eq!(judged(&format!(r#","exp":{}.999"#, NOW - 10)), Some(Fault::Expired));
    assert_eq!(judged(""), Some(Fault::MissingClaim));
    let early = |name: &str, value: &str| fault(&signed(&with(&format!(r#","{name}":{value}"#))));
    for name in ["nbf", "iat"] {
        assert_eq!(early(name, &format!("{}", NOW + 10)), None);
        assert_eq!(early(name, &format!("{}.001", NOW + 10)), Some(Fault::NotYetValid));
        assert_eq!(early(name, &format!("{}", NOW + 11)), Some(Fault::NotYetValid));
    }
}

#[test]
fn s45_the_refresh_window_counts_from_iat_whether_exp_has_passed_or_not() {
    let claims = |iat: i64, exp: i64| format!(r#"{{"sub":1,"iss":"i","iat":{iat},"exp":{exp},"nbf":{iat},"jti":"j"}}"#);
    let now = NOW.cast_signed();
    assert_eq!(refresh(&claims(now - 100, now - 90), 100), None);
    assert_eq!(refresh(&claims(now - 101, now - 90), 100), Some(Fault::WindowPassed));
    assert_eq!(refresh(&claims(now - 101, now + 90), 100), Some(Fault::WindowPassed), "exp does not lengthen it");
    assert_eq!(refresh(&claims(now - 1, now + 90), i64::MAX), None);
    assert_eq!(refresh(&claims(now + 11, now + 90), 100), Some(Fault::NotYetValid));
    assert_eq!(refresh(&claims(i64::MIN, now), 100), Some(Fault::WindowPassed));
    assert_eq!(refresh(&claims(i64::MAX, now), i64::MAX), Some(Fault::NotYetValid));
    let token = signed(&claims(now - 100, now - 90));
    assert_eq!(fault(&token), Some(Fault::Expired), "a guarded route does not know the window");
}

#[test]
fn s45_a_refresh_needs_every_claim_of_a_refreshable_token() {
    let members = [
        r#""sub":1"#.to_owned(),
        r#""iss":"i""#.into(),
        format!(r#""iat":{NOW}"#),
        format!(r#""exp":{}"#, NOW + 60),
        format!(r#""nbf":{NOW}"#),
        r#""jti":"j""#.into(),
    ];
    assert_eq!(refresh(&format!("{{{}}}", members.join(",")), 100), None);
    for missing in &members {
        let rest: Vec<_> = members.iter().filter(|member| *member != missing).map(String::as_str).collect();
        let claims = format!(r#"{{"id":1,{}}}"#, rest.join(","));
        assert_eq!(refresh(&claims, 100), Some(Fault::MissingClaim), "without {missing}");
    }
}

// Names

#[test]
fn s15_issuer_and_audience_are_judged_before_the_times() {
    let policy = TokenPolicy { issuer: Some("i".into()), audience: Some("a".into()), ..policy() };
    let judged = |members: &str| {
        let token = signed(&format!(r#"{{"id":1,{members}}}"#));
        policy.verify(&KEYS, &token, at(NOW), Window::Expiry).err()
    };
    let exp = format!(r#""exp":{}"#, NOW + 60);
    assert_eq!(judged(&format!(r#"{exp},"iss":"i","aud":"a""#)), None);
    assert_eq!(judged(&format!(r#"{exp},"iss":"i","aud":["b","a"]"#)), None);
    for foreign in [
        r#""iss":"i""#,
        r#""aud":"a""#,
        r#""iss":"I","aud":"a""#,
        r#""iss":"i","aud":"A""#,
        r#""iss":"i","aud":[]"#,
        r#""iss":"a","aud":"i""#,
    ] {
        assert_eq!(judged(&format!("{exp},{foreign}")), Some(Fault::Foreign), "{foreign}");
        assert_eq!(judged(&format!(r#""exp":1,{foreign}"#)), Some(Fault::Foreign), "{foreign}, expired");
    }
    for wrong in
        [r#""iss":["i"],"aud":"a""#, r#""iss":1,"aud":"a""#, r#""iss":"i","aud":[["a"]]"#, r#""iss":"i","aud":null"#]
    {
        assert_eq!(judged(&format!("{exp},{wrong}")), Some(Fault::Malformed), "{wrong}");
    }
}

#[test]
fn s46_a_tokens_key_is_made_of_what_was_verified_and_not_of_its_spelling() {
    let key = |claims: &str| {
        let token = signed(claims);
        TokenKey::of(&token, &verify(&token).unwrap())
    };
    let named = |iss: &str, sub: &str, jti: &str| {
        key(&format!(r#"{{"iss":"{iss}","sub":"{sub}","jti":"{jti}","exp":{}}}"#, NOW + 60))
    };
    assert!(named("i", "s", "j") == named("i", "\\u0073", "j"), "one content, two spellings");
    for (iss, sub, jti) in [("x", "s", "j"), ("i", "x", "j"), ("i", "s", "x"), ("is", "", "j"), ("i", "sj", "")] {
        if !sub.is_empty() {
            assert!(named("i", "s", "j") != named(iss, sub, jti), "{iss} {sub} {jti}");
        }
    }
    // Without a jti it is the signed part: header and claims.
    assert!(key(&with("")) == key(&with("")));
    assert!(key(&with("")) != key(&with(r#","x":1"#)));
}

#[test]
fn of_several_keys_of_one_algorithm_any_may_have_signed() {
    let keys = ["one", "two", "three"].map(|name| SigningKey::hs256(format!("{name:-<32}")).unwrap());
    let ring = KeyRing::new(keys.to_vec(), Vec::new()).unwrap();
    let text = format!("{}.{}", encode(HEADER), encode(with("")));
    for key in &keys {
        let token = format!("{text}.{}", encode(key.sign(text.as_bytes()).unwrap()));
        assert!(policy().verify(&ring, &token, at(NOW), Window::Expiry).is_ok());
    }
    assert_eq!(policy().verify(&ring, &good(), at(NOW), Window::Expiry).err(), Some(Fault::Signature));
    let none = KeyRing::new(Vec::new(), Vec::new()).unwrap();
    assert_eq!(policy().verify(&none, &good(), at(NOW), Window::Expiry).err(), Some(Fault::Unsupported));
    assert_eq!(KEY.algorithm(), Algorithm::Hs256);
}

// Anything at all

proptest! {
    #[test]
    fn any_text_is_refused_without_a_panic(text in "\\PC{0,300}") {
        prop_assert!(verify(&text).is_err());
    }

    #[test]
    fn any_parts_are_refused_without_a_panic(text in "[A-Za-z0-9_=.-]{0,300}") {
        prop_assert!(verify(&text).is_err());
    }

    #[test]
    fn any_header_is_judged_without_a_panic(header in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = verify(&signed_with(header, with("")));
    }

    #[test]
    fn any_claims_are_judged_without_a_panic(claims in proptest::collection::vec(any::<u8>(), 0..120)) {
        prop_assert!(verify(&signed_with(HEADER, claims)).is_err());
    }

    #[test]
    fn any_members_are_judged_without_a_panic(
        members in proptest::collection::vec(
            ("sub|id|iss|aud|exp|nbf|iat|jti|x", "-?[0-9]{1,20}(\\.[0-9]{1,5})?(e-?[0-9]{1,3})?|\"\\PC{0,9}\"|null|\\[1\\]|\\{\\}"),
            0..8,
        ),
        seconds in any::<u64>(),
        leeway in any::<i64>(),
        window in any::<i64>(),
    ) {
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        let token = signed(&format!("{{{}}}", members.join(",")));
        let policy = TokenPolicy { leeway, ..policy() };
        for window in [Window::Expiry, Window::Refresh(window)] {
            let _ = policy.verify(&KEYS, &token, at(seconds), window);
        }
    }

    #[test]
    fn any_moment_is_inside_or_outside_of_exp(exp in any::<i64>(), now in 0..u64::MAX / 1000) {
        let token = signed(&format!(r#"{{"id":1,"exp":{exp}}}"#));
        let policy = TokenPolicy { leeway: 0, ..policy() };
        let expired = policy.verify(&KEYS, &token, at(now), Window::Expiry).err() == Some(Fault::Expired);
        // NumericDate is a double: beyond 2^53 seconds it is exact to the next few hundred.
        let (exp, now) = (i128::from(exp), i128::from(now));
        if (exp - now).abs() > 2048 {
            prop_assert_eq!(expired, now >= exp);
        }
    }

    #[test]
    fn no_replaced_character_verifies(index in any::<prop::sample::Index>(), other in any::<char>()) {
        let token = good();
        let mut characters: Vec<char> = token.chars().collect();
        *index.get_mut(&mut characters) = other;
        let altered: String = characters.into_iter().collect();
        prop_assert_eq!(verify(&altered).is_ok(), altered == token);
    }

    #[test]
    fn no_replaced_letter_verifies(index in any::<prop::sample::Index>(), other in "[A-Za-z0-9_.=+/-]") {
        let token = good();
        let at = index.index(token.len());
        let altered = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        prop_assert_eq!(verify(&altered).is_ok(), altered == token);
    }

    #[test]
    fn no_added_or_dropped_character_verifies(index in any::<prop::sample::Index>(), more in any::<char>()) {
        let token = good();
        let at = index.index(token.len());
        let (start, end) = token.split_at(at);
        prop_assert!(verify(&[start, &more.to_string(), end].concat()).is_err());
        prop_assert!(verify(&[&token, more.to_string().as_str()].concat()).is_err());
        prop_assert!(verify(&[start, &end[1..]].concat()).is_err());
        prop_assert!(verify(start).is_err());
    }
}
