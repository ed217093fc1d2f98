//! `Table`: so many entries and no more. What is cheapest to lose makes room.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use super::ThrottleKey;

/// How many entries are looked at to find one that is cheap to lose, and how many before there is none.
const SAMPLE: usize = 8;
const SEARCH: usize = 64;

/// Entries stand in a row, so that a few can be picked at random in no time; the index says where.
#[derive(Debug)]
pub(super) struct Table<V> {
    capacity: usize,
    index: HashMap<ThrottleKey, u32>,
    row: Vec<(ThrottleKey, V)>,
    /// Whoever fills the table must not guess what is looked at next.
    random: RandomState,
    turn: u64,
}

impl<V> Table<V> {
    pub(super) fn new(capacity: usize) -> Self {
        let capacity = capacity.clamp(SAMPLE, u32::MAX as usize);
        Self { capacity, index: HashMap::new(), row: Vec::new(), random: RandomState::new(), turn: 0 }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.row.len()
    }

    pub(super) fn get(&self, key: &ThrottleKey) -> Option<&V> {
        self.row.get(self.position(key)?).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, key: &ThrottleKey) -> Option<&mut V> {
        let position = self.position(key)?;
        self.row.get_mut(position).map(|(_, value)| value)
    }

    fn position(&self, key: &ThrottleKey) -> Option<usize> {
        self.index.get(key).and_then(|position| usize::try_from(*position).ok())
    }

    /// Writes an entry, for which there has to be room.
    pub(super) fn put(&mut self, key: ThrottleKey, value: V) {
        match self.get_mut(&key) {
            Some(known) => *known = value,
            None => {
                if let Ok(position) = u32::try_from(self.row.len()) {
                    self.index.insert(key, position);
                    if self.row.len() == self.row.capacity() {
                        // Twice as much, as ever, but no more than will be used.
                        let left = self.capacity.saturating_sub(self.row.len());
                        self.row.reserve_exact(left.min(self.row.len()).max(SAMPLE));
                    }
                    self.row.push((key, value));
                }
            }
        }
    }

    /// Makes room for the entries `keys`, at the cost of others: those whose loss `costs` least among a few, and never
    /// one whose loss costs `None`. Says whether there is room now.
    pub(super) fn make_room(&mut self, keys: &[ThrottleKey], costs: impl Fn(&V) -> Option<u32>) -> bool {
        let missing = keys.iter().filter(|key| !self.index.contains_key(key)).count();
        while self.row.len() + missing > self.capacity {
            let Some(position) = self.cheapest(keys, &costs) else { return false };
            self.take_out(position);
        }
        true
    }

    pub(super) fn remove(&mut self, key: &ThrottleKey) {
        if let Some(position) = self.position(key) {
            self.take_out(position);
        }
    }

    fn take_out(&mut self, position: usize) {
        let (key, _) = self.row.swap_remove(position);
        self.index.remove(&key);
        if let (Some((moved, _)), Ok(place)) = (self.row.get(position), u32::try_from(position)) {
            self.index.insert(*moved, place);
        }
    }

    fn cheapest(&mut self, keys: &[ThrottleKey], costs: impl Fn(&V) -> Option<u32>) -> Option<usize> {
        let mut best: Option<(u32, usize)> = None;
        for looked in 1..=SEARCH {
            let position = self.pick();
            let entry = self.row.get(position).filter(|(key, _)| !keys.contains(key));
            if let Some(cost) = entry.and_then(|(_, value)| costs(value)) {
                best = Some(best.map_or((cost, position), |best| best.min((cost, position))));
            }
            if best.is_some_and(|(cost, _)| cost == 0 || looked >= SAMPLE) {
                break;
            }
        }
        best.map(|(_, position)| position)
    }

    fn pick(&mut self) -> usize {
        self.turn = self.turn.wrapping_add(1);
        let random = self.random.hash_one(self.turn);
        // The remainder is smaller than a `usize`.
        usize::try_from(random % (self.row.len().max(1) as u64)).unwrap_or_default()
    }
}
