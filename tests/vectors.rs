//! Published signatures, verdict for verdict, through the door.
//!
//! What most of them sign are no claims, and none is in its times. So a signature holds when the token is refused for something
//! else, and for its signature as soon as one bit of that is another.
#![cfg(feature = "aws-lc-rs")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use support::*;
use tower_auth::{
    Algorithm, AuthLayer, Lookup, Rejection, RejectionKind, SigningKey, VerifyingKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};

/// Vectors whose verdict is another here, and why.
const DIFFERING: [(&str, &str); 8] = [
    ("346 Figure20", "the key says PS256 and the token PS384: a key is bound to its algorithm"),
    ("347 Figure27", "the key says ES521, which is no algorithm, and P-521 is on no list here"),
    ("350 Figure20", "as 346"),
    ("351 Figure27", "as 347"),
    ("367 invalidBase64Padding", "called invalid, and byte for byte 357, which is called valid"),
    ("370 invalidBase64PaddingInPayload", "the same"),
    ("372 InvalidCharacterInsertedInHeader", "as its name says, there is a character that is not base64url"),
    ("373 InvalidCharacterInsertedInPayload", "the same"),
];

struct Vector {
    /// The JWK that it stands below.
    key: String,
    valid: bool,
    name: String,
    token: String,
}

fn read_vectors(file: &str) -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(file);
    let text = fs::read_to_string(path).unwrap();
    let (mut key, mut vectors) = (String::new(), Vec::new());
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(json) = line.strip_prefix("key ") {
            json.clone_into(&mut key);
            continue;
        }
        let [verdict, name, token] = line.splitn(3, " | ").collect::<Vec<_>>().try_into().unwrap();
        assert!(["valid", "invalid"].contains(&verdict), "{line}");
        vectors.push(Vector { key: key.clone(), valid: verdict == "valid", name: name.into(), token: token.into() });
    }
    vectors
}

/// A layer that verifies with this JWK; `None` where it is not taken.
fn verifier(key: &str) -> Option<AuthLayer<impl Lookup<User = User> + use<>>> {
    let keys = VerifyingKey::jwk_set(&format!(r#"{{"keys":[{key}]}}"#)).ok()?;
    let keys = keys.into_iter().map(VerifyingKey::dangerous_any_audience);
    let signing = SigningKey::generate(Algorithm::Hs512).unwrap().key_id("signs nothing here");
    let builder = AuthLayer::builder()
        .key(signing)
        .verifying_keys(keys)
        .without(Login::NAME)
        .without(AuthToken::NAME)
        .without(Tokens::NAME)
        .dialect(AuthLocal::new().algorithm(Algorithm::Hs512))
        .clock(ManualClock::at(NOW));
    Some(builder.build(find_in(users())).unwrap())
}

impl Vector {
    async fn holds(&self) -> bool {
        let Some(layer) = verifier(&self.key) else { return false };
        let outcome = async |token: &str| {
            let field = http::HeaderValue::from_bytes(format!("Bearer {token}").as_bytes()).ok()?;
            let mut request = request("GET", "/me");
            request.headers_mut().insert("authorization", field);
            send(&layer, request).await.extensions.get::<Rejection>().map(Rejection::kind)
        };
        let Some((signed, signature)) = self.token.rsplit_once('.') else { return false };
        let first = if signature.starts_with('A') { 'B' } else { 'A' };
        let altered = format!("{signed}.{first}{}", signature.get(1..).unwrap_or_default());
        // What is not base64url is refused by the same word as what is no claims.
        let encoded = self.token.split('.').all(|part| URL_SAFE_NO_PAD.decode(part).is_ok());
        let own = [Some(RejectionKind::InvalidSignature), Some(RejectionKind::UnsupportedToken)];
        encoded
            && !own.contains(&outcome(&self.token).await)
            && outcome(&altered).await == Some(RejectionKind::InvalidSignature)
    }
}

/// The vectors of a file whose verdict is another here.
async fn differing(vectors: &[Vector]) -> Vec<&str> {
    let mut names = Vec::new();
    for vector in vectors {
        if vector.holds().await != vector.valid {
            names.push(&*vector.name);
        }
    }
    names
}

#[tokio::test]
async fn s11_the_signatures_of_project_wycheproof() {
    let vectors = read_vectors("wycheproof.jws");
    assert_eq!(vectors.len(), 401);
    assert_eq!(differing(&vectors).await, DIFFERING.map(|(name, _)| name));
}

#[tokio::test]
async fn s11_the_signatures_of_the_rfcs() {
    assert_eq!(differing(&read_vectors("rfc.jws")).await, [""; 0]);
}
