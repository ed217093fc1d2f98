//! One JSON object whose names are all different, RFC 7515 §4 and RFC 7519 §4.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};

/// Takes the members of an object one by one, with every name already unescaped.
pub(super) trait Members<'de>: Default {
    /// Reads the value of `name` from `map`, or skips it with `IgnoredAny`.
    fn member<M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error>;
}

/// Deepest nesting that a header or claims set may have.
const DEPTH_LIMIT: usize = 64;

/// Reads `text` as one object of different names with nothing behind it, and nothing deeply nested in it.
pub(super) fn object<'de, T: Members<'de>>(text: &'de str) -> Option<T> {
    if is_deep(text) {
        return None;
    }
    let object: Object<T> = serde_json::from_str(text).ok()?;
    Some(object.0)
}

/// Whether `text` nests deeper than the limit. What nests has brackets, so most texts are done with counting those.
fn is_deep(text: &str) -> bool {
    let opening = |byte: u8| matches!(byte, b'{' | b'[');
    if text.bytes().filter(|byte| opening(*byte)).count() <= DEPTH_LIMIT {
        return false;
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    text.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEPTH_LIMIT
    })
}

struct Object<T>(T);

impl<'de, T: Members<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Members<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<T, M::Error> {
        let mut members = T::default();
        let mut names = Names::default();
        while let Some(Name(name)) = map.next_key()? {
            members.member(&name, &mut map)?;
            names.add(name).map_err(M::Error::custom)?;
        }
        names.finish().map(|()| members).map_err(M::Error::custom)
    }
}

/// Names that are compared where they stand. A token has about six.
const FEW: usize = 8;

/// The names of an object so far.
#[derive(Default)]
struct Names<'de> {
    few: [Cow<'de, str>; FEW],
    used: usize,
    /// The names beyond the few, sorted in the end: that keeps thousands of hostile ones cheap.
    many: Vec<Cow<'de, str>>,
}

const TWICE: &str = "a name occurs twice";

impl<'de> Names<'de> {
    fn add(&mut self, name: Cow<'de, str>) -> Result<(), &'static str> {
        if self.few.iter().take(self.used).any(|known| *known == name) {
            return Err(TWICE);
        }
        match self.few.get_mut(self.used) {
            Some(place) => {
                *place = name;
                self.used += 1;
            }
            None => self.many.push(name),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), &'static str> {
        self.many.sort_unstable();
        let twice = self.many.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
        if twice { Err(TWICE) } else { Ok(()) }
    }
}

/// A member's name, borrowed unless it was written with escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Nothing;

    impl<'de> Members<'de> for Nothing {
        fn member<M: MapAccess<'de>>(&mut self, _: &str, map: &mut M) -> Result<(), M::Error> {
            map.next_value::<serde::de::IgnoredAny>().map(drop)
        }
    }

    fn is_object(text: &str) -> bool {
        object::<Nothing>(text).is_some()
    }

    #[test]
    fn s10_what_nests_too_deep_is_none_and_brackets_in_texts_nest_nothing() {
        let nested = |depth: usize, text: &str| {
            format!(r#"{{"a":"{text}","b":{}{}}}"#, "[".repeat(depth - 1), "]".repeat(depth - 1))
        };
        for text in ["", "[", "[[", r#"\"["#, r"\\", r#"\\\"[["#] {
            assert!(is_object(&nested(DEPTH_LIMIT, text)), "{text}");
            assert!(!is_object(&nested(DEPTH_LIMIT + 1, text)), "{text}");
        }
        let wide = vec!["[[]]"; DEPTH_LIMIT].join(",");
        assert!(is_object(&format!(r#"{{"a":[{wide}]}}"#)));
        // Whoever counts a bracket in a text that closes nothing would let more nest behind it.
        assert!(!is_object(&nested(DEPTH_LIMIT + 1, &"]".repeat(DEPTH_LIMIT))));
    }

    #[test]
    fn s10_a_name_occurs_once_among_however_many() {
        let object = |names: &[usize]| {
            let members: Vec<_> = names.iter().map(|name| format!(r#""{name}":1"#)).collect();
            format!("{{{}}}", members.join(","))
        };
        for length in [1, FEW, FEW + 1, 3 * FEW] {
            let names: Vec<_> = (0..length).rev().collect();
            assert!(is_object(&object(&names)), "{length}");
            for twice in 0..length {
                let names = [&names[..], &[twice]].concat();
                assert!(!is_object(&object(&names)), "{twice} twice among {length}");
            }
        }
        // Equal ones need not follow each other.
        let apart: Vec<_> = (0..FEW).chain([100, 101, 102, 100]).collect();
        assert!(!is_object(&object(&apart)));
    }
}
