//! `History`: which log this process has read, and how far.

use std::{fmt, sync::Arc};

use crate::{clock::Timestamp, sync::Mutex};

/// The name of an entry in the log: its moment by the clock of Redis, and its number within.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position(u64, u64);

#[derive(Default)]
pub(super) struct History(Mutex<Progress>);

#[derive(Default)]
struct Progress {
    epoch: Option<Arc<str>>,
    /// The last entry that was read, and the last one that an operation of this process wrote.
    read: Position,
    wrote: Position,
    /// The last of all that were read or written, and its number.
    newest: (Position, u64),
    /// Entries that were read, each with the end of its time: the last one of all, before it the last one that outlives
    /// it, and so on.
    lasting: Vec<(Position, Timestamp)>,
}

/// Most entries that are kept in mind: one is nearly always enough, and two where tickets are given.
const MOST_LASTING: usize = 16;

impl History {
    /// The epoch that operations name: none before the first log was read.
    pub(super) fn epoch(&self) -> Option<Arc<str>> {
        self.0.lock().epoch.clone()
    }

    /// Whether this is the epoch that was read.
    pub(super) fn is(&self, epoch: &str) -> bool {
        self.0.lock().epoch.as_deref() == Some(epoch)
    }

    /// A log is read from its beginning.
    pub(super) fn begin(&self, epoch: &str) {
        *self.0.lock() = Progress { epoch: Some(epoch.into()), ..Progress::default() };
    }

    pub(super) fn read(&self) -> Position {
        self.0.lock().read
    }

    /// The entry by which the log is known as the one that was read: a Redis that came back without its last moments,
    /// or a replica that took over, lacks it. It is the last entry that has not had its time, and may not have left;
    /// none, when nothing that was read matters any more.
    pub(super) fn anchor(&self, now: Timestamp) -> Option<Position> {
        let history = self.0.lock();
        if history.wrote > history.read {
            return Some(history.wrote);
        }
        history.lasting.iter().rev().find(|(_, until)| *until > now).map(|(position, _)| *position)
    }

    /// An entry was read that matters until a moment. `false`: the log has lost some.
    pub(super) fn has_read(&self, position: Position, number: u64, until: Timestamp) -> bool {
        let mut history = self.0.lock();
        if !history.goes_on(position, number) {
            return false;
        }
        history.read = position;
        while history.lasting.last().is_some_and(|(_, known)| *known <= until) {
            history.lasting.pop();
        }
        if history.lasting.len() == MOST_LASTING {
            history.lasting.remove(0);
        }
        history.lasting.push((position, until));
        true
    }

    /// An entry was written in `epoch`. `false`: the log has lost some.
    pub(super) fn has_written(&self, epoch: &str, position: Position, number: u64) -> bool {
        let mut history = self.0.lock();
        if history.epoch.as_deref() != Some(epoch) {
            return true;
        }
        history.wrote = history.wrote.max(position);
        history.goes_on(position, number)
    }
}

impl Progress {
    /// Whether an entry is one more of the log that is known, and not one that has the number of another: then this is
    /// no history of ours any more.
    fn goes_on(&mut self, position: Position, number: u64) -> bool {
        let (last, count) = self.newest;
        if position.cmp(&last) != number.cmp(&count) {
            self.epoch = None;
            return false;
        }
        self.newest = self.newest.max((position, number));
        true
    }
}

impl Position {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (moment, number) = text.split_once('-')?;
        Some(Self(moment.parse().ok()?, number.parse().ok()?))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn the_anchor_is_the_last_entry_that_has_not_had_its_time() {
        let history = History::default();
        history.begin("epoch");
        assert_eq!(history.anchor(at(0)), None);
        for (number, until) in [(1, 100), (2, 50), (3, 60), (4, 10)] {
            assert!(history.has_read(Position(0, number), number, at(until)));
        }
        let anchors = [0, 10, 59, 60, 99, 100].map(|now| history.anchor(at(now)).map(|position| position.1));
        assert_eq!(anchors, [Some(4), Some(3), Some(3), Some(1), Some(1), None]);
        assert!(history.has_written("another", Position(0, 9), 9));
        assert_eq!(history.anchor(at(60)), Some(Position(0, 1)), "an answer of another history counts for nothing");
        assert!(history.has_written("epoch", Position(0, 5), 5));
        assert_eq!(history.anchor(at(60)), Some(Position(0, 5)), "what was written and not yet read");
        assert!(history.has_read(Position(0, 5), 5, at(61)));
        assert_eq!(history.anchor(at(60)), Some(Position(0, 5)));
        assert_eq!(history.anchor(at(61)), Some(Position(0, 1)));
        history.begin("epoch");
        assert_eq!(history.anchor(at(0)), None);
    }

    #[test]
    fn of_many_entries_that_outlive_one_another_few_are_kept_in_mind() {
        let history = History::default();
        for number in 1..=100 {
            assert!(history.has_read(Position(0, number), number, at(1000 - number)));
        }
        assert_eq!(history.0.lock().lasting.len(), MOST_LASTING);
        assert_eq!(history.anchor(at(901)).map(|position| position.1), Some(98));
    }

    #[test]
    fn a_number_that_is_given_again_tells_of_a_loss() {
        let begun = || {
            let history = History::default();
            history.begin("epoch");
            assert!(history.has_read(Position(10, 0), 10, at(100)));
            assert!(history.has_written("epoch", Position(12, 0), 12));
            history
        };
        let known = begun();
        assert!(known.has_written("epoch", Position(11, 0), 11), "answers may overtake each other");
        assert!(known.has_read(Position(12, 0), 12, at(100)));
        assert!(known.has_read(Position(20, 0), 15, at(100)), "what had its time has left");
        for (position, number) in [(13, 12), (13, 11), (11, 12), (11, 13), (12, 11)] {
            assert!(!begun().has_read(Position(position, 0), number, at(100)), "{number} at {position}");
            let history = begun();
            assert!(!history.has_written("epoch", Position(position, 0), number), "{number} at {position}");
            assert_eq!(history.epoch(), None, "nothing is asked of it any more");
        }
    }
}
