//! What can be set, with its defaults.

use std::{fmt, sync::Arc, thread::available_parallelism, time::Duration};

use crate::{
    AuthLayer, BoxError,
    client_addr::{ClientSettings, ForwardedHeader},
    clock::{Clock, SystemClock},
    context::SessionListing,
    credentials::Sources,
    dialect::{AuthLocal, AuthToken, Dialect, Login, Tokens},
    form::BodyLimits,
    password::{LaneLimits, PasswordUpgrade, Rehash, Verifier},
    routes::Route,
    store::{MemorySessions, MemoryThrottle, SessionStore, ThrottleStore},
    throttle::FailureLimit,
    token::{CacheLimits, SigningKey, VerifyingKey},
};

/// Configures an [`AuthLayer`]. Made by [`AuthLayer::builder`]; nothing is checked before [`build`](Self::build).
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
    pub(super) leeway: u64,
    pub(super) token_limit: usize,
    pub(super) sources: Sources,
    pub(super) ticket_path: Option<String>,
    pub(super) realm: String,
    pub(super) accepts_basic: bool,
    pub(super) offers_basic: bool,
    pub(super) claims_only: bool,
    pub(super) refuses_like: Option<String>,
    pub(super) disclose_unknown_users: bool,
    pub(super) grace: u64,
    pub(super) listing: Option<SessionListing>,
    pub(super) longest_token: u64,
    pub(super) body: BodyLimits,
    pub(super) lookup_timeout: Duration,
    pub(super) lane: LaneLimits,
    /// Seconds and entries; `None` is switched off.
    pub(super) recall: Option<(u64, usize)>,
    /// `None` is switched off.
    pub(super) verified: Option<CacheLimits>,
    pub(super) custom_passwords: Option<Verifier>,
    pub(super) rehash: Option<Rehash>,
    pub(super) sessions: Arc<dyn SessionStore>,
    pub(super) throttle: Arc<dyn ThrottleStore>,
    pub(super) counts_requests: bool,
    pub(super) failures: Option<FailureLimit>,
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
            leeway: 10,
            token_limit: 16 * 1024,
            sources: Sources::default(),
            ticket_path: None,
            realm: "api".into(),
            accepts_basic: true,
            offers_basic: false,
            claims_only: false,
            refuses_like: None,
            disclose_unknown_users: false,
            grace: 10,
            listing: None,
            longest_token: 0,
            body: BodyLimits { size: 64 * 1024, time: Duration::from_secs(10) },
            lookup_timeout: Duration::from_secs(5),
            lane: LaneLimits {
                width: available_parallelism().map_or(1, usize::from),
                queue: 256,
                patience: Duration::from_secs(10),
            },
            recall: Some((60, 10_000)),
            verified: Some(CacheLimits { entries: 10_000, bytes: 16 * 1024 * 1024 }),
            custom_passwords: None,
            rehash: None,
            sessions: Arc::new(MemorySessions::default()),
            throttle: Arc::new(MemoryThrottle::default()),
            counts_requests: true,
            failures: Some(FailureLimit::default()),
            clients: ClientSettings::Connection,
            clock: Arc::new(SystemClock),
            user_id_in_spans: false,
        }
    }
}

/// Keys.
impl AuthLayerBuilder {
    /// Adds a key that signs, and verifies what it signed. Of two that sign alike, the later one signs.
    pub fn key(mut self, key: SigningKey) -> Self {
        self.signing_keys.push(key);
        self
    }

    /// Adds a key that only verifies: the old key during a rotation, or one bound to another issuer with
    /// [`VerifyingKey::issuer`].
    pub fn verifying_key(mut self, key: VerifyingKey) -> Self {
        self.verifying_keys.push(key);
        self
    }

    /// Adds keys that only verify: those of [`VerifyingKey::jwk_set`], say.
    pub fn verifying_keys(mut self, keys: impl IntoIterator<Item = VerifyingKey>) -> Self {
        self.verifying_keys.extend(keys);
        self
    }
}

/// Login contracts.
impl AuthLayerBuilder {
    /// Serves a contract, in place of the one of the same name: a documented one with knobs turned, or one of your own.
    pub fn dialect(mut self, dialect: impl Dialect) -> Self {
        self.dialects.retain(|known| known.name() != dialect.name());
        self.dialects.push(Box::new(dialect));
        self
    }

