//! Of the claims.

use fastrand::Rng;

use super::{Mutation, agreed, any_of, escape_a_name, remove, set, stricter, twice};
use crate::draft::{ISSUER, NOW, quoted};

/// Differences from now, in seconds, at which something may change.
const MOMENTS: [i64; 15] = [-100_000, -3600, -12, -11, -10, -9, -1, 0, 1, 9, 10, 11, 12, 3600, 100_000];

pub(super) const MUTATIONS: &[Mutation] = &[
    agreed("exp at another moment", |draft, rng| set(&mut draft.claims, "exp", moment(rng))),
    agreed("nbf at another moment", |draft, rng| set(&mut draft.claims, "nbf", moment(rng))),
    stricter("S13", "iat at another moment", |draft, rng| set(&mut draft.claims, "iat", moment(rng))),
    stricter("S13", "a time with a fraction", |draft, rng| {
        let fraction = any_of(rng, &[".0", ".5", ".999", ".001", "e0", "0e-1"]);
        let name = any_of(rng, &["exp", "nbf", "iat"]);
        set(&mut draft.claims, &name, moment(rng) + &fraction);
    }),
    stricter("S13", "a time out of the ordinary", |draft, rng| {
        let values = [
            "0",
            "-1",
            "9007199254740993",
            "18446744073709551615",
            "18446744073709551616",
            "1e10",
            "1e300",
            "-1e300",
            "-0",
        ];
        let name = any_of(rng, &["exp", "nbf", "iat"]);
        set(&mut draft.claims, &name, any_of(rng, &values));
    }),
    stricter("S13", "a time that is no number", |draft, rng| {
        let values =
            ["\"1700003600\"", "null", "true", "[1700003600]", "{}", "\"\"", "1e400", "01700003600", "0x6553F100"];
        let name = any_of(rng, &["exp", "nbf", "iat"]);
        set(&mut draft.claims, &name, any_of(rng, &values));
    }),
    stricter("S13", "no exp", |draft, _| remove(&mut draft.claims, "exp")),
    agreed("no nbf, no iat, no jti", |draft, rng| {
        let name = any_of(rng, &["nbf", "iat", "jti"]);
        remove(&mut draft.claims, &name);
    }),
    stricter("S15", "no issuer or no audience", |draft, rng| {
        let name = any_of(rng, &["iss", "aud"]);
        remove(&mut draft.claims, &name);
    }),
    stricter("S15", "another issuer", |draft, rng| {
        let others = ["\"other\"", "\"\"", "1", "null", "{}", "[]"];
        set(&mut draft.claims, "iss", any_of(rng, &others));
    }),
    stricter("S15", "an issuer that is nearly right", |draft, rng| {
        let near = [
            quoted(&ISSUER.to_uppercase()),
            quoted(&format!("{ISSUER}/")),
            quoted(&format!(" {ISSUER}")),
            format!("[\"{ISSUER}\"]"),
            format!("{{\"{ISSUER}\":1}}"),
        ];
        let at = rng.usize(..near.len());
        set(&mut draft.claims, "iss", near[at].clone());
    }),
    stricter("S15", "another audience", |draft, rng| {
        let near = [
            quoted("other"),
            quoted(&format!("{ISSUER}/")),
            "null".to_owned(),
            "1".to_owned(),
            "[]".to_owned(),
            "[\"other\"]".to_owned(),
            format!("[[\"{ISSUER}\"]]"),
            format!("{{\"aud\":\"{ISSUER}\"}}"),
            format!("[\"{ISSUER}\",1]"),
        ];
        let at = rng.usize(..near.len());
        set(&mut draft.claims, "aud", near[at].clone());
    }),
    agreed("the audience among others", |draft, rng| {
        let among = [format!("[\"{ISSUER}\"]"), format!("[\"other\",\"{ISSUER}\"]")];
        set(&mut draft.claims, "aud", among[usize::from(rng.bool())].clone());
    }),
    stricter("S17", "no subject", |draft, _| remove(&mut draft.claims, "sub")),
    stricter("S17", "a subject that is none", |draft, rng| {
        set(&mut draft.claims, "sub", any_of(rng, &["\"\"", "null", "true", "1.5", "[]", "{}", "[\"ada\"]"]));
    }),
    agreed("another subject", |draft, rng| {
        set(&mut draft.claims, "sub", any_of(rng, &["\"bob\"", "\"\\u00fc\"", "\" ada \"", "\"a\\\"b\""]));
    }),
    stricter("S17", "a long subject", |draft, rng| {
        set(&mut draft.claims, "sub", quoted(&"a".repeat(rng.usize(200..2000))));
    }),
    stricter("S13", "a jti that is no text", |draft, rng| {
        set(&mut draft.claims, "jti", any_of(rng, &["1", "null", "[]", "{}"]));
    }),
    agreed("a claim nobody knows", |draft, rng| {
        set(
            &mut draft.claims,
            "x",
            any_of(rng, &["1", "null", "[1,{\"exp\":1}]", "{\"sub\":\"eve\"}", "\"\\ud83d\\ude00\""]),
        );
    }),
    stricter("S9", "a claim twice", |draft, rng| {
        let other = any_of(rng, &["\"eve\"", "1", "null", "1700009999"]);
        twice(&mut draft.claims, rng, &other);
    }),
    agreed("a claim's name with an escape", |draft, rng| escape_a_name(&mut draft.claims, rng)),
    agreed("white space", |draft, rng| draft.space = [" ", "\n", "\t", " \r\n"][rng.usize(..4)]),
    agreed("no white space of JSON", |draft, rng| {
        draft.space = ["\u{a0}", "\u{feff}", "\u{b}", "//\n"][rng.usize(..4)];
    }),
    stricter("S9", "something behind the claims", |draft, rng| {
        draft.trailing = ["x", "{}", "\0", "}", ",", " {}"][rng.usize(..6)];
    }),
    stricter("S10", "claims nested deeply", |draft, rng| {
        let depth = rng.usize(60..140);
        set(&mut draft.claims, "x", "[".repeat(depth) + &"]".repeat(depth));
    }),
];

fn moment(rng: &mut Rng) -> String {
    (i64::from(NOW) + MOMENTS[rng.usize(..MOMENTS.len())]).to_string()
}
