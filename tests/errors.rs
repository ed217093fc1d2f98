//! The sentences: of everything that does not build, of every refusal; and what no text of ours ever says.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines
)]

mod support;

use std::{
    error::Error as _,
    future::ready,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use serde_json::{json, value::RawValue};
use support::*;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, BuildError, BuildErrorKind, ErrorCode, Explained,
    FailureLimit, ForwardedHeader, Identifier, Identity, Password, Query, Rejection, RejectionKind, SameSite, Scheme,
    SessionLimit, SigningKey, StoredPassword, Subject, TokenCookie, VerifyingKey,
    dialect::{
        Answer, AuthLocal, AuthToken, Dialect, Endpoint, Form, Grant, Granted, HeaderOrder, Issue, Login, LoginForm,
        Operation, Refusal, Refused, Tokens,
    },
    store::Rate,
};

#[track_caller]
fn assert_error(error: &BuildError, kind: BuildErrorKind, sentence: &str) {
    assert_eq!(error.to_string(), sentence);
    assert_eq!(error.kind(), kind, "{sentence}");
    assert!(error.source().is_none(), "{sentence}: a sentence says everything");
    assert!(!sentence.ends_with('.') && !sentence.contains('\n'), "{sentence}: one sentence without a full stop");
    assert_eq!(format!("{error:?}"), sentence, "`main` prints it so");
}

#[track_caller]
fn assert_fails(builder: AuthLayerBuilder, kind: BuildErrorKind, sentence: &str) {
    let error = builder.build(find_in(users())).expect_err(sentence);
    assert_error(&error, kind, sentence);
}

// What does not build

#[test]
fn s1_a_contract_without_its_key() {
    use BuildErrorKind::MissingKey;
    assert_fails(
        AuthLayer::builder(),
        MissingKey,
        "the contract auth_local signs with an HS256 key, and there is none: \
         add one with `.key(…)`, or leave it out with `.without(\"auth_local\")`",
    );
    assert_fails(
        AuthLayer::builder().key(SigningKey::hs256(SECRET).unwrap()),
        MissingKey,
        "the contract auth_token signs with an RS256 key, and there is none: \
         add one with `.key(…)`, or leave it out with `.without(\"auth_token\")`",
    );
    let verify_only = SigningKey::hs256(SECRET).unwrap().verifying_key();
    assert_fails(
        AuthLayer::builder().verifying_key(verify_only),
        MissingKey,
        "the contract auth_local signs with an HS256 key, and there is none: \
         add one with `.key(…)`, or leave it out with `.without(\"auth_local\")`",
    );
    assert_fails(
        builder().dialect(Login::new().key_id("2024")),
        MissingKey,
        "the contract login signs with an HS256 key named \"2024\", and there is none: \
         add one with `.key(…)`, or leave it out with `.without(\"login\")`",
    );
    assert_fails(
        builder().dialect(Tokens::new().algorithm(Algorithm::EdDsa)),
        MissingKey,
        "the contract tokens signs with an EdDSA key, and there is none: \
         add one with `.key(…)`, or leave it out with `.without(\"tokens\")`",
    );
}

#[test]
fn lifetimes() {
    use BuildErrorKind::InvalidLifetime;
    assert_fails(
        builder().dialect(AuthToken::new().lifetime(secs(0))),
        InvalidLifetime,
        "the tokens of the contract auth_token would live for no time at all: set its lifetime",
    );
    assert_fails(
        builder().dialect(Tokens::new().ttl(mins(0))),
        InvalidLifetime,
        "the tokens of the contract tokens would live for no time at all: set its lifetime",
    );
    assert_fails(
        builder().dialect(Tokens::new().ttl(mins(61)).refresh_ttl(mins(60))),
        InvalidLifetime,
        "the tokens of the contract tokens would outlive the window in which they can be refreshed: \
         lengthen `refresh_ttl` or shorten `ttl`",
    );
    for (builder, sentence) in [
        (
            builder().dialect(Login::new().lifetime(Duration::from_millis(1500))),
            "the contract login counts times by 1s, and 1.5s is no multiple of it: round it",
        ),
        (
            builder().dialect(Tokens::new().ttl(secs(90))),
            "the contract tokens counts times by 60s, and 90s is no multiple of it: round it",
        ),
        (
            builder().dialect(Tokens::new().refresh_ttl(Duration::from_millis(86_400_001))),
            "the contract tokens counts times by 60s, and 86400.001s is no multiple of it: round it",
        ),
    ] {
        assert_fails(builder, InvalidLifetime, sentence);
    }
    assert_fails(
        builder().refresh_grace(secs(301)),
        InvalidLifetime,
        "a refresh grace of 301s is beyond 300s: it is for retries, not for second tokens",
    );
    for fine in [
        builder().refresh_grace(secs(300)),
        builder().refresh_grace(secs(0)),
        builder().dialect(Tokens::new().ttl(mins(60)).refresh_ttl(mins(60))),
        builder().dialect(Tokens::new().ttl(mins(u64::MAX / 60)).refresh_ttl(mins(u64::MAX / 60))),
    ] {
        fine.build(find_in(users())).unwrap();
    }
}

#[test]
fn s14_a_leeway_beyond_five_minutes() {
    assert_fails(
        builder().leeway(secs(301)),
        BuildErrorKind::InvalidLeeway,
        "a leeway of 301s is beyond 300s: it is for clocks that differ, not for lifetimes",
    );
    assert_fails(
        builder().leeway(secs(u64::MAX)),
        BuildErrorKind::InvalidLeeway,
        "a leeway of 18446744073709551615s is beyond 300s: it is for clocks that differ, not for lifetimes",
    );
    assert_fails(
        builder().leeway(Duration::from_millis(1500)),
        BuildErrorKind::InvalidLeeway,
        "a leeway of 1.5s has a fraction of a second, and tokens count whole ones: round it",
    );
    builder().leeway(secs(300)).build(find_in(users())).unwrap();
    builder().leeway(secs(0)).build(find_in(users())).unwrap();
}

#[test]
fn limits_of_nothing() {
    for (name, builder) in [
        ("body_limit", builder().body_limit(0)),
        ("body_timeout", builder().body_timeout(Duration::ZERO)),
        ("token_limit", builder().token_limit(0)),
        ("lookup_timeout", builder().lookup_timeout(Duration::ZERO)),
        ("hashing_lane", builder().hashing_lane(0, 256)),
        ("max_sessions", builder().max_sessions(0)),
    ] {
        let sentence = format!("`{name}` of zero would refuse every request: give it room");
        assert_fails(builder, BuildErrorKind::InvalidLimit, &sentence);
    }
    builder().hashing_lane(1, 0).build(find_in(users())).unwrap();
    assert_fails(
        builder().hashing_lane(1025, 256),
        BuildErrorKind::InvalidLimit,
        "a hashing lane of 1025 threads is beyond 1024: more than there are cores is of no use",
    );
    assert_fails(
        builder().hashing_lane(1, 65_537),
        BuildErrorKind::InvalidLimit,
        "a hashing queue of 65537 is beyond 65536: whoever waits last would wait for minutes",
    );
    builder().hashing_lane(1024, 65_536).build(find_in(users())).unwrap();
    assert_fails(
        builder().max_sessions(257),
        BuildErrorKind::InvalidLimit,
        "`max_sessions` of 257 is beyond 256: whatever asks about a user's sessions looks at all of them",
    );
    builder().max_sessions(256).build(find_in(users())).unwrap();
}