    /// Leaves a contract out, by its name: `Login::NAME`.
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.without.push(name.into());
        self
    }

    /// Serves every contract under a prefix: `/api/v2`, in front of each contract's own path. Rules of
    /// [`public`](Self::public) and [`optional`](Self::optional) are whole paths and get no prefix. Defaults to none.
    pub fn mount(mut self, prefix: impl Into<String>) -> Self {
        self.mount = prefix.into();
        self
    }

    /// Takes the contracts' paths in any letter case and with one trailing slash, as Strapi and Express do. Defaults to
    /// byte for byte.
    pub fn lenient_paths(mut self) -> Self {
        self.lenient_paths = true;
        self
    }

    /// Tells unknown users from wrong passwords in the refusals of the contracts that document it. Anybody can then
    /// find out who has an account. Defaults to one refusal for both.
    pub fn disclose_unknown_users(mut self) -> Self {
        self.disclose_unknown_users = true;
        self
    }

    /// Sets for how many **seconds** a refreshed token still works, and a repeated refresh gets the same successor.
    /// 0 switches it off: of parallel refreshes one then wins and the next revokes the family. At most 300. Defaults
    /// to 10.
    pub fn refresh_grace(mut self, seconds: u64) -> Self {
        self.grace = seconds;
        self
    }

    /// Sets the most **bytes** that a login request's body may have. Defaults to 65 536.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body.size = bytes;
        self
    }

    /// Sets how long a login request's body may take to arrive. Defaults to 10 seconds.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body.time = timeout;
        self
    }

    /// Counts in this store: the failures of accounts, and the requests to login routes whose contract states a rate.
    /// While it fails, each process counts by itself at half of each limit. Defaults to [`MemoryThrottle`].
    pub fn throttle(mut self, store: impl ThrottleStore) -> Self {
        self.throttle = Arc::new(store);
        self
    }

    /// Counts no requests to login routes, for when something in front does. Failures of accounts are still counted.
    pub fn without_rate_limits(mut self) -> Self {
        self.counts_requests = false;
        self
    }

    /// Sets how many wrong passwords an account takes, at the login routes and by Basic together, before they are
    /// refused unverified with 429. Tokens are not concerned. Defaults to 10 in 15 minutes, and then a lock of 15
    /// minutes that doubles each time, and 100 in 15 minutes for one network at all accounts, see [`FailureLimit`].
    pub fn failure_limit(mut self, limit: FailureLimit) -> Self {
        self.failures = Some(limit);
        self
    }

    /// Lets anybody guess passwords as fast as they can be hashed, for when something in front counts failures.
    pub fn without_failure_limit(mut self) -> Self {
        self.failures = None;
        self
    }

    /// Believes the client address that proxies in these networks (`10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`) write
    /// into `header`, and nobody else.
    ///
    /// When the peer of the connection is such a proxy, the client is the rightmost address in the header that is not
    /// one; what stands left of it, the client may have written. A header that is missing or malformed leaves the peer.
    /// List the proxies and nothing more: whoever may connect from these networks can name any client. Defaults to
    /// the peer, see [`ClientAddr`](crate::ClientAddr).
    pub fn trust_proxies(
        mut self,
        header: ForwardedHeader,
        networks: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let networks = networks.into_iter().map(Into::into).collect();
        self.clients = ClientSettings::Proxies(header, networks);
        self
    }

    /// Believes, of everybody who connects, the client address that stands `hops` from the right in `header`: 1 behind
    /// one proxy.
    ///
    /// For servers that only their proxies can reach, and whose proxies have no fixed addresses: whoever gets around
    /// them can name any client. A header that is missing, malformed or too short leaves the peer. Defaults to the
    /// peer.
    pub fn trust_any_peer_behind_hops(mut self, header: ForwardedHeader, hops: usize) -> Self {
        self.clients = ClientSettings::Hops(header, hops);
        self
    }

    /// Keeps a list of each user's sessions, for [`AuthLayer::sessions`] and [`AuthLayer::end_session`]. Every login is
    /// then remembered, and one that the store cannot remember fails with 503. Defaults to none: a login costs nothing
    /// in the store.
    pub fn list_sessions(mut self) -> Self {
        self.listing.get_or_insert_default();
        self
    }

    /// Bounds how many sessions a user may have, and lists them. A login beyond ends the session that was begun or
    /// refreshed longest ago: to refuse the login instead would let whoever holds the others, a thief perhaps, keep
    /// the owner out. Logins from before this was set are counted once they are refreshed. Defaults to any number.
    pub fn max_sessions(mut self, most: usize) -> Self {
        self.listing.get_or_insert_default().most = Some(most);
        self
    }

    /// Says what to call the client in the list of sessions, of at most 256 bytes, and keeps such a list.
    ///
    /// ```
    /// # use tower_auth::AuthLayer;
    /// let builder = AuthLayer::builder().label_sessions_with(|request| {
    ///     request.headers.get("user-agent")?.to_str().ok().map(str::to_owned)
    /// });
    /// # let _ = builder;
    /// ```
    pub fn label_sessions_with(
        mut self,
        label: impl Fn(&http::request::Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.listing.get_or_insert_default().label = Some(Box::new(label));
        self
    }

    /// Says for how many **seconds** any token that the keys verify may be accepted, where that is longer than what the
    /// contracts issue: tokens of another issuer, or from before a lifetime was shortened.
    /// [`AuthLayer::revoke_user`] is remembered for so long. Defaults to the longest lifetime or refresh window of the
    /// contracts.
    pub fn longest_token(mut self, seconds: u64) -> Self {
        self.longest_token = seconds;
        self
    }

    /// Remembers refreshed and revoked tokens in this store. Defaults to [`MemorySessions`].
    pub fn sessions(mut self, store: impl SessionStore) -> Self {
        self.sessions = Arc::new(store);
        self
    }
}

