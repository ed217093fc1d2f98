//! `docs/observability.md` and `docs/grafana.json` against what is really told: everything that can be told happens once, and
//! every name, field and label is one that the tables have.
#![cfg(all(feature = "tracing", feature = "metrics", feature = "redis", feature = "axum"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    panic::resume_unwind,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use support::*;
use tower::{Layer, service_fn};
use tower_auth::{
    Account, AuthLayer, BoxError, ClientAddr, FailureLimit, Query, Requirement, Session, SessionId, SessionLimit,
    Subject, Timestamp,
    dialect::{AuthLocal, Login, Tokens},
    store::{
        Guess, MemorySessions, Opening, Rate, RateCount, RedisStore, Rotated, Rotation, SessionStore, StoreFuture,
        ThrottleKey, ThrottleStore, TokenKey, UserKey, Verdict,
    },
};
use tracing::{Event, Metadata, Subscriber, field::Visit, span};
use tracing_subscriber::{
    layer::{Context, Layer as TracingLayer, SubscriberExt},
    registry::LookupSpan,
};

const TABLES: &str = include_str!("../docs/observability.md");
const DASHBOARD: &str = include_str!("../docs/grafana.json");

// What the tables say.

/// Which values a label may have.
#[derive(Debug, PartialEq)]
enum Values {
    These(BTreeSet<String>),
    /// Whatever the label of this name has elsewhere.
    Any,
}

type Labels = BTreeMap<String, Values>;

/// The cells of each row below a heading.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let section = section(heading);
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

fn section(heading: &str) -> &'static str {
    let start = TABLES.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("{heading}"));
    TABLES[start + 4..].split("\n## ").next().unwrap()
}

/// What stands in backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn only(text: &str) -> String {
    let quoted = quoted(text);
    assert_eq!(quoted.len(), 1, "{text}");
    quoted.into_iter().next().unwrap()
}

/// Each metric with its type and its labels.
fn metrics_of_the_table() -> BTreeMap<String, (String, Labels)> {
    let mut metrics = BTreeMap::new();
    for row in rows("Metrics") {
        let mut labels = Labels::new();
        for label in row[2].split(';').filter(|label| !label.is_empty()) {
            let Some((name, values)) = label.split_once(':') else {
                labels.extend(quoted(label).into_iter().map(|name| (name, Values::Any)));
                continue;
            };
            let values = match values.split_once("](#").map(|(_, link)| link.trim_end_matches(')')) {
                Some("reasons-of-guarded-routes") => quoted(section("Reasons of guarded routes")),
                Some("reasons-of-login-routes") => quoted(section("Reasons of login routes")),
                Some("contracts") => quoted(section("Contracts")),
                Some(other) => panic!("{other}"),
                None => quoted(values),
            };
            labels.insert(only(name), Values::These(values));
        }
        metrics.insert(only(row[0]), (row[1].to_owned(), labels));
    }
    metrics
}

/// Each event or span with its fields; an event with its level in front.
fn fields_of_the_table(heading: &str, column: usize) -> BTreeMap<String, BTreeSet<String>> {
    rows(heading).into_iter().map(|row| (only(row[0]), quoted(row[column]))).collect()
}

// What is told.

/// Every event and span of the crate, with the fields that had values.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    events: BTreeMap<String, BTreeSet<String>>,
    levels: BTreeMap<String, String>,
    spans: BTreeMap<String, BTreeSet<String>>,
    /// The span around each span.
    parents: BTreeSet<(String, String)>,
}

struct Names<'a>(&'a mut BTreeSet<String>);

impl Visit for Names<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, _: &dyn std::fmt::Debug) {
        if field.name() != "message" {
            self.0.insert(field.name().to_owned());
        }
    }
}

