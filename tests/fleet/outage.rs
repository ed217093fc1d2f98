//! Redis dies, and comes back with its data.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use crate::{
    client::Call,
    figures::Spread,
    servers::Fleet,
    sessions::{log_in, log_out, me, refresh},
};

/// The server that is started while Redis is away.
const LATE: usize = 1;

/// One answer: when it came, how long it took, from whom.
struct Answer {
    at: Instant,
    took: Duration,
    server: usize,
    status: u16,
}

/// Asks one server after the other until it is over, and notes every answer.
async fn asking(fleet: &Fleet, is_over: &AtomicBool, pause: u64, mut call: impl FnMut() -> Call) -> Vec<Answer> {
    let mut answers = Vec::new();
    while !is_over.load(SeqCst) {
        let (server, sent) = (fleet.next(), Instant::now());
        if let Some(reply) = fleet.client.send(&fleet.servers[server].url, call()).await {
            answers.push(Answer { at: Instant::now(), took: sent.elapsed(), server, status: reply.status });
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    answers
}

/// The same with a token that is replaced by its successor.
async fn refreshing(fleet: &Fleet, is_over: &AtomicBool, mut token: String) -> Vec<Answer> {
    let mut answers = Vec::new();
    while !is_over.load(SeqCst) {
        let (server, sent) = (fleet.next(), Instant::now());
        if let Some(reply) = fleet.client.send(&fleet.servers[server].url, refresh(&token)).await {
            answers.push(Answer { at: Instant::now(), took: sent.elapsed(), server, status: reply.status });
            if reply.status == 201 {
                token = reply.token();
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    answers
}

/// Waits until a server, which may not listen yet, answers so.
async fn answers(fleet: &Fleet, server: usize, call: impl Fn() -> Call, status: u16) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let reply = fleet.client.send(&fleet.servers[server].url, call()).await;
        let got = reply.map(|reply| reply.status);
        if got == Some(status) {
            return;
        }
        assert!(Instant::now() < deadline, "server {server} answers {got:?}, and {status} is waited for");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub async fn of_redis(fleet: &Fleet) {
    let (kept, revoked, refreshed) = (fleet.sessions(4).await, fleet.sessions(4).await, fleet.sessions(4).await);
    for token in &revoked {
        assert_eq!(fleet.send(log_out(token)).await.status, 204);
        // What the other servers hear of it takes milliseconds, and is measured elsewhere.
        for server in 0..3 {
            answers(fleet, server, || me(token), 401).await;
        }
    }
    let user = fleet.new_user().await;
    let probe = || Call::post("/me/logout-everywhere").bearer(&kept[0]);
    let is_over = AtomicBool::new(false);
    let script = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        fleet.redis.lock().await.kill();
        let lost = Instant::now();
        answers(fleet, 0, probe, 503).await;
        fleet.servers[LATE].kill();
        fleet.servers[LATE].relaunch();
        answers(fleet, LATE, || me(&kept[1]), 503).await;
        tokio::task::block_in_place(|| fleet.redis.blocking_lock().restart());
        let back = Instant::now();
        for server in 0..3 {
            answers(fleet, server, || log_in(&user), 201).await;
            answers(fleet, server, || me(&kept[1]), 200).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        is_over.store(true, SeqCst);
        (lost, back)
    };
    let guarded = join_all(kept[1..].iter().map(|token| asking(fleet, &is_over, 1, || me(token))));
    let dead = join_all(revoked.iter().map(|token| asking(fleet, &is_over, 1, || me(token))));
    let refreshes = join_all(refreshed.into_iter().map(|token| refreshing(fleet, &is_over, token)));
    let logins = asking(fleet, &is_over, 20, || log_in(&user));
    let (guarded, dead, refreshes, logins, (lost, back)) = tokio::join!(guarded, dead, refreshes, logins, script);

    println!("killed Redis, and had it back {:.1} s later", back.duration_since(lost).as_secs_f64());
    let guarded: Vec<_> = guarded.into_iter().flatten().collect();
    println!("  guarded requests: {}", counts(&guarded));
    assert!(guarded.iter().all(|answer| answer.status == 200 || answer.server == LATE), "they go on");
    let dead: Vec<_> = dead.into_iter().flatten().collect();
    println!("  with tokens revoked before: {}", counts(&dead));
    assert!(dead.iter().all(|answer| [401, 503].contains(&answer.status)), "none is admitted");
    let refreshes: Vec<_> = refreshes.into_iter().flatten().collect();
    assert_outage("refreshes", &refreshes, 201, lost, back);
    assert_outage("logins", &logins, 201, lost, back);
    for token in &revoked {
        assert_eq!(fleet.statuses(token).await, [401; 3]);
    }
}

fn counts(answers: &[Answer]) -> String {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.status).or_insert(0) += 1;
    }
    counts.iter().map(|(status, count)| format!("{count} by {status}")).collect::<Vec<_>>().join(", ")
}

fn assert_outage(what: &str, answers: &[Answer], granted: u16, lost: Instant, back: Instant) {
    assert!(answers.iter().all(|answer| [granted, 503].contains(&answer.status)), "{what}: {}", counts(answers));
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
    let first = refused.iter().map(|answer| answer.at).min().expect("some met the outage").duration_since(lost);
    let last = refused.iter().map(|answer| answer.at).max().unwrap().saturating_duration_since(back);
    let took = Spread::of(refused.iter().map(|answer| answer.took).collect());
    println!(
        "  {what}: {}; 503 from {} ms after the kill to {} ms after Redis was back; a refusal took {took}",
        counts(answers),
        first.as_millis(),
        last.as_millis(),
    );
    assert!(last <= Duration::from_secs(2), "{what} are granted again within 2 s");
}
