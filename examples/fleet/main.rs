//! One of several servers: users in a table by `sqlx`, and what the servers share of this layer in Redis.
//!
//! ```text
//! openssl genrsa -out key.pem 2048
//! export AUTH_SECRET=$(openssl rand -base64 48) AUTH_RS256_PEM=key.pem AUTH_REDIS=redis://127.0.0.1/
//! cargo build --example fleet
//! for port in 3001 3002 3003; do PORT=$port target/debug/examples/fleet & done
//!
//! TOKEN=$(curl -s http://127.0.0.1:3001/tokens -d login=ada -d 'password=correct horse' | sed 's/.*"token":"\([^"]*\).*/\1/')
//! curl -i http://127.0.0.1:3002/me -H "Authorization: Bearer $TOKEN"
//! curl -i http://127.0.0.1:3003/me/sessions -H "Authorization: Bearer $TOKEN"
//! curl -i -X PATCH http://127.0.0.1:3001/tokens/$TOKEN
//! curl -i -X DELETE http://127.0.0.1:3002/tokens/$TOKEN    # ends its successor as well, on every server
//! curl -i -X POST http://127.0.0.1:3003/me/logout-everywhere -u 'ada:correct horse'
//! curl -i -X PUT http://127.0.0.1:3001/me/password -u 'ada:correct horse' -d 'battery staple'
//! ```
//! `DATABASE_URL` is `sqlite:fleet.db?mode=rwc`, or `postgres://user:password@host/database`. The users are `ada`, `alan` and
//! `grace`, whose password is `correct horse`; hers is stored as bcrypt, until she logs in. `TRUSTED_PROXIES`, a comma list of
//! networks, says whose `X-Forwarded-For` is believed: without it, all who come through a balancer are one client.
//! `AUTH_RATE=off` applies no limits on logins, refreshes and logouts, for load tests.
//! `tests/fleet` starts three of these, and ends one.

use std::{env, net::SocketAddr, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, get, post, put},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::timeout,
};
use tower_auth::{
    AuthLayer, BoxError, CurrentUser, ForwardedHeader, Identity, Lookup, Scheme, Session, SessionId, SigningKey,
    dialect::{AuthLocal, Login, Tokens},
    store::RedisStore,
};
use tower_auth_fleet::users::{User, Users};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()))
        .init();
    let users = Users::open(&env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:fleet.db?mode=rwc".into())).await?;
    let redis = RedisStore::connect(needed("AUTH_REDIS")?)?;
    if timeout(Duration::from_secs(2), redis.ready()).await.is_err() {
        tracing::warn!("Redis is away: guarded requests are refused until it is there");
    }

    let (find, upgrade) = (users.clone(), users.clone());
    let mut builder = AuthLayer::builder()
        .key(SigningKey::hs256(needed("AUTH_SECRET")?)?) // the same secret on every server
        .key(SigningKey::rs256_pem(std::fs::read(needed("AUTH_RS256_PEM")?)?)?) // the same key on every server
        .dialect(AuthLocal::new().logout())
        .dialect(Login::new().logout())
        .dialect(Tokens::new().logout())
        .session_store(redis.clone())
        .throttle_store(redis)
        // Keeps the list behind /me/sessions, too.
        .label_sessions_with(|request| request.headers.get("user-agent")?.to_str().ok().map(str::to_owned))
        .rehash_with(move |stronger| upgrade.clone().upgrade(stronger))
        .public("/health");
    if let Ok(networks) = env::var("TRUSTED_PROXIES") {
        builder = builder.trust_proxies(ForwardedHeader::XForwardedFor, networks.split(','));
    }
    if env::var("AUTH_RATE").is_ok_and(|rate| rate == "off") {
        builder = builder.without_rate_limits().without_session_limit(); // for load tests
    }
    let auth = builder.build(move |query| find.clone().find(query))?;

    let app = Router::new()
        .route("/me", get(me))
        .route("/me/sessions", get(sessions))
        .route("/me/sessions/{session}", delete(end_session))
        .route("/me/logout-everywhere", post(log_out_everywhere))
        .route("/me/password", put(change_password))
        .route("/health", get(async || "ok"))
        .with_state(Shared { auth: auth.clone(), users })
        .layer(auth); // last: a route added after it is not guarded

    let port = env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stopped()?)
        .await?;
    Ok(())
}

/// What handlers share. To revoke is the layer's, so they hold it too.
#[derive(Clone)]
struct Shared<L> {
    auth: AuthLayer<L>,
    users: Users,
}

async fn me(user: CurrentUser<User>) -> Json<CurrentUser<User>> {
    Json(user)
}

/// The page "your devices".
async fn sessions<L: Lookup>(
    State(shared): State<Shared<L>>,
    user: CurrentUser<User>,
) -> Result<Json<Vec<Session>>, Unavailable> {
    Ok(Json(shared.auth.sessions(user.id).await?))
}

async fn end_session<L: Lookup>(
    State(shared): State<Shared<L>>,
    user: CurrentUser<User>,
    Path(session): Path<SessionId>,
) -> Result<StatusCode, Unavailable> {
    let ended = shared.auth.end_session(user.id, session).await?;
    Ok(if ended { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND })
}

async fn log_out_everywhere<L: Lookup>(
    State(shared): State<Shared<L>>,
    user: CurrentUser<User>,
) -> Result<StatusCode, Unavailable> {
    shared.auth.revoke_user(user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the new password as the body, from whoever shows the old one: a stolen token must not be enough.
async fn change_password<L: Lookup>(
    State(shared): State<Shared<L>>,
    identity: Identity<User>,
    user: CurrentUser<User>,
    password: String,
) -> Result<StatusCode, Unavailable> {
    if identity.scheme() != Scheme::Basic {
        return Ok(StatusCode::FORBIDDEN);
    }
    shared.users.change_password(user.id, password).await?; // refuses all older tokens: `valid_since`
    // So that a login in this very second is not taken for an older one. Without it, it would have to be tried again.
    let _ = shared.auth.revoke_user(user.id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// The database or Redis failed, and nothing is done.
struct Unavailable;

impl From<BoxError> for Unavailable {
    fn from(error: BoxError) -> Self {
        tracing::error!(error, "a route of this server's failed");
        Self
    }
}

impl axum::response::IntoResponse for Unavailable {
    fn into_response(self) -> axum::response::Response {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}

fn needed(variable: &str) -> Result<String, BoxError> {
    env::var(variable).map_err(|_| format!("{variable} is not set, and every server needs the same").into())
}

/// Ends when the process is told to stop; running requests are then finished.
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
