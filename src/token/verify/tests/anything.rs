//! Properties over any text.

use super::*;

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
            let _ = policy.verify(&KEYS, token.as_bytes(), at(seconds), window);
        }
    }

    #[test]
    fn any_moment_is_inside_or_outside_of_exp(exp in any::<i64>(), now in 0..u64::MAX / 1000) {
        let token = signed(&format!(r#"{{"id":1,"exp":{exp}}}"#));
        let policy = TokenPolicy { leeway: 0, ..policy() };
        let expired = policy.verify(&KEYS, token.as_bytes(), at(now), Window::Expiry).err() == Some(Fault::Expired);
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
