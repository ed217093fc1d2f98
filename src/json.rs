//! JSON as forms, tokens and profiles read it: an object member by member, text without a copy, and of other values
//! those that are whole numbers.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// Takes the members of an object one by one, with every name already unescaped.
pub(crate) trait Members<'de>: Default {
    /// Reads the value of `name` from `map`, or skips it with `IgnoredAny`.
    fn member<M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error>;
}

/// Reads `text` as one object of different names with nothing behind it.
pub(crate) fn object<'de, T: Members<'de>>(text: &'de str) -> Option<T> {
    let object: Object<T> = serde_json::from_str(text).ok()?;
    Some(object.0)
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
        while let Some(Text(name)) = map.next_key()? {
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

/// Text or a name, borrowed unless it was written with escapes.
#[derive(Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// Any value, of which nothing is kept but text and whole numbers.
pub(crate) enum Value<'de> {
    Text(Cow<'de, str>),
    Unsigned(u64),
    Signed(i64),
    Other,
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(Value::Unsigned(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Signed(number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, sequence: S) -> Result<Value<'de>, S::Error> {
        IgnoredAny.visit_seq(sequence).map(|_| Value::Other)
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Value<'de>, M::Error> {
        IgnoredAny.visit_map(map).map(|_| Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Nothing;

    impl<'de> Members<'de> for Nothing {
        fn member<M: MapAccess<'de>>(&mut self, _: &str, map: &mut M) -> Result<(), M::Error> {
            map.next_value::<IgnoredAny>().map(drop)
        }
    }

    fn holds(text: &str) -> bool {
        object::<Nothing>(text).is_some()
    }

    #[test]
    fn s10_a_name_occurs_once_among_however_many() {
        let members = |names: &[usize]| {
            let named: Vec<_> = names.iter().map(|name| format!(r#""{name}":1"#)).collect();
            format!("{{{}}}", named.join(","))
        };
        for length in [1, FEW, FEW + 1, 3 * FEW] {
            let names: Vec<_> = (0..length).rev().collect();
            assert!(holds(&members(&names)), "{length}");
            for twice in 0..length {
                let names = [&names[..], &[twice]].concat();
                assert!(!holds(&members(&names)), "{twice} twice among {length}");
            }
        }
        // Equal ones need not follow each other.
        let apart: Vec<_> = (0..FEW).chain([100, 101, 102, 100]).collect();
        assert!(!holds(&members(&apart)));
    }
}
