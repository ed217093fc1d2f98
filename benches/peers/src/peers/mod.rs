//! Every peer: one file each, and the table of them.

pub mod axum_jwt_auth;
pub mod axum_login;
mod by_hand;
pub mod from_fn;
mod inner;
mod jwt_authorizer;
pub mod tower_auth;
mod tower_http;
pub mod tower_jwt;
pub mod tower_oauth2;

use jsonwebtoken::{
    Algorithm,
    crypto::{CryptoProvider, aws_lc, rust_crypto},
};
use tokio::runtime::{Builder, Runtime};

pub use self::by_hand::{Judge, unauthorized};
use crate::{
    credentials::{BASIC, WRONG_BASIC, altered, claims, header, now, sign},
    door::{Asking, Door, Opened, Sent},
};

pub struct Peer {
    pub name: &'static str,
    /// Its package, whose version is read from the lock file.
    pub package: &'static str,
    /// Who verifies its tokens.
    pub cryptography: &'static str,
    /// jsonwebtoken 11 has one default for a process.
    pub provider: &'static CryptoProvider,
    pub asked: &'static [Asking],
    pub open: fn(Asking) -> Opened,
}

impl Peer {
    /// The `kid` that it demands.
    pub fn key_id(&self) -> Option<&'static str> {
        (self.package == TOWER_OAUTH2).then_some(tower_oauth2::KEY_ID)
    }

    pub fn reads_tokens(&self) -> bool {
        !self.cryptography.is_empty()
    }
}

const fn peer(
    name: &'static str,
    package: &'static str,
    cryptography: &'static str,
    asked: &'static [Asking],
    open: fn(Asking) -> Opened,
) -> Peer {
    Peer { name, package, cryptography, provider: &aws_lc::DEFAULT_PROVIDER, asked, open }
}

const RING: &str = "jsonwebtoken 9, ring";
const AWS_LC: &str = "jsonwebtoken 11, aws-lc";
const RUST_CRYPTO: &str = "jsonwebtoken 11, RustCrypto";
const OWN: &str = "own reading, hmac and aws-lc";
const TOWER_OAUTH2: &str = "tower-oauth2-resource-server";

/// No public routes, and no Basic.
const BEARER: &[Asking] = &[Asking::Hs256, Asking::Rs256, Asking::Nothing];
const BEARER_AND_OPEN: &[Asking] = &[Asking::Hs256, Asking::Rs256, Asking::Nothing, Asking::Open];

pub static PEERS: [Peer; 14] = [
    peer("inner service alone", "", "", &Asking::ALL, inner::alone),
    peer("axum handler alone", "axum", "", BEARER_AND_OPEN, inner::handler),
    peer("tower-auth, verified each time", "tower-auth", OWN, BEARER_AND_OPEN, tower_auth::verified),
    peer("tower-auth, known again", "tower-auth", OWN, BEARER_AND_OPEN, tower_auth::known),
    peer("tower-auth, known again, user looked up", "tower-auth", OWN, &Asking::ALL, tower_auth::looked_up),
    // Lets through who has no token.
    peer("tower-jwt", "tower-jwt", RING, &[Asking::Hs256, Asking::Rs256, Asking::Open], tower_jwt::open),
    peer("tower-http, async layer by hand", "tower-http", AWS_LC, BEARER_AND_OPEN, tower_http::asynchronous),
    peer("tower-http, validating layer by hand", "tower-http", AWS_LC, &Asking::ALL, tower_http::validating),
    peer("axum `from_fn` by hand", "axum", AWS_LC, BEARER_AND_OPEN, from_fn::open),
    peer("jwt-authorizer", "jwt-authorizer", RING, BEARER, jwt_authorizer::open),
    peer("axum-jwt-auth", "axum-jwt-auth", "jsonwebtoken 10, RustCrypto", BEARER, axum_jwt_auth::open),
    Peer {
        provider: &rust_crypto::DEFAULT_PROVIDER,
        ..peer("tower-oauth2-resource-server", TOWER_OAUTH2, RUST_CRYPTO, BEARER, tower_oauth2::open)
    },
    peer("tower-oauth2-resource-server, aws-lc", TOWER_OAUTH2, AWS_LC, BEARER, tower_oauth2::open),
    // Asked with its cookie where others are with HS256.
    peer("axum-login, session in memory", "axum-login", "", &[Asking::Hs256, Asking::Nothing], axum_login::open),
];

pub fn find(name: &str) -> &'static Peer {
    PEERS.iter().find(|peer| peer.name == name).expect("a peer")
}

pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// What a layer that reads Bearer tokens, and has public routes or none, has to let in and to refuse.
fn opened(asking: Asking, door: Box<dyn Door>, key_id: Option<&str>) -> Opened {
    let (good, bad) = match asking {
        Asking::Hs256 | Asking::Rs256 => (good_with(asking, key_id), bad(asking, key_id)),
        Asking::Nothing => (Sent::without_credentials("/me"), Vec::new()),
        Asking::Open => (Sent::without_credentials("/public"), vec![Sent::without_credentials("/me")]),
        Asking::Basic => (Sent::authorization(&[BASIC]), vec![Sent::authorization(&[WRONG_BASIC])]),
    };
    Opened { door, good, bad }
}

pub fn good(asking: Asking) -> Sent {
    good_with(asking, None)
}

fn good_with(asking: Asking, key_id: Option<&str>) -> Sent {
    Sent::bearer(&sign(&header_of(asking, key_id), &claims()))
}

/// A token with another signature, one that has expired, and none at all.
fn bad(asking: Asking, key_id: Option<&str>) -> Vec<Sent> {
    let header = header_of(asking, key_id);
    let mut expired = claims();
    expired["exp"] = (now() - 3600).into();
    vec![Sent::bearer(&altered(&sign(&header, &claims()))), Sent::bearer(&sign(&header, &expired))]
}

fn header_of(asking: Asking, key_id: Option<&str>) -> jsonwebtoken::Header {
    header(if asking == Asking::Rs256 { Algorithm::RS256 } else { Algorithm::HS256 }, key_id)
}
