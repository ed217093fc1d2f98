//! Writes every mutant of the given files into them, each behind `crate::mutant(N)`: one build holds all of them, and a
//! run chooses one by its number. Prints a line for each: number, file, line, function, change.
//!
//! The files are changed in place, so give it a copy: `run.sh` does.

mod changes;
mod rewriter;

use std::{env, error::Error, fs};

use rewriter::Rewriter;

fn main() -> Result<(), Box<dyn Error>> {
    let mut rewriter = Rewriter::default();
    for path in env::args().skip(1) {
        let file = syn::parse_file(&fs::read_to_string(&path)?)?;
        fs::write(&path, prettyplease::unparse(&rewriter.rewrite(&path, file)))?;
    }
    for mutant in rewriter.mutants() {
        println!("{mutant}");
    }
    Ok(())
}
