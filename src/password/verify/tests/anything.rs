//! Properties over any stored text.

use super::*;

/// A stored form with one of its characters replaced, taken out or doubled. Digits are left alone: they are parameters,
/// and another one could ask for gigabytes.
fn damaged() -> impl Strategy<Value = String> {
    let replacement = prop_oneof![any::<char>(), Just('$'), Just(','), Just('='), Just('A'), Just('\0')];
    let change = (any::<proptest::sample::Index>(), 0..3u8, replacement.prop_filter("no digit", |c| !c.is_numeric()));
    (0..CHEAP.len(), proptest::collection::vec(change, 1..4)).prop_map(|(row, changes)| {
        let mut text: Vec<char> = CHEAP[row].1.chars().collect();
        for (place, change, replacement) in changes {
            let place = place.index(text.len());
            match change {
                _ if text[place].is_numeric() => {}
                0 => text[place] = replacement,
                // Taking a separator out could join two numbers.
                1 if text[place].is_alphabetic() => drop(text.remove(place)),
                _ => text.insert(place, replacement),
            }
        }
        text.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn s70_arbitrary_stored_text_never_panics_and_is_never_right(
        mark in prop_oneof![Just(""), Just("$2b$04$"), Just("$argon2id$"), Just("$scrypt$"), Just("$pbkdf2-sha256$"), Just("{bcrypt}"), Just("{noop}")],
        text in "\\PC{0,80}",
        password in "\\PC{0,20}",
    ) {
        let stored = StoredPassword::from(format!("{mark}{text}"));
        prop_assert_ne!(check(&stored, &password), Some(true));
        waste(&cost(&stored, None), &password, None);
    }

    #[test]
    fn s70_damaged_forms_never_panic_and_a_wrong_password_is_never_right(stored in damaged()) {
        let stored = StoredPassword::from(stored);
        prop_assert_ne!(check(&stored, "wrong"), Some(true));
        waste(&cost(&stored, None), "wrong", None);
    }

    #[test]
    fn s39_only_the_password_itself_is_right(password in "[^\0]{0,40}") {
        let stored = StoredPassword::from(CHEAP[1].1);
        prop_assert_eq!(check(&stored, &password), Some(password == PASSWORD));
    }
}
