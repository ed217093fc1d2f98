//! The whole service, with everything opted in: steps as clients take them, and any other request among them.
//!
//! Whoever reaches the inner service has shown a token that was granted and not ended, a ticket, or a name and a password
//! that were looked up; nobody is let in where a stranger may be, and nowhere else.
#![no_main]

use bytes::Bytes;
use http::{Request, request::Builder};
use http_body_util::Full;
use libfuzzer_sys::{arbitrary::Unstructured, fuzz_target};
use tower_auth::{AuthLayerBuilder, Clock, Timestamp, TokenCookie};
use tower_auth_fuzz::{
    Door, Reply,
    steps::{Place, Step},
    tokens,
};

fuzz_target!(|data: &[u8]| {
    let mut steps = Unstructured::new(data);
    let mut visitor = Visitor::new();
    while let Some(step) = (!steps.is_empty()).then(|| steps.arbitrary().ok()).flatten() {
        visitor.take(step);
    }
    visitor.still_comes_in();
});

fn opted_in(builder: AuthLayerBuilder) -> AuthLayerBuilder {
    builder
        .accept_bare_tokens()
        .token_header("x-access-token")
        .token_query("access_token")
        .token_cookie(TokenCookie::new("__Host-token"))
        .websocket_tokens()
        .tickets("/auth/ticket")
        .offer_basic()
        .allow_preflight()
        .max_sessions(3)
        .public("/health")
        .public("GET /assets/{*rest}")
        .optional("GET /feed")
}

struct Visitor {
    door: Door,
    /// Every token and ticket that was granted.
    tokens: Vec<String>,
    /// Those of them that logged out.
    ended: Vec<String>,
    /// The latest moment that the clock has shown. What was over by then may be forgotten, and no clock goes back so far.
    latest: u64,
}

impl Visitor {
    fn new() -> Self {
        Self { door: Door::new(opted_in), tokens: vec![tokens::good()], ended: Vec::new(), latest: tokens::NOW }
    }

    fn take(&mut self, step: Step<'_>) {
        match step {
            Step::Login { contract, name } => self.login(contract, name),
            Step::Visit { path, token, place } => {
                let token = self.token(token);
                let request = with_token(path, &token, place);
                self.judged(request.body(Full::default()));
            }
            Step::Basic { path, user_pass } => {
                let request = Request::get(path).header("authorization", tokens::basic(user_pass));
                self.judged(request.body(Full::default()));
            }
            Step::Refresh { token } => {
                let token = self.token(token);
                let reply = self.judged(Request::patch(format!("/tokens/{token}")).body(Full::default()));
                self.tokens.extend(reply.and_then(|reply| reply.token()));
            }
            Step::Logout { token } => {
                let token = self.token(token);
                let reply = self.judged(Request::delete(format!("/tokens/{token}")).body(Full::default()));
                self.ended.extend(reply.filter(|reply| reply.status == 204).map(|_| token));
            }
            Step::Ticket { token } => self.use_ticket(token),
            Step::Wait { minutes } => self.wait(minutes),
            Step::Any { method, uri, fields, body } => {
                let Ok(uri) = std::str::from_utf8(uri) else { return };
                let last = self.tokens.last().cloned().unwrap_or_default();
                let request = Request::builder().method(method).uri(uri.replace('@', &last));
                let field = |request: Builder, (name, value): (&str, &[u8])| {
                    request.header(name, value.split(|byte| *byte == b'@').collect::<Vec<_>>().join(last.as_bytes()))
                };
                let request = fields.into_iter().fold(request, field);
                self.judged(request.body(Full::new(Bytes::copy_from_slice(body))));
            }
        }
    }

    /// One that was granted before.
    fn token(&self, number: usize) -> String {
        self.tokens[number % self.tokens.len()].clone()
    }

    fn login(&mut self, contract: usize, name: &[u8]) {
        let name = String::from_utf8_lossy(name);
        let body = serde_json::json!({ "identifier": name, "username": name, "login": name, "password": "any" });
        let path = ["/auth/local", "/login", "/tokens", "/api/auth/token"][contract];
        let request = Request::post(path).header("content-type", "application/json");
        let request = match path {
            "/api/auth/token" => request.header("authorization", tokens::basic(format!("{name}:any").as_bytes())),
            _ => request,
        };
        let reply = self.judged(request.body(Full::from(body.to_string())));
        self.tokens.extend(reply.and_then(|reply| reply.token()));
    }

