//! Three servers of `examples/fleet`, as processes of their own over one database and one `redis-server`, behind a client
//! that goes round them: what is revoked, refreshed or counted on one holds on the others, and a crash loses nothing.
//!
//! ```text
//! cargo test -p tower-auth-fleet-test
//! ```
//! needs `redis-server`, and `initdb` for the second half; prints figures, and ends by the first promise that is broken.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stdout, reason = "figures")]

mod client;
mod crash;
mod database;
mod figures;
mod guessing;
mod outage;
mod passwords;
#[path = "../support/redis_server.rs"]
#[expect(dead_code, reason = "what other tests need of it")]
mod redis_server;
mod refreshing;
mod revoking;
mod servers;
mod sessions;

use std::time::Instant;

use database::Database;
use servers::Fleet;

#[tokio::main]
async fn main() {
    let begun = Instant::now();
    let fleet = Fleet::start(Database::sqlite()).await;
    drive(fleet, 300, 100).await;
    match Database::postgres() {
        Some(database) => drive(Fleet::start(database).await, 50, 15).await,
        None => println!("-- PostgreSQL: not installed, left out"),
    }
    println!("the fleet kept its promises in {:.1} s", begun.elapsed().as_secs_f64());
}

async fn drive(fleet: Fleet, revocations: usize, storms: usize) {
    println!("-- {}, three servers", fleet.database.name());
    let spent = refreshing::storms(&fleet, storms).await;
    revoking::amid_renewals(&fleet, 6).await;
    revoking::by_token(&fleet, revocations).await;
    revoking::by_user(&fleet, revocations / 5).await;
    guessing::from_one_network(&fleet).await;
    guessing::from_many(&fleet).await;
    passwords::are_upgraded(&fleet).await;
    passwords::are_changed(&fleet).await;
    refreshing::reuse(&fleet, spent).await;
    crash::of_a_server(&fleet).await;
    outage::of_redis(&fleet).await;
    fleet.stop();
}
