//! Whole servers under `wrk`: requests a second, the server's processor time for a request, and p99.
//!
//! HTTP/1.1, 32 connections that stay open; server and `wrk` have a core each. Each case is a process of its own,
//! started for each round, in turn; medians count, and ratios are to the same server without a layer.

mod load;
mod serve;

use load::{Load, Server};
pub use serve::serve;

use crate::{csv, rounds::median};

const ROUNDS: usize = 7;
const SECONDS: u32 = 3;

/// What is served, and what it is compared with.
const CASES: [(&str, usize); 16] = [
    ("hyper", 0),
    ("hyper, tower-auth, public route", 0),
    ("hyper, tower-auth, HS256 known again", 0),
    ("hyper, tower-auth, HS256 verified each time", 0),
    ("hyper, tower-auth, RS256 known again", 0),
    ("hyper, tower-auth, Basic known again", 0),
    ("hyper, tower-http by hand, HS256", 0),
    ("hyper, tower-jwt, HS256", 0),
    ("hyper, tower-oauth2-resource-server, HS256", 0),
    ("hyper, tower-http by hand, RS256", 0),
    ("axum", 10),
    ("axum, tower-auth, HS256 known again", 10),
    ("axum, tower-auth, HS256 verified each time", 10),
    ("axum, `from_fn` by hand, HS256", 10),
    ("axum, axum-jwt-auth, HS256", 10),
    ("axum, axum-login, session in memory", 10),
];

pub fn compare(save: bool) {
    let mut taken: Vec<Vec<Load>> = vec![Vec::new(); CASES.len()];
    for _ in 0..ROUNDS {
        for ((case, _), taken) in CASES.iter().zip(&mut taken) {
            taken.push(Server::start(case).load(SECONDS));
        }
    }
    let of = |at: usize, what: fn(&Load) -> f64| median(taken[at].iter().map(what).collect());
    println!("| | µs of the server's core | × bare | requests/s | × bare | p99, µs | × bare |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut rows = Vec::new();
    for (at, (case, bare)) in CASES.iter().enumerate() {
        let [cpu, rate, p99] = [|load: &Load| load.cpu, |load: &Load| load.rate, |load: &Load| load.p99]
            .map(|what| (of(at, what), of(at, what) / of(*bare, what)));
        println!(
            "| {case} | {:.2} | {:.3} | {:.0} | {:.3} | {:.0} | {:.2} |",
            cpu.0, cpu.1, rate.0, rate.1, p99.0, p99.1
        );
        let figures = format!("{:.3},{:.4},{:.0},{:.4},{:.0},{:.3}", cpu.0, cpu.1, rate.0, rate.1, p99.0, p99.1);
        rows.push(format!("{},{figures}", csv::cell(case)));
    }
    if save {
        csv::save("servers.csv", "case,cpu_us,cpu_x,rate,rate_x,p99_us,p99_x", &rows);
    }
}
