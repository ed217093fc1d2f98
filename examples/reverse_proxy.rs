//! Guards any upstream: logins are answered here, everything else is passed on with who asked.
//!
//! ```text
//! UPSTREAM=http://127.0.0.1:8000 cargo run --example reverse_proxy
//! curl -i http://127.0.0.1:3000/login -d username=ada -d 'password=correct horse'
//! curl -i http://127.0.0.1:3000/any/path -H "Authorization: Bearer $TOKEN"
//! ```
//! `PORT` (3000) in the environment chooses the port. The upstream has to listen where nobody else reaches it: it believes
//! `x-user`.

use std::net::SocketAddr;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode, Uri,
        header::{AUTHORIZATION, CONNECTION},
    },
    response::{IntoResponse, Response},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tower_auth::{
    Account, Algorithm, AuthLayer, BoxError, Identity, Query, SigningKey, StoredPassword, dialect::AuthToken,
};

#[derive(Clone)]
struct Upstream {
    base: Uri,
    client: Client<HttpConnector, Body>,
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let hash = StoredPassword::hash("correct horse")?;
    let auth = AuthLayer::builder().key(SigningKey::generate(Algorithm::Hs256)?).without(AuthToken::NAME).build(
        move |query: Query| {
            let ada = Account::new("ada", ()).password_hash(hash.as_str());
            let found = match query {
                Query::Login { identifier, .. } => identifier.as_str() == "ada",
                Query::Subject { id, .. } => id.as_str() == Some("ada"),
                _ => false,
            };
            async move { Ok::<_, BoxError>(found.then_some(ada)) }
        },
    )?;
    let base = std::env::var("UPSTREAM").unwrap_or_else(|_| "http://127.0.0.1:8000".into());
    let base: Uri = base.parse()?;
    if base.scheme().is_none() || base.path() != "/" {
        return Err(format!("UPSTREAM is {base}, and has to be as http://127.0.0.1:8000").into());
    }
    let upstream = Upstream { base, client: Client::builder(TokioExecutor::new()).build_http() };
    let app = Router::new().fallback(pass).with_state(upstream).layer(auth);

    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

async fn pass(State(upstream): State<Upstream>, identity: Identity<()>, mut request: Request) -> Response {
    let Some(uri) = upstream.uri(request.uri()) else { return StatusCode::BAD_REQUEST.into_response() };
    *request.uri_mut() = uri;
    request.headers_mut().remove(AUTHORIZATION); // the upstream needs no password and no token
    forget_claims(request.headers_mut());
    match HeaderValue::from_str(&identity.id().to_string()) {
        Ok(id) => request.headers_mut().insert("x-user", id),
        Err(_) => return StatusCode::BAD_REQUEST.into_response(),
    };
    match upstream.client.request(request).await {
        Ok(response) => response.map(Body::new),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

impl Upstream {
    /// The same path there. By its parts: put together as text, a path may become a part of the host's name.
    fn uri(&self, asked: &Uri) -> Option<Uri> {
        let mut parts = self.base.clone().into_parts();
        parts.path_and_query = asked.path_and_query().filter(|path| path.as_str().starts_with('/')).cloned();
        Uri::from_parts(parts).ok()
    }
}

/// Takes away what the client claims to be, also as `X_User`: for CGI, WSGI and FastCGI that is the same variable. And
/// `Connection`, by which it could have the upstream take `x-user` for one of the connection's own fields and drop it
/// (RFC 9110 §7.6.1).
fn forget_claims(headers: &mut HeaderMap) {
    let is_claim = |name: &HeaderName| name.as_str().replace('_', "-") == "x-user";
    let claims: Vec<_> = headers.keys().filter(|name| is_claim(name)).cloned().collect();
    for name in claims {
        headers.remove(name);
    }
    headers.remove(CONNECTION);
}
