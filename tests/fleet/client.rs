//! A client over TCP that keeps its connections.

use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, header};
use hyper_util::{
    client::legacy::{Client as Pool, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::Value;

/// A request, but for the server that it goes to.
#[derive(Clone)]
pub struct Call {
    method: Method,
    path: String,
    body: String,
    authorization: Option<String>,
    network: Option<String>,
}

impl Call {
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), body: String::new(), authorization: None, network: None }
    }

    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: &str) -> Self {
        Self::new(Method::POST, path)
    }

    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let field = |(name, value): &(&str, &str)| format!("{name}={}", value.replace(' ', "+"));
        self.body = fields.iter().map(field).collect::<Vec<_>>().join("&");
        self
    }

    pub fn body(mut self, text: &str) -> Self {
        text.clone_into(&mut self.body);
        self
    }

    pub fn bearer(mut self, token: &str) -> Self {
        self.authorization = Some(format!("Bearer {token}"));
        self
    }

    pub fn basic(mut self, user: &str, password: &str) -> Self {
        self.authorization = Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))));
        self
    }

    /// As the balancer that it comes through says.
    pub fn from(mut self, address: impl Into<String>) -> Self {
        self.network = Some(address.into());
        self
    }

    fn request(self, server: &str) -> Request<Full<Bytes>> {
        let mut request = Request::builder().method(self.method).uri(format!("{server}{}", self.path));
        if self.body.contains('=') {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(value) = self.authorization {
            request = request.header(header::AUTHORIZATION, value);
        }
        if let Some(address) = self.network {
            request = request.header("x-forwarded-for", address);
        }
        request.body(Full::from(self.body)).unwrap()
    }
}

pub struct Reply {
    pub status: u16,
    pub body: Value,
}

impl Reply {
    pub fn token(&self) -> String {
        self.body["token"].as_str().unwrap_or_else(|| panic!("{} {}", self.status, self.body)).to_owned()
    }
}

#[derive(Clone)]
pub struct Client(Pool<HttpConnector, Full<Bytes>>);

impl Client {
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self(Pool::builder(TokioExecutor::new()).build(connector))
    }

    /// `None` when the server went away.
    pub async fn send(&self, server: &str, call: Call) -> Option<Reply> {
        let response = self.0.request(call.request(server)).await.ok()?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.ok()?.to_bytes();
        Some(Reply { status, body: serde_json::from_slice(&body).unwrap_or_default() })
    }
}
