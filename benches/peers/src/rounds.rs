//! Processes that walk requests when they are told to: so each is measured in turn, round by round.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdout, Command, Stdio},
};

use crate::{door::Opened, processor::nanoseconds_when_waiting};

/// Of one process, in nanoseconds.
const ROUND: f64 = 5_000_000.0;
const ROUNDS: usize = 51;

/// What such a process does: a number of requests for each line, which it answers with an empty one.
pub fn answer(opened: &mut Opened) {
    println!();
    for line in std::io::stdin().lines() {
        crate::walk_counted(opened, line.unwrap().parse().unwrap());
        println!();
    }
}

struct Walker {
    child: Child,
    answers: BufReader<ChildStdout>,
    number: u64,
}

impl Walker {
    fn start(case: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        let mut child = command.args(["walk", case]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut walker = Self { child, answers, number: 10 };
        walker.wait();
        // Warm, and as many in a round as take about so long.
        for _ in 0..3 {
            let each = walker.round().max(1.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let number = (ROUND / each) as u64;
            walker.number = number.max(1);
        }
        walker
    }

    /// Nanoseconds for a request.
    fn round(&mut self) -> f64 {
        let before = nanoseconds_when_waiting(self.child.id());
        writeln!(self.child.stdin.as_mut().unwrap(), "{}", self.number).unwrap();
        self.wait();
        (nanoseconds_when_waiting(self.child.id()) - before) / self.number as f64
    }

    fn wait(&mut self) {
        assert!(self.answers.read_line(&mut String::new()).unwrap() > 0, "the process has ended");
    }
}

impl Drop for Walker {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

/// The median of each case, in nanoseconds for a request.
pub fn medians(cases: &[String]) -> Vec<f64> {
    let mut walkers: Vec<Walker> = cases.iter().map(|case| Walker::start(case)).collect();
    let mut taken = vec![Vec::with_capacity(ROUNDS); walkers.len()];
    for _ in 0..ROUNDS {
        for (walker, taken) in walkers.iter_mut().zip(&mut taken) {
            taken.push(walker.round());
        }
    }
    taken.into_iter().map(median).collect()
}

pub fn median(mut taken: Vec<f64>) -> f64 {
    taken.sort_by(f64::total_cmp);
    taken[taken.len() / 2]
}
