//! Time, as a parameter.
//!
//! A request reads the clock once and every judgement about it uses that reading; what a store is to do after a wait
//! (for a lookup, a body, a hash) has a reading of its own. Wall-clock time serves claims and the stores; waiting
//! (timeouts of bodies and lookups) is left to the runtime's monotonic clock.

use std::{
    ops::Add,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Serialize, Serializer};

/// The last millisecond of the year 9999: beyond it a platform's own time, or what writes it, may not reach.
const LAST: u64 = 253_402_300_799_999;

/// A moment of wall-clock time, in milliseconds since 1970-01-01T00:00:00Z.
///
/// ```
/// use tower_auth::Timestamp;
///
/// let then = Timestamp::from_unix_seconds(1_500_365_934);
/// assert_eq!(then.unix_seconds(), 1_500_365_934);
/// assert_eq!(then.unix_millis(), 1_500_365_934_000);
/// assert_eq!(Timestamp::from(std::time::SystemTime::from(then)), then);
/// assert_eq!((then + std::time::Duration::from_secs(60)).unix_seconds(), 1_500_365_994);
/// ```
///
/// It serializes as whole unix seconds, the form that claims have. A [`Duration`] is added with `+`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `seconds` after the epoch; saturates instead of overflowing.
    pub const fn from_unix_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// The moment `millis` milliseconds after the epoch.
    pub const fn from_unix_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Whole seconds since the epoch: the `NumericDate` of RFC 7519 §2.
    pub const fn unix_seconds(self) -> u64 {
        self.0 / 1000
    }

    /// The same seconds as claims hold them; saturates.
    pub(crate) fn numeric_date(self) -> i64 {
        i64::try_from(self.unix_seconds()).unwrap_or(i64::MAX)
    }

    /// Milliseconds since the epoch.
    pub const fn unix_millis(self) -> u64 {
        self.0
    }

    /// The beginning of its second, as a claim has it.
    pub(crate) const fn whole_second(self) -> Self {
        Self::from_unix_seconds(self.unix_seconds())
    }

    /// How long it is from `earlier` to here; zero when that is later.
    pub const fn duration_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// How many whole seconds it takes from here to be at `later` or beyond; 0 when that has been.
    pub(crate) const fn whole_seconds_until(self, later: Self) -> u64 {
        later.unix_millis().saturating_sub(self.unix_millis()).div_ceil(1000)
    }

    /// The next moment that there is.
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The moment `seconds` later; saturates.
    pub(crate) const fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }
}

/// Saturates instead of overflowing; what is less than a millisecond counts for nothing.
impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, length: Duration) -> Self {
        Self(self.plus_seconds(length.as_secs()).0.saturating_add(length.subsec_millis().into()))
    }
}

/// A moment before 1970 is taken for the epoch.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A moment beyond the year 9999 is taken for its end.
impl From<Timestamp> for SystemTime {
    fn from(at: Timestamp) -> Self {
        UNIX_EPOCH + Duration::from_millis(at.0.min(LAST))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.unix_seconds())
    }
}

/// Tells the time.
///
/// Implementers owe a reading that is cheap and never panics. A clock that jumps back may
/// lengthen a grace, a lock or a token's life by the jump, and nothing else. One that jumps ahead may end them; a
/// revocation is forgotten only once it has stayed there for a minute.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use tower_auth::{Clock, Timestamp};
///
/// struct Manual(AtomicU64);
///
/// impl Clock for Manual {
///     fn now(&self) -> Timestamp {
///         Timestamp::from_unix_seconds(self.0.load(Ordering::Relaxed))
///     }
/// }
///
/// assert_eq!(Manual(AtomicU64::new(7)).now().unix_seconds(), 7);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell the time",
    label = "expected a `Clock`",
    note = "a moment that stands still is `Timestamp::from_unix_seconds(…)`, a clock of your own is a `Clock` with one method"
)]
pub trait Clock: Send + Sync + 'static {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
///
/// A clock set before 1970 reads as the epoch, at which every token is "not yet valid": it fails closed.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }
}

/// A clock that stands still, for tests.
impl Clock for Timestamp {
    fn now(&self) -> Timestamp {
        *self
    }
}

impl<C: Clock + ?Sized> Clock for std::sync::Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}
