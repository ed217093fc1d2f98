//! The layers that blocks name.

use tower_auth::{
    Algorithm, AuthLayer, AuthLayerBuilder, SigningKey, TokenCookie, VerifyingKey,
    dialect::{AuthLocal, AuthToken, Login, Tokens},
};

use super::{client::Service, support::*};

pub fn named(name: &str) -> Service {
    match name {
        "usual" => service(builder()),
        "bound" => admitting(builder().issuer("https://issuer.example").audience("api"), &hs256(HEADER, BOUND)),
        "named keys" => admitting(named_keys(), &hs256(r#"{"alg":"HS256","kid":"2024"}"#, CLAIMS)),
        "many keys" => service(many_keys()),
        "open" => service(open(builder())),
        "open, preflights" => service(open(builder()).allow_preflight()),
        "sources" => service(sources()),
        "bare" => service(builder().accept_bare_tokens()),
        "logout" => service(
            builder().dialect(AuthLocal::new().logout()).dialect(Login::new().logout()).dialect(Tokens::new().logout()),
        ),
        "lenient" => service(builder().lenient_paths()),
        "without basic" => service(builder().without_basic()),
        "offers basic" => service(builder().offer_basic()),
        _ => panic!("there is no layer {name:?}"),
    }
}

fn service(builder: AuthLayerBuilder) -> Service {
    admitting(builder, &good_token())
}

fn admitting(builder: AuthLayerBuilder, token: &str) -> Service {
    // Guesses are counted in other tests.
    let layer = builder.without_failure_limit().build(find_in(users())).unwrap();
    Service::of(&layer, token.to_owned())
}

const CLAIMS: &str = r#"{"sub":"1","exp":1700003600}"#;

const BOUND: &str = r#"{"sub":"1","exp":1700003600,"iss":"https://issuer.example","aud":["api","another"]}"#;

/// Every key has a name.
fn named_keys() -> AuthLayerBuilder {
    AuthLayer::builder()
        .key(SigningKey::hs256(SECRET).unwrap().key_id("2024"))
        .key(SigningKey::rs256_pem(RSA_PEM).unwrap().key_id("rsa"))
        .clock(ManualClock::at(NOW))
        .without_rate_limits()
}

/// One key of each family.
fn many_keys() -> AuthLayerBuilder {
    builder()
        .verifying_key(VerifyingKey::pem(Algorithm::Es256, P256_PUBLIC).unwrap())
        .verifying_key(VerifyingKey::pem(Algorithm::EdDsa, ED_PUBLIC).unwrap())
}

fn open(builder: AuthLayerBuilder) -> AuthLayerBuilder {
    builder.public("/health").public("GET /login").public("/files/{name}").public("/static/{*path}").optional("/maybe")
}

fn sources() -> AuthLayerBuilder {
    builder()
        .token_header("x-access-token")
        .token_query("access_token")
        .token_cookie(TokenCookie::new("session").dangerous_over_plain_http())
        .trusted_origin("https://app.example")
        .websocket_tokens()
        .tickets("/auth/ticket")
        .without(AuthToken::NAME)
}
