//! `application/json`, RFC 8259: one object of different names with nothing behind it.

use std::{collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::dialect::{Form, Refusal};

pub(super) fn parse(bytes: &[u8]) -> Result<Form, Refusal> {
    // RFC 8259 §8.1 has all of it be UTF-8; `from_slice` does not ask that of what is ignored.
    let object: Option<Object> = str::from_utf8(bytes).ok().and_then(|text| serde_json::from_str(text).ok());
    let malformed = Refusal::MalformedBody("The request body is not a JSON object of different names");
    object.map(|Object(form)| form).ok_or(malformed)
}

struct Object(Form);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Object, M::Error> {
        let mut form = Form::default();
        let mut names = HashSet::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            match value {
                Value::Text(text) => form.add_text(&*name, text),
                Value::Other => form.add_other(&*name),
            }
            if !names.insert(name) {
                return Err(M::Error::custom("a name occurs twice"));
            }
        }
        Ok(Object(form))
    }
}

enum Value {
    Text(String),
    Other,
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, sequence: S) -> Result<Value, S::Error> {
        IgnoredAny.visit_seq(sequence).map(|_| Value::Other)
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Value, M::Error> {
        IgnoredAny.visit_map(map).map(|_| Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::FormError;

    #[test]
    fn s34_only_text_is_a_credential() {
        let form = parse(br#"{"a":"1","b":2,"c":null,"d":["x"],"e":{"f":"x"},"g":true,"h":"","i":"\u00fc"}"#).unwrap();
        assert_eq!(form.text("a"), Ok(Some("1")));
        assert_eq!(form.text("h"), Ok(Some("")));
        assert_eq!(form.text("i"), Ok(Some("ü")));
        assert_eq!(form.text("z"), Ok(None));
        for name in ["b", "c", "d", "e", "g"] {
            assert_eq!(form.text(name), Err(FormError::NotText), "{name}");
        }
    }

    #[test]
    fn s34_malformed_bodies() {
        let deep = format!("{{\"a\":{}", "[".repeat(60_000));
        let bodies: [&[u8]; 14] = [
            b"",
            b"{",
            b"[]",
            b"null",
            b"\"a\"",
            b"{}x",
            b"{\"a\":\"\xff\"}",
            b"{\"a\":[\"\xff\"]}",
            b"{\"a\":{\"\xff\":1}}",
            b"{'a':1}",
            b"{\"a\":1,}",
            br#"{"a":"x","a":"x"}"#,
            br#"{"a":"x","\u0061":"y"}"#,
            deep.as_bytes(),
        ];
        for body in bodies {
            assert!(
                matches!(parse(body), Err(Refusal::MalformedBody(_))),
                "{:?}",
                String::from_utf8_lossy(&body[..body.len().min(30)])
            );
        }
        assert!(parse(b" {} \n").is_ok());
    }

    proptest! {
        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }

        #[test]
        fn text_comes_back_whole(name in "\\PC{1,20}", text in "\\PC{0,40}") {
            let body = serde_json::json!({ &name: &text }).to_string();
            let form = parse(body.as_bytes()).unwrap();
            prop_assert_eq!(form.text(&name), Ok(Some(&*text)));
        }
    }
}
