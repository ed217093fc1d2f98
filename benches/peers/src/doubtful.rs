//! Tokens that RFC 7515, 7519, 8725 or 9110 have refused, or a careful reader would: who lets them in?

use std::{env, process::Command};

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::{
    credentials::{claims, header, now, sign, sign_text},
    csv,
    door::{Asking, Sent},
    peers::{PEERS, Peer},
};

/// The sound one first.
const WHAT: [&str; 8] = [
    "a sound token",
    "not valid before an hour from now (`nbf`)",
    "issued an hour from now (`iat`)",
    "expired 50 seconds ago",
    "`exp` twice, one of them past",
    "a `crit` that nobody understands",
    "another `typ`, `refresh+jwt`",
    "two `Authorization` fields",
];

fn doubtful(key_id: Option<&str>) -> [Sent; WHAT.len()] {
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        Sent::bearer(&sign(&header(Algorithm::HS256, key_id), &claims))
    };
    let key_id = key_id.map(|key_id| format!(",\"kid\":\"{key_id}\"")).unwrap_or_default();
    let spelled = |members: &str, claims: &str| {
        Sent::bearer(&sign_text(&format!("{{\"alg\":\"HS256\"{members}{key_id}}}"), claims))
    };
    let (plain, text) = (",\"typ\":\"JWT\"", claims().to_string());
    let sound = spelled(plain, &text);
    let twice = text.replacen('{', &format!("{{\"exp\":{},", now() - 3600), 1);
    let both = Sent { path: "/me", fields: [sound.fields.clone(), with("id", json!("another")).fields].concat() };
    [
        sound,
        with("nbf", json!(now() + 3600)),
        with("iat", json!(now() + 3600)),
        with("exp", json!(now() - 50)),
        spelled(plain, &twice),
        spelled(",\"typ\":\"JWT\",\"crit\":[\"b64\"],\"b64\":false", &text),
        spelled(",\"typ\":\"refresh+jwt\"", &text),
        both,
    ]
}

/// The statuses, one a line.
pub fn answer(peer: &Peer) {
    let mut opened = (peer.open)(Asking::Hs256);
    for sent in doubtful(peer.key_id()) {
        println!("{}", opened.door.ask(&sent).as_u16());
    }
}

pub fn compare(save: bool) {
    let peers: Vec<&Peer> = PEERS.iter().filter(|peer| peer.reads_tokens()).collect();
    let answers: Vec<Vec<String>> = peers.iter().map(|peer| asked(peer)).collect();
    println!("| | {} |", peers.iter().map(|peer| peer.name).collect::<Vec<_>>().join(" | "));
    println!("|---{}|", "|---".repeat(peers.len()));
    let mut rows = Vec::new();
    for (number, what) in WHAT.into_iter().enumerate() {
        let said: Vec<&str> = answers.iter().map(|answers| &*answers[number]).collect();
        println!("| {what} | {} |", said.join(" | "));
        let cells = peers.iter().zip(said).map(|(peer, status)| [what, peer.name, status].map(csv::cell).join(","));
        rows.extend(cells);
    }
    if save {
        csv::save("admitted.csv", "what,peer,status", &rows);
    }
}

fn asked(peer: &Peer) -> Vec<String> {
    let output = Command::new(env::current_exe().unwrap()).args(["doubtful", peer.name]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(Into::into).collect()
}
