//! How often each path asks for memory: exactly, so that one more is noticed.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

#[path = "../benches/paths/mod.rs"]
mod paths;

use allocation_counter::measure;

#[test]
fn every_path_allocates_what_it_is_known_to() {
    let expected = [
        ("inner", 0),
        ("inner_bearer", 0),
        ("public", 0),
        // The same by hand: two are the map of headers, and three the first extension.
        ("floor_refused", 5),
        // Two are the map of headers, three the first extension; one more are the labels of what is counted.
        ("no_credentials", 5 + u64::from(cfg!(feature = "metrics"))),
        ("floor_hs256", 0),
        // The claims' text, the claims, and three for the first extension.
        ("hs256", 5),
        // The same by hand.
        ("floor_known", 3),
        // Three for the first extension: the claims are there.
        ("hs256_cached", 3),
        // One more for the account.
        ("hs256_looked_up", 6),
        ("rs256", 5),
        ("rs256_cached", 3),
        ("es256", 5),
        ("eddsa", 5),
        // The stored hash is the lookup's own.
        ("basic_cached", 8),
    ];
    let mut paths = paths::paths();
    let names = paths.names();
    let counted: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(case, name)| {
            // What a first request leaves behind is there for the next.
            let first = paths.request(case);
            paths.walk(case, first);
            let request = paths.request(case);
            (*name, measure(|| paths.walk(case, request)).count_total)
        })
        .collect();
    assert_eq!(counted, expected);
}
