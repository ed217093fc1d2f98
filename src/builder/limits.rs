//! What may be set, and no further: a limit of nothing, a length that is a hole, a fraction that nothing counts.

use std::{fmt::Arguments, time::Duration};

use super::AuthLayerBuilder;
use crate::{
    context::SessionListing,
    error::{BuildError, BuildErrorKind},
};

/// Largest leeway that is a difference between clocks and not a second lifetime.
const LEEWAY_LIMIT: Duration = Duration::from_secs(300);

/// Largest grace that is a retry and not a second token.
const GRACE_LIMIT: Duration = Duration::from_secs(300);

/// Longest time that a password found right is taken to be right still.
const BASIC_CACHE_LIMIT: Duration = Duration::from_secs(3600);

/// Most passwords that are hashed at once.
const LANE_LIMIT: usize = 1024;

/// Most passwords that wait to be hashed, of 4 KiB at most each.
const QUEUE_LIMIT: usize = 65_536;

impl AuthLayerBuilder {
    pub(super) fn check_limits(&self) -> Result<(), BuildError> {
        use BuildErrorKind::{InvalidLeeway, InvalidLifetime, InvalidLimit};
        let (leeway, grace, width) = (self.leeway, self.grace, self.lane.width);
        refuse_if(
            leeway > LEEWAY_LIMIT,
            InvalidLeeway,
            format_args!(
                "a leeway of {leeway:?} is beyond {LEEWAY_LIMIT:?}: it is for clocks that differ, not for lifetimes"
            ),
        )?;
        refuse_if(
            leeway.subsec_nanos() != 0,
            InvalidLeeway,
            format_args!("a leeway of {leeway:?} has a fraction of a second, and tokens count whole ones: round it"),
        )?;
        refuse_if(
            grace > GRACE_LIMIT,
            InvalidLifetime,
            format_args!(
                "a refresh grace of {grace:?} is beyond {GRACE_LIMIT:?}: it is for retries, not for second tokens"
            ),
        )?;
        refuse_if(
            self.failures.is_some_and(|limit| !limit.is_sane()),
            InvalidLimit,
            format_args!(
                "a failure limit has 1 to 100 failures, and a window and a lock of 1 to 86400 whole seconds each: to count no failures, call `without_failure_limit`"
            ),
        )?;
        refuse_if(
            self.failures.is_some_and(|limit| !limit.is_sane_for_networks()),
            InvalidLimit,
            format_args!(
                "a network has 1 to 100 failures in a window of 1 to 86400 whole seconds: for more, shorten the window, or call `without_network_failures`"
            ),
        )?;
        refuse_if(
            self.session_limit.is_some_and(|limit| !limit.is_sane()),
            InvalidLimit,
            format_args!(
                "a session limit has at least 1 refresh, logout and login each, and a window of 1 to 86400 whole seconds: to count none, call `without_session_limit`"
            ),
        )?;
        let remembered = self.basic_cache.map_or(Duration::ZERO, |(_, lifetime)| lifetime);
        refuse_if(
            remembered > BASIC_CACHE_LIMIT,
            InvalidLifetime,
            format_args!(
                "a Basic cache of {remembered:?} is beyond {BASIC_CACHE_LIMIT:?}: it is for requests that follow each other, not for sessions"
            ),
        )?;
        let most = self.listing.as_ref().map_or(0, |listing| listing.most);
        refuse_if(
            most > SessionListing::MOST,
            InvalidLimit,
            format_args!(
                "`max_sessions` of {most} is beyond {}: whatever asks about a user's sessions looks at all of them",
                SessionListing::MOST
            ),
        )?;
        refuse_if(
            width > LANE_LIMIT,
            InvalidLimit,
            format_args!(
                "a hashing lane of {width} threads is beyond {LANE_LIMIT}: more than there are cores is of no use"
            ),
        )?;
        refuse_if(
            self.lane.queue > QUEUE_LIMIT,
            InvalidLimit,
            format_args!(
                "a hashing queue of {} is beyond {QUEUE_LIMIT}: whoever waits last would wait for minutes",
                self.lane.queue
            ),
        )?;
        for (name, is_zero) in [
            ("body_limit", self.body.size == 0),
            ("body_timeout", self.body.time.is_zero()),
            ("token_limit", self.token_limit == 0),
            ("lookup_timeout", self.lookup_timeout.is_zero()),
            ("hashing_lane", width == 0),
            ("max_sessions", self.listing.as_ref().is_some_and(|listing| listing.most == 0)),
        ] {
            refuse_if(
                is_zero,
                InvalidLimit,
                format_args!("`{name}` of zero would refuse every request: give it room"),
            )?;
        }
        Ok(())
    }
}

/// Refuses what is set, if it is to be; the sentence is written only then.
pub(super) fn refuse_if(refused: bool, kind: BuildErrorKind, sentence: Arguments<'_>) -> Result<(), BuildError> {
    if refused { Err(BuildError::new(kind, sentence.to_string())) } else { Ok(()) }
}
