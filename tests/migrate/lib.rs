//! What the tests of a move share: the old system's table in SQLite, requests through the door, and a verifier of tokens
//! that is not ours.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc
)]

pub mod openssl;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::AUTHORIZATION};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};
use tower::{Layer, ServiceExt, service_fn};
use tower_auth::{Auth, AuthLayer, BoxError, Identity, Lookup, Timestamp};

/// When the tests happen: some hours after the old systems issued their tokens.
pub const NOW: u64 = 1_700_000_000;

/// Ours, and still.
pub fn now() -> Timestamp {
    Timestamp::from_unix_seconds(NOW)
}

/// A setting in the old system's `env` file.
pub fn setting<'a>(env: &'a str, name: &str) -> &'a str {
    env.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap()
}

/// A database with the table that `ddl` makes and the rows that a dump inserts into it: what else a dump says is for
/// the database that it came from.
pub async fn restored(ddl: &'static str, dump: &str) -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
    // `public.users`, as PostgreSQL calls it.
    sqlx::raw_sql("ATTACH ':memory:' AS public").execute(&pool).await.unwrap();
    sqlx::raw_sql(ddl).execute(&pool).await.unwrap();
    for statement in dump.split(";\n") {
        if let Some(start) = statement.find("INSERT INTO") {
            sqlx::query(&statement[start..]).execute(&pool).await.unwrap();
        }
    }
    pool
}

/// A database with the documents of an export, one a line, in the table `users (document)`.
pub async fn imported(export: &str) -> SqlitePool {
    let pool = restored("CREATE TABLE users (document TEXT)", "").await;
    for document in export.lines() {
        sqlx::query("INSERT INTO users VALUES ($1)").bind(document).execute(&pool).await.unwrap();
    }
    pool
}

/// All that a column holds, in its order.
pub async fn column(pool: &SqlitePool, query: &'static str) -> Vec<String> {
    sqlx::query_scalar(query).fetch_all(pool).await.unwrap()
}

/// Waits until a column says something: what runs behind a login is not there with its answer.
pub async fn until(pool: &SqlitePool, query: &'static str, holds: impl Fn(&[String]) -> bool) {
    for _ in 0..1000 {
        if holds(&column(pool, query).await) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never came true: {:?}", column(pool, query).await);
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

/// Sends a request through the layer to a service that answers with the id of whom it was told of.
pub async fn send<L: Lookup>(layer: &AuthLayer<L>, request: Request<Full<Bytes>>) -> Reply {
    let inner = service_fn(async |request: Request<Full<Bytes>>| {
        let id = Identity::<L::User>::of(request.extensions()).map(|identity| identity.id().to_string());
        Ok::<_, BoxError>(Response::new(Full::<Bytes>::from(id.unwrap_or_default())))
    });
    let service: Auth<_, L> = layer.layer(inner);
    let (parts, body) = service.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Reply { status: parts.status, body: String::from_utf8(body.to_vec()).unwrap() }
}

/// A login by JSON.
pub fn login(path: &str, members: &Value) -> Request<Full<Bytes>> {
    let request = Request::post(path).header("content-type", "application/json");
    request.body(Full::from(members.to_string())).unwrap()
}

/// `GET /me` with this field.
pub fn me(authorization: &str) -> Request<Full<Bytes>> {
    Request::get("/me").header(AUTHORIZATION, authorization).body(Full::default()).unwrap()
}

/// `GET /me` with this token.
pub fn bearer(token: &str) -> Request<Full<Bytes>> {
    me(&format!("Bearer {token}"))
}
