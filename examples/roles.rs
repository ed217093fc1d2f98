//! Routes that ask for a role, and a handler that asks for a scope.
//!
//! ```text
//! cargo run --example roles
//! curl -i http://127.0.0.1:3000/admin/users -u 'ada:correct horse'        # 200: an admin
//! curl -i http://127.0.0.1:3000/admin/users -u 'alan:correct horse'       # 403
//! curl -i -X DELETE http://127.0.0.1:3000/posts/7 -u 'alan:correct horse' # 204: may delete posts
//! curl -i -X DELETE http://127.0.0.1:3000/posts/7 -u 'ada:correct horse'  # 403
//! ```
//! `PORT` (3000) in the environment chooses the port.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    routing::{delete, get},
};
use tower_auth::{
    Account, Algorithm, AuthLayer, BoxError, Identity, Query, Rejection, Requirement, SigningKey, StoredPassword,
    dialect::AuthToken,
};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let hash = StoredPassword::hash("correct horse")?;
    let auth = AuthLayer::builder().key(SigningKey::generate(Algorithm::Hs256)?).without(AuthToken::NAME).build(
        move |query: Query| {
            let account = find(&query).map(|account| account.password_hash(hash.as_str()));
            async move { Ok::<_, BoxError>(account) }
        },
    )?;

    let admin = Router::new()
        .route("/users", get(async || "ada\nalan\n"))
        .layer(auth.require(Requirement::role("admin").or(Requirement::role("auditor")))); // of everything under /admin
    // Outermost: this layer says who asks, and what is inside says what they may do.
    let app = Router::new().nest("/admin", admin).route("/posts/{id}", delete(remove)).layer(auth);

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

/// What a user may do comes with the account, and a token can only narrow it.
fn find(query: &Query) -> Option<Account<&'static str>> {
    let ada = || Account::new(1, "Ada").username("ada").roles(["admin"]);
    let alan = || Account::new(2, "Alan").username("alan").scopes(["posts:delete"]);
    match query {
        Query::Login { identifier, .. } if identifier.as_str() == "ada" => Some(ada()),
        Query::Login { identifier, .. } if identifier.as_str() == "alan" => Some(alan()),
        Query::Subject { id, .. } if id.parse() == Some(1) => Some(ada()),
        Query::Subject { id, .. } if id.parse() == Some(2) => Some(alan()),
        _ => None,
    }
}

async fn remove(identity: Identity<&'static str>, Path(_id): Path<u64>) -> Result<StatusCode, Rejection> {
    Requirement::scope("posts:delete").check(&identity)?;
    Ok(StatusCode::NO_CONTENT)
}