/// Guarded routes.
impl AuthLayerBuilder {
    /// Lets requests through without looking at credentials: `/health`, `GET /login`, `/assets/{*rest}`.
    ///
    /// These routes are open to everybody. Patterns are axum's, and match only paths without empty, `.` and `..` segments
    /// (`..;v=1` is one), backslashes and encoded slashes or dots; a path without a parameter is exact. Without a method
    /// a rule stands for all; `GET` does not cover `HEAD`.
    pub fn public(mut self, rule: impl Into<String>) -> Self {
        self.rules.push((rule.into(), Route::Public));
        self
    }

    /// Lets requests through without credentials, and refuses bad ones. Written as for [`public`](Self::public).
    pub fn optional(mut self, rule: impl Into<String>) -> Self {
        self.rules.push((rule.into(), Route::Optional));
        self
    }

    /// Lets CORS preflights through, without any identity. Defaults to guarding them.
    pub fn allow_preflight(mut self) -> Self {
        self.allows_preflight = true;
        self
    }

    /// Puts an issuer into every token issued, and requires it of every token but those of keys bound to another. Tokens
    /// issued without one, as those of `auth_local` and `login` are, are refused from then on. Defaults to none.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Puts an audience into every token issued, and requires it of every token; those issued without one are refused
    /// from then on. Defaults to none.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Sets by how many **seconds** clocks may differ. At most 300. Defaults to 10.
    pub fn leeway(mut self, seconds: u64) -> Self {
        self.leeway = seconds;
        self
    }

    /// Sets the most **bytes** a token may have. Defaults to 16 384.
    pub fn token_limit(mut self, bytes: usize) -> Self {
        self.token_limit = bytes;
        self
    }

    /// Names the protection space in challenges. Defaults to `api`.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// Admits to guarded routes by Bearer only; the contract `auth_token` still reads Basic. Defaults to Bearer and Basic.
    pub fn without_basic(mut self) -> Self {
        self.accepts_basic = false;
        self
    }

    /// Sets for how many **seconds** a password that was found right at a guarded route by Basic is known again without
    /// hashing it, and the most of them that are remembered; less than 200 bytes each. At most 3 600 seconds; 0 of either
    /// switches it off. Defaults to 60 and 10 000.
    ///
    /// The user is looked up on every request all the same: a changed hash, [`blocked`](crate::Account::blocked),
    /// [`unconfirmed`](crate::Account::unconfirmed) and [`valid_since`](crate::Account::valid_since) count at once. Only
    /// successes are remembered, as digests under a key that is random for each layer, for the network that they came
    /// from and until it tries another password; requests that show the same password at the same time wait for one
    /// hash. Login routes hash every time.
    pub fn basic_cache(mut self, seconds: u64, entries: usize) -> Self {
        self.recall = Some((seconds, entries));
        self
    }

    /// Hashes the password of every request by Basic. Defaults to [`basic_cache`](Self::basic_cache).
    pub fn without_basic_cache(mut self) -> Self {
        self.recall = None;
        self
    }

    /// Offers Basic in challenges, so that browsers ask for a password; never to requests that a script sent. They keep it
    /// and send it unasked, as a cookie: from then on a request by Basic that may change something is refused when the
    /// browser says that another site's page sent it, unless of a [`trusted_origin`](Self::trusted_origin). Defaults to
    /// offering Bearer only.
    pub fn offer_basic(mut self) -> Self {
        self.offers_basic = true;
        self
    }

