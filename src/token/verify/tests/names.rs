//! Issuer, audience, and what a token is called.

use super::*;

#[test]
fn s15_issuer_and_audience_are_judged_before_the_times() {
    let policy = TokenPolicy { issuer: Some("i".into()), audience: Some("a".into()), ..policy() };
    let judged = |members: &str| {
        let token = signed(&format!(r#"{{"id":1,{members}}}"#));
        policy.verify(&KEYS, token.as_bytes(), at(NOW), Window::Expiry).err()
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
        TokenKey::of(token.as_bytes(), &verify(&token).unwrap())
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
        assert!(policy().verify(&ring, token.as_bytes(), at(NOW), Window::Expiry).is_ok());
    }
    assert_eq!(policy().verify(&ring, good().as_bytes(), at(NOW), Window::Expiry).err(), Some(Fault::Signature));
    let none = KeyRing::new(Vec::new(), Vec::new()).unwrap();
    assert_eq!(policy().verify(&none, good().as_bytes(), at(NOW), Window::Expiry).err(), Some(Fault::Unsupported));
    assert_eq!(KEY.algorithm(), Algorithm::Hs256);
}
