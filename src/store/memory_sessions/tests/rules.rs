//! The rules, one by one.

use super::*;

#[test]
fn the_first_refresh_is_fresh_and_revokes_nothing_yet() {
    let sessions = MemorySessions::default();
    assert!(sessions.is_empty());
    assert_eq!(revoked(&sessions, &["a", "a2"], 0), [""; 0]);
    assert_eq!(rotate(&sessions, "a", "a2", 0), Rotated::Fresh);
    assert_eq!(revoked(&sessions, &["a", "a2", "b"], 0), [""; 0]);
    assert_eq!(sessions.len(), 2);
}

#[test]
fn s43_inside_the_grace_every_refresh_gets_the_first_successor() {
    let sessions = MemorySessions::default();
    rotate(&sessions, "a", "a2", 1000);
    let first = Rotated::Replay(successor("a2", at(1000)));
    for now in [1000, 1001, 5000, 1000 + GRACE - 1] {
        assert_eq!(rotate(&sessions, "a", "other", now), first, "at {now}");
        assert_eq!(revoked(&sessions, &["a", "a2", "other"], now), [""; 0], "at {now}");
    }
    assert_eq!(sessions.len(), 2, "the successors that were not used are not remembered");
}

#[test]
fn s48_the_grace_counts_from_the_first_refresh_and_is_not_prolonged() {
    let sessions = MemorySessions::default();
    rotate(&sessions, "a", "a2", 0);
    for now in (0..GRACE).step_by(500) {
        assert_eq!(rotate(&sessions, "a", "x", now), Rotated::Replay(successor("a2", at(0))), "at {now}");
    }
    assert_eq!(revoked(&sessions, &["a"], GRACE - 1), [""; 0]);
    assert_eq!(revoked(&sessions, &["a", "a2"], GRACE), ["a"]);
    assert_eq!(rotate(&sessions, "a", "x", GRACE), Rotated::Reuse);
}

#[test]
fn s48_a_grace_of_nothing_admits_no_second_refresh() {
    for grace_ends in [at(500), at(499), at(0)] {
        let sessions = MemorySessions::default();
        let first = Rotation { grace_ends, ..rotation("a", "a2", at(500)) };
        assert_eq!(answer(sessions.rotate(first.clone())).unwrap(), Rotated::Fresh);
        assert_eq!(revoked(&sessions, &["a", "a2"], 500), ["a"]);
        assert_eq!(answer(sessions.rotate(first)).unwrap(), Rotated::Reuse);
        assert_eq!(revoked(&sessions, &["a", "a2"], 500), ["a", "a2"]);
    }
}

#[test]
fn using_a_refreshed_token_on_a_guarded_route_revokes_nothing() {
    let sessions = MemorySessions::default();
    rotate(&sessions, "a", "a2", 0);
    for _ in 0..3 {
        assert_eq!(revoked(&sessions, &["a", "a2"], GRACE * 2), ["a"]);
    }
    assert_eq!(rotate(&sessions, "a2", "a3", GRACE * 2), Rotated::Fresh);
}

#[test]
fn s44_reuse_revokes_the_newest_of_the_family() {
    let sessions = MemorySessions::default();
    rotate(&sessions, "a", "a2", 0);
    assert_eq!(rotate(&sessions, "a", "thief", GRACE), Rotated::Reuse);
    assert_eq!(revoked(&sessions, &["a", "a2"], GRACE), ["a", "a2"]);
    assert_eq!(rotate(&sessions, "a2", "a3", GRACE), Rotated::Revoked);
    assert_eq!(revoked(&sessions, &["a3", "thief"], GRACE), [""; 0], "which were never issued");
}

#[test]
fn s44_reuse_of_any_member_revokes_every_member() {
    let chain = ["a", "a2", "a3", "a4", "a5"];
    for reused in &chain[..4] {
        let sessions = MemorySessions::default();
        for (step, pair) in chain.windows(2).enumerate() {
            assert_eq!(rotate(&sessions, pair[0], pair[1], step as u64 * GRACE), Rotated::Fresh);
        }
        let now = GRACE * 10;
        assert_eq!(revoked(&sessions, &chain, now), chain[..4], "before the reuse of {reused}");
        assert_eq!(rotate(&sessions, reused, "thief", now), Rotated::Reuse);
        assert_eq!(revoked(&sessions, &chain, now), chain, "after the reuse of {reused}");
        assert_eq!(rotate(&sessions, "a5", "a6", now), Rotated::Revoked);
    }
}

