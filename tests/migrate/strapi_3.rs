//! Strapi 3 with MongoDB, taken over: `docs/migrate/strapi.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::{Value, json};
use sqlx::SqlitePool;
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, Identifier, Lookup, PasswordUpgrade, Query, SigningKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};
use tower_auth_migrate_test::*;

const USERS: &str = include_str!("old/strapi_3/users.json");
const ENV: &str = include_str!("old/strapi_3/env");
const TOKEN: &str = include_str!("old/strapi_3/token.jwt").trim_ascii();
const ADA: &str = "5f55e32aab24c71c3c1bf391";
const HASHES: &str = "SELECT json_extract(document, '$.password') FROM users";

fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::hs256(setting(ENV, "JWT_SECRET")).unwrap())
        .without(Login::NAME)
        .without(AuthToken::NAME)
        .without(Tokens::NAME)
        .lenient_paths() // as koa's router
        .token_query("token") // as its `getToken`
        .refuse_like(AuthLocal::NAME)
        .clock(now())
}

async fn find(db: SqlitePool, query: Query) -> Result<Option<Account<Value>>, BoxError> {
    let (sql, value) = match query {
        Query::Subject { id, .. } => {
            ("SELECT document FROM users WHERE json_extract(document, '$._id.$oid') = $1", id.to_string())
        }
        Query::Login { identifier: Identifier::Email(email), .. } => {
            ("SELECT document FROM users WHERE json_extract(document, '$.email') = $1", email)
        }
        Query::Login { identifier, .. } => {
            ("SELECT document FROM users WHERE json_extract(document, '$.username') = $1", identifier.as_str().into())
        }
        _ => return Ok(None),
    };
    let Some(document) = sqlx::query_scalar::<_, String>(sql).bind(value).fetch_optional(&db).await? else {
        return Ok(None);
    };
    let mut user: Value = serde_json::from_str(&document)?;
    let id = user["_id"]["$oid"].as_str().unwrap_or_default().to_owned();
    // What Strapi sends: the id twice and as text, and no `$oid`, `$date` of the export.
    user["_id"] = id.clone().into();
    user["id"] = id.clone().into();
    for member in ["createdAt", "updatedAt"] {
        user[member] = user[member]["$date"].take();
    }
    user["role"] = user["role"]["$oid"].take();
    let account =
        Account::new(id, user.clone()).blocked(user["blocked"] == true).unconfirmed(user["confirmed"] == false);
    Ok(Some(match user["password"].as_str() {
        Some(hash) => account.password_hash(hash),
        None => account, // who came by a provider
    }))
}

async fn upgrade(db: SqlitePool, upgrade: PasswordUpgrade) -> Result<(), BoxError> {
    let sql = "UPDATE users SET document = json_set(document, '$.password', $1) \
               WHERE json_extract(document, '$._id.$oid') = $2 AND json_extract(document, '$.password') = $3";
    let query = sqlx::query(sql).bind(upgrade.replacement.expose()).bind(upgrade.id.to_string());
    query.bind(upgrade.stored.expose()).execute(&db).await?;
    Ok(())
}

fn layer(db: &SqlitePool, builder: AuthLayerBuilder) -> AuthLayer<impl Lookup<User = Value>> {
    let db = db.clone();
    builder.build(move |query| find(db.clone(), query)).unwrap()
}

async fn logged_in(layer: &AuthLayer<impl Lookup<User = Value>>, name: &str, password: &str) -> Reply {
    send(layer, login("/auth/local", &json!({ "identifier": name, "password": password }))).await
}

#[tokio::test]
async fn old_users_log_in_with_what_they_have() {
    let layer = layer(&imported(USERS).await, builder());
    for name in ["ada", "ADA@example.com"] {
        let reply = logged_in(&layer, name, "correct horse").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let user = &reply.json()["user"];
        assert_eq!((&user["_id"], &user["id"], &user["username"]), (&json!(ADA), &json!(ADA), &json!("ada")));
        assert_eq!(user["updatedAt"], "2020-09-07T07:37:14.756Z");
        assert_eq!(user.get("password"), None);
    }
    let alan = logged_in(&layer, "alan", "pass:wörd").await;
    assert_eq!((alan.status.as_u16(), alan.json()["user"].get("resetPasswordToken")), (200, None));
    for (name, password, id) in [
        ("ada", "x", "Auth.form.error.invalid"),
        ("barred", "correct horse", "Auth.form.error.blocked"),
        ("fresh", "correct horse", "Auth.form.error.confirmed"),
    ] {
        let reply = logged_in(&layer, name, password).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.json()["message"][0]["messages"][0]["id"]),
            (400, &json!(id)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_tokens_of_each_open_the_doors_of_the_other() {
    let layer = layer(&imported(USERS).await, builder());
    assert_eq!(send(&layer, bearer(TOKEN)).await.body, ADA);
    let by_query = http::Request::get(format!("/me?token={TOKEN}")).body(Default::default()).unwrap();
    assert_eq!(send(&layer, by_query).await.body, ADA);

    let ours = logged_in(&layer, "ada", "correct horse").await.json()["jwt"].as_str().unwrap().to_owned();
    let (old, new) =
        (openssl::hs256(setting(ENV, "JWT_SECRET"), TOKEN), openssl::hs256(setting(ENV, "JWT_SECRET"), &ours));
    assert_eq!(new, json!({ "id": ADA, "iat": NOW, "exp": NOW + 30 * 86_400 }));
    assert_eq!(old["exp"].as_u64().unwrap() - old["iat"].as_u64().unwrap(), 30 * 86_400);
    assert_eq!(old["id"], new["id"]);
}

#[tokio::test]
async fn until_the_cut_over_nothing_is_written_and_from_then_on_each_login_moves_a_hash() {
    let db = imported(USERS).await;
    let before = column(&db, HASHES).await;
    logged_in(&layer(&db, builder()), "ada", "correct horse").await;
    assert_eq!(column(&db, HASHES).await, before, "the way back is open");

    let store = db.clone();
    let layer = layer(&db, builder().rehash_with(move |new| upgrade(store.clone(), new)));
    logged_in(&layer, "ada", "correct horse").await;
    until(&db, HASHES, |hashes| hashes[0].starts_with("$argon2id$")).await;
    assert_eq!(column(&db, HASHES).await[1..], before[1..], "nobody else's");
    assert_eq!(logged_in(&layer, "ada", "correct horse").await.status, 200);
    assert_eq!(send(&layer, bearer(TOKEN)).await.body, ADA, "and the old tokens go on");
}
