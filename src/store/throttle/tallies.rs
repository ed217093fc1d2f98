//! `Tallies`: failures and known networks, each in a table of its own, so that neither makes room for the other.

use super::{Tally, ThrottleKey, table::Table};
use crate::clock::Timestamp;

#[derive(Debug)]
pub(super) struct Tallies {
    failures: Table<Tally>,
    known: Table<Tally>,
}

impl Tallies {
    /// So many of each.
    pub(super) fn new(capacity: usize) -> Self {
        Self { failures: Table::new(capacity), known: Table::new(capacity) }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.failures.len() + self.known.len()
    }

    pub(super) fn get(&self, key: &ThrottleKey) -> Tally {
        self.known.get(key).or_else(|| self.failures.get(key)).copied().unwrap_or_default()
    }

    /// Writes a tally, for which there has to be room; one that says nothing goes.
    pub(super) fn put(&mut self, key: ThrottleKey, tally: Tally) {
        let (here, there) = match tally.succeeded {
            0 => (&mut self.failures, &mut self.known),
            _ => (&mut self.known, &mut self.failures),
        };
        there.remove(&key);
        if tally == Tally::default() {
            here.remove(&key);
        } else {
            here.put(key, tally);
        }
    }

    /// Makes room for failures at `keys`, of no known network, and says whether there is.
    pub(super) fn make_room(&mut self, keys: &[ThrottleKey], now: Timestamp) -> bool {
        self.failures.make_room(keys, |tally| cost(tally, now))
    }

    /// Makes room for a network that is known, and says whether there is.
    pub(super) fn make_room_for_known(&mut self, client: ThrottleKey, now: Timestamp) -> bool {
        self.known.make_room(&[client], |tally| cost(tally, now))
    }
}

/// What is lost with a tally: its failures; a lock is never lost.
fn cost(tally: &Tally, now: Timestamp) -> Option<u32> {
    if tally.is_over(now) {
        return Some(0);
    }
    tally.locked(now).is_none().then(|| tally.in_a_row.saturating_add(1))
}