#[test]
fn a_basic_cache_beyond_an_hour() {
    assert_fails(
        builder().basic_cache(100, secs(3601)),
        BuildErrorKind::InvalidLifetime,
        "a Basic cache of 3601s is beyond 3600s: it is for requests that follow each other, not for sessions",
    );
    for (seconds, entries) in [(3600, usize::MAX), (0, 0), (0, 10), (10, 0)] {
        builder().basic_cache(entries, secs(seconds)).build(find_in(users())).unwrap();
    }
}

#[test]
fn s53_failure_limits_that_limit_nothing_or_never_end() {
    let sentence = "a failure limit has 1 to 100 failures, and a window and a lock of 1 to 86400 whole seconds each: \
                    to count no failures, call `without_failure_limit`";
    for (failures, window, lock) in
        [(0, 900, 900), (101, 900, 900), (10, 0, 900), (10, 86_401, 900), (10, 900, 0), (10, 900, 86_401)]
    {
        let builder = builder().failure_limit(FailureLimit::new(failures, secs(window), secs(lock)));
        assert_fails(builder, BuildErrorKind::InvalidLimit, sentence);
    }
    let second_and_a_half = Duration::from_millis(1500);
    for limit in
        [FailureLimit::new(10, second_and_a_half, secs(900)), FailureLimit::new(10, secs(900), second_and_a_half)]
    {
        assert_fails(builder().failure_limit(limit), BuildErrorKind::InvalidLimit, sentence);
    }
    for (failures, window, lock) in [(1, 1, 1), (100, 86_400, 86_400)] {
        let builder = builder().failure_limit(FailureLimit::new(failures, secs(window), secs(lock)));
        builder.build(find_in(users())).unwrap();
    }
}

#[test]
fn s53_failure_limits_of_networks_that_limit_nothing_or_never_end() {
    let sentence = "a network has 1 to 100 failures in a window of 1 to 86400 whole seconds: for more, shorten the window, \
                    or call `without_network_failures`";
    for (failures, window) in [(0, 900), (101, 900), (100, 0), (100, 86_401)] {
        let limit = FailureLimit::default().network_failures(failures, secs(window));
        assert_fails(builder().failure_limit(limit), BuildErrorKind::InvalidLimit, sentence);
        builder().failure_limit(limit.without_network_failures()).build(find_in(users())).unwrap();
    }
    let limit = FailureLimit::default().network_failures(100, Duration::from_millis(1500));
    assert_fails(builder().failure_limit(limit), BuildErrorKind::InvalidLimit, sentence);
    for (failures, window) in [(1, 1), (100, 86_400)] {
        let limit = FailureLimit::default().network_failures(failures, secs(window));
        builder().failure_limit(limit).build(find_in(users())).unwrap();
    }
}

#[test]
fn session_limits_that_limit_nothing_or_let_nothing_through() {
    let sentence = "a session limit has at least 1 refresh, logout and login each, and a window of 1 to 86400 whole seconds: \
                    to count none, call `without_session_limit`";
    let some = SessionLimit::new(120, secs(3600));
    let zero = [some.refreshes(0), some.logouts(0), some.logins(0)];
    let windows = [secs(0), secs(86_401), Duration::from_millis(1500)].map(|window| SessionLimit::new(120, window));
    for limit in zero.into_iter().chain(windows) {
        assert_fails(builder().session_limit(limit), BuildErrorKind::InvalidLimit, sentence);
    }
    for limit in
        [SessionLimit::new(1, secs(1)), SessionLimit::new(1, secs(86_400)), SessionLimit::new(u32::MAX, secs(86_400))]
    {
        builder().session_limit(limit).build(find_in(users())).unwrap();
    }
}

