//! `Shard`: one array of entries, ordered by their keys.
//!
//! Where a key belongs is its share of the shard's key space, and whoever finds the place taken stands right behind it,
//! in order. So a look ends at the first greater key or vacant slot, and the array is made anew in one pass.

use crate::clock::Timestamp;

/// Vacant slots behind the last place where a key can belong, for those that have to stand behind it.
const TAIL: usize = 8;

/// What a key stands for, until a moment.
pub(super) trait Entry: Copy + Default {
    /// Whole unix seconds; 0 is what stands in a vacant slot, and the default.
    fn until(&self) -> u32;

    /// The one that comes of two for the same key.
    fn and(self, other: Self) -> Self;
}

/// A moment as entries have it: whole seconds, rounded up, and never the 0 of a vacant slot.
pub(super) fn whole_seconds(moment: Timestamp) -> u32 {
    u32::try_from(moment.unix_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

#[derive(Clone, Copy, Default)]
pub(super) struct Slot<E> {
    key: [u64; 2],
    entry: E,
}

pub(super) struct Shard<E> {
    slots: Vec<Slot<E>>,
    /// How many slots are places where keys can belong; the rest is the tail.
    places: usize,
    len: usize,
    /// When the first entry has had its time.
    frees_at: u32,
}

/// A key, and where it belongs.
#[derive(Clone, Copy)]
pub(super) struct Home {
    pub(super) key: [u64; 2],
    /// The number of its shard.
    pub(super) shard: usize,
    /// Where in the key space of its shard: a fraction of 2⁶⁴.
    share: u64,
}

impl Home {
    /// Where a key belongs among `shards`.
    pub(super) fn of(key: [u64; 2], shards: usize) -> Self {
        let [first, _] = key;
        let product = u128::from(first) * shards as u128;
        Self { key, shard: usize::try_from(high(product)).unwrap_or_default(), share: low(product) }
    }
}

/// The two halves of a key, greater ones first.
pub(super) fn halves(key: &[u8; 16]) -> [u64; 2] {
    let number = u128::from_be_bytes(*key);
    [high(number), low(number)]
}

fn high(number: u128) -> u64 {
    u64::try_from(number >> 64).unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is asked for")]
fn low(number: u128) -> u64 {
    number as u64
}

impl<E: Entry> Shard<E> {
    pub(super) const fn empty() -> Self {
        Self { slots: Vec::new(), places: 0, len: 0, frees_at: u32::MAX }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn frees_at(&self) -> u32 {
        self.frees_at
    }

    /// The bytes of its array.
    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot<E>>()
    }

    pub(super) fn get(&self, home: Home) -> Option<E> {
        let found = self.find(home).ok()?;
        self.slots.get(found).map(|slot| slot.entry)
    }

    /// Changes an entry that is there into what comes of both; `false` when there is none.
    pub(super) fn update(&mut self, home: Home, entry: E) -> bool {
        let Some(slot) = self.find(home).ok().and_then(|found| self.slots.get_mut(found)) else { return false };
        slot.entry = slot.entry.and(entry);
        true
    }

    /// Adds an entry, or changes the one that is there. To make room, those go first that have had their time `now`.
    pub(super) fn insert(&mut self, home: Home, entry: E, shards: usize, now: u32) {
        if self.update(home, entry) {
            return;
        }
        // Nine tenths: beyond, a look takes many steps.
        if (self.len + 1) * 10 > self.places * 9 {
            self.rebuild(1, shards, now);
        }
        let slot = Slot { key: home.key, entry };
        if !self.put(slot, home) {
            self.lengthen(TAIL);
            self.put(slot, home);
        }
        self.len += 1;
        self.frees_at = self.frees_at.min(entry.until());
    }

    /// Makes the array anew of what has not had its time, eight tenths full with `more` entries.
    pub(super) fn rebuild(&mut self, more: usize, shards: usize, now: u32) {
        let old = std::mem::take(&mut self.slots);
        let live = || old.iter().filter(|slot| slot.entry.until() > now);
        self.len = live().count();
        self.places = ((self.len + more) * 5).div_ceil(4);
        self.frees_at = live().map(|slot| slot.entry.until()).min().unwrap_or(u32::MAX);
        if self.places > 0 {
            self.lengthen(self.places + TAIL);
        }
        let mut vacant = 0;
        for slot in live() {
            let at = self.place(Home::of(slot.key, shards)).max(vacant);
            if at >= self.slots.len() {
                self.lengthen(TAIL);
            }
            if let Some(place) = self.slots.get_mut(at) {
                *place = *slot;
            }
            vacant = at + 1;
        }
    }

    fn lengthen(&mut self, more: usize) {
        self.slots.reserve_exact(more);
        self.slots.resize(self.slots.len() + more, Slot::default());
    }

    fn place(&self, home: Home) -> usize {
        usize::try_from(high(u128::from(home.share) * self.places as u128)).unwrap_or_default()
    }

    /// Where the key stands, or else where it would have to.
    fn find(&self, home: Home) -> Result<usize, usize> {
        let place = self.place(home);
        let ends = |slot: &Slot<E>| slot.entry.until() == 0 || slot.key >= home.key;
        let behind = self.slots.get(place..).unwrap_or_default();
        match behind.iter().position(ends) {
            None => Err(self.slots.len()),
            Some(steps) => {
                let known = behind.get(steps).is_some_and(|slot| slot.entry.until() != 0 && slot.key == home.key);
                if known { Ok(place + steps) } else { Err(place + steps) }
            }
        }
    }

    /// Puts a slot in its place and moves those behind it by one, up to the next vacant one; `false` without such.
    fn put(&mut self, slot: Slot<E>, home: Home) -> bool {
        let (Ok(at) | Err(at)) = self.find(home);
        let behind = self.slots.get_mut(at..).unwrap_or_default();
        let Some(vacant) = behind.iter().position(|slot| slot.entry.until() == 0) else { return false };
        behind.copy_within(..vacant, 1);
        if let Some(first) = behind.first_mut() {
            *first = slot;
        }
        true
    }
}
