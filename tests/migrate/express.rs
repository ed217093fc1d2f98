//! An Express API on Mongoose, taken over: `docs/migrate/express.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::{Value, json};
use sqlx::SqlitePool;
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, Lookup, PasswordUpgrade, Query, SigningKey, StoredPassword,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};
use tower_auth_migrate_test::*;

const USERS: &str = include_str!("old/express/users.json");
const ENV: &str = include_str!("old/express/env");
const TOKEN: &str = include_str!("old/express/token.jwt").trim_ascii();
const ADA: &str = "5be27c8fba7346230a2a0dcf";
const DOCUMENTS: &str = "SELECT document FROM users ORDER BY json_extract(document, '$._id.$oid')";

fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::hs256(setting(ENV, "JWT_SECRET")).unwrap())
        .without(AuthLocal::NAME)
        .without(AuthToken::NAME)
        .without(Tokens::NAME)
        .accept_bare_tokens() // as its clients send them
        .lenient_paths() // as Express routes
        .refuse_like(Login::NAME)
        .clock(now())
}

async fn find(db: SqlitePool, query: Query) -> Result<Option<Account<Value>>, BoxError> {
    let (sql, value) = match query {
        Query::Subject { id, .. } => {
            ("SELECT document FROM users WHERE json_extract(document, '$._id.$oid') = $1", id.to_string())
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
    let stored = match (user["salt"].as_str(), user["password"].as_str().unwrap_or_default()) {
        (Some(salt), digest) => StoredPassword::salted_sha256(salt, digest),
        (None, hash) => hash.into(), // since it was moved
    };
    user["_id"] = id.clone().into();
    user["id"] = id.clone().into();
    for member in ["createdAt", "updatedAt"] {
        user[member] = user[member]["$date"].take();
    }
    Ok(Some(Account::new(id, user.clone()).blocked(user["active"] == false).password_hash(stored)))
}

/// The salt goes with the old digest: it is part of the new hash.
async fn upgrade(db: SqlitePool, upgrade: PasswordUpgrade) -> Result<(), BoxError> {
    let sql = "UPDATE users SET document = json_set(document, '$.password', $1, '$.salt', NULL) \
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
    send(layer, login("/login", &json!({ "username": name, "password": password }))).await
}

#[tokio::test]
async fn old_users_log_in_with_what_they_have() {
    let layer = layer(&imported(USERS).await, builder());
    let reply = logged_in(&layer, "ada", "correct horse").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let (json, end) = (reply.json(), NOW + 388_800);
    assert_eq!((&json["tokenIssuedAt"], &json["tokenExpire"]), (&json!(NOW), &json!(end)));
    assert_eq!((&json["user"]["id"], &json["user"]["tel"]), (&json!(ADA), &json!("978-374-1216 x005")));
    let secrets = (json["user"].get("password"), json["user"].get("salt"));
    assert_eq!(secrets, (Some(&Value::Null), Some(&Value::Null)), "as its `toJSON` has them");
    assert_eq!(logged_in(&layer, "alan", "pass:wörd").await.status, 200);
    for (name, password, status) in [("ada", "x", 404), ("nobody", "x", 404), ("barred", "correct horse", 403)] {
        assert_eq!(logged_in(&layer, name, password).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn the_tokens_of_each_open_the_doors_of_the_other() {
    let secret = setting(ENV, "JWT_SECRET");
    let layer = layer(&imported(USERS).await, builder());
    for authorization in [TOKEN.to_owned(), format!("Bearer {TOKEN}")] {
        assert_eq!(send(&layer, me(&authorization)).await.body, ADA, "with a scheme and without");
    }
    let ours = logged_in(&layer, "ada", "correct horse").await.json()["token"].as_str().unwrap().to_owned();
    let (old, new) = (openssl::hs256(secret, TOKEN), openssl::hs256(secret, &ours));
    assert_eq!(new, json!({ "id": ADA, "username": "ada", "iat": NOW, "exp": NOW + 388_800 }));
    assert_eq!((&old["id"], &old["username"]), (&new["id"], &new["username"]));
    let reply = send(&layer, me("x")).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (401, json!({ "message": "Invalid token for request" })));
}

#[tokio::test]
async fn until_the_cut_over_nothing_is_written_and_from_then_on_each_login_moves_a_hash() {
    let db = imported(USERS).await;
    let before = column(&db, DOCUMENTS).await;
    logged_in(&layer(&db, builder()), "ada", "correct horse").await;
    assert_eq!(column(&db, DOCUMENTS).await, before, "the way back is open");

    let store = db.clone();
    let layer = layer(&db, builder().rehash_with(move |new| upgrade(store.clone(), new)));
    logged_in(&layer, "ada", "correct horse").await;
    until(&db, DOCUMENTS, |documents| documents[0].contains(r#""password":"$argon2id$"#)).await;
    let after = column(&db, DOCUMENTS).await;
    assert!(after[0].contains(r#""salt":null"#), "{}", after[0]);
    assert_eq!(after[1..], before[1..], "nobody else's");
    assert_eq!(logged_in(&layer, "ada", "correct horse").await.status, 200);
}
