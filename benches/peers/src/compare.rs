//! Instructions and nanoseconds of the same request, in process.

use crate::{
    callgrind, csv,
    door::Asking,
    peers::{PEERS, Peer},
    rounds,
};

/// Requests that are counted.
const NUMBER: u64 = 20;

/// What the ratios are to.
const OURS: &str = "tower-auth, known again";

pub fn compare(save: bool) {
    let counts = callgrind::is_installed();
    if !counts {
        println!("valgrind is not installed: instructions are not counted");
    }
    let mut rows = Vec::new();
    for asking in Asking::ALL {
        let peers: Vec<&Peer> = PEERS.iter().filter(|peer| peer.asked.contains(&asking)).collect();
        let cases: Vec<String> = peers.iter().map(|peer| format!("{}:{}", asking.name(), peer.name)).collect();
        let medians = rounds::medians(&cases);
        let ours = peers.iter().position(|peer| peer.name.starts_with(OURS)).unwrap_or(0);
        println!(
            "\n{}\n\n| | version | by | instructions | without SHA | ns | × {} |",
            asking.name(),
            peers[ours].name
        );
        println!("|---|---|---|---:|---:|---:|---:|");
        for ((peer, case), ns) in peers.iter().zip(&cases).zip(&medians) {
            let count = counts.then(|| callgrind::count(case, NUMBER, "walk_counted"));
            let (all, rest) = count
                .map_or_else(Default::default, |count| (count.all.to_string(), (count.all - count.sha).to_string()));
            let (name, version, by) = (peer.name, version(peer.package), peer.cryptography);
            println!("| {name} | {version} | {by} | {all} | {rest} | {ns:.0} | {:.2} |", ns / medians[ours]);
            let cells = [asking.name(), name, peer.package, &version, by].map(csv::cell).join(",");
            rows.push(format!("{cells},{all},{rest},{ns:.1}"));
        }
    }
    if save {
        csv::save("requests.csv", "asking,peer,package,version,by,instructions,without_sha,ns", &rows);
    }
}

fn version(package: &str) -> String {
    let lock = include_str!("../Cargo.lock");
    // The older of two comes first.
    let after = lock.rsplit_once(&format!("name = \"{package}\"\nversion = \"")).map_or("", |(_, after)| after);
    after.split('"').next().unwrap_or_default().to_owned()
}
