//! ThinkSNS Plus, on Laravel with tymon/jwt-auth and MySQL, taken over: `docs/migrate/laravel.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde::Serialize;
use serde_json::json;
use sqlx::SqlitePool;
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, Identifier, Lookup, PasswordUpgrade, Query, SigningKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};
use tower_auth_migrate_test::*;

const USERS: &str = include_str!("old/thinksns/users.sql");
const ENV: &str = include_str!("old/thinksns/env");
const TOKEN: &str = include_str!("old/thinksns/token.jwt").trim_ascii();
const EXPIRED: &str = include_str!("old/thinksns/expired.jwt").trim_ascii();
const TOO_OLD: &str = include_str!("old/thinksns/too_old.jwt").trim_ascii();
const TABLE: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, phone TEXT, password TEXT, bio TEXT, \
                     sex INTEGER, location TEXT, remember_token TEXT, deleted_at TEXT, created_at TEXT, updated_at TEXT)";
const HASHES: &str = "SELECT password FROM users ORDER BY id";

#[derive(Clone, Serialize)]
struct User {
    id: i64,
    name: String,
    bio: String,
    sex: i64,
    location: String,
    created_at: String,
    updated_at: String,
}

fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::hs256(setting(ENV, "JWT_SECRET")).unwrap())
        .dialect(Tokens::new().path("/api/v2/tokens").issuer("http://plus.io/api/v2/tokens"))
        .without(AuthLocal::NAME)
        .without(AuthToken::NAME)
        .without(Login::NAME)
        .token_query("token") // as tymon's parser
        .refuse_like(Tokens::NAME)
        .clock(now())
}

macro_rules! select {
    ($column:literal) => {
        concat!(
            "SELECT id, name, bio, sex, location, created_at, updated_at, password FROM users \
             WHERE deleted_at IS NULL AND ",
            $column,
            " = $1"
        )
    };
}

type Row = (i64, String, String, i64, String, String, String, String);

async fn find(db: SqlitePool, query: Query) -> Result<Option<Account<User>>, BoxError> {
    let (sql, value) = match query {
        Query::Subject { id, .. } => (select!("id"), id.to_string()),
        Query::Login { identifier: Identifier::Email(email), .. } => (select!("email"), email),
        Query::Login { identifier: Identifier::Phone(phone), .. } => (select!("phone"), phone),
        Query::Login { identifier: Identifier::Id(id), .. } => (select!("id"), id),
        Query::Login { identifier, .. } => (select!("name"), identifier.as_str().to_owned()),
        _ => return Ok(None),
    };
    let found: Option<Row> = sqlx::query_as(sql).bind(value).fetch_optional(&db).await?;
    Ok(found.map(|(id, name, bio, sex, location, created_at, updated_at, hash)| {
        Account::new(id, User { id, name, bio, sex, location, created_at, updated_at }).password_hash(hash)
    }))
}

async fn upgrade(db: SqlitePool, upgrade: PasswordUpgrade) -> Result<(), BoxError> {
    let query = sqlx::query("UPDATE users SET password = $1 WHERE id = $2 AND password = $3");
    let query = query.bind(upgrade.replacement.expose()).bind(upgrade.id.parse::<i64>());
    query.bind(upgrade.stored.expose()).execute(&db).await?;
    Ok(())
}

fn layer(db: &SqlitePool, builder: AuthLayerBuilder) -> AuthLayer<impl Lookup<User = User>> {
    let db = db.clone();
    builder.build(move |query| find(db.clone(), query)).unwrap()
}

async fn logged_in(layer: &AuthLayer<impl Lookup<User = User>>, name: &str, password: &str) -> Reply {
    send(layer, login("/api/v2/tokens", &json!({ "login": name, "password": password }))).await
}

async fn refreshed(layer: &AuthLayer<impl Lookup<User = User>>, token: &str) -> Reply {
    let request = Request::patch(format!("/api/v2/tokens/{token}")).body(Full::<Bytes>::default()).unwrap();
    send(layer, request).await
}

