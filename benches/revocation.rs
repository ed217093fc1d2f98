//! What a guarded request asks of the session store: one token among a million revoked ones, and among none; and what a
//! revoked token costs in memory, printed first: by arithmetic over the capacity of the arrays at every size on the way,
//! and by how much the process has grown. Beside a revoked token's look stands what one read of so much memory takes, which
//! no cache holds: less than that it cannot be.
//!
//! `cargo bench --bench revocation`
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss
)]

use std::{
    fs,
    hint::black_box,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sha2::{Digest, Sha256};
use tokio::{runtime::Builder, time::advance};
use tower_auth::{
    Subject, Timestamp,
    store::{MemorySessions, RevocationList, SessionStore, TokenKey, UserKey},
};

const ENTRIES: u64 = 1_000_000;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

fn key(number: u64) -> TokenKey {
    let mut key = [0; 16];
    key.copy_from_slice(Sha256::digest(number.to_be_bytes()).get(..16).unwrap());
    TokenKey::from_bytes(key)
}

/// The bytes of this process that are in memory, where the system tells.
fn resident() -> Option<usize> {
    let pages: usize = fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

fn full() -> RevocationList {
    let before = resident();
    let list = RevocationList::with_capacity(usize::try_from(ENTRIES).unwrap());
    let (mut worst, mut size) = (0.0_f64, 0);
    for number in 0..ENTRIES {
        list.revoke(key(number), NOW, NOW, NOW + Duration::from_secs(3600)).unwrap();
        if (number + 1) % 5_000 == 0 && number >= ENTRIES / 10 {
            let bytes = list.token_bytes() as f64 / (number + 1) as f64;
            if bytes > worst {
                (worst, size) = (bytes, number + 1);
            }
        }
    }
    println!("bytes for each of {ENTRIES} revoked tokens: {:.2}", list.token_bytes() as f64 / ENTRIES as f64);
    println!("  at the worst size on the way from a tenth of them: {worst:.2}, at {size}");
    if let (Some(before), Some(after)) = (before, resident()) {
        println!("  by the growth of the process: {:.2}", after.saturating_sub(before) as f64 / ENTRIES as f64);
    }
    list
}

/// Nanoseconds for one look, of batches that are shorter than a scheduler's slice: the median, and what a tenth of the
/// batches stay below, which is nearer to a machine that has nothing else to do.
fn undisturbed(of: &str, mut look: impl FnMut(usize)) {
    let mut batches: Vec<u128> = (0..2000)
        .map(|batch| {
            let start = Instant::now();
            (0..1000).for_each(|at| look((batch * 1000 + at) & 0xffff));
            start.elapsed().as_nanos()
        })
        .collect();
    batches.sort_unstable();
    let [tenth, median] = [200, 1000].map(|rank| batches[rank] as f64 / 1000.0);
    println!("{of}: {median:.1} ns, the median of batches of 1000; {tenth:.1} ns, the first tenth");
}

fn revocation(c: &mut Criterion) {
    let list = full();
    let (listed, strangers): (Vec<_>, Vec<_>) = (0..1 << 16).map(|n| (key(n * 15), key(ENTRIES + n))).unzip();
    undisturbed("a stranger among a million", |at| assert!(!list.is_revoked(&strangers[at], NOW)));
    undisturbed("a revoked one of a million", |at| assert!(list.is_revoked(&listed[at], NOW)));
    let memory: Vec<[u64; 2]> = (0..ENTRIES * 4 / 3).map(|n| [n, n]).collect();
    let somewhere: Vec<_> = (0..1_usize << 16).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % memory.len()).collect();
    let mut before = 0;
    undisturbed("as much memory read once, where the read before tells", |at| {
        before = usize::from(black_box(memory[somewhere[(at + before) & 0xffff]])[0] == u64::MAX);
    });
    let empty = MemorySessions::default();
    let mut group = c.benchmark_group("revocation");
    group.throughput(Throughput::Elements(1));
    let mut next = (0..1_usize << 16).cycle();
    group.bench_function("nothing_was_ever_revoked", |b| b.iter(|| black_box(&empty).is_unused()));
    group.bench_function("a_stranger_among_a_million", |b| {
        b.iter(|| assert!(!list.is_revoked(&strangers[next.next().unwrap()], NOW)));
    });
    group.bench_function("a_revoked_one_of_a_million", |b| {
        b.iter(|| assert!(list.is_revoked(&listed[next.next().unwrap()], NOW)));
    });
    // Each look depends on the one before, so that none hides behind another.
    let mut at = 0;
    group.bench_function("a_stranger_among_a_million_one_after_another", |b| {
        b.iter(|| {
            let found = list.is_revoked(&strangers[at & 0xffff], NOW);
            at = at + 1 + usize::from(black_box(found));
        });
    });
    let user = Subject::from(42);
    group.bench_function("valid_since_when_no_user_was_ever_revoked", |b| b.iter(|| list.valid_since(&user, NOW)));
    list.revoke_user(UserKey::of(&Subject::from(1)), NOW, NOW, NOW + Duration::from_secs(3600)).unwrap();
    group.bench_function("valid_since_when_another_user_was_revoked", |b| b.iter(|| list.valid_since(&user, NOW)));

    let (stop, writes) = (AtomicBool::new(false), AtomicU64::new(0));
    let busy = RevocationList::with_capacity(2_000_000);
    (0..ENTRIES).for_each(|number| busy.revoke(key(number), NOW, NOW, NOW + Duration::from_secs(3600)).unwrap());
    thread::scope(|scope| {
        scope.spawn(|| {
            // A writer without rest, whose entries are swept out again: a minute is over whenever it says so.
            let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
            runtime.block_on(async {
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    if number % 100_000 == 0 {
                        advance(Duration::from_secs(60)).await;
                    }
                    let now = NOW + Duration::from_secs(number / 100_000);
                    busy.revoke(key(2 * ENTRIES + number), now, now, now + Duration::from_secs(2)).unwrap();
                    writes.fetch_add(1, Ordering::Relaxed);
                }
            });
        });
        group.bench_function("a_stranger_among_a_million_beside_a_writer_without_rest", |b| {
            b.iter(|| assert!(!busy.is_revoked(&strangers[next.next().unwrap()], NOW)));
        });
        stop.store(true, Ordering::Relaxed);
    });
    group.finish();
    println!("revocations written beside the reader: {}", writes.load(Ordering::Relaxed));
}

criterion_group!(benches, revocation);
criterion_main!(benches);
