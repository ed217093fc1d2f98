//! A gRPC service behind the layer, with the logins over HTTP, gRPC-Web and the health service on one port.
//!
//! ```text
//! cargo run --example tonic
//! curl -i http://127.0.0.1:3000/login -d username=ada -d 'password=correct horse'
//! cd examples/tonic/proto
//! grpcurl -plaintext -proto whoami.proto -H "authorization: Bearer $TOKEN" 127.0.0.1:3000 whoami.v1.Whoami/Get
//! grpcurl -plaintext -proto whoami.proto -H "authorization: Bearer $TOKEN" -d '{"count":3}' \
//!     127.0.0.1:3000 whoami.v1.Whoami/Watch
//! ```
//! Without `grpcurl`, an empty message by hand, in a body of five bytes:
//! ```text
//! printf '\0\0\0\0\0' | curl -si --output - --http2-prior-knowledge --data-binary @- -u 'ada:correct horse' \
//!     -H 'content-type: application/grpc' http://127.0.0.1:3000/whoami.v1.Whoami/Get
//! printf '\0\0\0\0\0' | curl -si --output - --http2-prior-knowledge --data-binary @- \
//!     -H 'content-type: application/grpc' http://127.0.0.1:3000/grpc.health.v1.Health/Check
//! ```
//! `PORT` (3000) in the environment chooses the port. Ctrl-C ends the watches and lets running calls finish.

use std::time::Duration;

use tokio::{net::TcpListener, sync::watch};
use tonic::transport::server::{Server, TcpConnectInfo, TcpIncoming};
use tonic_web::GrpcWebLayer;
use tower::util::MapRequestLayer;
use tower_auth::{
    Account, Algorithm, AuthLayer, BoxError, ClientAddr, Query, SigningKey, StoredPassword, dialect::Login,
};
use tower_auth_tonic::{Teller, whoami::whoami_server::WhoamiServer};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let hash = StoredPassword::hash("correct horse")?;
    let auth = AuthLayer::builder()
        .key(SigningKey::generate(Algorithm::Hs256)?)
        .without_contracts()
        .dialect(Login::new())
        .public("/grpc.health.v1.Health/{method}")
        .build(move |query: Query| {
            let ada = Account::new(1, "Ada").username("ada").password_hash(hash.as_str()).scopes(["ticks"]);
            async move {
                Ok::<_, BoxError>(match query {
                    Query::Login { identifier, .. } if identifier.as_str() == "ada" => Some(ada),
                    Query::Subject { id, .. } if id.parse() == Some(1) => Some(ada),
                    _ => None,
                })
            }
        })?;

    let (tick, ticks) = watch::channel(0);
    let ticking = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            tick.send_modify(|number| *number += 1);
        }
    });
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<WhoamiServer<Teller<&str>>>().await;

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Server::builder()
        .accept_http1(true) // for the logins, and for gRPC-Web
        .layer(MapRequestLayer::new(with_client_address)) // outside the layer, which counts logins by it
        .layer(auth)
        .layer(GrpcWebLayer::new()) // inside, since it answers whatever else comes over HTTP/1.1 with 400
        .add_service(health_service)
        .add_service(WhoamiServer::new(Teller::<&str>::new(ticks)))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), async move {
            let _ = tokio::signal::ctrl_c().await;
            ticking.abort();
        })
        .await?;
    Ok(())
}

/// Tonic knows the peer of the connection; the layer believes no header.
fn with_client_address<B>(mut request: http::Request<B>) -> http::Request<B> {
    let peer = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
    if let Some(peer) = peer {
        request.extensions_mut().insert(ClientAddr::from(peer));
    }
    request
}
