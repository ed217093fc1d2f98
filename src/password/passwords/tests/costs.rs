//! What attempts cost.

use super::*;

#[test]
fn s57_every_refused_attempt_does_the_same_hashing() {
    let long = over_long();
    let refused = [
        ("nobody", Who::Nobody, "wrong", Unverified::Wrong),
        ("nobody, with an over-long password", Who::Nobody, &long, Unverified::Wrong),
        ("a wrong password", Who::With(ARGON2ID), "wrong", Unverified::Wrong),
        ("an over-long password", Who::With(ARGON2ID), &long, Unverified::Wrong),
        ("an empty password", Who::With(ARGON2ID), "", Unverified::Wrong),
        ("a password with a NUL", Who::With(ARGON2ID), "correct horse\0", Unverified::Wrong),
        ("an account without password", Who::WithoutPassword, "wrong", Unverified::NoPassword),
        ("an account without password, over-long", Who::WithoutPassword, &long, Unverified::NoPassword),
        ("an unreadable hash", Who::With("$2b$04$damaged"), PASSWORD, Unverified::Wrong),
        ("an unreadable hash, over-long", Who::With("garbage"), &long, Unverified::Wrong),
        ("an empty hash", Who::With(""), PASSWORD, Unverified::Wrong),
        ("plain text", Who::With("{noop}correct horse"), PASSWORD, Unverified::Wrong),
        ("salted SHA-256", Who::Salted, "wrong", Unverified::Wrong),
        ("salted SHA-256, over-long", Who::Salted, &long, Unverified::Wrong),
    ];
    let bench = Bench::plain();
    for (name, who, password, why) in refused {
        assert_eq!(bench.attempt(&who, password), (Err(why), costs(&[ARGON2ID])), "{name}");
    }
    assert_eq!(bench.learned(), 1);
}

#[test]
fn s57_after_a_bcrypt_account_was_seen_every_refusal_costs_one_argon2id_and_one_bcrypt() {
    let bench = Bench::plain();
    let both = costs(&[ARGON2ID, BCRYPT_4]);
    assert_eq!(bench.attempt(&Who::Nobody, "wrong").1, costs(&[ARGON2ID]));
    assert_eq!(bench.attempt(&Who::With(BCRYPT_4), "wrong").1, both, "also the one that shows it");
    let long = over_long();
    for password in ["wrong", "", &"b".repeat(73), &long, "correct horse\0"] {
        for who in [
            Who::Nobody,
            Who::WithoutPassword,
            Who::With(BCRYPT_4),
            Who::With(ARGON2ID),
            Who::With("garbage"),
            Who::With("{bcrypt}$2a$04$noMNHVuHWI7TXm5lM8ZdC.NC6s4p381CtlglgTSMkoALBOa3EM5qa"),
            Who::Salted,
        ] {
            let (outcome, done) = bench.attempt(&who, password);
            assert!(outcome.is_err(), "{who:?} {}", password.len());
            assert_eq!(done, both, "{who:?}, {} bytes", password.len());
        }
    }
    assert_eq!(bench.learned(), 2);
}

#[test]
fn s57_a_right_password_shows_a_cost_as_well() {
    let bench = Bench::plain();
    assert_eq!(bench.attempt(&Who::With(BCRYPT_4), PASSWORD), (Ok(()), costs(&[BCRYPT_4])));
    assert_eq!(bench.attempt(&Who::Nobody, PASSWORD).1, costs(&[ARGON2ID, BCRYPT_4]));
}

#[test]
fn s57_a_refusal_does_each_cost_once_however_many_accounts_showed_it() {
    let bench = Bench::plain();
    for stored in [BCRYPT_4, BCRYPT_5, SCRYPT, BCRYPT_4, BCRYPT_5, SCRYPT] {
        assert!(bench.attempt(&Who::With(stored), "wrong").0.is_err());
    }
    let all = costs(&[ARGON2ID, BCRYPT_4, BCRYPT_5, SCRYPT]);
    for who in [Who::Nobody, Who::WithoutPassword, Who::Wrong, Who::Salted, Who::With(BCRYPT_5), Who::With(SCRYPT)] {
        assert_eq!(bench.attempt(&who, "wrong").1, all, "{who:?}");
    }
}

