//! `RedisStore`: a handle to one namespace of one Redis.

use std::{fmt, sync::Arc, time::Duration};

use tokio::task::AbortHandle;

use super::core::Core;

/// Sessions, revocations and counts that many servers share, in Redis 6.2, Valkey 7.2, or later ones, clusters
/// included.
///
/// It is a [`SessionStore`](crate::store::SessionStore) and a [`ThrottleStore`](crate::store::ThrottleStore) in one,
/// and a clone is the same store. Programs whose users are not the same people need a
/// [namespace](crate::store::RedisBuilder::namespace) each, see [the guide](crate::guide::servers#one-store-for-one-population).
///
/// ```no_run
/// use tower_auth::{AuthLayer, store::RedisStore};
///
/// # async fn example() -> Result<(), tower_auth::BoxError> {
/// let redis = RedisStore::connect("redis://tower-auth:password@redis.internal:6379")?;
/// redis.ready().await;
/// let builder = AuthLayer::builder().session_store(redis.clone()).throttle_store(redis);
/// # Ok(())
/// # }
/// ```
///
/// # What a request waits for
///
/// A guarded request waits for nothing: it asks a [`RevocationList`](crate::store::RevocationList) in this process,
/// which a task of the store keeps whole. A refresh, a renewal, a logout, a revocation and a guess are one script each, with a
/// timeout of 250 ms. While Redis is away they fail at once, without a look at the network: the first three are
/// answered by 503, guesses are counted in memory at half of each limit. Guarded requests go on with the list as it was
/// for 30 seconds, and are then answered by 503. `docs/faults.md` in the repository has each fault with each answer.
///
/// # What Redis has to be
///
/// - `maxmemory-policy noeviction`: an evicted key is a forgotten revocation. Full, Redis refuses, and so does this
///   store. Of any other policy the event `auth.may_forget` warns.
/// - `appendonly yes` with `appendfsync always`, where no crash may undo a revocation that was acknowledged. With
///   `everysec`, a crash can undo the last second of them. What a process of yours still knows it writes back.
/// - With replicas: replication is asynchronous, so a failover can lose the last moments too, and they are written back
///   in the same way. A process that dies in that very moment takes them with it. With `min-replicas-to-write 1` a
///   primary that is cut off from its replicas is away for its clients too; without, it goes on telling them that
///   nothing was revoked. Behind Sentinel, the URL is a name or an address that moves with the primary.
/// - It has to let a script reach keys in its slot that it was not given by name, since one of them says which family a
///   token is of. Redis and Valkey do.
///
/// Its user needs `~{NAMESPACE}:* ~{NAMESPACE:*` and `+evalsha +eval +xread`, and what scripts call: `+get +set +time
/// +exists +hget +hset +hmget +hdel +hgetall +hexists +incr +hincrby +hlen +hrandfield +xadd +xdel +xlen +xrange
/// +xrevrange +zadd +zrem +zrange +zrangebyscore +zcard +del +pexpire +pttl`. In a cluster, `+cluster` too; and `+info` to be
/// warned of evictions.
///
/// # What is in it
///
/// Digests of tokens, users, accounts and networks; moments; a successor's `jti`; labels of sessions. Nothing that
/// anybody could log in with; `docs/faults.md` says what a copy of it reveals. Keys leave when no route would accept
/// what they are about, and the last ones a day after the last process did. Everything about sessions is in one slot of a
/// cluster, counts in 512: to spread sessions over more, give groups of users that never meet namespaces of
/// their own.
///
/// # Clocks
///
/// Graces, locks and windows are judged by the clock of the process that asks, since that clock dates its tokens too:
/// between two servers they are off by what their clocks differ. Lifetimes in Redis run by its own clock, from the
/// slower of the two on: a server's clock that is fast makes nothing leave early. How old the list is, a monotonic clock says,
/// and the other one while the host sleeps.
#[derive(Clone)]
pub struct RedisStore(pub(super) Arc<Handle>);

/// The last one takes the follower with it.
pub(super) struct Handle {
    pub(super) core: Arc<Core>,
    pub(super) follower: AbortHandle,
}

impl RedisStore {
    /// Waits until everything that was revoked so far is known here. A server that calls it before it listens refuses
    /// nobody for want of a list; while Redis is away it waits for as long.
    pub async fn ready(&self) {
        self.core().link.until(true).await;
    }

    /// Whether Redis answers, for a health check that wants to know; guarded requests go on for a while without.
    pub fn is_up(&self) -> bool {
        self.core().link.is_up()
    }

    /// How old the local list of revocations is: what was revoked elsewhere longer ago is known here. None before it
    /// was read once. About a second at most while Redis is up.
    pub fn age(&self) -> Option<Duration> {
        self.core().replica.age()
    }

    pub(super) fn core(&self) -> &Core {
        &self.0.core
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("namespace", &self.core().namespace)
            .field("is_up", &self.is_up())
            .field("age", &self.age())
            .field("list", &self.core().replica.list)
            .finish_non_exhaustive()
    }
}
