//! Forms that are not known, damaged or absurd.

use super::*;

#[test]
fn plain_text_is_refused_whatever_the_custom_verifier_says() {
    let custom = |_: &str, _: &str| Some(true);
    for stored in [
        "{noop}correct horse",
        "{noop}",
        "{noop}{noop}correct horse",
        "{noop}$2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK",
    ] {
        assert_eq!(verify(&stored.into(), PASSWORD, Some(&custom)), None, "{stored}");
        assert_eq!(verify(&stored.into(), PASSWORD, None), None, "{stored}");
    }
    assert_eq!(check(&PASSWORD.into(), PASSWORD), None);
    assert_eq!(check(&"".into(), ""), None);
}

#[test]
fn a_form_of_the_application_goes_to_its_verifier_whole() {
    let custom = |stored: &str, password: &str| match stored.split_once(':') {
        Some(("own", rest)) => Some(rest == password),
        _ => None,
    };
    for (stored, password, expected) in [
        ("own:correct horse", PASSWORD, Some(true)),
        ("own:correct horse", "correct horse ", Some(false)),
        ("other:correct horse", PASSWORD, None),
        ("{MD5}0123", PASSWORD, None),
        ("", "", None),
    ] {
        assert_eq!(verify(&stored.into(), password, Some(&custom)), expected, "{stored}");
        assert_eq!(verify(&stored.into(), password, None), None, "{stored} without a verifier");
    }
    let spring = |stored: &str, _: &str| {
        Some(stored == "{pbkdf2}5d923b44a6d129f3ddf3e3c8d29412723dcbde72445e8ef6bf3b508fbf17fa4e")
    };
    let stored = "{pbkdf2}5d923b44a6d129f3ddf3e3c8d29412723dcbde72445e8ef6bf3b508fbf17fa4e";
    assert_eq!(verify(&stored.into(), PASSWORD, Some(&spring)), Some(true), "the prefix is part of what is stored");
}

/// passlib's `$pbkdf2-sha256$1000$…` and Django's `pbkdf2_sha256$…` are no PHC strings, and so not forms known here.
#[test]
fn look_alikes_of_known_forms_go_to_the_custom_verifier() {
    let custom = |_: &str, password: &str| Some(password == PASSWORD);
    for stored in [
        "$pbkdf2-sha256$1000$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M",
        "pbkdf2_sha256$1000$salt$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M=",
        "$2x$04$noMNHVuHWI7TXm5lM8ZdC.NC6s4p381CtlglgTSMkoALBOa3EM5qa",
        "$5$rounds=5000$salt$digest",
        "$6$salt$digest",
        "$1$salt$digest",
        "$P$BsaltsaltDigestDigestDigestDigest",
    ] {
        assert_eq!(verify(&stored.into(), PASSWORD, Some(&custom)), Some(true), "{stored}");
        assert_eq!(verify(&stored.into(), "wrong", Some(&custom)), Some(false), "{stored}");
        assert_eq!(verify(&stored.into(), PASSWORD, None), None, "{stored}");
    }
}

#[test]
fn the_custom_verifier_is_never_asked_about_known_forms() {
    let custom = |_: &str, _: &str| -> Option<bool> { panic!("asked") };
    for stored in kinds() {
        assert_eq!(verify(&stored, "wrong", Some(&custom)), Some(false));
    }
}

/// The libraries take the last one. None of these may be verified, not even here: they would take the process down.
#[test]
fn s70_of_a_parameter_that_stands_twice_neither_may_ask_for_too_much() {
    let salt_and_hash = "AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE";
    let is_other = |parameters: &str| {
        let stored = StoredPassword::from(format!("${parameters}${salt_and_hash}"));
        matches!(stored.scheme(), HashScheme::Other(_))
    };
    for (little, much, form) in [
        ("ln=1", "ln=40", "scrypt$*,r=8,p=1"),
        ("r=8", "r=4096", "scrypt$ln=1,*,p=1"),
        ("i=1000", "i=4294967295", "pbkdf2-sha256$*"),
        ("m=64", "m=4294967295", "argon2id$v=19$*,t=2,p=1"),
        ("t=2", "t=4294967295", "argon2id$v=19$m=64,*,p=1"),
    ] {
        assert!(!is_other(&form.replace('*', little)), "{form}");
        for both in [format!("{little},{much}"), format!("{much},{little}")] {
            assert!(is_other(&form.replace('*', &both)), "{form}, {both}");
        }
    }
}

