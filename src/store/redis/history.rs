//! `History`: which log this process has read, and how far.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The name of an entry in the log: its moment by the clock of Redis, and its number within.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position(u64, u64);

#[derive(Default)]
pub(super) struct History(Mutex<Progress>);

#[derive(Default)]
struct Progress {
    epoch: Option<Arc<str>>,
    /// The last entry that was read, and the last one that an operation of this process wrote. A log without them is not
    /// the one that was read: Redis came back, or a replica took over, without its last moments.
    read: Position,
    wrote: Position,
}

impl History {
    /// The epoch that operations name: none before the first log was read.
    pub(super) fn epoch(&self) -> Option<Arc<str>> {
        self.lock().epoch.clone()
    }

    /// Whether this is the epoch that was read.
    pub(super) fn is(&self, epoch: &str) -> bool {
        self.lock().epoch.as_deref() == Some(epoch)
    }

    /// A log is read from its beginning.
    pub(super) fn begin(&self, epoch: &str) {
        *self.lock() = Progress { epoch: Some(epoch.into()), ..Progress::default() };
    }

    pub(super) fn read(&self) -> Position {
        self.lock().read
    }

    /// What a log has to have to be the one that was read.
    pub(super) fn anchors(&self) -> [Position; 2] {
        let history = self.lock();
        [history.read, history.wrote]
    }

    pub(super) fn has_read(&self, position: Position) {
        self.lock().read = position;
    }

    /// An entry was written in `epoch`.
    pub(super) fn has_written(&self, epoch: &str, position: Position) {
        let mut history = self.lock();
        if history.epoch.as_deref() == Some(epoch) {
            history.wrote = history.wrote.max(position);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Position {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (moment, number) = text.split_once('-')?;
        Some(Self(moment.parse().ok()?, number.parse().ok()?))
    }

    pub(super) fn is_start(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}
