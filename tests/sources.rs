//! Where tokens come from: each source off until it is named, one credential over all of them, and nothing of a token left
//! where the inner service could log it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::Full;
use serde_json::json;
use support::*;
use tower::{Layer, service_fn};
use tower_auth::{
    Account, AuthLayer, AuthLayerBuilder, BoxError, Identity, Lookup, Query, Rejection, RejectionKind, TokenCookie,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};

/// What reached the inner service.
#[derive(Clone, Debug)]
struct Seen {
    uri: Uri,
    headers: HeaderMap,
    id: Option<String>,
}

/// Sends a request through the layer; the inner service leaves what it saw in the response's extensions.
async fn look<L: Lookup<User = User>>(layer: &AuthLayer<L>, request: Request<Full<Bytes>>) -> Reply {
    let service = layer.layer(service_fn(async |request: Request<Full<Bytes>>| {
        let id = Identity::<User>::of(request.extensions()).map(|identity| identity.id().to_string());
        let mut response = Response::new(Full::new(Bytes::from("inner")));
        if let Some(value) = request.headers().get("x-answer-cache-control") {
            response.headers_mut().insert("cache-control", value.clone());
        }
        if request.headers().contains_key("x-answer-404") {
            *response.status_mut() = http::StatusCode::NOT_FOUND;
        }
        let (parts, _) = request.into_parts();
        response.extensions_mut().insert(Seen { uri: parts.uri, headers: parts.headers, id });
        Ok::<_, BoxError>(response)
    }));
    read(service, request).await
}

fn seen(reply: &Reply) -> &Seen {
    reply.extensions.get().unwrap_or_else(|| panic!("it did not reach the inner service: {reply:?}"))
}

#[track_caller]
fn kind(reply: &Reply) -> RejectionKind {
    reply.extensions.get::<Rejection>().unwrap_or_else(|| panic!("it was not refused: {reply:?}")).kind()
}

