//! What is told of requests that carry secrets and forgeries: every event, every span and every metric, searched.
#![cfg(all(feature = "tracing", feature = "metrics"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{collections::BTreeMap, panic::resume_unwind, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::json;
use support::{told::*, *};
use tower::{Layer, service_fn};
use tower_auth::{
    Account, AuthLayer, BoxError, ClientAddr, Lookup, Query, Subject,
    dialect::{Answer, Tokens},
};
use tracing::{Instrument, field::Empty};

/// A lookup in which nothing goes well: it quotes what it was asked, in lines and colours of the client's.
async fn quoting(query: Query) -> Result<Option<Account<User>>, BoxError> {
    match query {
        Query::Login { identifier, .. } if identifier.as_str().starts_with("panic") => {
            resume_unwind(Box::new(format!("{FORGED} for {}", identifier.as_str())))
        }
        Query::Login { identifier, .. } if identifier.as_str().starts_with("fail") => {
            Err(format!("{FORGED} for {}", identifier.as_str()).into())
        }
        query => find_in(users())(query).await,
    }
}

const FORGED: &str = "no\n INFO auth.granted contract=\"login\"\r\x1b[2J\x1b]0;owned\x07\u{9b}31m\u{202e}\0";

const SECRETS: [&str; 2] = ["battery/staple+4711 = ö", PASSWORD];

fn names() -> [String; 2] {
    ["mallory".into(), format!("mallory{FORGED}")]
}

#[tokio::test]
async fn s67_s68_logins_with_secrets_and_forgeries_leave_no_trace_of_them() {
    let (log, recorder) = (Log::start(), recorder());
    let auth = builder()
        .dialect(Tokens::new().logout())
        .accept_bare_tokens()
        .token_query("access_token")
        .user_id_in_spans()
        .build(quoting)
        .unwrap();
    let mut secrets: Vec<String> = SECRETS.map(str::to_owned).into();
    for password in SECRETS {
        for name in ["duane15".to_owned()].into_iter().chain(names()) {
            for (_, request, _) in logins(&name, password) {
                let reply = send(&auth, request).await;
                if reply.status < 300 {
                    secrets.push(granted_token(&reply));
                }
            }
            let user_pass = format!("{name}:{password}");
            secrets.push(user_pass.clone());
            send(&auth, authorized(request("GET", "/me"), &format!("Basic {}", STANDARD.encode(user_pass)))).await;
        }
    }
    assert_eq!(secrets.len(), 2 + 6 + 4, "passwords, pairs, and the tokens of four contracts");
    let good = refreshable_token(NOW);
    let forged = format!("{}x", good_token());
    for token in [good.clone(), forged, "eyJ.eyJ.c2lnbmF0dXJl".into(), good_token()] {
        for request in [
            bearer(&token),
            request("GET", &format!("/me?access_token={token}")),
            authorized(request("GET", "/me"), &token),
            authorized(request("GET", "/me"), &format!("Digest {token}")),
            request("PATCH", &format!("/tokens/{token}")),
            request("PATCH", &format!("/tokens/{token}/")),
            request("GET", &format!("/tokens/{token}")),
            request("DELETE", &format!("/tokens/{token}")),
        ] {
            let reply = send(&auth, request).await;
            if reply.status == 201 {
                secrets.push(granted_token(&reply));
            }
        }
        secrets.push(token.rsplit('.').next().unwrap().to_owned());
        secrets.push(token);
    }
    let text = log.take_all();
    for told in
        ["auth.login{contract=\"login\"", "auth.refresh{", "auth.logout{", "auth.exchange{", "auth.hash", "user.id=1"]
    {
        assert!(text.contains(told), "{told}:\n{text}");
    }
    assert_tells_none(&text, &secrets);
    assert_is_unforged(&text);
    assert!(!text.contains("mallory") && !text.contains("duane15"), "a name that a client typed:\n{text}");
    assert!(!text.contains("/tokens") && !text.contains("access_token"), "{text}");

    assert_tells_none(&recorder.render(), &secrets);
    let series: String = series(&recorder).into_keys().map(|series| series + "\n").collect();
    assert!(series.contains("tower_auth_logins_total{"), "{series}");
    for told in ["mallory", "duane15", "/tokens", "/me"] {
        assert!(!series.contains(told), "{told}:\n{series}");
    }
}

