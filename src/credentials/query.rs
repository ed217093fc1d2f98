//! A token in the query, RFC 6750 §2.3: found there, and taken out of there.

use std::borrow::Cow;

use http::{Uri, uri::PathAndQuery};
use percent_encoding::percent_decode_str;

/// The values of every parameter that has one of these names, decoded.
pub(super) fn values(uri: &Uri, names: impl Fn(&[u8]) -> bool) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let pairs = uri.query().into_iter().flat_map(|query| query.split('&'));
    pairs.filter(move |pair| names(&name(pair))).map(|pair| {
        let value = pair.split_once('=').map_or("", |(_, value)| value);
        percent_decode_str(value).into()
    })
}

/// The URI without those parameters, the others as they were; `None` when it has none of them.
pub(super) fn without(uri: &Uri, names: impl Fn(&[u8]) -> bool) -> Option<Uri> {
    let query = uri.query()?;
    let ours = |pair: &str| names(&name(pair));
    if !query.split('&').any(ours) {
        return None;
    }
    let left: Vec<_> = query.split('&').filter(|pair| !ours(pair)).collect();
    let mut shown = uri.path().to_owned();
    if !left.is_empty() {
        shown.push('?');
        shown.push_str(&left.join("&"));
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(shown).ok();
    // What is left of a URI is a URI. Were it not, it would rather lose its path than keep the token.
    Some(Uri::from_parts(parts).unwrap_or_default())
}

fn name(pair: &str) -> Cow<'_, [u8]> {
    percent_decode_str(pair.split('=').next().unwrap_or_default()).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(name: &[u8]) -> bool {
        name == b"token"
    }

    fn found(uri: &str) -> Vec<String> {
        values(&uri.parse().unwrap(), token).map(|value| String::from_utf8(value.into_owned()).unwrap()).collect()
    }

    fn left(uri: &str) -> Option<String> {
        without(&uri.parse().unwrap(), token).map(|uri| uri.to_string())
    }

    #[test]
    fn values_are_found_by_their_decoded_name() {
        assert_eq!(found("/a?token=x"), ["x"]);
        assert_eq!(found("/a?b=1&%74oken=%78&token=y&token"), ["x", "y", ""]);
        assert_eq!(found("/a?Token=x&tokens=x&a=token=x&token%00=x"), [""; 0]);
        assert_eq!(found("/token=x"), [""; 0]);
    }

    #[test]
    fn s67_what_is_left_has_no_token_and_is_else_as_it_was() {
        assert_eq!(left("/a?token=x").as_deref(), Some("/a"));
        assert_eq!(left("/a?token").as_deref(), Some("/a"));
        assert_eq!(left("/a?b=%41+c&&token=x&d&to%6Ben=y").as_deref(), Some("/a?b=%41+c&&d"));
        assert_eq!(left("http://a.example?token=x").as_deref(), Some("http://a.example/"));
        assert_eq!(left("http://a.example:1/b?token=x&c").as_deref(), Some("http://a.example:1/b?c"));
        for untouched in ["/a", "/a?", "/a?b=token", "a.example:443"] {
            assert_eq!(left(untouched), None, "{untouched}");
        }
    }

    proptest! {
        #[test]
        fn s67_nothing_is_found_in_what_is_left(query in "([a-z&=%]|token|%74|=){0,30}") {
            if let Ok(uri) = format!("/a?{query}").parse::<Uri>() {
                let left = without(&uri, token);
                prop_assert_eq!(left.is_some(), values(&uri, token).next().is_some());
                prop_assert!(values(&left.unwrap_or_default(), token).next().is_none());
            }
        }
    }
}
