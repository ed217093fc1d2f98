use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

use super::*;

const PASSWORD: &str = "correct horse";

// Each is PASSWORD, made by argon2-cffi, by bcrypt for Python, or by hashlib.
const ARGON2ID: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$WSYaCniE35LgMC861etJkzreaLAHfRyCvDTHu5qnYDY";
const ARGON2ID_SMALL: &str =
    "$argon2id$v=19$m=64,t=3,p=2$AQIDBAUGBwgJCgsMDQ4PEA$CvlLxFNwzGISqOpb9I04RjbJxXfbz6B6Aiu87+wcrtE";
const ARGON2I: &str = "$argon2i$v=19$m=64,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$9Z4z6iAdp16RLCvWrgcSaX1gQL5YDoY4KHno0EPO2g4";
const BCRYPT_4: &str = "$2b$04$myvugXeT5RlU9s.LPmniLeVjpJCz.Av5stgTRXsFSJlgJnWb3iOnK";
const BCRYPT_5: &str = "$2b$05$/lW7hzEO27oUnZLXXhYqT.opvXVy.lXxVPeq1Lc06nj1gI.nEsfMq";
const SCRYPT: &str = "$scrypt$ln=4,r=8,p=1$AQIDBAUGBwgJCgsMDQ4PEA$Z42tgknBRJQGejUSQ0fPOhbFgg6YLYrPvpA5SmKsdAs";
const PBKDF2: &str = "$pbkdf2-sha256$i=1000$AQIDBAUGBwgJCgsMDQ4PEA$YwKfNMrnHLcz6zlkYSHCNthMmUVmRkplZtxCdAZgV8M";
const SHA256: &str = "yC0sRRMvYnYDTds6jnT2XlqJ1kYO2jJH0+uvxqB7szo=";

/// Passwords on a runtime whose blocking work is all done by one thread: the thread's list of verifications is then
/// the list of all of them.
struct Bench {
    runtime: Runtime,
    passwords: Passwords,
}

impl Bench {
    fn new(custom: Option<Verifier>, rehash: Option<Rehash>) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .thread_keep_alive(std::time::Duration::from_secs(3600))
            .build()
            .unwrap();
        Self { runtime, passwords: Passwords::new(1, 8, custom, rehash) }
    }

    fn plain() -> Self {
        Self::new(None, None)
    }

    /// One attempt, and what the verifications in it cost.
    fn attempt(&self, account: &Who, password: &str) -> (Result<(), Unverified>, Vec<Cost>) {
        let subject = Subject::from(1);
        let proof = match account {
            Who::Nobody => None,
            Who::WithoutPassword => Some(PasswordProof::None),
            Who::Verified => Some(PasswordProof::Verified),
            Who::With(stored) => Some(PasswordProof::Stored((*stored).into())),
            Who::Salted => Some(PasswordProof::Stored(StoredPassword::salted_sha256("s4lt", SHA256))),
        };
        self.runtime.block_on(async {
            self.done().await;
            let account = proof.as_ref().map(|proof| (&subject, proof));
            let outcome = self.passwords.verify(account, &Password::new(password)).await;
            let mut done = self.done().await;
            done.retain(|cost| !matches!(cost, Cost::Negligible | Cost::Custom(_)));
            done.sort_by_key(|cost| format!("{cost:?}"));
            (outcome, done)
        })
    }

    async fn done(&self) -> Vec<Cost> {
        tokio::task::spawn_blocking(|| verify::DONE.take()).await.unwrap()
    }

    fn learned(&self) -> usize {
        self.passwords.costs.read().unwrap().len()
    }
}

