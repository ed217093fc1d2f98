//! A layer for each tenant, chosen by the host: keys, users, sessions and locks of one are nothing to another.
//!
//! One layer with a key for each tenant would not do: two tenants may both have a user 1, and a subject is looked up
//! whichever key signed for it.
//!
//! ```text
//! cargo run --example multi_tenant
//! curl -i -H 'Host: red.example' http://127.0.0.1:3000/login -d username=ada -d 'password=correct horse'
//! curl -i -H 'Host: red.example' http://127.0.0.1:3000/me -H "Authorization: Bearer $TOKEN"  # 200
//! curl -i -H 'Host: blue.example' http://127.0.0.1:3000/me -H "Authorization: Bearer $TOKEN" # 401
//! ```
//! `PORT` (3000) in the environment chooses the port.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header::HOST},
    response::{IntoResponse, Response},
    routing::get,
};
use tower::ServiceExt;
use tower_auth::{
    Account, Algorithm, AuthLayer, BoxError, CurrentUser, Lookup, Query, SigningKey, StoredPassword, dialect::AuthToken,
};

/// The layer of one tenant. A real one has its key from a secret store, its users from a schema of its own, and where there are
/// many servers a `RedisStore` with a namespace of its own.
fn layer(tenant: &'static str, hash: String) -> Result<AuthLayer<impl Lookup<User = String>>, BoxError> {
    let auth = AuthLayer::builder()
        .key(SigningKey::generate(Algorithm::Hs256)?)
        .issuer(format!("https://{tenant}"))
        .realm(tenant)
        .without(AuthToken::NAME)
        .build(move |query: Query| {
            let ada = Account::new(1, format!("Ada of {tenant}")).password_hash(&*hash);
            let found = match query {
                Query::Login { identifier, .. } => identifier.as_str() == "ada",
                Query::Subject { id, .. } => id.parse() == Some(1),
                _ => false,
            };
            async move { Ok::<_, BoxError>(found.then_some(ada)) }
        })?;
    Ok(auth)
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let hash = StoredPassword::hash("correct horse")?;
    let mut tenants = HashMap::new();
    for tenant in ["red.example", "blue.example"] {
        let app = Router::new()
            .route("/me", get(async |user: CurrentUser<String>| format!("{}\n", *user)))
            .layer(layer(tenant, hash.clone())?);
        tenants.insert(tenant, app);
    }
    let tenants = Arc::new(tenants);
    let app = Router::new().fallback(move |request: Request| dispatch(Arc::clone(&tenants), request));

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

/// To the tenant that the host names, and to nobody where it names none.
async fn dispatch(tenants: Arc<HashMap<&'static str, Router>>, request: Request) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    match tenants.get(&*host) {
        Some(tenant) => tenant.clone().oneshot(request).await.into_response(),
        None => StatusCode::MISDIRECTED_REQUEST.into_response(),
    }
}
