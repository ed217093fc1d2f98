//! The same requests through tower-auth and its peers, each admitting a good token and refusing bad ones before it counts.
//!
//! From this folder, on Linux:
//!
//! - `cargo run --release`: instructions (with valgrind) and nanoseconds in process, one table for each kind of request
//! - `cargo run --release -- admitted`: which doubtful tokens each of them lets in
//! - `cargo run --release -- servers`: whole servers under `wrk`, each on a core of its own
//!
//! `--save` writes what was measured beside this, as CSV. A peer is a process of its own, since jsonwebtoken has one
//! back end for a process; they are measured in turn, round by round. Only ratios carry over to another machine.

#[path = "../../callgrind/mod.rs"]
mod callgrind;
mod compare;
mod credentials;
mod csv;
mod door;
mod doubtful;
mod peers;
mod processor;
mod rounds;
mod servers;

use std::env;

use door::{Asking, Opened};
use peers::Peer;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let save = words.contains(&"--save");
    match words[..] {
        ["walk", case] => rounds::answer(&mut opened(case)),
        ["doubtful", peer] => doubtful::answer(find(peer)),
        ["serve", case] => servers::serve(case),
        ["admitted", ..] => doubtful::compare(save),
        ["servers", ..] => servers::compare(save),
        [case, number] if case.contains(':') => walk_counted(&mut opened(case), number.parse().unwrap()),
        _ => compare::compare(save),
    }
}

/// The peer of this name, with the back end it is measured with.
fn find(name: &str) -> &'static Peer {
    let peer = peers::find(name);
    peer.provider.install_default().unwrap();
    peer
}

/// A case by its name, which has shown that it admits and refuses.
fn opened(case: &str) -> Opened {
    let (asking, peer) = case.split_once(':').unwrap();
    let asking = Asking::ALL.into_iter().find(|known| known.name() == asking).unwrap();
    let mut opened = (find(peer).open)(asking);
    let wanted = if asking == Asking::Nothing { 401 } else { 200 };
    let wanted = if peer.ends_with("alone") { 200 } else { wanted };
    for bad in &opened.bad {
        let status = opened.door.ask(bad);
        assert!(status.is_client_error(), "{case}: {status} for a bad token");
    }
    // What is done once is done.
    for _ in 0..10 {
        assert_eq!(opened.door.ask(&opened.good), wanted, "{case}");
    }
    opened
}

/// What valgrind counts.
#[inline(never)]
fn walk_counted(opened: &mut Opened, number: u64) {
    for _ in 0..number {
        opened.door.ask(&opened.good);
    }
}
