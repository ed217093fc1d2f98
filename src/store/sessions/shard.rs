//! `Shard`: one array of entries, ordered by their keys.
//!
//! Where a key belongs is its share of the shard's key space, and whoever finds the place taken stands right behind it,
//! in order. So a look ends at the first greater key or vacant slot, and the array is made anew in one pass.
//!
//! Beside each slot stands a mark of two bytes, in an array of their own: where its key belongs, to a 32nd of a place.
//! Marks are in order as keys are, so nearly every look for a key that is not there ends among them, which a
//! processor's cache holds, and does not touch the slots, which it does not.

use std::cmp::Ordering;

use crate::clock::Timestamp;

/// Vacant slots behind the last place where a key can belong, for those that have to stand behind it.
const TAIL: usize = 4;

/// How finely a mark tells keys of one place apart.
const PARTS: u128 = 32;

/// What is kept of where a key belongs: as much as tells places apart that are nearer to each other than half of it.
const KEPT: u16 = 0x7fff;

/// So that no mark is that of a vacant slot.
const TAKEN: u16 = 0x8000;

/// Places by which a key may stand behind its own while marks tell the order.
const NEAR: usize = 500;

/// How many marks are looked at together: as many as one instruction can.
const FEW: usize = 8;

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
    key: Key,
    entry: E,
}

/// The first 96 bits of a digest: of a thousand million keys no two are alike but once in 10¹¹.
pub(super) type Key = [u32; 3];

pub(super) struct Shard<E> {
    slots: Vec<Slot<E>>,
    /// One for each slot.
    marks: Vec<u16>,
    /// Somebody stands so far behind that marks do not tell the order any more: keys do.
    crowded: bool,
    /// How many slots are places where keys can belong; the rest is the tail.
    places: usize,
    len: usize,
    /// When the first entry has had its time.
    frees_at: u32,
}

/// A key, and where it belongs.
#[derive(Clone, Copy)]
pub(super) struct Home {
    pub(super) key: Key,
    /// The number of its shard.
    pub(super) shard: usize,
    /// Where in the key space of its shard: a fraction of 2⁶⁴.
    share: u64,
}

impl Home {
    /// Where a key belongs among `shards`.
    pub(super) fn of(key: Key, shards: usize) -> Self {
        let [first, second, _] = key;
        let product = (u128::from(first) << 32 | u128::from(second)) * shards as u128;
        Self { key, shard: usize::try_from(high(product)).unwrap_or_default(), share: low(product) }
    }
}

/// What is kept of a digest.
pub(super) fn key(digest: &[u8; 16]) -> Key {
    let number = u128::from_be_bytes(*digest);
    [96, 64, 32].map(|shift| u32::try_from(number >> shift & u128::from(u32::MAX)).unwrap_or_default())
}

