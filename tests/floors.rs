//! The drawing of the house holds: a file imports only from files drawn below it, so there are no circles.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Every file under `src/`, from the top floor down. The rooms of a folder stand indented below its `mod.rs`.
const DRAWING: &str = "
lib
guide
test_util
    admit
    manual_clock
    samples
    tokens
    walk
axum
    claims
    current_user
    identity
    refused
    missing
openapi
    document
    operation
    tickets
    responses
    headers
    shape
    security
    refusals
    rejections
    specimen
builder
    build
    limits
    refreshes
    keys
    contracts
    guarded
    sources
    users
    sessions
    guessing
    environment
    knobs
layer
endpoints
explain
service
require
future
refuse
endpoint
    serve
    login
    exchange
    refresh
    logout
    session
    sent
    mint
    limit
    visit
    answer
revocation
basic
guard
ticket
admission
context
placement
routes
    build
    routes
    served
    rules
    route
    table
form
    read
    json
    urlencoded
    multipart
    collect
dialect
    auth_local
    login
    auth_token
    tokens
    strapi_4
    dialect
    answer
    refusal
    form
    identifier
    path
    profile
requirement
identity
current_user
admitted
rejection
    grpc
    reason
    kind
lookup
account
password
    basic_cache
    passwords
    proven
    claimant
    fingerprint
    basis
    proof
    verify
    stored
    lane
    pace
throttle
    throttle
    attempt
    counted_action
    counting
    detached
    counts
    waiting_room
    fallback
    session_limit
    failure_limit
    network
    window
store
    redis
        sessions
        throttle
        builder
        store
        follow
        core
        history
        replica
        link
        script
        connection
        entry
        fault
    sessions
        memory
        listed
        families
        revocation_list
        flat_table
        shard
        settled
        session_store
        rotation
        opening
    throttle
        memory
        tallies
        table
        throttle_store
        tally
        guess
        rate
        throttle_key
    future
session
credentials
    sources
    query
    cookie
    protocol
    cross_site
    head
    parse
    bearer
    basic
token_cookie
token
    token_cache
    verify
    header
    token_key
    user_key
    digest
    claims
    key_ring
    sign
    token_id
    keys
    recipients
    registered
    json
    plain
    material
    pem
    der
    mac
    backend
        aws_lc
        rust_crypto
        none
    algorithm
challenge
error_code
body
client_addr
    source
    forwarded
    network
    address
parameter
clock
flight
hashed
json
subject
secret
sync
text
error
unwind
telemetry
    gate
    answers
    span
    lookups
    lane
    stores
    faults
    catalogue
    timer
    meter
operation
scheme
";

/// A module by its path in the crate: empty for `lib.rs`.
type Module = Vec<String>;

/// The modules in the order in which they are drawn.
fn drawn() -> Vec<Module> {
    let mut floors: Vec<Module> = Vec::new();
    for line in DRAWING.lines().filter(|line| !line.is_empty()) {
        let name = line.trim_start();
        let depth = (line.len() - name.len()) / 4;
        let mut module: Module = floors.last().map(|above| above[..depth].to_vec()).unwrap_or_default();
        module.push(name.to_owned());
        floors.push(module);
    }
    floors[0].clear();
    floors
}

