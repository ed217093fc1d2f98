//! The environment.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `LISTEN` | address and port; port 0 picks one | `127.0.0.1:3000` |
//! | `AUTH_SECRET` | the HS256 secret | random for this run |
//! | `AUTH_RS256_PEM` | path of a PKCS#8 RSA private key | made for this run |
//! | `AUTH_KEYS` | path of a JWK Set of further verification keys, each with its `alg`; needs `AUTH_ISSUER` or `AUTH_AUDIENCE` | none |
//! | `AUTH_USERS` | path of a JSON array of users, see `users.rs` | three of them |
//! | `AUTH_ISSUER`, `AUTH_AUDIENCE` | put into every token issued, and required of every token | none |
//! | `AUTH_LEEWAY` | seconds by which clocks may differ | 10 |
//! | `AUTH_TTL`, `AUTH_REFRESH_TTL` | minutes, contract `tokens` | 20160, 40320 |
//! | `AUTH_GRACE` | seconds in which a refresh can be repeated | 10 |
//! | `AUTH_SLIDING` | `1`: the refresh window counts from the last refresh | from the login |
//! | `AUTH_LOGOUT` | `1`: serve the contracts' logout routes | off |
//! | `AUTH_MAX_SESSIONS` | how many sessions a user may have, 256 at most; the oldest ends | not listed |
//! | `AUTH_LIKE` | the contract whose shape refusals of guarded routes have | none |
//! | `AUTH_DISCLOSE` | `1`: tell unknown users from wrong passwords | off |
//! | `AUTH_LOOKUP_TIMEOUT` | seconds that a lookup may take | 5 |
//! | `AUTH_SOURCES` | where tokens may come from besides Bearer, a comma list of `bare`, `header:x-access-token`, `query:access_token`, `cookie:token`, `websocket`, `ticket:/auth/ticket` | none |
//! | `AUTH_ORIGINS` | a comma list of origins whose pages may send the cookie | none |
//! | `AUTH_RATE` | `off`: apply neither the contracts' own limits on login requests nor that on the refreshes and logouts of an account | on |
//! | `AUTH_METRICS` | `1`: serve what is counted at `/metrics`, to everybody | off |
//! | `AUTH_THROTTLE` | `off`, or `FAILURES/WINDOW_SECONDS/LOCK_SECONDS`: how many wrong passwords an account takes | `10/900/900` |
//! | `AUTH_REDIS` | URL of a Redis that holds sessions, revocations and counts for many servers; several, with commas, are nodes of a cluster | memory |

use std::{env, fs, str::FromStr, time::Duration};

use tower_auth::{
    Algorithm, AuthLayer, AuthLayerBuilder, BoxError, FailureLimit, Lookup, SigningKey, TokenCookie, VerifyingKey,
    dialect::{AuthLocal, Login, Tokens},
    store::RedisStore,
};

/// How long to wait for Redis before listening without.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the environment says.
pub struct Settings {
    pub listen: String,
    pub users: Option<String>,
    pub metrics: bool,
    secret: Option<String>,
    rs256_pem: Option<String>,
    keys: Option<String>,
    issuer: Option<String>,
    audience: Option<String>,
    leeway: Option<Duration>,
    ttl: Option<Duration>,
    refresh_ttl: Option<Duration>,
    grace: Option<Duration>,
    sliding: bool,
    logout: bool,
    max_sessions: Option<usize>,
    like: Option<String>,
    disclose: bool,
    lookup_timeout: Option<f64>,
    counts_requests: bool,
    failures: Option<FailureLimit>,
    sources: Vec<String>,
    origins: Vec<String>,
    redis: Option<String>,
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// When a variable is not the number that it should be.
    pub fn from_env() -> Result<Self, BoxError> {
        Ok(Self {
            listen: text("LISTEN").unwrap_or_else(|| "127.0.0.1:3000".into()),
            users: text("AUTH_USERS"),
            metrics: text("AUTH_METRICS").as_deref() == Some("1"),
            secret: text("AUTH_SECRET"),
            rs256_pem: text("AUTH_RS256_PEM"),
            keys: text("AUTH_KEYS"),
            issuer: text("AUTH_ISSUER"),
            audience: text("AUTH_AUDIENCE"),
            leeway: seconds("AUTH_LEEWAY")?,
            ttl: minutes("AUTH_TTL")?,
            refresh_ttl: minutes("AUTH_REFRESH_TTL")?,
            grace: seconds("AUTH_GRACE")?,
            sliding: text("AUTH_SLIDING").as_deref() == Some("1"),
            logout: text("AUTH_LOGOUT").as_deref() == Some("1"),
            max_sessions: number("AUTH_MAX_SESSIONS")?,
            like: text("AUTH_LIKE"),
            disclose: text("AUTH_DISCLOSE").as_deref() == Some("1"),
            lookup_timeout: number("AUTH_LOOKUP_TIMEOUT")?,
            counts_requests: text("AUTH_RATE").as_deref() != Some("off"),
            failures: failures()?,
            sources: list("AUTH_SOURCES"),
            origins: list("AUTH_ORIGINS"),
            redis: text("AUTH_REDIS"),
        })
    }