fn with(mut request: Request<Full<Bytes>>, name: &'static str, value: &str) -> Request<Full<Bytes>> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

fn upgrade(path: &str) -> Request<Full<Bytes>> {
    let request = with(request("GET", path), "connection", "Upgrade");
    with(with(request, "upgrade", "websocket"), "host", "api.example")
}

/// The sources by name: what switches each on, and what puts a token there.
type Put = fn(Request<Full<Bytes>>, &str) -> Request<Full<Bytes>>;
type On = fn(AuthLayerBuilder) -> AuthLayerBuilder;

const SOURCES: [(&str, On, Put); 7] = [
    ("bearer", |builder| builder, |request, token| with(request, "authorization", &format!("Bearer {token}"))),
    ("bare", AuthLayerBuilder::accept_bare_tokens, |request, token| with(request, "authorization", token)),
    (
        "header",
        |builder| builder.token_header("X-Access-Token"),
        |request, token| with(request, "x-access-token", token),
    ),
    ("query", |builder| builder.token_query("access_token"), |request, token| in_query(request, "access_token", token)),
    ("another query", |builder| builder.token_query("token"), |request, token| in_query(request, "token", token)),
    (
        "cookie",
        |builder| builder.token_cookie(TokenCookie::new("token")).trusted_origin("https://app.example"),
        |request, token| with(with(request, "cookie", &format!("a=b; token={token}")), "origin", "https://app.example"),
    ),
    ("websocket", AuthLayerBuilder::websocket_tokens, |request, token| {
        with(request, "sec-websocket-protocol", &format!("chat.v1, bearer, {token}"))
    }),
];

fn in_query(mut request: Request<Full<Bytes>>, name: &str, value: &str) -> Request<Full<Bytes>> {
    let uri = request.uri().to_string();
    let mark = if uri.contains('?') { '&' } else { '?' };
    *request.uri_mut() = format!("{uri}{mark}{name}={value}").parse().unwrap();
    request
}

fn all() -> AuthLayerBuilder {
    SOURCES.into_iter().fold(builder(), |builder, (_, on, _)| on(builder))
}

#[tokio::test]
async fn s23_each_source_counts_when_it_is_named_and_only_then() {
    for claims_only in [false, true] {
        let set = |builder: AuthLayerBuilder| if claims_only { builder.claims_only() } else { builder };
        for (source, on, put) in SOURCES {
            let request = || put(upgrade("/me?a=1"), &good_token());
            let layer = set(on(builder())).build(find_in(users())).unwrap();
            let reply = look(&layer, request()).await;
            assert_eq!(seen(&reply).id.as_deref(), Some("1"), "{source}");
            let bad = look(&layer, put(upgrade("/me"), &format!("{}x", good_token()))).await;
            assert_eq!(kind(&bad), RejectionKind::InvalidSignature, "{source}");

            // With every other source on, and this one off.
            let others = SOURCES.into_iter().filter(|(other, _, _)| *other != source);
            let layer = set(others.fold(builder(), |builder, (_, on, _)| on(builder))).build(find_in(users())).unwrap();
            let reply = look(&layer, request()).await;
            match source {
                "bearer" => assert_eq!(reply.status, 200),
                "bare" => assert_eq!(kind(&reply), RejectionKind::UnsupportedScheme),
                _ => assert_eq!(kind(&reply), RejectionKind::MissingCredentials, "{source}"),
            }
        }
    }
}

#[tokio::test]
async fn s20_of_two_credentials_none_counts_whatever_they_are() {
    let (one, another) = (good_token(), refreshable_token(NOW));
    let layer = all().optional("/open").build(find_in(users())).unwrap();
    for (first, _, put_first) in SOURCES {
        for (second, _, put_second) in SOURCES {
            for path in ["/me", "/open"] {
                for (a, b) in [(&one, &one), (&one, &another), (&one, &String::new()), (&String::new(), &one)] {
                    let reply = look(&layer, put_second(put_first(upgrade(path), a), b)).await;
                    let case = format!("{first} and {second} at {path}");
                    assert_eq!(kind(&reply), RejectionKind::SeveralCredentials, "{case}");
                    assert_eq!(reply.status, 400, "{case}");
                    let challenge = Some(r#"Bearer realm="api", error="invalid_request""#);
                    assert_eq!(reply.header("www-authenticate"), challenge, "{case}");
                }
            }
        }
        // Basic is a credential like the others.
        let reply = look(&layer, authorized(put_first(upgrade("/me"), &one), &basic("duane15", PASSWORD))).await;
        assert_eq!(kind(&reply), RejectionKind::SeveralCredentials, "{first} and basic");
    }
}

#[tokio::test]
async fn what_is_not_a_token_is_refused_where_it_stands() {
    let layer = all().optional("/open").build(find_in(users())).unwrap();
    for (source, _, put) in SOURCES {
        for wrong in ["", "a b", "\"", "a,b", "Bearer%20a.b.c", "%ff", "%00"] {
            // The list of subprotocols has its own commas, and a cookie its quotes.
            if source == "websocket" && wrong == "a,b" {
                continue;
            }
            let wrong = if source.contains("query") { wrong.replace([' ', '"'], "%20") } else { wrong.to_owned() };
            for path in ["/me", "/open"] {
                let reply = look(&layer, put(upgrade(path), &wrong)).await;
                assert_eq!(reply.status, 401, "{source} {wrong:?}");
                assert!(
                    matches!(kind(&reply), RejectionKind::MalformedToken | RejectionKind::UnsupportedScheme),
                    "{source} {wrong:?}: {reply:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_subprotocol_is_a_source_of_upgrades_only() {
    let layer = builder().websocket_tokens().build(find_in(users())).unwrap();
    let offer = format!("chat.v1, bearer, {}", good_token());
    let plain = look(&layer, with(request("GET", "/ws"), "sec-websocket-protocol", &offer)).await;
    assert_eq!(kind(&plain), RejectionKind::MissingCredentials);
    let reply = look(&layer, with(upgrade("/ws"), "sec-websocket-protocol", &offer)).await;
    assert_eq!(seen(&reply).headers["sec-websocket-protocol"], "chat.v1");
    let only = look(&layer, with(upgrade("/ws"), "sec-websocket-protocol", &format!("bearer,{}", good_token()))).await;
    assert!(!seen(&only).headers.contains_key("sec-websocket-protocol"));

    let mut extended = with(request("CONNECT", "https://api.example/ws"), "sec-websocket-version", "13");
    *extended.version_mut() = http::Version::HTTP_2;
    let reply = look(&layer, with(extended, "sec-websocket-protocol", &offer)).await;
    assert_eq!(
        (seen(&reply).id.as_deref(), &seen(&reply).headers["sec-websocket-protocol"]),
        (Some("1"), &"chat.v1".parse().unwrap())
    );
}

#[tokio::test]
async fn what_is_no_source_stays_as_it_was() {
    let queries = builder().token_query("access_token").build(find_in(users())).unwrap();
    let protocols = builder().websocket_tokens().build(find_in(users())).unwrap();
    for (layer, request) in [(queries, upgrade("/ws")), (protocols, request("GET", "/ws"))] {
        let request = with(request, "authorization", &format!("Bearer {}", good_token()));
        let request = with(with(request, "sec-websocket-protocol", "chat.v1, bearer, a.b.c"), "cookie", "a=b");
        let headers = seen(&look(&layer, request).await).headers.clone();
        assert_eq!(headers["sec-websocket-protocol"], "chat.v1, bearer, a.b.c");
        assert!(headers["authorization"].is_sensitive() && !headers["cookie"].is_sensitive());
    }
}

#[tokio::test]
async fn s67_the_inner_service_never_sees_a_token_of_the_query() {
    let token = good_token();
    let encoded = percent_encoding::utf8_percent_encode(&token, percent_encoding::NON_ALPHANUMERIC).to_string();
    for claims_only in [false, true] {
        let builder = builder().token_query("access_token").optional("/open");
        let builder = if claims_only { builder.claims_only() } else { builder };
        let layer = builder.build(find_in(users())).unwrap();
        let cases = [
            (format!("/a?access_token={token}"), "/a"),
            (format!("/a?b=1&access_token={token}&c=%41+&&d"), "/a?b=1&c=%41+&&d"),
            (format!("/a?b&acce%73s_token={encoded}"), "/a?b"),
            (format!("http://api.example:1/a?access_token={token}"), "http://api.example:1/a"),
            (format!("http://api.example?access_token={token}"), "http://api.example/"),
        ];
        for (uri, left) in cases {
            let reply = look(&layer, request("GET", &uri)).await;
            assert_eq!((seen(&reply).uri.to_string().as_str(), reply.status), (left, 200));
            assert_eq!(reply.header("cache-control"), Some("private"), "{uri}");
        }
        // Neither by another credential nor by none.
        let untouched = look(&layer, bearer(&token)).await;
        assert_eq!((seen(&untouched).uri.path(), untouched.header("cache-control")), ("/me", None));
    }
}

/// Under `Router::layer` axum notes the URI first.
#[cfg(feature = "axum")]
#[tokio::test]
async fn s67_nor_does_axum_keep_it() {
    use axum::extract::OriginalUri;

    let layer = builder().token_query("token").build(find_in(users())).unwrap();
    let mut asked = request("GET", &format!("/b?a&token={}", good_token()));
    asked.extensions_mut().insert(OriginalUri(format!("/nested/b?a&token={}", good_token()).parse().unwrap()));
    let service = layer.layer(service_fn(async |request: Request<Full<Bytes>>| {
        let original = request.extensions().get::<OriginalUri>().unwrap().0.to_string();
        Ok::<_, BoxError>(Response::new(Full::new(Bytes::from(original))))
    }));
    assert_eq!(read(service, asked).await.text(), "/nested/b?a");
}

#[tokio::test]
async fn an_answer_to_a_query_token_is_private_unless_the_inner_service_says_otherwise() {
    let layer = builder().token_query("token").build(find_in(users())).unwrap();
    let asked = || request("GET", &format!("/a?token={}", good_token()));
    let own = look(&layer, with(asked(), "x-answer-cache-control", "no-store")).await;
    assert_eq!(own.header("cache-control"), Some("no-store"));
    // A shared cache keeps a 404 unasked, RFC 9110 §15.1.
    let failed = look(&layer, with(asked(), "x-answer-404", "")).await;
    assert_eq!((failed.status, failed.header("cache-control")), (404, Some("private")));
}

#[tokio::test]
async fn s67_no_refusal_repeats_a_token_of_the_query() {
    let dialects = [None, Some(AuthLocal::NAME), Some(Login::NAME), Some(AuthToken::NAME), Some(Tokens::NAME)];
    for dialect in dialects {
        let builder = builder().token_query("token").tickets("/auth/ticket");
        let builder = dialect.into_iter().fold(builder, AuthLayerBuilder::refuse_like);
        let layer = builder.build(async |_: Query| Err::<Option<Account<User>>, BoxError>("down".into())).unwrap();
        for query in ["token=secret.secret.secret", "%74oken=secret", "token=secret&token=secret", "ticket=secret"] {
            let reply = look(&layer, upgrade(&format!("/a?{query}"))).await;
            assert!(!format!("{reply:?}").contains("secret"), "{dialect:?} {query}: {reply:?}");
        }
        let reply = look(&layer, request("GET", &format!("/a?token={}", good_token()))).await;
        assert!(!format!("{reply:?}").contains(&good_token()), "{dialect:?}");
        assert_eq!(kind(&reply), RejectionKind::Unavailable);
    }
}

#[tokio::test]
async fn a_public_route_is_left_as_it_is() {
    let layer = all().public("/open").build(find_in(users())).unwrap();
    for (source, _, put) in SOURCES {
        let sent = put(put(upgrade("/open?a"), "anything"), "else");
        let (uri, headers) = (sent.uri().clone(), sent.headers().clone());
        let reply = look(&layer, sent).await;
        let seen = seen(&reply);
        assert_eq!((&seen.uri, &seen.headers), (&uri, &headers), "{source}");
    }
}

#[tokio::test]
async fn s67_what_carries_a_token_is_marked_as_sensitive_once_there_are_sources() {
    let marked =
        [("bearer", "authorization"), ("bare", "authorization"), ("header", "x-access-token"), ("cookie", "cookie")];
    let layer = all().build(find_in(users())).unwrap();
    for (source, _, put) in SOURCES {
        let Some((_, name)) = marked.iter().find(|(known, _)| *known == source) else { continue };
        let reply = look(&layer, put(upgrade("/me"), &good_token())).await;
        assert!(seen(&reply).headers[*name].is_sensitive(), "{source}");
        assert!(!format!("{:?}", seen(&reply)).contains(&good_token()), "{source}");
    }
    let mut several = request("GET", "/me");
    several = with(with(several, "cookie", "a=b"), "cookie", &format!("token={}", good_token()));
    let reply = look(&layer, several).await;
    assert!(seen(&reply).headers.get_all("cookie").iter().all(http::HeaderValue::is_sensitive));
}

#[tokio::test]
async fn a_refresh_reads_every_source_and_an_exchange_only_its_own() {
    let layer = all().build(find_in(users())).unwrap();
    for (number, (source, _, put)) in (0..).zip(SOURCES) {
        // A subprotocol is a source of upgrades.
        if source == "websocket" {
            continue;
        }
        let token = hs256(
            HEADER,
            &format!(r#"{{"sub":1,"iss":"http://old","iat":{NOW},"exp":{},"nbf":{NOW},"jti":"{number}"}}"#, NOW + 60),
        );
        let reply = look(&layer, put(request("PATCH", "/tokens"), &token)).await;
        assert_eq!(reply.status, 201, "{source}: {reply:?}");
        let twice = look(&layer, put(put(request("PATCH", "/tokens"), &token), &token)).await;
        assert_eq!((twice.status, twice.text()), (401, r#"{"message":["Wrong number of segments"]}"#), "{source}");

        let exchanged = look(&layer, put(request("POST", "/api/auth/token"), &token)).await;
        assert_eq!(exchanged.status, if source == "bearer" { 200 } else { 403 }, "{source}");
    }
    // The token in the path is the one that was sent, whatever a browser adds.
    let path = format!("/tokens/{}", refreshable_token(NOW));
    let reply = look(&layer, with(request("PATCH", &path), "cookie", "token=another")).await;
    assert_eq!(reply.status, 201);
}

#[tokio::test]
async fn a_login_looks_at_no_source() {
    let layer = all().build(find_in(users())).unwrap();
    let login = post_json("/login", &json!({ "username": "duane15", "password": PASSWORD }));
    let login = with(with(in_query(login, "token", "a"), "x-access-token", "b"), "authorization", "c");
    assert_eq!(look(&layer, login).await.status, 200);
}

#[tokio::test]
async fn a_preflight_takes_no_token_to_the_inner_service() {
    let layer = all().allow_preflight().build(find_in(users())).unwrap();
    let preflight = with(request("OPTIONS", "/me?a=1"), "access-control-request-method", "POST");
    let preflight = with(in_query(preflight, "access_token", &good_token()), "origin", "https://app.example");
    let reply = look(&layer, preflight).await;
    assert_eq!((seen(&reply).uri.to_string().as_str(), seen(&reply).id.as_deref()), ("/me?a=1", None));
}

#[tokio::test]
async fn what_caches_do_not_know_for_credentials_is_answered_in_private() {
    // Of `Authorization` every cache knows it: RFC 9111 §3.5.
    for (source, on, put) in SOURCES {
        let layer = on(builder()).optional("/open").build(find_in(users())).unwrap();
        let private = !matches!(source, "bearer" | "bare");
        let reply = look(&layer, put(upgrade("/me"), &good_token())).await;
        assert_eq!(reply.header("cache-control"), private.then_some("private"), "{source}");
        let own = with(put(upgrade("/me"), &good_token()), "x-answer-cache-control", "no-store");
        assert_eq!(look(&layer, own).await.header("cache-control"), Some("no-store"), "{source}");
        assert_eq!(look(&layer, upgrade("/open")).await.header("cache-control"), None, "{source}");
    }
}
