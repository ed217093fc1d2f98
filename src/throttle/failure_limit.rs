//! `FailureLimit`: how many failures an account takes.

use std::time::Duration;

use super::{network::NetworkLimit, window};
use crate::store::{Budget, Tally};

/// How long locks grow, in seconds: an hour, unless the first is longer.
const GROWN: u32 = 3_600;

/// How many times as many failures all unknown clients together have, and how many times shorter their first lock is.
const STRANGERS: u32 = 5;
const SHORTER: u32 = 15;

/// What a network may fail over all accounts.
const NETWORK: NetworkLimit = NetworkLimit { failures: 100, window: QUARTER };

/// A quarter of an hour.
const QUARTER: Duration = Duration::from_secs(15 * 60);

/// How often a password may be wrong: a number of failures per window, and then a lock.
///
/// Each client's network has this budget at each account, and at each name that is typed, whoever has it. Locks double
/// until an hour is reached and always end. A success clears. All clients that never had the password right share a
/// second budget there: five times the failures, and then locks that begin fifteen times shorter. After a hundred
/// failures in a row, whatever the budget, there is one a day.
///
/// Besides, each client's network has a budget over all accounts, see [`network_failures`](Self::network_failures).
///
/// ```
/// use std::time::Duration;
///
/// use tower_auth::FailureLimit;
///
/// const QUARTER: Duration = Duration::from_secs(15 * 60);
///
/// let limit = FailureLimit::new(10, QUARTER, QUARTER).network_failures(100, QUARTER);
/// assert_eq!(limit, FailureLimit::default());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureLimit {
    failures: u32,
    window: Duration,
    lock: Duration,
    network: Option<NetworkLimit>,
}

impl FailureLimit {
    /// `failures` in a `window`, and then a `lock`. Every failure counts, until the first success.
    ///
    /// [`AuthLayerBuilder::build`](crate::AuthLayerBuilder::build) wants 1 to 100 failures, and a window and a lock of
    /// whole seconds, at most a day each.
    pub const fn new(failures: u32, window: Duration, lock: Duration) -> Self {
        Self { failures, window, lock, network: Some(NETWORK) }
    }

    /// Sets how often one client's network may fail at all accounts together, known and unknown, in each `window`;
    /// used up, its passwords are refused unverified until the window ends. At most 100, and a day. Defaults to 100 in
    /// 15 minutes.
    ///
    /// It is there against somebody who tries one password on each of a thousand accounts, and takes the hashing from
    /// others. Many people share one address (an office, a carrier's NAT), and only their failures count: a hundred is
    /// what a thousand logins in a quarter of an hour come to when one in ten is mistyped, and 9 600 guesses a day are
    /// few for somebody who has a million names. For more, shorten the window. Two windows that follow each other may be
    /// used up at once. Nobody's success clears it, no other network is concerned, and where the server tells no
    /// address it counts nothing.
    #[must_use]
    pub const fn network_failures(mut self, failures: u32, window: Duration) -> Self {
        self.network = Some(NetworkLimit { failures, window });
        self
    }

    /// Lets one network try any number of accounts, each within its own budget: for when all clients share one
    /// address, or something in front counts.
    #[must_use]
    pub const fn without_network_failures(mut self) -> Self {
        self.network = None;
        self
    }

    /// Whether it limits, and every lock ends.
    pub(crate) fn is_sane(self) -> bool {
        (1..=Tally::MOST_IN_A_ROW).contains(&self.failures)
            && window::is_sane(self.window)
            && window::is_sane(self.lock)
    }

    /// Whether the same holds for networks.
    pub(crate) fn is_sane_for_networks(self) -> bool {
        self.network.is_none_or(NetworkLimit::is_sane)
    }

    /// One network's at all accounts, if that is limited.
    pub(super) fn network(self) -> Option<NetworkLimit> {
        self.network
    }

    /// One client's; everybody's, where no client has an address.
    pub(super) fn client(self) -> Budget {
        let (window, lock) = (window::seconds(self.window), window::seconds(self.lock));
        Budget::new(self.failures, self.failures, window, lock, GROWN.max(lock))
    }

    /// That of all unknown clients together.
    pub(super) fn strangers(self) -> Budget {
        let failures = self.failures.saturating_mul(STRANGERS).min(Tally::MOST_IN_A_ROW);
        let lock = (window::seconds(self.lock) / SHORTER).max(1);
        Budget::new(failures, 1, window::seconds(self.window), lock, GROWN.max(lock))
    }
}

impl Default for FailureLimit {
    /// 10 failures in 15 minutes, and then a lock of 15 minutes.
    fn default() -> Self {
        Self::new(10, QUARTER, QUARTER)
    }
}
