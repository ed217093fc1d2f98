//! The test kit, as an application's tests use it.
#![cfg(feature = "test-util")]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use http::{Request, Response};
use http_body_util::Full;
use serde_json::json;
use support::{User, builder, find_in, read, request, users};
use tower::{Layer, service_fn};
use tower_auth::{
    Account, BoxError, Clock, Explained, Identity, Requirement, Scheme, Timestamp, TokenClaims,
    dialect::{AuthLocal, AuthToken, Login, Operation, Tokens},
    test_util::{Admit, ManualClock, walk},
};

fn bearer(token: &str) -> Request<Full<bytes::Bytes>> {
    support::bearer(token)
}

#[tokio::test]
async fn a_token_of_each_contract_is_admitted_until_its_own_end() {
    let clock = ManualClock::at(support::NOW);
    let auth = builder().clock(clock.clone()).build(find_in(users())).unwrap();
    let account = Account::new(1, json!({})).username("duane15");
    for (contract, lifetime) in
        [(AuthLocal::NAME, 2_592_000), (Login::NAME, 388_800), (AuthToken::NAME, 7_200), (Tokens::NAME, 1_209_600)]
    {
        clock.set(support::NOW);
        let token = auth.token_of(contract, &account).unwrap();
        for (moment, status) in [(0, 200), (lifetime + 9, 200), (lifetime + 10, 401)] {
            clock.set(support::NOW + moment);
            assert_eq!(support::send(&auth, bearer(&token)).await.status, status, "{contract} {moment}");
        }
    }
    clock.set(support::NOW);
    assert_eq!(auth.token_for(&account).unwrap(), auth.token_of(AuthLocal::NAME, &account).unwrap());
    let refreshable = auth.token_of(Tokens::NAME, &account).unwrap();
    assert_eq!(support::send(&auth, request("PATCH", &format!("/tokens/{refreshable}"))).await.status, 201);
}

#[tokio::test]
async fn a_token_that_cannot_be_had_is_an_error() {
    let auth = builder().without(Login::NAME).build(find_in(users())).unwrap();
    let error = auth.token_of(Login::NAME, &Account::new(1, json!({}))).unwrap_err();
    assert_eq!(error.to_string(), r#"the contract "login" grants no token to this account"#);
}

#[tokio::test]
async fn everybody_is_admitted_as_one_account() {
    let seen = service_fn(async |request: Request<Full<bytes::Bytes>>| {
        let identity = Identity::<User>::of(request.extensions()).unwrap();
        let claims = TokenClaims::of(request.extensions()).map(|claims| claims.subject().to_string());
        let admin = Requirement::role("admin").check(&identity).is_ok();
        let text = format!("{} {:?} {claims:?} {admin}", identity.id(), identity.scheme());
        Ok::<_, BoxError>(Response::new(Full::<bytes::Bytes>::from(text)))
    });
    let ada = || Account::new("ada", json!({})).roles(["admin"]);
    let by_basic = read(Admit::new(ada()).layer(seen), request("GET", "/me")).await;
    assert_eq!(by_basic.text(), format!("ada {:?} None true", Scheme::Basic));
    let admit = Admit::new(ada()).claims(r#"{"sub":"ada","exp":1}"#).unwrap();
    let by_token = read(admit.layer(seen), request("GET", "/me")).await;
    assert_eq!(by_token.text(), format!(r#"ada {:?} Some("ada") true"#, Scheme::Bearer));

    for claims in ["", "[]", "{}", r#"{"sub":null}"#, r#"{"sub":1,"exp":"x"}"#, r#"{"sub":1,"sub":2}"#] {
        assert!(Admit::new(ada()).claims(claims).is_err(), "{claims}");
    }
}

#[test]
fn a_walk_says_of_each_route_what_it_is() {
    let auth = builder().mount("/api").public("GET /health").optional("/feed").build(find_in(users())).unwrap();
    let routes = ["GET /health", "HEAD /health", "GET /feed", "GET /me", "POST /api/login", "PATCH /api/tokens/x"];
    let walk = walk(&auth, routes).unwrap();
    assert_eq!(walk.open(), ["GET /health", "GET /feed"]);
    assert_eq!(walk.guarded(), ["HEAD /health", "GET /me"]);
    assert_eq!(
        walk.to_string(),
        "GET /health          public by the rule \"GET /health\"\n\
         HEAD /health         guarded\n\
         GET /feed            optional by the rule \"/feed\"\n\
         GET /me              guarded\n\
         POST /api/login      endpoint: login of the contract login\n\
         PATCH /api/tokens/x  endpoint: refresh of the contract tokens\n"
    );
    let last = walk.iter().last().map(|(_, explained)| explained);
    assert!(matches!(last, Some(Explained::Endpoint { contract: "tokens", operation: Operation::Refresh, .. })));
}

#[test]
fn what_is_no_route_is_an_error_that_says_how_to_write_one() {
    let auth = builder().build(find_in(users())).unwrap();
    let error = walk(&auth, ["/me"]).unwrap_err();
    assert_eq!(error.to_string(), r#""/me" is no route: write `METHOD /path`, as in `GET /me`"#);
}

#[test]
fn clones_of_a_clock_show_the_same_time_and_the_end_of_time_is_no_panic() {
    let clock = ManualClock::at(5);
    let clone = clock.clone();
    clock.advance(2);
    assert_eq!(clone.now(), Timestamp::from_unix_seconds(7));
    clock.set(3);
    assert_eq!(clone.now(), Timestamp::from_unix_seconds(3));
    clock.advance(u64::MAX);
    clock.advance(u64::MAX);
    assert!(clone.now() > Timestamp::from_unix_seconds(7));
}
