//! `RedisBuilder`: how to reach Redis, and what may be given up when it is away.

use std::{fmt, sync::Arc, time::Duration};

use redis::{Client, cluster::ClusterClient};
use tokio::runtime::Handle as Runtime;

use super::{
    connection::Target,
    core::Core,
    follow::follow,
    history::History,
    link::Link,
    replica::Replica,
    store::{Handle, RedisStore},
};
use crate::{
    BoxError,
    clock::{Clock, SystemClock},
    telemetry,
};

/// Most bytes of a namespace.
const NAMESPACE_LIMIT: usize = 64;

/// Longest time that one operation may take.
const TIMEOUT_LIMIT: Duration = Duration::from_secs(60);

/// Longest time that a list of revocations is believed without a word of Redis.
const BOUND_LIMIT: Duration = Duration::from_secs(3600);

/// How many buckets the throttle's keys are spread over.
pub(super) const BUCKETS: usize = 256;

/// How to reach Redis, and what may be given up when it is away. Made by [`RedisStore::builder`].
///
/// ```no_run
/// use std::time::Duration;
/// use tower_auth::store::RedisStore;
///
/// # async fn example() -> Result<(), tower_auth::BoxError> {
/// let redis = RedisStore::builder("redis://127.0.0.1/")
///     .namespace("shop")
///     .timeout(Duration::from_millis(100))
///     .staleness_bound(Duration::from_secs(10))
///     .connect()?;
/// # Ok(())
/// # }
/// ```
pub struct RedisBuilder {
    /// They hold a password.
    urls: Vec<String>,
    is_cluster: bool,
    namespace: String,
    timeout: Duration,
    bound: Option<Duration>,
    capacity: usize,
    throttle_capacity: usize,
    clock: Arc<dyn Clock>,
}

impl RedisStore {
    /// A store with every default. See [`RedisBuilder::connect`].
    ///
    /// # Errors
    ///
    /// When the URL is invalid, or there is no tokio runtime.
    pub fn connect(url: impl Into<String>) -> Result<Self, BoxError> {
        Self::builder(url).connect()
    }

    /// A store in the Redis at `url`: `redis://[user[:password]@]host[:port][/database]`, `redis+unix:///path`, or with
    /// the feature `redis-tls` `rediss://…`. User and password are those of an ACL.
    pub fn builder(url: impl Into<String>) -> RedisBuilder {
        RedisBuilder::new(vec![url.into()], false)
    }

    /// A store in a Redis Cluster, of which these are some nodes.
    pub fn cluster(urls: impl IntoIterator<Item = impl Into<String>>) -> RedisBuilder {
        RedisBuilder::new(urls.into_iter().map(Into::into).collect(), true)
    }
}

impl RedisBuilder {
    fn new(urls: Vec<String>, is_cluster: bool) -> Self {
        Self {
            urls,
            is_cluster,
            namespace: "tower-auth".into(),
            timeout: Duration::from_millis(250),
            bound: Some(Duration::from_secs(30)),
            capacity: 1_000_000,
            throttle_capacity: 1_000_000,
            clock: Arc::new(SystemClock),
        }
    }

    /// Sets the prefix of every key, so that applications can share a Redis: 1 to 64 letters, digits and `-_.:`. Layers
    /// whose users are not the same people need one each, see
    /// [the guide](crate::guide::servers#one-store-for-one-population). Defaults to `tower-auth`.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// Sets how long one operation may take, from 1 ms to a minute. One that takes longer fails, and so does every other until Redis
    /// answers in time again. The throttle's memory steps in after 250 ms regardless of this setting. Defaults to 250 ms.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long guarded requests go on with the list of this process after Redis was last heard of; then they are
    /// answered by 503. For so long a token that was revoked on another server may stay good, and not longer: nothing
    /// is refreshed or renewed by this list. From 2 seconds, since Redis is heard from twice a second, to an hour. Defaults to 30
    /// seconds.
    pub fn staleness_bound(mut self, bound: Duration) -> Self {
        self.bound = Some(bound);
        self
    }

    /// While Redis is away, goes on with the list as it was, however old, and with none at all if there never was one:
    /// **a revoked token may be admitted for as long as Redis is away.** Refreshes and renewals stay 503.
    /// Warned of by the event `auth.admits_when_stale`.
    pub fn admit_revoked_tokens_when_stale(mut self) -> Self {
        self.bound = None;
        self
    }

