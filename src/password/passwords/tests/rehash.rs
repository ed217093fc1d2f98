//! Upgrading old forms, and a full lane.

use super::*;

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
    let passwords = Arc::new(Passwords::new(limits(0), Some(custom), None));
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let subject = Subject::from(1);
        let stored = PasswordProof::Stored("own:x".into());
        let password = Password::new(PASSWORD);
        let first = tokio::spawn({
            let (passwords, subject, stored, password) =
                (Arc::clone(&passwords), subject.clone(), stored.clone(), password.clone());
            async move { passwords.verify(Some((&subject, &stored)), &password, || ()).await }
        });
        inside.recv().await.unwrap();
        for account in [None, Some((&subject, &stored)), Some((&subject, &PasswordProof::None))] {
            assert_eq!(
                passwords.verify(account, &password, || ()).await,
                Err(Unverified::Undone(Undone::Overloaded(1)))
            );
        }
        assert_eq!(passwords.verify(Some((&subject, &PasswordProof::Verified)), &password, || ()).await, Ok(()));
        release.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(()));
        release.send(()).unwrap();
        assert_eq!(passwords.verify(Some((&subject, &stored)), &password, || ()).await, Ok(()));
    });
}
