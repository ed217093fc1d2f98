//! `SessionStore`: which tokens were refreshed or revoked, and which sessions a user has.

use std::sync::Arc;

use super::{Opening, Rotated, Rotation};
use crate::{
    clock::Timestamp,
    session::{Session, SessionId},
    store::StoreFuture,
    subject::Subject,
    token::{TokenKey, UserKey},
};

/// Remembers which tokens have been refreshed, by what, which are revoked, and what sessions a user has.
///
/// A *family* is a token from a login and its successors by refresh, and it is what a *session* is made of. It is alive
/// until its newest token is revoked or has had its time. The rules, all of them this trait's:
///
/// - The first [`rotate`](Self::rotate) of a token wins and names its successor.
/// - Inside the grace after it, every further one gets that same successor, so parallel calls and lost answers do no
///   harm. Asking again does not prolong the grace.
/// - After the grace, one more is a replay of a stolen or stale token: it revokes the family.
/// - Of a family that is not alive nothing is refreshed, whichever of its tokens is shown.
/// - A token that no operation has named is the first of a family of its own.
///
/// # What implementers owe
///
/// **Every method that returns no future is answered from this process's own memory, and never blocks.**
/// [`is_unused`](Self::is_unused), [`is_stale`](Self::is_stale), [`is_revoked`](Self::is_revoked) and
/// [`valid_since`](Self::valid_since) are asked for every request with a token, [`is_spent`](Self::is_spent) before a
/// refresh and a logout. A store that others share replicates what it is asked here; [`RevocationList`] is that replica.
///
/// **Every other method is one atomic step**, also between processes that share the store, and a future that is dropped
/// leaves it done or undone. It fails rather than waits: give it a timeout. `Ok` says that a crash does not undo it, as
/// far as the store can keep anything, and that this process's own answers know it already.
///
/// Arguments are ordered: what it is about, `now`, further moments, `until`.
///
/// # What may be forgotten
///
/// - After its `until` everything: those tokens are no longer accepted on any route.
/// - A label, and the moment of the last refresh: they are only shown.
/// - The successor of a refreshed token, when its grace has ended: nobody gets it any more.
///
/// Everything else that is forgotten is a hole: a revoked token lives again, a stolen one goes unnoticed, a session
/// goes on that its user cannot end. So a store that is full refuses with an error, and forgets nothing.
///
/// # Examples
///
/// A store around another one, which logs that a refreshed token came back. It passes on every method, also those that
/// have a default.
///
/// ```
/// use tower_auth::{
///     Session, SessionId, Subject, Timestamp,
///     store::{MemorySessions, Opening, Rotated, Rotation, SessionStore, StoreFuture, TokenKey, UserKey},
/// };
///
/// struct Logged<S>(S);
///
/// impl<S: SessionStore> SessionStore for Logged<S> {
///     fn is_unused(&self) -> bool {
///         self.0.is_unused()
///     }
///
///     fn is_stale(&self, now: Timestamp) -> bool {
///         self.0.is_stale(now)
///     }
///
///     fn is_revoked(&self, token: &TokenKey, now: Timestamp) -> bool {
///         self.0.is_revoked(token, now)
///     }
///
///     fn valid_since(&self, user: &Subject, now: Timestamp) -> Option<Timestamp> {
///         self.0.valid_since(user, now)
///     }
///
///     fn is_spent(&self, token: &TokenKey, now: Timestamp) -> bool {
///         self.0.is_spent(token, now)
///     }
///
///     fn catch_up(&self, token: TokenKey, user: UserKey, now: Timestamp) -> StoreFuture<'_, ()> {
///         self.0.catch_up(token, user, now)
///     }
///
///     fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
///         Box::pin(async move {
///             let rotated = self.0.rotate(rotation).await?;
///             if rotated == Rotated::Reuse {
///                 tracing::warn!("a refreshed token was used again: its family is revoked");
///             }
///             Ok(rotated)
///         })
///     }
///
///     fn revoke(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
///         self.0.revoke(token, now, until)
///     }
///
///     fn revoke_family(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
///         self.0.revoke_family(token, now, until)
///     }
///
///     fn revoke_user(&self, user: UserKey, now: Timestamp, since: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
///         self.0.revoke_user(user, now, since, until)
///     }
///
///     fn open(&self, opening: Opening) -> StoreFuture<'_, bool> {
///         self.0.open(opening)
///     }
///
///     fn sessions(&self, user: UserKey, now: Timestamp) -> StoreFuture<'_, Vec<Session>> {
///         self.0.sessions(user, now)
///     }
///
///     fn end_session(&self, user: UserKey, session: SessionId, now: Timestamp) -> StoreFuture<'_, bool> {
///         self.0.end_session(user, session, now)
///     }
/// }
///
/// let builder = tower_auth::AuthLayer::builder().session_store(Logged(MemorySessions::default()));
/// # let _ = builder;
/// ```
///
/// [`RevocationList`]: crate::store::RevocationList
pub trait SessionStore: Send + Sync + 'static {
    /// Whether nothing was ever refreshed or revoked, so that no token needs to be looked up. A store that cannot be
    /// sure says `false`. Defaults to `false`.
    fn is_unused(&self) -> bool {
        false
    }

    /// Whether what is known here is too old to judge a token by: guarded requests are then answered by 503. A store
    /// that is nobody else's never is.
    fn is_stale(&self, now: Timestamp) -> bool;

    /// Whether the token is revoked, or was refreshed and its grace is over. The end of a grace may be rounded up to
    /// the next whole second.
    fn is_revoked(&self, token: &TokenKey, now: Timestamp) -> bool;

    /// Since when a user's tokens are good: the latest moment given to [`revoke_user`](Self::revoke_user). Where no
    /// user was ever named, this answers before it makes a [`UserKey`], which costs a digest.
    fn valid_since(&self, user: &Subject, now: Timestamp) -> Option<Timestamp>;

    /// Whether the token was refreshed or revoked, inside its grace too: a refresh of it is no first one. Asked before
    /// a refresh and a logout, to count against the account only what takes room. A store that cannot tell of the grace
    /// has repeated refreshes counted. Defaults to [`is_revoked`](Self::is_revoked).
    fn is_spent(&self, token: &TokenKey, now: Timestamp) -> bool {
        self.is_revoked(token, now)
    }

    /// Brings the answers above, about one token and one user, up to date with the shared store: whatever was revoked
    /// before this step, on any server, is known here after it. Asked before a Bearer is renewed, since a token that is
    /// granted anew would outlive what is not known here yet; an error refuses the renewal with 503. A store that
    /// others share asks what it replicates. One that this process alone has knows everything already.
    fn catch_up(&self, token: TokenKey, user: UserKey, now: Timestamp) -> StoreFuture<'_, ()>;

    /// Marks a token as refreshed, or says what became of it before. With a [`listing`](Rotation::listing), a session
    /// that is not known is listed from now on.
    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated>;

    /// Revokes one token until no route would accept it anyway: `until`, or later where more is known of it. The newest
    /// token of a family takes the family's life with it; tokens of the family that are inside their grace stay good on
    /// guarded routes until it ends.
    fn revoke(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()>;

    /// Revokes every token of the family that `token` belongs to, itself included, whether it was refreshed or not.
    /// `until` counts for that one, where no more is known of it.
    fn revoke_family(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()>;

    /// Revokes every token of a user's that was issued before `since`, and takes the sessions from before off the list.
    /// Of two moments the later one counts. Kept until `until`, when no token from before can be accepted.
    fn revoke_user(&self, user: UserKey, now: Timestamp, since: Timestamp, until: Timestamp) -> StoreFuture<'_, ()>;

    /// Lists a session from its login on, and one that is renewed and was not listed from now on. Where the user then has more than [`most`](crate::store::Listing::most), those that were
    /// begun or refreshed longest ago end in the same step, as by [`revoke_family`](Self::revoke_family).
    ///
    /// `false`, and nothing is opened, when the token that it [renews](Opening::renews) is revoked. Asked only where the
    /// builder was told to list or to bound sessions.
    fn open(&self, opening: Opening) -> StoreFuture<'_, bool>;

    /// The listed sessions of a user's that are alive, the newest login first.
    fn sessions(&self, user: UserKey, now: Timestamp) -> StoreFuture<'_, Vec<Session>>;

    /// Ends a listed session of this user's, as [`revoke_family`](Self::revoke_family) does. `false` when the user has
    /// none of that name that is alive.
    fn end_session(&self, user: UserKey, session: SessionId, now: Timestamp) -> StoreFuture<'_, bool>;
}

impl<S: SessionStore + ?Sized> SessionStore for Arc<S> {
    fn is_unused(&self) -> bool {
        (**self).is_unused()
    }

    fn is_stale(&self, now: Timestamp) -> bool {
        (**self).is_stale(now)
    }

    fn is_revoked(&self, token: &TokenKey, now: Timestamp) -> bool {
        (**self).is_revoked(token, now)
    }

    fn valid_since(&self, user: &Subject, now: Timestamp) -> Option<Timestamp> {
        (**self).valid_since(user, now)
    }

    fn is_spent(&self, token: &TokenKey, now: Timestamp) -> bool {
        (**self).is_spent(token, now)
    }

    fn catch_up(&self, token: TokenKey, user: UserKey, now: Timestamp) -> StoreFuture<'_, ()> {
        (**self).catch_up(token, user, now)
    }

    fn rotate(&self, rotation: Rotation) -> StoreFuture<'_, Rotated> {
        (**self).rotate(rotation)
    }

    fn revoke(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        (**self).revoke(token, now, until)
    }

    fn revoke_family(&self, token: TokenKey, now: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        (**self).revoke_family(token, now, until)
    }

    fn revoke_user(&self, user: UserKey, now: Timestamp, since: Timestamp, until: Timestamp) -> StoreFuture<'_, ()> {
        (**self).revoke_user(user, now, since, until)
    }

    fn open(&self, opening: Opening) -> StoreFuture<'_, bool> {
        (**self).open(opening)
    }

    fn sessions(&self, user: UserKey, now: Timestamp) -> StoreFuture<'_, Vec<Session>> {
        (**self).sessions(user, now)
    }

    fn end_session(&self, user: UserKey, session: SessionId, now: Timestamp) -> StoreFuture<'_, bool> {
        (**self).end_session(user, session, now)
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;

    macro_rules! all_that_awaits_fails {
        () => {
            fn rotate(&self, _: Rotation) -> StoreFuture<'_, Rotated> {
                failed()
            }

            fn revoke(&self, _: TokenKey, _: Timestamp, _: Timestamp) -> StoreFuture<'_, ()> {
                failed()
            }

            fn revoke_family(&self, _: TokenKey, _: Timestamp, _: Timestamp) -> StoreFuture<'_, ()> {
                failed()
            }

            fn revoke_user(&self, _: UserKey, _: Timestamp, _: Timestamp, _: Timestamp) -> StoreFuture<'_, ()> {
                failed()
            }

            fn open(&self, _: Opening) -> StoreFuture<'_, bool> {
                failed()
            }

            fn sessions(&self, _: UserKey, _: Timestamp) -> StoreFuture<'_, Vec<Session>> {
                failed()
            }

            fn end_session(&self, _: UserKey, _: SessionId, _: Timestamp) -> StoreFuture<'_, bool> {
                failed()
            }

            fn catch_up(&self, _: TokenKey, _: UserKey, _: Timestamp) -> StoreFuture<'_, ()> {
                failed()
            }
        };
    }

    /// One that answers nothing as a store does by default.
    struct Replica;

    fn failed<T: Send + 'static>() -> StoreFuture<'static, T> {
        Box::pin(ready(Err("asked".into())))
    }

    impl SessionStore for Replica {
        fn is_unused(&self) -> bool {
            true
        }

        fn is_stale(&self, _: Timestamp) -> bool {
            true
        }

        fn is_revoked(&self, _: &TokenKey, _: Timestamp) -> bool {
            false
        }

        fn valid_since(&self, _: &Subject, now: Timestamp) -> Option<Timestamp> {
            Some(now)
        }

        fn is_spent(&self, _: &TokenKey, _: Timestamp) -> bool {
            true
        }

        all_that_awaits_fails!();
    }

    /// One that leaves to the trait what it can.
    struct Plain;

    impl SessionStore for Plain {
        fn is_stale(&self, _: Timestamp) -> bool {
            false
        }

        fn is_revoked(&self, token: &TokenKey, _: Timestamp) -> bool {
            token.as_bytes() == &[7; 16]
        }

        fn valid_since(&self, _: &Subject, _: Timestamp) -> Option<Timestamp> {
            None
        }

        all_that_awaits_fails!();
    }

    #[test]
    fn what_is_revoked_is_spent_unless_a_store_knows_better() {
        let now = Timestamp::from_unix_seconds(1);
        assert!(!Plain.is_unused());
        for (token, spent) in [([7; 16], true), ([8; 16], false)] {
            assert_eq!(Plain.is_spent(&TokenKey::from_bytes(token), now), spent);
        }
    }

    /// A default in between would take a replica that is too old for one that is not.
    #[tokio::test]
    async fn s60_a_store_that_is_shared_is_asked_all_that_it_answers() {
        let (store, now) = (Arc::new(Replica), Timestamp::from_unix_seconds(1));
        let (token, user) = (TokenKey::from_bytes([7; 16]), Subject::from(1));
        assert!(SessionStore::is_unused(&store) && SessionStore::is_stale(&store, now));
        assert!(SessionStore::is_spent(&store, &token, now) && !SessionStore::is_revoked(&store, &token, now));
        assert_eq!(SessionStore::valid_since(&store, &user, now), Some(now));
        assert!(SessionStore::catch_up(&store, token, UserKey::of(&user), now).await.is_err());
    }
}
