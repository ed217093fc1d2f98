//! What the types promise beside their methods: auto traits, sizes, and the bounds that frameworks ask for.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::{error::Error, fmt::Debug, mem::size_of};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use support::*;
use tower::{Layer, Service, service_fn, util::BoxCloneService};
use tower_auth::{
    Account, Algorithm, Auth, AuthLayer, AuthLayerBuilder, BoxError, BuildError, BuildErrorKind, ClientAddr, Clock,
    CurrentUser, Endpoints, EndpointsFuture, ErrorCode, Explained, FailureLimit, ForwardedHeader, Identifier, Identity,
    InvalidAlgorithm, InvalidSessionId, Lookup, NoInner, Password, Query, Rejection, RejectionKind, Require,
    RequireLayer, Requirement, ResponseBody, ResponseFuture, SameSite, Scheme, Session, SessionId, SessionLimit,
    SigningKey, StoredPassword, Subject, SystemClock, Timestamp, TokenClaims, TokenCookie, VerifyingKey,
    dialect::{
        Answer, AuthLocal, AuthToken, Dialect, Endpoint, Form, FormError, Grant, Granted, GuardRefused, HeaderOrder,
        Issue, Login, LoginForm, Member, Operation, Redaction, Refusal, Refused, Tokens,
    },
    store::{
        Budget, Guess, Listing, MemorySessions, MemoryThrottle, Opening, Rate, RateCount, RevocationList, Rotated,
        Rotation, SessionStore, StoreFuture, Successor, Tally, ThrottleKey, ThrottleStore, TokenKey, UserKey, Verdict,
    },
};

#[cfg(feature = "redis")]
#[test]
fn a_store_in_redis_is_cloned_printed_and_shared() {
    use tower_auth::store::{RedisBuilder, RedisStore};
    fn store<T: Clone + Debug + SessionStore + ThrottleStore + Send + Sync + Unpin + 'static>() {}
    store::<RedisStore>();
    shared::<RedisBuilder>();
    prints::<RedisBuilder>();
}

/// A lookup with a name, for the types that have one in them.
type Find = fn(Query) -> Answered;
type Answered = std::future::Ready<Result<Option<Account<User>>, BoxError>>;
type Outer = BoxCloneService<Request<Full<Bytes>>, Response<ResponseBody<Full<Bytes>>>, BoxError>;
type Inner = BoxCloneService<Request<Full<Bytes>>, Response<Full<Bytes>>, BoxError>;

fn shared<T: Send + Sync + Unpin + 'static>() {}

fn passed_on<T: Send + Unpin + 'static>() {}

fn borrowed<T: Send + Sync + Unpin>() {}

fn prints<T: Debug>() {}

fn copied<T: Copy + Debug + Send + Sync + Unpin + 'static>() {}

#[test]
fn every_owned_type_is_send_sync_unpin_and_static() {
    shared::<Account<User>>();
    shared::<Auth<(), Find>>();
    shared::<AuthLayer<Find>>();
    shared::<AuthLayerBuilder>();
    shared::<BuildError>();
    shared::<CurrentUser<User>>();
    shared::<Endpoints<Find>>();
    passed_on::<EndpointsFuture>();
    prints::<EndpointsFuture>();
    shared::<Identifier>();
    shared::<Identity<User>>();
    shared::<Listing>();
    shared::<MemorySessions>();
    shared::<MemoryThrottle>();
    shared::<Opening>();
    shared::<Password>();
    shared::<Query>();
    shared::<Rejection>();
    shared::<Require<(), Find>>();
    shared::<RequireLayer<Find>>();
    shared::<Requirement>();
    shared::<ResponseBody<Full<Bytes>>>();
    shared::<NoInner>();
    shared::<RevocationList>();
    shared::<Rotated>();
    shared::<Rotation>();
    shared::<Session>();
    shared::<SigningKey>();
    shared::<StoredPassword>();
    shared::<Subject>();
    shared::<TokenCookie>();
    shared::<Successor>();
    shared::<TokenClaims>();
    shared::<VerifyingKey>();
    shared::<Answer>();
    shared::<AuthLocal>();
    shared::<AuthToken>();
    shared::<Endpoint>();
    shared::<Explained>();
    shared::<Form>();
    shared::<Issue>();
    shared::<Login>();
    shared::<LoginForm>();
    shared::<Member>();
    shared::<Redaction>();
    shared::<Tokens>();
}