impl Told {
    fn is_ours(metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("tower_auth")
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> TracingLayer<S> for Told {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if Self::is_ours(event.metadata()) {
            let (mut seen, name) = (self.0.lock().unwrap(), event.metadata().name().to_owned());
            seen.levels.insert(name.clone(), event.metadata().level().as_str().to_lowercase());
            event.record(&mut Names(seen.events.entry(name).or_default()));
        }
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        if Self::is_ours(attributes.metadata()) {
            let (mut seen, name) = (self.0.lock().unwrap(), attributes.metadata().name());
            attributes.record(&mut Names(seen.spans.entry(name.to_owned()).or_default()));
            if let Some(parent) = context.span(id).and_then(|span| Some(span.parent()?.name())) {
                seen.parents.insert((name.to_owned(), parent.to_owned()));
            }
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let metadata = context.span(id).unwrap().metadata();
        if Self::is_ours(metadata) {
            let mut seen = self.0.lock().unwrap();
            values.record(&mut Names(seen.spans.entry(metadata.name().to_owned()).or_default()));
        }
    }
}

/// A metric's type and, of each of its series, the labels.
type Counted = BTreeMap<String, (String, BTreeSet<(String, String)>)>;

/// Reads the text format of Prometheus.
fn counted(recorder: &PrometheusHandle) -> Counted {
    let mut counted = Counted::new();
    let text = recorder.render();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(declared) = line.strip_prefix("# TYPE ") {
            let (name, kind) = declared.split_once(' ').unwrap();
            counted.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        let series = line.rsplit_once(' ').unwrap().0;
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let parts = ["_bucket", "_sum", "_count"].iter().filter_map(|part| name.strip_suffix(part));
        let name = parts.chain([name]).find(|name| counted.contains_key(*name)).expect("declared before");
        let labels = labels.trim_end_matches('}').split("\",").filter(|label| !label.is_empty());
        let labels = labels.map(|label| label.split_once("=\"").unwrap());
        let labels = labels.map(|(name, value)| (name.to_owned(), value.trim_end_matches('"').to_owned()));
        counted.get_mut(name).unwrap().1.extend(labels.filter(|(name, _)| name != "le"));
    }
    counted
}

// Everything that can be told happens.

/// A session store that fails at everything.
struct Broken;

fn fails<T>() -> StoreFuture<'static, T> {
    Box::pin(async { Err("the store is down".into()) })
}

impl SessionStore for Broken {
    fn is_stale(&self, _: Timestamp) -> bool {
        false
    }

    fn is_revoked(&self, _: &TokenKey, _: Timestamp) -> bool {
        false
    }

    fn valid_since(&self, _: &Subject, _: Timestamp) -> Option<Timestamp> {
        None
    }

    fn catch_up(&self, _: TokenKey, _: UserKey, _: Timestamp) -> StoreFuture<'_, ()> {
        fails()
    }

    fn rotate(&self, _: Rotation) -> StoreFuture<'_, Rotated> {
        fails()
    }

    fn revoke(&self, _: TokenKey, _: Timestamp, _: Timestamp) -> StoreFuture<'_, ()> {
        fails()
    }

    fn revoke_family(&self, _: TokenKey, _: Timestamp, _: Timestamp) -> StoreFuture<'_, ()> {
        fails()
    }

    fn revoke_user(&self, _: UserKey, _: Timestamp, _: Timestamp, _: Timestamp) -> StoreFuture<'_, ()> {
        fails()
    }

    fn open(&self, _: Opening) -> StoreFuture<'_, bool> {
        fails()
    }

    fn sessions(&self, _: UserKey, _: Timestamp) -> StoreFuture<'_, Vec<Session>> {
        fails()
    }

    fn end_session(&self, _: UserKey, _: SessionId, _: Timestamp) -> StoreFuture<'_, bool> {
        fails()
    }
}

impl ThrottleStore for Broken {
    fn count(&self, _: ThrottleKey, _: Rate, _: Timestamp) -> StoreFuture<'_, RateCount> {
        fails()
    }

    fn guess(&self, _: Guess) -> StoreFuture<'_, Verdict> {
        fails()
    }

    fn release(&self, _: Guess, _: bool) -> StoreFuture<'_, ()> {
        fails()
    }

    fn succeed(&self, _: Guess) -> StoreFuture<'_, ()> {
        fails()
    }

    fn clear(&self, _: ThrottleKey, _: Timestamp) -> StoreFuture<'_, ()> {
        fails()
    }
}

