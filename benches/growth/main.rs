//! What a guarded request costs as things grow: its token, keys, routes and rules, revoked tokens, tasks at once.
//!
//! `cargo bench -p tower-auth --bench growth` prints a table; `-- --save` writes it into `benches/growth.csv`, of which
//! `docs/performance.py` makes plots. Instructions are counted by valgrind's callgrind and exact; nanoseconds are medians
//! of rounds in turn, and only their ratios carry over to another machine.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss
)]

#[path = "../callgrind/mod.rs"]
mod callgrind;
#[path = "../paths/mod.rs"]
mod paths;
mod series;
mod tasks;
mod threads;

use std::{env, fs, path::Path, process::ExitCode, time::Instant};

use series::{SERIES, Series, Walk};

/// Requests that are counted.
const NUMBER: u64 = 100;

/// A measured point of a series.
struct Point {
    series: &'static str,
    case: &'static str,
    size: usize,
    instructions: Option<u64>,
    nanoseconds: f64,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    if let [point, number, ..] = &arguments[..]
        && let Ok(number) = number.parse()
    {
        walk_counted(&mut named(point), number);
        return ExitCode::SUCCESS;
    }
    if flag("--test") {
        for series in &SERIES {
            for case in series.cases {
                (series.make)(case, series.sizes[0])();
            }
        }
        tasks::measure(&[1, 10], 1);
        threads::measure(1);
        return ExitCode::SUCCESS;
    }
    let mut points: Vec<Point> = SERIES.iter().flat_map(measure).collect();
    points.extend(tasks::measure(&tasks::SIZES, 31));
    points.extend(threads::measure(15));
    println!("| series | case | size | instructions | ns |");
    println!("|---|---|---:|---:|---:|");
    let counted = |point: &Point| point.instructions.map(|count| count.to_string()).unwrap_or_default();
    for point in &points {
        let Point { series, case, size, nanoseconds, .. } = point;
        println!("| {series} | {case} | {size} | {} | {nanoseconds:.0} |", counted(point));
    }
    if flag("--save") {
        let row = |point: &Point| {
            let Point { series, case, size, nanoseconds, .. } = point;
            format!("{series},{case},{size},{},{nanoseconds:.1}\n", counted(point))
        };
        let rows: String = points.iter().map(row).collect();
        let text = format!("# {}\nseries,case,size,instructions,ns\n{rows}", callgrind::origin());
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/growth.csv"), text).unwrap();
    }
    ExitCode::SUCCESS
}

/// The sizes of a series in turn, round by round, and each counted.
fn measure(series: &'static Series) -> Vec<Point> {
    const ROUNDS: usize = 51;
    let mut points = Vec::new();
    for case in series.cases {
        let mut walks: Vec<Walk> = series.sizes.iter().map(|size| (series.make)(case, *size)).collect();
        let mut taken = vec![Vec::with_capacity(ROUNDS); walks.len()];
        for _ in 0..ROUNDS {
            for (walk, taken) in walks.iter_mut().zip(&mut taken) {
                let begun = Instant::now();
                walk_counted(walk, 1000);
                taken.push(begun.elapsed().as_nanos() as f64 / 1000.0);
            }
        }
        for (size, taken) in series.sizes.iter().zip(taken) {
            let instructions = callgrind::is_installed().then(|| {
                let point = format!("{}:{case}:{size}", series.name);
                callgrind::count(&point, NUMBER, "walk_counted").all
            });
            points.push(Point { series: series.name, case, size: *size, instructions, nanoseconds: median(taken) });
        }
    }
    points
}

fn named(point: &str) -> Walk {
    let mut parts = point.split(':');
    let mut part = || parts.next().unwrap();
    let series = part();
    let series = SERIES.iter().find(|known| known.name == series).expect("a series");
    (series.make)(part(), part().parse().unwrap())
}

/// What valgrind counts.
#[inline(never)]
fn walk_counted(walk: &mut Walk, number: u64) {
    for _ in 0..number {
        walk();
    }
}

fn median(mut taken: Vec<f64>) -> f64 {
    taken.sort_by(f64::total_cmp);
    taken[taken.len() / 2]
}