#[test]
fn malformed_stored_forms_are_never_right() {
    let stored = [
        "$",
        "$$",
        "{",
        "{}",
        "{bcrypt}",
        "{bcrypt",
        "{argon2}$",
        "$2b$",
        "$2b$04$",
        "$2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOn",
        "$2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnKK",
        "$2b$4$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnKKK",
        "$2b$00$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK",
        "$2b$03$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK",
        "$2b$32$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK",
        "$2b$99$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK",
        "$2b$+4$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK",
        "$2b$-1$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK",
        "$2b$04$myvugXeT5RlU9s!LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK",
        "$2b$04$ééééééééééééééééééééééééééé",
        "$2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iO\u{e9}",
        "$argon2id$",
        "$argon2id$v=19",
        "$argon2id$v=19$m=64,t=2,p=1",
        "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA",
        "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$",
        "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGI",
        "$argon2id$v=19$m=64,t=2,p=1$$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2id$v=19$m=64,t=2,p=1$AQ$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2id$v=18$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2id$v=19$m=1,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2id$v=19$m=64,t=0,p=1$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2id$v=19$m=64,t=2,p=0$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2id$v=19$m=64,t=2,p=16777216$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2id$v=19$m=64,t=2,p=4294967295$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2id$v=19$m=99999999999,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2id$v=19$m=-64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2id$v=19$m=64,t=2,p=1,x=1$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2id$v=19$m=64,m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$argon2x$v=19$m=64,t=3,p=2$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$ARGON2ID$v=19$m=64,t=3,p=2$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
        "$scrypt$ln=0,r=0,p=0$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAs",
        "$scrypt$ln=4,r=8,p=0$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAs",
        "$scrypt$ln=64,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAs",
        "$scrypt$v=1$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAs",
        "$pbkdf2-sha256$i=0$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M",
        "$pbkdf2-sha256$i=999999999999$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M",
        "$pbkdf2-sha256$i=1000,l=65$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M",
        "$pbkdf2-sha1$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M",
        "$pbkdf2$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M",
        " $2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK",
        "$2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK ",
        "$2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK\n",
        "correct horse",
        "\0",
    ];
    for stored in stored {
        assert_ne!(check(&stored.into(), PASSWORD), Some(true), "{stored:?}");
        assert_ne!(check(&stored.into(), ""), Some(true), "{stored:?}");
    }
    for (salt, digest) in [
        ("s4lt", ""),
        ("s4lt", "="),
        ("s4lt", "yC0sRRMvYnYDTds6jnT2XlqJ1kYO2jJH0+uvxqB7szo"),
        ("s4lt", "yC0sRRMvYnYDTds6jnT2XlqJ1kYO2jJH0-uvxqB7szo="),
        ("s4lt", "yC0sRRMvYnYDTds6jnT2XlqJ1kYO2jJH0+uvxqB7s3o="),
        ("s4lt", "yC0sRRMvYnYDTds6jnT2XlqJ1kYO2jJH0+uvxqB7szo=\n"),
        ("s4lt", "yC0sRRMvYnYDTds6jnT2Xg=="),
        ("", "yC0sRRMvYnYDTds6jnT2XlqJ1kYO2jJH0+uvxqB7szo="),
        ("s4ltc", "yC0sRRMvYnYDTds6jnT2XlqJ1kYO2jJH0+uvxqB7szo="),
    ] {
        let stored = StoredPassword::salted_sha256(salt, digest);
        assert_eq!(check(&stored, PASSWORD), Some(false), "{salt:?} {digest:?}");
    }
}

/// Parameters that ask for terabytes, or whose product overflows: a damaged row in a database may not take the process
/// down.
#[test]
fn s70_absurd_parameters_neither_panic_nor_abort() {
    for stored in [
        "$scrypt$ln=1,r=65536,p=65536$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAs",
        "$scrypt$ln=40,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAs",
    ] {
        assert_ne!(check(&stored.into(), PASSWORD), Some(true), "{stored}");
    }
}

#[test]
fn a_form_that_is_cut_short_is_not_right() {
    // Scrypt and PBKDF2 give the beginning of one long output: there a shorter digest is a form of its own, unless the
    // string says how long it is.
    let says_its_length =
        |stored: &str| stored.contains("l=") || !(stored.contains("scrypt") || stored.contains("pbkdf2"));
    let rows = CHEAP.iter().filter(|(_, stored)| says_its_length(stored));
    for (form, stored) in rows.filter(|(_, stored)| stored.len() < 100) {
        for end in 0..stored.len() {
            assert_ne!(check(&stored[..end].into(), PASSWORD), Some(true), "{form}, {end} bytes of it");
        }
    }
}

#[test]
fn stored_forms_do_not_print() {
    for stored in kinds() {
        assert_eq!(format!("{stored:?}"), "StoredPassword([redacted])");
    }
}
