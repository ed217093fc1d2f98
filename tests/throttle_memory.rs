//! What a million hostile keys cost. A program of its own, since it reads how large the process is.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::time::Duration;

use tower_auth::{
    Timestamp,
    store::{Budget, Guess, MemoryThrottle, Rate, ThrottleKey, ThrottleStore},
};

/// The memory that the process has in use, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

fn key(kind: u8, number: u64) -> ThrottleKey {
    let mut bytes = [kind; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    ThrottleKey::from_bytes(bytes)
}

#[tokio::test]
async fn s64_hostile_keys_by_the_million_cost_at_most_32_mebibytes_and_8_more_where_networks_are_known() {
    let store = MemoryThrottle::default();
    let now = Timestamp::from_unix_seconds(1_700_000_000);
    let budget = Budget::new(10, 10, 900, 900, 3_600);
    let before = resident();
    for number in 0..500_000 {
        store.guess(Guess::new(key(1, number), budget, now).by(key(2, number), budget)).await.unwrap();
    }
    let failures = resident() - before;
    for number in 0..500_000 {
        store.count(key(3, number), Rate::new(10, Duration::from_secs(60)), now).await.unwrap();
    }
    let grown = resident() - before;
    for number in 0..500_000 {
        store.succeed(Guess::new(key(1, number), budget, now).by(key(2, number), budget)).await.unwrap();
    }
    let known = resident() - before;
    println!("failures: {failures} bytes, with requests: {grown} bytes, with known networks: {known} bytes");
    assert!(grown < 32 << 20, "{grown} bytes");
    assert!(known < 40 << 20, "{known} bytes");
}
