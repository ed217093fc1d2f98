//! An Axum service with all four login contracts.
//!
//! ```text
//! cargo run --example axum
//! ```
//! prints a `curl` line for each contract. Three users: `ada`, `alan` and `grace`, whose password is `correct horse`.
//! `PORT` (3000) in the environment chooses the port.

use std::{env, net::SocketAddr};

use axum::{Json, Router, routing::get};
use serde::Serialize;
use tower_auth::{Account, Algorithm, AuthLayer, BoxError, CurrentUser, Identifier, Query, SigningKey};

#[derive(Clone, Serialize)]
struct User {
    id: u64,
    username: &'static str,
    email: String,
}

/// `correct horse`, as argon2id stores it.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$wc1WfUHohBR+byYkLg3kPQ$fOsjI/Wlq8weI5YAcrirxKQK4I1ovmzHugX7rlIhTk0";

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    eprintln!("making an RSA key, which takes seconds in a debug build");
    let auth = AuthLayer::builder()
        .key(SigningKey::generate(Algorithm::Hs256)?) // signs for auth_local, login and tokens
        .key(SigningKey::generate(Algorithm::Rs256)?) // signs for auth_token
        .public("/health")
        .public("/openapi.json")
        .build(async |query: Query| {
            Ok::<_, BoxError>(find(&query).map(|user| Account::new(user.id, user).password_hash(HASH)))
        })?;

    let openapi = auth.openapi(); // merge it into your own
    let app = Router::new()
        .route("/me", get(me))
        .route("/users/me", get(me))
        .route("/health", get(async || "ok"))
        .route("/openapi.json", get(async move || Json(openapi)))
        .layer(auth); // last: a route added after it is not guarded

    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    print_curls(listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

async fn me(user: CurrentUser<User>) -> Json<CurrentUser<User>> {
    Json(user)
}

/// What a database would do.
fn find(query: &Query) -> Option<User> {
    let rows = (1..).zip(["ada", "alan", "grace"]);
    let mut users = rows.map(|(id, username)| User { id, username, email: format!("{username}@example.com") });
    match query {
        Query::Subject { id, .. } => users.find(|user| id.parse() == Some(user.id)),
        Query::Login { identifier: Identifier::Email(email), .. } => users.find(|user| user.email == *email),
        Query::Login { identifier, .. } => users.find(|user| user.username == identifier.as_str()),
        _ => None,
    }
}

fn print_curls(address: SocketAddr) {
    println!(
        r#"listening on http://{address}

# auth_local
curl -i http://{address}/auth/local -d identifier=ada@example.com -d 'password=correct horse'
# login
curl -i http://{address}/login -F username=alan -F 'password=correct horse'
# auth_token, then renew with -H "Authorization: Bearer $TOKEN"
curl -i -X POST http://{address}/api/auth/token -u 'grace:correct horse'
# tokens; its token can be refreshed
curl -i http://{address}/tokens -H 'Content-Type: application/json' -d '{{"login":"ada","password":"correct horse"}}'
TOKEN=$(curl -s http://{address}/tokens -d login=ada -d 'password=correct horse' | sed 's/.*"token":"\([^"]*\)".*/\1/')
curl -i -X PATCH http://{address}/tokens/$TOKEN
# every other route: with a token of any contract, or with a password
curl -i http://{address}/me -H "Authorization: Bearer $TOKEN"
curl -i http://{address}/me -u 'ada:correct horse'
# public
curl -i http://{address}/health
curl http://{address}/openapi.json"#
    );
}