fn token(reply: &Reply) -> String {
    reply.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn old_users_log_in_with_what_they_have() {
    let layer = layer(&restored(TABLE, USERS).await, builder());
    for name in ["创始人", "founder@plus.io", "18781993582", "1"] {
        let reply = logged_in(&layer, name, "correct horse").await;
        assert_eq!((reply.status.as_u16(), &reply.json()["ttl"]), (201, &json!(20160)), "{name}");
        let user = json!({
            "id": 1, "name": "创始人", "bio": "我是大管理员", "sex": 0, "location": "成都市 四川省 中国",
            "created_at": "2017-06-02 08:43:54", "updated_at": "2017-07-06 07:04:06",
        });
        assert_eq!(reply.json()["user"], user, "{name}");
    }
    assert_eq!(logged_in(&layer, "alan", "pass:wörd").await.status, 201);
    for (name, password) in [("alan", "x"), ("gone", "correct horse")] {
        let reply = logged_in(&layer, name, password).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (422, json!({ "password": ["密码错误"] })), "{name}");
    }
}

#[tokio::test]
async fn the_tokens_of_each_open_the_doors_of_the_other() {
    let secret = setting(ENV, "JWT_SECRET");
    let layer = layer(&restored(TABLE, USERS).await, builder());
    assert_eq!(send(&layer, bearer(TOKEN)).await.body, "1");
    let mut ours = openssl::hs256(secret, &token(&logged_in(&layer, "alan", "pass:wörd").await));
    // What tymon requires of a token, of which `jti` is random.
    let id = ours.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(id.as_str().unwrap().len(), 16);
    let (issuer, end) = ("http://plus.io/api/v2/tokens", NOW + 20160 * 60);
    assert_eq!(ours, json!({ "sub": 2, "iss": issuer, "iat": NOW, "exp": end, "nbf": NOW }));
    let old = openssl::hs256(secret, TOKEN);
    assert_eq!((&old["sub"], &old["iss"]), (&json!(1), &json!(issuer)));
}

#[tokio::test]
async fn old_tokens_are_refreshed_for_as_long_as_the_old_system_would_have() {
    let layer = layer(&restored(TABLE, USERS).await, builder());
    assert_eq!(send(&layer, bearer(EXPIRED)).await.status, 401);
    for old in [TOKEN, EXPIRED] {
        let reply = refreshed(&layer, old).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        let (before, after) = (openssl::hs256(setting(ENV, "JWT_SECRET"), old), token(&reply));
        let after_claims = openssl::hs256(setting(ENV, "JWT_SECRET"), &after);
        assert_eq!(
            (&after_claims["iat"], &after_claims["sub"]),
            (&before["iat"], &before["sub"]),
            "the login's moment"
        );
        assert_eq!(send(&layer, bearer(&after)).await.body, "1");
    }
    let reply = refreshed(&layer, TOO_OLD).await;
    let message = "Token has expired and can no longer be refreshed";
    assert_eq!((reply.status.as_u16(), reply.json()), (401, json!({ "message": [message] })));
}

#[tokio::test]
async fn until_the_cut_over_nothing_is_written_and_from_then_on_each_login_moves_a_hash() {
    let db = restored(TABLE, USERS).await;
    let before = column(&db, HASHES).await;
    logged_in(&layer(&db, builder()), "alan", "pass:wörd").await;
    assert_eq!(column(&db, HASHES).await, before, "the way back is open");

    let store = db.clone();
    let layer = layer(&db, builder().rehash_with(move |new| upgrade(store.clone(), new)));
    logged_in(&layer, "alan", "pass:wörd").await;
    until(&db, HASHES, |hashes| hashes[1].starts_with("$argon2id$")).await;
    assert_eq!(column(&db, HASHES).await[0], before[0], "nobody else's");
    assert_eq!(logged_in(&layer, "alan", "pass:wörd").await.status, 201);
}