#[test]
fn s55_proxies_that_are_none() {
    let trusting =
        |networks: &[&'static str]| builder().trust_proxies(ForwardedHeader::XForwardedFor, networks.iter().copied());
    assert_fails(
        trusting(&["10.0.0.0/8", "10.0.0.1/8"]),
        BuildErrorKind::InvalidLimit,
        "\"10.0.0.1/8\" is no network of proxies: \
         write an address, or a prefix without host bits as in 10.0.0.0/8",
    );
    assert_fails(
        trusting(&[]),
        BuildErrorKind::InvalidLimit,
        "`trust_proxies` without a network trusts nobody: name the proxies, or leave the call out",
    );
    for hops in [0, 17] {
        assert_fails(
            builder().trust_any_peer_behind_hops(ForwardedHeader::Forwarded, hops),
            BuildErrorKind::InvalidLimit,
            &format!("a client is 1 to 16 hops away, not {hops}: count the proxies in front"),
        );
    }
    let named = |builder: AuthLayerBuilder| builder.trust_proxies(ForwardedHeader::Forwarded, ["10.0.0.0/8"]);
    let any = |builder: AuthLayerBuilder| builder.trust_any_peer_behind_hops(ForwardedHeader::Forwarded, 1);
    for both in [any(named(builder())), named(any(builder())), any(any(named(builder())))] {
        assert_fails(
            both,
            BuildErrorKind::InvalidLimit,
            "`trust_any_peer_behind_hops` trusts more than the networks of `trust_proxies`: call one of them",
        );
    }
    builder().trust_any_peer_behind_hops(ForwardedHeader::Forwarded, 16).build(find_in(users())).unwrap();
}

/// A contract of the application's own, with the parts that can be wrong.
struct Own {
    issue: Issue,
    operation: Operation,
    rate: Option<Rate>,
    claims: fn(&Grant<'_>) -> Result<Vec<u8>, BoxError>,
}

impl Own {
    fn new() -> Self {
        let issue = Issue::new(Algorithm::Hs256, HeaderOrder::AlgorithmFirst, secs(60));
        Self { issue, operation: Operation::Login, rate: None, claims: |_| Ok(Vec::new()) }
    }

    /// One that writes these claims under an issuer of its own.
    fn writing(claims: fn(&Grant<'_>) -> Result<Vec<u8>, BoxError>) -> Self {
        let mut own = Self { claims, ..Self::new() };
        own.issue.issuer = Some("us".into());
        own
    }
}

impl Dialect for Own {
    fn name(&self) -> &'static str {
        "own"
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        vec![Endpoint::new(http::Method::POST, "/own", self.operation)]
    }

    fn issue(&self) -> Issue {
        self.issue.clone()
    }

    fn rate(&self) -> Option<Rate> {
        self.rate
    }

    fn claims(&self, grant: &Grant<'_>) -> Result<Vec<u8>, BoxError> {
        (self.claims)(grant)
    }

    fn granted(&self, _: &Granted<'_>) -> Answer {
        Answer::empty(http::StatusCode::OK)
    }

    fn refused(&self, _: &Refused<'_>) -> Answer {
        Answer::empty(http::StatusCode::FORBIDDEN)
    }
}

/// What `tokens` writes of a grant, but for some members.
fn claims_without(grant: &Grant<'_>, left_out: &[&str]) -> Result<Vec<u8>, BoxError> {
    let mut claims = serde_json::from_slice::<serde_json::Map<_, _>>(&Tokens::new().claims(grant)?)?;
    claims.retain(|name, value| !left_out.contains(&name.as_str()) && !value.is_null());
    Ok(serde_json::to_vec(&claims)?)
}

#[test]
fn s45_a_contract_without_refresh_whose_tokens_another_would_refresh() {
    let whole = || Own::writing(|grant| claims_without(grant, &[]));
    let for_text = Own::writing(|grant| match grant.subject == &Subject::from("1") {
        true => claims_without(grant, &[]),
        false => Err("no number".into()),
    });
    let nameless = || Own { issue: Own::new().issue, ..whole() };
    for builder in [builder().dialect(whole()), builder().dialect(for_text), builder().dialect(nameless()).issuer("us")]
    {
        assert_fails(
            builder,
            BuildErrorKind::RefreshedByAnother,
            "the contract own has no refresh, and tokens would refresh its tokens, which are HS256 and have all the claims \
             for it: leave `nbf` or `jti` out of them, or set `refresh_window` in its `Issue`",
        );
    }
    let mut signed_otherwise = whole();
    signed_otherwise.issue.algorithm = Algorithm::Rs256;
    let mut refreshing = whole();
    refreshing.issue.refresh_window = Some(refreshing.issue.lifetime);
    for fine in [
        builder().dialect(whole()).without(Tokens::NAME),
        builder().dialect(signed_otherwise),
        builder().dialect(refreshing).dialect(Tokens::new().issuer("us")),
        builder().dialect(nameless()),
        builder().dialect(Own::writing(|grant| claims_without(grant, &["sub"]))),
        builder().dialect(Own::writing(|grant| claims_without(grant, &["iat"]))),
        builder().dialect(Own::writing(|grant| claims_without(grant, &["nbf"]))),
        builder().dialect(Own::writing(|grant| claims_without(grant, &["jti"]))),
        builder().issuer("us").audience("shop"),
    ] {
        fine.build(find_in(users())).unwrap();
    }
}

#[test]
fn s15_a_key_of_an_issuer_that_makes_tokens_for_others_too() {
    let key = || VerifyingKey::secret(Algorithm::Hs512, SECRET).unwrap();
    let bound = key().issuer("https://id.example.com");
    assert_fails(
        builder().verifying_key(bound.clone()),
        BuildErrorKind::MissingAudience,
        "a key verifies the tokens of \"https://id.example.com\", whoever they were made for: \
         say who this service is to that issuer with `.audience(…)`, of the key or of the builder",
    );
    for fine in [
        builder().verifying_key(bound.clone()).audience("shop"),
        builder().verifying_key(bound.clone().audience("shop")),
        builder().verifying_key(key().audience("shop").issuer("https://id.example.com")),
        builder().verifying_key(bound.dangerous_any_audience()),
        builder().verifying_key(key()),
        builder().verifying_key(key().audience("shop")),
    ] {
        fine.build(find_in(users())).unwrap();
    }
}

#[test]
fn s15_a_published_key_that_nobody_bound() {
    let set = r#"{"keys":[{"kty":"oct","alg":"HS256","k":"YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBieXRlcywgc28"}]}"#;
    let published = || VerifyingKey::jwk_set(set).unwrap();
    let each = |with: fn(VerifyingKey) -> VerifyingKey| builder().verifying_keys(published().into_iter().map(with));
    assert_fails(
        builder().verifying_keys(published()),
        BuildErrorKind::MissingAudience,
        "a key verifies the tokens of whoever published it, whoever they were made for: \
         say who this service is to that issuer with `.audience(…)`, of the key or of the builder",
    );
    assert_fails(
        each(|key| key.issuer("https://id.example.com")).issuer("us"),
        BuildErrorKind::MissingAudience,
        "a key verifies the tokens of \"https://id.example.com\", whoever they were made for: \
         say who this service is to that issuer with `.audience(…)`, of the key or of the builder",
    );
    let keys = || AuthLayer::builder().without_contracts().verifying_keys(published());
    assert_fails(
        keys().issuer("https://id.example.com"),
        BuildErrorKind::MissingAudience,
        "a key verifies the tokens of whoever published it, whoever they were made for: \
         say who this service is to that issuer with `.audience(…)`, of the key or of the builder",
    );
    for fine in [
        keys().audience("shop"),
        builder().verifying_keys(published()).issuer("us"),
        builder().verifying_keys(published()).audience("shop"),
        each(|key| key.audience("shop")),
        each(VerifyingKey::dangerous_any_audience),
    ] {
        fine.build(find_in(users())).unwrap();
    }
}

#[test]
fn contracts_that_cannot_work() {
    builder().dialect(Own::new()).build(find_in(users())).unwrap();
    assert_fails(
        builder().dialect(Own { operation: Operation::Refresh, ..Own::new() }),
        BuildErrorKind::InvalidLifetime,
        "the contract own serves a refresh without a window for it: set `refresh_window` in its `Issue`",
    );
    let refreshing = || {
        let mut own = Own { operation: Operation::Refresh, ..Own::new() };
        (own.issue.refresh_window, own.issue.issuer) = (Some(secs(60)), Some("somebody else".into()));
        own
    };
    assert_fails(
        builder().dialect(refreshing()),
        BuildErrorKind::DifferentIssuers,
        "the contracts tokens and own refresh HS256 tokens as different issuers, so that each would refresh the other's: \
         name one for all with `.issuer(…)`",
    );
    for fine in [
        builder().dialect(refreshing()).issuer("us"),
        builder().dialect(refreshing()).without(Tokens::NAME),
        builder().dialect(refreshing()).dialect(Tokens::new().issuer("somebody else")),
    ] {
        fine.build(find_in(users())).unwrap();
    }
    for (requests, seconds) in [(0, 60), (60, 0), (0, 0)] {
        assert_fails(
            builder().dialect(Own { rate: Some(Rate::new(requests, secs(seconds))), ..Own::new() }),
            BuildErrorKind::InvalidLimit,
            "the rate of the contract own would refuse every request, or none: give it requests and a window",
        );
    }
    assert_fails(
        builder().dialect(Own { rate: Some(Rate::new(1, Duration::from_millis(1500))), ..Own::new() }),
        BuildErrorKind::InvalidLimit,
        "the rate of the contract own has a window of 1.5s, and answers count whole seconds: round it",
    );
}

#[test]
fn names_of_no_contract() {
    use BuildErrorKind::UnknownDialect;
    let known = "auth_local, login, auth_token, tokens";
    for builder in [builder().without("Login"), builder().refuse_like("Login")] {
        assert_fails(builder, UnknownDialect, &format!("there is no contract named \"Login\": there are {known}"));
    }
    assert_fails(
        builder().without(Login::NAME).refuse_like(Login::NAME),
        UnknownDialect,
        "there is no contract named \"login\": there are auth_local, auth_token, tokens",
    );
    assert_fails(
        builder().without(Login::NAME).without(Login::NAME),
        UnknownDialect,
        "there is no contract named \"login\": there are auth_local, auth_token, tokens",
    );
    assert_fails(
        builder().without_contracts().refuse_like(Login::NAME),
        UnknownDialect,
        "there is no contract named \"login\": none is served",
    );
}

#[test]
fn the_later_of_two_calls_about_a_contract_counts() {
    let served = |builder: AuthLayerBuilder| {
        let layer = builder.build(find_in(users())).unwrap();
        ["/auth/local", "/login", "/api/auth/token", "/tokens"]
            .map(|path| matches!(layer.explain(&http::Method::POST, path), Explained::Endpoint { .. }))
    };
    let all = [true; 4];
    assert_eq!(served(builder().without(Login::NAME)), [true, false, true, true]);
    assert_eq!(served(builder().without(Login::NAME).dialect(Login::new())), all);
    assert_eq!(served(builder().dialect(Login::new()).without(Login::NAME)), [true, false, true, true]);
    assert_eq!(served(builder().without(Login::NAME).without_contracts()), [false; 4]);
}

#[test]
fn routes_that_cannot_be_read() {
    use BuildErrorKind::InvalidRoute;
    for (path, builder) in [
        ("login", builder().dialect(Login::new().path("login"))),
        ("", builder().dialect(Login::new().path(""))),
        ("/a b", builder().dialect(Login::new().path("/a b"))),
        ("/a?b", builder().dialect(Login::new().path("/a?b"))),
        ("/a#b", builder().dialect(Login::new().path("/a#b"))),
        ("/{user}", builder().dialect(Login::new().path("/{user}"))),
        ("/ä", builder().dialect(Login::new().path("/ä"))),
        ("//login", builder().dialect(Login::new().path("//login"))),
        ("/login/", builder().dialect(Login::new().path("/login/{token}"))),
        ("api/auth/local", builder().mount("api")),
        ("/api//auth/local", builder().mount("/api/")),
    ] {
        let sentence = format!(
            "the endpoint path {path:?} has to start with `/`, hold no `//`, `?`, `#` or white space, \
             and may only end with `/{{token}}` to refresh or to log out"
        );
        assert_fails(builder, InvalidRoute, &sentence);
    }
    for rule in [
        "",
        "health",
        "GET",
        "GET health",
        "get /health",
        "GET  /x",
        " /x",
        "/a b",
        "/a?b",
        "/{",
        "/a{b}{c}",
        "/v{n}/health",
        "/{n}.json",
        "/a}",
        "/{{a}}",
        "/{*a}/b",
        "/items/:id",
        "/assets/*",
    ] {
        let sentence = |rule: &str| {
            format!(
                "the rule {rule:?} is not `/path` or `METHOD /path` with `{{param}}` or `{{*rest}}` for whole segments"
            )
        };
        assert_fails(builder().public(rule), InvalidRoute, &sentence(rule));
        assert_fails(builder().optional(rule), InvalidRoute, &sentence(rule));
    }
}

#[test]
fn s23_sources_that_cannot_be() {
    use BuildErrorKind::InvalidSource;
    for name in ["", "a b", "Authorization", "cookie", "host", "origin", "sec-websocket-protocol", "x:y"] {
        let sentence = format!(
            "{name:?} cannot be a header of tokens: name one that is read for nothing else, as `x-access-token`"
        );
        assert_fails(builder().token_header(name), InvalidSource, &sentence);
    }
    let unfit = |name: &str| {
        format!(
            "{name:?} cannot be a query parameter of tokens: letters, digits, `-`, `.`, `_` and `~`, and not the `ticket` \
             of tickets"
        )
    };
    for name in ["", "a b", "a=b", "%74oken", "tökèn"] {
        assert_fails(builder().token_query(name), InvalidSource, &unfit(name));
    }
    assert_fails(builder().token_query("ticket").tickets("/auth/ticket"), InvalidSource, &unfit("ticket"));
    builder().token_query("ticket").build(find_in(users())).unwrap();
    assert_fails(
        builder().token_header("x-token").token_header("X-Token"),
        InvalidSource,
        "the header \"X-Token\" is a source of tokens twice, and every token in it would count as two: name it once",
    );
    assert_fails(
        builder().token_query("token").token_query("token"),
        InvalidSource,
        "the query parameter \"token\" is a source of tokens twice, and every token in it would count as two: name it once",
    );
    for origin in ["*", "null", "app.example.com", "https://app.example.com/", "https://app.example.com:443"] {
        let sentence = format!(
            "the trusted origin {origin:?} is not as browsers write one: scheme and host without a path, \
             and a port only where it is not the scheme's own, as in `https://app.example.com`"
        );
        assert_fails(builder().trusted_origin(origin), InvalidSource, &sentence);
    }
}

#[test]
fn cookies_that_browsers_would_not_keep() {
    let fails = |cookie: TokenCookie, what: &str| {
        let sentence = format!("the cookie {:?} {what}", cookie.name());
        assert_fails(builder().token_cookie(cookie), BuildErrorKind::InvalidSource, &sentence);
    };
    for name in ["", "a b", "a=b", "a;b", "a,b", "\"a\"", "ä"] {
        fails(
            TokenCookie::new(name),
            "has a name that is not one of a cookie: letters, digits, `-` and `_`, as in `__Host-token`",
        );
    }
    for path in ["", "api", "/a b", "/;Domain=evil.example", "/ä"] {
        let what = "has a path that does not start with `/`, or holds `;` or white space";
        fails(TokenCookie::new("token").path(path), what);
    }
    for domain in ["", "a b", "a;b", "https://a"] {
        fails(TokenCookie::new("token").domain(domain), "has a domain that is not a host's name");
    }
    for name in ["__Host-token", "__host-token"] {
        for cookie in [
            TokenCookie::new(name).path("/api"),
            TokenCookie::new(name).domain("example.com"),
            TokenCookie::new(name).dangerous_over_plain_http(),
        ] {
            let what = "is named `__Host-…` and browsers would drop it: \
                        leave it `Secure`, its path `/`, and its domain unset";
            fails(cookie, what);
        }
    }
    fails(
        TokenCookie::new("__Secure-token").dangerous_over_plain_http(),
        "is named `__Secure-…` and browsers would drop it: leave it `Secure`",
    );
    fails(
        TokenCookie::new("token").same_site(SameSite::None).dangerous_over_plain_http(),
        "is `SameSite=None` and browsers would drop it: leave it `Secure`",
    );
    let fine = TokenCookie::new("__Secure-token").domain("example.com").path("/api").same_site(SameSite::None);
    builder().token_cookie(fine).build(find_in(users())).unwrap();
}

#[test]
fn ticket_paths_that_cannot_be() {
    for path in ["", "ticket", "/a b", "/a?b", "//ticket", "/{ticket}"] {
        let sentence =
            format!("the ticket path {path:?} has to start with `/`, and hold no `//`, `{{`, `?`, `#` or white space");
        assert_fails(builder().tickets(path), BuildErrorKind::InvalidRoute, &sentence);
    }
    for (path, builder) in [("/login", builder()), ("/LOGIN", builder().lenient_paths())] {
        let sentence = format!("the ticket path {path} is a login route: give tickets a path of their own");
        assert_fails(builder.tickets(path), BuildErrorKind::OverlappingRoutes, &sentence);
    }
    for rule in ["/auth/ticket", "POST /auth/ticket", "/{any}/ticket"] {
        let sentence = format!(
            "the rule {rule:?} covers the ticket path /auth/ticket, and tickets are given for credentials only: take it out, or give it a method other than POST"
        );
        for builder in [builder().public(rule), builder().optional(rule)] {
            assert_fails(builder.tickets("/auth/ticket"), BuildErrorKind::ShadowedEndpoint, &sentence);
        }
    }
    builder().public("GET /auth/ticket").tickets("/auth/ticket").build(find_in(users())).unwrap();
    let old = SigningKey::hs256(SECRET).unwrap().verifying_key();
    assert_fails(
        AuthLayer::builder().verifying_key(old).without_contracts().tickets("/auth/ticket"),
        BuildErrorKind::MissingKey,
        "tickets are signed, and there is no key that signs: add one with `.key(…)`",
    );
}

#[test]
fn routes_that_overlap() {
    use BuildErrorKind::{OverlappingRoutes, ShadowedEndpoint};
    assert_fails(
        builder().dialect(AuthLocal::new().path("/login")),
        OverlappingRoutes,
        "two contracts serve POST /login: move one with `.path(…)`, or leave it out with `.without(…)`",
    );
    assert_fails(
        builder().lenient_paths().dialect(AuthLocal::new().path("/LOGIN")),
        OverlappingRoutes,
        "two contracts serve POST /login: move one with `.path(…)`, or leave it out with `.without(…)`",
    );
    assert_fails(
        builder().public("/a").optional("GET /a"),
        OverlappingRoutes,
        "the rule \"GET /a\" overlaps another one, and a route is public or optional once: take one of them out, or give each a method of its own",
    );
    assert_fails(
        builder().public("/a/{x}").public("/a/{y}"),
        OverlappingRoutes,
        "the rule \"/a/{y}\" overlaps another one, and a route is public or optional once: take one of them out, or give each a method of its own",
    );
    for (rule, endpoint, path) in [
        ("/login", "POST /login", "/login"),
        ("POST /tokens", "POST /tokens", "/tokens"),
        ("/auth/{*rest}", "POST /auth/local", "/auth/{*rest}"),
        ("PATCH /tokens/{token}", "PATCH /tokens/{token}", "/tokens/{token}"),
    ] {
        let sentence = format!(
            "the rule {rule:?} covers the login route {endpoint}: login routes need no rule; \
             give the rule a method that is not a login's, as in `GET {path}`"
        );
        assert_fails(builder().public(rule), ShadowedEndpoint, &sentence);
        assert_fails(builder().optional(rule), ShadowedEndpoint, &sentence);
    }
    builder().public("GET /login").build(find_in(users())).unwrap();
}

#[test]
fn realms_that_cannot_stand_in_a_header() {
    for realm in ["a\"b", "a\\b", "a\r\nSet-Cookie: a=b", "\0", "Gärten"] {
        assert_fails(
            builder().realm(realm),
            BuildErrorKind::InvalidHeader,
            "the realm has to be printable ASCII without quotes and backslashes: it stands in WWW-Authenticate",
        );
    }
}

#[test]
fn s5_names_of_keys() {
    use BuildErrorKind::InvalidKeyId;
    let key = |id: &str| SigningKey::hs256(SECRET).unwrap().key_id(id);
    for id in ["", &"k".repeat(129)] {
        assert_fails(builder().key(key(id)), InvalidKeyId, "a key's name has to be 1 to 128 bytes long");
        let verifying = key(id).verifying_key();
        assert_fails(builder().verifying_key(verifying), InvalidKeyId, "a key's name has to be 1 to 128 bytes long");
    }
    assert_fails(
        builder().key(key("2024")).verifying_key(key("2024").verifying_key()),
        InvalidKeyId,
        "two HS256 keys have the name \"2024\": name each key once",
    );
    builder().key(key(&"k".repeat(128))).build(find_in(users())).unwrap();
}

// Keys

#[test]
fn s3_weak_keys() {
    assert_error(
        &SigningKey::hs256("too short").unwrap_err(),
        BuildErrorKind::WeakKey,
        "an HS256 secret needs at least 32 bytes (RFC 7518 section 3.2), and this one has 9: \
         generate one with `openssl rand -base64 48`, or for an old system's see `dangerous_short_secret`",
    );
    let sentence = "an RS256 key needs at least 2048 bits (RFC 7518 section 3.3), and this one has 1024: \
                    make another with `openssl genrsa -out key.pem 2048`";
    let weak = VerifyingKey::pem(Algorithm::Rs256, WEAK_RSA_PUBLIC).unwrap_err();
    assert_error(&weak, BuildErrorKind::WeakKey, sentence);
    assert_error(&SigningKey::rs256_pem(WEAK_RSA_PEM).unwrap_err(), BuildErrorKind::WeakKey, sentence);
}

#[test]
fn s2_a_public_key_as_a_secret() {
    assert_error(
        &SigningKey::hs256(RSA_PUBLIC).unwrap_err(),
        BuildErrorKind::PublicKeyAsSecret,
        "the HS256 secret is a public key, which everybody may know: \
         give a random secret, or use the key with its own algorithm",
    );
}

#[test]
fn keys_of_another_kind_than_their_algorithm() {
    use Algorithm::{EdDsa, Es256, Es384, Hs256, Ps512, Rs256};
    let shared = "HS256 signs with a shared secret: use `secret`";
    let not_private = |algorithm: Algorithm, family: &str, found: &str| {
        let advice = match found {
            "no PEM" => "give the content of a PEM file, not its name",
            "another `PRIVATE KEY`" => "name the algorithm that it is for, or give another key",
            "another `PUBLIC KEY`" => "give the private key that it belongs to",
            "another `OPENSSH PRIVATE KEY`" if family == "Ed25519" => {
                "make one with `openssl genpkey -algorithm ed25519`"
            }
            "another `OPENSSH PRIVATE KEY`" => "convert a copy of it with `ssh-keygen -p -N '' -m PKCS8 -f copy.pem`",
            _ => "convert it with `openssl pkcs8 -topk8 -nocrypt`",
        };
        format!("{algorithm} needs a private {family} key as PKCS#8 in PEM, and this is {found}: {advice}")
    };
    let labelled = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
    let not_read = |label: &str| {
        (none(SigningKey::rs256_pem(labelled(label))), not_private(Rs256, "RSA", &format!("another `{label}`")))
    };
    let unfit = |algorithm| {
        format!("the private key is not one for {algorithm}: name the algorithm that it is for, or give another key")
    };
    let not_public = |algorithm: Algorithm, family: &str, found: &str| {
        format!(
            "{algorithm} needs a public {family} key as SPKI in PEM, and this is {found}: \
             make it of the private one with `openssl pkey -in key.pem -pubout`"
        )
    };
    let cases: Vec<(Result<(), BuildError>, String)> = vec![
        (none(SigningKey::pem(Hs256, RSA_PEM)), shared.into()),
        (none(SigningKey::der(Hs256, [7; 64])), shared.into()),
        (none(VerifyingKey::pem(Hs256, RSA_PUBLIC)), shared.into()),
        (
            none(SigningKey::secret(Rs256, SECRET)),
            "RS256 signs with a private key, not with a shared secret: use `pem`".into(),
        ),
        (
            none(VerifyingKey::secret(EdDsa, SECRET)),
            "EdDSA signs with a private key, not with a shared secret: use `pem`".into(),
        ),
        (none(SigningKey::rs256_pem("")), not_private(Rs256, "RSA", "no PEM")),
        (none(SigningKey::rs256_pem("key.pem")), not_private(Rs256, "RSA", "no PEM")),
        not_read("OPENSSH PRIVATE KEY"),
        (
            none(SigningKey::pem(EdDsa, labelled("OPENSSH PRIVATE KEY"))),
            not_private(EdDsa, "Ed25519", "another `OPENSSH PRIVATE KEY`"),
        ),
        (
            none(SigningKey::rs256_pem(RSA_PEM.replace('\n', "\\n"))),
            "RS256 needs a private RSA key as PKCS#8 in PEM, and this is no PEM: give all of the file, with its line breaks"
                .into(),
        ),
        not_read("ENCRYPTED PRIVATE KEY"),
        (none(SigningKey::rs256_pem(RSA_PUBLIC)), not_private(Rs256, "RSA", "another `PUBLIC KEY`")),
        (none(SigningKey::rs256_pem(P256_PEM)), not_private(Rs256, "RSA", "another `PRIVATE KEY`")),
        (none(SigningKey::pem(Ps512, ED_PEM)), not_private(Ps512, "RSA", "another `PRIVATE KEY`")),
        (none(SigningKey::pem(Es256, RSA_PEM)), not_private(Es256, "EC", "another `PRIVATE KEY`")),
        (none(SigningKey::pem(EdDsa, P256_PEM)), not_private(EdDsa, "Ed25519", "another `PRIVATE KEY`")),
        (none(SigningKey::pem(Es384, P256_PEM)), unfit("ES384")),
        (none(SigningKey::pem(Es256, P384_PEM)), unfit("ES256")),
        (none(SigningKey::der(Rs256, [0x30; 64])), unfit("RS256")),
        (none(SigningKey::der(Es256, "")), unfit("ES256")),
        (none(SigningKey::der(EdDsa, [7; 32])), unfit("EdDSA")),
        (none(VerifyingKey::pem(Rs256, "garbage")), not_public(Rs256, "RSA", "no PEM")),
        (none(VerifyingKey::pem(Rs256, RSA_PEM)), not_public(Rs256, "RSA", "another `PRIVATE KEY`")),
        (none(VerifyingKey::pem(Rs256, P256_PUBLIC)), not_public(Rs256, "RSA", "another `PUBLIC KEY`")),
        (none(VerifyingKey::pem(Es256, ED_PUBLIC)), not_public(Es256, "EC", "another `PUBLIC KEY`")),
        (none(VerifyingKey::pem(EdDsa, RSA_PUBLIC)), not_public(EdDsa, "Ed25519", "another `PUBLIC KEY`")),
        (
            none(VerifyingKey::der(EdDsa, P256_PUBLIC)),
            "EdDSA needs a public Ed25519 key as SPKI in DER, and this is none: \
             make it of the private one with `openssl pkey -in key.pem -pubout -outform DER`"
                .into(),
        ),
        (none(VerifyingKey::der(Hs256, "")), shared.into()),
        (none(VerifyingKey::pem(Es256, P384_PUBLIC)), "the key is not a usable public key for ES256".into()),
        (none(VerifyingKey::pem(Es384, P256_PUBLIC)), "the key is not a usable public key for ES384".into()),
    ];
    for (number, (outcome, sentence)) in cases.into_iter().enumerate() {
        let error = outcome.expect_err(&format!("case {number}: {sentence}"));
        assert_error(&error, BuildErrorKind::InvalidKey, &sentence);
    }
}

fn none<T>(made: Result<T, BuildError>) -> Result<(), BuildError> {
    made.map(drop)
}

#[cfg(not(feature = "aws-lc-rs"))]
#[test]
fn fresh_keys_without_their_back_end() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let sentence = format!(
            "fresh {algorithm} keys are made with the `aws-lc-rs` feature: switch it on, or load a key with `pem` and the feature `rust-crypto`"
        );
        assert_error(&SigningKey::generate(algorithm).unwrap_err(), BuildErrorKind::MissingBackend, &sentence);
    }
}

