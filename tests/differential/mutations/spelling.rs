//! Of the finished text.

use fastrand::Rng;

use super::{Mutation, agreed, stricter};
use crate::draft::{Draft, Spelling};

pub(super) const MUTATIONS: &[Mutation] = &[
    stricter("S8", "padding", |draft, rng| {
        spell(
            draft,
            rng,
            &[|token| token.push('='), |token| token.push_str("=="), |token| *token = token.replace('.', "=.")],
        );
    }),
    stricter("S8", "the other alphabet", |draft, rng| {
        spell(draft, rng, &[|token| *token = token.replace('-', "+").replace('_', "/")]);
    }),
    stricter("S8", "spare bits", |draft, rng| spell(draft, rng, &[|token| replace_last(token, spare_bits)])),
    stricter("S8", "white space between letters", |draft, rng| {
        spell(
            draft,
            rng,
            &[
                |token| token.insert(token.len() / 2, ' '),
                |token| token.insert(token.len() / 3, '\t'),
                |token| token.push(' '),
            ],
        );
    }),
    agreed("a letter in another case", |draft, rng| spell(draft, rng, &[|token| replace_last(token, other_case)])),
    agreed("a dot more", |draft, rng| {
        spell(
            draft,
            rng,
            &[
                |token| token.push('.'),
                |token| token.insert(0, '.'),
                |token| *token = token.replacen('.', "..", 1),
                |token| token.push_str(".x"),
            ],
        );
    }),
    agreed("a part less", |draft, rng| {
        spell(
            draft,
            rng,
            &[
                |token| token.truncate(token.rfind('.').unwrap_or_default()),
                |token| *token = token.split_once('.').map_or("", |(_, rest)| rest).to_owned(),
                |token| *token = token.replace('.', ""),
            ],
        );
    }),
    agreed("a letter less", |draft, rng| {
        spell(
            draft,
            rng,
            &[
                |token| token.truncate(token.len().saturating_sub(1)),
                |token| *token = token.get(1..).unwrap_or_default().to_owned(),
                |token| *token = [token.get(..9), token.get(10..)].map(Option::unwrap_or_default).concat(),
            ],
        );
    }),
    stricter("S10", "a long token", |draft, _| {
        super::set(&mut draft.claims, "x", format!("\"{}\"", "a".repeat(20_000)));
    }),
];

/// Spells the token in one of these ways.
fn spell(draft: &mut Draft, rng: &mut Rng, ways: &[Spelling]) {
    draft.spelling.push(ways[rng.usize(..ways.len())]);
}

fn replace_last(token: &mut String, with: fn(char) -> char) {
    if let Some(last) = token.pop() {
        token.push(with(last));
    }
}

fn other_case(letter: char) -> char {
    if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
}

/// The letter of which only the lowest bit is another: of 32 and of 64 bytes the last letter has bits to spare.
fn spare_bits(letter: char) -> char {
    match letter {
        'Z' => 'a',
        'z' => '0',
        '9' | '_' => '-',
        '-' => '_',
        letter => char::from_u32(u32::from(letter) + 1).unwrap_or(letter),
    }
}
