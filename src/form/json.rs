//! `application/json`, RFC 8259: one object of different names with nothing behind it.

use serde::de::MapAccess;

use crate::{
    dialect::{Form, Refusal},
    json::{self, Members, Value},
};

pub(super) fn parse(bytes: &[u8]) -> Result<Form, Refusal> {
    // RFC 8259 §8.1 has all of it be UTF-8; `from_slice` does not ask that of what is ignored.
    let form = str::from_utf8(bytes).ok().and_then(json::object);
    form.ok_or(Refusal::MalformedBody("The request body is not a JSON object of different names"))
}

impl<'de> Members<'de> for Form {
    fn member<M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        match map.next_value()? {
            Value::Text(text) => self.add_text(name, text),
            _ => self.add_other(name),
        }
        Ok(())
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