    /// A ticket counts once.
    fn use_ticket(&mut self, token: usize) {
        let token = self.token(token);
        let request = with_token("/auth/ticket", &token, Place::Bearer).method("POST");
        let Some(reply) = self.judged(request.body(Full::default())).filter(|reply| reply.status == 200) else {
            return;
        };
        let body: serde_json::Value = serde_json::from_slice(&reply.body).expect("JSON");
        let ticket = body["ticket"].as_str().expect("a ticket").to_owned();
        self.tokens.push(ticket.clone());
        let websocket = || Request::get(format!("/ws?ticket={ticket}")).header("upgrade", "websocket");
        let websocket = || websocket().header("connection", "upgrade").header("sec-fetch-site", "same-origin");
        let [first, second] = [(); 2].map(|()| self.judged(websocket().body(Full::default())).expect("a request"));
        assert!(first.inner().is_some() && second.inner().is_none(), "a ticket counts once: {first:?}, {second:?}");
    }

    fn wait(&mut self, minutes: i16) {
        let now = self.door.clock.now().unix_seconds().saturating_add_signed(i64::from(minutes) * 60);
        self.door.clock.set(Timestamp::from_unix_seconds(now));
        self.latest = self.latest.max(now);
    }

    /// Sends it, and judges whether it may have come in.
    fn judged(&self, request: http::Result<Request<Full<Bytes>>>) -> Option<Reply> {
        let request = request.ok()?;
        let (uri, headers) = (request.uri().clone(), request.headers().clone());
        let open = may_be_nobody(&request);
        let shows = |token: &String| {
            let token = token.as_bytes();
            let holds = |text: &[u8]| memchr::memmem::find(text, token).is_some();
            holds(uri.to_string().as_bytes()) || headers.values().any(|value| holds(value.as_bytes()))
        };
        let reply = self.door.send(request);
        let asked = self.door.asked();
        match reply.inner() {
            None => {}
            Some("nobody") => assert!(open, "nobody was let in at {uri}"),
            Some(_) if !asked.is_empty() => {}
            Some(id) => {
                let shown: Vec<&String> = self.tokens.iter().filter(|token| shows(token)).collect();
                assert!(!shown.is_empty(), "{id} was let in at {uri} with nothing: {headers:?}");
                let over =
                    shown.iter().all(|token| self.ended.contains(token) && self.latest < tokens::expires_at(token));
                assert!(!over, "{id} was let in at {uri} by a token that logged out");
            }
        }
        Some(reply)
    }

    /// Whatever happened: who logs in is let in.
    fn still_comes_in(&mut self) {
        self.login(2, b"ada");
        let token = self.tokens.last().expect("the good one at least").clone();
        assert!(self.door.bearer(&token).inner().is_some(), "who has just logged in is not let in");
    }
}

/// Whether a stranger may come in.
fn may_be_nobody(request: &Request<Full<Bytes>>) -> bool {
    let path = request.uri().path();
    let preflight = ["origin", "access-control-request-method"]
        .iter()
        .all(|name| request.headers().get(*name).is_some_and(|value| !value.is_empty()));
    match request.method().as_str() {
        "OPTIONS" if preflight => true,
        "GET" => path == "/feed" || path == "/health" || path.starts_with("/assets/") && !path.contains(".."),
        _ => path == "/health",
    }
}

fn with_token(path: &str, token: &str, place: Place) -> Builder {
    let get = Request::get(path);
    match place {
        Place::Bearer => get.header("authorization", format!("Bearer {token}")),
        Place::Bare => get.header("authorization", token),
        Place::Header => get.header("x-access-token", token),
        Place::Query => Request::get(format!("{path}?access_token={token}")),
        Place::Cookie => get.header("cookie", format!("__Host-token={token}")),
        Place::Protocol => get
            .header("upgrade", "websocket")
            .header("connection", "upgrade")
            .header("sec-websocket-protocol", format!("chat, bearer, {token}")),
    }
}