/// A user whose JSON cannot be had.
#[derive(Clone, Copy)]
enum Awkward {
    Fails,
    Panics,
}

impl Serialize for Awkward {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fails => Err(serde::ser::Error::custom("no")),
            Self::Panics => resume_unwind(Box::new("no")),
        }
    }
}

fn login(user_id: &str, password: &str) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    post_json("/login", &json!({ "username": user_id, "password": password }))
}

async fn guarded_and_login_routes() {
    let auth = builder()
        .dialect(Tokens::new().logout())
        .dialect(AuthLocal::new().logout())
        .dialect(Login::new().logout())
        .refresh_grace(secs(0))
        .optional("/maybe")
        .tickets("/ticket")
        .user_id_in_spans()
        .build(find_in(users()))
        .unwrap();
    for (_, request, status) in logins("duane15", PASSWORD) {
        assert_eq!(send(&auth, request).await.status, status);
    }
    for (_, request, _) in logins("duane15", "wrong").into_iter().chain(logins("frieda", PASSWORD)) {
        assert!(send(&auth, request).await.status >= 400);
    }
    let renewal = authorized(request("POST", "/api/auth/token"), &format!("Bearer {}", good_token()));
    assert_ne!(send(&auth, renewal).await.status, 500);
    let password = basic("duane15", PASSWORD);
    for (request, status) in [
        (bearer(&good_token()), 200),
        (bearer("a.b.c"), 401),
        (request("GET", "/me"), 401),
        (request("GET", "/maybe"), 200),
        (authorized(request("GET", "/me"), &password), 200),
        (authorized(request("GET", "/me"), &password), 200),
        (authorized(request("GET", "/me"), &basic("duane15", "x")), 401),
        (authorized(request("GET", "/me"), &basic("frieda", "x")), 503),
        (authorized(request("POST", "/ticket"), &password), 200),
    ] {
        assert_eq!(send(&auth, request).await.status, status);
    }
    let required = auth.layer(auth.require(Requirement::role("admin")).layer(service_fn(async |_| {
        Ok::<_, BoxError>(http::Response::new(http_body_util::Full::<bytes::Bytes>::default()))
    })));
    assert_eq!(read(required, bearer(&good_token())).await.status, 403);

    let token = refreshable_token(NOW);
    let refresh = || request("PATCH", &format!("/tokens/{token}"));
    assert_eq!(send(&auth, refresh()).await.status, 201);
    assert_eq!(send(&auth, refresh()).await.status, 401, "used again");
    let other = hs256(HEADER, &format!(r#"{{"id":1,"iat":{NOW},"exp":{}}}"#, NOW + 1));
    let logout = |token: &str| authorized(request("POST", "/logout"), &format!("Bearer {token}"));
    assert_eq!(send(&auth, logout(&other)).await.status, 200);
    assert!(send(&auth, logout("a.b.c")).await.status >= 400);
    assert_eq!(send(&auth, bearer(&other)).await.status, 401);
    auth.revoke(&good_token()).await.unwrap();
    auth.revoke_user(1).await.unwrap();
    auth.clear_failures(1, ["duane15"]).await.unwrap();
}

async fn throttles() {
    let auth = AuthLayer::builder()
        .key(tower_auth::SigningKey::hs256(SECRET).unwrap())
        .key(tower_auth::SigningKey::rs256_pem(RSA_PEM).unwrap())
        .clock(ManualClock::at(NOW))
        .failure_limit(FailureLimit::new(1, secs(60), secs(60)).network_failures(1, secs(60)))
        .build(find_in(users()))
        .unwrap();
    let by_network = |user_id: &str| {
        let mut request = login(user_id, "x");
        request.extensions_mut().insert(ClientAddr::from(std::net::IpAddr::from([192, 0, 2, 1])));
        request
    };
    send(&auth, by_network("somebody")).await;
    assert_eq!(send(&auth, by_network("else")).await.status, 429);
    send(&auth, login("duane15", "x")).await;
    assert_eq!(send(&auth, login("duane15", PASSWORD)).await.status, 429);
    let by_rate = || post_json("/auth/local", &json!({ "identifier": "nobody", "password": "x" }));
    let mut replies = Vec::new();
    for _ in 0..11 {
        replies.push(send(&auth, by_rate()).await.status);
    }
    assert_eq!(replies.last(), Some(&429));
    let once = SessionLimit::new(1, secs(60));
    let auth = builder().dialect(Tokens::new().logout()).list_sessions().session_limit(once).build(find_in(users()));
    let auth = auth.unwrap();
    assert_eq!(send(&auth, login("duane15", PASSWORD)).await.status, 200);
    assert_eq!(send(&auth, login("duane15", PASSWORD)).await.status, 429);
    let body = json!({ "login": "duane15", "password": PASSWORD });
    let token = async || granted_token(&send(&layer(), post_json("/tokens", &body)).await);
    for (method, most) in [("PATCH", 1), ("DELETE", 2)] {
        for number in 0..=most {
            let reply = send(&auth, request(method, &format!("/tokens/{}", token().await))).await;
            assert_eq!(reply.status == 429, number == most, "{method}");
        }
    }
}

async fn lookups() {
    type Answer = Result<Option<Account<Value>>, BoxError>;
    let find = async |query: Query| -> Answer {
        match query {
            Query::Login { identifier, .. } if identifier.as_str() == "panics" => resume_unwind(Box::new("down")),
            Query::Login { .. } => pending().await,
            _ => Err("down".into()),
        }
    };
    let auth = builder()
        .lookup_timeout(Duration::from_millis(1))
        .build(move |query| Box::pin(find(query)) as std::pin::Pin<Box<dyn Future<Output = Answer> + Send>>)
        .unwrap();
    assert_eq!(send(&auth, login("panics", "x")).await.status, 500);
    assert_eq!(send(&auth, login("hangs", "x")).await.status, 500);
    assert_eq!(send(&auth, bearer(&good_token())).await.status, 503);
}

async fn stores() {
    let auth = builder()
        .dialect(Tokens::new().logout())
        .list_sessions()
        .session_store(Broken)
        .throttle_store(Broken)
        .build(find_in(users()))
        .unwrap();
    let (first, token) = (login("duane15", PASSWORD), refreshable_token(NOW));
    assert!(send(&auth, first).await.status >= 500, "opening a session fails");
    assert_eq!(send(&auth, request("PATCH", &format!("/tokens/{token}"))).await.status, 503);
    assert_eq!(send(&auth, request("DELETE", &format!("/tokens/{token}"))).await.status, 503);
    let renewal = authorized(request("POST", "/api/auth/token"), &format!("Bearer {token}"));
    assert_eq!(send(&auth, renewal).await.status, 503);
    assert!(auth.revoke(&token).await.is_err());
    assert!(auth.revoke_user(1).await.is_err());
    let sessions = builder().list_sessions().build(find_in(users())).unwrap();
    send(&sessions, login("duane15", PASSWORD)).await;
    let session = sessions.sessions(1).await.unwrap()[0].id;
    assert!(sessions.end_session(1, session).await.unwrap());
    assert!(auth.sessions(1).await.is_err());
    assert!(auth.clear_failures(1, [""; 0]).await.is_err());

    let counted = builder().session_store(Broken).build(find_in(users())).unwrap();
    assert_eq!(send(&counted, request("PATCH", &format!("/tokens/{token}"))).await.status, 503, "and not counted");

    let full = builder().session_store(MemorySessions::with_capacity(1)).build(find_in(users())).unwrap();
    full.revoke(&good_token()).await.unwrap();
    assert!(full.revoke(&refreshable_token(NOW)).await.is_err());
    full.revoke_user(1).await.unwrap();
    assert!(full.revoke_user(2).await.is_err());
}

/// A Redis that may evict, and then is away.
async fn redis(recorder: &PrometheusHandle) {
    let mut server = redis_server::Server::with(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    let store = RedisStore::builder(server.url()).admit_revoked_tokens_when_stale().connect().unwrap();
    store.ready().await;
    let told = async |label: &str| {
        while !recorder.render().contains(label) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let patience = Duration::from_secs(20);
    tokio::time::timeout(patience, told(r#"fault="may_forget""#)).await.expect("it is warned of");
    server.kill();
    tokio::time::timeout(patience, told(r#"operation="follow""#)).await.expect("it is away");
}

async fn faults(told: &Told) {
    for user in [Awkward::Fails, Awkward::Panics] {
        let found =
            move |_: Query| std::future::ready(Ok::<_, BoxError>(Some(Account::new(1, user).password_verified())));
        let auth = builder().lookup_verifies_passwords().build(found).unwrap();
        let inner = service_fn(async |_| {
            Ok::<_, BoxError>(http::Response::new(http_body_util::Full::<bytes::Bytes>::default()))
        });
        assert_eq!(read(auth.layer(inner), login("ada", "x")).await.status, 500);
    }
    let mut rows = users();
    rows[0].hash = Some("$unknown$");
    let auth = builder().build(find_in(rows)).unwrap();
    assert_eq!(send(&auth, login("duane15", PASSWORD)).await.status, 404);

    let nested = axum::Router::new().route("/me", axum::routing::get(async || ())).layer(layer());
    assert_eq!(read(axum::Router::new().nest("/api", nested), request("GET", "/api/me")).await.status, 401);

    let auth = builder().rehash_with(async |_| Err::<(), BoxError>("no".into())).build(find_in(users())).unwrap();
    assert_eq!(send(&auth, login("duane15", PASSWORD)).await.status, 200);
    // It happens behind the login's back.
    while !told.0.lock().unwrap().events.contains_key("auth.rehash_failed") {
        tokio::task::yield_now().await;
    }
}

async fn overload() {
    let (release, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
    let mut rows = users();
    rows[0].hash = Some("custom");
    let auth = builder()
        .hashing_lane(1, 0)
        .verify_passwords_with(move |stored, _| {
            (stored == "custom").then(|| {
                started.send(()).unwrap();
                gate.lock().unwrap().recv().is_ok()
            })
        })
        .build(find_in(rows))
        .unwrap();
    let second = async {
        starts.recv().await.unwrap();
        let reply = send(&auth, login("blocked", "x")).await;
        release.send(()).unwrap();
        reply.status
    };
    let (first, second) = tokio::join!(send(&auth, login("duane15", "x")), second);
    assert_eq!((first.status, second), (200, 503));
}

#[test]
fn s69_the_tables_have_everything_that_is_told_and_nothing_else() {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &[0.1, 1.0])
        .unwrap()
        .install_recorder()
        .unwrap();
    let told = Told::default();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(told.clone())).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        guarded_and_login_routes().await;
        throttles().await;
        lookups().await;
        stores().await;
        redis(&recorder).await;
        overload().await;
        tokio::time::timeout(Duration::from_secs(60), faults(&told)).await.unwrap();
    });

    let (table, counted) = (metrics_of_the_table(), counted(&recorder));
    let mut elsewhere: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (_, labels) in table.values() {
        for (label, values) in labels {
            if let Values::These(values) = values {
                elsewhere.entry(label).or_default().extend(values.iter().map(String::as_str));
            }
        }
    }
    for (name, (kind, series)) in &counted {
        let (declared, labels) = table.get(name).unwrap_or_else(|| panic!("no row has {name}"));
        assert_eq!(kind, declared, "{name}");
        for (label, value) in series {
            let known = match labels.get(label).unwrap_or_else(|| panic!("{name} has no label {label}")) {
                Values::These(values) => values.contains(value),
                Values::Any => elsewhere[&**label].contains(&**value),
            };
            assert!(known, "{name} {label}={value}");
        }
        let told: BTreeSet<_> = series.iter().map(|(label, _)| label).collect();
        assert_eq!(told, labels.keys().collect(), "{name}");
    }
    // And every value happens, but for reasons and contracts, of which there are many, and operations, of which not all fail.
    let everywhere: BTreeSet<_> = counted.values().flat_map(|(_, series)| series.clone()).collect();
    for (name, (_, labels)) in &table {
        let series = &counted.get(name).unwrap_or_else(|| panic!("{name} was never counted")).1;
        for (label, values) in labels.iter().filter(|(label, _)| !["reason", "contract"].contains(&label.as_str())) {
            let Values::These(values) = values else { continue };
            let series = if label == "operation" { &everywhere } else { series };
            for value in values {
                assert!(
                    series.contains(&(label.clone(), value.clone())),
                    "{name} was never counted for {label}={value}"
                );
            }
        }
    }
    let missing: Vec<_> = table.keys().filter(|name| !counted.contains_key(*name)).collect();
    assert!(missing.is_empty(), "in the table, and never counted: {missing:?}");

    let seen = told.0.lock().unwrap();
    assert_eq!(seen.events, fields_of_the_table("Events", 2));
    let levels: BTreeMap<_, _> = rows("Events").into_iter().map(|row| (only(row[0]), row[1].to_owned())).collect();
    assert_eq!(seen.levels, levels);
    let mut spans = fields_of_the_table("Spans", 1);
    // A logout grants nobody anything.
    spans.get_mut("auth.logout").unwrap().remove("user.id");
    assert_eq!(seen.spans, spans);
    for (child, parent) in [("auth.lookup", "auth.login"), ("auth.hash", "auth.login"), ("auth.lookup", "auth.refresh")]
    {
        assert!(seen.parents.contains(&(child.into(), parent.into())), "{child} in {parent}");
    }
}

#[test]
fn the_lists_of_reasons_are_those_of_the_source() {
    let names = |source: &'static str, before: &str| -> BTreeSet<String> {
        let lines = source.lines().filter(|line| !line.contains('#')).filter_map(|line| line.trim().split_once(before));
        let names = lines.filter_map(|(_, rest)| rest.split_once('"').map(|(name, _)| name.to_owned()));
        names.filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')).collect()
    };
    let mut guarded = quoted(section("Reasons of guarded routes"));
    assert!(guarded.remove("none") && guarded.remove("admitted") && guarded.remove("RejectionKind::as_str"));
    assert_eq!(guarded, names(include_str!("../src/rejection/kind.rs"), " = \""));
    let mut login = quoted(section("Reasons of login routes"));
    for other in ["none", "granted", "logged_out", "dialect::Refusal::as_str"] {
        assert!(login.remove(other));
    }
    let source = include_str!("../src/dialect/refusal.rs");
    assert_eq!(login, &names(source, " = \"") | &names(source, " => \""));
}

// The dashboard.

/// Every query of the dashboard.
fn expressions() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "two panels have one id");
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

/// The words of an expression.
fn words(expression: &str) -> impl Iterator<Item = &str> {
    expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[test]
fn the_dashboard_asks_for_every_metric_of_the_table_and_for_no_other() {
    let table = metrics_of_the_table();
    let mut asked = BTreeSet::new();
    for expression in expressions() {
        for word in words(&expression).filter(|word| word.starts_with("tower_auth_")) {
            let histogram = ["_bucket", "_sum", "_count"].iter().find_map(|part| word.strip_suffix(part));
            let name = histogram.unwrap_or(word);
            let (kind, _) = table.get(name).unwrap_or_else(|| panic!("{word} is in no row: {expression}"));
            assert_eq!(histogram.is_some(), kind == "histogram", "{expression}");
            asked.insert(name.to_owned());
        }
        // What it filters and groups by.
        let labels = table.values().flat_map(|(_, labels)| labels.keys().map(String::as_str));
        let labels: BTreeSet<_> = labels.chain(["le", "job", "instance"]).collect();
        for group in expression.split("by (").skip(1) {
            for label in words(group.split(')').next().unwrap()) {
                assert!(labels.contains(label), "{label}: {expression}");
            }
        }
        for filter in expression.split('{').skip(1) {
            for label in filter.split('}').next().unwrap().split(',') {
                assert!(labels.contains(words(label).next().unwrap()), "{label}: {expression}");
            }
        }
    }
    assert_eq!(asked, table.into_keys().collect());
}