#[test]
fn jwk_sets_that_cannot_be_used() {
    let no_set = "the text is not a JWK Set: an object with a `keys` array (RFC 7517 section 5)";
    let mismatch = |algorithm: Algorithm| {
        format!("a key of the JWK Set is not one for its `alg`, {algorithm}: correct it where the set comes from")
    };
    let x = URL_SAFE_NO_PAD.encode([7; 32]);
    let rsa = |alg: &str| json!({ "kty": "RSA", "alg": alg, "n": URL_SAFE_NO_PAD.encode([0xff; 256]), "e": "AQAB" });
    for (set, sentence) in [
        (json!("text").to_string(), no_set.to_owned()),
        (String::new(), no_set.into()),
        (json!([rsa("RS256")]).to_string(), no_set.into()),
        (rsa("RS256").to_string(), no_set.into()),
        (
            json!({ "keys": [{ "kty": "RSA", "n": "AQAB", "e": "AQAB" }] }).to_string(),
            "a key of the JWK Set has no `alg`: state it, since a key is bound to it".into(),
        ),
        (json!({ "keys": [rsa("ES256")] }).to_string(), mismatch(Algorithm::Es256)),
        (json!({ "keys": [rsa("HS256")] }).to_string(), mismatch(Algorithm::Hs256)),
        (json!({ "keys": [rsa("EdDSA")] }).to_string(), mismatch(Algorithm::EdDsa)),
        (json!({ "keys": [{ "kty": "oct", "alg": "RS256", "k": x }] }).to_string(), mismatch(Algorithm::Rs256)),
        (
            json!({ "keys": [{ "kty": "RSA", "alg": "RS256", "n": "???", "e": "AQAB" }] }).to_string(),
            mismatch(Algorithm::Rs256),
        ),
        (
            json!({ "keys": [{ "kty": "EC", "alg": "ES256", "crv": "P-256", "x": x, "y": x }] }).to_string(),
            "the key is not a usable public key for ES256".into(),
        ),
    ] {
        let error = VerifyingKey::jwk_set(&set).expect_err(&set);
        assert_error(&error, BuildErrorKind::InvalidKey, &sentence);
    }
}

