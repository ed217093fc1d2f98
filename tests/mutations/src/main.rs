//! Finds changes of the code that no test notices, for `run.sh`, which says what they are for.
//!
//! `write FILE…` writes every mutant of the given files into them, each behind `crate::mutant(N)`: one build holds all
//! of them, and a run chooses one by its number. Prints a line for each: number, file, line, function, change. The
//! files are changed in place, so give it a copy.
//!
//! `ask CHANGES TESTS…` asks the tests of the given programs about each of these lines, and prints who noticed.

mod ask;
mod changes;
mod rewriter;
mod tests;

use std::{env, error::Error, fs, path::PathBuf};

use rewriter::Rewriter;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    match arguments.next().as_deref() {
        Some("write") => write(arguments),
        Some("ask") => {
            let changes = fs::read_to_string(arguments.next().ok_or("which changes?")?)?;
            ask::ask(&changes.lines().collect::<Vec<_>>(), &arguments.map(PathBuf::from).collect::<Vec<_>>())
        }
        _ => Err("write FILE…, or ask CHANGES TESTS…".into()),
    }
}

fn write(paths: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let mut rewriter = Rewriter::default();
    for path in paths {
        let file = syn::parse_file(&fs::read_to_string(&path)?)?;
        fs::write(&path, prettyplease::unparse(&rewriter.rewrite(&path, file)))?;
    }
    for mutant in rewriter.mutants() {
        println!("{mutant}");
    }
    Ok(())
}
