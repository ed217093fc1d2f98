//! WebSockets over real connections: a token among the subprotocols, and a ticket in the query.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    Router,
    extract::{OriginalUri, WebSocketUpgrade, ws::Message as Sent},
    http::Uri,
    routing::any,
};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, handshake::client::Response as Shaken},
};
use tower::Layer;
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Identity, Lookup, Query, SigningKey, dialect::AuthToken,
};

type User = String;

fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::generate(Algorithm::Hs256).unwrap())
        .without(AuthToken::NAME)
        .websocket_tokens()
        .tickets("/auth/ticket")
}

fn build(builder: AuthLayerBuilder) -> AuthLayer<impl Lookup<User = User>> {
    builder
        .lookup_verifies_passwords()
        .build(async |query: Query| {
            let name = match query {
                Query::Login { identifier, .. } => identifier.as_str().to_owned(),
                Query::Subject { id, .. } => id.to_string(),
                _ => return Ok(None),
            };
            Ok::<_, BoxError>(Some(Account::new(name.clone(), name).password_verified()))
        })
        .unwrap()
}

/// A layer that looks users up, and one that believes claims.
fn layers() -> [AuthLayer<impl Lookup<User = User>>; 2] {
    [builder(), builder().claims_only()].map(build)
}

/// Says who it is, and which URIs and headers it was shown; then echoes.
async fn chat(
    upgrade: WebSocketUpgrade,
    identity: Identity<User>,
    uri: Uri,
    OriginalUri(original): OriginalUri,
    headers: HeaderMap,
) -> axum::response::Response {
    let first = json!({
        "id": identity.id(),
        "scheme": identity.scheme().as_str(),
        "uri": uri.to_string(),
        "original": original.to_string(),
        "offered": headers.get("sec-websocket-protocol").map(|offered| offered.to_str().unwrap()),
    });
    upgrade.protocols(["chat.v1"]).on_upgrade(async move |mut socket| {
        socket.send(Sent::Text(first.to_string().into())).await.unwrap();
        while let Some(Ok(Sent::Text(text))) = socket.recv().await {
            socket.send(Sent::Text(text)).await.unwrap();
        }
    })
}

