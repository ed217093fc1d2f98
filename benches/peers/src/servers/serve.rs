//! What each case serves, on a port that it prints, with the path to ask for and the field to send.

use std::{convert::Infallible, time::Duration};

use ::tower_auth::{AuthLayer, Lookup};
use axum::{Router, body::Body, middleware::from_fn_with_state, routing::get, serve::ListenerExt};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tower::{BoxError, Layer, Service, ServiceExt, service_fn};
use tower_http::auth::AsyncRequireAuthorizationLayer;

use crate::{
    credentials::{BASIC, PASSWORD},
    door::{Asking, Sent},
    peers::{self, Judge, axum_jwt_auth, axum_login, from_fn, good, tower_auth, tower_jwt, tower_oauth2, unauthorized},
};

pub fn serve(case: &str) {
    // The one back end of jsonwebtoken 11 in this process: its users' default.
    let name = if case.contains("oauth2") { "tower-oauth2-resource-server" } else { "inner service alone" };
    peers::find(name).provider.install_default().unwrap();
    // Those of peers that build themselves in a runtime of their own do so before this one.
    let oauth2 = case.contains("oauth2").then(|| tower_oauth2::layer(Asking::Hs256));
    peers::runtime().block_on(async {
        match oauth2 {
            Some(layer) => hyper(layer.layer(service_fn(hello)), &tower_oauth2::sent(Asking::Hs256)).await,
            None if case.starts_with("axum") => serve_axum(case).await,
            None => serve_hyper(case).await,
        }
    });
}

async fn serve_hyper(case: &str) {
    let inner = service_fn(hello);
    let asking = if case.contains("RS256") { Asking::Rs256 } else { Asking::Hs256 };
    let bearer = good(asking);
    match case {
        "hyper" => hyper(inner, &Sent::without_credentials("/me")).await,
        "hyper, tower-jwt, HS256" => hyper(tower_jwt::layer(asking).layer(inner), &bearer).await,
        _ if case.contains("by hand") => {
            let judge = Judge::new(asking);
            let layer = AsyncRequireAuthorizationLayer::new(move |mut request: Request<Incoming>| {
                let judge = judge.clone();
                async move {
                    let claims = judge.judge(request.headers()).ok_or_else(unauthorized::<Full<Bytes>>)?;
                    request.extensions_mut().insert(claims);
                    Ok::<_, Response<Full<Bytes>>>(request)
                }
            });
            hyper(layer.layer(inner), &bearer).await;
        }
        "hyper, tower-auth, public route" => {
            hyper(ours(case).layer(inner), &Sent::without_credentials("/public")).await;
        }
        "hyper, tower-auth, Basic known again" => {
            let builder = tower_auth::builder().basic_cache(100, Duration::from_secs(3600)).without_failure_limit();
            let builder = builder.verify_passwords_with(|_, password| Some(password == PASSWORD));
            let layer = builder.build(tower_auth::find()).unwrap();
            hyper(layer.layer(inner), &Sent::authorization(&[BASIC])).await;
        }
        _ => hyper(ours(case).layer(inner), &bearer).await,
    }
}

async fn serve_axum(case: &str) {
    let router = Router::new().route("/me", get("hello\n")).route("/login", get("hello\n"));
    let bearer = good(Asking::Hs256);
    match case {
        "axum" => axum(router, &Sent::without_credentials("/me")).await,
        "axum, `from_fn` by hand, HS256" => {
            axum(router.layer(from_fn_with_state(Judge::new(Asking::Hs256), from_fn::guard)), &bearer).await;
        }
        "axum, axum-jwt-auth, HS256" => axum(axum_jwt_auth::router(), &bearer).await,
        "axum, axum-login, session in memory" => {
            let router = axum_login::router();
            let login = Request::get("/login").body(Body::default()).unwrap();
            let sent = axum_login::sent(&router.clone().oneshot(login).await.unwrap());
            axum(router, &sent).await;
        }
        _ => axum(router.layer(ours(case)), &bearer).await,
    }
}

fn ours(case: &str) -> AuthLayer<impl Lookup + use<>> {
    let builder = tower_auth::builder().claims_only();
    let builder = if case.contains("verified") { builder.without_token_cache() } else { builder };
    builder.build(tower_auth::find()).unwrap()
}

async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from("hello\n")))
}

async fn listener(sent: &Sent) -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let field = sent.fields.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
    println!("{}\n{}\n{}", listener.local_addr().unwrap(), sent.path, field.collect::<String>());
    listener
}

async fn axum(router: Router, sent: &Sent) {
    let listener = listener(sent).await.tap_io(|stream| stream.set_nodelay(true).unwrap());
    axum::serve(listener, router).await.unwrap();
}

async fn hyper<S, B>(service: S, sent: &Sent)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Error: Into<BoxError>, Data: Send> + Send + 'static,
{
    let listener = listener(sent).await;
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            // A client that hangs up is no failure.
            auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await.ok();
        });
    }
}