#[test]
fn s67_no_build_error_says_what_was_given() {
    let short = "hunter2hunter2";
    let jwk = json!({ "keys": [{ "kty": "oct", "alg": "HS256", "k": URL_SAFE_NO_PAD.encode(short) }] }).to_string();
    let damaged = RSA_PEM.replacen("MIIE", "MIIX", 1);
    let kid = SigningKey::hs256(SECRET).unwrap().key_id("");
    for error in [
        SigningKey::hs256(short).unwrap_err(),
        SigningKey::hs256(RSA_PUBLIC).unwrap_err(),
        SigningKey::rs256_pem(&damaged).unwrap_err(),
        SigningKey::pem(Algorithm::Es256, RSA_PEM).unwrap_err(),
        VerifyingKey::jwk_set(&jwk).unwrap_err(),
        VerifyingKey::jwk_set(short).unwrap_err(),
        builder().key(kid).build(find_in(users())).unwrap_err(),
    ] {
        let told = format!("{error} {error:?} {error:#?}");
        assert_discreet(&told, &[short, &URL_SAFE_NO_PAD.encode(short), SECRET, "MIIE", "MIIX", "BEGIN"]);
    }
}

// Refusals

const REFUSALS: [(RejectionKind, u16, &str, &str); 21] = [
    (RejectionKind::MissingCredentials, 401, "missing_credentials", "credentials are required"),
    (RejectionKind::UnsupportedScheme, 401, "unsupported_scheme", "the authentication scheme is not supported"),
    (RejectionKind::SeveralCredentials, 400, "several_credentials", "send one credential, not several"),
    (RejectionKind::MalformedBasic, 401, "malformed_basic", "the credentials are malformed"),
    (RejectionKind::InvalidPassword, 401, "invalid_password", "the user-id or the password is wrong"),
    (RejectionKind::MalformedToken, 401, "malformed_token", "the token is malformed"),
    (RejectionKind::UnsupportedToken, 401, "unsupported_token", "the token is not of a supported kind"),
    (RejectionKind::InvalidSignature, 401, "invalid_signature", "the signature of the token does not hold"),
    (RejectionKind::MissingClaim, 401, "missing_claim", "the token lacks a required claim"),
    (RejectionKind::ForeignToken, 401, "foreign_token", "the token was not issued for this service"),
    (RejectionKind::ExpiredToken, 401, "expired_token", "the token has expired"),
    (RejectionKind::EarlyToken, 401, "early_token", "the token is not valid yet"),
    (RejectionKind::RevokedToken, 401, "revoked_token", "the token is no longer valid"),
    (RejectionKind::SupersededToken, 401, "superseded_token", "the token is no longer valid"),
    (RejectionKind::UnknownUser, 401, "unknown_user", "the user of the token is not known"),
    (RejectionKind::BlockedUser, 401, "blocked_user", "the account is blocked"),
    (RejectionKind::UnconfirmedUser, 401, "unconfirmed_user", "the account is not confirmed"),
    (RejectionKind::InsufficientScope, 403, "insufficient_scope", "the credentials do not cover this request"),
    (
        RejectionKind::CrossSite,
        403,
        "cross_site",
        "what a browser adds by itself counts here only when a page of this service sends it; other clients send the token as Bearer",
    ),
    (RejectionKind::Unavailable, 503, "unavailable", "the credentials cannot be checked at the moment"),
    (RejectionKind::Overloaded, 503, "overloaded", "too many logins at the moment"),
];