async fn serve<L: Lookup<User = User>>(layer: AuthLayer<L>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/ws", any(chat)).layer(layer);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

async fn fetch(address: SocketAddr, request: Request<Full<Bytes>>) -> (StatusCode, Value) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut client, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let response = client.send_request(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

async fn log_in(address: SocketAddr) -> String {
    let request = Request::post("/auth/local").header("host", address.to_string());
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let (status, body) = fetch(address, request.body("identifier=ada&password=any".into()).unwrap()).await;
    assert_eq!(status, StatusCode::OK);
    body["jwt"].as_str().unwrap().to_owned()
}

async fn ticket(address: SocketAddr, authorization: &str) -> String {
    let request = Request::post("/auth/ticket").header("host", address.to_string());
    let (status, body) =
        fetch(address, request.header("authorization", authorization).body(Full::default()).unwrap()).await;
    assert_eq!((status, &body["expires_in"]), (StatusCode::OK, &json!(10)));
    body["ticket"].as_str().unwrap().to_owned()
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What a browser's `new WebSocket(url, protocols)` does.
async fn open(address: SocketAddr, path: &str, protocols: &str) -> Result<(Socket, Shaken), StatusCode> {
    let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
    if !protocols.is_empty() {
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
    }
    connect_async(request).await.map_err(|error| match error {
        Error::Http(response) => response.status(),
        other => panic!("{other}"),
    })
}

async fn next(socket: &mut Socket) -> String {
    socket.next().await.unwrap().unwrap().into_text().unwrap().to_string()
}

async fn assert_echoes(socket: &mut Socket) {
    socket.send(Message::text("hello")).await.unwrap();
    assert_eq!(next(socket).await, "hello");
}

#[tokio::test]
async fn a_token_among_the_subprotocols() {
    for layer in layers() {
        let address = serve(layer).await;
        let token = log_in(address).await;
        let (mut socket, shaken) = open(address, "/ws", &format!("chat.v1, bearer, {token}")).await.unwrap();
        assert_eq!(shaken.headers()["sec-websocket-protocol"], "chat.v1");
        assert!(!format!("{:?}", shaken.headers()).contains(&token));
        let first: Value = serde_json::from_str(&next(&mut socket).await).unwrap();
        let expected = json!({"id": "ada", "scheme": "bearer", "uri": "/ws", "original": "/ws", "offered": "chat.v1"});
        assert_eq!(first, expected);
        assert_echoes(&mut socket).await;

        for protocols in ["", "chat.v1", "chat.v1, bearer", "chat.v1, bearer, a.b.c", &format!("chat.v1, {token}")] {
            assert_eq!(open(address, "/ws", protocols).await.unwrap_err(), StatusCode::UNAUTHORIZED, "{protocols}");
        }
    }
}

#[tokio::test]
async fn a_ticket_in_the_query() {
    for layer in layers() {
        let address = serve(layer).await;
        let token = log_in(address).await;
        // `ada:any`
        for (authorization, scheme) in [(format!("Bearer {token}"), "bearer"), ("Basic YWRhOmFueQ==".into(), "basic")] {
            let ticket = ticket(address, &authorization).await;
            let path = format!("/ws?room=1&ticket={ticket}");
            let (mut socket, _) = open(address, &path, "").await.unwrap();
            let first: Value = serde_json::from_str(&next(&mut socket).await).unwrap();
            let (uri, original) = ("/ws?room=1", "/ws?room=1");
            let expected = json!({"id": "ada", "scheme": scheme, "uri": uri, "original": original, "offered": null});
            assert_eq!(first, expected);
            assert_echoes(&mut socket).await;
            assert_eq!(open(address, &path, "").await.unwrap_err(), StatusCode::UNAUTHORIZED, "used up");
        }
        assert_eq!(open(address, "/ws?ticket=a.b.c", "").await.unwrap_err(), StatusCode::UNAUTHORIZED);
        assert_eq!(open(address, &format!("/ws?ticket={token}"), "").await.unwrap_err(), StatusCode::UNAUTHORIZED);
        let ticket = ticket(address, &format!("Bearer {token}")).await;
        let both = open(address, &format!("/ws?ticket={ticket}"), &format!("chat.v1, bearer, {token}")).await;
        assert_eq!(both.unwrap_err(), StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn one_of_twenty_connections_gets_in_by_a_ticket() {
    let [layer, _] = layers();
    let address = serve(layer).await;
    let ticket = ticket(address, &format!("Bearer {}", log_in(address).await)).await;
    let path = format!("/ws?ticket={ticket}");
    let opened = futures_util::future::join_all((0..20).map(|_| open(address, &path, ""))).await;
    assert_eq!(opened.iter().filter(|opened| opened.is_ok()).count(), 1);
    assert!(opened.into_iter().filter_map(Result::err).all(|status| status == StatusCode::UNAUTHORIZED));
}

/// What the inner service of the HTTP/2 server saw, in a header.
async fn seen(request: Request<hyper::body::Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let id = Identity::<User>::of(request.extensions()).map(|identity| identity.id().to_string());
    let seen = json!({
        "id": id,
        "uri": request.uri().path_and_query().map(ToString::to_string),
        "offered": request.headers().get("sec-websocket-protocol").map(|offered| offered.to_str().unwrap()),
    });
    Ok(Response::builder().header("seen", seen.to_string()).body(Empty::new()).unwrap())
}

#[tokio::test]
async fn http_2_opens_websockets_by_extended_connect() {
    for layer in layers() {
        let local = serve(layer.clone()).await;
        let token = log_in(local).await;
        let ticket = ticket(local, &format!("Bearer {token}")).await;

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = TowerToHyperService::new(layer.layer(tower::service_fn(seen)));
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut server = auto::Builder::new(TokioExecutor::new()).http2_only();
            server.http2().enable_connect_protocol();
            let _ = server.serve_connection(TokioIo::new(stream), service).await;
        });
        let stream = TcpStream::connect(address).await.unwrap();
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let mut client = client.ready().await.unwrap();
        // The server's settings allow it, once they are there.
        while !client.is_extended_connect_protocol_enabled() {
            tokio::task::yield_now().await;
        }
        let mut connect = async |path: &str, protocols: &str| {
            let request = Request::connect(format!("http://{address}{path}"))
                .header("sec-websocket-version", "13")
                .header("sec-websocket-protocol", protocols)
                .extension(h2::ext::Protocol::from_static("websocket"))
                .body(())
                .unwrap();
            let (response, _) = client.send_request(request, false).unwrap();
            let response = response.await.unwrap();
            let seen: Option<Value> =
                response.headers().get("seen").map(|seen| serde_json::from_slice(seen.as_bytes()).unwrap());
            (response.status(), seen.unwrap_or_default())
        };
        let (status, seen) = connect("/ws", &format!("chat.v1, bearer, {token}")).await;
        assert_eq!((status, seen), (StatusCode::OK, json!({"id": "ada", "uri": "/ws", "offered": "chat.v1"})));
        let by_ticket = format!("/ws?ticket={ticket}");
        let (status, seen) = connect(&by_ticket, "chat.v1").await;
        assert_eq!((status, seen), (StatusCode::OK, json!({"id": "ada", "uri": "/ws", "offered": "chat.v1"})));
        assert_eq!(connect(&by_ticket, "chat.v1").await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(connect("/ws", "chat.v1").await.0, StatusCode::UNAUTHORIZED);
    }
}
