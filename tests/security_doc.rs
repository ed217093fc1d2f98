//! `docs/security.md` and the tests, held to each other: every test of a requirement is named there, and every name there is a
//! test. `SECURITY_DOC=write` writes the names.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

/// How many requirements there are; their numbers do not change.
const REQUIREMENTS: u8 = 73;

/// Where a requirement's tests stand, and their names.
type Tests = BTreeMap<String, BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below a folder whose name ends so.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("target") {
                    folders.push(path);
                }
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

/// The numbers that a name begins with: `s51_s54_unknown_users` has two.
fn numbers(name: &str) -> Vec<u8> {
    name.split('_').map_while(|part| part.strip_prefix('s')?.parse().ok()).collect()
}

/// The tests of each requirement, by the names of functions, and the files of bad requests that have cases of it.
fn tests() -> BTreeMap<u8, Tests> {
    let mut all: BTreeMap<u8, Tests> = BTreeMap::new();
    let mut add = |number: u8, file: &Path, name: &str| {
        all.entry(number).or_default().entry(shown(file)).or_default().insert(name.to_owned());
    };
    for file in ["src", "tests", "examples"].iter().flat_map(|folder| files(folder, ".rs")) {
        for line in fs::read_to_string(&file).unwrap().lines() {
            let line = line.trim_start().trim_start_matches("async ");
            let Some(name) = line.strip_prefix("fn ").and_then(|rest| rest.split(['(', '<']).next()) else { continue };
            for number in numbers(name) {
                add(number, &file, name);
            }
        }
    }
    for file in files("tests/bad_requests", ".requests") {
        for line in fs::read_to_string(&file).unwrap().lines() {
            if let Some((number, _)) = line.strip_prefix('S').and_then(|rest| rest.split_once(" | ")) {
                add(number.parse().unwrap(), &file, "");
            }
        }
    }
    all
}

/// The lines of the document that name a requirement's tests.
fn lines(tests: &Tests) -> Vec<String> {
    let line = |(file, names): (&String, &BTreeSet<String>)| {
        let names: Vec<_> = names.iter().filter(|name| !name.is_empty()).map(|name| format!("`{name}`")).collect();
        match names.is_empty() {
            true => format!("  - `{file}`"),
            false => format!("  - `{file}`: {}", names.join(", ")),
        }
    };
    tests.iter().map(line).collect()
}

/// The document with the names of today's tests below each requirement.
fn rewritten(document: &str) -> String {
    let tests = tests();
    let mut left = String::new();
    for line in document.lines().filter(|line| !line.starts_with("  - `")) {
        left.push_str(line);
        left.push('\n');
        let number =
            line.strip_prefix("- **S").and_then(|rest| rest.split_once("**")).and_then(|(n, _)| n.parse().ok());
        for named in number.and_then(|number: u8| tests.get(&number)).map(lines).unwrap_or_default() {
            left.push_str(&named);
            left.push('\n');
        }
    }
    left
}

#[test]
fn s72_the_document_names_every_test_and_no_other() {
    let path = "docs/security.md";
    let expected = rewritten(&text(path));
    if env::var("SECURITY_DOC").is_ok_and(|mode| mode == "write") {
        fs::write(root().join(path), &expected).unwrap();
    }
    let document = text(path);
    for (written, expected) in document.lines().zip(expected.lines()) {
        assert_eq!(written, expected, "run it with SECURITY_DOC=write");
    }
    assert_eq!(document.lines().count(), expected.lines().count());
}

#[test]
fn s72_every_requirement_has_its_statement_and_its_tests_or_a_reason() {
    let document = text("docs/security.md");
    let (statements, tests) = (document.lines().filter_map(|line| line.strip_prefix("- **S")), tests());
    let numbers: Vec<u8> = statements.map(|line| line.split_once("**").unwrap().0.parse().unwrap()).collect();
    assert_eq!(numbers, (1..=REQUIREMENTS).collect::<Vec<_>>());
    let without: Vec<_> = numbers.iter().filter(|number| !tests.contains_key(number)).collect();
    assert!(without.is_empty(), "{without:?} have no test");
    assert_eq!(tests.keys().filter(|number| !numbers.contains(number)).count(), 0, "{:?}", tests.keys());
}

#[test]
fn s72_the_policy_says_how_to_report_and_which_versions_are_kept() {
    let policy = text("SECURITY.md");
    for section in ["## Supported versions", "## Reporting", "## What it defends", "docs/security.md"] {
        assert!(policy.contains(section), "{section}");
    }
    let version = format!("{}.{}", env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    assert!(policy.contains(&version), "{version}");
}

#[test]
fn s71_dependencies_are_held_to_a_list_before_a_change_lands() {
    let deny = text("deny.toml");
    for section in
        ["[licenses]", "[bans]", "[sources]", "[advisories]", "unknown-registry = \"deny\"", "unknown-git = \"deny\""]
    {
        assert!(deny.contains(section), "{section}");
    }
    let ignored = deny.lines().filter(|line| line.trim_start().starts_with("\"RUSTSEC")).count();
    assert_eq!(ignored, 1, "the one flaw without a fix, in the back end that is not the default");
    assert!(text("Cargo.toml").contains("default = [\"aws-lc-rs\"]"));
}

#[test]
fn s73_the_server_that_clients_are_tried_against_is_built_and_driven() {
    assert!(text("tests/clients/run.sh").contains("reference"));
    assert!(text("tests/run.sh").contains("tests/clients/run.sh"));
    assert!(text(".ci/run").contains("tests/run.sh"));
}

/// What a call begins with whose name says that something is given up.
const GIVES_UP: [&str; 8] =
    ["accept_", "admit_", "allow_", "dangerous_", "disclose_", "offer_", "trust_any_", "without_"];

/// Such names, of what gives up nothing.
const KEEPS_ALL: [&str; 4] = ["without_basic", "without_basic_cache", "without_contracts", "without_token_cache"];

#[test]
fn every_call_that_is_called_for_what_it_gives_up_is_listed_in_the_guide() {
    let guide = text("src/guide/security.md");
    let (_, listed) = guide.split_once("# Each insecure choice").unwrap();
    let listed: BTreeSet<&str> = listed.split('`').skip(1).step_by(2).collect();
    let sources: String = files("src", ".rs").into_iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let sources = sources.replace("pub const fn ", "pub fn ");
    let public = sources.split("pub fn ").skip(1);
    let public: BTreeSet<&str> = public.map(|rest| rest.split(['(', '<']).next().unwrap()).collect();
    let gives_up = |name: &&&str| GIVES_UP.iter().any(|begin| name.starts_with(begin)) && !KEEPS_ALL.contains(name);
    let missing: Vec<_> = public.iter().filter(gives_up).filter(|name| !listed.contains(*name)).collect();
    assert!(missing.is_empty(), "not in the guide: {missing:?}");
    let gone: Vec<_> = listed.difference(&public).collect();
    assert!(gone.is_empty(), "no such call: {gone:?}");
}

#[test]
fn s12_secrets_are_compared_in_constant_time() {
    // Where the bytes of a MAC, a fingerprint or a password meet others, by the file that does it.
    for (file, compares) in [
        ("src/token/mac.rs", "verify_slice(tag)"),
        ("src/password/verify.rs", "ct_eq"),
        ("src/password/fingerprint.rs", "ct_eq"),
    ] {
        assert!(text(file).contains(compares), "{file}");
    }
}
