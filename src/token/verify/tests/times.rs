//! `exp`, `nbf`, `iat` and the refresh window.

use super::*;

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
                        let _ = policy.verify(&KEYS, token.as_bytes(), at(clock), Window::Refresh(window));
                    }
                    let _ = policy.verify(&KEYS, token.as_bytes(), at(clock), Window::Expiry);
                }
            }
        }
    }
    let judged = |members: &str, clock| {
        let token = signed(&format!(r#"{{"id":1{members}}}"#));
        policy().verify(&KEYS, token.as_bytes(), at(clock), Window::Expiry).err()
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
    let at_epoch = |claims: &str| policy.verify(&KEYS, signed(claims).as_bytes(), at(0), Window::Expiry).err();
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

#[test]
fn s13_a_ticket_ends_with_its_exp_whatever_the_leeway() {
    let ticket = signed_with(r#"{"alg":"HS256","typ":"ticket+jwt"}"#, with(""));
    let judged = |now| policy().verify(&KEYS, ticket.as_bytes(), at(now), Window::Ticket).err();
    assert_eq!(judged(NOW + 3599), None);
    assert_eq!(judged(NOW + 3600), Some(Fault::Expired));
}

#[test]
fn s47_a_token_is_remembered_until_no_door_would_take_it() {
    let ends = |members: &str, window| {
        let claims = verify(&signed(&with(members))).unwrap();
        policy().last_moment(&claims, window).unix_seconds() - NOW
    };
    let begun = NOW - 100;
    let refreshable = format!(r#","sub":1,"iss":"i","iat":{begun},"nbf":{NOW},"jti":"j""#);
    // The leeway, and the second in which it ends.
    assert_eq!(ends(&refreshable, Window::Expiry), 3611);
    assert_eq!(ends(&refreshable, Window::Ticket), 3611);
    assert_eq!(ends(&refreshable, Window::Refresh(60)), 3611, "its own end is later");
    assert_eq!(ends(&refreshable, Window::Refresh(5000)), 4911, "from its iat on");
    assert_eq!(ends(&refreshable, Window::Sliding(5000)), 5011, "from its nbf on");
    let members: Vec<_> = refreshable.split_inclusive(',').collect();
    for missing in [r#""iss":"#, r#""iat":"#, r#""nbf":"#, r#""jti":"#] {
        let rest: String = members.iter().filter(|member| !member.starts_with(missing)).copied().collect();
        assert_eq!(ends(rest.trim_end_matches(','), Window::Refresh(5000)), 3611, "it cannot be refreshed: {rest}");
    }
    assert_eq!(ends("", Window::Refresh(5000)), 3611, "nor can this");
}
