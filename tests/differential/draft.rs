//! A token in the making: members as they will be written, so that a mutation may write them wrongly.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::keys::{ALGORITHMS, Keys};

/// The moment at which every verifier's clock stands.
pub(crate) const NOW: u32 = 1_700_000_000;

/// The issuer and the audience that every verifier asks for.
pub(crate) const ISSUER: &str = "https://issuer.example";

/// Members of a JSON object: names and values, both as they are written.
pub(crate) type Members = Vec<(String, String)>;

pub(crate) struct Draft {
    /// The number of its key.
    pub(crate) key: usize,
    pub(crate) header: Members,
    pub(crate) claims: Members,
    /// What stands between, before and behind members.
    pub(crate) space: &'static str,
    /// What stands behind the claims' object.
    pub(crate) trailing: &'static str,
    /// What becomes of the signature.
    pub(crate) signing: Signing,
    /// What becomes of the finished text, last.
    pub(crate) spelling: Vec<Spelling>,
}

pub(crate) type Spelling = fn(&mut String);

pub(crate) type Signing = fn(&Keys, &Draft, &str) -> Vec<u8>;

impl Draft {
    /// A token that everybody takes.
    pub(crate) fn good(key: usize) -> Self {
        let member = |(name, value): &(&str, String)| (quoted(name), value.clone());
        let header = [("alg", quoted(ALGORITHMS[key].1)), ("typ", quoted("JWT"))];
        let claims = [
            ("iss", quoted(ISSUER)),
            ("aud", quoted(ISSUER)),
            ("sub", quoted("ada")),
            ("iat", NOW.to_string()),
            ("nbf", NOW.to_string()),
            ("exp", (NOW + 3600).to_string()),
            ("jti", quoted("abcdefghij012345")),
        ];
        Self {
            key,
            header: header.iter().map(member).collect(),
            claims: claims.iter().map(member).collect(),
            space: "",
            trailing: "",
            signing: |keys, draft, text| keys.sign(draft.key, text),
            spelling: Vec::new(),
        }
    }

    /// The finished text.
    pub(crate) fn finish(&self, keys: &Keys) -> String {
        let claims = self.object(&self.claims) + self.trailing;
        let signed = format!("{}.{}", encoded(&self.object(&self.header)), encoded(&claims));
        let signature = (self.signing)(keys, self, &signed);
        let mut token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        self.spelling.iter().for_each(|spell| spell(&mut token));
        token
    }

    fn object(&self, members: &Members) -> String {
        let space = self.space;
        let members: Vec<_> =
            members.iter().map(|(name, value)| format!("{space}{name}{space}:{space}{value}")).collect();
        format!("{{{}{space}}}", members.join(","))
    }
}

pub(crate) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn encoded(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}
