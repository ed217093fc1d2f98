//! Bad requests, one a line, in the files beside this one: each is sent as bytes to hyper over the layer, is refused as its
//! line says, reaches no inner service, and is followed by a good request to the same service.
//!
//! ```text
//! == A block: requests that differ in one place
//! on sources                                     a layer of `layers.rs`; `usual` where there is no such line
//! > GET /me HTTP/1.1                             the request, with the place where its cases go
//! > authorization: «case»
//! >
//! S21 | 401 malformed_token | RFC 6750 §2.1 | Bearer a b
//! ```
//!
//! A case has the number of the requirement in `docs/security.md` that it is about, the status and reason, where the rule or the flaw stands, and what it
//! puts into the request. The reason is that of a `Rejection` (guarded routes) or a `Refusal` (login routes), so the layer
//! has refused; `hyper` is the server's own refusal, of what no service is ever shown. `text.rs` tells what stands between `«` and `»`.
#![cfg(feature = "aws-lc-rs")]
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod client;
mod file;
mod layers;
#[path = "../support/mod.rs"]
mod support;
mod text;

use std::collections::{BTreeSet, HashSet};

use client::Service;
use file::{Block, Case};

/// Fewest cases that there have to be.
const CASES: usize = 4000;

/// Fewest requirements that they are about.
const REQUIREMENTS: usize = 30;

/// Sends every case of a file, each followed by a good request.
async fn refuse_all(file: &str) {
    let mut wrong = Vec::new();
    for block in file::read(file) {
        let service = layers::named(&block.layer);
        for case in &block.cases {
            if let Err(why) = refuse(&service, &block, case).await {
                wrong.push(format!("line {}: {why}\n    {}", case.line, case.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{file}: {} of its cases:\n{}", wrong.len(), wrong.join("\n"));
}

async fn refuse(service: &Service, block: &Block, case: &Case) -> Result<(), String> {
    let before = service.admitted();
    let mut client = service.connect();
    client.send(&text::request(&block.template, &case.text)).await;
    if block.hangs_up {
        client.hang_up().await;
    }
    let answer = client.answer(block.is_head()).await;
    if answer.outcome() != case.expected {
        return Err(format!("{}, and not {}", answer.outcome(), case.expected));
    }
    if service.admitted() != before {
        return Err("it has reached the inner service".into());
    }
    // Where the server keeps the connection, nothing of the request before may be left on it.
    let again = match client.is_open() {
        true => client.ask_well(service).await,
        false => None,
    };
    let well = match again {
        Some(answer) => answer,
        None => service.connect().ask_well(service).await.ok_or("no answer to a good request after it")?,
    };
    if !well.is_admitted() || service.admitted() != before + 1 {
        return Err(format!("{} to a good request after it", well.outcome()));
    }
    Ok(())
}

macro_rules! files {
    ($($name:ident),*) => {
        const FILES: &[&str] = &[$(stringify!($name)),*];

        $(
            #[tokio::test(start_paused = true)]
            async fn $name() {
                refuse_all(stringify!($name)).await;
            }
        )*
    };
}

files! {
    authorization, basic, bodies, claims, content_types, cookies, exchange, headers, heads, jose, json, keys, logout, multipart, paths,
    preflights, queries, refresh, signatures, spellings, urlencoded, websockets
}

#[test]
fn every_file_is_sent_and_every_case_is_another() {
    let there = std::fs::read_dir(file::folder()).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".requests").map(str::to_owned)
    });
    let mut there: Vec<_> = there.collect();
    there.sort();
    assert_eq!(there, FILES);
    let (mut cases, mut seen, mut twice, mut requirements) = (0, HashSet::new(), Vec::new(), BTreeSet::new());
    for block in FILES.iter().flat_map(|file| file::read(file)) {
        for case in &block.cases {
            cases += 1;
            requirements.insert(case.requirement);
            let request = text::request(&block.template, &case.text);
            if !seen.insert((request, block.layer.clone(), block.hangs_up)) {
                twice.push((case.line, case.text.clone()));
            }
            let sources = ["RFC ", "CVE-", "OWASP ", "URL ", "Fetch ", "ASVS "];
            assert!(sources.iter().any(|known| case.source.starts_with(known)), "{}: {}", case.line, case.source);
        }
    }
    assert!(twice.is_empty(), "{twice:?}");
    assert!(cases >= CASES, "{cases} cases");
    assert!(requirements.len() >= REQUIREMENTS, "{requirements:?}");
}
