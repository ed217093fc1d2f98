//! Things at literal paths, however many.

/// Up to so many paths of one length, to look through them is quicker than to search by halves.
const FEW: usize = 4;

/// By the length of the path, and in order of those of one length. Most requests are told by their length alone that
/// nothing stands at their path, and of a thousand paths few are compared.
#[derive(Debug)]
pub(super) struct Table<T>(Vec<Vec<(String, T)>>);

impl<T> Table<T> {
    pub(super) fn get(&self, path: &str) -> Option<&T> {
        let alike = self.0.get(path.len())?;
        if alike.len() <= FEW {
            return alike.iter().find(|(known, _)| known == path).map(|(_, value)| value);
        }
        alike.get(find(alike, path).ok()?).map(|(_, value)| value)
    }
}

impl<T: Default> Table<T> {
    /// Changes the value at `path`, which is the default one at first.
    pub(super) fn change(&mut self, path: &str, change: impl FnOnce(&mut T)) {
        if self.0.len() <= path.len() {
            self.0.resize_with(path.len() + 1, Vec::new);
        }
        let Some(alike) = self.0.get_mut(path.len()) else { return };
        let place = find(alike, path).unwrap_or_else(|place| {
            alike.insert(place, (path.to_owned(), T::default()));
            place
        });
        if let Some((_, value)) = alike.get_mut(place) {
            change(value);
        }
    }
}

/// Where `path` stands, or where it would.
fn find<T>(alike: &[(String, T)], path: &str) -> Result<usize, usize> {
    alike.binary_search_by(|(known, _)| known.as_str().cmp(path))
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_own_place_and_no_other_has_one() {
        let mut table = Table::default();
        let paths: Vec<_> = (0..1000).map(|number| format!("/{}/{number}", "x".repeat(number % 7))).collect();
        for (number, path) in paths.iter().enumerate() {
            table.change(path, |value| *value = number);
        }
        for (number, path) in paths.iter().enumerate() {
            table.change(path, |value| *value += 1);
            assert_eq!(table.get(path), Some(&(number + 1)), "{path}");
            assert_eq!(table.get(&format!("{path}/")), None);
        }
        assert_eq!((table.get(""), table.get("/X/1")), (None, None));
    }
}
