//! One suite over every session store: the rules of `SessionStore`, and what a remote store has to promise like one in
//! memory. A store joins with one line at the end.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{any::Any, collections::HashMap, sync::Arc};

use proptest::{prelude::*, sample::Index, test_runner::TestRunner};
use sha2::{Digest, Sha256};
use tower_auth::{
    BoxError, Clock, Session, SessionId, Subject, SystemClock, Timestamp,
    store::{Listing, MemorySessions, Opening, Rotated, Rotation, SessionStore, Successor, TokenKey, UserKey},
};

/// Milliseconds that a grace lasts here.
const GRACE: u64 = 10_000;

/// Milliseconds after which a grace is over in whole seconds too.
const PAST: u64 = GRACE + 1000;

/// After everything that happens here, in milliseconds.
const LATE: u64 = 1_000_000_000;

/// How long a step may take on a machine that is busy with something else.
#[cfg(feature = "redis")]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// A store, and the moment from which a test counts its milliseconds: the present, since a remote store keeps its own
/// time for letting entries go.
struct World {
    store: Arc<dyn SessionStore>,
    base: u64,
    /// The server behind a remote store, which ends with the test.
    _server: Box<dyn Any + Send + Sync>,
}

fn key(name: &str) -> TokenKey {
    let digest = Sha256::digest(name);
    TokenKey::from_bytes(std::array::from_fn(|index| digest[index]))
}

fn user(name: &str) -> UserKey {
    UserKey::of(&Subject::from(name))
}

impl World {
    fn over(store: Arc<dyn SessionStore>, server: Box<dyn Any + Send + Sync>) -> Self {
        Self { store, base: SystemClock.now().unix_seconds() * 1000, _server: server }
    }

    fn at(&self, millis: u64) -> Timestamp {
        Timestamp::from_unix_millis(self.base + millis)
    }

    fn successor(&self, name: &str, now: u64) -> Successor {
        Successor::new(name, self.at(now))
    }

    fn rotation(&self, token: &str, successor: &str, now: u64) -> Rotation {
        let signed = self.successor(successor, now);
        let plain = Rotation::new(key(token), signed, key(successor), self.at(now), self.at(LATE));
        let mut rotation = plain;
        rotation.grace_ends = self.at(now + GRACE);
        rotation
    }

    async fn rotate(&self, token: &str, successor: &str, now: u64) -> Rotated {
        self.store.rotate(self.rotation(token, successor, now)).await.unwrap()
    }

    async fn revoke(&self, token: &str, now: u64) {
        self.store.revoke(key(token), self.at(now), self.at(LATE)).await.unwrap();
    }

    async fn revoke_family(&self, token: &str, now: u64) {
        self.store.revoke_family(key(token), self.at(now), self.at(LATE)).await.unwrap();
    }

    async fn revoke_user(&self, name: &str, since: u64) {
        let since = self.at(since);
        self.store.revoke_user(user(name), since, since, self.at(LATE)).await.unwrap();
    }

    fn opening(&self, token: &str, name: &str, now: u64) -> Opening {
        let listing = Listing::new(user(name), self.at(now), Some(format!("client of {token}")));
        Opening::new(key(token), listing, self.at(now), self.at(LATE))
    }

    async fn open(&self, token: &str, name: &str, now: u64, most: Option<usize>) {
        let mut opening = self.opening(token, name, now);
        opening.listing.most = most.unwrap_or(usize::MAX);
        assert!(self.store.open(opening).await.unwrap());
    }

    async fn sessions(&self, name: &str, now: u64) -> Vec<Session> {
        self.store.sessions(user(name), self.at(now)).await.unwrap()
    }

    /// The labels of a user's sessions, without what they all begin with.
    async fn labels(&self, name: &str, now: u64) -> Vec<String> {
        let label = |session: Session| session.label.unwrap().replace("client of ", "");
        self.sessions(name, now).await.into_iter().map(label).collect()
    }

    async fn end(&self, name: &str, token: &str, now: u64) -> bool {
        self.store.end_session(user(name), SessionId::of(key(token)), self.at(now)).await.unwrap()
    }

    fn is_revoked(&self, token: &str, now: u64) -> bool {
        !self.store.is_unused() && self.store.is_revoked(&key(token), self.at(now))
    }

    /// Which of the tokens are revoked.
    fn revoked<'a>(&self, tokens: &[&'a str], now: u64) -> Vec<&'a str> {
        tokens.iter().copied().filter(|token| self.is_revoked(token, now)).collect()
    }

    fn valid_since(&self, name: &str, now: u64) -> Option<u64> {
        let since = self.store.valid_since(&Subject::from(name), self.at(now))?;
        Some(since.unix_millis() - self.base)
    }
}

mod rules {
    use super::*;

    pub(crate) async fn the_first_refresh_is_fresh_and_revokes_nothing_yet(world: World) {
        assert_eq!(world.revoked(&["a", "a2"], 0), [""; 0]);
        assert_eq!(world.rotate("a", "a2", 0).await, Rotated::Fresh);
        assert_eq!(world.revoked(&["a", "a2", "b"], 0), [""; 0]);
    }