#[test]
fn small_types_are_copy_besides() {
    copied::<Algorithm>();
    copied::<BuildErrorKind>();
    copied::<ClientAddr>();
    copied::<ErrorCode>();
    copied::<HeaderOrder>();
    copied::<Budget>();
    copied::<FailureLimit>();
    copied::<ForwardedHeader>();
    copied::<Guess>();
    copied::<Rate>();
    copied::<Tally>();
    copied::<Verdict>();
    copied::<RateCount>();
    copied::<RejectionKind>();
    copied::<InvalidAlgorithm>();
    copied::<InvalidSessionId>();
    copied::<SameSite>();
    copied::<Scheme>();
    copied::<SessionId>();
    copied::<SessionLimit>();
    copied::<SystemClock>();
    copied::<ThrottleKey>();
    copied::<Timestamp>();
    copied::<TokenKey>();
    copied::<UserKey>();
    copied::<FormError>();
    copied::<Operation>();
    copied::<Refusal>();
    #[cfg(feature = "axum")]
    copied::<tower_auth::MissingIdentity>();
}

#[test]
fn limits_are_made_in_constants() {
    const LIMIT: FailureLimit = FailureLimit::new(10, secs(900), secs(900)).network_failures(100, secs(900));
    const WITHOUT: FailureLimit = LIMIT.without_network_failures();
    const SESSIONS: SessionLimit = SessionLimit::new(120, secs(3600));
    assert_eq!(LIMIT, FailureLimit::default());
    assert_ne!(WITHOUT, LIMIT);
    assert_eq!(SESSIONS, SessionLimit::default());
    assert_ne!(SESSIONS.refreshes(1).logouts(2).logins(3), SESSIONS);
}

#[test]
fn borrowing_types_are_send_sync_and_unpin() {
    borrowed::<Grant<'_>>();
    borrowed::<Granted<'_>>();
    borrowed::<GuardRefused<'_>>();
    borrowed::<Refused<'_>>();
}

#[test]
fn everything_has_a_debug() {
    prints::<Account<()>>();
    prints::<Auth<(), Find>>();
    prints::<AuthLayer<Find>>();
    prints::<AuthLayerBuilder>();
    prints::<Endpoints<Find>>();
    prints::<Identity<()>>();
    prints::<CurrentUser<()>>();
    prints::<Query>();
    prints::<Rejection>();
    prints::<Require<(), Find>>();
    prints::<RequireLayer<Find>>();
    prints::<BuildError>();
    prints::<ResponseBody<Full<Bytes>>>();
    prints::<NoInner>();
    prints::<ResponseFuture<Inner, Find, Full<Bytes>>>();
    prints::<Rotation>();
    prints::<MemorySessions>();
    prints::<RevocationList>();
    prints::<MemoryThrottle>();
    prints::<Form>();
    prints::<Answer>();
    prints::<TokenCookie>();
    prints::<Granted<'_>>();
}

#[test]
fn traits_for_the_application_are_behind_shared_pointers() {
    shared::<Box<dyn Clock>>();
    shared::<Box<dyn Dialect>>();
    shared::<Box<dyn SessionStore>>();
    shared::<Box<dyn ThrottleStore>>();
    passed_on::<StoreFuture<'static, ()>>();
}

#[test]
fn a_user_need_not_be_clone_debug_or_default() {
    #[derive(serde::Serialize)]
    struct Plain;

    fn cloned<T: Clone>() {}

    cloned::<Account<Plain>>();
    cloned::<Identity<Plain>>();
    cloned::<CurrentUser<Plain>>();
    shared::<Account<Plain>>();
    prints::<Account<Plain>>();
    prints::<Identity<Plain>>();
    builder().build(async |_: Query| Ok::<Option<Account<Plain>>, BoxError>(None)).unwrap();
}

#[test]
fn errors_are_narrow_and_errors() {
    fn error<T: Error + Clone + Send + Sync + 'static>(words: usize) {
        assert_eq!(size_of::<T>(), words * size_of::<usize>());
        assert_eq!(size_of::<Option<T>>(), words * size_of::<usize>());
    }

    error::<BuildError>(1);
    // A kind, and a pointer to what few have besides: refusals are as common as requests, and ask for no memory.
    error::<Rejection>(2);
    // Narrow are the things that travel with a request, too; an identity is an account and its claims.
    assert_eq!(size_of::<Identity<User>>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<CurrentUser<User>>(), size_of::<usize>());
    assert_eq!(size_of::<AuthLayer<Find>>(), size_of::<usize>());
    assert_eq!(size_of::<Auth<(), Find>>(), size_of::<usize>());
}

