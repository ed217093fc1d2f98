use http::Method;
use proptest::prelude::*;

use super::*;
use crate::{
    dialect::{AuthLocal, AuthToken, Dialect, Login, Tokens},
    error::{BuildError, BuildErrorKind},
};

fn routes(mount: &str, lenient: bool, rules: &[(&str, Route)]) -> Result<Routes, BuildError> {
    let dialects: [Box<dyn Dialect>; 4] =
        [Box::new(AuthLocal::new()), Box::new(Login::new()), Box::new(AuthToken::new()), Box::new(Tokens::new())];
    let mut routes = Routes::new(lenient);
    for (number, dialect) in dialects.iter().enumerate() {
        for endpoint in dialect.endpoints() {
            routes.add_endpoint(number, mount, endpoint)?;
        }
    }
    let rules: Vec<_> = rules.iter().map(|(text, route)| ((*text).to_owned(), *route)).collect();
    routes.add_rules(&rules)?;
    Ok(routes)
}

fn kind(rules: &[(&str, Route)]) -> BuildErrorKind {
    routes("", false, rules).unwrap_err().kind()
}

const ENDPOINTS: [(&str, &str); 6] = [
    ("POST", "/auth/local"),
    ("POST", "/login"),
    ("POST", "/api/auth/token"),
    ("POST", "/tokens"),
    ("PATCH", "/tokens/a.b.c"),
    ("PATCH", "/tokens"),
];

#[test]
fn s26_only_the_very_method_and_path_is_an_endpoint() {
    let routes = routes("", false, &[]).unwrap();
    for (number, (method, path)) in ENDPOINTS.iter().enumerate() {
        assert_eq!(routes.sort(&method.parse().unwrap(), path), Route::Endpoint(number), "{method} {path}");
    }
    for (method, path) in [
        ("GET", "/login"),
        ("HEAD", "/login"),
        ("OPTIONS", "/login"),
        ("PUT", "/login"),
        ("post", "/login"),
        ("CONNECT", ""),
        ("OPTIONS", "*"),
        ("POST", "/login/"),
        ("POST", "//login"),
        ("POST", "/Login"),
        ("POST", "/login;a=b"),
        ("POST", "/%6cogin"),
        ("POST", "/login%00"),
        ("POST", "/./login"),
        ("POST", "/a/../login"),
        ("POST", "/login.json"),
        ("POST", "/tokens/a.b.c"),
        ("PATCH", "/tokens/"),
        ("PATCH", "/tokens/a/b"),
        ("PATCH", "/tokens//"),
        ("DELETE", "/tokens/a.b.c"),
        ("POST", "/api/auth/token/"),
    ] {
        assert_eq!(routes.sort(&method.parse().unwrap(), path), Route::Guarded, "{method} {path}");
    }
}

#[test]
fn s27_lenient_paths_take_one_slash_and_any_case() {
    let routes = routes("/api/v2", true, &[]).unwrap();
    let sort = |path: &str| routes.sort(&Method::POST, path);
    for path in ["/api/v2/login", "/api/v2/login/", "/API/V2/Login"] {
        assert_eq!(sort(path), Route::Endpoint(1), "{path}");
    }
    for path in ["/login", "/api/v2/login//", "/api/v2/loginx", "/api/v2/logi"] {
        assert_eq!(sort(path), Route::Guarded, "{path}");
    }
    assert_eq!(routes.sort(&Method::PATCH, "/API/v2/tokens/A.b.C/"), Route::Endpoint(4));
}

#[test]
fn s50_the_token_in_a_path_is_decoded_once() {
    let routes = routes("", false, &[]).unwrap();
    let token = |path: &'static str| routes.token(routes.served(4).unwrap(), path);
    assert_eq!(token("/tokens/a.b.c").as_deref(), Some("a.b.c"));
    assert_eq!(token("/tokens/a%2Eb.c").as_deref(), Some("a.b.c"));
    assert_eq!(token("/tokens/a%252Eb.c").as_deref(), Some("a%2Eb.c"));
    assert_eq!(token("/tokens/%ff"), None);
}