/// `a2` has just been refreshed when the theft of `a` comes to light.
fn reuse_while_another_member_is_in_its_grace() -> (MemorySessions, u64) {
    let sessions = MemorySessions::default();
    rotate(&sessions, "a", "a2", 0);
    rotate(&sessions, "a2", "a3", GRACE);
    assert_eq!(revoked(&sessions, &["a2", "a3"], GRACE + 1), [""; 0]);
    assert_eq!(rotate(&sessions, "a", "thief", GRACE + 1), Rotated::Reuse);
    (sessions, GRACE + 1)
}

#[test]
fn s44_reuse_revokes_members_that_are_still_inside_their_grace() {
    let (sessions, now) = reuse_while_another_member_is_in_its_grace();
    assert_eq!(revoked(&sessions, &["a", "a2", "a3"], now), ["a", "a2", "a3"]);
}

#[test]
fn s44_a_revoked_member_inside_its_grace_gets_no_successor_any_more() {
    let (sessions, now) = reuse_while_another_member_is_in_its_grace();
    assert_eq!(rotate(&sessions, "a2", "x", now), Rotated::Revoked);
    assert_eq!(rotate(&sessions, "a3", "x", now), Rotated::Revoked);
}

#[test]
fn s44_a_revoked_family_stays_revoked() {
    let sessions = MemorySessions::default();
    rotate(&sessions, "a", "a2", 0);
    rotate(&sessions, "a", "x", GRACE);
    for now in [GRACE, GRACE * 2, GRACE * 1000] {
        for token in ["a", "a2"] {
            let rotated = rotate(&sessions, token, "x", now);
            assert!(matches!(rotated, Rotated::Reuse | Rotated::Revoked), "{token} at {now}: {rotated:?}");
        }
        assert_eq!(revoked(&sessions, &["a", "a2"], now), ["a", "a2"]);
    }
}

#[test]
fn s44_other_families_are_left_alone() {
    let sessions = MemorySessions::default();
    rotate(&sessions, "a", "a2", 0);
    rotate(&sessions, "b", "b2", 0);
    rotate(&sessions, "b2", "b3", GRACE);
    assert_eq!(rotate(&sessions, "a", "x", GRACE), Rotated::Reuse);
    assert_eq!(revoked(&sessions, &["a", "a2", "b", "b2", "b3", "c"], GRACE), ["a", "a2", "b"]);
    assert_eq!(rotate(&sessions, "b2", "x", GRACE + 1), Rotated::Replay(successor("b3", at(GRACE))));
    assert_eq!(rotate(&sessions, "b3", "b4", GRACE + 1), Rotated::Fresh);
    assert_eq!(rotate(&sessions, "c", "c2", GRACE + 1), Rotated::Fresh);
}

#[test]
fn a_revoked_token_is_revoked_at_once_and_cannot_be_refreshed() {
    let sessions = MemorySessions::default();
    rotate(&sessions, "b", "b2", 0);
    rotate(&sessions, "c", "c2", 0);
    // One that is not known, a newest one, and one inside its grace.
    for token in ["a", "b2", "c"] {
        revoke(&sessions, token, 1);
        assert_eq!(revoked(&sessions, &[token], 1), [token]);
        assert_eq!(rotate(&sessions, token, "x", 2), Rotated::Revoked);
        revoke(&sessions, token, 3);
        assert_eq!(rotate(&sessions, token, "x", GRACE * 2), Rotated::Revoked);
    }
    assert_eq!(revoked(&sessions, &["a", "b", "b2", "c", "c2"], 3), ["a", "b2", "c"], "and no other is");
    assert_eq!(rotate(&sessions, "c2", "c3", 3), Rotated::Fresh);
}

#[test]
fn s47_an_entry_lives_until_its_time_and_then_makes_room() {
    let until = |token, successor, until| Rotation { until, ..rotation(token, successor, at(0)) };
    let sessions = MemorySessions::with_capacity(5);
    answer(sessions.rotate(until("a", "a2", at(100_000)))).unwrap();
    answer(sessions.rotate(until("b", "b2", at(200_000)))).unwrap();
    answer(sessions.revoke(key("c"), at(100_001), at(0))).unwrap();

    assert!(answer(sessions.revoke(key("d"), LATE, at(99_999))).is_err());
    assert_eq!(revoked(&sessions, &["a", "b", "c", "d"], 99_999), ["a", "b", "c"]);

    assert!(answer(sessions.revoke(key("d"), LATE, at(100_000))).is_ok());
    assert_eq!(revoked(&sessions, &["a", "b", "c", "d"], 100_000), ["b", "c", "d"]);
    assert_eq!(sessions.len(), 4);

    assert!(answer(sessions.rotate(until("b2", "b3", LATE))).is_err(), "one free place is not enough for two");
    answer(sessions.rotate(Rotation { until: LATE, ..rotation("b2", "b3", at(100_001)) })).unwrap();
    assert_eq!(revoked(&sessions, &["b", "b2", "b3", "c", "d"], 150_000), ["b", "b2", "d"], "c has had its time");
}

