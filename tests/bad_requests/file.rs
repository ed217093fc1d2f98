//! The files: blocks of cases.

use std::path::{Path, PathBuf};

/// Requests that differ in one place.
pub struct Block {
    pub layer: String,
    /// The request's lines.
    pub template: String,
    /// Whether the client ends its side of the connection behind the request.
    pub hangs_up: bool,
    pub cases: Vec<Case>,
}

pub struct Case {
    /// Where it stands in its file.
    pub line: usize,
    /// The number behind the `S`.
    pub requirement: u8,
    /// Status and reason.
    pub expected: String,
    pub source: String,
    pub text: String,
}

impl Block {
    pub fn is_head(&self) -> bool {
        self.template.starts_with("HEAD ")
    }
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_requests")
}

pub fn read(name: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(folder().join(format!("{name}.requests"))).unwrap();
    let mut blocks = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let at = || format!("{name}, line {}: {line}", number + 1);
        if line.starts_with("==") {
            let template = String::new();
            blocks.push(Block { layer: "usual".into(), template, hangs_up: false, cases: Vec::new() });
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let block = blocks.last_mut().unwrap_or_else(|| panic!("{}", at()));
        if let Some(layer) = line.strip_prefix("on ") {
            layer.clone_into(&mut block.layer);
        } else if line == "then hangs up" {
            block.hangs_up = true;
        } else if let Some(part) = line.strip_prefix('>') {
            if !block.template.is_empty() {
                block.template.push_str("\r\n");
            }
            block.template.push_str(part.strip_prefix(' ').unwrap_or(part));
        } else {
            block.cases.push(case(line, number + 1).unwrap_or_else(|| panic!("{}", at())));
        }
    }
    blocks
}

fn case(line: &str, number: usize) -> Option<Case> {
    let mut columns = line.splitn(4, " | ");
    let requirement = columns.next()?.strip_prefix('S')?.parse().ok()?;
    let [expected, source, text] = [columns.next()?, columns.next()?, columns.next()?].map(str::to_owned);
    Some(Case { line: number, requirement, expected, source, text })
}
