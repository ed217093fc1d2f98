//! What each path costs in nanoseconds and allocations.
//!
//! `cargo bench --bench times`: the median of interleaved rounds, of which only the ratios carry over to another machine.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

mod paths;

use std::time::Instant;

use allocation_counter::measure;

fn main() {
    let quick = std::env::args().any(|argument| argument == "--test");
    let (rounds, number) = if quick { (1, 10) } else { (51, 1000) };
    let mut paths = paths::paths();
    let names = paths.names();
    let mut nanoseconds = vec![Vec::new(); names.len()];
    for _ in 0..rounds {
        for (case, taken) in nanoseconds.iter_mut().enumerate() {
            let begun = Instant::now();
            for _ in 0..number {
                let request = paths.request(case);
                paths.walk(case, request);
            }
            taken.push(begun.elapsed().as_nanos() / number);
        }
    }
    println!("| path | ns | allocations |");
    println!("|---|---:|---:|");
    for (case, taken) in nanoseconds.iter_mut().enumerate() {
        taken.sort_unstable();
        let request = paths.request(case);
        let allocations = measure(|| paths.walk(case, request)).count_total;
        println!("| {} | {} | {allocations} |", names[case], taken[taken.len() / 2]);
    }
}
