//! What each path costs in instructions, and whether that is what it was.
//!
//! `cargo bench --bench instructions` counts with valgrind's callgrind, prints a table beside `benches/instructions.csv`, and
//! fails when a path costs over 2 % more than stands there; `-- --save` writes the file anew. Counts are exact: the same
//! code counts alike on every machine with the same compiler and processor features, also on a noisy one.
//!
//! What is counted is the walking, a request's making with it, and not what has to be there first. *Over inner* leaves
//! out SHA and what the same request costs through the inner service alone. Valgrind knows no SHA extensions, so
//! SHA-256 runs in plain code under it; the column *without SHA* leaves its rounds out.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

mod callgrind;
mod paths;

use std::{collections::BTreeMap, fs, path::Path, process::ExitCode};

use callgrind::Count;
use paths::Paths;
use tower_auth::Lookup;

/// Requests of each path.
const NUMBER: u64 = 100;

/// How much more is too much, in percent.
const TOLERANCE: u64 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [case, number, ..] = &arguments[..]
        && let Ok(number) = number.parse()
    {
        let mut paths = paths::paths();
        let case = paths.names().iter().position(|known| known == case).expect("a path");
        // What is done once is done.
        walk(&mut paths, case, 10);
        walk_counted(&mut paths, case, number);
        return ExitCode::SUCCESS;
    }
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    if !callgrind::is_installed() {
        println!("valgrind is not installed: nothing was counted");
        return if flag("--test") { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.csv");
    let stored = Stored::read(&file);
    let compiler = callgrind::compiler();
    let mut counted = Vec::new();
    let mut grown = Vec::new();
    println!("| path | instructions | without SHA | over inner | stored | change |");
    println!("|---|---:|---:|---:|---:|---:|");
    let paths = paths::paths();
    let mut alone = BTreeMap::new();
    for (number, name) in paths.names().into_iter().enumerate() {
        let count = callgrind::count(name, NUMBER, "walk_counted");
        let own = count.all - count.sha;
        alone.insert(name, own);
        let over = own - alone[paths.alone(number)];
        let before = stored.counts.get(name).copied();
        let (known, change) = before.map_or_else(Default::default, |before| {
            #[expect(clippy::cast_precision_loss, reason = "for people")]
            let change = (count.all as f64 / before as f64 - 1.0) * 100.0;
            (before.to_string(), format!("{change:+.1} %"))
        });
        println!("| {name} | {} | {own} | {over} | {known} | {change} |", count.all);
        if before.is_some_and(|before| count.all * 100 > before * (100 + TOLERANCE)) {
            grown.push(name);
        }
        counted.push((name, count));
    }
    if flag("--save") {
        fs::write(&file, Stored::text(&compiler, &counted)).unwrap();
    } else if stored.compiler != compiler {
        println!("\nstored by {}, counted by {compiler}: save them anew before they can be compared", stored.compiler);
    } else if !grown.is_empty() {
        println!("\nover {TOLERANCE} % more instructions: {}", grown.join(", "));
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn walk(paths: &mut Paths<impl Lookup>, case: usize, number: u64) {
    for _ in 0..number {
        let request = paths.request(case);
        paths.walk(case, request);
    }
}

/// What valgrind counts.
#[inline(never)]
fn walk_counted(paths: &mut Paths<impl Lookup>, case: usize, number: u64) {
    walk(paths, case, number);
}

/// The counts that stand in the repository, and by which compiler they were made.
#[derive(Default)]
struct Stored {
    compiler: String,
    counts: BTreeMap<String, u64>,
}

impl Stored {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_default();
        let mut lines = text.lines();
        let compiler = lines.next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default().to_owned();
        let rows = lines.skip(1).filter_map(|line| {
            let mut cells = line.split(',');
            Some((cells.next()?.to_owned(), cells.next()?.parse().ok()?))
        });
        Self { compiler, counts: rows.collect() }
    }

    fn text(compiler: &str, counted: &[(&str, Count)]) -> String {
        let rows = counted.iter().map(|(name, count)| format!("{name},{},{}\n", count.all, count.all - count.sha));
        format!("# {compiler}\npath,instructions,without_sha\n{}", rows.collect::<String>())
    }
}
