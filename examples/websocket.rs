//! A WebSocket that browsers open with a ticket, and programs with their token.
//!
//! ```text
//! cargo run --example websocket
//! curl -i -X POST http://127.0.0.1:3000/auth/ticket -u 'ada:correct horse'
//! curl -i -N "http://127.0.0.1:3000/ws?ticket=$TICKET" -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
//!     -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' # 101; a second time 401
//! ```
//! In a browser: `new WebSocket("ws://127.0.0.1:3000/ws?ticket=" + ticket)`. `PORT` (3000) in the environment chooses the port.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::ws::{WebSocket, WebSocketUpgrade},
    response::Response,
    routing::get,
};
use tower_auth::{
    Account, Algorithm, AuthLayer, BoxError, CurrentUser, Query, SigningKey, StoredPassword, dialect::AuthToken,
};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let hash = StoredPassword::hash("correct horse")?;
    let auth = AuthLayer::builder()
        .key(SigningKey::generate(Algorithm::Hs256)?)
        .without(AuthToken::NAME)
        .tickets("/auth/ticket") // good once, for ten seconds: what is in a URL is in logs
        .build(move |query: Query| {
            let ada = Account::new(1, "Ada").password_hash(hash.as_str());
            let found = match query {
                Query::Login { identifier, .. } => identifier.as_str() == "ada",
                Query::Subject { id, .. } => id.parse() == Some(1),
                _ => false,
            };
            async move { Ok::<_, BoxError>(found.then_some(ada)) }
        })?;
    let app = Router::new().route("/ws", get(open)).layer(auth);

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

/// Judged once, when it opens: what must end with the token has to watch its `exp` itself.
async fn open(user: CurrentUser<&'static str>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |socket| drop(greet(socket, &user).await))
}

async fn greet(mut socket: WebSocket, name: &str) -> Result<(), axum::Error> {
    socket.send(format!("hello, {name}").into()).await?;
    while let Some(message) = socket.recv().await {
        socket.send(message?).await?;
    }
    Ok(())
}
