//! Asks about each change the tests that come by it: those beside the code first, then those that come by little else, quick
//! ones before slow ones.

use std::{
    collections::BTreeMap,
    error::Error,
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
    time::Duration,
};

use crate::tests::{self, Outcome, Test};

/// What takes longer is run by itself, and last.
const QUICK: Duration = Duration::from_millis(800);

/// For how long tests are asked about one change, by what they took without it. Some code is come by in nearly every test.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn ask(changes: &[&str], programs: &[PathBuf]) -> Result<(), Box<dyn Error>> {
    let mut names = Vec::new();
    for program in programs {
        names.extend(tests::names(program)?.into_iter().map(|name| (program, name)));
    }
    let tests = Mutex::new(Vec::new());
    side_by_side(names, |worker, (program, name)| {
        let numbers = std::env::temp_dir().join(format!("reached.{}.{worker}", std::process::id()));
        match Test::watch(program, name.clone(), &numbers) {
            Some(test) => held(&tests).push(test),
            None => eprintln!("{name} fails without any change, and is not asked"),
        }
    });
    let mut tests = tests.into_inner()?;
    tests.sort_by(|a, b| (&a.takes, &a.name).cmp(&(&b.takes, &b.name)));
    side_by_side(changes.to_vec(), |_, change| println!("{}\t{change}", who_notices(change, &tests)));
    Ok(())
}

fn who_notices(change: &str, tests: &[Test]) -> String {
    let mut fields = change.split('\t');
    let number = fields.next().unwrap_or_default();
    let module = module(fields.next().unwrap_or_default());
    let reached = number.parse().unwrap_or_default();
    let those: Vec<&Test> = tests.iter().filter(|test| test.reaches.contains(&reached)).collect();
    let (quick, slow): (Vec<&Test>, Vec<&Test>) = those.into_iter().partition(|test| test.takes < QUICK);

    let mut groups = BTreeMap::<_, Vec<&Test>>::new();
    for test in quick {
        let beside = is_beside(&test.program) && test.name.starts_with(&module);
        groups.entry((!beside, &test.program)).or_default().push(test);
    }
    // Who comes by little besides is asked first: that is what it is about.
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|((others, _), group)| {
        (*others, group.iter().map(|test| test.reaches.len()).sum::<usize>() / group.len())
    });
    let slow = slow.into_iter().map(|test| vec![test]);
    let mut asked = Duration::ZERO;
    for group in groups.into_iter().map(|(_, group)| group).chain(slow) {
        asked += group.iter().map(|test| test.takes).sum::<Duration>();
        if asked > PATIENCE {
            break;
        }
        if let Outcome::Noticed(by) = tests::run(&group, ("MUTANT", number)) {
            let place = group.first().is_some_and(|test| is_beside(&test.program));
            return format!("{}\t{by}", if place { "unit" } else { "door" });
        }
    }
    "left\t-".to_owned()
}

/// The program of the tests beside the code; all others go through the door.
fn is_beside(program: &Path) -> bool {
    program.ends_with("unit")
}

/// `token::verify` for `src/token/verify.rs`.
fn module(path: &str) -> String {
    path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::")
}

/// Does all of it, on every processor.
fn side_by_side<T: Send>(work: Vec<T>, does: impl Fn(usize, T) + Sync) {
    let work = Mutex::new(work.into_iter());
    let next = || held(&work).next();
    thread::scope(|scope| {
        for worker in 0..thread::available_parallelism().map_or(1, usize::from) {
            let (next, does) = (&next, &does);
            scope.spawn(move || {
                while let Some(one) = next() {
                    does(worker, one);
                }
            });
        }
    });
}

fn held<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
