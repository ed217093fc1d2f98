//! Strapi 4 with SQLite, taken over: `docs/migrate/strapi.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use serde::Serialize;
use serde_json::json;
use sqlx::SqlitePool;
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Identifier, Lookup, PasswordUpgrade, Query, SigningKey,
    VerifyingKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};
use tower_auth_migrate_test::*;

const USERS: &str = include_str!("old/strapi_4/users.sql");
const ENV: &str = include_str!("old/strapi_4/env");
const TOKEN: &str = include_str!("old/strapi_4/token.jwt").trim_ascii();
const HASHES: &str = "SELECT password FROM up_users ORDER BY id";

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: i64,
    username: String,
    email: String,
    provider: String,
    confirmed: bool,
    blocked: bool,
    created_at: String,
    updated_at: String,
}

fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        .dialect(AuthLocal::strapi_4())
        .without(Login::NAME)
        .without(AuthToken::NAME)
        .without(Tokens::NAME)
        .lenient_paths() // as koa's router
        .refuse_like(AuthLocal::NAME)
        .clock(now())
}

/// Strapi 4 makes secrets of 24 characters.
fn side_by_side() -> AuthLayerBuilder {
    builder().key(SigningKey::dangerous_short_secret(Algorithm::Hs256, setting(ENV, "JWT_SECRET")).unwrap())
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, username, email, provider, password, confirmed, blocked, \
                 strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch'), \
                 strftime('%Y-%m-%dT%H:%M:%fZ', updated_at / 1000.0, 'unixepoch') FROM up_users WHERE ",
            $condition
        )
    };
}

type Row = (i64, String, String, String, Option<String>, bool, bool, String, String);

async fn find(db: SqlitePool, query: Query) -> Result<Option<Account<User>>, BoxError> {
    let found: Option<Row> = match query {
        Query::Subject { id, .. } => {
            sqlx::query_as(select!("id = $1")).bind(id.parse::<i64>()).fetch_optional(&db).await?
        }
        Query::Login { identifier: Identifier::Email(email), .. } => {
            sqlx::query_as(select!("email = $1 AND provider = 'local'")).bind(email).fetch_optional(&db).await?
        }
        Query::Login { identifier, .. } => {
            let query = sqlx::query_as(select!("username = $1 AND provider = 'local'"));
            query.bind(identifier.as_str()).fetch_optional(&db).await?
        }
        _ => None,
    };
    Ok(found.map(|(id, username, email, provider, password, confirmed, blocked, created_at, updated_at)| {
        let user = User { id, username, email, provider, confirmed, blocked, created_at, updated_at };
        let account = Account::new(id, user).blocked(blocked).unconfirmed(!confirmed);
        match password {
            Some(hash) => account.password_hash(hash),
            None => account,
        }
    }))
}

async fn upgrade(db: SqlitePool, upgrade: PasswordUpgrade) -> Result<(), BoxError> {
    let query = sqlx::query("UPDATE up_users SET password = $1 WHERE id = $2 AND password = $3");
    let query = query.bind(upgrade.replacement.expose()).bind(upgrade.id.parse::<i64>());
    query.bind(upgrade.stored.expose()).execute(&db).await?;
    Ok(())
}

fn layer(db: &SqlitePool, builder: AuthLayerBuilder) -> AuthLayer<impl Lookup<User = User>> {
    let db = db.clone();
    builder.build(move |query| find(db.clone(), query)).unwrap()
}

async fn logged_in(layer: &AuthLayer<impl Lookup<User = User>>, name: &str, password: &str) -> Reply {
    send(layer, login("/api/auth/local", &json!({ "identifier": name, "password": password }))).await
}