/// The source of every module, without comments and without what is compiled for tests only.
fn sources() -> BTreeMap<Module, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), Module::new())];
    while let Some((folder, module)) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            // They belong to the file whose tests they are; and what is not Rust, to the file that includes it.
            if name == "tests" || path.is_file() && path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            if path.is_dir() {
                folders.push((path, [&module[..], &[name]].concat()));
                continue;
            }
            let module = match &*name {
                "lib" | "mod" => module.clone(),
                _ => [&module[..], &[name]].concat(),
            };
            found.insert(module, code(&fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn code(source: &str) -> String {
    let tests = source.find("\n#[cfg(test)]\nmod tests").unwrap_or(source.len());
    let lines = source[..tests].lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// One name that a `use` brings in: the path it stands for, and what it is called here.
#[derive(Debug, PartialEq)]
struct Import {
    path: Vec<String>,
    name: String,
}

/// Every `use` of a module, its braces taken apart, and the code that is left without them.
fn imports(code: &str) -> (Vec<Import>, String) {
    let (mut imports, mut left) = (Vec::new(), String::new());
    let mut rest = code;
    while let Some(start) = next_use(rest) {
        let end = start + rest[start..].find(';').expect("a `use` ends");
        expand(&[], &rest[start..end], &mut imports);
        left.push_str(&rest[..start]);
        rest = &rest[end..];
    }
    (imports, left + rest)
}

/// Where the next `use` has its path.
fn next_use(code: &str) -> Option<usize> {
    code.match_indices("use ").map(|(at, _)| at).find_map(|at| {
        let line = code[..at].rsplit('\n').next().unwrap().trim_start();
        let leads = line.is_empty() || line == "pub " || line.starts_with("pub(") && line.ends_with(") ");
        leads.then_some(at + 4)
    })
}

/// Takes a use tree apart: `a::{b, c::{self, D as E}}`.
fn expand(prefix: &[String], tree: &str, imports: &mut Vec<Import>) {
    let tree = tree.trim();
    if tree.is_empty() {
        return;
    }
    if let Some(list) = tree.strip_prefix('{') {
        let list = list.strip_suffix('}').unwrap_or_else(|| panic!("braces: {tree}"));
        for branch in branches(list) {
            expand(prefix, branch, imports);
        }
        return;
    }
    let head_end = tree.find("::").filter(|end| tree.find('{').is_none_or(|brace| *end < brace));
    if let Some(end) = head_end {
        let prefix = [prefix, &[tree[..end].trim().to_owned()]].concat();
        return expand(&prefix, &tree[end + 2..], imports);
    }
    let (item, name) = tree.split_once(" as ").unwrap_or((tree, tree));
    let path = match item.trim() {
        "self" => prefix.to_vec(),
        item => [prefix, &[item.to_owned()]].concat(),
    };
    let name = if name.trim() == "self" { path.last().unwrap().clone() } else { name.trim().to_owned() };
    imports.push(Import { path, name });
}

/// The parts of a list, at its commas outside of braces.
fn branches(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[start..]);
    parts
}

/// `crate::…` and `super::…` where they stand in the code itself and not in a `use`.
fn inline(code: &str) -> Vec<Vec<String>> {
    let starts = ["crate::", "super::"].iter().flat_map(|root| code.match_indices(root)).map(|(start, _)| start);
    let mut found = Vec::new();
    for start in starts {
        let before = &code[..start];
        // Neither `$crate`, nor the middle of a path, nor how far an item is visible.
        if before.ends_with(|c: char| c.is_alphanumeric() || "_$:".contains(c)) || before.ends_with("pub(in ") {
            continue;
        }
        let path = &code[start..];
        let end = path.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(path.len());
        found.push(path[..end].split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect());
    }
    found
}

struct House {
    sources: BTreeMap<Module, String>,
}

impl House {
    /// `path`, as it stands in `module`, from the root of the crate; `None` when it leads out of the crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let mut base = module.to_vec();
        let mut rest = path;
        match path[0].as_str() {
            "crate" => {
                base.clear();
                rest = &path[1..];
            }
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            first => {
                // A child of this module, or another crate.
                let child = [module, &[first.to_owned()]].concat();
                if !self.sources.contains_key(&child) {
                    return None;
                }
            }
        }
        Some([&base[..], rest].concat())
    }

    /// The files in which an absolute path is defined: several when features choose among them.
    fn defined(&self, path: &[String]) -> BTreeSet<Module> {
        let mut module = Module::new();
        let mut rest = path;
        while let Some((first, behind)) = rest.split_first() {
            let child = [&module[..], std::slice::from_ref(first)].concat();
            if self.sources.contains_key(&child) {
                (module, rest) = (child, behind);
                continue;
            }
            // Defined here, or brought in from elsewhere.
            let (imports, _) = imports(&self.sources[&module]);
            let brought: BTreeSet<Module> = imports
                .iter()
                .filter(|import| import.name == *first)
                .filter_map(|import| self.absolute(&module, &import.path))
                .filter(|path| *path != [&module[..], std::slice::from_ref(first)].concat())
                .flat_map(|path| self.defined(&path))
                .collect();
            return if brought.is_empty() { BTreeSet::from([module]) } else { brought };
        }
        BTreeSet::from([module])
    }

    /// From which files each file imports.
    fn edges(&self) -> BTreeSet<(Module, Module)> {
        let mut edges = BTreeSet::new();
        for (module, code) in &self.sources {
            let (imports, code) = imports(code);
            let used = imports.into_iter().map(|import| import.path).chain(inline(&code));
            for path in used.filter_map(|path| self.absolute(module, &path)) {
                let targets = self.defined(&path).into_iter().filter(|target| target != module);
                edges.extend(targets.map(|target| (module.clone(), target)));
            }
        }
        edges
    }
}

fn name(module: &[String]) -> String {
    if module.is_empty() { "lib".into() } else { module.join("::") }
}

#[test]
fn every_file_is_drawn_once_and_every_drawn_file_is_there() {
    let drawn = drawn();
    let names: BTreeSet<String> = drawn.iter().map(|module| name(module)).collect();
    assert_eq!(names.len(), drawn.len(), "a file is drawn twice");
    let there: BTreeSet<String> = sources().keys().map(|module| name(module)).collect();
    let missing: Vec<_> = there.difference(&names).collect();
    assert!(missing.is_empty(), "draw them where they belong: {missing:?}");
    let gone: Vec<_> = names.difference(&there).collect();
    assert!(gone.is_empty(), "take them out of the drawing: {gone:?}");
}

#[test]
fn a_file_imports_only_from_files_drawn_below_it() {
    let drawn = drawn();
    let floor = |module: &Module| drawn.iter().position(|drawn| drawn == module);
    let edges = House { sources: sources() }.edges();
    assert!(edges.len() > 100, "the imports are found");
    let upward: Vec<String> = edges
        .iter()
        .filter(|(from, to)| floor(from) >= floor(to))
        .map(|(from, to)| format!("{} imports from {}", name(from), name(to)))
        .collect();
    assert!(upward.is_empty(), "drawn above or beside the importing file:\n{}", upward.join("\n"));
}

#[test]
fn the_reader_of_imports_reads_every_form() {
    let read = |code: &str| {
        let (imports, _) = imports(code);
        imports.into_iter().map(|import| format!("{} = {}", import.name, import.path.join("::"))).collect::<Vec<_>>()
    };
    assert_eq!(read("use crate::a::B;"), ["B = crate::a::B"]);
    assert_eq!(read("pub(crate) use b::{C as D};\nfn x() {\n    use super::*;\n}"), ["D = b::C", "* = super::*"]);
    assert_eq!(
        read("pub use crate::{\n    a::{self, B},\n    c::d::{E, f::G},\n    H,\n};"),
        ["a = crate::a", "B = crate::a::B", "E = crate::c::d::E", "G = crate::c::d::f::G", "H = crate::H"]
    );
    assert!(read("let because = 1; // use crate::a;\n/// misuse crate::a;").is_empty());
    let code = "pub(in crate::a) fn f(b: crate::b::B) { $crate::m!(); super::g() }";
    assert_eq!(inline(code), [vec!["crate", "b", "B"], vec!["super", "g"]]);
}