#[test]
fn s57_the_costs_that_are_learned_are_bounded() {
    let bench = Bench::plain();
    for stored in [BCRYPT_4, BCRYPT_5, SCRYPT, PBKDF2, ARGON2I, ARGON2ID_SMALL] {
        assert!(bench.attempt(&Who::With(stored), "wrong").0.is_err());
        assert!(bench.learned() <= COSTS, "{stored}");
    }
    assert_eq!(bench.attempt(&Who::Nobody, "wrong").1, costs(&[ARGON2ID, BCRYPT_4, BCRYPT_5, SCRYPT]));
    assert_eq!(bench.attempt(&Who::With(PBKDF2), PASSWORD).0, Ok(()), "one that is not learned still verifies");
}

#[test]
fn unreadable_and_quick_forms_are_not_learned() {
    let bench = Bench::new(Some(Arc::new(|_, _| None)), None);
    for who in [Who::With("garbage"), Who::With("$argon2id$v=19$m=64"), Who::With("$2b$99$x"), Who::Salted] {
        assert!(bench.attempt(&who, "wrong").0.is_err());
    }
    assert_eq!(bench.learned(), 1);
}

#[test]
fn the_right_password_is_verified_once_and_nothing_else_is_hashed() {
    let bench = Bench::plain();
    for stored in [ARGON2ID, ARGON2ID_SMALL, BCRYPT_4, SCRYPT, PBKDF2] {
        assert_eq!(bench.attempt(&Who::With(stored), PASSWORD), (Ok(()), costs(&[stored])), "{stored}");
    }
    assert_eq!(bench.attempt(&Who::Salted, PASSWORD), (Ok(()), vec![]));
}

#[test]
fn what_the_closure_found_right_is_believed_and_not_hashed_and_what_it_found_wrong_costs_as_ever() {
    let bench = Bench::plain();
    for password in ["", PASSWORD, &over_long()] {
        assert_eq!(bench.attempt(&Who::Verified, password), (Ok(()), vec![]));
        assert_eq!(bench.attempt(&Who::Wrong, password), (Err(Unverified::Wrong), costs(&[ARGON2ID])));
    }
}

#[test]
fn s57_the_custom_verifier_works_for_every_refusal_once_it_has_known_a_form() {
    let asked = Arc::new(AtomicUsize::new(0));
    let custom: Verifier = Arc::new({
        let asked = Arc::clone(&asked);
        move |stored: &str, password: &str| {
            asked.fetch_add(1, Ordering::SeqCst);
            stored.strip_prefix("own:").map(|own| own == password)
        }
    });
    let bench = Bench::new(Some(custom), None);
    let rows = [
        (Who::With("own:correct horse"), PASSWORD, Ok(()), 1, costs(&[])),
        (Who::With("own:correct horse"), "wrong", Err(Unverified::Wrong), 1, costs(&[ARGON2ID])),
        (Who::With("other:correct horse"), PASSWORD, Err(Unverified::Wrong), 2, costs(&[ARGON2ID])),
        (Who::With("{noop}correct horse"), PASSWORD, Err(Unverified::Wrong), 1, costs(&[ARGON2ID])),
        (Who::With(ARGON2ID), "wrong", Err(Unverified::Wrong), 1, costs(&[ARGON2ID])),
        (Who::WithoutPassword, PASSWORD, Err(Unverified::NoPassword), 1, costs(&[ARGON2ID])),
    ];
    for (who, password, outcome, asks, done) in rows {
        asked.store(0, Ordering::SeqCst);
        assert_eq!(bench.attempt(&who, password), (outcome, done), "{who:?}");
        assert_eq!(asked.load(Ordering::SeqCst), asks, "{who:?}");
    }
}

#[test]
fn s59_a_custom_verifier_that_panics_fails_the_attempt_and_gives_its_place_back() {
    let custom: Verifier = Arc::new(|stored: &str, _: &str| match stored {
        "own:bad" => std::panic::resume_unwind(Box::new("the verifier")),
        _ => Some(true),
    });
    let bench = Bench::new(Some(custom), None);
    for _ in 0..20 {
        assert_eq!(bench.attempt(&Who::With("own:bad"), PASSWORD).0, Err(Unverified::Undone(Undone::Lost)));
    }
    assert_eq!(bench.attempt(&Who::With("own:good"), PASSWORD).0, Ok(()));
    assert_eq!(bench.attempt(&Who::With(ARGON2ID), "wrong").1, costs(&[ARGON2ID]));
}