    pub(crate) async fn s43_inside_the_grace_every_refresh_gets_the_first_successor(world: World) {
        world.rotate("a", "a2", 1000).await;
        let first = Rotated::Replay(world.successor("a2", 1000));
        for now in [1000, 1001, 5000, 1000 + GRACE - 1] {
            assert_eq!(world.rotate("a", "other", now).await, first, "at {now}");
            assert_eq!(world.revoked(&["a", "a2", "other"], now), [""; 0], "at {now}");
        }
    }

    pub(crate) async fn s43_of_twenty_parallel_refreshes_one_is_first_and_all_others_get_its_successor(world: World) {
        let world = Arc::new(world);
        for round in 0..50 {
            let token = format!("round {round}");
            let tasks = (0..20).map(|task| {
                let (world, token) = (Arc::clone(&world), token.clone());
                tokio::spawn(async move {
                    let name = format!("{token}, successor {task}");
                    let rotated = world.rotate(&token, &name, task).await;
                    (name, rotated)
                })
            });
            let mut outcomes = Vec::new();
            for task in tasks.collect::<Vec<_>>() {
                outcomes.push(task.await.unwrap());
            }
            let fresh: Vec<_> = outcomes.iter().filter(|(_, rotated)| *rotated == Rotated::Fresh).collect();
            let [(winner, _)] = fresh[..] else { panic!("round {round}: {} were first", fresh.len()) };
            for (name, rotated) in outcomes.iter().filter(|(name, _)| name != winner) {
                let Rotated::Replay(first) = rotated else { panic!("round {round}, {name}: {rotated:?}") };
                assert_eq!(first.token_id, *winner, "round {round}, {name}");
            }
        }
    }

