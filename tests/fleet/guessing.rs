//! Guesses over all servers are counted as one.

use futures_util::future::join_all;

use crate::{
    client::Call,
    servers::{Fleet, PASSWORD},
};

fn guess(user: &str, password: &str, address: String) -> Call {
    Call::post("/login").form(&[("username", user), ("password", password)]).from(address)
}

/// How many of these were verified, and not refused before.
async fn verified(fleet: &Fleet, guesses: impl Iterator<Item = Call>) -> usize {
    let statuses: Vec<u16> = join_all(guesses.map(|guess| async { fleet.send(guess).await.status })).await;
    assert!(statuses.iter().all(|status| [404, 429].contains(status)), "{statuses:?}");
    statuses.iter().filter(|status| **status == 404).count()
}

pub async fn from_one_network(fleet: &Fleet) {
    let user = fleet.new_user().await;
    let verified = verified(fleet, (0..60).map(|number| guess(&user, &format!("{number}"), "192.0.2.1".into()))).await;
    println!("60 guesses at once over three servers, one network, limit 10: {verified} verified");
    assert!((1..=10).contains(&verified));
    for server in 0..3 {
        let right = |address: &str| fleet.ask(server, guess(&user, PASSWORD, address.into()));
        assert_eq!(right("192.0.2.1").await.status, 429, "locked on each");
        assert_eq!(right("198.51.100.1").await.status, 200, "and the owner, elsewhere, is not");
    }
}

pub async fn from_many(fleet: &Fleet) {
    let user = fleet.new_user().await;
    let guesses = (0..150).map(|number| guess(&user, "wrong", format!("203.0.{number}.1")));
    let verified = verified(fleet, guesses).await;
    println!("150 guesses at once over three servers, as many networks, limit 50: {verified} verified");
    assert!((1..=50).contains(&verified));
}