#[test]
fn s66_every_refusal_has_one_fixed_sentence() {
    for (kind, status, name, sentence) in REFUSALS {
        let rejection = Rejection::from(kind);
        assert_eq!(rejection.to_string(), sentence);
        assert_eq!((rejection.kind(), rejection.status().as_u16()), (kind, status));
        assert_eq!((kind.as_str(), kind.to_string()), (name, name.to_owned()));
        assert_eq!(format!("{rejection:?}"), format!("Rejection {{ kind: {kind:?}, .. }}"));
        assert_eq!(rejection.retry_after(), (status == 503).then_some(secs(1)), "{kind:?}");
        assert!(rejection.source().is_none());
    }
}

#[test]
fn an_algorithm_that_is_none() {
    let sentence =
        "an algorithm is one of HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA";
    for text in ["none", "hs256", "HS256 ", ""] {
        assert_eq!(text.parse::<Algorithm>().unwrap_err().to_string(), sentence, "{text:?}");
    }
}

#[test]
fn what_has_a_name_displays_it_and_pads_it() {
    let displayed = [
        (format!("{:>7}", Scheme::Basic), "  basic"),
        (format!("{:8}", Operation::Logout), "logout  "),
        (Algorithm::EdDsa.to_string(), "EdDSA"),
        (RejectionKind::ExpiredToken.to_string(), "expired_token"),
        (Refusal::MalformedBody("?").to_string(), "malformed_body"),
        (ErrorCode::InvalidToken.to_string(), "invalid_token"),
    ];
    for (shown, name) in displayed {
        assert_eq!(shown, name);
    }
}

