//! A login contract outside the crate: the answers of RFC 6749 §5, for clients that already speak them.
//!
//! ```text
//! cargo run --example custom_dialect
//! curl -i http://127.0.0.1:3000/oauth/token -d grant_type=password -d username=ada -d 'password=correct horse'
//! curl -i http://127.0.0.1:3000/me -H "Authorization: Bearer $TOKEN"
//! ```
//! `PORT` (3000) in the environment chooses the port.

use axum::{
    Router,
    http::{Method, StatusCode},
    routing::get,
};
use serde::Serialize;
use tower_auth::{
    Account, Algorithm, AuthLayer, BoxError, CurrentUser, HeaderOrder, Identifier, Query, SigningKey, StoredPassword,
    dialect::{
        Answer, AuthLocal, AuthToken, Dialect, Endpoint, Form, Grant, Granted, Issue, Login, LoginForm, Member,
        Operation, Refusal, Refused, Tokens,
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
        Issue::new(Algorithm::EdDsa, HeaderOrder::AlgorithmFirst, 900)
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
        #[derive(Serialize)]
        struct Claims<'a> {
            sub: String,
            iat: i64,
            exp: i64,
            jti: &'a str,
        }
        let Grant { issued_at: iat, expires_at: exp, token_id: jti, .. } = *grant;
        Ok(serde_json::to_vec(&Claims { sub: grant.subject.to_string(), iat, exp, jti })?)
    }

    fn granted(&self, granted: &Granted<'_>) -> Answer {
        #[derive(Serialize)]
        struct Body<'a> {
            access_token: &'a str,
            token_type: &'a str,
            expires_in: i64,
        }
        let expires_in = granted.grant.expires_at - granted.grant.issued_at;
        Answer::json(StatusCode::OK, &Body { access_token: granted.token, token_type: "Bearer", expires_in })
    }

    fn refused(&self, refused: &Refused<'_>) -> Answer {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
        }
        let (status, error) = match refused.refusal {
            Refusal::InvalidCredentials | Refusal::Blocked | Refusal::Unconfirmed => {
                (StatusCode::BAD_REQUEST, "invalid_grant")
            }
            Refusal::MissingUserId | Refusal::MissingPassword => (StatusCode::BAD_REQUEST, "invalid_request"),
            other => (other.plainly().0, "invalid_request"),
        };
        Answer::json(status, &Body { error })
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let hash = StoredPassword::hash("correct horse")?;
    let auth = AuthLayer::builder()
        .key(SigningKey::generate(Algorithm::EdDsa)?)
        .dialect(PasswordGrant)
        .without(AuthLocal::NAME)
        .without(Login::NAME)
        .without(AuthToken::NAME)
        .without(Tokens::NAME)
        .build(move |query: Query| {
            let hash = hash.clone();
            async move {
                Ok::<_, BoxError>(match query {
                    Query::Login { identifier, .. } if identifier.as_str() == "ada" => {
                        Some(Account::new("ada", "Ada").password_hash(hash))
                    }
                    Query::Subject { id, .. } if id.as_text() == Some("ada") => Some(Account::new("ada", "Ada")),
                    _ => None,
                })
            }
        })?;
    let app = Router::new().route("/me", get(async |user: CurrentUser<&'static str>| *user)).layer(auth);
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
