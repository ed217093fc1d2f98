//! The layer over plain hyper: HTTP/1.1 and h2c on one port, no framework.
//!
//! ```text
//! cargo run --example hyper
//! curl -i http://127.0.0.1:3000/login -d username=ada -d 'password=correct horse'
//! curl -i http://127.0.0.1:3000/ -H "Authorization: Bearer $TOKEN"
//! curl -i --http2-prior-knowledge http://127.0.0.1:3000/ -u 'ada:correct horse'
//! ```
//! `PORT` (3000) in the environment chooses the port. Ctrl-C lets running logins finish, for half a minute at most.

use std::{convert::Infallible, pin::pin, time::Duration};

use http_body_util::Full;
use hyper::{Request, Response, body::Bytes};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tower::{Layer, ServiceExt, service_fn};
use tower_auth::{
    Account, Algorithm, AuthLayer, BoxError, ClientAddr, Identity, Query, SigningKey, StoredPassword, dialect::Login,
};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let hash = StoredPassword::hash("correct horse")?;
    let auth = AuthLayer::builder()
        .key(SigningKey::generate(Algorithm::Hs256)?)
        .without_contracts()
        .dialect(Login::new())
        .build(move |query: Query| {
            let found = match query {
                Query::Login { identifier, .. } => identifier.as_str() == "ada",
                Query::Subject { id, .. } => id.as_str() == Some("ada"),
                _ => false,
            };
            let account = found.then(|| Account::new("ada", "Ada").password_hash(hash.as_str()));
            async move { Ok::<_, BoxError>(account) }
        })?;
    let service = auth.layer(service_fn(hello));

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let mut server = Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new());
    let running = GracefulShutdown::new();
    let mut ctrl_c = pin!(tokio::signal::ctrl_c());
    loop {
        let accepted = tokio::select! {
            biased;
            _ = &mut ctrl_c => break,
            accepted = listener.accept() => accepted,
        };
        // A client that is gone already, or too many open files: neither ends the server.
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Logins are counted by this address, and by no header.
        let service = service.clone().map_request(move |mut request: Request<_>| {
            request.extensions_mut().insert(ClientAddr::from(peer));
            request
        });
        let connection = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        tokio::spawn(running.watch(connection.into_owned()));
    }
    drop(listener); // from here on nobody else gets in
    tokio::time::timeout(Duration::from_secs(30), running.shutdown()).await.ok();
    Ok(())
}

/// Behind the layer: there is an identity, always.
async fn hello<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    let name = Identity::<&str>::of(request.extensions()).and_then(|identity| identity.user().copied());
    Ok(Response::new(Full::from(format!("hello, {}\n", name.unwrap_or("nobody")))))
}