#[test]
fn refusals_have_the_codes_of_rfc_6750() {
    for (kind, status, ..) in REFUSALS {
        let code = Rejection::from(kind).error_code().map(tower_auth::ErrorCode::as_str);
        let expected = match kind {
            RejectionKind::MissingCredentials
            | RejectionKind::UnsupportedScheme
            | RejectionKind::MalformedBasic
            | RejectionKind::InvalidPassword
            | RejectionKind::CrossSite
            | RejectionKind::Unavailable
            | RejectionKind::Overloaded => None,
            _ => Some(match status {
                400 => "invalid_request",
                403 => "insufficient_scope",
                _ => "invalid_token",
            }),
        };
        assert_eq!(code, expected, "{kind:?}");
    }
}

#[tokio::test]
async fn s67_a_refusal_keeps_its_cause_and_does_not_print_it() {
    let lookup = |_: Query| ready(Err::<Option<Account<User>>, BoxError>("asked for hunter2".into()));
    let layer = builder().build(lookup).unwrap();
    let reply = send(&layer, bearer(&good_token())).await;
    let rejection = reply.extensions.get::<Rejection>().unwrap();
    assert_eq!(rejection.to_string(), "the credentials cannot be checked at the moment");
    assert_eq!(rejection.source().unwrap().to_string(), "asked for hunter2");
    assert_discreet(&format!("{rejection} {rejection:?} {rejection:#?}"), &["hunter2"]);
    assert_discreet(&format!("{:?} {}", reply.headers, reply.text()), &["hunter2"]);
}

// What never prints

#[track_caller]
fn assert_discreet(told: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!told.contains(secret), "{secret:?} is told: {told}");
    }
}

