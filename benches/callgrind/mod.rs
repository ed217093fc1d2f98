//! Counting by valgrind's callgrind: this very program, run under it.

use std::{
    env, fs,
    process::{Command, Stdio},
};

/// Instructions, of all functions and of those that are SHA-256's rounds.
#[derive(Clone, Copy)]
pub(crate) struct Count {
    pub(crate) all: u64,
    pub(crate) sha: u64,
}

pub(crate) fn is_installed() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The compiler's name and version, by which counts differ.
pub(crate) fn compiler() -> String {
    let output = Command::new(env::var("RUSTC").unwrap_or_else(|_| "rustc".into())).arg("--version").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The machine, the commit and the compiler, for whoever reads the figures later.
#[allow(dead_code, reason = "only what is written down says where it is from")]
pub(crate) fn origin() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let model = line.and_then(|line| line.split_once(": ")).map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let git = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    let commit = git.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    format!("{model}, {cores} cores; commit {commit}; {}", compiler())
}

/// What one of so many requests costs, each of them walked within a function whose name holds `within`.
pub(crate) fn count(case: &str, number: u64, within: &str) -> Count {
    let file = env::temp_dir().join(format!("tower-auth-callgrind-{}-{case}", std::process::id()));
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--compress-strings=no", "--collect-atstart=no"])
        .arg(format!("--toggle-collect=*{within}*"))
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(env::current_exe().unwrap())
        .args([case, &number.to_string()])
        .status();
    assert!(status.unwrap().success(), "{case} under valgrind");
    let profile = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let Count { all, sha } = read(&profile);
    Count { all: all / number, sha: sha / number }
}

/// Sums the own costs of every function. The line after a `calls=` is what the callee cost, which is counted there.
fn read(profile: &str) -> Count {
    let mut count = Count { all: 0, sha: 0 };
    let (mut is_sha, mut is_callee) = (false, false);
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            is_sha = name.contains("sha2") && name.contains("compress") || name.contains("sha256_block");
        } else if line.starts_with("calls=") {
            is_callee = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost: u64 = line.split(' ').nth(1).and_then(|cost| cost.parse().ok()).unwrap_or(0);
            if !std::mem::take(&mut is_callee) {
                count.all += cost;
                count.sha += if is_sha { cost } else { 0 };
            }
        }
    }
    count
}
