//! The lookup verifies passwords itself, by asking a directory: no hash ever comes here.
//!
//! ```text
//! cargo run --example ldap_like
//! curl -i http://127.0.0.1:3000/login -d username=ada -d 'password=correct horse'
//! curl -i http://127.0.0.1:3000/login -d username=cn=ada,dc=example -d 'password=correct horse' # the same account
//! curl -i http://127.0.0.1:3000/me -H "Authorization: Bearer $TOKEN"
//! ```
//! `PORT` (3000) in the environment chooses the port.

use std::net::SocketAddr;

use axum::{Json, Router, routing::get};
use tower_auth::{Account, Algorithm, AuthLayer, BoxError, CurrentUser, Query, SigningKey, dialect::Login};

/// Stands in for a connection to a directory, such as one of the crate `ldap3`.
#[derive(Clone)]
struct Directory;

/// What a directory says of a bind.
enum Bind {
    Right(&'static str),
    Wrong(&'static str),
    Nobody,
}

impl Directory {
    async fn bind(&self, name: &str, password: &str) -> Result<Bind, BoxError> {
        // An empty password is an anonymous bind, and succeeds (RFC 4513 §5.1.2). This layer refuses it before it asks,
        // whichever contract has read it. And an error here is no guess: a wrong password must not be one.
        Ok(match name {
            "ada" | "cn=ada,dc=example" if password == "correct horse" => Bind::Right("ada"),
            "ada" | "cn=ada,dc=example" => Bind::Wrong("ada"),
            _ => Bind::Nobody,
        })
    }

    async fn has(&self, uid: &str) -> Result<bool, BoxError> {
        Ok(uid == "ada")
    }
}

async fn find(directory: Directory, query: Query) -> Result<Option<Account<String>>, BoxError> {
    Ok(match query {
        Query::Login { identifier, password, .. } => {
            match directory.bind(identifier.as_str(), password.expose()).await? {
                Bind::Right(uid) => Some(Account::new(uid, uid.to_owned()).password_verified()),
                // Whose it was: all spellings of a name share ten guesses.
                Bind::Wrong(uid) => Some(Account::new(uid, uid.to_owned()).password_wrong()),
                Bind::Nobody => None,
            }
        }
        // A token's user is looked up as well, so who left the directory is out at once.
        Query::Subject { id, .. } => match id.as_str() {
            Some(uid) if directory.has(uid).await? => Some(Account::new(uid, uid.to_owned())),
            _ => None,
        },
        _ => None,
    })
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let directory = Directory;
    let auth = AuthLayer::builder()
        .key(SigningKey::generate(Algorithm::Hs256)?)
        .without_contracts()
        .dialect(Login::new())
        // Each guess is counted before the directory hears of it.
        .lookup_verifies_passwords()
        .build(move |query: Query| find(directory.clone(), query))?;
    let app = Router::new().route("/me", get(async |user: CurrentUser<String>| Json(user))).layer(auth);

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