#[test]
fn s64_what_has_had_its_time_is_swept_out_by_and_by() {
    let sessions = MemorySessions::default();
    let mut most = 0;
    for now in 0..100_000 {
        let (token, next) = (format!("a{now}"), format!("b{now}"));
        let short = Rotation { until: at(now + 100), ..rotation(&token, &next, at(now)) };
        assert_eq!(answer(sessions.rotate(short)).unwrap(), Rotated::Fresh);
        most = most.max(sessions.len());
    }
    assert!(most <= 2 * SWEEP_FROM, "200 tokens are alive at any time, {most} were remembered");
    let families = sessions.state.read().unwrap().families.len();
    assert!(families <= 2 * SWEEP_FROM, "{families} families are remembered");
}

#[test]
fn s64_a_full_store_refuses_and_forgets_nothing() {
    let sessions = MemorySessions::with_capacity(6);
    rotate(&sessions, "a", "a2", 0);
    rotate(&sessions, "b", "b2", 0);
    revoke(&sessions, "c", 0);
    revoke(&sessions, "d", 0);
    assert_eq!(sessions.len(), 6);
    for attempt in 0..1000 {
        let token = format!("e{attempt}");
        assert!(answer(sessions.rotate(rotation(&token, "x", at(GRACE)))).is_err());
        assert!(answer(sessions.revoke(key(&token), LATE, at(GRACE))).is_err());
        assert_eq!(revoked(&sessions, &[&token], GRACE), [""; 0], "a refresh that failed has done nothing");
    }
    assert_eq!(revoked(&sessions, &["a", "a2", "b", "b2", "c", "d"], GRACE), ["a", "b", "c", "d"]);
    let error = answer(sessions.rotate(rotation("e", "x", at(GRACE)))).unwrap_err();
    assert_eq!(error.to_string(), "the session store is full: give it more capacity");
}

/// A retry, a theft and a second logout add nothing to the table.
#[test]
fn s64_a_full_store_still_answers_what_takes_no_room() {
    let full = || {
        let sessions = MemorySessions::with_capacity(4);
        rotate(&sessions, "a", "a2", 0);
        revoke(&sessions, "b", 0);
        revoke(&sessions, "c", 0);
        sessions
    };
    let ask =
        |token: &str, now| answer(full().rotate(rotation(token, "x", at(now)))).map_err(|error| error.to_string());
    assert_eq!(ask("a", 1), Ok(Rotated::Replay(successor("a2", at(0)))), "a retry inside the grace");
    assert_eq!(ask("b", 1), Ok(Rotated::Revoked), "a revoked token");
    assert_eq!(ask("a", GRACE), Ok(Rotated::Reuse), "a stolen token");

    let sessions = full();
    assert!(answer(sessions.revoke(key("a2"), LATE, at(1))).is_ok(), "logging out with a token that is known");
    assert_eq!(revoked(&sessions, &["a2"], 1), ["a2"]);
}

#[test]
fn a_store_without_capacity_refuses_everything() {
    let sessions = MemorySessions::with_capacity(0);
    assert!(answer(sessions.rotate(rotation("a", "a2", at(0)))).is_err());
    assert!(answer(sessions.revoke(key("a"), LATE, at(0))).is_err());
    assert!(sessions.is_empty());
    assert_eq!(revoked(&sessions, &["a"], 0), [""; 0]);
}

#[test]
fn s61_a_refresh_is_done_when_it_is_asked_for_and_a_dropped_answer_changes_nothing() {
    let sessions = MemorySessions::default();
    drop(sessions.rotate(rotation("a", "a2", at(0))));
    // Done or undone: both leave one successor for the one who tries again.
    match rotate(&sessions, "a", "other", 1) {
        Rotated::Replay(first) => assert_eq!(first, successor("a2", at(0))),
        other => assert_eq!(other, Rotated::Fresh),
    }
    assert_eq!(sessions.len(), 2);
}
