//! Threads on one and the same token, which is known: each has to wait for the others' reading only as far as caches do.

use std::{
    fs,
    sync::{Arc, Barrier},
    thread,
};

use super::{
    Point, median,
    series::{known, walk_through},
};

const REQUESTS: u32 = 300_000;

pub(crate) fn measure(rounds: usize) -> Vec<Point> {
    let sizes = [1, 2];
    let mut taken = sizes.map(|_| Vec::with_capacity(rounds));
    let layer = known();
    for _ in 0..rounds {
        for (threads, taken) in sizes.iter().zip(&mut taken) {
            let barrier = Arc::new(Barrier::new(*threads));
            let walking = (0..*threads).map(|_| {
                let (mut walk, barrier) = (walk_through(&layer), Arc::clone(&barrier));
                thread::spawn(move || {
                    barrier.wait();
                    let before = on_processor();
                    (0..REQUESTS).for_each(|_| walk());
                    (on_processor() - before) / f64::from(REQUESTS)
                })
            });
            let walking: Vec<_> = walking.collect();
            taken.extend(walking.into_iter().map(|thread| thread.join().unwrap()));
        }
    }
    let point = |(threads, taken): (usize, Vec<f64>)| Point {
        series: "threads",
        case: "one known token",
        size: threads,
        instructions: None,
        nanoseconds: median(taken),
    };
    sizes.into_iter().zip(taken).map(point).collect()
}

/// Nanoseconds of this thread on a processor, which others cannot lengthen as they do the clock's.
fn on_processor() -> f64 {
    fs::read_to_string("/proc/thread-self/schedstat").unwrap().split(' ').next().unwrap().parse().unwrap()
}

/// The same of all threads.
pub(crate) fn all_on_processor() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let texts = tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("schedstat")).ok());
    texts.filter_map(|text| text.split(' ').next().unwrap_or_default().parse::<f64>().ok()).sum()
}