    /// The layer that they describe.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or the settings do not build.
    pub async fn layer<L: Lookup>(&self, lookup: L) -> Result<AuthLayer<L>, BoxError> {
        let mut builder = AuthLayer::builder()
            .key(self.hs256()?)
            .key(self.rs256()?)
            .dialect(self.tokens())
            .public("/health")
            .public("GET /demo")
            .public("GET /openapi.json");
        if self.metrics {
            builder = builder.public("GET /metrics");
        }
        if let Some(path) = &self.keys {
            builder = builder.verifying_keys(VerifyingKey::jwk_set(&fs::read_to_string(path)?)?);
        }
        if let Some(issuer) = &self.issuer {
            builder = builder.issuer(issuer);
        }
        if let Some(audience) = &self.audience {
            builder = builder.audience(audience);
        }
        if let Some(leeway) = self.leeway {
            builder = builder.leeway(leeway);
        }
        if let Some(grace) = self.grace {
            builder = builder.refresh_grace(grace);
        }
        if self.logout {
            builder = builder.dialect(AuthLocal::new().logout()).dialect(Login::new().logout());
        }
        if let Some(most) = self.max_sessions {
            builder = builder.max_sessions(most);
        }
        if let Some(name) = &self.like {
            builder = builder.refuse_like(name);
        }
        if self.disclose {
            builder = builder.disclose_unknown_users();
        }
        if let Some(seconds) = self.lookup_timeout {
            builder = builder.lookup_timeout(Duration::try_from_secs_f64(seconds)?);
        }
        if !self.counts_requests {
            builder = builder.without_rate_limits().without_session_limit();
        }
        builder = match self.failures {
            Some(limit) => builder.failure_limit(limit),
            None => builder.without_failure_limit(),
        };
        for source in &self.sources {
            builder = with_source(builder, source)?;
        }
        for origin in &self.origins {
            builder = builder.trusted_origin(origin);
        }
        if let Some(redis) = self.redis().await? {
            builder = builder.session_store(redis.clone()).throttle_store(redis);
        }
        Ok(builder.build(lookup)?)
    }

    async fn redis(&self) -> Result<Option<RedisStore>, BoxError> {
        let Some(urls) = &self.redis else { return Ok(None) };
        let urls: Vec<&str> = urls.split(',').collect();
        let store = match urls[..] {
            [url] => RedisStore::connect(url)?,
            _ => RedisStore::cluster(urls).connect()?,
        };
        if tokio::time::timeout(PATIENCE, store.ready()).await.is_err() {
            tracing::warn!("Redis is away: guarded requests are refused until it is there");
        }
        Ok(Some(store))
    }

    fn hs256(&self) -> Result<SigningKey, BoxError> {
        Ok(match &self.secret {
            Some(secret) => SigningKey::hs256(secret)?,
            None => {
                tracing::warn!("AUTH_SECRET is not set: a random secret is used, and its tokens die with this run");
                SigningKey::generate(Algorithm::Hs256)?
            }
        })
    }

    fn rs256(&self) -> Result<SigningKey, BoxError> {
        Ok(match &self.rs256_pem {
            Some(path) => SigningKey::rs256_pem(fs::read(path)?)?,
            None => {
                tracing::warn!("AUTH_RS256_PEM is not set: a fresh key is used, and its tokens die with this run");
                SigningKey::generate(Algorithm::Rs256)?
            }
        })
    }

    fn tokens(&self) -> Tokens {
        let mut tokens = Tokens::new();
        if let Some(lifetime) = self.ttl {
            tokens = tokens.ttl(lifetime);
        }
        if let Some(window) = self.refresh_ttl {
            tokens = tokens.refresh_ttl(window);
        }
        if self.sliding {
            tokens = tokens.sliding_refresh();
        }
        if self.logout {
            tokens = tokens.logout();
        }
        tokens
    }
}

fn failures() -> Result<Option<FailureLimit>, BoxError> {
    let Some(text) = text("AUTH_THROTTLE") else { return Ok(Some(FailureLimit::default())) };
    if text == "off" {
        return Ok(None);
    }
    let numbers: Result<Vec<u32>, _> = text.split('/').map(str::parse).collect();
    let seconds = |number: u32| Duration::from_secs(number.into());
    match numbers.as_deref() {
        Ok([failures, window, lock]) => Ok(Some(FailureLimit::new(*failures, seconds(*window), seconds(*lock)))),
        _ => Err(format!("AUTH_THROTTLE is {text:?}, and neither off nor FAILURES/WINDOW_SECONDS/LOCK_SECONDS").into()),
    }
}

fn with_source(builder: AuthLayerBuilder, source: &str) -> Result<AuthLayerBuilder, BoxError> {
    Ok(match source.split_once(':').unwrap_or((source, "")) {
        ("bare", "") => builder.accept_bare_tokens(),
        ("header", name) => builder.token_header(name),
        ("query", name) => builder.token_query(name),
        // This server has no TLS. A name that begins with `__` asks for what only TLS can keep.
        ("cookie", name) if name.starts_with("__") => builder.token_cookie(TokenCookie::new(name)),
        ("cookie", name) => builder.token_cookie(TokenCookie::new(name).dangerous_over_plain_http()),
        ("websocket", "") => builder.websocket_tokens(),
        ("ticket", path) => builder.tickets(path),
        _ => return Err(format!("AUTH_SOURCES has {source:?}, which is no source").into()),
    })
}

fn list(name: &str) -> Vec<String> {
    let text = text(name).unwrap_or_default();
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}

fn seconds(name: &str) -> Result<Option<Duration>, BoxError> {
    Ok(number(name)?.map(Duration::from_secs))
}

fn minutes(name: &str) -> Result<Option<Duration>, BoxError> {
    Ok(number(name)?.map(|minutes: u32| Duration::from_secs(60) * minutes))
}

fn number<T: FromStr>(name: &str) -> Result<Option<T>, BoxError> {
    let parse =
        |text: String| text.parse().map_err(|_| format!("{name} is {text:?}, which is not the number it should be"));
    Ok(text(name).map(parse).transpose()?)
}
