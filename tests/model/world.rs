//! The layer, driven from outside.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::Value;
use tower_auth::{
    Account, AuthLayer, BoxError, Clock, Lookup, Query, SigningKey, Timestamp,
    dialect::{AuthToken, Tokens},
    store::SessionStore,
};

use crate::{
    rules::{Dates, GRACE, LEEWAY, LIFETIME, Outcome, WINDOW},
    steps::USERS,
    support::{self, Reply, SECRET, User, secs, send},
};

/// A clock that goes where it is told, by the millisecond.
#[derive(Clone)]
struct Hand(Arc<AtomicU64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct World<L> {
    layer: AuthLayer<L>,
    clock: Hand,
    blocked: Arc<Mutex<[bool; USERS]>>,
    /// Every token that was granted, in the order of the model's.
    tokens: Vec<String>,
}

/// A world over a store, at a moment in milliseconds.
pub(crate) fn world(store: impl SessionStore, now: u64) -> World<impl Lookup<User = User>> {
    let (clock, blocked) = (Hand(Arc::new(AtomicU64::new(now))), Arc::new(Mutex::new([false; USERS])));
    let standing = Arc::clone(&blocked);
    let lookup = move |query: Query| {
        let name = match query {
            Query::Login { identifier, .. } => identifier.as_str().to_owned(),
            Query::Subject { id, .. } => id.to_string(),
            _ => String::new(),
        };
        let user = name.parse::<usize>().ok().filter(|user| *user < USERS);
        let account = user.map(|user| {
            let blocked = standing.lock().unwrap()[user];
            Account::new(user.to_string(), Value::Null).blocked(blocked).password_verified()
        });
        std::future::ready(Ok::<_, BoxError>(account))
    };
    let layer = AuthLayer::builder()
        .key(SigningKey::hs256(SECRET).unwrap())
        .dialect(Tokens::new().ttl(secs(LIFETIME)).refresh_ttl(secs(WINDOW)).logout())
        .without(AuthToken::NAME)
        .without_rate_limits()
        .lookup_verifies_passwords()
        .refresh_grace(secs(GRACE))
        .leeway(secs(LEEWAY))
        .session_store(store)
        .clock(clock.clone())
        .build(lookup)
        .unwrap();
    World { layer, clock, blocked, tokens: Vec::new() }
}

impl<L: Lookup<User = User>> World<L> {
    pub(crate) fn set(&self, now: u64) {
        self.clock.0.store(now, Ordering::SeqCst);
    }

    pub(crate) fn block(&self, user: usize, blocked: bool) {
        self.blocked.lock().unwrap()[user] = blocked;
    }

    pub(crate) async fn login(&mut self, user: usize) -> Outcome {
        let body = serde_json::json!({ "login": user.to_string(), "password": "any" });
        let reply = send(&self.layer, support::post_json("/tokens", &body)).await;
        self.granted(&reply)
    }

    pub(crate) async fn visit(&self, token: usize) -> Outcome {
        let reply = send(&self.layer, support::bearer(&self.tokens[token])).await;
        outcome(&reply)
    }

    pub(crate) async fn refresh(&mut self, token: usize) -> Outcome {
        let reply = self.at("PATCH", token).await;
        self.granted(&reply)
    }

    pub(crate) async fn log_out(&self, token: usize) -> Outcome {
        outcome(&self.at("DELETE", token).await)
    }

    pub(crate) async fn revoke(&self, token: usize) -> Outcome {
        done(self.layer.revoke(&self.tokens[token]).await)
    }

    pub(crate) async fn revoke_family(&self, token: usize) -> Outcome {
        done(self.layer.revoke_family(&self.tokens[token]).await)
    }

    pub(crate) async fn revoke_user(&self, user: usize) -> Outcome {
        done(self.layer.revoke_user(user.to_string()).await.map(|()| true))
    }

    async fn at(&self, method: &str, token: usize) -> Reply {
        let request = Request::builder().method(method).uri(format!("/tokens/{}", self.tokens[token]));
        send(&self.layer, request.body(Full::<Bytes>::default()).unwrap()).await
    }

    /// Keeps the token that was granted, if it is a new one.
    fn granted(&mut self, reply: &Reply) -> Outcome {
        if reply.status != 201 {
            return outcome(reply);
        }
        let token = support::granted_token(reply);
        if let Some(known) = self.tokens.iter().position(|known| *known == token) {
            return Outcome::Again(known);
        }
        let claims: Value = serde_json::from_str(&support::decoded(&token).1).unwrap();
        let [iat, nbf, exp] = ["iat", "nbf", "exp"].map(|name| claims[name].as_u64().unwrap());
        self.tokens.push(token);
        Outcome::Granted(Dates { iat, nbf, exp })
    }
}

fn outcome(reply: &Reply) -> Outcome {
    match reply.status {
        200..300 => Outcome::Yes,
        401 | 422 => Outcome::Refused,
        503 => Outcome::Later,
        _ => panic!("{reply:?}"),
    }
}

fn done(done: Result<bool, BoxError>) -> Outcome {
    if done.unwrap() { Outcome::Yes } else { Outcome::Refused }
}
