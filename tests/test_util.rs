//! The test kit, as an application's tests use it.
#![cfg(feature = "test-util")]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use http::{Request, Response};
use http_body_util::Full;
use serde_json::{json, value::RawValue};
use support::{User, builder, find_in, read, request, secs, users};
use tower::{Layer, service_fn};
use tower_auth::{
    Account, BoxError, Clock, Explained, Identity, RejectionKind, Requirement, Scheme, Timestamp, TokenClaims,
    dialect::{
        Answer, AuthLocal, AuthToken, Dialect, Form, Grant, Granted, GuardRefused, Login, Operation, Refusal, Refused,
        Tokens,
    },
    test_util::{Admit, ManualClock, walk},
};

fn bearer(token: &str) -> Request<Full<bytes::Bytes>> {
    support::bearer(token)
}

/// So many seconds after the beginning.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(support::NOW + seconds)
}

#[tokio::test]
async fn a_token_of_each_contract_is_admitted_until_its_own_end() {
    let clock = ManualClock::at(at(0));
    let auth = builder().clock(clock.clone()).build(find_in(users())).unwrap();
    let account = Account::new(1, json!({})).username("duane15");
    for (contract, lifetime) in
        [(AuthLocal::NAME, 2_592_000), (Login::NAME, 388_800), (AuthToken::NAME, 7_200), (Tokens::NAME, 1_209_600)]
    {
        clock.set(at(0));
        let token = auth.token_of(contract, &account).unwrap();
        for (moment, status) in [(0, 200), (lifetime + 9, 200), (lifetime + 10, 401)] {
            clock.set(at(moment));
            assert_eq!(support::send(&auth, bearer(&token)).await.status, status, "{contract} {moment}");
        }
    }
    clock.set(at(0));
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
    let clock = ManualClock::at(at(5));
    let clone = clock.clone();
    clock.advance(secs(2));
    assert_eq!(clone.now(), at(7));
    clock.set(at(3));
    assert_eq!(clone.now(), at(3));
    clock.advance(secs(u64::MAX));
    clock.advance(secs(u64::MAX));
    assert!(clone.now() > at(7));
}

#[test]
fn the_service_that_is_admitted_to_can_be_reached() {
    let mut service = Admit::new(Account::new("ada", json!({}))).layer(1);
    assert_eq!(service.get_ref(), &1);
    *service.get_mut() = 2;
    assert_eq!(service.into_inner(), 2);
}

/// What a contract says to the samples.
fn says<D: Dialect + ?Sized>(contract: &D) -> Vec<String> {
    let user = RawValue::from_string("{}".into()).unwrap();
    let form =
        Form::from_iter([("identifier", "ada"), ("username", "ada"), ("login", "ada"), ("password", "lovelace")]);
    let shown = |answer: Answer| format!("{:?}", answer.into_response());
    vec![
        contract.name().into(),
        format!("{:?}", contract.endpoints()),
        format!("{:?}", contract.issue()),
        format!("{:?}", contract.rate()),
        format!("{:?}", contract.redaction()),
        format!("{:?}", contract.read(&form)),
        format!("{:?}", contract.members()),
        String::from_utf8(contract.claims(&Grant::sample()).unwrap()).unwrap(),
        shown(contract.granted(&Granted::sample("a.b.c", &user))),
        shown(contract.logged_out()),
        shown(contract.refused(&Refused::sample(Refusal::BlockedUser))),
        format!("{:?}", contract.guard_refused(&GuardRefused::sample(RejectionKind::ExpiredToken)).map(shown)),
    ]
}

#[test]
fn a_contract_in_a_box_is_that_contract() {
    let contracts: [Box<dyn Dialect>; 4] = [
        Box::new(AuthLocal::new().logout()),
        Box::new(Login::new().logout()),
        Box::new(AuthToken::new()),
        Box::new(Tokens::new().logout()),
    ];
    for contract in contracts {
        assert_eq!(says(&contract), says(&*contract));
    }
}

#[test]
fn samples_are_what_a_contract_is_asked() {
    let user = RawValue::from_string(r#"{"id":1}"#.into()).unwrap();
    let granted = Tokens::new().granted(&Granted::sample("a.b.c", &user)).into_response();
    assert_eq!(granted.status(), 201);
    assert!(granted.body().starts_with(br#"{"token":"a.b.c","user":{"id":1}"#), "{:?}", granted.body());
    let refused = AuthToken::new().refused(&Refused::sample(Refusal::Failed)).into_response();
    let body = String::from_utf8_lossy(refused.body()).into_owned();
    assert!(body.contains(r#""path":"/login""#) && body.contains("2023-11-14T22:13:20"), "{body}");
}