    pub(crate) async fn s43_of_twenty_parallel_refreshes_without_a_grace_one_wins(world: World) {
        let world = Arc::new(world);
        let tasks = (0..20).map(|task| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let mut once = world.rotation("a", &format!("successor {task}"), 0);
                once.grace_ends = world.at(0);
                world.store.rotate(once).await.unwrap()
            })
        });
        let mut fresh = 0;
        for task in tasks.collect::<Vec<_>>() {
            fresh += usize::from(task.await.unwrap() == Rotated::Fresh);
        }
        assert_eq!(fresh, 1);
    }

    pub(crate) async fn s48_the_grace_counts_from_the_first_refresh_and_is_not_prolonged(world: World) {
        world.rotate("a", "a2", 0).await;
        for now in (0..GRACE).step_by(500) {
            assert_eq!(world.rotate("a", "x", now).await, Rotated::Replay(world.successor("a2", 0)), "at {now}");
        }
        assert_eq!(world.revoked(&["a"], GRACE - 1), [""; 0]);
        assert_eq!(world.revoked(&["a", "a2"], PAST), ["a"]);
        assert_eq!(world.rotate("a", "x", GRACE).await, Rotated::Reuse);
    }

    pub(crate) async fn s48_a_grace_of_nothing_admits_no_second_refresh(world: World) {
        for (token, grace_ends) in [("a", 500), ("b", 499), ("c", 0)] {
            let next = format!("{token}2");
            let mut first = world.rotation(token, &next, 500);
            first.grace_ends = world.at(grace_ends);
            assert_eq!(world.store.rotate(first.clone()).await.unwrap(), Rotated::Fresh);
            assert_eq!(world.revoked(&[token, &next], 500), [token]);
            assert_eq!(world.store.rotate(first).await.unwrap(), Rotated::Reuse);
            assert_eq!(world.revoked(&[token, &next], 500), [token, &next]);
        }
    }

    pub(crate) async fn s48_a_grace_of_nothing_is_over_by_whatever_clock(world: World) {
        for (now, expected) in [(100, Rotated::Fresh), (99, Rotated::Reuse)] {
            let mut rotation = world.rotation("a", "a2", now);
            rotation.grace_ends = rotation.now;
            assert_eq!(world.store.rotate(rotation).await.unwrap(), expected);
        }
    }

    pub(crate) async fn using_a_refreshed_token_on_a_guarded_route_revokes_nothing(world: World) {
        world.rotate("a", "a2", 0).await;
        for _ in 0..3 {
            assert_eq!(world.revoked(&["a", "a2"], PAST), ["a"]);
        }
        assert_eq!(world.rotate("a2", "a3", PAST).await, Rotated::Fresh);
    }

    pub(crate) async fn s44_reuse_of_any_member_revokes_every_member(world: World) {
        for reused in 0..4 {
            let names: Vec<String> = (1..=5).map(|step| format!("chain {reused}, token {step}")).collect();
            let chain: Vec<&str> = names.iter().map(String::as_str).collect();
            for (step, pair) in chain.windows(2).enumerate() {
                assert_eq!(world.rotate(pair[0], pair[1], step as u64 * PAST).await, Rotated::Fresh);
            }
            let now = PAST * 10;
            assert_eq!(world.revoked(&chain, now), chain[..4], "before the reuse");
            assert_eq!(world.rotate(chain[reused], "thief", now).await, Rotated::Reuse);
            assert_eq!(world.revoked(&chain, now), chain, "after the reuse");
            assert_eq!(world.rotate(chain[4], "x", now).await, Rotated::Revoked);
            assert_eq!(world.rotate(chain[0], "x", now).await, Rotated::Revoked, "once is enough of an alarm");
            assert_eq!(world.revoked(&["thief", "x"], now), [""; 0], "which were never issued");
        }
    }

    pub(crate) async fn s44_reuse_revokes_members_that_are_still_inside_their_grace(world: World) {
        world.rotate("a", "a2", 0).await;
        world.rotate("a2", "a3", GRACE).await;
        assert_eq!(world.revoked(&["a2", "a3"], GRACE + 1), [""; 0]);
        assert_eq!(world.rotate("a", "thief", GRACE + 1).await, Rotated::Reuse);
        assert_eq!(world.revoked(&["a", "a2", "a3"], GRACE + 1), ["a", "a2", "a3"]);
        assert_eq!(world.rotate("a2", "x", GRACE + 1).await, Rotated::Revoked, "and no successor any more");
    }

    pub(crate) async fn s44_other_families_are_left_alone(world: World) {
        world.rotate("a", "a2", 0).await;
        world.rotate("b", "b2", 0).await;
        world.rotate("b2", "b3", PAST).await;
        assert_eq!(world.rotate("a", "x", PAST).await, Rotated::Reuse);
        assert_eq!(world.revoked(&["a", "a2", "b", "b2", "b3", "c"], PAST), ["a", "a2", "b"]);
        assert_eq!(world.rotate("b2", "x", PAST + 1).await, Rotated::Replay(world.successor("b3", PAST)));
        assert_eq!(world.rotate("b3", "b4", PAST + 1).await, Rotated::Fresh);
        assert_eq!(world.rotate("c", "c2", PAST + 1).await, Rotated::Fresh);
    }

    pub(crate) async fn a_revoked_token_is_revoked_at_once_and_cannot_be_refreshed(world: World) {
        world.rotate("b", "b2", 0).await;
        world.rotate("c", "c2", 0).await;
        // One that is not known, a newest one, and one inside its grace.
        for token in ["a", "b2", "c"] {
            world.revoke(token, 1).await;
            assert_eq!(world.revoked(&[token], 1), [token]);
            assert_eq!(world.rotate(token, "x", 2).await, Rotated::Revoked);
            world.revoke(token, 3).await;
            assert_eq!(world.rotate(token, "x", PAST * 2).await, Rotated::Revoked);
        }
        assert_eq!(world.revoked(&["b", "c2"], 3), ["b"], "the newest one takes its family with it, an older one not");
        assert_eq!(world.rotate("c2", "c3", 3).await, Rotated::Fresh);
    }

    pub(crate) async fn s44_a_family_is_revoked_by_any_of_its_tokens(world: World) {
        for (shown, family) in ["0", "1", "2"].iter().zip(["f", "g", "h"]) {
            let name = |step: &str| format!("{family}{step}");
            let [first, second, third] = [name("0"), name("1"), name("2")];
            world.rotate(&first, &second, 0).await;
            world.rotate(&second, &third, 1).await;
            for _ in 0..2 {
                world.revoke_family(&name(shown), 2).await;
                assert_eq!(world.revoked(&[&first, &second, &third], 2), [&*first, &second, &third], "by {shown}");
            }
            for token in [&first, &second, &third] {
                assert_eq!(world.rotate(token, "x", 3).await, Rotated::Revoked, "{token}");
            }
        }
    }

    pub(crate) async fn s44_a_family_that_nobody_knows_is_its_one_token(world: World) {
        world.revoke_family("a", 0).await;
        assert_eq!(world.revoked(&["a", "b"], 0), ["a"]);
        assert_eq!(world.rotate("a", "a2", 1).await, Rotated::Revoked);
    }

    /// Whichever comes first, nothing of the family is good afterwards.
    pub(crate) async fn s43_a_revocation_while_a_refresh_is_under_way_leaves_no_successor(world: World) {
        let world = Arc::new(world);
        for round in 0..100 {
            let (token, next) = (format!("token {round}"), format!("next {round}"));
            let refresh = tokio::spawn({
                let (world, token, next) = (Arc::clone(&world), token.clone(), next.clone());
                async move { world.rotate(&token, &next, 0).await }
            });
            let logout = tokio::spawn({
                let (world, token) = (Arc::clone(&world), token.clone());
                async move { world.revoke_family(&token, 0).await }
            });
            let rotated = refresh.await.unwrap();
            logout.await.unwrap();
            assert!(world.is_revoked(&token, 1), "round {round}");
            match &rotated {
                Rotated::Fresh => assert!(world.is_revoked(&next, 1), "round {round}"),
                other => assert_eq!(*other, Rotated::Revoked, "round {round}"),
            }
            assert_eq!(world.rotate(&next, "x", 1).await == Rotated::Fresh, rotated == Rotated::Revoked);
        }
    }

    pub(crate) async fn s47_what_has_had_its_time_is_not_revoked_any_more(world: World) {
        world.store.revoke(key("a"), world.at(0), world.at(5000)).await.unwrap();
        assert!(world.is_revoked("a", 4999));
        assert!(!world.is_revoked("a", 6000));
    }

    /// A server that was told of longer lifetimes knows better than the family how long the token lasts that it is shown.
    pub(crate) async fn s47_a_token_that_is_shown_is_remembered_for_as_long_as_it_lasts(world: World) {
        let (ends, later) = (world.at(20_000), world.at(40_000));
        for (by, shown) in [("token", 1), ("family", 0), ("family", 1)] {
            for (order, untils) in [[later, ends], [ends, later]].into_iter().enumerate() {
                let family = [0, 1].map(|member| format!("{member} of {by}, {shown}, {order}"));
                let [first, second] = [&*family[0], &*family[1]];
                let mut rotation = world.rotation(first, second, 0);
                rotation.until = ends;
                assert_eq!(world.store.rotate(rotation).await.unwrap(), Rotated::Fresh);
                for until in untils {
                    let token = key(&family[shown]);
                    match by {
                        "token" => world.store.revoke(token, world.at(1), until).await.unwrap(),
                        _ => world.store.revoke_family(token, world.at(1), until).await.unwrap(),
                    }
                    assert_eq!(world.revoked(&[first, second], 1), [first, second], "{by}, {shown}");
                }
                assert_eq!(world.revoked(&[first, second], 30_000), [&family[shown]], "{by}, {shown}");
            }
        }
    }

    pub(crate) async fn s61_a_refresh_that_is_dropped_is_done_or_undone(world: World) {
        drop(world.store.rotate(world.rotation("a", "a2", 0)));
        // Both leave one successor for the one who tries again.
        match world.rotate("a", "other", 1).await {
            Rotated::Replay(first) => assert_eq!(first, world.successor("a2", 0)),
            other => assert_eq!(other, Rotated::Fresh),
        }
    }

    pub(crate) async fn a_users_tokens_are_good_since_the_later_of_two_moments(world: World) {
        assert_eq!(world.valid_since("ada", 0), None);
        world.revoke_user("ada", 2500).await;
        assert_eq!(world.valid_since("ada", 2500), Some(2500));
        assert_eq!(world.valid_since("alan", 2500), None);
        world.revoke_user("ada", 1000).await;
        assert_eq!(world.valid_since("ada", 3000), Some(2500));
        world.revoke_user("ada", 9000).await;
        assert_eq!(world.valid_since("ada", 9000), Some(9000));
        assert!(!world.store.is_unused());
    }

    pub(crate) async fn s48_who_catches_up_ends_no_grace_and_makes_nothing_good(world: World) {
        let catch_up = async |now| {
            for token in ["a", "a2", "b", "c"] {
                world.store.catch_up(key(token), user("ada"), world.at(now)).await.unwrap();
            }
        };
        world.rotate("a", "a2", 0).await;
        world.revoke("b", 0).await;
        catch_up(1).await;
        assert_eq!(world.revoked(&["a", "a2", "b", "c"], GRACE - 1), ["b"]);
        assert_eq!(world.revoked(&["a", "a2", "b", "c"], PAST), ["a", "b"]);
        assert_eq!(world.valid_since("ada", 1), None);
        world.revoke_user("ada", 500).await;
        catch_up(501).await;
        assert_eq!(world.valid_since("ada", 501), Some(500));
        world.revoke_family("a2", 502).await;
        catch_up(503).await;
        assert_eq!(world.revoked(&["a", "a2", "b", "c"], 503), ["a", "a2", "b"]);
    }

    pub(crate) async fn a_users_moment_is_forgotten_when_no_token_from_before_can_be_accepted(world: World) {
        world.store.revoke_user(user("ada"), world.at(0), world.at(0), world.at(5000)).await.unwrap();
        assert_eq!(world.valid_since("ada", 4999), Some(0));
        assert_eq!(world.valid_since("ada", 6000), None);
    }

    pub(crate) async fn sessions_are_listed_from_their_login_on(world: World) {
        assert!(world.sessions("ada", 0).await.is_empty());
        world.open("a", "ada", 1000, None).await;
        world.open("b", "ada", 2000, None).await;
        world.open("c", "alan", 2000, None).await;
        world.rotate("a", "a2", 3000).await;
        assert_eq!(world.labels("ada", 3000).await, ["b", "a"]);
        let sessions = world.sessions("ada", 3000).await;
        assert_eq!(sessions[1].id, SessionId::of(key("a")));
        let moments: Vec<_> = sessions.iter().map(|session| (session.issued_at, session.refreshed_at)).collect();
        assert_eq!(moments, [(world.at(2000), None), (world.at(1000), Some(world.at(3000)))]);
        assert!(world.sessions("ada", LATE).await.is_empty(), "they have had their time");
    }

    pub(crate) async fn one_token_is_one_session_however_often_it_is_issued(world: World) {
        world.open("a", "ada", 0, Some(1)).await;
        world.open("a", "ada", 0, Some(1)).await;
        assert_eq!(world.labels("ada", 0).await, ["a"]);
        assert_eq!(world.revoked(&["a"], 0), [""; 0]);
    }

    pub(crate) async fn a_session_from_before_is_listed_once_it_is_refreshed(world: World) {
        let mut rotation = world.rotation("a", "a2", 5000);
        rotation.listing = Some(Listing::new(user("ada"), world.at(1000), None));
        world.store.rotate(rotation).await.unwrap();
        let [session] = &world.sessions("ada", 5000).await[..] else { panic!("one") };
        assert_eq!((session.id, session.issued_at), (SessionId::of(key("a")), world.at(1000)));
        assert_eq!(session.refreshed_at, Some(world.at(5000)));
    }

    pub(crate) async fn a_session_that_was_not_listed_is_listed_at_its_next_refresh(world: World) {
        world.rotate("a", "a2", 0).await;
        let mut rotation = world.rotation("a2", "a3", 5000);
        rotation.listing = Some(Listing::new(user("ada"), world.at(0), None));
        world.store.rotate(rotation).await.unwrap();
        assert_eq!(world.sessions("ada", 5000).await.len(), 1);
        assert!(world.end("ada", "a", 5000).await);
        assert_eq!(world.revoked(&["a", "a2", "a3"], 5000), ["a", "a2", "a3"]);
    }

    pub(crate) async fn a_session_that_was_not_listed_is_listed_when_it_is_renewed(world: World) {
        world.rotate("a", "a2", 0).await;
        let mut opening = world.opening("a3", "ada", 5000);
        opening.renews = Some(key("a2"));
        assert!(world.store.open(opening).await.unwrap());
        assert_eq!(world.labels("ada", 5000).await, ["a3"]);
        assert!(world.end("ada", "a", 5000).await);
        assert_eq!(world.revoked(&["a", "a2", "a3"], 5000), ["a", "a2", "a3"]);
    }

    pub(crate) async fn a_listed_session_ends_with_everything_of_it_and_no_other_does(world: World) {
        world.open("a", "ada", 0, None).await;
        world.open("b", "ada", 1, None).await;
        world.rotate("a", "a2", 2).await;
        assert!(!world.end("alan", "a", 3).await, "somebody else's");
        assert!(!world.end("ada", "a2", 3).await, "which is no session's name");
        assert_eq!(world.revoked(&["a", "a2", "b"], 3), [""; 0]);
        assert!(world.end("ada", "a", 3).await);
        assert!(!world.end("ada", "a", 3).await, "again");
        assert_eq!(world.revoked(&["a", "a2", "b"], 3), ["a", "a2"]);
        assert_eq!(world.rotate("a2", "x", 3).await, Rotated::Revoked);
        assert_eq!(world.labels("ada", 3).await, ["b"]);
    }

    pub(crate) async fn every_end_of_a_session_takes_it_off_the_list(world: World) {
        for (now, token) in ["a", "b", "c", "d"].iter().enumerate() {
            world.open(token, "ada", now as u64, None).await;
        }
        world.revoke("a", 10).await;
        world.revoke_family("b", 10).await;
        world.rotate("c", "c2", 10).await;
        assert_eq!(world.rotate("c", "thief", 10 + GRACE).await, Rotated::Reuse);
        assert_eq!(world.labels("ada", 10 + GRACE).await, ["d"]);
        world.revoke_user("ada", 20_000).await;
        assert!(world.sessions("ada", 20_000).await.is_empty());
        world.open("e", "ada", 21_000, None).await;
        assert_eq!(world.labels("ada", 21_000).await, ["e"]);
    }

    pub(crate) async fn of_sessions_begun_at_one_moment_the_first_is_the_oldest(world: World) {
        for token in ["d", "a", "c", "b"] {
            world.open(token, "ada", 500, None).await;
        }
        assert_eq!(world.labels("ada", 500).await, ["b", "c", "a", "d"], "the newest first");
        world.open("e", "ada", 500, Some(3)).await;
        assert_eq!(world.labels("ada", 500).await, ["e", "b", "c"]);
        assert_eq!(world.revoked(&["a", "b", "c", "d", "e"], 500), ["a", "d"]);
    }

    pub(crate) async fn whoever_logs_out_everywhere_keeps_what_was_begun_since(world: World) {
        world.open("before", "ada", 1400, None).await;
        world.open("at", "ada", 1500, None).await;
        world.open("after", "ada", 1600, None).await;
        world.open("other", "alan", 1400, None).await;
        world.revoke_user("ada", 1500).await;
        assert_eq!(world.labels("ada", 1600).await, ["after", "at"]);
        assert_eq!(world.labels("alan", 1600).await, ["other"]);
        assert_eq!(world.rotate("after", "after2", 1600).await, Rotated::Fresh);
        assert!(!world.end("ada", "before", 1600).await, "it is over");
    }

    /// What a ticket is: a token that names no successor, and lasts for seconds.
    pub(crate) async fn what_is_used_up_without_a_successor_is_used_up_once(world: World) {
        let world = Arc::new(world);
        for round in 0..20 {
            let tasks = (0..10).map(|_| {
                let world = Arc::clone(&world);
                tokio::spawn(async move {
                    let (ticket, nobody) = (format!("ticket {round}"), format!("ticket {round} used"));
                    let now = world.at(0);
                    let until = world.at(11_000);
                    let used = Rotation::new(key(&ticket), Successor::new("", now), key(&nobody), now, until);
                    world.store.rotate(used).await.unwrap()
                })
            });
            let mut first = 0;
            for task in tasks.collect::<Vec<_>>() {
                match task.await.unwrap() {
                    Rotated::Fresh => first += 1,
                    other => assert!(matches!(other, Rotated::Reuse | Rotated::Revoked), "{other:?}"),
                }
            }
            assert_eq!(first, 1, "round {round}");
        }
        assert!(world.is_revoked("ticket 0", 10_999));
    }

    pub(crate) async fn of_a_session_renewed_many_times_the_oldest_tokens_end(world: World) {
        world.open("t0", "ada", 0, None).await;
        for turn in 1..=20 {
            let mut opening = world.opening(&format!("t{turn}"), "ada", turn * 1000);
            opening.renews = Some(key(&format!("t{}", turn - 1)));
            assert!(world.store.open(opening).await.unwrap());
        }
        let all: Vec<String> = (0..=20).map(|turn| format!("t{turn}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(world.revoked(&all, 20_000), all[..4], "the newest and sixteen more are good");
        assert_eq!(world.rotate("t0", "again", 20_000).await, Rotated::Revoked);
        assert_eq!(world.labels("ada", 20_000).await, ["t0"], "one session");
        assert!(world.end("ada", "t0", 20_000).await);
        assert_eq!(world.revoked(&all, 20_000), all);
    }

    pub(crate) async fn beyond_the_bound_the_session_used_longest_ago_ends(world: World) {
        world.open("a", "ada", 0, Some(2)).await;
        world.open("b", "ada", 1000, Some(2)).await;
        world.open("other", "alan", 1000, Some(2)).await;
        world.rotate("a", "a2", 2000).await;
        world.open("c", "ada", 3000, Some(2)).await;
        assert_eq!(world.labels("ada", 3000).await, ["c", "a"]);
        assert_eq!(world.revoked(&["a", "a2", "b", "c", "other"], 3000), ["b"]);
        world.open("d", "ada", 4000, Some(1)).await;
        assert_eq!(world.labels("ada", 4000).await, ["d"]);
        assert_eq!(world.revoked(&["a", "a2", "b", "c", "d"], 4000), ["a", "a2", "b", "c"]);
    }

    pub(crate) async fn of_parallel_logins_no_more_than_the_bound_live_on(world: World) {
        let world = Arc::new(world);
        let tasks = (0..20).map(|task| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.open(&format!("t{task}"), "ada", task, Some(3)).await })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(world.sessions("ada", 100).await.len(), 3);
        let good = (0..20).filter(|task| !world.is_revoked(&format!("t{task}"), 100)).count();
        assert_eq!(good, 3);
    }

    pub(crate) async fn a_renewal_of_what_was_revoked_opens_nothing(world: World) {
        world.open("a", "ada", 0, None).await;
        world.end("ada", "a", 1).await;
        world.revoke("stranger", 1).await;
        for old in ["a", "stranger"] {
            let mut opening = world.opening("b", "ada", 2);
            opening.renews = Some(key(old));
            assert!(!world.store.open(opening).await.unwrap(), "{old}");
        }
        assert!(world.sessions("ada", 2).await.is_empty());
    }

    pub(crate) async fn a_renewal_goes_on_with_its_session_and_ends_with_it(world: World) {
        world.open("a", "ada", 0, Some(1)).await;
        for (old, new, now) in [("a", "b", 1000), ("b", "c", 2000), ("a", "d", 3000)] {
            let mut opening = world.opening(new, "ada", now);
            (opening.renews, opening.listing.most) = (Some(key(old)), 1);
            world.store.open(opening).await.unwrap();
        }
        assert_eq!(world.labels("ada", 3000).await, ["a"]);
        assert_eq!(world.revoked(&["a", "b", "c", "d"], 3000), [""; 0], "older ones are good until their own end");
        world.revoke("b", 3000).await;
        assert_eq!(world.revoked(&["a", "b", "c", "d"], 3000), ["b"]);
        assert!(world.end("ada", "a", 4000).await);
        assert_eq!(world.revoked(&["a", "b", "c", "d"], 4000), ["a", "b", "c", "d"]);
    }

    pub(crate) async fn s64_a_refresh_that_lists_a_session_is_held_to_the_bound_too(world: World) {
        world.open("a", "ada", 0, Some(2)).await;
        world.open("b", "ada", 1000, Some(2)).await;
        let mut listing = Listing::new(user("ada"), world.at(500), Some("client of old".into()));
        listing.most = 2;
        let mut rotation = world.rotation("old", "new", 2000);
        rotation.listing = Some(listing);
        assert_eq!(world.store.rotate(rotation).await.unwrap(), Rotated::Fresh);
        assert_eq!(world.labels("ada", 2000).await, ["b", "old"]);
        assert_eq!(world.revoked(&["a", "b", "old", "new"], 2000), ["a"]);
    }

    pub(crate) async fn s44_a_refresh_of_an_older_token_leaves_the_newest_one_in_its_session(world: World) {
        world.open("a", "ada", 0, None).await;
        let mut opening = world.opening("b", "ada", 1000);
        opening.renews = Some(key("a"));
        world.store.open(opening).await.unwrap();
        assert_eq!(world.rotate("a", "c", 2000).await, Rotated::Fresh);
        assert_eq!(world.rotate("b", "d", 3000).await, Rotated::Fresh);
        assert_eq!(world.rotate("c", "e", 4000).await, Rotated::Fresh);
        let all = ["a", "b", "c", "d", "e"];
        assert_eq!(world.revoked(&["d", "e"], 4000), [""; 0]);
        world.revoke_family("e", 5000).await;
        assert_eq!(world.revoked(&all, 5000), all);
    }
}

