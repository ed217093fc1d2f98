//! What can be set, with its defaults.

use std::{fmt, sync::Arc, thread::available_parallelism, time::Duration};

use crate::{
    AuthLayer,
    client_addr::ClientSettings,
    clock::{Clock, SystemClock},
    context::SessionListing,
    credentials::Sources,
    dialect::{AuthLocal, AuthToken, Dialect, Login, Tokens},
    form::BodyLimits,
    password::{LaneLimits, Rehash, Verifier},
    routes::Route,
    store::{MemorySessions, MemoryThrottle, SessionStore, ThrottleStore},
    throttle::{FailureLimit, SessionLimit},
    token::{CacheLimits, SigningKey, VerifyingKey},
};

/// Configures an [`AuthLayer`]. Made by [`AuthLayer::builder`]; nothing is checked before [`build`](Self::build).
///
/// ```
/// use tower_auth::{Account, Algorithm, AuthLayer, BoxError, Query, SigningKey, dialect::AuthToken};
///
/// let auth = AuthLayer::builder()
///     .key(SigningKey::generate(Algorithm::Hs256)?)
///     .without(AuthToken::NAME) // it would need an RS256 key
///     .public("GET /health")
///     .build(async |_: Query| Ok::<Option<Account<String>>, BoxError>(None))?;
/// # let _ = auth;
/// # Ok::<(), tower_auth::BuildError>(())
/// ```
#[must_use = "nothing is made until `build`"]
#[expect(clippy::struct_excessive_bools, reason = "each is a knob of its own")]
pub struct AuthLayerBuilder {
    pub(super) signing_keys: Vec<SigningKey>,
    pub(super) verifying_keys: Vec<VerifyingKey>,
    pub(super) dialects: Vec<Box<dyn Dialect>>,
    pub(super) without: Vec<String>,
    pub(super) mount: String,
    pub(super) lenient_paths: bool,
    pub(super) rules: Vec<(String, Route)>,
    pub(super) allows_preflight: bool,
    pub(super) issuer: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) leeway: Duration,
    pub(super) token_limit: usize,
    pub(super) sources: Sources,
    pub(super) ticket_path: Option<String>,
    pub(super) realm: String,
    pub(super) accepts_basic: bool,
    pub(super) offers_basic: bool,
    pub(super) claims_only: bool,
    pub(super) refuses_like: Option<String>,
    pub(super) disclose_unknown_users: bool,
    pub(super) grace: Duration,
    pub(super) listing: Option<SessionListing>,
    pub(super) longest_token: Duration,
    pub(super) body: BodyLimits,
    pub(super) lookup_timeout: Duration,
    pub(super) lookup_verifies: bool,
    pub(super) lane: LaneLimits,
    /// Entries, and how long each is good; `None` is switched off.
    pub(super) basic_cache: Option<(usize, Duration)>,
    /// `None` is switched off.
    pub(super) token_cache: Option<CacheLimits>,
    pub(super) custom_passwords: Option<Verifier>,
    pub(super) rehash: Option<Rehash>,
    pub(super) sessions: Arc<dyn SessionStore>,
    pub(super) throttle: Arc<dyn ThrottleStore>,
    pub(super) counts_requests: bool,
    pub(super) failures: Option<FailureLimit>,
    pub(super) session_limit: Option<SessionLimit>,
    pub(super) clients: ClientSettings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) user_id_in_spans: bool,
}

impl AuthLayer<()> {
    /// Starts with the four documented contracts at their documented paths, and every other route guarded.
    ///
    /// # Examples
    ///
    /// ```
    /// use tower_auth::{Account, Algorithm, AuthLayer, BoxError, Query, SigningKey};
    ///
    /// #[derive(Clone, serde::Serialize)]
    /// struct User {
    ///     name: String,
    /// }
    ///
    /// async fn find(query: Query) -> Result<Option<Account<User>>, BoxError> {
    ///     Ok(match query {
    ///         Query::Login { identifier, .. } if identifier.as_str() == "ada" => Some(
    ///             Account::new(1, User { name: "Ada".into() })
    ///                 .password_hash("$2b$10$7kXGsXYukSSSH8onWpdSVeAnMjWe.x8Lxcmd42LZJafox73/jVda."),
    ///         ),
    ///         Query::Subject { id, .. } if id.parse() == Some(1) => Some(Account::new(1, User { name: "Ada".into() })),
    ///         _ => None,
    ///     })
    /// }
    ///
    /// let auth = AuthLayer::builder()
    ///     .key(SigningKey::generate(Algorithm::Hs256)?)
    ///     .key(SigningKey::generate(Algorithm::Rs256)?)
    ///     .public("/health")
    ///     .build(find)?;
    /// # Ok::<(), BoxError>(())
    /// ```
    pub fn builder() -> AuthLayerBuilder {
        AuthLayerBuilder {
            signing_keys: Vec::new(),
            verifying_keys: Vec::new(),
            dialects: vec![
                Box::new(AuthLocal::new()),
                Box::new(Login::new()),
                Box::new(AuthToken::new()),
                Box::new(Tokens::new()),
            ],
            without: Vec::new(),
            mount: String::new(),
            lenient_paths: false,
            rules: Vec::new(),
            allows_preflight: false,
            issuer: None,
            audience: None,
            leeway: Duration::from_secs(10),
            token_limit: 16 * 1024,
            sources: Sources::default(),
            ticket_path: None,
            realm: "api".into(),
            accepts_basic: true,
            offers_basic: false,
            claims_only: false,
            refuses_like: None,
            disclose_unknown_users: false,
            grace: Duration::from_secs(10),
            listing: None,
            longest_token: Duration::ZERO,
            body: BodyLimits { size: 64 * 1024, time: Duration::from_secs(10) },
            lookup_timeout: Duration::from_secs(5),
            lookup_verifies: false,
            lane: LaneLimits {
                width: available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1)),
                queue: 256,
                patience: Duration::from_secs(10),
            },
            basic_cache: Some((10_000, Duration::from_secs(60))),
            token_cache: Some(CacheLimits { entries: 10_000, bytes: 16 * 1024 * 1024 }),
            custom_passwords: None,
            rehash: None,
            sessions: Arc::new(MemorySessions::default()),
            throttle: Arc::new(MemoryThrottle::default()),
            counts_requests: true,
            failures: Some(FailureLimit::default()),
            session_limit: Some(SessionLimit::default()),
            clients: ClientSettings::Connection,
            clock: Arc::new(SystemClock),
            user_id_in_spans: false,
        }
    }
}

impl fmt::Debug for AuthLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dialects = self.dialects.iter().map(Dialect::name);
        f.debug_struct("AuthLayerBuilder")
            .field("signing_keys", &self.signing_keys)
            .field("dialects", &dialects.collect::<Vec<_>>())
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
