//! What operations cost Redis, in time of its core, bytes and memory; what following the log costs it for each process; how
//! long a process needs to read the log, and to write it back.
//!
//! `cargo bench -p tower-auth --features redis --bench redis`, with a real `redis-server`. Times are of the processor, as
//! Redis counts them, and so hold beside other work; those by the clock do not. `docs/scaling.md` counts with them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stdout, clippy::cast_precision_loss)]

#[path = "../tests/support/redis_server.rs"]
#[allow(dead_code, unreachable_pub, reason = "tests use all of it")]
mod redis_server;

use std::{
    fs,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use redis_server::Server;
use sha2::{Digest, Sha256};
use tower_auth::{
    Clock, Subject, SystemClock, Timestamp,
    store::{
        Budget, Guess, Listing, Opening, Rate, RedisStore, Rotated, Rotation, SessionStore, Successor, ThrottleKey,
        ThrottleStore, TokenKey, UserKey,
    },
};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() {
    let quick = std::env::args().any(|argument| argument == "--test");
    let number = if quick { 200 } else { 20_000 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async { tokio::spawn(measure_all(number)).await.unwrap() });
}

async fn measure_all(number: u32) {
    println!(
        "| {number} times | µs of Redis's core, 64 at once | one at a time | by the clock | bytes there | back | bytes kept |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for what in ["count", "guess and success", "open", "refresh", "refresh again", "logout", "logout after refresh"] {
        operation(what, number).await;
    }
    println!();
    follow(number / 10).await;
    let (alone, both) = (lose(number * 5, 1).await, lose(number * 5, 2).await);
    println!("written back: {alone:.1} µs of Redis an entry by the first process, {:.1} by each other", both - alone);
}

async fn store(server: &Server) -> RedisStore {
    let store = RedisStore::builder(server.url()).timeout(PATIENCE).capacity(10_000_000).connect().unwrap();
    store.ready().await;
    store
}

fn digest(name: &str) -> [u8; 16] {
    let digest = Sha256::digest(name);
    std::array::from_fn(|index| digest[index])
}

fn key(name: &str) -> TokenKey {
    TokenKey::from_bytes(digest(name))
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn late() -> Timestamp {
    now() + Duration::from_secs(3600)
}

/// One operation, as often as told: by 64 tasks at once, and by one.
async fn operation(what: &'static str, number: u32) {
    let server = Server::start();
    let store = store(&server).await;
    let mut row = Vec::new();
    for (tasks, number) in [(64, number), (1, number / 10)] {
        let name = move |at: u32| format!("{tasks} {at}");
        let redis = store.clone();
        match what {
            "refresh again" => many(tasks, number, |at| refresh(redis.clone(), name(at), 0)).await,
            "logout after refresh" => many(tasks, number, |at| refresh(redis.clone(), name(at), 0)).await,
            _ => {}
        }
        let before = Spent::of(&server);
        match what {
            "count" => many(tasks, number, |at| count(redis.clone(), name(at))).await,
            "guess and success" => many(tasks, number, |at| guess(redis.clone(), name(at))).await,
            "open" => many(tasks, number, |at| open(redis.clone(), name(at))).await,
            "refresh" => many(tasks, number, |at| refresh(redis.clone(), name(at), 0)).await,
            "refresh again" => many(tasks, number, |at| refresh(redis.clone(), name(at), 1)).await,
            "logout" => many(tasks, number, |at| log_out(redis.clone(), name(at), 0)).await,
            _ => many(tasks, number, |at| log_out(redis.clone(), name(at), 1)).await,
        }
        row.push(Spent::of(&server).since(&before, number));
    }
    let [at_once, alone] = [&row[0], &row[1]];
    let Spent { sent, told, kept, .. } = at_once;
    println!(
        "| {what} | {:.1} | {:.1} | {:.0} | {sent:.0} | {told:.0} | {kept:.0} |",
        at_once.micros, alone.micros, alone.clock
    );
}

async fn many<F: Future<Output = ()> + Send + 'static>(tasks: u32, number: u32, step: impl Fn(u32) -> F) {
    let next = Arc::new(AtomicU32::new(0));
    let mut steps: Vec<Vec<F>> = (0..tasks).map(|_| Vec::new()).collect();
    (0..number).for_each(|at| steps[(at % tasks) as usize].push(step(at)));
    let running: Vec<_> = steps
        .into_iter()
        .map(|steps| {
            let next = Arc::clone(&next);
            tokio::spawn(async move {
                for step in steps {
                    step.await;
                    next.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in running {
        task.await.unwrap();
    }
    assert_eq!(next.load(Ordering::Relaxed), number);
}

async fn count(store: RedisStore, name: String) {
    store.count(ThrottleKey::from_bytes(digest(&name)), Rate::new(60, Duration::from_secs(60)), now()).await.unwrap();
}

/// What a login asks whose password is right: one tally stays, that of the network.
async fn guess(store: RedisStore, name: String) {
    let [account, network] = ["account", "network"].map(|of| ThrottleKey::from_bytes(digest(&format!("{of} {name}"))));
    let guess =
        Guess::new(account, Budget::new(50, 1, 900, 60, 3600), now()).by(network, Budget::new(10, 10, 900, 900, 3600));
    store.guess(guess).await.unwrap();
    store.succeed(guess).await.unwrap();
}

async fn open(store: RedisStore, name: String) {
    let listing = Listing::new(UserKey::of(&Subject::from(&*name)), now(), Some("Firefox on Linux".into()));
    store.open(Opening::new(key(&name), listing, now(), late())).await.unwrap();
}

/// The refresh of a session that was refreshed as often as `generation` says.
async fn refresh(store: RedisStore, name: String, generation: u32) {
    let [old, new] = [generation, generation + 1].map(|generation| format!("{generation} {name}"));
    let mut rotation = Rotation::new(key(&old), Successor::new(&new[..], now()), key(&new), now(), late());
    rotation.grace_ends = now() + Duration::from_secs(10);
    assert_eq!(store.rotate(rotation).await.unwrap(), Rotated::Fresh);
}

async fn log_out(store: RedisStore, name: String, generation: u32) {
    store.revoke(key(&format!("{generation} {name}")), now(), late()).await.unwrap();
}

/// What each process that follows the log adds to an operation, and to a second in which nothing happens.
async fn follow(number: u32) {
    let server = Server::start();
    let mut stores = vec![store(&server).await];
    let mut seen = Vec::new();
    for followers in [1, 9] {
        while stores.len() < followers {
            stores.push(store(&server).await);
        }
        let idle = Spent::of(&server);
        let seconds = 5;
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let idle = Spent::of(&server).since(&idle, 1);
        let before = Spent::of(&server);
        let begun = Instant::now();
        for at in 0..number {
            let name = format!("{followers} {at}");
            log_out(stores[0].clone(), name.clone(), 0).await;
            // Each entry alone, as on a log that is not full of them.
            let token = key(&format!("0 {name}"));
            while !stores.iter().all(|store| store.is_revoked(&token, now())) {
                tokio::task::yield_now().await;
            }
        }
        let spent = Spent::of(&server).since(&before, number);
        // What the followers ask in any case.
        let idle_micros = idle.micros / seconds as f64;
        let own = idle_micros * begun.elapsed().as_secs_f64() / f64::from(number);
        seen.push((spent.micros - own, idle_micros, spent.told, idle.told / seconds as f64));
    }
    let each = |of: fn(&(f64, f64, f64, f64)) -> f64| (of(&seen[1]) - of(&seen[0])) / 8.0;
    println!(
        "each process that follows: {:.1} µs and {:.0} bytes for an entry, {:.0} µs and {:.0} bytes for a second",
        each(|seen| seen.0),
        each(|seen| seen.2),
        each(|seen| seen.1),
        each(|seen| seen.3),
    );
}

/// A log of so many entries, read by a process that starts, and written back when Redis lost it: what that took of Redis for
/// an entry.
async fn lose(number: u32, processes: u32) -> f64 {
    let server = Server::start();
    let first = store(&server).await;
    many(64, number, |at| log_out(first.clone(), format!("{at}"), 0)).await;
    let (before, busy) = (Spent::of(&server), processor_time());
    let begun = Instant::now();
    let mut stores = vec![store(&server).await];
    let (read, busy) = (begun.elapsed(), (processor_time() - busy) / f64::from(number));
    let spent = Spent::of(&server).since(&before, number);
    println!(
        "a log of {number} entries: read in {read:.2?}, {busy:.2} µs of the process, {:.2} of Redis, {:.0} bytes an entry",
        spent.micros, spent.told
    );
    if processes == 1 {
        stores.clear();
    }
    stores.push(first);
    let before = Spent::of(&server);
    let begun = Instant::now();
    server.ask(&["FLUSHALL", "ASYNC"]);
    // A step that names the lost history ends with an error, and one of the new history comes after what is written back.
    while begun.elapsed() < Duration::from_millis(1500) || !stores.iter().all(RedisStore::is_up) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let back = begun.elapsed();
    let spent = Spent::of(&server).since(&before, number);
    assert!(server.ask(&["DBSIZE"]).parse::<u32>().unwrap() > number, "it is written back");
    println!(
        "lost, and written back by {processes}: {:.1} µs of Redis and {:.0} bytes an entry, up again after {back:.2?}",
        spent.micros, spent.sent
    );
    spent.micros
}

/// Microseconds of the processor that this process has had.
fn processor_time() -> f64 {
    let of = |task: fs::DirEntry| -> f64 {
        let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        text.split(' ').next().unwrap_or_default().parse().unwrap_or(0.0)
    };
    fs::read_dir("/proc/self/task").unwrap().map(|task| of(task.unwrap())).sum::<f64>() / 1000.0
}

/// What Redis has spent, all in all or for each, and the time that it took.
struct Spent {
    begun: Instant,
    micros: f64,
    clock: f64,
    sent: f64,
    told: f64,
    kept: f64,
}

impl Spent {
    fn of(server: &Server) -> Self {
        let all = ["cpu", "stats", "memory"].map(|section| server.ask(&["INFO", section])).concat();
        let figure = |name: &str| -> f64 {
            all.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap().trim().parse().unwrap()
        };
        let cpu = figure("used_cpu_user_main_thread") + figure("used_cpu_sys_main_thread");
        Self {
            begun: Instant::now(),
            micros: cpu * 1e6,
            clock: 0.0,
            sent: figure("total_net_input_bytes"),
            told: figure("total_net_output_bytes"),
            kept: figure("used_memory"),
        }
    }

    fn since(&self, before: &Self, number: u32) -> Self {
        let each = |now: f64, then: f64| (now - then) / f64::from(number);
        Self {
            begun: before.begun,
            micros: each(self.micros, before.micros),
            clock: before.begun.elapsed().as_secs_f64() * 1e6 / f64::from(number),
            sent: each(self.sent, before.sent),
            told: each(self.told, before.told),
            kept: each(self.kept, before.kept),
        }
    }
}
