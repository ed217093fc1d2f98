//! `Tally`: what became of the tokens.

use std::{collections::BTreeMap, fmt};

use crate::mutations::{self, Mutation};

/// Who takes a token.
#[derive(Clone, Copy)]
pub(crate) struct Verdicts {
    pub(crate) ours: bool,
    pub(crate) jsonwebtoken: bool,
    pub(crate) jwt_simple: bool,
}

#[derive(Default)]
pub(crate) struct Tally {
    taken_by_all: usize,
    refused_by_all: usize,
    split: usize,
    /// Refused here and taken by both others, by requirement and mutations.
    stricter: BTreeMap<(&'static str, String), usize>,
    /// What must not be, the first few of it: the token, and what was done to it.
    wrong: Vec<(&'static str, String, String)>,
}

impl Tally {
    pub(crate) fn add(&mut self, verdicts: Verdicts, mutations: &[&'static Mutation], token: &str) {
        let names = || mutations::names(mutations);
        match (verdicts.ours, verdicts.jsonwebtoken, verdicts.jwt_simple) {
            (true, true, true) => self.taken_by_all += 1,
            (false, false, false) => self.refused_by_all += 1,
            (true, false, false) => self.wrong.push(("taken here alone", names(), token.to_owned())),
            (false, true, true) => match mutations.iter().find_map(|mutation| mutation.stricter.zip(Some(mutation))) {
                Some((requirement, mutation)) => {
                    *self.stricter.entry((requirement, mutation.name.to_owned())).or_default() += 1;
                }
                None => self.wrong.push(("refused here alone, by no requirement", names(), token.to_owned())),
            },
            _ => self.split += 1,
        }
    }

    /// Whether nothing was found that must not be, and whether there was anything to find it in.
    pub(crate) fn is_right(&self) -> bool {
        self.wrong.is_empty() && self.taken_by_all > 0 && self.refused_by_all > 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>9}  taken by all three", self.taken_by_all)?;
        writeln!(f, "{:>9}  refused by all three", self.refused_by_all)?;
        writeln!(f, "{:>9}  the two others disagree", self.split)?;
        writeln!(f, "{:>9}  refused here and taken by both others:", self.stricter.values().sum::<usize>())?;
        for ((requirement, mutation), count) in &self.stricter {
            writeln!(f, "{count:>9}    {requirement:<4} {mutation}")?;
        }
        writeln!(f, "{:>9}  taken here alone, or refused here by no requirement", self.wrong.len())?;
        for (what, mutations, token) in self.wrong.iter().take(10) {
            writeln!(f, "           {what}: {mutations}: {token}")?;
        }
        Ok(())
    }
}
