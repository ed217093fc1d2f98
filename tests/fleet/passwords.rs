//! Passwords in the table.

use std::time::{Duration, Instant};

use hyper::Method;
use sqlx::AnyPool;

use crate::{
    client::Call,
    servers::{Fleet, PASSWORD},
    sessions::{log_in, me},
};

/// Grace's is stored as bcrypt, until she logs in.
pub async fn are_upgraded(fleet: &Fleet) {
    let table = AnyPool::connect(&fleet.database.url()).await.unwrap();
    let stored = async || {
        let row = sqlx::query_as("SELECT password_hash FROM users WHERE username = 'grace'").fetch_one(&table);
        let (hash,): (String,) = row.await.unwrap();
        hash
    };
    assert!(stored().await.starts_with("$2b$"));
    let login = Call::post("/login").form(&[("username", "grace"), ("password", PASSWORD)]);
    assert_eq!(fleet.send(login.clone()).await.status, 200);
    // It is stored behind the login.
    let deadline = Instant::now() + Duration::from_secs(10);
    while !stored().await.starts_with("$argon2id$") {
        assert!(Instant::now() < deadline, "the older hash is replaced");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(fleet.send(login).await.status, 200, "by the hash of the same password");
    println!("logged in with an older hash: argon2id in the table");
    table.close().await;
}

/// By who shows the old one, not by who holds a token. Tokens from before are refused everywhere, one from after is not.
pub async fn are_changed(fleet: &Fleet) {
    let user = fleet.new_user().await;
    let token = fleet.log_in(&user).await;
    let change = || Call::new(Method::PUT, "/me/password").body("battery staple");
    assert_eq!(fleet.send(change().bearer(&token)).await.status, 403);
    assert_eq!(fleet.send(change().basic(&user, PASSWORD)).await.status, 204);
    assert_eq!(fleet.statuses(&token).await, [401; 3]);
    assert_eq!(fleet.send(log_in(&user)).await.status, 422, "the old password is wrong");
    let login = Call::post("/tokens").form(&[("login", &user), ("password", "battery staple")]).from("192.0.2.9");
    let again = fleet.send(login).await.token();
    assert_eq!(fleet.send(me(&again)).await.status, 200, "in the same second, mostly");
    println!("changed a password: the tokens from before are refused on all, the next login is not");
}