#[test]
fn rules_by_method_and_pattern() {
    let rules = [
        ("/health", Route::Public),
        ("GET /login", Route::Public),
        ("GET /assets/{*rest}", Route::Public),
        ("/feed/{id}", Route::Optional),
        ("GET /feed/top", Route::Public),
    ];
    let routes = routes("", false, &rules).unwrap();
    for (method, path, route) in [
        ("GET", "/health", Route::Public),
        ("DELETE", "/health", Route::Public),
        ("GET", "/health/", Route::Guarded),
        ("GET", "/login", Route::Public),
        ("HEAD", "/login", Route::Guarded),
        ("POST", "/login", Route::Endpoint(1)),
        ("GET", "/assets/a/b.js", Route::Public),
        ("GET", "/assets/", Route::Guarded),
        ("PUT", "/assets/a", Route::Guarded),
        ("POST", "/feed/1", Route::Optional),
        ("GET", "/feed/top", Route::Public),
        ("POST", "/feed/top", Route::Guarded),
        ("GET", "/feed/1/2", Route::Guarded),
        ("GET", "/", Route::Guarded),
    ] {
        assert_eq!(routes.sort(&method.parse().unwrap(), path), route, "{method} {path}");
    }
}

#[test]
fn s29_a_pattern_takes_no_path_that_others_read_otherwise() {
    let routes = routes("", false, &[("/assets/{*rest}", Route::Public)]).unwrap();
    for path in ["/assets/..;/admin", "/assets/..;v=1/admin", "/assets/.;/a", "/assets/;/a", "/assets/a/..;"] {
        assert_eq!(routes.sort(&Method::GET, path), Route::Guarded, "{path}");
    }
    for path in ["/assets/a;v=1/b", "/assets/a;", "/assets/...;/b"] {
        assert_eq!(routes.sort(&Method::GET, path), Route::Public, "{path}");
    }
}

#[test]
fn s67_a_path_is_shown_without_its_token() {
    let routes = routes("/v2", false, &[]).unwrap();
    for (path, shown) in [
        ("/v2/tokens/a.b.c", "/v2/tokens/"),
        ("/v2/tokens/a.b.c/", "/v2/tokens/"),
        ("/v2/tokens/a/b", "/v2/tokens/"),
        ("/V2/Tokens/a.b.c", "/v2/tokens/"),
        ("/v2/tokens/", "/v2/tokens/"),
        ("/v2/tokens", "/v2/tokens"),
        ("//v2/tokens/eyJh.b.c", "//v2/tokens/"),
        ("/tokens/eyJh.b.c", "/tokens/"),
        ("/api/v2/tokens/eyJh.b.c", "/api/v2/tokens/"),
        ("/v2/tokens%2FeyJh.b.c", "/v2/tokens%2F"),
        ("/v2/login", "/v2/login"),
        ("/notes/1", "/notes/1"),
        ("/", "/"),
    ] {
        assert_eq!(routes.shown(path), shown, "{path}");
    }
}

#[test]
fn bad_rules_do_not_build() {
    for rule in
        ["", "health", "GET", "GET health", "get /health", "GET  /x", "/a b", "/a?b", "/{", "/a{b}{c}", "/{*a}/b"]
    {
        assert_eq!(kind(&[(rule, Route::Public)]), BuildErrorKind::InvalidRoute, "{rule:?}");
    }
    for rules in [["/a", "/a"], ["/a", "GET /a"], ["GET /a", "GET /a"], ["/a/{x}", "/a/{y}"]] {
        let rules = rules.map(|rule| (rule, Route::Public));
        assert_eq!(kind(&rules), BuildErrorKind::OverlappingRoutes, "{rules:?}");
    }
    for rule in ["/login", "POST /login", "/{*rest}", "PATCH /tokens/{token}", "POST /{a}/{b}"] {
        assert_eq!(kind(&[(rule, Route::Public)]), BuildErrorKind::ShadowedEndpoint, "{rule:?}");
    }
}

proptest! {
    #[test]
    fn s27_no_other_path_is_taken_for_an_endpoint(path in "/?(tokens|login|api|auth|local|token|[./%;?A-z0-9]{0,4}|/){0,8}") {
        let routes = routes("", false, &[]).unwrap();
        let exact = ENDPOINTS.iter().any(|(method, known)| *method == "POST" && *known == path);
        prop_assert_eq!(matches!(routes.sort(&Method::POST, &path), Route::Endpoint(_)), exact);
    }

    #[test]
    fn s50_any_path_is_sorted_and_its_token_read_without_a_panic(method in "POST|PATCH|GET", path in "/?(tokens/)?\\PC{0,40}", lenient in any::<bool>()) {
        let routes = routes("", lenient, &[("/a/{b}", Route::Public), ("/c/{*d}", Route::Optional)]).unwrap();
        if let Route::Endpoint(number) = routes.sort(&method.parse().unwrap(), &path) {
            let _ = routes.token(routes.served(number).unwrap(), &path);
        }
        let _ = routes.shown(&path);
    }
}