/// Whose password is attempted.
#[derive(Clone, Copy, Debug)]
enum Who {
    Nobody,
    WithoutPassword,
    Verified,
    With(&'static str),
    Salted,
}

fn costs(stored: &[&str]) -> Vec<Cost> {
    let mut costs: Vec<_> = stored.iter().map(|stored| verify::cost(&(*stored).into(), None)).collect();
    costs.sort_by_key(|cost| format!("{cost:?}"));
    costs
}

fn over_long() -> String {
    "a".repeat(5000)
}

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
    for who in [Who::Nobody, Who::WithoutPassword, Who::Salted, Who::With(BCRYPT_5), Who::With(SCRYPT)] {
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
fn what_the_closure_verified_is_believed_and_not_hashed() {
    let bench = Bench::plain();
    for password in ["", PASSWORD, &over_long()] {
        assert_eq!(bench.attempt(&Who::Verified, password), (Ok(()), vec![]));
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
        assert_eq!(bench.attempt(&Who::With("own:bad"), PASSWORD).0, Err(Unverified::Failed));
    }
    assert_eq!(bench.attempt(&Who::With("own:good"), PASSWORD).0, Ok(()));
    assert_eq!(bench.attempt(&Who::With(ARGON2ID), "wrong").1, costs(&[ARGON2ID]));
}

/// A hook that sends on what it is given, and answers what it is told to.
fn hook(answer: fn() -> Result<(), BoxError>) -> (Rehash, UnboundedReceiver<(Subject, String)>) {
    let (sender, receiver) = unbounded_channel();
    let rehash: Rehash = Arc::new(move |upgrade: PasswordUpgrade| {
        sender.send((upgrade.id, upgrade.replacement.expose().to_owned())).ok();
        Box::pin(async move { answer() })
    });
    (rehash, receiver)
}

/// Everything the hook was given, once it cannot be given any more.
fn given(bench: Bench, mut receiver: UnboundedReceiver<(Subject, String)>) -> Vec<(Subject, String)> {
    let Bench { runtime, passwords } = bench;
    drop(passwords);
    runtime.block_on(async {
        let mut given = Vec::new();
        while let Some(one) = receiver.recv().await {
            given.push(one);
        }
        given
    })
}

#[test]
fn an_outdated_form_is_rehashed_once_as_argon2id_that_verifies() {
    for who in [
        Who::With(BCRYPT_4),
        Who::With(SCRYPT),
        Who::With(PBKDF2),
        Who::With(ARGON2I),
        Who::With(ARGON2ID_SMALL),
        Who::Salted,
        Who::With("own:correct horse"),
    ] {
        let (rehash, receiver) = hook(|| Ok(()));
        let bench = Bench::new(Some(Arc::new(|_, _| Some(true))), Some(rehash));
        assert_eq!(bench.attempt(&who, PASSWORD).0, Ok(()), "{who:?}");
        let given = given(bench, receiver);
        let [(subject, hash)] = &given[..] else { panic!("{who:?}: {given:?}") };
        assert_eq!(*subject, Subject::from(1));
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{who:?}: {hash}");
        let stored = StoredPassword::from(&**hash);
        assert_eq!(verify::verify(&stored, PASSWORD, None), Some(true), "{who:?}");
        assert_eq!(verify::verify(&stored, "correct horse ", None), Some(false), "{who:?}");
    }
}

#[test]
fn what_is_current_or_wrong_or_verified_elsewhere_is_not_rehashed() {
    let (rehash, receiver) = hook(|| Ok(()));
    let bench = Bench::new(None, Some(rehash));
    let current = StoredPassword::hash(PASSWORD).unwrap();
    let leaked: &'static str = current.leak();
    for (who, password) in [
        (Who::With(ARGON2ID), PASSWORD),
        (Who::With(leaked), PASSWORD),
        (Who::With(BCRYPT_4), "wrong"),
        (Who::Salted, "wrong"),
        (Who::Nobody, PASSWORD),
        (Who::WithoutPassword, PASSWORD),
        (Who::Verified, PASSWORD),
        (Who::With("garbage"), PASSWORD),
    ] {
        let _ = bench.attempt(&who, password);
    }
    assert_eq!(given(bench, receiver), []);
}

#[test]
fn a_rehash_that_fails_or_panics_fails_no_login_and_the_next_login_tries_again() {
    let answers: [fn() -> Result<(), BoxError>; 2] =
        [|| Err("the database is down".into()), || std::panic::resume_unwind(Box::new("the hook"))];
    for answer in answers {
        let (rehash, receiver) = hook(answer);
        let bench = Bench::new(None, Some(rehash));
        for _ in 0..3 {
            assert_eq!(bench.attempt(&Who::With(BCRYPT_4), PASSWORD).0, Ok(()));
        }
        assert_eq!(given(bench, receiver).len(), 3);
    }
}

#[test]
fn without_a_hook_nothing_is_rehashed() {
    let bench = Bench::plain();
    assert_eq!(bench.attempt(&Who::With(BCRYPT_4), PASSWORD).0, Ok(()));
}

#[test]
fn s58_beyond_lane_and_queue_an_attempt_is_refused_at_once() {
    let (release, gate) = std::sync::mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let (entered, mut inside) = unbounded_channel();
    let custom: Verifier = Arc::new(move |_, _| {
        entered.send(()).ok();
        gate.lock().unwrap().recv().ok();
        Some(true)
    });
    let passwords = Arc::new(Passwords::new(1, 0, Some(custom), None));
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let subject = Subject::from(1);
        let stored = PasswordProof::Stored("own:x".into());
        let password = Password::new(PASSWORD);
        let first = tokio::spawn({
            let (passwords, subject, stored, password) =
                (Arc::clone(&passwords), subject.clone(), stored.clone(), password.clone());
            async move { passwords.verify(Some((&subject, &stored)), &password).await }
        });
        inside.recv().await.unwrap();
        for account in [None, Some((&subject, &stored)), Some((&subject, &PasswordProof::None))] {
            assert_eq!(passwords.verify(account, &password).await, Err(Unverified::Busy));
        }
        assert_eq!(passwords.verify(Some((&subject, &PasswordProof::Verified)), &password).await, Ok(()));
        release.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(()));
        release.send(()).unwrap();
        assert_eq!(passwords.verify(Some((&subject, &stored)), &password).await, Ok(()));
    });
}