/// The rules of the trait, written down once more and without regard to speed or room.
#[derive(Default)]
struct Model {
    now: u64,
    /// By the name of a token.
    tokens: HashMap<String, ModelToken>,
    dead: Vec<String>,
}

#[derive(Clone, Default)]
struct ModelToken {
    family: String,
    /// The first successor, when it was signed, and when the grace ends.
    rotated: Option<(String, u64, u64)>,
    revoked: bool,
}

impl Model {
    fn token(&self, name: &str) -> ModelToken {
        let login = ModelToken { family: name.to_owned(), ..ModelToken::default() };
        self.tokens.get(name).cloned().unwrap_or(login)
    }

    fn is_revoked(&self, name: &str) -> bool {
        let token = self.token(name);
        let graceless = |(_, signed, ends): (String, u64, u64)| match ends <= signed {
            true => true,
            false => self.now >= ends.div_ceil(1000) * 1000,
        };
        token.revoked || self.dead.contains(&token.family) || token.rotated.is_some_and(graceless)
    }

    fn rotate(&mut self, world: &World, name: &str, next: &str, grace: u64) -> Rotated {
        let mut token = self.token(name);
        if token.revoked || self.dead.contains(&token.family) {
            return Rotated::Revoked;
        }
        match &token.rotated {
            Some((_, _, ends)) if self.now >= *ends => {
                self.dead.push(token.family);
                Rotated::Reuse
            }
            Some((first, signed, _)) => Rotated::Replay(world.successor(first, *signed)),
            None => {
                let newest = ModelToken { family: token.family.clone(), ..ModelToken::default() };
                self.tokens.insert(next.to_owned(), newest);
                token.rotated = Some((next.to_owned(), self.now, self.now + grace));
                self.tokens.insert(name.to_owned(), token);
                Rotated::Fresh
            }
        }
    }

