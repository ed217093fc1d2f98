//! Paths beside other paths.

/// `path` with another last segment: a contract that is moved takes its logout along.
pub(super) fn sibling(path: &str, last: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_segment_is_another() {
        assert_eq!(sibling("/login", "logout"), "/logout");
        assert_eq!(sibling("/api/auth/local", "logout"), "/api/auth/logout");
    }
}
