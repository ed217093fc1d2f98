//! Users in SQLite by `sqlx`; with another pool and URL, in PostgreSQL or MySQL.
//!
//! ```text
//! cargo run --example sqlite
//! curl -i http://127.0.0.1:3000/auth/local -d identifier=ada@example.com -d 'password=correct horse'
//! curl -i http://127.0.0.1:3000/me -H "Authorization: Bearer $TOKEN"
//! curl -i http://127.0.0.1:3000/me -u 'ada:correct horse'
//! ```
//! `DATABASE_URL` (`sqlite:users.db?mode=rwc`) and `PORT` (3000) in the environment choose the database and the port.

use std::{env, net::SocketAddr};

use axum::{Json, Router, routing::get};
use serde::Serialize;
use sqlx::{FromRow, SqlitePool};
use tower_auth::{
    Account, Algorithm, AuthLayer, BoxError, CurrentUser, Identifier, PasswordUpgrade, Query, SigningKey,
    StoredPassword, dialect::AuthToken,
};

/// A row, and the user object in answers, which a member named `password_hash` never enters.
#[derive(Clone, FromRow, Serialize)]
struct User {
    id: i64,
    username: String,
    email: String,
    password_hash: String,
    blocked: bool,
}

async fn find(db: SqlitePool, query: Query) -> Result<Option<Account<User>>, BoxError> {
    let found: Option<User> = match query {
        Query::Subject { id, .. } => {
            sqlx::query_as("SELECT * FROM users WHERE id = $1").bind(id.parse::<i64>()).fetch_optional(&db).await?
        }
        Query::Login { identifier: Identifier::Email(email), .. } => {
            sqlx::query_as("SELECT * FROM users WHERE email = $1").bind(email).fetch_optional(&db).await?
        }
        Query::Login { identifier, .. } => {
            let query = sqlx::query_as("SELECT * FROM users WHERE username = $1");
            query.bind(identifier.as_str()).fetch_optional(&db).await?
        }
        _ => None,
    };
    Ok(found.map(|user| Account::new(user.id, user.clone()).password_hash(user.password_hash).blocked(user.blocked)))
}

/// Only where the old hash still stands, or a password that was changed meanwhile would come back.
async fn rehash(db: SqlitePool, new: PasswordUpgrade) -> Result<(), BoxError> {
    let query = sqlx::query("UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3");
    let query = query.bind(new.replacement.expose()).bind(new.id.parse::<i64>()).bind(new.stored.expose());
    query.execute(&db).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let db =
        SqlitePool::connect(&env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:users.db?mode=rwc".into())).await?;
    sqlx::raw_sql(include_str!("users.sql")).execute(&db).await?;
    sqlx::query("INSERT INTO users VALUES (1, 'ada', 'ada@example.com', $1, FALSE) ON CONFLICT DO NOTHING")
        .bind(StoredPassword::hash("correct horse")?)
        .execute(&db)
        .await?;

    let (users, hashes) = (db.clone(), db);
    let auth = AuthLayer::builder()
        .key(SigningKey::generate(Algorithm::Hs256)?)
        .without(AuthToken::NAME)
        .rehash_with(move |new| rehash(hashes.clone(), new))
        .build(move |query| find(users.clone(), query))?;
    let app = Router::new().route("/me", get(async |user: CurrentUser<User>| Json(user.username.clone()))).layer(auth);

    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