#[tokio::test]
async fn s68_errors_and_panics_of_the_application_cannot_begin_a_line() {
    let (log, _) = (Log::start(), recorder());
    let auth = builder().build(quoting).unwrap();
    for (name, password) in [("fail", "battery"), ("panic", "battery")] {
        for (_, request, _) in logins(name, password) {
            assert!(send(&auth, request).await.status >= 500);
        }
        assert_eq!(send(&auth, authorized(request("GET", "/me"), &basic(name, password))).await.status, 503);
    }
    let text = log.take();
    assert!(text.contains("auth.lookup_failed") || text.contains("the user lookup failed"), "{text}");
    assert!(text.contains("cause=\"panic\"") && text.contains("cause=\"error\""), "{text}");
    assert!(text.contains("contract=\\\"login\\\""), "the forgery is there, as a text:\n{text}");
    assert_tells_none(&text, &["battery".to_owned()]);
    assert_is_unforged(&text);
}

#[tokio::test]
async fn s67_what_clients_send_adds_no_series() {
    let (_, recorder) = (Log::start(), recorder());
    let auth = builder().optional("/maybe").build(find_in(users())).unwrap();
    let round = async |number: usize| {
        for (_, request, _) in logins(&format!("user{number}"), &format!("password{number}")) {
            send(&auth, request).await;
        }
        send(&auth, request("GET", &format!("/path{number}?query={number}"))).await;
        send(&auth, bearer(&format!("a.b.{number}"))).await;
        send(&auth, authorized(request("GET", "/me"), &format!("Scheme{number} x"))).await;
        send(&auth, request("PATCH", &format!("/tokens/a.b.{number}"))).await;
    };
    round(0).await;
    let before = series(&recorder);
    for number in 1..5 {
        round(number).await;
    }
    let after = series(&recorder);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert_ne!(after, before);
}

// What is told of whoever is let in.

/// Sends it inside a span of the application's, which has a field for the user's id.
async fn sent_in_a_span<L: Lookup<User = User>>(auth: &AuthLayer<L>, request: Request<Full<Bytes>>) -> u16 {
    let span = tracing::info_span!("application", user.id = Empty);
    send(auth, request).instrument(span).await.status
}

#[tokio::test]
async fn s67_user_ids_are_told_only_when_asked_for_and_only_of_those_let_in() {
    let (log, _) = (Log::start(), recorder());
    let requests = || {
        [
            (bearer(&good_token()), 200, true),
            (authorized(request("GET", "/me"), &basic("duane15", PASSWORD)), 200, true),
            (authorized(request("GET", "/me"), &basic("duane15", "x")), 401, false),
            (authorized(request("GET", "/me"), &basic("blocked", PASSWORD)), 401, false),
            (bearer(&format!("{}x", good_token())), 401, false),
            (request("GET", "/me"), 401, false),
            (request("GET", "/maybe"), 200, false),
            (post_json("/login", &json!({ "username": "duane15", "password": PASSWORD })), 200, true),
            (post_json("/login", &json!({ "username": "duane15", "password": "x" })), 404, false),
        ]
    };
    let quiet = builder().optional("/maybe").build(find_in(users())).unwrap();
    for (request, status, _) in requests() {
        assert_eq!(sent_in_a_span(&quiet, request).await, status);
        assert!(!log.take().contains("user.id="));
    }
    let (telling, claims_only) = (builder().optional("/maybe").user_id_in_spans(), builder().claims_only());
    let telling = telling.build(find_in(users())).unwrap();
    for (request, status, told) in requests() {
        let what = format!("{} {}", request.method(), request.uri());
        assert_eq!(sent_in_a_span(&telling, request).await, status);
        let text = log.take();
        assert_eq!(text.contains("user.id=1"), told, "{what}: {text}");
        assert_eq!(text.contains("user.id="), told, "{what}: {text}");
    }
    let claims_only = claims_only.user_id_in_spans().build(find_in(users())).unwrap();
    assert_eq!(sent_in_a_span(&claims_only, bearer(&good_token())).await, 200);
    assert!(log.take().contains("application{user.id=1}"));
}

