//! One token refreshed on all servers at once.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use crate::{revoking::report, servers::Fleet, sessions::refresh};

/// The layer's default.
const GRACE: Duration = Duration::from_secs(10);

/// A refresh that was: the old token, its successor, and when.
pub struct Spent {
    token: String,
    successor: String,
    at: Instant,
}

pub async fn storms(fleet: &Fleet, rounds: usize) -> Vec<Spent> {
    let mut spent = Vec::new();
    for token in fleet.sessions(rounds).await {
        let replies = join_all((0..20).map(|_| fleet.send(refresh(&token)))).await;
        let at = Instant::now();
        assert!(replies.iter().all(|reply| reply.status == 201), "every one of them is granted");
        let successors: HashSet<String> = replies.iter().map(super::client::Reply::token).collect();
        assert_eq!(successors.len(), 1, "the same successor");
        let successor = successors.into_iter().next().unwrap();
        assert_eq!(fleet.statuses(&successor).await, [200; 3]);
        spent.push(Spent { token, successor, at });
    }
    println!("refreshed by 20 calls over three servers at once: one successor in {rounds} of {rounds} rounds");
    spent
}

/// After the grace, whoever comes with the old token has a copy of it.
pub async fn reuse(fleet: &Fleet, spent: Vec<Spent>) {
    let mut delays = Vec::new();
    for Spent { token, successor, at } in spent {
        tokio::time::sleep_until((at + GRACE + Duration::from_secs(1)).into()).await;
        assert_eq!(fleet.statuses(&token).await, [401; 3], "the old one has had its time");
        assert_eq!(fleet.statuses(&successor).await, [200; 3], "its use on a guarded route revokes nothing");
        let server = fleet.next();
        assert_eq!(fleet.refresh(server, &token).await.status, 401);
        let begun = Instant::now();
        let gone = (1..3).map(|other| super::revoking::refused(fleet, (server + other) % 3, &successor));
        delays.extend(join_all(gone).await.into_iter().map(|at| at.duration_since(begun)));
        assert_eq!(fleet.send(refresh(&successor)).await.status, 401, "no successor of the family any more");
    }
    report("reused on one after the grace, its family refused on the other two", delays);
}
