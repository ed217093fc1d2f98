//! `NetworkLimit`: what one network may fail over all accounts.

use std::time::Duration;

use super::window;
use crate::{
    client_addr::ClientNetwork,
    clock::Timestamp,
    store::{Budget, Tally, ThrottleKey},
};

/// So many failures in each window. Windows follow each other by the clock, and each has a key of its own: the failures
/// of all who share a network are cleared by none of them, and would add up for ever under one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NetworkLimit {
    pub(super) failures: u32,
    pub(super) window: Duration,
}

impl NetworkLimit {
    /// Whether it limits, and every lock ends.
    pub(super) fn is_sane(self) -> bool {
        (1..=Tally::MOST_IN_A_ROW).contains(&self.failures) && window::is_sane(self.window)
    }

    /// Under which key those of a network wait for each other.
    pub(super) fn waiting_room(network: ClientNetwork) -> ThrottleKey {
        ThrottleKey::new("network", network)
    }

    /// Under which key the failures of a network are counted now.
    pub(super) fn key(self, network: ClientNetwork, now: Timestamp) -> ThrottleKey {
        ThrottleKey::new("network", format_args!("{network} {}", self.number(now)))
    }

    /// Used up, it locks until the window is over, and not for longer: a lock is never forgotten, and takes room.
    pub(super) fn budget(self, now: Timestamp) -> Budget {
        let window = window::seconds(self.window);
        let left = u32::try_from(now.whole_seconds_until(self.ends(now))).unwrap_or(window);
        Budget::of_window(self.failures, window, left)
    }

    /// When this window is over.
    pub(super) fn ends(self, now: Timestamp) -> Timestamp {
        Timestamp::from_unix_millis(self.number(now).saturating_add(1).saturating_mul(self.millis()))
    }

    fn number(self, now: Timestamp) -> u64 {
        now.unix_millis() / self.millis()
    }

    fn millis(self) -> u64 {
        self.window.as_secs().max(1).saturating_mul(1000)
    }
}
