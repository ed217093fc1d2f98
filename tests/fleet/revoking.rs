//! Revoked on one server, refused on the others.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    time::{Duration, Instant},
};

use futures_util::future::join_all;

use crate::{
    client::Call,
    figures::Spread,
    servers::Fleet,
    sessions::{log_in, log_out, me, refresh},
};

/// The bound.
const SOON: Duration = Duration::from_millis(100);

/// Beyond it, a revocation is lost.
const NEVER: Duration = Duration::from_secs(5);

/// Asks a server with a token until that is refused: when it was.
pub async fn refused(fleet: &Fleet, server: usize, token: &str) -> Instant {
    let deadline = Instant::now() + NEVER;
    loop {
        match fleet.status(server, token).await {
            401 => return Instant::now(),
            200 => assert!(Instant::now() < deadline, "server {server} never heard of a revocation"),
            status => panic!("server {server} answered {status}"),
        }
        // Or the watching is all that the machine does.
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
}

/// Sends a call that revokes, and watches the tokens on the other servers meanwhile: for how long after the answer each was
/// still admitted.
async fn spread(fleet: &Fleet, server: usize, revoke: Call, tokens: &[String]) -> Vec<Duration> {
    for token in tokens {
        assert_eq!(fleet.statuses(token).await, [200; 3], "before it is revoked");
    }
    let others = (0..fleet.servers.len()).filter(|other| *other != server);
    let watched = others.flat_map(|other| tokens.iter().map(move |token| (other, token)));
    let watching = join_all(watched.map(|(other, token)| refused(fleet, other, token)));
    let revoking = async {
        assert_eq!(fleet.ask(server, revoke).await.status, 204);
        Instant::now()
    };
    let (done, refused) = tokio::join!(revoking, watching);
    for token in tokens {
        assert_eq!(fleet.statuses(token).await, [401; 3], "and it stays refused");
    }
    refused.into_iter().map(|at| at.saturating_duration_since(done)).collect()
}

pub async fn by_token(fleet: &Fleet, many: usize) {
    let mut delays = Vec::new();
    for token in fleet.sessions(many).await {
        delays.extend(spread(fleet, fleet.next(), log_out(&token), std::slice::from_ref(&token)).await);
    }
    report("logged out on one server, refused on the other two", delays);
}

/// Three tokens of one login: of the login, of its refresh, and of another contract.
pub async fn by_user(fleet: &Fleet, many: usize) {
    let mut delays = Vec::new();
    for _ in 0..many {
        let user = fleet.new_user().await;
        let login = fleet.log_in(&user).await;
        let refreshed = fleet.send(refresh(&login)).await.token();
        let renewed = fleet.send(Call::post("/api/auth/token").bearer(&refreshed)).await.token();
        let (server, tokens) = (fleet.next(), [login, refreshed, renewed]);
        let everywhere = Call::post("/me/logout-everywhere").bearer(&tokens[2]);
        delays.extend(spread(fleet, server, everywhere, &tokens).await);

        // In the same second, mostly, and on another server.
        let again = fleet.ask((server + 1) % 3, log_in(&user)).await.token();
        assert_eq!(fleet.send(me(&again)).await.status, 200, "a login from after counts");
    }
    report("logged out everywhere on one, three tokens refused on the other two", delays);
}

/// A thief renews and refreshes a token on all servers as fast as they answer, while its user logs out everywhere.
pub async fn amid_renewals(fleet: &Fleet, rounds: usize) {
    let mut granted: HashSet<String> = HashSet::new();
    for round in 0..rounds {
        let login = fleet.log_in(&fleet.new_user().await).await;
        let is_over = AtomicBool::new(false);
        let thief = async |call: Call| {
            let mut tokens = Vec::new();
            while !is_over.load(SeqCst) {
                let reply = fleet.send(call.clone()).await;
                if reply.status == 200 || reply.status == 201 {
                    tokens.push(reply.token());
                }
            }
            tokens
        };
        let script = async {
            // Within a second as good as anywhere.
            tokio::time::sleep(Duration::from_millis(20 + 7 * round as u64)).await;
            assert_eq!(fleet.send(Call::post("/me/logout-everywhere").bearer(&login)).await.status, 204);
            tokio::time::sleep(SOON).await;
            is_over.store(true, SeqCst);
        };
        let renewals = join_all((0..8).map(|_| thief(Call::post("/api/auth/token").bearer(&login))));
        let (renewals, refreshes, ()) = tokio::join!(renewals, thief(refresh(&login)), script);
        granted.extend(renewals.into_iter().flatten().chain(refreshes));
    }
    // What is dated ahead is good from then on.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    for token in &granted {
        assert_eq!(fleet.statuses(token).await, [401; 3], "a thief's token outlived the logout");
    }
    let granted = granted.len();
    println!("renewed and refreshed amid {rounds} times logging out everywhere: {granted} tokens, none outlived it");
}

pub fn report(what: &str, delays: Vec<Duration>) {
    let delays = Spread::of(delays);
    println!("{what}: {delays}");
    assert!(delays.percentile(99) <= SOON, "within {SOON:?} at the 99th percentile");
}
