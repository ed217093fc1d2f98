//! Vectors made by others: argon2-cffi 25.1 (the reference C code), bcrypt 5.0 for Python, PHP 8.2's `password_hash`,
//! passlib 1.7 and Python's `hashlib` (OpenSSL). None was made by the code under test.

use password_hash::Error;
use proptest::prelude::*;

use super::*;

const PASSWORD: &str = "correct horse";
const UNICODE: &str = "pässwörd 密码 🔑";

/// Stored forms of [`PASSWORD`], cheap ones, which the tests below may verify many times.
const CHEAP: &[(&str, &str)] = &[
    (
        "argon2id by argon2-cffi",
        "$argon2id$v=19$m=64,t=3,p=2$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
    ),
    (
        "argon2id by PHP",
        "$argon2id$v=19$m=64,t=2,p=1$NTQxQkdxd3RqMk13cXZndw$bUeRLgSPot//n7Gq18yOeKUma53/300uvLx2hPX5ERY",
    ),
    (
        "argon2id with 64 bytes",
        "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$UcjMszZt4+8/yWpZU0sA8JVBeF2B0NajyxVCBpye2CeuSq39rc3eRm6APIP+Wz1LRHFo9w1FXkcqCIOoEs4lhw",
    ),
    ("argon2id with 16 bytes", "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$XJ3Bz2VLIpraPNt3hgnH/w"),
    (
        "argon2id version 1.0",
        "$argon2id$v=16$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$kcaxvAbHWG6YgDwCEV4Jrldid2xj6bdKUL5PPnSWlGs",
    ),
    (
        "argon2i by argon2-cffi",
        "$argon2i$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$9Z4z6iAdp16RLCvWrgcSaX1gQL5YDoY4KHno0EPO2g4",
    ),
    ("argon2i by PHP", "$argon2i$v=19$m=64,t=2,p=1$Z1NJeHByNWU1dXJhMWpURg$LZEhkswUvQC9x/cEyAu1hy+5ZSW6DwPXwynV1WPWd40"),
    (
        "argon2d by argon2-cffi",
        "$argon2d$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$LmFg69OZeyHBxEUa1R5skTkupIKz81nzXcjNDQoHqPM",
    ),
    (
        "argon2id as Spring stores it",
        "{argon2}$argon2id$v=19$m=64,t=3,p=2$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
    ),
    (
        "argon2id as newer Spring stores it",
        "{argon2@SpringSecurity_v5_8}$argon2id$v=19$m=64,t=3,p=2$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE",
    ),
    ("bcrypt 2a by Python", "$2a$04$noMNHVuHWI7TXm5lM8ZdC.NC6s4p381CtlglgTSMkoALBOa3EM5qa"),
    ("bcrypt 2b by Python", "$2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK"),
    ("bcrypt 2b of another cost", "$2b$05$/lW7hzEO27oUnZLXXhYqT.opvXVy.lXxVPeq1Lc06nj1gI.nEsfMq"),
    ("bcrypt 2y by PHP", "$2y$04$O2L8TSeup8PbV1lzEWW9qOb9bT3IeNpiSgDxwLcm6Wue7fclx3MfS"),
    ("bcrypt 2y by PHP's crypt", "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
    ("bcrypt 2a as Spring stores it", "{bcrypt}$2a$04$noMNHVuHWI7TXm5lM8ZdC.NC6s4p381CtlglgTSMkoALBOa3EM5qa"),
    (
        "scrypt by hashlib and passlib",
        "$scrypt$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAs",
    ),
    (
        "scrypt of other parameters, with + and / in its salt",
        "$scrypt$ln=5,r=4,p=2$+//+IHNhbHRTQUxUc2FsdCE$ArbB7nys91iUke6zHOMDQq0GZKvGlvqdPltq+9dWPQ4",
    ),
    (
        "scrypt with 64 bytes",
        "$scrypt$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAu6K3G1ozpLTgzevPHz0lWzsNxrrtIBvC8ct1ksB90How",
    ),
    ("pbkdf2-sha256", "$pbkdf2-sha256$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M"),
    (
        "pbkdf2-sha256 that states its length",
        "$pbkdf2-sha256$i=1000,l=32$+//+IHNhbHRTQUxUc2FsdCE$jF9H9WknvCE2EteYber0/pzLp849lUZPQhf1iwj6bMU",
    ),
    (
        "pbkdf2-sha256 with 64 bytes",
        "$pbkdf2-sha256$i=1000,l=64$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8PsQjEjPdR7JmrZJXQefysc8dA0uyIjv9bXt4CZ1brGRQ",
    ),
    (
        "pbkdf2-sha512 with 32 bytes",
        "$pbkdf2-sha512$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$eIGMi+UqDswIbd31dNfOt/Ef/Dp4lJ3j3OqjlFeJWu4",
    ),
    (
        "pbkdf2-sha512 with its own 64 bytes",
        "$pbkdf2-sha512$i=1000,l=64$AQIDBAUGBwgJCgsMDQ4PEA$eIGMi+UqDswIbd31dNfOt/Ef/Dp4lJ3j3OqjlFeJWu75VMjKI1vX4xv9hmkwjYCpfvyG3tdytQqwPK/yPKxncA",
    ),
];

/// Stored forms of [`PASSWORD`] that take a while.
const DEAR: &[(&str, &str)] = &[
    (
        "argon2id with the parameters of new hashes",
        "$argon2id$v=19$m=19456,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$WSYaCniE35LgMC861etJkzreaLAHfRyCvDTHu5qnYDY",
    ),
    (
        "argon2id with Spring's parameters",
        "$argon2id$v=19$m=16384,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$ab+ISGQNSW96gQqmjcCVtv6pUJIHYuCuQv9Ep89LZPg",
    ),
    (
        "argon2id with argon2-cffi's parameters",
        "$argon2id$v=19$m=65536,t=3,p=4$76fdRdOFH/w2BRT8Qt3R7w$fRGkHDxYZCF07pOdr/QG9fukcufURG2ue2TXBdYMZZc",
    ),
];

/// One of each kind, for what is slow to go through in full.
fn kinds() -> Vec<StoredPassword> {
    let mut kinds: Vec<StoredPassword> = [0, 5, 7, 10, 11, 13, 16, 19, 22].map(|row| CHEAP[row].1.into()).into();
    kinds.push(salted());
    kinds
}

/// `base64(SHA-256("s4lt" + PASSWORD))`, by hashlib.
fn salted() -> StoredPassword {
    StoredPassword::salted_sha256("s4lt", "yC0sRRMvYnYDTds6jnT2XlqJ1kYO2jJH0+uvxqB7szo=")
}

fn check(stored: &StoredPassword, password: &str) -> Option<bool> {
    verify(stored, password, None)
}

#[test]
fn the_right_password_is_right_in_every_stored_form() {
    for (form, stored) in CHEAP.iter().chain(DEAR) {
        assert_eq!(check(&(*stored).into(), PASSWORD), Some(true), "{form}");
    }
    assert_eq!(check(&salted(), PASSWORD), Some(true), "salted SHA-256");
    let unsalted = StoredPassword::salted_sha256("", "QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE=");
    assert_eq!(check(&unsalted, PASSWORD), Some(true), "SHA-256 with an empty salt");
}

/// The digest length of PBKDF2-SHA512 is 64 unless something else is said, and PHC strings need not say it.
#[test]
fn the_right_password_is_right_for_pbkdf2_sha512_with_64_bytes_and_no_stated_length() {
    let stored = "$pbkdf2-sha512$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$eIGMi+UqDswIbd31dNfOt/Ef/Dp4lJ3j3OqjlFeJWu75VMjKI1vX4xv9hmkwjYCpfvyG3tdytQqwPK/yPKxncA";
    assert_eq!(check(&stored.into(), PASSWORD), Some(true));
    assert_eq!(check(&stored.into(), "wrong"), Some(false));
}

/// The Argon2 reference code before 1.3 wrote no version, and its reader takes none for 1.0.
#[test]
fn the_right_password_is_right_for_argon2_without_a_stated_version() {
    for stored in [
        "$argon2id$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$kcaxvAbHWG6YgDwCEV4Jrldid2xj6bdKUL5PPnSWlGs",
        "$argon2i$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$o4cebKAJcI5zFcUJBD6pN7q8Rz+Sstr0IrBdySczGOM",
    ] {
        assert_eq!(check(&stored.into(), PASSWORD), Some(true), "{stored}");
    }
}

#[test]
fn passwords_beyond_ascii_are_compared_by_their_utf8_bytes() {
    let forms: [StoredPassword; 6] = [
        "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$j4/C7lRgRPBxn6JNh3B00NLYri6VYn7UlPBy7fn5n8I".into(),
        "$2b$04$4WRQzi/aeuMERbi4jSrSt.1Pae5V2VQvQ8ywx2AeO6hrdaQ0dg4.u".into(),
        "$2y$04$JshT5ORAV/Aa2Dj7Wy3ije4DBbx0aK/mOGUkqG58RnXazRGd6iR.G".into(),
        "$scrypt$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$NoBYTXLkz2Q/ZEwm0D1P4R+8cE8RGS7WzBlgCA/uH4I".into(),
        "$pbkdf2-sha256$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$bY2TQzIz1LUYRhcOcbJ99DqUnq7YTggd5WU6ha4HIX4".into(),
        StoredPassword::salted_sha256("s4lt", "ApvaXtQ31vEme61q3rq8u7SbDZRBm+FjVK6avQEcays="),
    ];
    // The same letters composed otherwise, in capitals, and without their marks.
    let others = ["pa\u{308}sswo\u{308}rd 密码 🔑", "PÄSSWÖRD 密码 🔑", "password 密码 🔑", "pässwörd 密码 "];
    for (row, stored) in forms.iter().enumerate() {
        assert_eq!(check(stored, UNICODE), Some(true), "row {row}");
        for other in others {
            assert_eq!(check(stored, other), Some(false), "row {row}: {other}");
        }
    }
}

#[test]
fn s39_passwords_are_compared_whole() {
    let others = [
        "",
        " ",
        "wrong",
        "correct horse ",
        " correct horse",
        "correct horse\t",
        "correct horse\n",
        "correct  horse",
        "correcthorse",
        "Correct horse",
        "CORRECT HORSE",
        "correct hors",
        "orrect horse",
        "correct horsf",
        "correct horse correct horse",
        "correct h\u{43e}rse",
    ];
    for (form, stored) in CHEAP {
        for other in others {
            assert_eq!(check(&(*stored).into(), other), Some(false), "{form}: {other:?}");
        }
    }
    for other in others {
        assert_eq!(check(&salted(), other), Some(false), "salted SHA-256: {other:?}");
    }
}

/// A NUL byte neither ends a password nor is padding. bcrypt repeats the password with a NUL behind it to fill 72 bytes,
/// so `p` and `p\0p` are one to it; HMAC fills its key with NULs, so `p` and `p\0` are one to PBKDF2 and scrypt.
#[test]
fn s39_a_nul_byte_is_a_character_like_any_other() {
    let others =
        ["correct horse\0", "correct horse\0\0", "correct horse\0correct horse", "correct horse\0x", "correct\0"];
    let mut mistaken = Vec::new();
    for (form, stored) in CHEAP {
        mistaken.extend(
            others.iter().filter(|other| check(&(*stored).into(), other) != Some(false)).map(|other| (*form, *other)),
        );
    }
    mistaken.extend(others.iter().filter(|other| check(&salted(), other) != Some(false)).map(|o| ("salted", *o)));
    assert!(mistaken.is_empty(), "taken for \"correct horse\": {mistaken:#?}");

    let stored = "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$dbYRRcnKOl4OscrAdHN7+msn8vPN1eiAFyv3JrT2AxU";
    for (password, right) in
        [("correct\0horse", true), ("correct", false), ("correct\0", false), ("correct\0hors", false)]
    {
        assert_eq!(check(&stored.into(), password), Some(right), "{password:?}");
    }
}

#[test]
fn s39_spaces_at_either_end_belong_to_the_password() {
    let stored = "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$rHsvCbV168pIR8sUM26jtp2D2X/6np2ttPRT9zlcvp0";
    for (password, right) in
        [(" correct horse ", true), ("correct horse", false), (" correct horse", false), ("correct horse ", false)]
    {
        assert_eq!(check(&stored.into(), password), Some(right), "{password:?}");
    }
}

#[test]
fn s39_bcrypt_reads_72_bytes_and_a_longer_password_is_wrong() {
    let letters = "a".repeat(72);
    let rows = [
        ("Python, 72 of ASCII", "$2b$04$5T.RIolYfWV3RP17Yduhke.vxfbNE0nplE.Z2h7XnhEGJfGiGuHG2", letters.clone()),
        ("PHP, 72 of ASCII", "$2y$04$IblVY2uElrj.YVJiENn37e.FAAwC5V44vs01UEqHt5HA/CN62G6zu", letters.clone()),
        ("Python, 72 in 36 letters", "$2b$04$Ut23TPFzFea2x7TMizmg8Oqoe5ZfRMLyhj2S7IHFVPZfd7Z3G8gYC", "é".repeat(36)),
        ("Python, 71 of ASCII", "$2b$04$6FVFPjxfEm/F.EJGD9NH7u4yesDsYBbzP8moM0Lt6BIA1MaaDPwK2", "a".repeat(71)),
    ];
    for (row, stored, password) in rows {
        let stored = StoredPassword::from(stored);
        assert_eq!(check(&stored, &password), Some(true), "{row}");
        for longer in ["a", "b", "\0", " "] {
            let longer = password.clone() + longer;
            assert_eq!(check(&stored, &longer), Some(false), "{row}: {} bytes", longer.len());
        }
        assert_eq!(check(&stored, &password.repeat(2)), Some(false), "{row}, twice");
        assert_eq!(check(&stored, &password.repeat(100)), Some(false), "{row}, a hundred times");
        let mut shorter = password.clone();
        shorter.pop();
        assert_eq!(check(&stored, &shorter), Some(false), "{row}, less the last letter");
    }
}

#[test]
fn s39_more_than_4096_bytes_are_wrong_even_where_they_were_stored() {
    let (longest, longer) = ("a".repeat(4096), "a".repeat(4097));
    let of_longest = [
        "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$uI82GZG5EAHyZ3G+WAbzOfgtJ3hYIW/Y+Xeg96yPZR4",
        "$scrypt$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$6l2Go6fV1DirJXMk7UkFEhooakfX2ihzeTlLoXCQ6AA",
        "$pbkdf2-sha512$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$jU/x60uKHCchH2IUVPd5WHMc2axTfPtRO/elGEy7w2Y",
    ];
    for stored in of_longest {
        assert_eq!(check(&stored.into(), &longest), Some(true), "{stored}");
        assert_eq!(check(&stored.into(), &longer), Some(false), "{stored}: the first 4096 bytes are the password");
        assert_eq!(check(&stored.into(), &longest[1..]), Some(false), "{stored}");
    }
    let of_longer = [
        "$argon2id$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$zki/WJ9YfYFJ/C1E/Q6TK4YV66glpHk4tnUSqbX/fuQ",
        "$scrypt$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$VLlA9pEZrvI5RY5MvMEziryixgqv3cTwtIVmyV6HZIM",
    ];
    for stored in of_longer {
        assert_eq!(check(&stored.into(), &longer), Some(false), "{stored}");
    }
    // The limit may fall inside a letter.
    let split = "a".repeat(4095) + "é";
    for stored in kinds() {
        for long in [&longer, &split, &"é".repeat(50_000)] {
            assert_eq!(check(&stored, long), Some(false));
        }
    }
    let custom = |_: &str, _: &str| Some(true);
    assert_eq!(verify(&"own:form".into(), &longest, Some(&custom)), Some(true));
    assert_eq!(verify(&"own:form".into(), &longer, Some(&custom)), Some(false));
}

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

/// What verifying does, by the libraries' own account: an error other than "wrong password" means that no work was done.
fn work(stored: &StoredPassword) -> Result<(), String> {
    let outcome = match stored.scheme() {
        Scheme::Argon2(hash) => Argon2::default().verify_password(b"x", &hash),
        Scheme::Scrypt(hash) => scrypt::Scrypt::default().verify_password(b"x", &hash),
        Scheme::Pbkdf2(hash) => pbkdf2::Pbkdf2::default().verify_password(b"x", &hash),
        Scheme::Bcrypt { hash, .. } => match bcrypt::verify(b"x", hash) {
            Ok(false) => Err(Error::PasswordInvalid),
            other => return Err(format!("{other:?}")),
        },
        _ => return Err("no hash".into()),
    };
    match outcome {
        Err(Error::PasswordInvalid) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn s57_a_dummy_costs_what_it_stands_for_and_is_nobodys() {
    let mut rows: Vec<_> = CHEAP.iter().chain(DEAR).map(|(form, stored)| (*form, (*stored).into())).collect();
    rows.push(("pbkdf2-sha512 with 64 bytes unstated", "$pbkdf2-sha512$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$eIGMi+UqDswIbd31dNfOt/Ef/Dp4lJ3j3OqjlFeJWu75VMjKI1vX4xv9hmkwjYCpfvyG3tdytQqwPK/yPKxncA".into()));
    rows.push((
        "argon2i without a version",
        "$argon2i$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$o4cebKAJcI5zFcUJBD6pN7q8Rz+Sstr0IrBdySczGOM".into(),
    ));
    rows.push(("a new hash", StoredPassword::hash("secret").unwrap().as_str().into()));
    let mut unlike = Vec::new();
    for (form, stored) in rows {
        let stored: StoredPassword = stored;
        let dummy = dummy(&cost(&stored, None)).unwrap();
        assert_eq!(cost(&dummy, None), cost(&stored, None), "{form}");
        for password in ["", "\0", PASSWORD, UNICODE] {
            assert_eq!(check(&dummy, password), Some(false), "{form}: {password:?}");
        }
        let done = [&stored, &dummy].map(work);
        if done != [Ok(()), Ok(())] {
            unlike.push((form, done));
        }
    }
    assert!(unlike.is_empty(), "verifying a form and verifying its dummy: {unlike:#?}");
}

/// PBKDF2 works once for each block of its output, so a digest of two blocks costs twice what one of one block does.
#[test]
fn s57_a_dummy_has_as_many_blocks_as_what_it_stands_for() {
    let blocks = |stored: &StoredPassword| match stored.scheme() {
        Scheme::Pbkdf2(hash) => {
            let block = if hash.algorithm.as_str() == "pbkdf2-sha256" { 32 } else { 64 };
            hash.hash.map(|output| output.len().div_ceil(block))
        }
        _ => None,
    };
    for (form, stored) in CHEAP.iter().filter(|(form, _)| form.starts_with("pbkdf2")) {
        let stored = StoredPassword::from(*stored);
        let dummy = dummy(&cost(&stored, None)).unwrap();
        assert_eq!(blocks(&dummy), blocks(&stored), "{form}");
    }
}

#[test]
fn what_is_too_quick_to_tell_has_no_dummy() {
    for stored in [salted(), "own:form".into(), "{noop}x".into(), "".into(), "$2b$04$x".into(), "$argon2id$x".into()] {
        assert_eq!(cost(&stored, None), Cost::Negligible);
    }
    assert!(dummy(&Cost::Negligible).is_none());
    waste(&Cost::Negligible, PASSWORD, None);
}

#[test]
fn costs_tell_parameters_apart_and_not_salts() {
    let of = |stored: &str| cost(&stored.into(), None);
    assert_eq!(of(CHEAP[5].1), of(CHEAP[6].1), "argon2i, another salt");
    assert_eq!(of(CHEAP[10].1), of(CHEAP[13].1), "bcrypt, 2a and 2y");
    assert_eq!(of(CHEAP[10].1), of(CHEAP[15].1), "bcrypt, with Spring's prefix");
    for (one, other) in [(0, 1), (5, 7), (1, 4), (11, 12), (16, 17), (19, 22)] {
        assert_ne!(of(CHEAP[one].1), of(CHEAP[other].1), "{} and {}", CHEAP[one].0, CHEAP[other].0);
    }
}

#[test]
fn new_hashes_are_argon2id_with_the_preferred_cost_and_a_salt_of_their_own() {
    let (one, other) = (StoredPassword::hash(PASSWORD).unwrap(), StoredPassword::hash(PASSWORD).unwrap());
    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    assert_ne!(one, other);
    let stored = StoredPassword::from(one);
    assert_eq!(check(&stored, PASSWORD), Some(true));
    assert_eq!(check(&stored, "correct horse "), Some(false));
    assert_eq!(cost(&stored, None), preferred_cost());
    assert_eq!(cost(&DEAR[0].1.into(), None), preferred_cost());
}

/// A stored form with one of its characters replaced, taken out or doubled. Digits are left alone: they are parameters,
/// and another one could ask for gigabytes.
fn damaged() -> impl Strategy<Value = String> {
    let replacement = prop_oneof![any::<char>(), Just('$'), Just(','), Just('='), Just('A'), Just('\0')];
    let change = (any::<proptest::sample::Index>(), 0..3u8, replacement.prop_filter("no digit", |c| !c.is_numeric()));
    (0..CHEAP.len(), proptest::collection::vec(change, 1..4)).prop_map(|(row, changes)| {
        let mut text: Vec<char> = CHEAP[row].1.chars().collect();
        for (place, change, replacement) in changes {
            let place = place.index(text.len());
            match change {
                _ if text[place].is_numeric() => {}
                0 => text[place] = replacement,
                // Taking a separator out could join two numbers.
                1 if text[place].is_alphabetic() => drop(text.remove(place)),
                _ => text.insert(place, replacement),
            }
        }
        text.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn s70_arbitrary_stored_text_never_panics_and_is_never_right(
        mark in prop_oneof![Just(""), Just("$2b$04$"), Just("$argon2id$"), Just("$scrypt$"), Just("$pbkdf2-sha256$"), Just("{bcrypt}"), Just("{noop}")],
        text in "\\PC{0,80}",
        password in "\\PC{0,20}",
    ) {
        let stored = StoredPassword::from(format!("{mark}{text}"));
        prop_assert_ne!(check(&stored, &password), Some(true));
        waste(&cost(&stored, None), &password, None);
    }

    #[test]
    fn s70_damaged_forms_never_panic_and_a_wrong_password_is_never_right(stored in damaged()) {
        let stored = StoredPassword::from(stored);
        prop_assert_ne!(check(&stored, "wrong"), Some(true));
        waste(&cost(&stored, None), "wrong", None);
    }

    #[test]
    fn s39_only_the_password_itself_is_right(password in "[^\0]{0,40}") {
        let stored = StoredPassword::from(CHEAP[1].1);
        prop_assert_eq!(check(&stored, &password), Some(password == PASSWORD));
    }
}
