//! How long what is counted may last.

use std::time::Duration;

/// Whether it is a window or a first lock: whole seconds, which stores count, and at most a day of them.
pub(super) fn is_sane(length: Duration) -> bool {
    length.subsec_nanos() == 0 && (1..=86_400).contains(&length.as_secs())
}

/// The same as stores count it.
pub(super) fn seconds(length: Duration) -> u32 {
    u32::try_from(length.as_secs()).unwrap_or(u32::MAX)
}
