//! What a process has had of the processor, which the kernel counts, and others cannot lengthen as they do the clock's time.

use std::{fs, path::PathBuf, thread};

/// The same once its first thread waits for something, which it is about to.
pub fn nanoseconds_when_waiting(process: u32) -> f64 {
    let stat = || fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The state stands behind the name, which is in parentheses.
    while stat().rsplit_once(") ").is_none_or(|(_, fields)| !fields.starts_with('S')) {
        thread::yield_now();
    }
    nanoseconds(process)
}

/// Nanoseconds of all its threads. Exact while they wait.
pub fn nanoseconds(process: u32) -> f64 {
    let of = |task: PathBuf| -> f64 {
        let text = fs::read_to_string(task.join("schedstat")).unwrap_or_default();
        text.split(' ').next().unwrap_or_default().parse().unwrap_or(0.0)
    };
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    tasks.map(|task| of(task.unwrap().path())).sum()
}
