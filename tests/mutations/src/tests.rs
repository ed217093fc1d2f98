//! The tests of a program: which there are, what each comes by and takes, and whether some of them pass.

use std::{
    collections::HashSet,
    error::Error,
    fs,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// Seconds for whoever takes hardly any: who takes more has lost its way, or waits for what does not come.
const PATIENCE: u64 = 60;

pub(crate) struct Test {
    pub(crate) program: PathBuf,
    pub(crate) name: String,
    pub(crate) takes: Duration,
    pub(crate) reaches: HashSet<usize>,
}

pub(crate) enum Outcome {
    Passed,
    /// The first of them that failed, or `time` for one that did not end.
    Noticed(String),
}

/// The names of a program's tests.
pub(crate) fn names(program: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let listed = Command::new(program).arg("--list").output()?;
    let listed = String::from_utf8(listed.stdout)?;
    Ok(listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

impl Test {
    /// Runs it by itself, with no change; `None` when it fails then, and could notice nothing.
    pub(crate) fn watch(program: &Path, name: String, numbers: &Path) -> Option<Self> {
        let begun = Instant::now();
        let mut test = Self { program: program.to_owned(), name, takes: Duration::ZERO, reaches: HashSet::new() };
        let passed = matches!(run(&[&test], ("REACHED", &numbers.to_string_lossy())), Outcome::Passed);
        test.takes = begun.elapsed();
        let reached = fs::read_to_string(numbers).unwrap_or_default();
        let _ = fs::remove_file(numbers);
        test.reaches = reached.lines().filter_map(|number| number.parse().ok()).collect();
        passed.then_some(test)
    }
}

/// Runs tests of one program in one process, until one fails.
pub(crate) fn run(tests: &[&Test], (name, value): (&str, &str)) -> Outcome {
    let Some(first) = tests.first() else { return Outcome::Passed };
    let takes: Duration = tests.iter().map(|test| test.takes).sum();
    // By the clock, a test may share the machine.
    let (computes, waits) = (PATIENCE + 4 * takes.as_secs(), 2 * PATIENCE + 10 * takes.as_secs());
    let mut command = Command::new("timeout");
    command.args(["--signal=KILL", &waits.to_string(), "prlimit", &format!("--cpu={computes}")]);
    command.arg(&first.program).arg("--exact").args(tests.iter().map(|test| &test.name));
    command.env(name, value).env("RUST_BACKTRACE", "0").env("PROPTEST_CASES", "16");
    // A group of its own, which takes along whatever servers it started.
    let Ok(mut child) = command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null()).spawn() else {
        return Outcome::Noticed("not started".to_owned());
    };
    let lines = child.stdout.take().into_iter().flat_map(|stdout| BufReader::new(stdout).lines().map_while(Result::ok));
    let mut said = lines.filter_map(|line| {
        let failed = line.strip_prefix("test ").and_then(|line| line.strip_suffix(" ... FAILED"));
        failed
            .map(|name| Outcome::Noticed(name.to_owned()))
            .or(line.starts_with("test result: ok").then_some(Outcome::Passed))
    });
    let outcome = said.next().unwrap_or(Outcome::Noticed("time".to_owned()));
    let _ = Command::new("pkill").args(["-KILL", "-g", &child.id().to_string()]).status();
    let _ = child.wait();
    outcome
}