#[tokio::test]
async fn s68_an_id_cannot_begin_a_line() {
    let (log, _) = (Log::start(), recorder());
    let find =
        async |_: Query| Ok::<_, BoxError>(Some(Account::new(Subject::from(FORGED), json!({})).password_verified()));
    let auth = builder().user_id_in_spans().lookup_verifies_passwords().build(find).unwrap();
    assert_eq!(sent_in_a_span(&auth, authorized(request("GET", "/me"), &basic("a", "b"))).await, 200);
    assert_eq!(send(&auth, post_json("/login", &json!({ "username": "a", "password": "b" }))).await.status, 200);
    let text = log.take();
    assert!(text.contains("user.id=no\\n INFO"), "{text}");
    assert_is_unforged(&text);
}

#[tokio::test]
async fn public_requests_and_preflights_tell_nothing() {
    let (log, recorder) = (Log::start(), recorder());
    let auth = builder().public("/public").allow_preflight().build(find_in(users())).unwrap();
    let (_, before) = (log.take(), series(&recorder));
    let preflight = Request::builder().method("OPTIONS").uri("/me").header("origin", "https://example.com");
    let preflight = preflight.header("access-control-request-method", "GET").body(Full::default()).unwrap();
    for request in [request("GET", "/public"), authorized(request("GET", "/public"), "Bearer x"), preflight] {
        assert_eq!(send(&auth, request).await.status, 200);
    }
    assert_eq!(log.take(), "");
    assert_eq!(series(&recorder), before);
    assert_eq!(send(&auth, request("GET", "/me")).await.status, 401);
    assert!(log.take().contains("a request was refused"));
    assert_ne!(series(&recorder), before);
}

#[tokio::test]
async fn a_span_is_entered_only_while_its_future_is_polled() {
    let (log, _) = (Log::start(), recorder());
    let (asked, answer) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let waiting = (Arc::clone(&asked), Arc::clone(&answer));
    let auth = builder()
        .build(move |query| {
            let (asked, answer) = waiting.clone();
            async move {
                tracing::info!("asking");
                asked.notify_one();
                answer.notified().await;
                tracing::info!("answering");
                find_in(users())(query).await
            }
        })
        .unwrap();
    let beside = async {
        asked.notified().await;
        tracing::info!("beside");
        answer.notify_one();
    };
    let login = send(&auth, post_json("/login", &json!({ "username": "duane15", "password": PASSWORD })));
    let (reply, ()) = tokio::join!(login, beside);
    assert_eq!(reply.status, 200);
    let text = log.take();
    let line = |what: &str| text.lines().find(|line| line.ends_with(what)).unwrap_or_else(|| panic!("{text}"));
    for within in ["asking", "answering"] {
        assert!(line(within).contains("auth.login{contract=\"login\"}:auth.lookup{query=\"login\"}"), "{text}");
    }
    assert!(!line("beside").contains("auth."), "{text}");
    let service = auth.layer(service_fn(async |_: Request<Full<Bytes>>| {
        tracing::info!("inside");
        Ok::<_, BoxError>(Response::new(Full::<Bytes>::default()))
    }));
    answer.notify_one();
    assert_eq!(read(service, bearer(&good_token())).await.status, 200);
    let text = log.take();
    let inside = text.lines().find(|line| line.ends_with("inside")).unwrap();
    assert!(!inside.contains("auth."), "the inner service runs in no span of the layer's:\n{text}");
}

