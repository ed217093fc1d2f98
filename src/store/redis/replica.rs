//! `Replica`: what guarded requests ask, and how old it is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    entry::{Entry, millis, named},
    fault::Fault,
};
use crate::{
    clock::{Clock, Timestamp},
    store::RevocationList,
    token::{TokenKey, UserKey},
};

pub(super) struct Replica {
    pub(super) list: RevocationList,
    clock: Arc<dyn Clock>,
    /// How old it may be; any age where the application said so.
    bound: Option<Duration>,
    made: Instant,
    /// When it was known to be whole, in milliseconds since it was made, and one more; 0 is never. By the monotonic
    /// clock: nobody makes it young by setting the time.
    whole_at: AtomicU64,
    /// The same by the other clock, in unix milliseconds.
    whole_then: AtomicU64,
    /// By how many milliseconds more it has aged by that clock, when somebody last counted.
    slept: AtomicU64,
}

/// What both clocks say.
#[derive(Clone, Copy)]
pub(super) struct Clocks {
    monotonic: Instant,
    wall: Timestamp,
}

impl Replica {
    pub(super) fn new(capacity: usize, clock: Arc<dyn Clock>, bound: Option<Duration>) -> Self {
        // The step that fills the log may end a family of many, and what has had its time stays here for up to a minute
        // longer. A list that could not take what is in the log would be of no use any more.
        let list = RevocationList::with_capacity(capacity.saturating_mul(2).saturating_add(1024));
        Self {
            list,
            clock,
            bound,
            made: Instant::now(),
            whole_at: AtomicU64::new(0),
            whole_then: AtomicU64::new(0),
            slept: AtomicU64::new(0),
        }
    }

    pub(super) fn apply(&self, entry: Entry) -> Result<(), Fault> {
        let now = self.clock.now();
        let moment = Timestamp::from_unix_millis;
        let done = match entry {
            Entry::Token { key, from, until } => {
                let from = Some(from).filter(|from| *from != 0).map(moment);
                self.list.replicate(TokenKey::from_bytes(named(key)), now, from, moment(until))
            }
            Entry::User { key, since, until } => {
                self.list.revoke_user(UserKey::from_bytes(named(key)), now, moment(since), moment(until))
            }
        };
        done.map_err(|_| Fault::Full)
    }

    /// A part of what is known here and has not had its time; none beyond the last part.
    pub(super) fn entries(&self, part: usize) -> Option<Vec<Entry>> {
        let (tokens, users) = (self.list.tokens(part), self.list.users(part));
        if tokens.is_none() && users.is_none() {
            return None;
        }
        let now = self.list.settled(self.now());
        let tokens = tokens
            .unwrap_or_default()
            .into_iter()
            .filter(|(_, _, until)| *until > now)
            .map(|(key, from, until)| Entry::Token { key, from: millis(from), until: millis(until) });
        let users = users
            .unwrap_or_default()
            .into_iter()
            .filter(|(_, _, until)| *until > now)
            .map(|(key, since, until)| Entry::User { key, since: millis(since), until: millis(until) });
        Some(tokens.chain(users).collect())
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn clocks(&self) -> Clocks {
        Clocks { monotonic: Instant::now(), wall: self.now() }
    }

    /// Redis was asked at `asked`, and everything that it then had is here.
    pub(super) fn is_whole_since(&self, asked: Clocks) {
        let millis = asked.monotonic.saturating_duration_since(self.made).as_millis();
        let whole_at = u64::try_from(millis).unwrap_or(u64::MAX).saturating_add(1);
        if self.whole_at.fetch_max(whole_at, Ordering::AcqRel) <= whole_at {
            self.whole_then.store(asked.wall.unix_millis(), Ordering::Release);
        }
        self.count_sleep();
    }

    /// Time in which the host is suspended passes by the wall clock alone, and the list grows old all the same.
    pub(super) fn count_sleep(&self) {
        let awake = self.awake().map_or(0, |awake| u64::try_from(awake.as_millis()).unwrap_or(u64::MAX));
        let passed = self.now().unix_millis().saturating_sub(self.whole_then.load(Ordering::Acquire));
        self.slept.store(passed.saturating_sub(awake), Ordering::Release);
    }

    /// How old it is; none before it was ever whole.
    pub(super) fn age(&self) -> Option<Duration> {
        Some(self.awake()? + Duration::from_millis(self.slept.load(Ordering::Acquire)))
    }

    /// The same without what the host has slept.
    fn awake(&self) -> Option<Duration> {
        let whole_at = self.whole_at.load(Ordering::Acquire).checked_sub(1)?;
        Some(self.made.elapsed().saturating_sub(Duration::from_millis(whole_at)))
    }

    pub(super) fn is_stale(&self) -> bool {
        self.bound.is_some_and(|bound| self.age().is_none_or(|age| age > bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;

    fn replica(bound: Option<Duration>) -> Replica {
        Replica::new(10, Arc::new(SystemClock), bound)
    }

    #[test]
    fn s60_a_replica_that_was_never_whole_or_is_too_old_is_stale() {
        let replica = replica(Some(Duration::from_secs(30)));
        assert!(replica.is_stale());
        let now = replica.clocks();
        replica.is_whole_since(now);
        assert!(!replica.is_stale());
        replica.whole_at.store(1, Ordering::Release);
        let old = Replica { made: now.monotonic.checked_sub(Duration::from_secs(31)).unwrap(), ..replica };
        assert!(old.is_stale(), "whole when it was made, 31 seconds ago");
        old.is_whole_since(now);
        assert!(!old.is_stale());
        old.is_whole_since(Clocks { monotonic: old.made, ..now });
        assert!(!old.is_stale(), "an older answer makes it no older");
    }

    #[test]
    fn s60_it_grows_old_while_the_host_sleeps() {
        let replica = replica(Some(Duration::from_secs(30)));
        let now = replica.clocks();
        let earlier = Timestamp::from_unix_millis(now.wall.unix_millis() - 31_000);
        replica.is_whole_since(Clocks { wall: earlier, ..now });
        assert!(replica.is_stale(), "no time has passed by the monotonic clock");
        replica.is_whole_since(now);
        assert!(!replica.is_stale());
    }

    #[test]
    fn s60_without_a_bound_it_never_is() {
        assert!(!replica(None).is_stale());
    }
}