/// What is kept of a digest, as its first bytes.
#[cfg(feature = "redis")]
fn bytes(key: Key) -> [u8; 12] {
    let mut bytes = [0; 12];
    let kept = key.into_iter().flat_map(u32::to_be_bytes);
    bytes.iter_mut().zip(kept).for_each(|(byte, kept)| *byte = kept);
    bytes
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
        Self { slots: Vec::new(), marks: Vec::new(), crowded: false, places: 0, len: 0, frees_at: u32::MAX }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn frees_at(&self) -> u32 {
        self.frees_at
    }

    /// The bytes of its arrays.
    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot<E>>() + self.marks.capacity() * size_of::<u16>()
    }

    pub(super) fn get(&self, home: Home) -> Option<E> {
        if self.is_stranger(home) {
            return None;
        }
        let found = self.find(home).ok()?;
        self.slots.get(found).map(|slot| slot.entry)
    }

    /// Every entry with what is kept of its key.
    #[cfg(feature = "redis")]
    pub(super) fn entries(&self) -> Vec<([u8; 12], E)> {
        let taken = self.slots.iter().filter(|slot| slot.entry.until() != 0);
        taken.map(|slot| (bytes(slot.key), slot.entry)).collect()
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
        // 85 in 100: beyond, a look takes many steps.
        if (self.len + 1) * 20 > self.places * 17 {
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

    /// Makes the arrays anew of what has not had its time, three quarters full with `more` entries.
    pub(super) fn rebuild(&mut self, more: usize, shards: usize, now: u32) {
        let old = std::mem::take(&mut self.slots);
        self.marks = Vec::new();
        self.crowded = false;
        let live = || old.iter().filter(|slot| slot.entry.until() > now);
        self.len = live().count();
        self.places = ((self.len + more) * 4).div_ceil(3);
        self.frees_at = live().map(|slot| slot.entry.until()).min().unwrap_or(u32::MAX);
        if self.places > 0 {
            self.lengthen(self.places + TAIL);
        }
        let mut vacant = 0;
        for slot in live() {
            let home = Home::of(slot.key, shards);
            let at = self.place(home).max(vacant);
            if at >= self.slots.len() {
                self.lengthen(TAIL);
            }
            let mark = self.mark(home);
            if let (Some(place), Some(marked)) = (self.slots.get_mut(at), self.marks.get_mut(at)) {
                (*place, *marked) = (*slot, mark);
            }
            self.crowded |= at - self.place(home) > NEAR;
            vacant = at + 1;
        }
    }

    fn lengthen(&mut self, more: usize) {
        self.slots.reserve_exact(more);
        self.slots.resize(self.slots.len() + more, Slot::default());
        self.marks.reserve_exact(more);
        self.marks.resize(self.slots.len(), 0);
    }

    #[expect(clippy::cast_possible_truncation, reason = "the rest is cut off")]
    fn mark(&self, home: Home) -> u16 {
        TAKEN | high(u128::from(home.share) * self.places as u128 * PARTS) as u16 & KEPT
    }

    fn place(&self, home: Home) -> usize {
        usize::try_from(high(u128::from(home.share) * self.places as u128)).unwrap_or_default()
    }

    /// Whether the first few marks tell that the key is not there: none is like its own, and the last one ends the
    /// look.
    fn is_stranger(&self, home: Home) -> bool {
        let (place, mark) = (self.place(home), self.mark(home));
        let few = self.marks.get(place..).and_then(<[u16]>::first_chunk::<FEW>);
        let Some(few @ [.., last]) = few else { return false };
        // Without a branch on each of them: where a look ends, no processor can foretell.
        let alike: u16 = few.iter().map(|known| u16::from(*known == mark)).sum();
        alike == 0 && !self.crowded && (*last == 0 || is_ahead(*last, mark))
    }

    /// Where the key stands, or else where it would have to.
    fn find(&self, home: Home) -> Result<usize, usize> {
        let (place, mark) = (self.place(home), self.mark(home));
        let behind = self.marks.get(place..).unwrap_or_default();
        for (steps, known) in behind.iter().enumerate() {
            let at = place + steps;
            if *known == 0 || !self.crowded && is_ahead(*known, mark) {
                return Err(at);
            }
            if *known == mark || self.crowded {
                match self.slots.get(at).map(|slot| slot.key.cmp(&home.key)) {
                    Some(Ordering::Less) => {}
                    Some(Ordering::Equal) => return Ok(at),
                    Some(Ordering::Greater) | None => return Err(at),
                }
            }
        }
        Err(self.slots.len())
    }

    /// Puts a slot in its place and moves those behind it by one, up to the next vacant one; `false` without such.
    fn put(&mut self, slot: Slot<E>, home: Home) -> bool {
        let (Ok(at) | Err(at)) = self.find(home);
        let mark = self.mark(home);
        let marks = self.marks.get_mut(at..).unwrap_or_default();
        let Some(vacant) = marks.iter().position(|mark| *mark == 0) else { return false };
        let slots = self.slots.get_mut(at..).unwrap_or_default();
        marks.copy_within(..vacant, 1);
        slots.copy_within(..vacant, 1);
        if let (Some(first), Some(marked)) = (slots.first_mut(), marks.first_mut()) {
            (*first, *marked) = (slot, mark);
        }
        // Whoever was moved stands one further behind, and nobody further than the whole run.
        self.crowded |= at + vacant - self.place(home) > NEAR;
        true
    }
}

/// Whether a mark is ahead of another, as far as is kept of both: beyond half, it is behind.
fn is_ahead(known: u16, mark: u16) -> bool {
    (1..=KEPT / 2).contains(&(known.wrapping_sub(mark) & KEPT))
}
