//! Of the header.

use super::{Mutation, agreed, any_of, escape_a_name, remove, set, stricter, twice};

/// Values of every type.
const VALUES: [&str; 9] = ["1", "-1.5e3", "null", "true", "[]", "{}", "\"x\"", "[{\"alg\":\"none\"}]", "\"\\u0000\""];

pub(super) const MUTATIONS: &[Mutation] = &[
    agreed("alg is none", |draft, rng| {
        set(&mut draft.header, "alg", any_of(rng, &["\"none\"", "\"None\"", "\"NONE\"", "\"nOnE\"", "\"\""]));
        if rng.bool() {
            draft.signing = |_, _, _| Vec::new();
        }
    }),
    agreed("alg is another", |draft, rng| {
        let others =
            ["HS256", "HS384", "HS512", "RS256", "RS512", "ES256", "ES384", "PS256", "EdDSA", "ES256K", "A128KW"];
        set(&mut draft.header, "alg", format!("\"{}\"", any_of(rng, &others)));
    }),
    agreed("alg in another case or type", |draft, rng| {
        let others = ["\"hs256\"", "\"Hs256\"", "\"HS256 \"", "256", "null", "[\"HS256\"]", "{\"alg\":\"HS256\"}"];
        set(&mut draft.header, "alg", any_of(rng, &others));
    }),
    agreed("no alg", |draft, _| remove(&mut draft.header, "alg")),
    agreed("a typ of JWTs", |draft, rng| {
        set(&mut draft.header, "typ", any_of(rng, &["\"JWT\"", "\"jwt\""]));
    }),
    agreed("no typ", |draft, _| remove(&mut draft.header, "typ")),
    stricter("S16", "another typ", |draft, rng| {
        let others = ["\"JWE\"", "\"\"", "\"dpop+jwt\"", "\"ticket+jwt\"", "\"JWT \"", "1", "null", "[\"JWT\"]"];
        set(&mut draft.header, "typ", any_of(rng, &others));
    }),
    stricter("S6", "crit", |draft, rng| {
        let values = ["[\"exp\"]", "[\"b64\"]", "[]", "[\"crit\"]", "1", "null", "\"exp\"", "[1]", "{}"];
        set(&mut draft.header, "crit", any_of(rng, &values));
    }),
    stricter("S6", "b64 or zip", |draft, rng| {
        let (name, value) =
            [("b64", "false"), ("b64", "0"), ("b64", "null"), ("zip", "\"DEF\""), ("zip", "null")][rng.usize(..5)];
        set(&mut draft.header, name, value);
    }),
    stricter("S5", "a kid that no key has", |draft, rng| {
        let values = ["\"k\"", "\"\"", "\"../../key\"", "\"' or 1=1\"", "1", "null", "[\"k\"]"];
        set(&mut draft.header, "kid", any_of(rng, &values));
    }),
    agreed("keys and addresses of keys", |draft, rng| {
        let (name, value) = [
            ("jwk", "{\"kty\":\"oct\",\"k\":\"AAAA\"}"),
            ("jku", "\"https://example.com/keys\""),
            ("x5u", "\"https://example.com/cert\""),
            ("x5c", "[\"MIIB\"]"),
        ][rng.usize(..4)];
        set(&mut draft.header, name, value);
    }),
    agreed("a member nobody knows", |draft, rng| set(&mut draft.header, "x", any_of(rng, &VALUES))),
    stricter("S9", "a header's member twice", |draft, rng| {
        let other = any_of(rng, &["\"none\"", "\"HS256\"", "\"RS256\"", "\"JWT\"", "1"]);
        twice(&mut draft.header, rng, &other);
    }),
    agreed("a header's name with an escape", |draft, rng| escape_a_name(&mut draft.header, rng)),
    stricter("S10", "a header nested deeply", |draft, rng| {
        let depth = rng.usize(60..140);
        set(&mut draft.header, "x", "[".repeat(depth) + &"]".repeat(depth));
    }),
];
