//! A login contract outside the crate: the answers of RFC 6749 §5, for clients that already speak them.
//!
//! ```text
//! cargo run --example custom_dialect
//! curl -i http://127.0.0.1:3000/oauth/token -d grant_type=password -d username=ada -d 'password=correct horse'
//! curl -i http://127.0.0.1:3000/me -H "Authorization: Bearer $TOKEN"
//! ```
//! `PORT` (3000) in the environment chooses the port.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    http::{Method, StatusCode},
    routing::get,
};
use serde_json::json;
use tower_auth::{
    Account, Algorithm, AuthLayer, BoxError, CurrentUser, Identifier, Query, SigningKey, StoredPassword,
    dialect::{
        Answer, Dialect, Endpoint, Form, Grant, Granted, HeaderOrder, Issue, LoginForm, Member, Operation, Refusal,
        Refused,
    },
};

/// `POST /oauth/token` with `username` and `password`, answered by `{"access_token","token_type","expires_in"}`.
struct PasswordGrant;

impl Dialect for PasswordGrant {
    fn name(&self) -> &'static str {
        "password_grant"
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        vec![Endpoint::new(Method::POST, "/oauth/token", Operation::Login)]
    }

    fn issue(&self) -> Issue {
        Issue::new(Algorithm::EdDsa, HeaderOrder::AlgorithmFirst, Duration::from_secs(900))
    }

    fn read(&self, form: &Form) -> Result<LoginForm, Refusal> {
        let username = form.filled("username")?.ok_or(Refusal::MissingUserId)?;
        let password = form.filled("password")?.ok_or(Refusal::MissingPassword)?;
        Ok(LoginForm::new(Identifier::Username(username.to_owned()), password))
    }

    fn members(&self) -> Vec<Member> {
        vec![Member::new("username", "ada"), Member::secret("password", "correct horse")]
    }

    fn claims(&self, grant: &Grant<'_>) -> Result<Vec<u8>, BoxError> {
        let Grant { subject, issued_at: iat, expires_at: exp, token_id: jti, .. } = *grant;
        Ok(serde_json::to_vec(&json!({ "sub": subject.to_string(), "iat": iat, "exp": exp, "jti": jti }))?)
    }

    fn granted(&self, granted: &Granted<'_>) -> Answer {
        let Granted { grant, token, .. } = granted;
        let expires_in = grant.expires_at.duration_since(grant.issued_at).as_secs();
        Answer::json(
            StatusCode::OK,
            &json!({ "access_token": token, "token_type": "Bearer", "expires_in": expires_in }),
        )
    }

    fn refused(&self, refused: &Refused<'_>) -> Answer {
        let (status, error) = match refused.refusal {
            Refusal::InvalidCredentials | Refusal::BlockedUser | Refusal::UnconfirmedUser => {
                (StatusCode::BAD_REQUEST, "invalid_grant")
            }
            Refusal::MissingUserId | Refusal::MissingPassword => (StatusCode::BAD_REQUEST, "invalid_request"),
            other => (other.status(), "invalid_request"),
        };
        Answer::json(status, &json!({ "error": error }))
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let hash = StoredPassword::hash("correct horse")?;
    let auth = AuthLayer::builder()
        .key(SigningKey::generate(Algorithm::EdDsa)?)
        .without_contracts()
        .dialect(PasswordGrant)
        .build(move |query: Query| {
            let found = match query {
                Query::Login { identifier, .. } => identifier.as_str() == "ada",
                Query::Subject { id, .. } => id.as_str() == Some("ada"),
                _ => false,
            };
            let account = found.then(|| Account::new("ada", "Ada").password_hash(hash.as_str()));
            async move { Ok::<_, BoxError>(account) }
        })?;
    let app = Router::new().route("/me", get(async |user: CurrentUser<&'static str>| *user)).layer(auth);
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}
