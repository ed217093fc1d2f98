//! Dummies, and what they cost.

use super::*;

/// What verifying does, by the libraries' own account: an error other than "wrong password" means that no work was
/// done.
fn work(stored: &StoredPassword) -> Result<(), String> {
    let outcome = match stored.scheme() {
        HashScheme::Argon2(hash) => Argon2::default().verify_password(b"x", &hash),
        HashScheme::Scrypt(hash) => scrypt::Scrypt::default().verify_password(b"x", &hash),
        HashScheme::Pbkdf2(hash) => pbkdf2::Pbkdf2::default().verify_password(b"x", &hash),
        HashScheme::Bcrypt { hash, .. } => match bcrypt::verify(b"x", hash) {
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
        HashScheme::Pbkdf2(hash) => {
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
