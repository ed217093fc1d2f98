//! Three verifiers, asked the same: does this token hold now, from this issuer, for this audience?

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use jsonwebtoken::{DecodingKey, Validation};
use jwt_simple::prelude::{
    Duration, ECDSAP256PublicKeyLike, ES256PublicKey, Ed25519PublicKey, EdDSAPublicKeyLike, HS256Key, MACLike,
    RS256PublicKey, RSAPublicKeyLike, UnixTimeStamp, VerificationOptions,
};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use tower::{Layer, Service, service_fn, util::BoxService};
use tower_auth::{
    Account, Algorithm, AuthLayer, AuthLayerBuilder, BoxError, Query, ResponseBody, SigningKey, Timestamp,
    VerifyingKey, dialect::AuthToken, test_util::ManualClock,
};

use crate::{
    draft::{ISSUER, NOW},
    keys::{ALGORITHMS, ED25519_PUBLIC, P256_PUBLIC, RSA_PUBLIC, SECRET},
};

/// Seconds by which clocks may differ.
const LEEWAY: u32 = 10;

type Guarded = BoxService<Request<Full<Bytes>>, Response<ResponseBody<Full<Bytes>>>, BoxError>;

/// This crate, through its door: a guarded route.
pub(crate) struct Ours {
    service: Guarded,
    runtime: Runtime,
}

impl Ours {
    /// It reads each token anew.
    pub(crate) fn without_cache() -> Self {
        Self::new(AuthLayerBuilder::without_token_cache)
    }

    /// It knows again which tokens it has taken.
    pub(crate) fn with_cache() -> Self {
        Self::new(|builder| builder)
    }

    fn new(settings: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> Self {
        let key = |algorithm, pem: &str| VerifyingKey::pem(algorithm, pem).unwrap();
        let builder = AuthLayer::builder()
            .key(SigningKey::hs256(SECRET).unwrap())
            .verifying_key(key(Algorithm::Es256, P256_PUBLIC))
            .verifying_key(key(Algorithm::EdDsa, ED25519_PUBLIC))
            .verifying_key(key(Algorithm::Rs256, RSA_PUBLIC))
            .without(AuthToken::NAME)
            .issuer(ISSUER)
            .audience(ISSUER)
            .leeway(std::time::Duration::from_secs(LEEWAY.into()))
            .clock(ManualClock::at(Timestamp::from_unix_seconds(NOW.into())))
            .claims_only();
        let layer = settings(builder).build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None)).unwrap();
        let inner = service_fn(async |_| Ok::<_, BoxError>(Response::new(Full::<Bytes>::default())));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        Self { service: BoxService::new(layer.layer(inner)), runtime }
    }

    /// Whether the inner service was reached. What cannot stand in a field at all is refused by whoever reads fields.
    pub(crate) fn takes(&mut self, token: &str) -> bool {
        let request = Request::get("/").header("authorization", format!("Bearer {token}")).body(Full::default());
        let Ok(request) = request else { return false };
        let answer = self.runtime.block_on(self.service.call(request));
        let status = answer.unwrap().status();
        assert!(!status.is_server_error(), "nothing failed, and yet {status}: {token}");
        status == StatusCode::OK
    }
}

/// `jsonwebtoken`, with its strictest settings, and the times by hand: it has no clock that can be set, and reads no moment before 1970
/// or beyond 64 bits, which are numbers all the same (RFC 7519 §2).
pub(crate) struct ByJsonwebtoken(Vec<(DecodingKey, Validation)>);

impl ByJsonwebtoken {
    pub(crate) fn new() -> Self {
        let keys = [
            DecodingKey::from_secret(SECRET.as_bytes()),
            DecodingKey::from_ec_pem(P256_PUBLIC.as_bytes()).unwrap(),
            DecodingKey::from_ed_pem(ED25519_PUBLIC.as_bytes()).unwrap(),
            DecodingKey::from_rsa_pem(RSA_PUBLIC.as_bytes()).unwrap(),
        ];
        let strict = |algorithm| {
            let mut validation = Validation::new(algorithm);
            validation.set_issuer(&[ISSUER]);
            validation.set_audience(&[ISSUER]);
            validation.set_required_spec_claims(&["iss", "aud", "sub"]);
            validation.validate_exp = false;
            validation
        };
        Self(keys.into_iter().zip(ALGORITHMS).map(|(key, (algorithm, ..))| (key, strict(algorithm))).collect())
    }

    pub(crate) fn takes(&self, token: &str) -> bool {
        let mut decoded = self
            .0
            .iter()
            .filter_map(|(key, validation)| jsonwebtoken::decode::<Map<String, Value>>(token, key, validation).ok());
        decoded.next().is_some_and(|decoded| in_time(&decoded.claims))
    }
}

/// RFC 7519 §4.1.4 to 4.1.6
fn in_time(claims: &Map<String, Value>) -> bool {
    let (now, leeway) = (f64::from(NOW), f64::from(LEEWAY));
    let ends = claims.get("exp").and_then(Value::as_f64).is_some_and(|exp| now - leeway < exp.floor());
    let begun = |name| claims.get(name).is_none_or(|time| time.as_f64().is_some_and(|time| time <= now + leeway));
    ends && begun("nbf") && begun("iat")
}

/// `jwt-simple`, which brings its own cryptography, JSON and policy.
pub(crate) struct ByJwtSimple {
    options: VerificationOptions,
    hs256: HS256Key,
    es256: ES256PublicKey,
    ed25519: Ed25519PublicKey,
    rs256: RS256PublicKey,
}

impl ByJwtSimple {
    pub(crate) fn new() -> Self {
        let known = || Some([ISSUER.to_owned()].into());
        let options = VerificationOptions {
            artificial_time: Some(UnixTimeStamp::from_secs(NOW.into())),
            time_tolerance: Some(Duration::from_secs(LEEWAY.into())),
            allowed_issuers: known(),
            allowed_audiences: known(),
            ..VerificationOptions::default()
        };
        Self {
            options,
            hs256: HS256Key::from_bytes(SECRET.as_bytes()),
            es256: ES256PublicKey::from_pem(P256_PUBLIC).unwrap(),
            ed25519: Ed25519PublicKey::from_pem(ED25519_PUBLIC).unwrap(),
            rs256: RS256PublicKey::from_pem(RSA_PUBLIC).unwrap(),
        }
    }

    pub(crate) fn takes(&self, token: &str) -> bool {
        let options = || Some(self.options.clone());
        self.hs256.verify_token::<Value>(token, options()).is_ok()
            || self.es256.verify_token::<Value>(token, options()).is_ok()
            || self.ed25519.verify_token::<Value>(token, options()).is_ok()
            || self.rs256.verify_token::<Value>(token, options()).is_ok()
    }
}
