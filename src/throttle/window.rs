//! How long what is counted may last.

use std::ops::RangeInclusive;

/// Seconds of a window or a first lock: at most a day.
pub(super) const SECONDS: RangeInclusive<u32> = 1..=86_400;