#[tokio::test]
async fn that_clients_have_no_addresses_is_told_once() {
    let log = Log::start();
    let login = |address: Option<[u8; 4]>| {
        let body = json!({ "login": "duane15", "password": "wrong" });
        let mut request = post_json("/tokens", &body);
        if let Some(address) = address {
            request.extensions_mut().insert(ClientAddr::from(std::net::IpAddr::from(address)));
        }
        request
    };
    let told = || log.take().lines().filter(|line| line.contains("come without the client's address")).count();
    let layer = builder().build(find_in(users())).unwrap();
    send(&layer, login(Some([192, 0, 2, 1]))).await;
    assert_eq!(told(), 0);
    send(&layer, login(None)).await;
    send(&layer, login(None)).await;
    assert_eq!(told(), 1);
    let unlimited = builder().without_failure_limit().build(find_in(users())).unwrap();
    send(&unlimited, login(None)).await;
    assert_eq!(told(), 0);
}

#[tokio::test]
async fn an_answer_of_a_contract_that_does_not_serialize_is_told_of() {
    let log = Log::start();
    let answer = Answer::json(StatusCode::OK, &BTreeMap::from([([1], "no name of a member")]));
    assert!(format!("{answer:?}").contains("status: 500"), "{answer:?}");
    let text = log.take();
    assert!(text.contains("ERROR") && text.contains("a contract's answer does not serialize"), "{text}");
}

/// What is told of a layer through which these requests go.
#[cfg(feature = "axum")]
async fn misplacements(app: axum::Router, paths: &[&str]) -> Vec<String> {
    let log = Log::start();
    for path in paths {
        let request = Request::post(*path).body(axum::body::Body::empty()).unwrap();
        tower::ServiceExt::oneshot(app.clone(), request).await.unwrap();
    }
    log.take().lines().filter(|line| line.contains("cannot be reached")).map(str::to_owned).collect()
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn a_layer_inside_a_nested_router_is_told_of_once_unless_its_logins_are_mounted_elsewhere() {
    use axum::{Router, routing::post};
    let guarded = || Router::new().route("/me", post(async || ()));
    let auth = layer();
    let told = misplacements(Router::new().nest("/api", guarded().layer(auth.clone())), &["/api/me", "/api/me"]).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("add it to the outermost router, after every route"), "{}", told[0]);

    assert!(misplacements(guarded().layer(layer()), &["/me", "/nowhere"]).await.is_empty());
    let mounted = layer();
    let app = Router::new().route_service("/login", mounted.endpoints()).nest("/api", guarded().layer(mounted));
    assert!(misplacements(app, &["/api/me", "/login"]).await.is_empty());

    // Inside, a router may have cut the path off that this layer sees whole.
    let auth = builder().build(find_in(users())).unwrap();
    let staff = guarded().route_layer(auth.require(tower_auth::Requirement::role("admin")));
    let outermost = Router::new().nest("/staff", staff).layer(auth);
    let request = authorized(request("POST", "/staff/me"), &format!("Bearer {}", good_token()));
    let log = Log::start();
    let response = tower::ServiceExt::oneshot(outermost, request.map(axum::body::Body::new)).await.unwrap();
    let told = log.take();
    assert_eq!(response.status(), 403);
    assert!(!told.contains("cannot be reached"), "{told}");

    let cut = Router::new().nest_service("/auth", layer().endpoints());
    assert!(misplacements(cut.clone(), &["/auth/nothing"]).await.is_empty());
    let told = misplacements(cut, &["/auth/local", "/auth/local"]).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("mount AuthLayer::endpoints with Router::route_service at the whole path"), "{told:?}");
}