#[test]
fn the_future_is_send_when_the_inner_one_is() {
    fn send<T: Send>(_: &T) {}

    passed_on::<<Endpoints<Find> as Service<Request<Full<Bytes>>>>::Future>();
    let layer = layer();
    let mut service = layer
        .layer(service_fn(async |_: Request<Full<Bytes>>| Ok::<_, BoxError>(Response::new(Full::<Bytes>::default()))));
    for request in [request("GET", "/me"), bearer(&good_token()), request("POST", "/login")] {
        send(&service.call(request));
    }
}

#[test]
fn a_future_that_is_not_send_inside_is_taken_too() {
    let mut service = layer().layer(service_fn(|_: Request<Full<Bytes>>| {
        let local = std::rc::Rc::new(());
        async move {
            drop(local);
            Ok::<_, BoxError>(Response::new(Full::<Bytes>::default()))
        }
    }));
    drop(service.call(bearer(&good_token())));
}

#[test]
fn the_service_is_clone_and_boxes_as_frameworks_box_it() {
    fn boxed<L: Lookup>(service: Auth<Inner, L>) -> Outer {
        BoxCloneService::new(service)
    }

    let inner = Inner::new(service_fn(async |_: Request<Full<Bytes>>| Ok(Response::new(Full::<Bytes>::default()))));
    drop(boxed(layer().layer(inner)).clone());
}

#[test]
fn any_request_body_that_is_send_will_do() {
    fn serves<B>(_: &impl Service<Request<B>, Error = BoxError>) {}

    let service = layer().layer(tower::util::BoxCloneSyncService::new(service_fn(
        async |_: Request<http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>>| {
            Ok::<_, BoxError>(Response::new(Full::<Bytes>::default()))
        },
    )));
    serves::<http_body_util::combinators::UnsyncBoxBody<Bytes, BoxError>>(&service);
}

#[test]
fn the_inner_service_can_be_reached() {
    let mut service = layer().layer(1);
    assert_eq!(service.get_ref(), &1);
    *service.get_mut() = 2;
    assert_eq!(service.clone().into_inner(), 2);

    let mut service = layer().require(Requirement::role("admin")).layer(1);
    assert_eq!(service.get_ref(), &1);
    *service.get_mut() = 2;
    assert_eq!(service.clone().into_inner(), 2);
}

#[test]
fn what_a_handler_does_with_sessions_asks_nothing_of_the_lookup() {
    async fn log_out<L>(auth: AuthLayer<L>, identity: Identity<User>) -> Result<(), BoxError> {
        auth.revoke_user(identity.id()).await
    }

    let _ = log_out::<Find>;
}

#[test]
fn a_session_travels_as_json() {
    let id: SessionId = "00112233445566778899aabbccddeeff".parse().unwrap();
    let at = Timestamp::from_unix_millis(1_700_000_000_999);
    let session = Session::new(id, at, None, Some("phone".into()));
    let json =
        r#"{"id":"00112233445566778899aabbccddeeff","issued_at":1700000000,"refreshed_at":null,"label":"phone"}"#;
    assert_eq!(serde_json::to_string(&session).unwrap(), json);
    assert_eq!(serde_json::from_str::<SessionId>(r#""00112233445566778899AABBCCDDEEFF""#).unwrap(), id);
    for other in [r#""0011""#, "17", "null"] {
        assert!(serde_json::from_str::<SessionId>(other).is_err(), "{other}");
    }
}

#[test]
fn a_moment_is_one_of_the_system_s_clock() {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_999);
    assert_eq!(Timestamp::from(at), Timestamp::from_unix_millis(1_700_000_000_999));
    assert_eq!(SystemTime::from(Timestamp::from(at)), at);
    assert_eq!(Timestamp::from(UNIX_EPOCH - Duration::from_secs(1)).unix_millis(), 0);
    let last = UNIX_EPOCH + Duration::from_millis(253_402_300_799_999);
    assert_eq!(SystemTime::from(Timestamp::from_unix_millis(u64::MAX)), last);
}
