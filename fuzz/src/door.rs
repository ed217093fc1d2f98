//! The layer, as an application would build it, and requests through it.

use std::{
    cell::RefCell,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Identity, Query, SigningKey, Subject, Timestamp,
    VerifyingKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
    store::{MemorySessions, MemoryThrottle},
    test_util::ManualClock,
};

use crate::{
    Reply,
    reply::reason,
    tokens::{ISSUER, NOW, SECRET, good},
};

/// The status with which the inner service answers, and nobody else.
pub const INNER: StatusCode = match StatusCode::from_u16(299) {
    Ok(status) => status,
    Err(_) => unreachable!(),
};

/// Who may not come in, whatever he shows.
pub const BLOCKED: &str = "mallory";

/// The password that everybody has.
pub const PASSWORD: &str = "correct horse";

type Service = BoxCloneSyncService<Request<Full<Bytes>>, Response<Bytes>, BoxError>;

/// A layer over an inner service, with a clock that is set by hand.
///
/// Its users' passwords are verified by the lookup, since no fuzzer has the time for a password hash: whatever name is
/// asked for exists, and any password is right. What was asked is kept, so that a target can compare it with what was
/// sent.
pub struct Door {
    service: Service,
    asked: Arc<Mutex<Vec<(String, String)>>>,
    /// Its clock.
    pub clock: ManualClock,
    good: String,
}

thread_local! {
    static RUNTIME: RefCell<tokio::runtime::Runtime> = RefCell::new(
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime without I/O"),
    );
}

impl Default for Door {
    fn default() -> Self {
        Self::new(|builder| builder)
    }
}

impl Door {
    /// A layer with these settings more.
    pub fn new(settings: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> Self {
        let (asked, clock) =
            (Arc::<Mutex<Vec<(String, String)>>>::default(), ManualClock::at(Timestamp::from_unix_seconds(NOW)));
        let questions = Arc::clone(&asked);
        let lookup = move |query: Query| {
            let account = match query {
                Query::Login { identifier, password, .. } => {
                    let asked = (identifier.as_str().to_owned(), password.expose().to_owned());
                    let account = account(Subject::from("1"), &asked.0);
                    questions.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
                    Some(account)
                }
                Query::Subject { id, .. } => {
                    let name = id.to_string();
                    Some(account(id, &name))
                }
                _ => None,
            };
            std::future::ready(Ok::<_, BoxError>(account))
        };
        let layer = settings(builder(&clock)).build(lookup).expect("the settings of a target are good ones");
        let service = service_fn(async |request: Request<Full<Bytes>>| {
            let identity = Identity::<serde_json::Value>::of(request.extensions());
            let body = identity.map_or("nobody".to_owned(), |identity| identity.id().to_string());
            let mut response = Response::new(Full::<Bytes>::from(body));
            *response.status_mut() = INNER;
            Ok::<_, BoxError>(response)
        });
        let service = layer.layer(service).then(async |response: Result<Response<_>, BoxError>| {
            let (parts, body) = response?.into_parts();
            let body = BodyExt::collect(body).await?.to_bytes();
            Ok::<_, BoxError>(Response::from_parts(parts, body))
        });
        Self { service: BoxCloneSyncService::new(service), asked, clock, good: good() }
    }

    /// Sends a request, and holds the answer to what is true of every answer.
    pub fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let response = RUNTIME.with_borrow(|runtime| runtime.block_on(self.service.clone().oneshot(request)));
        let (parts, body) = response.expect("the layer answers").into_parts();
        let reason = reason(&parts.extensions);
        let reply = Reply { status: parts.status, headers: parts.headers, body, reason };
        reply.check();
        reply
    }

    /// `GET /me` with this field, if it can be one.
    pub fn authorized(&self, value: &[u8]) -> Option<Reply> {
        let request = Request::get("/me").header("authorization", value).body(Full::default());
        request.ok().map(|request| self.send(request))
    }

    /// `GET /me` with a token.
    pub fn bearer(&self, token: &str) -> Reply {
        self.authorized(format!("Bearer {token}").as_bytes()).expect("a token is ASCII")
    }

    /// With which names and passwords users were looked up, since this was asked last.
    pub fn asked(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whatever was sent before: good credentials are let in, and none are not.
    pub fn serves(&self) {
        assert_eq!(self.bearer(&self.good).inner(), Some("1"), "a good token is not let in any more");
        let nobody = self.send(Request::get("/me").body(Full::default()).expect("a request"));
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "nobody is let in");
    }
}

/// Read once: some targets build a layer for each input.
static KEYS: LazyLock<[VerifyingKey; 4]> = LazyLock::new(|| {
    let pem = |algorithm, pem: &str| VerifyingKey::pem(algorithm, pem).expect("the keys are good ones");
    [
        pem(Algorithm::Es256, include_str!("../keys/p256.pem")),
        pem(Algorithm::EdDsa, include_str!("../keys/ed25519.pem")),
        pem(Algorithm::Rs256, include_str!("../keys/rsa_2048.pem")),
        pem(Algorithm::Ps256, include_str!("../keys/rsa_2048.pem")),
    ]
});

fn builder(clock: &ManualClock) -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::hs256(SECRET).expect("long enough"))
        .verifying_keys(KEYS.iter().cloned())
        .dialect(AuthLocal::new().logout())
        .dialect(Login::new().logout())
        .dialect(Tokens::new().logout())
        .dialect(AuthToken::new().algorithm(Algorithm::Hs256))
        .issuer(ISSUER)
        .audience(ISSUER)
        .clock(clock.clone())
        .session_store(MemorySessions::with_capacity(1024))
        .throttle_store(MemoryThrottle::with_capacity(4096))
        .without_rate_limits()
        .lookup_verifies_passwords()
        // One door may be shown one token a million times, in a second that does not end.
        .without_session_limit()
}

fn account(id: Subject, name: &str) -> Account<serde_json::Value> {
    let user = serde_json::json!({ "username": name, "password": "a secret that no answer shows" });
    Account::new(id, user).blocked(name == BLOCKED).password_verified()
}