fn both(value: &impl std::fmt::Debug) -> String {
    format!("{value:?} {value:#?}")
}

#[test]
fn s67_keys_do_not_print() {
    let raw: &[&str] = &["a shared secret", "MIIE", "MIGH", "BEGIN", "115, 104, 97", "73 68 61"];
    let secret = SigningKey::hs256(SECRET).unwrap().key_id("2024");
    let private = SigningKey::rs256_pem(RSA_PEM).unwrap();
    let public = VerifyingKey::pem(Algorithm::Es256, P256_PUBLIC).unwrap();
    for told in
        [both(&secret), both(&secret.verifying_key()), both(&private), both(&private.verifying_key()), both(&public)]
    {
        assert_discreet(&told, raw);
    }
    assert_eq!(format!("{secret:?}"), r#"SigningKey { algorithm: Hs256, key_id: Some("2024"), .. }"#);
    assert_eq!(format!("{private:?}"), "SigningKey { algorithm: Rs256, key_id: None, .. }");
    assert_eq!(format!("{public:?}"), "VerifyingKey { algorithm: Es256, key_id: None, .. }");

    let builder = builder().verifying_key(secret.verifying_key()).public("/health");
    assert_discreet(&both(&builder), raw);
    let layer = builder.build(find_in(users())).unwrap();
    assert_discreet(&both(&layer), raw);
    assert_discreet(&both(&layer.endpoints()), raw);
    assert_discreet(&both(&layer.layer("an inner service")), raw);
    assert_eq!(format!("{layer:?}"), r#"AuthLayer { dialects: ["auth_local", "login", "auth_token", "tokens"], .. }"#);
    assert_eq!(format!("{:?}", layer.endpoints()), "Endpoints { .. }");
    assert_eq!(format!("{:?}", layer.layer("inner")), r#"Auth { inner: "inner", .. }"#);
}

#[test]
fn s67_passwords_and_accounts_do_not_print() {
    let password = Password::new("hunter2");
    assert_eq!(format!("{password:?}"), "Password([redacted])");
    for stored in [
        StoredPassword::from(BCRYPT),
        StoredPassword::from(String::from("{noop}hunter2")),
        StoredPassword::salted_sha256("the salt", "the digest"),
    ] {
        assert_eq!(format!("{stored:?}"), "StoredPassword([redacted])");
        let account = Account::new(1, json!({ "password": "hunter2" })).username("duane15").password_hash(stored);
        assert_discreet(&both(&account), &["hunter2", "$2b$", "the salt", "the digest", "noop"]);
    }
    assert_discreet(&both(&LoginForm::new(Identifier::Username("duane15".into()), "hunter2")), &["hunter2"]);
}

#[tokio::test]
async fn s67_queries_claims_and_identities_do_not_print_their_secrets() {
    let told = Arc::new(Mutex::new(String::new()));
    let layer = {
        let (told, find) = (Arc::clone(&told), find_in(users()));
        let lookup = move |query: Query| {
            told.lock().unwrap().push_str(&both(&query));
            find(query)
        };
        builder().build(lookup).unwrap()
    };
    let inner = {
        let told = Arc::clone(&told);
        service_fn(move |request: Request<Full<Bytes>>| {
            let identity = Identity::<User>::of(request.extensions()).unwrap();
            let user = identity.current_user();
            let text = [both(&identity), both(&identity.claims()), both(&user)].concat();
            told.lock().unwrap().push_str(&text);
            ready(Ok::<_, BoxError>(Response::new(Full::<Bytes>::default())))
        })
    };
    let claims = format!(r#"{{"id":1,"iat":{NOW},"exp":{},"ssn":"078-05-1120","jti":"the name"}}"#, NOW + 60);
    let token = hs256(HEADER, &claims);
    for request in [
        bearer(&token),
        authorized(request("GET", "/me"), &basic("duane15", PASSWORD)),
        post_json("/login", &json!({ "username": "duane15", "password": PASSWORD })),
    ] {
        let mut service = layer.layer(inner.clone());
        let future = service.ready().await.unwrap().call(request);
        told.lock().unwrap().push_str(&both(&future));
        assert_eq!(future.await.unwrap().status(), 200);
    }
    let told = told.lock().unwrap();
    assert!(told.contains("Login {") && told.contains("Subject {") && told.contains("duane15"), "{told}");
    assert_discreet(&told, &[PASSWORD, &STANDARD.encode(PASSWORD), "078-05-1120", &token, "$2b$"]);
}

/// `auth_local`, with everything that a contract is shown written down.
struct Witness {
    contract: AuthLocal,
    told: Arc<Mutex<String>>,
}

impl Dialect for Witness {
    fn name(&self) -> &'static str {
        AuthLocal::NAME
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        self.contract.endpoints()
    }

    fn issue(&self) -> Issue {
        self.contract.issue()
    }

    fn read(&self, form: &Form) -> Result<LoginForm, Refusal> {
        let read = self.contract.read(form)?;
        self.told.lock().unwrap().push_str(&[both(form), both(&read)].concat());
        Ok(read)
    }

    fn claims(&self, grant: &Grant<'_>) -> Result<Vec<u8>, BoxError> {
        self.told.lock().unwrap().push_str(&both(grant));
        self.contract.claims(grant)
    }

    fn granted(&self, granted: &Granted<'_>) -> Answer {
        let answer = self.contract.granted(granted);
        let _: &RawValue = granted.user;
        self.told.lock().unwrap().push_str(&[both(granted), both(&answer)].concat());
        answer
    }

    fn refused(&self, refused: &Refused<'_>) -> Answer {
        self.told.lock().unwrap().push_str(&both(refused));
        self.contract.refused(refused)
    }
}

#[tokio::test]
async fn s67_what_a_contract_is_shown_does_not_print_password_or_token() {
    let told = Arc::new(Mutex::new(String::new()));
    let contract = Witness { contract: AuthLocal::new(), told: Arc::clone(&told) };
    let layer = builder().dialect(contract).build(find_in(users())).unwrap();
    for (password, status) in [(PASSWORD, 200), ("hunter2", 400)] {
        let body = json!({ "identifier": "duane15", "password": password });
        let response = layer
            .layer(service_fn(async |_: Request<Full<Bytes>>| {
                Ok::<_, BoxError>(Response::new(Full::<Bytes>::default()))
            }))
            .oneshot(post_json("/auth/local", &body))
            .await
            .unwrap();
        assert_eq!(response.status(), status);
        told.lock().unwrap().push_str(&both(response.body()));
    }
    let told = told.lock().unwrap();
    for shown in ["LoginForm {", "Grant {", "Granted {", "Answer {", "Refused {", "ResponseBody"] {
        assert!(told.contains(shown), "{shown}");
    }
    assert_discreet(&told, &[PASSWORD, "hunter2"]);
    // Every token here starts so: the encoded `{"alg":"HS256"`.
    assert_discreet(&told, &["eyJhbGciOiJIUzI1NiI"]);
}
