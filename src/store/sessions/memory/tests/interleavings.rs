//! Refreshes, logouts and guarded requests in any order of their threads.

use shuttle::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::*;
use crate::sync::in_any_order;

/// What becomes of refreshes of the token `a` that run side by side, each for a successor of its own.
fn side_by_side(sessions: &Arc<MemorySessions>, grace: u64) -> Vec<(&'static str, Rotated)> {
    let rotate = |successor| {
        let sessions = Arc::clone(sessions);
        thread::spawn(move || {
            let rotation = Rotation { grace_ends: at(grace), ..rotation("a", successor, 0) };
            (successor, answer(sessions.rotate(rotation)).unwrap())
        })
    };
    let refreshes = ["b", "c", "d"].map(rotate);
    refreshes.into_iter().map(|refresh| refresh.join().unwrap()).collect()
}

fn fresh(rotated: &[(&'static str, Rotated)]) -> &'static str {
    let fresh: Vec<_> = rotated.iter().filter(|(_, rotated)| *rotated == Rotated::Fresh).collect();
    assert_eq!(fresh.len(), 1, "one is the first: {rotated:?}");
    fresh[0].0
}

#[test]
fn s43_one_refresh_is_first_and_the_others_get_its_successor() {
    in_any_order(|| {
        let sessions = Arc::new(MemorySessions::with_capacity(16));
        let rotated = side_by_side(&sessions, GRACE);
        let first = fresh(&rotated);
        let same = |rotated: &Rotated| match rotated {
            Rotated::Fresh => true,
            Rotated::Replay(successor) => successor.token_id == first,
            _ => false,
        };
        assert!(rotated.iter().all(|(_, rotated)| same(rotated)), "{rotated:?}");
        assert_eq!(revoked(&sessions, &["b", "c", "d"], 0), [""; 0]);
    });
}

#[test]
fn s44_without_a_grace_one_wins_and_the_family_ends() {
    in_any_order(|| {
        let sessions = Arc::new(MemorySessions::with_capacity(16));
        let first = fresh(&side_by_side(&sessions, 0));
        assert_eq!(revoked(&sessions, &["a", first], 0), ["a", first]);
    });
}

#[test]
fn s43_a_logout_beside_a_refresh_leaves_no_good_token() {
    in_any_order(|| {
        let sessions = Arc::new(MemorySessions::with_capacity(16));
        let leaving = Arc::clone(&sessions);
        let logout = thread::spawn(move || answer(leaving.revoke_family(key("a"), at(0), LATE)).unwrap());
        let rotated = rotate(&sessions, "a", "b", 0);
        logout.join().unwrap();
        match rotated {
            Rotated::Fresh => assert_eq!(revoked(&sessions, &["a", "b"], 0), ["a", "b"]),
            rotated => assert_eq!((rotated, revoked(&sessions, &["a"], 0)), (Rotated::Revoked, vec!["a"])),
        }
        assert_eq!(rotate(&sessions, "a", "c", 0), Rotated::Revoked);
    });
}

#[test]
fn s47_who_asks_after_a_revocation_hears_of_it() {
    in_any_order(|| {
        let sessions = Arc::new(MemorySessions::with_capacity(16));
        let told = Arc::new(AtomicBool::new(false));
        let (revoking, telling) = (Arc::clone(&sessions), Arc::clone(&told));
        let revocation = thread::spawn(move || {
            revoke(&revoking, "a", 0);
            telling.store(true, Ordering::SeqCst);
        });
        let seen = !sessions.is_unused() && sessions.is_revoked(&key("a"), at(0));
        let was_told = told.load(Ordering::SeqCst);
        let is_seen = !sessions.is_unused() && sessions.is_revoked(&key("a"), at(0));
        assert!(is_seen || !was_told && !seen, "revoked, and good again");
        revocation.join().unwrap();
    });
}

#[test]
fn s64_a_full_list_takes_no_more_and_loses_nothing() {
    in_any_order(|| {
        // Of two that may be remembered, one has had its time, and one has not.
        let sessions = Arc::new(MemorySessions::with_capacity(2));
        answer(sessions.revoke(key("old"), at(0), at(1000))).unwrap();
        answer(sessions.revoke(key("a"), at(0), LATE)).unwrap();
        sessions.list.settle(at(2000));
        let revoke = |name| {
            let sessions = Arc::clone(&sessions);
            thread::spawn(move || answer(sessions.revoke(key(name), at(2000), LATE)).is_ok())
        };
        let done = [revoke("b"), revoke("c")].map(|revocation| revocation.join().unwrap());
        assert_eq!(done.iter().filter(|done| **done).count(), 1, "there is room for one");
        assert_eq!(revoked(&sessions, &["a", "b", "c"], 2000).len(), 2);
        assert_eq!(sessions.len(), 2);
    });
}
