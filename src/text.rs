//! Text that is cut to a size.

/// The longest beginning of a text that has at most so many bytes, in whole letters.
pub(crate) fn beginning(text: &str, bytes: usize) -> &str {
    let end = text.len().min(bytes);
    (0..=end).rev().find_map(|end| text.get(..end)).unwrap_or_default()
}