    /// Sets how many revocations and refreshes there may be at one time, each for as long as its token could be accepted.
    /// Beyond, refreshes and revocations fail. Costs 26 to 30 bytes each in every process; in Redis a revocation takes
    /// about 450 and a refresh about 1000. Give every process the same. Defaults to 1 000 000.
    pub fn capacity(mut self, revocations: usize) -> Self {
        self.capacity = revocations;
        self
    }

    /// Sets how many keys are counted for requests, how many for failures, and how many networks are known, in Redis, at
    /// about 120 bytes each; at least 2048. Beyond, those of the same kind that counted little make room. Defaults to
    /// 1 000 000.
    pub fn throttle_capacity(mut self, keys: usize) -> Self {
        self.throttle_capacity = keys;
        self
    }

    /// Sets the clock by which entries of the local list expire; give the layer's. Defaults to
    /// [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// A store whose task connects at once, and again whenever the connection is lost. Waits for nothing: until the
    /// first connection it is as if Redis were away, and guarded requests are answered by 503.
    ///
    /// With TLS, `rustls` needs a provider that counts for the whole process: where nobody has installed one yet, this
    /// installs that of `aws-lc-rs`.
    ///
    /// # Errors
    ///
    /// When a URL is invalid, or wants TLS without the feature `redis-tls`; when the namespace, the timeout or the bound
    /// is out of range; outside of a tokio runtime.
    pub fn connect(self) -> Result<RedisStore, BoxError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if !(1..=NAMESPACE_LIMIT).contains(&self.namespace.len()) || !self.namespace.bytes().all(plain) {
            return Err("a namespace is 1 to 64 letters, digits and -_.:".into());
        }
        if !(Duration::from_millis(1)..=TIMEOUT_LIMIT).contains(&self.timeout) {
            return Err(
                "a timeout is 1 millisecond to a minute: less lets nothing through, more holds up logins".into()
            );
        }
        if self.bound.is_some_and(|bound| bound < Duration::from_secs(2)) {
            return Err("a staleness bound below 2 seconds is passed while Redis is up".into());
        }
        if self.bound.is_some_and(|bound| bound > BOUND_LIMIT) {
            return Err("a staleness bound beyond an hour is none: call `admit_revoked_tokens_when_stale`".into());
        }
        let runtime = Runtime::try_current().map_err(|_| "a Redis store connects in a tokio runtime")?;
        if self.bound.is_none() {
            telemetry::admits_when_stale();
        }
        let core = Arc::new(Core {
            link: Link::new(self.target()?, self.timeout),
            replica: Replica::new(self.capacity, self.clock, self.bound),
            history: History::default(),
            namespace: self.namespace,
            capacity: self.capacity,
            bucket: self.throttle_capacity.div_ceil(BUCKETS).max(8),
        });
        let follower = runtime.spawn(follow(Arc::clone(&core))).abort_handle();
        Ok(RedisStore(Arc::new(Handle { core, follower })))
    }

    /// The error of the `redis` crate may quote the URL, so nothing of it is passed on.
    fn target(&self) -> Result<Target, BoxError> {
        if self.urls.iter().any(|url| url.starts_with("rediss:")) {
            #[cfg(not(feature = "redis-tls"))]
            return Err("a URL of Redis wants TLS: switch on the feature `redis-tls`".into());
            #[cfg(feature = "redis-tls")]
            choose_back_end();
        }
        let target = match &*self.urls {
            [url] if !self.is_cluster => Client::open(url.as_str()).map(|client| Target::Single(Box::new(client))),
            urls => ClusterClient::new(urls.iter().map(String::as_str)).map(|client| Target::Cluster(Box::new(client))),
        };
        target.map_err(|_| {
            "the URL of Redis is none that can be connected to: redis://[user[:password]@]host[:port]".into()
        })
    }
}

/// rustls takes its back end from the process. Where nobody chose one, it would panic once two are compiled in.
#[cfg(feature = "redis-tls")]
fn choose_back_end() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody else may have been quicker, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
}

impl fmt::Debug for RedisBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisBuilder")
            .field("namespace", &self.namespace)
            .field("timeout", &self.timeout)
            .field("staleness_bound", &self.bound)
            .finish_non_exhaustive()
    }
}