    fn revoke(&mut self, name: &str) {
        let token = self.token(name);
        if token.rotated.is_none() {
            self.dead.push(token.family.clone());
        }
        self.tokens.insert(name.to_owned(), ModelToken { revoked: true, ..token });
    }

    fn revoke_family(&mut self, name: &str) {
        self.dead.push(self.token(name).family);
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Refresh one of the tokens issued so far.
    Rotate(Index),
    Revoke(Index),
    RevokeFamily(Index),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => any::<Index>().prop_map(Step::Rotate),
        1 => any::<Index>().prop_map(Step::Revoke),
        1 => any::<Index>().prop_map(Step::RevokeFamily),
        3 => prop_oneof![Just(1), Just(GRACE / 2), Just(GRACE - 1), Just(GRACE), 0..3 * GRACE].prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..60)
}

/// Random histories against the model.
async fn any_history_is_as_the_rules_say(world: World, steps: Vec<Step>, grace: u64) -> Result<(), TestCaseError> {
    let mut model = Model::default();
    let mut names: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Wait(millis) => model.now += millis,
            Step::Revoke(index) => {
                let name = index.get(&names);
                world.revoke(name, model.now).await;
                model.revoke(name);
            }
            Step::RevokeFamily(index) => {
                let name = index.get(&names);
                world.revoke_family(name, model.now).await;
                model.revoke_family(name);
            }
            Step::Rotate(index) => {
                let (name, next) = (index.get(&names).clone(), format!("s{number}"));
                let mut asked = world.rotation(&name, &next, model.now);
                asked.grace_ends = world.at(model.now + grace);
                let rotated = world.store.rotate(asked).await.unwrap();
                prop_assert_eq!(&rotated, &model.rotate(&world, &name, &next, grace), "{} at {}", name, model.now);
                if rotated == Rotated::Fresh {
                    names.push(next);
                }
            }
        }
        for name in &names {
            prop_assert_eq!(world.is_revoked(name, model.now), model.is_revoked(name), "{} at {}", name, model.now);
        }
    }
    Ok(())
}

