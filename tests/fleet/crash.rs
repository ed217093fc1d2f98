//! One server dies amid requests, and comes back.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use crate::{
    servers::Fleet,
    sessions::{log_out, me, refresh},
};

/// What clients did so far.
#[derive(Default)]
struct Load {
    answered: AtomicUsize,
    refreshed: AtomicUsize,
    went_on: AtomicUsize,
    is_over: AtomicBool,
}

/// A client with a session goes round the servers, refreshes now and then, and never gets any other answer than it would with
/// all of them up. Returns its last token.
async fn client(fleet: &Fleet, load: &Load, mut token: String) -> String {
    for turn in 0.. {
        let (reply, gone) = match turn % 4 {
            0 => fleet.send_until_answered(refresh(&token)).await,
            _ => fleet.send_until_answered(me(&token)).await,
        };
        load.went_on.fetch_add(gone, SeqCst);
        load.answered.fetch_add(1, SeqCst);
        if turn % 4 == 0 {
            assert_eq!(reply.status, 201, "{}", reply.body);
            load.refreshed.fetch_add(1, SeqCst);
            token = reply.token();
        } else {
            assert_eq!(reply.status, 200, "{}", reply.body);
        }
        if load.is_over.load(SeqCst) {
            break;
        }
    }
    token
}

/// Waits until so many more requests were answered.
async fn more(load: &Load, many: usize) {
    let goal = load.answered.load(SeqCst) + many;
    while load.answered.load(SeqCst) < goal {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The first answers of a server that comes up, to tokens that were revoked while it was down.
async fn first_answers(fleet: &Fleet, server: usize, token: &str) -> Vec<u16> {
    let mut answers = Vec::new();
    while answers.len() < 20 {
        match fleet.client.send(&fleet.servers[server].url, me(token)).await {
            Some(reply) => answers.push(reply.status),
            None => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
    answers
}

pub async fn of_a_server(fleet: &Fleet) {
    const VICTIM: usize = 1;
    let (idle, used, revoked) = (fleet.sessions(12).await, fleet.sessions(12).await, fleet.sessions(12).await);
    let load = Load::default();
    let script = async {
        more(&load, 100).await;
        fleet.servers[VICTIM].kill();
        more(&load, 300).await;
        for token in &revoked {
            assert_eq!(fleet.send_until_answered(log_out(token)).await.0.status, 204);
        }
        let begun = Instant::now();
        let answers = join_all(revoked.iter().map(|token| first_answers(fleet, VICTIM, token)));
        let relaunched = async { fleet.servers[VICTIM].relaunch() };
        let (answers, ()) = tokio::join!(answers, relaunched);
        assert!(answers.iter().flatten().all(|status| [401, 503].contains(status)), "{answers:?}");
        println!(
            "restarted: {} answers to tokens revoked meanwhile, none admitted, the first by {}, all within {} ms",
            answers.iter().flatten().count(),
            answers[0][0],
            begun.elapsed().as_millis(),
        );
        more(&load, 100).await;
        load.is_over.store(true, SeqCst);
    };
    let (used, ()) = tokio::join!(join_all(used.into_iter().map(|token| client(fleet, &load, token))), script);
    for token in idle.iter().chain(&used) {
        assert_eq!(fleet.statuses(token).await, [200; 3], "no session is lost");
    }
    let [answered, refreshed, went_on] =
        [&load.answered, &load.refreshed, &load.went_on].map(|count| count.load(SeqCst));
    assert!(went_on > 0, "somebody met the dead server");
    println!(
        "killed one of three amid {answered} requests, {refreshed} of them refreshes: {went_on} went on to the next server, \
         0 of {} sessions lost",
        idle.len() + used.len(),
    );
}
