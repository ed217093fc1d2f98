//! What becomes of a good token.
//!
//! A mutation says by which requirement tower-auth may refuse its tokens although others take them; one that says nothing is
//! of a kind on which everybody has to agree.

mod claims;
mod header;
mod signature;
mod spelling;

use fastrand::Rng;

use crate::draft::{Draft, Members, quoted};

pub(crate) struct Mutation {
    pub(crate) name: &'static str,
    /// The requirement, where tower-auth is stricter than others are.
    pub(crate) stricter: Option<&'static str>,
    pub(crate) apply: fn(&mut Draft, &mut Rng),
}

/// On which everybody has to agree.
const fn agreed(name: &'static str, apply: fn(&mut Draft, &mut Rng)) -> Mutation {
    Mutation { name, stricter: None, apply }
}

const fn stricter(requirement: &'static str, name: &'static str, apply: fn(&mut Draft, &mut Rng)) -> Mutation {
    Mutation { name, stricter: Some(requirement), apply }
}

/// Every mutation, of every part of a token.
pub(crate) fn all() -> Vec<&'static Mutation> {
    [header::MUTATIONS, claims::MUTATIONS, signature::MUTATIONS, spelling::MUTATIONS].into_iter().flatten().collect()
}

/// What was done to a token, in words.
pub(crate) fn names(mutations: &[&Mutation]) -> String {
    mutations.iter().map(|mutation| mutation.name).collect::<Vec<_>>().join(" + ")
}

/// Replaces the value of a member, or adds it.
fn set(members: &mut Members, name: &str, value: impl Into<String>) {
    let (name, value) = (quoted(name), value.into());
    match members.iter_mut().find(|(known, _)| *known == name) {
        Some(member) => member.1 = value,
        None => members.push((name, value)),
    }
}

fn remove(members: &mut Members, name: &str) {
    members.retain(|(known, _)| *known != quoted(name));
}

/// Writes a member twice: with the value that it has, or with another.
fn twice(members: &mut Members, rng: &mut Rng, other: &str) {
    let Some((name, value)) = pick(rng, members).cloned() else { return };
    // A number names a subject here, since the contract `tokens` writes one, and nowhere else.
    let is_subject = serde_json::from_str::<String>(&name).is_ok_and(|name| name == "sub");
    let other = if is_subject { "\"eve\"" } else { other };
    let value = if rng.bool() { value } else { other.to_owned() };
    let name = if rng.bool() { name } else { escaped(&name) };
    members.insert(rng.usize(..=members.len()), (name, value));
}

/// A name with its first letter escaped, which is the same name.
fn escaped(name: &str) -> String {
    let mut letters = name.trim_matches('"').chars();
    match letters.next() {
        Some(first) => format!("\"\\u{:04x}{}\"", u32::from(first), letters.as_str()),
        None => name.to_owned(),
    }
}

fn escape_a_name(members: &mut Members, rng: &mut Rng) {
    if let Some(at) = (!members.is_empty()).then(|| rng.usize(..members.len())) {
        members[at].0 = escaped(&members[at].0);
    }
}

fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> Option<&'a T> {
    (!from.is_empty()).then(|| &from[rng.usize(..from.len())])
}

fn any_of(rng: &mut Rng, from: &[&str]) -> String {
    pick(rng, from).copied().unwrap_or_default().to_owned()
}