/// The suite over a store: `conforms!(name, how many random histories, a fresh store and what it lives in)`, where the last
/// is awaited.
macro_rules! conforms {
    ($name:ident, $histories:expr, $fresh:expr) => {
        conforms!(@ $name, $histories, $fresh, [
            the_first_refresh_is_fresh_and_revokes_nothing_yet,
            s43_inside_the_grace_every_refresh_gets_the_first_successor,
            s43_of_twenty_parallel_refreshes_one_is_first_and_all_others_get_its_successor,
            s43_of_twenty_parallel_refreshes_without_a_grace_one_wins,
            s48_the_grace_counts_from_the_first_refresh_and_is_not_prolonged,
            s48_a_grace_of_nothing_admits_no_second_refresh,
            s48_a_grace_of_nothing_is_over_by_whatever_clock,
            using_a_refreshed_token_on_a_guarded_route_revokes_nothing,
            s44_reuse_of_any_member_revokes_every_member,
            s44_reuse_revokes_members_that_are_still_inside_their_grace,
            s44_other_families_are_left_alone,
            a_revoked_token_is_revoked_at_once_and_cannot_be_refreshed,
            s44_a_family_is_revoked_by_any_of_its_tokens,
            s44_a_family_that_nobody_knows_is_its_one_token,
            s43_a_revocation_while_a_refresh_is_under_way_leaves_no_successor,
            s47_what_has_had_its_time_is_not_revoked_any_more,
            s47_a_token_that_is_shown_is_remembered_for_as_long_as_it_lasts,
            s61_a_refresh_that_is_dropped_is_done_or_undone,
            a_users_tokens_are_good_since_the_later_of_two_moments,
            s48_who_catches_up_ends_no_grace_and_makes_nothing_good,
            a_users_moment_is_forgotten_when_no_token_from_before_can_be_accepted,
            sessions_are_listed_from_their_login_on,
            one_token_is_one_session_however_often_it_is_issued,
            a_session_from_before_is_listed_once_it_is_refreshed,
            s64_a_refresh_that_lists_a_session_is_held_to_the_bound_too,
            a_listed_session_ends_with_everything_of_it_and_no_other_does,
            every_end_of_a_session_takes_it_off_the_list,
            of_sessions_begun_at_one_moment_the_first_is_the_oldest,
            whoever_logs_out_everywhere_keeps_what_was_begun_since,
            what_is_used_up_without_a_successor_is_used_up_once,
            of_a_session_renewed_many_times_the_oldest_tokens_end,
            beyond_the_bound_the_session_used_longest_ago_ends,
            of_parallel_logins_no_more_than_the_bound_live_on,
            a_renewal_of_what_was_revoked_opens_nothing,
            a_renewal_goes_on_with_its_session_and_ends_with_it,
            s44_a_refresh_of_an_older_token_leaves_the_newest_one_in_its_session,
            a_session_that_was_not_listed_is_listed_at_its_next_refresh,
            a_session_that_was_not_listed_is_listed_when_it_is_renewed,
        ]);
    };
    (@ $name:ident, $histories:expr, $fresh:expr, [$($rule:ident,)*]) => {
        mod $name {
            use super::*;

            async fn fresh() -> World {
                let fresh: Result<_, BoxError> = $fresh.await;
                let (store, server) = fresh.unwrap();
                World::over(Arc::new(store), Box::new(server))
            }

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $rule() {
                    rules::$rule(fresh().await).await;
                }
            )*

            #[test]
            fn any_history_is_as_the_rules_say() {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                let graces = prop_oneof![Just(0), Just(1), Just(GRACE)];
                let mut histories = TestRunner::new(ProptestConfig::with_cases($histories));
                let outcome = histories.run(&(steps(), graces), |(steps, grace)| {
                    runtime.block_on(async { super::any_history_is_as_the_rules_say(fresh().await, steps, grace).await })
                });
                outcome.unwrap_or_else(|error| panic!("{error}"));
            }
        }
    };
}

conforms!(memory, 1000, async { Ok((MemorySessions::default(), ())) });

#[cfg(feature = "redis")]
conforms!(redis, 30, async {
    let server = support::redis_server::Server::start();
    let store = tower_auth::store::RedisStore::builder(server.url()).timeout(PATIENCE).connect()?;
    store.ready().await;
    Ok((store, server))
});

#[cfg(feature = "redis")]
conforms!(redis_cluster, 10, async {
    let cluster = support::redis_server::Cluster::shared();
    let store = tower_auth::store::RedisStore::cluster(cluster.urls())
        .namespace(support::redis_server::fresh_namespace())
        .timeout(PATIENCE)
        .connect()?;
    store.ready().await;
    Ok((store, cluster))
});
