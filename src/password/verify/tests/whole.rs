//! Right passwords in every form, compared whole.

use super::*;

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

/// A NUL byte neither ends a password nor is padding. bcrypt repeats the password with a NUL behind it to fill 72
/// bytes, so `p` and `p\0p` are one to it; HMAC fills its key with NULs, so `p` and `p\0` are one to PBKDF2 and scrypt.
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
}

/// It may cost by the byte, and whoever sends a password is nobody yet.
#[test]
fn s39_the_applications_verification_gets_4096_bytes_at_most_in_whole_letters() {
    let custom = |_: &str, password: &str| {
        assert!(matches!(password.len(), 4095 | 4096), "{} bytes", password.len());
        Some(true)
    };
    let stored = StoredPassword::from("own:form");
    let rows = [
        ("a".repeat(4096), true),
        ("a".repeat(4097), false),
        ("a".repeat(4095) + "é", false),
        ("é".repeat(2048), true),
        ("é".repeat(30_000), false),
    ];
    for (password, right) in rows {
        assert_eq!(verify(&stored, &password, Some(&custom)), Some(right), "{} bytes", password.len());
        waste(&cost(&stored, Some(&custom)), &password, Some(&custom));
    }
}