    /// Believes a verified token without looking its user up: a blocked user is out when the token expires. Basic has no
    /// claims to believe, and is looked up all the same. Defaults to looking up on each request.
    pub fn claims_only(mut self) -> Self {
        self.claims_only = true;
        self
    }

    /// Sets how many tokens are remembered as verified, and the most **bytes** that they take: each its own length, that
    /// of its claims, and less than 300. What is remembered is that the signature holds; the times, the revocation and the
    /// user of a token are judged on every request. Only good tokens are, and none that is to be refreshed. 0 of either
    /// switches it off. Defaults to 10 000 and 16 MiB.
    pub fn token_cache(mut self, entries: usize, bytes: usize) -> Self {
        self.verified = Some(CacheLimits { entries, bytes });
        self
    }

    /// Verifies the signature of every token, and keeps none in memory. Defaults to [`token_cache`](Self::token_cache).
    pub fn without_token_cache(mut self) -> Self {
        self.verified = None;
        self
    }

    /// Refuses requests to guarded routes in the shape of a contract, by its name. Defaults to RFC 9457 problems.
    pub fn refuse_like(mut self, name: impl Into<String>) -> Self {
        self.refuses_like = Some(name.into());
        self
    }
}

/// Users and passwords.
impl AuthLayerBuilder {
    /// Sets how long a lookup may take before it counts as failed. Defaults to 5 seconds.
    pub fn lookup_timeout(mut self, timeout: Duration) -> Self {
        self.lookup_timeout = timeout;
        self
    }

    /// Sets how many passwords are hashed at once, and how many more may wait; beyond, logins get 503 at once.
    /// Defaults to the number of cores, and 256.
    pub fn hashing_lane(mut self, width: usize, queue: usize) -> Self {
        self.lane = LaneLimits { width, queue, ..self.lane };
        self
    }

    /// Sets for how long a login may wait for the hashing lane. One that would wait for longer, going by how long hashes
    /// took of late, gets 503 at once, with a `Retry-After` of as many seconds as the queue is likely to take. Defaults to
    /// 10 seconds.
    pub fn hashing_patience(mut self, patience: Duration) -> Self {
        self.lane.patience = patience;
        self
    }

    /// Verifies stored passwords of a form that is not known here: `(stored, password)`, with `None` for a form that is
    /// not yours either. Runs on the hashing lane; has to compare in constant time. Once it has known a form, every
    /// refused login repeats its cost.
    pub fn verify_passwords_with(
        mut self,
        verify: impl Fn(&str, &str) -> Option<bool> + Send + Sync + 'static,
    ) -> Self {
        self.custom_passwords = Some(Arc::new(verify));
        self
    }

    /// Stores a new argon2id hash for a user who logged in with an older form, see [`PasswordUpgrade`]. Runs behind the login, which does not
    /// wait; a failure is logged (with the feature `tracing`), and the next login tries again.
    pub fn rehash_with<F, Fut, E>(mut self, store: F) -> Self
    where
        F: Fn(PasswordUpgrade) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.rehash = Some(Arc::new(move |upgrade| {
            let stored = store(upgrade);
            Box::pin(async move { stored.await.map_err(Into::into) })
        }));
        self
    }

    /// Tells the time by this clock. Defaults to the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }
}

/// What an operator is told.
#[cfg(feature = "tracing")]
#[cfg_attr(docsrs, doc(cfg(feature = "tracing")))]
impl AuthLayerBuilder {
    /// Writes the id of whoever is admitted, or granted a token, into the field `user.id` of a span: on guarded routes of the span the
    /// request is in, which is the application's and has to have been made with that field; on login routes of the layer's own.
    ///
    /// The id is what the lookup or the token has, its control characters escaped, and never what a refused client sent. Traces then say who
    /// did what: keep them as long as the law lets you. Defaults to no ids.
    ///
    /// # Examples
    ///
    /// ```
    /// use tracing::field::Empty;
    ///
    /// let builder = tower_auth::AuthLayer::builder().user_id_in_spans();
    /// // The span around it, for tower-http's `TraceLayer`:
    /// let span = |request: &http::Request<()>| tracing::info_span!("request", method = %request.method(), user.id = Empty);
    /// # let _ = (builder, span(&http::Request::new(())));
    /// ```
    pub fn user_id_in_spans(mut self) -> Self {
        self.user_id_in_spans = true;
        self
    }
}

impl fmt::Debug for AuthLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dialects = self.dialects.iter().map(|dialect| dialect.name());
        f.debug_struct("AuthLayerBuilder")
            .field("signing_keys", &self.signing_keys)
            .field("dialects", &dialects.collect::<Vec<_>>())
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
