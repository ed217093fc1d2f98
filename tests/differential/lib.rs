//! Mutated tokens, judged by tower-auth and by two verifiers that share none of its judgement: `jsonwebtoken` with its
//! strictest settings, and `jwt-simple`, which brings its own cryptography and its own reading of JSON.
//!
//! A good token of HS256, ES256, EdDSA or RS256 has up to three mutations of its header, claims, signature and spelling. Some
//! thousand tokens by default; `DIFFERENTIAL_TOKENS=1000000 cargo test --release -p tower-auth-differential -- --nocapture`
//! takes as many as it is told, and shows what became of them. `DIFFERENTIAL_SEED` has others drawn.
#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod draft;
mod keys;
mod mutations;
mod tally;
mod verifiers;

use std::env;

use fastrand::Rng;

use crate::{
    draft::Draft,
    keys::{ALGORITHMS, Keys},
    mutations::Mutation,
    tally::{Tally, Verdicts},
    verifiers::{ByJsonwebtoken, ByJwtSimple, Ours},
};

/// No token may be taken here that both others refuse. One that is refused here and taken by both others is of a kind on
/// which the layer is stricter by a requirement.
#[test]
fn s1_s8_s9_s11_s13_s15_no_token_is_taken_that_two_other_verifiers_refuse() {
    let (mut ours, jsonwebtoken, jwt_simple) = (Ours::without_cache(), ByJsonwebtoken::new(), ByJwtSimple::new());
    let mut tally = Tally::default();
    for (token, mutations) in tokens(5_000) {
        let verdicts = Verdicts {
            ours: ours.takes(&token),
            jsonwebtoken: jsonwebtoken.takes(&token),
            jwt_simple: jwt_simple.takes(&token),
        };
        tally.add(verdicts, &mutations, &token);
    }
    println!("{tally}");
    assert!(tally.is_right(), "{tally}");
}

/// A layer that knows tokens again, asked twice, and one that reads each anew.
#[test]
fn s63_a_token_that_may_be_known_again_has_the_verdict_of_one_that_is_read() {
    let (mut known, mut read) = (Ours::with_cache(), Ours::without_cache());
    let mut taken = 0;
    for (token, mutations) in tokens(5_000) {
        let verdict = read.takes(&token);
        for visit in ["first", "second"] {
            assert_eq!(known.takes(&token), verdict, "{visit} visit, {}: {token}", mutations::names(&mutations));
        }
        taken += usize::from(verdict);
    }
    println!("{taken} were taken, each three times");
    assert!(taken > 0);
}

/// Tokens with what was done to each: as many as the environment says, or this many.
fn tokens(default: usize) -> impl Iterator<Item = (String, Vec<&'static Mutation>)> {
    let count = env::var("DIFFERENTIAL_TOKENS").map_or(default, |text| text.parse().unwrap());
    let seed = env::var("DIFFERENTIAL_SEED").map_or(1, |text| text.parse().unwrap());
    let (keys, all, mut rng) = (Keys::new(), mutations::all(), Rng::with_seed(seed));
    println!("{count} tokens, seed {seed}, {} mutations", all.len());
    (0..count).map(move |_| {
        let mut draft = Draft::good(algorithm(&mut rng));
        let applied: Vec<_> = (0..rng.usize(..=3)).map(|_| all[rng.usize(..all.len())]).collect();
        for mutation in &applied {
            (mutation.apply)(&mut draft, &mut rng);
        }
        (draft.finish(&keys), applied)
    })
}

fn algorithm(rng: &mut Rng) -> usize {
    let drawn = rng.usize(..100);
    let mut shares = ALGORITHMS.iter().scan(0, |sum, (_, _, share)| {
        *sum += share;
        Some(*sum)
    });
    shares.position(|sum| drawn < sum).unwrap()
}
