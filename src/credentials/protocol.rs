//! A token among the subprotocols that a WebSocket client offers, RFC 6455 §11.3.4: the one place where a browser's
//! `new WebSocket(url, ["chat.v1", "bearer", token])` can put it. `bearer` names what the next member is.

use http::{HeaderMap, HeaderValue, header::SEC_WEBSOCKET_PROTOCOL};

/// The subprotocols offered, taken apart.
#[derive(Default)]
pub(super) struct Offered<'a> {
    /// What stands behind each `bearer`; nothing, where that is the last.
    pub(super) tokens: Vec<&'a [u8]>,
    others: Vec<&'a [u8]>,
}

impl<'a> Offered<'a> {
    pub(super) fn read(headers: &'a HeaderMap) -> Self {
        let fields = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        let mut members = fields.flat_map(|field| field.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
        let mut offered = Self::default();
        while let Some(member) = members.next() {
            match member {
                b"bearer" => offered.tokens.push(members.next().unwrap_or_default()),
                other => offered.others.push(other),
            }
        }
        offered
    }

    /// What is left for the inner service to choose from; `None` when that is nothing.
    fn rest(&self) -> Option<HeaderValue> {
        let rest = self.others.join(&b", "[..]);
        HeaderValue::from_bytes(&rest).ok().filter(|rest| !rest.is_empty())
    }
}

/// Takes tokens out of the offer: the inner service could choose one, and echo it.
pub(super) fn take_out(headers: &mut HeaderMap) {
    let offered = Offered::read(headers);
    if offered.tokens.is_empty() {
        return;
    }
    match offered.rest() {
        Some(rest) => headers.insert(SEC_WEBSOCKET_PROTOCOL, rest),
        None => headers.remove(SEC_WEBSOCKET_PROTOCOL),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(fields: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(SEC_WEBSOCKET_PROTOCOL, field.parse().unwrap());
        }
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_owned()).unwrap();
        let tokens = Offered::read(&headers).tokens.into_iter().map(text).collect();
        take_out(&mut headers);
        (tokens, headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().map(|left| text(left.as_bytes())).collect())
    }

    #[test]
    fn the_token_is_the_member_behind_bearer_and_leaves_with_it() {
        let cases: [(&[&str], &[&str], &[&str]); 8] = [
            (&["chat.v1, bearer, a.b.c"], &["a.b.c"], &["chat.v1"]),
            (&["bearer,a.b.c,chat.v1 ,chat.v2"], &["a.b.c"], &["chat.v1, chat.v2"]),
            (&["chat.v1", "bearer", "a.b.c"], &["a.b.c"], &["chat.v1"]),
            (&["bearer, a.b.c"], &["a.b.c"], &[]),
            (&["chat.v1, bearer"], &[""], &["chat.v1"]),
            (&["bearer, a, bearer, b"], &["a", "b"], &[]),
            (&["chat.v1,Bearer , a.b.c"], &[], &["chat.v1,Bearer , a.b.c"]),
            (&[], &[], &[]),
        ];
        for (fields, tokens, left) in cases {
            let (found, shown) = offer(fields);
            assert_eq!((found.as_slice(), shown.as_slice()), (&*own(tokens), &*own(left)), "{fields:?}");
        }
    }

    fn own(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }
}
