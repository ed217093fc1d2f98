//! Results as CSV beside this package, from which `docs/performance.py` makes tables and plots.

use std::{fs, path::Path};

use crate::callgrind;

/// Writes the file, with the machine, the commit and the compiler on top.
pub fn save(name: &str, head: &str, rows: &[String]) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::write(file, format!("# {}\n{head}\n{}\n", callgrind::origin(), rows.join("\n"))).unwrap();
}

/// A cell, quoted where it has a comma.
pub fn cell(text: &str) -> String {
    if text.contains(',') { format!("\"{text}\"") } else { text.to_owned() }
}
