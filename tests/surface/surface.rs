//! Every public item, with its signature, held to `surface.txt`: what comes, goes or changes is seen in a difference of that
//! file, and is a breaking change or an addition of CHANGELOG.md. `SURFACE=write` writes it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

use std::{env, fs, path::Path, process::Command};

/// The list was written by the format of this compiler's rustdoc, and another one may spell items otherwise.
const COMPILER: &str = "1.95";

#[test]
fn the_crate_offers_what_the_list_says() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let version = Command::new("rustc").arg("--version").output().unwrap();
    let version = String::from_utf8_lossy(&version.stdout);
    if !version.starts_with(&format!("rustc {COMPILER}.")) {
        assert!(env::var_os("CI").is_none(), "{version} is not {COMPILER}: write the list anew, and its number here");
        eprintln!("passed over: the list is of Rust {COMPILER}");
        return;
    }
    // Beside this test: `target/debug/deps/surface-…`.
    let executable = env::current_exe().unwrap();
    let target = executable.ancestors().nth(3).unwrap();
    let made = Command::new(env!("CARGO"))
        .args(["rustdoc", "--quiet", "--locked", "-p", "tower-auth", "--lib", "--all-features", "--target-dir"])
        .arg(target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json", "--cap-lints", "allow"])
        .env("RUSTDOC", here.join("rustdoc"))
        .current_dir(here)
        .status();
    assert!(made.unwrap().success(), "rustdoc made no JSON");
    let offered = public_api::Builder::from_rustdoc_json(target.join("doc/tower_auth.json"))
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .unwrap()
        .to_string();
    let list = here.join("surface.txt");
    if env::var("SURFACE").is_ok_and(|wish| wish == "write") {
        fs::write(&list, &offered).unwrap();
    }
    let listed = fs::read_to_string(&list).unwrap_or_default();
    let only = |one: &str, other: &str| {
        let lines = one.lines().filter(|line| !other.lines().any(|known| known == *line));
        lines.map(str::to_owned).collect::<Vec<_>>().join("\n    ")
    };
    let (new, gone) = (only(&offered, &listed), only(&listed, &offered));
    assert!(
        offered == listed,
        "surface.txt says otherwise.\nnew:\n    {new}\ngone:\n    {gone}\nSURFACE=write writes what is offered."
    );
}
