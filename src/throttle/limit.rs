//! `FailureLimit`: how many failures an account takes.

use super::{network::NetworkLimit, window};
use crate::store::{Budget, Tally};

/// How long locks grow, in seconds: an hour, unless the first is longer.
const GROWN: u32 = 3_600;

/// How many times as many failures all unknown clients together have, and how many times shorter their first lock is.
const STRANGERS: u32 = 5;
const SHORTER: u32 = 15;

/// What a network may fail over all accounts.
const NETWORK: NetworkLimit = NetworkLimit { failures: 100, window: 900 };

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
/// use tower_auth::FailureLimit;
///
/// assert_eq!(FailureLimit::default(), FailureLimit::new(10, 900, 900).network_failures(100, 900));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureLimit {
    failures: u32,
    window: u32,
    lock: u32,
    network: Option<NetworkLimit>,
}

impl FailureLimit {
    /// `failures` in a window of `window_seconds`, and then a lock of `lock_seconds`. Every failure counts, until the
    /// first success.
    ///
    /// [`AuthLayerBuilder::build`](crate::AuthLayerBuilder::build) wants 1 to 100 failures, and 1 to 86 400 seconds each.
    pub const fn new(failures: u32, window_seconds: u32, lock_seconds: u32) -> Self {
        Self { failures, window: window_seconds, lock: lock_seconds, network: Some(NETWORK) }
    }

    /// Sets how often one client's network may fail at all accounts together, known and unknown, in each window of
    /// `window_seconds`; used up, its passwords are refused unverified until the window ends. At most 100, and 86 400
    /// seconds. Defaults to 100 in 15 minutes.
    ///
    /// It is there against somebody who tries one password on each of a thousand accounts, and takes the hashing from
    /// others. Many people share one address (an office, a carrier's NAT), and only their failures count: a hundred is
    /// what a thousand logins in a quarter of an hour come to when one in ten is mistyped, and 9 600 guesses a day are
    /// few for somebody who has a million names. For more, shorten the window. Two windows that follow each other may be
    /// used up at once. Nobody's success clears it, no other network is concerned, and where the server tells no
    /// address it counts nothing.
    #[must_use]
    pub const fn network_failures(mut self, failures: u32, window_seconds: u32) -> Self {
        self.network = Some(NetworkLimit { failures, window: window_seconds });
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
            && window::SECONDS.contains(&self.window)
            && window::SECONDS.contains(&self.lock)
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
        Budget::new(self.failures, self.failures, self.window, self.lock, GROWN.max(self.lock))
    }

    /// That of all unknown clients together.
    pub(super) fn strangers(self) -> Budget {
        let failures = self.failures.saturating_mul(STRANGERS).min(Tally::MOST_IN_A_ROW);
        let lock = (self.lock / SHORTER).max(1);
        Budget::new(failures, 1, self.window, lock, GROWN.max(lock))
    }
}

impl Default for FailureLimit {
    /// 10 failures in 15 minutes, and then a lock of 15 minutes.
    fn default() -> Self {
        Self::new(10, 900, 900)
    }
}