#[tokio::test]
async fn old_users_log_in_with_what_they_have() {
    // A layer each: five logins of one address in five minutes, as Strapi has it.
    let db = restored(TABLE, USERS).await;
    for (name, password) in [("ada", "correct horse"), ("ADA@example.com", "correct horse"), ("alan", "pass:wörd")] {
        let reply = logged_in(&layer(&db, side_by_side()), name, password).await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.body);
    }
    let reply = logged_in(&layer(&db, side_by_side()), "ada", "correct horse").await;
    let user = json!({
        "id": 1, "username": "ada", "email": "ada@example.com", "provider": "local", "confirmed": true, "blocked": false,
        "createdAt": "2023-04-05T06:07:08.900Z", "updatedAt": "2023-04-05T06:07:08.900Z",
    });
    assert_eq!(reply.json()["user"], user);
    for (name, password, error, message) in [
        ("ada", "x", "ValidationError", "Invalid identifier or password"),
        ("barred", "correct horse", "ApplicationError", "Your account has been blocked by an administrator"),
        ("fresh", "correct horse", "ApplicationError", "Your account email is not confirmed"),
    ] {
        let reply = logged_in(&layer(&db, side_by_side()), name, password).await;
        let body =
            json!({ "data": null, "error": { "status": 400, "name": error, "message": message, "details": {} } });
        assert_eq!((reply.status.as_u16(), reply.json()), (400, body), "{name}");
    }
}

const TABLE: &str = "CREATE TABLE up_users (id INTEGER PRIMARY KEY, username TEXT, email TEXT, provider TEXT, \
                     password TEXT, reset_password_token TEXT, confirmation_token TEXT, confirmed BOOLEAN, blocked BOOLEAN, \
                     created_at INTEGER, updated_at INTEGER, created_by_id INTEGER, updated_by_id INTEGER)";

#[tokio::test]
async fn the_tokens_of_each_open_the_doors_of_the_other() {
    let secret = setting(ENV, "JWT_SECRET");
    assert!(SigningKey::hs256(secret).is_err(), "too short to be taken without a word");
    let layer = layer(&restored(TABLE, USERS).await, side_by_side());
    assert_eq!(send(&layer, bearer(TOKEN)).await.body, "1");
    let ours = logged_in(&layer, "ada", "correct horse").await.json()["jwt"].as_str().unwrap().to_owned();
    assert_eq!(openssl::hs256(secret, TOKEN), json!({ "id": 1, "iat": 1_699_990_000, "exp": 1_702_582_000 }));
    assert_eq!(openssl::hs256(secret, &ours), json!({ "id": 1, "iat": NOW, "exp": NOW + 30 * 86_400 }));
}

#[tokio::test]
async fn until_the_cut_over_nothing_is_written_and_from_then_on_each_login_moves_a_hash() {
    let db = restored(TABLE, USERS).await;
    let before = column(&db, HASHES).await;
    logged_in(&layer(&db, side_by_side()), "ada", "correct horse").await;
    assert_eq!(column(&db, HASHES).await, before, "the way back is open");

    let store = db.clone();
    let layer = layer(&db, side_by_side().rehash_with(move |new| upgrade(store.clone(), new)));
    logged_in(&layer, "ada", "correct horse").await;
    until(&db, HASHES, |hashes| hashes[0].starts_with("$argon2id$")).await;
    assert_eq!(column(&db, HASHES).await[1..], before[1..], "nobody else's");
    assert_eq!(logged_in(&layer, "ada", "correct horse").await.status, 200);
}

#[tokio::test]
async fn after_the_cut_over_a_long_secret_signs_and_the_short_one_goes_on_verifying() {
    const LONG: &str = "forty-eight random bytes of our own, as the guide says";
    let short = VerifyingKey::dangerous_short_secret(Algorithm::Hs256, setting(ENV, "JWT_SECRET")).unwrap();
    let layer =
        layer(&restored(TABLE, USERS).await, builder().key(SigningKey::hs256(LONG).unwrap()).verifying_key(short));
    assert_eq!(send(&layer, bearer(TOKEN)).await.body, "1");
    let ours = logged_in(&layer, "ada", "correct horse").await.json()["jwt"].as_str().unwrap().to_owned();
    assert_eq!(openssl::hs256(LONG, &ours)["id"], 1);
    assert_eq!(send(&layer, bearer(&ours)).await.body, "1");
}
