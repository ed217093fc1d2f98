//! A Spring Boot API with PostgreSQL, taken over: `docs/migrate/spring.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, header::AUTHORIZATION};
use http_body_util::Full;
use serde_json::json;
use sqlx::SqlitePool;
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Lookup, PasswordUpgrade, Query, SigningKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};
use tower_auth_migrate_test::*;

const USERS: &str = include_str!("old/spring/users.sql");
const PRIVATE_KEY: &[u8] = include_bytes!("old/spring/private_key.der");
const PUBLIC_KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/old/spring/public_key.der");
const TOKEN: &str = include_str!("old/spring/token.jwt").trim_ascii();
const ISSUER: &str = "NomicGameManager.Api";
const TABLE: &str = "CREATE TABLE public.users (id INTEGER PRIMARY KEY, username TEXT, password TEXT, enabled BOOLEAN)";
const HASHES: &str = "SELECT password FROM users ORDER BY id";

fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::der(Algorithm::Rs256, PRIVATE_KEY).unwrap())
        .dialect(AuthToken::new().issuer(ISSUER))
        .without(AuthLocal::NAME)
        .without(Login::NAME)
        .without(Tokens::NAME)
        .issuer(ISSUER) // as its verifier requires
        .refuse_like(AuthToken::NAME)
        .clock(now())
}

async fn find(db: SqlitePool, query: Query) -> Result<Option<Account<String>>, BoxError> {
    let found: Option<(i64, String, String, bool)> = match query {
        Query::Subject { id, .. } => {
            let query = sqlx::query_as("SELECT id, username, password, enabled FROM users WHERE id = $1");
            query.bind(id.parse::<i64>()).fetch_optional(&db).await?
        }
        Query::Login { identifier, .. } => {
            let query = sqlx::query_as("SELECT id, username, password, enabled FROM users WHERE username = $1");
            query.bind(identifier.as_str()).fetch_optional(&db).await?
        }
        _ => None,
    };
    Ok(found.map(|(id, username, hash, enabled)| {
        // Its `sub` is text.
        Account::new(id.to_string(), username).password_hash(hash).blocked(!enabled)
    }))
}

/// Under the prefix that a `DelegatingPasswordEncoder` knows, so that the old system still reads it.
async fn upgrade(db: SqlitePool, upgrade: PasswordUpgrade) -> Result<(), BoxError> {
    let replacement = format!("{{argon2@SpringSecurity_v5_8}}{}", upgrade.replacement.expose());
    let query = sqlx::query("UPDATE users SET password = $1 WHERE id = $2 AND password = $3");
    query.bind(replacement).bind(upgrade.id.parse::<i64>()).bind(upgrade.stored.expose()).execute(&db).await?;
    Ok(())
}

fn layer(db: &SqlitePool, builder: AuthLayerBuilder) -> AuthLayer<impl Lookup<User = String>> {
    let db = db.clone();
    builder.build(move |query| find(db.clone(), query)).unwrap()
}

async fn exchanged(layer: &AuthLayer<impl Lookup<User = String>>, authorization: String) -> Reply {
    let request = Request::post("/api/auth/token").header(AUTHORIZATION, authorization);
    send(layer, request.body(Full::<Bytes>::default()).unwrap()).await
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

#[tokio::test]
async fn old_users_log_in_with_what_they_have() {
    let layer = layer(&restored(TABLE, USERS).await, builder());
    for (name, password) in [("TestUser", "correct horse"), ("alan", "pass:wörd"), ("plain", "correct horse")] {
        let reply = exchanged(&layer, basic(name, password)).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["isSuccess"]), (200, &json!(true)), "{name}");
    }
    for (name, password) in [("TestUser", "x"), ("barred", "correct horse"), ("nobody", "x")] {
        let reply = exchanged(&layer, basic(name, password)).await;
        assert_eq!((reply.status.as_u16(), &*reply.body), (403, ""), "{name}");
    }
}

#[tokio::test]
async fn the_tokens_of_each_open_the_doors_of_the_other() {
    let layer = layer(&restored(TABLE, USERS).await, builder());
    assert_eq!(send(&layer, bearer(TOKEN)).await.body, "1");
    let old = openssl::rs256(PUBLIC_KEY, TOKEN);
    assert_eq!((&old["sub"], &old["iss"]), (&json!("1"), &json!(ISSUER)));
    // By password, and for the old token.
    for authorization in [basic("TestUser", "correct horse"), format!("Bearer {TOKEN}")] {
        let reply = exchanged(&layer, authorization).await.json();
        let ours = openssl::rs256(PUBLIC_KEY, reply["token"].as_str().unwrap());
        assert_eq!(ours, json!({ "sub": "1", "iss": ISSUER, "exp": NOW + 7200, "iat": NOW }));
    }
}

#[tokio::test]
async fn until_the_cut_over_nothing_is_written_and_from_then_on_each_login_moves_a_hash() {
    let db = restored(TABLE, USERS).await;
    let before = column(&db, HASHES).await;
    exchanged(&layer(&db, builder()), basic("TestUser", "correct horse")).await;
    assert_eq!(column(&db, HASHES).await, before, "the way back is open");

    let store = db.clone();
    let layer = layer(&db, builder().rehash_with(move |new| upgrade(store.clone(), new)));
    exchanged(&layer, basic("TestUser", "correct horse")).await;
    until(&db, HASHES, |hashes| hashes[0].starts_with("{argon2@SpringSecurity_v5_8}$argon2id$")).await;
    assert_eq!(column(&db, HASHES).await[1..], before[1..], "nobody else's");
    assert_eq!(exchanged(&layer, basic("TestUser", "correct horse")).await.status, 200);
}
