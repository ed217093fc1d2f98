//! The contract `login`: `POST /login`, as a small Express API serves it.

use std::time::Duration;

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    Answer, Dialect, Endpoint, Form, Grant, Granted, GuardRefused, HeaderOrder, Issue, LoginForm, Member, Operation,
    Redaction, Refusal, Refused, path::sibling,
};
use crate::{Algorithm, BoxError, Identifier, RejectionKind, Subject, Timestamp};

/// `POST /login` with `username` and `password`, answered by `{"user","token","tokenExpire","tokenIssuedAt"}`.
///
/// | | |
/// |---|---|
/// | **Route** | `POST /login`; with [`logout`](Self::logout) `GET /logout` and `POST /logout` with the token as Bearer |
/// | **Accepts** | JSON, urlencoded, multipart: `username`, `password` |
/// | **Grants** | 200 `{"user","token","tokenExpire","tokenIssuedAt"}`, unix seconds; `password`, `salt` and `tokenExpire` of the user are `null`; a logout 200 `{"message"}` |
/// | **Refuses** | 404 for unknown users and wrong passwords, 403 for blocked ones, 400 otherwise, 401 at logout, all `{"message"}` |
/// | **Claims** | HS256: `id`, `username`, `iat`, `exp`; 388 800 s (4.5 days) |
///
/// ```
/// use std::time::Duration;
///
/// use tower_auth::dialect::Login;
///
/// let contract = Login::new().path("/sign-in").lifetime(Duration::from_secs(3_600));
/// # let _ = contract;
/// ```
#[derive(Clone, Debug)]
pub struct Login {
    path: String,
    issue: Issue,
    logout: bool,
}

impl Default for Login {
    fn default() -> Self {
        let issue = Issue::new(Algorithm::Hs256, HeaderOrder::AlgorithmFirst, Duration::from_secs(388_800));
        Self { path: "/login".into(), issue, logout: false }
    }
}

impl Login {
    /// The contract's name.
    pub const NAME: &'static str = "login";

    /// The contract as documented.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves it. Defaults to `/login`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets how long tokens live, in whole seconds. Defaults to 4.5 days.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.issue.lifetime = lifetime;
        self
    }

    /// Sets the algorithm that signs. Defaults to HS256.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.issue.algorithm = algorithm;
        self
    }

    /// Sets the name of the key that signs. Defaults to the key of the algorithm that was added last.
    pub fn key_id(mut self, key_id: impl Into<String>) -> Self {
        self.issue.key_id = Some(key_id.into());
        self
    }

    /// Serves `GET /logout` and `POST /logout` too, beside the login's own path: the token sent as Bearer is revoked.
    /// Defaults to no logout.
    pub fn logout(mut self) -> Self {
        self.logout = true;
        self
    }
}

impl Dialect for Login {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let logout = |method| Endpoint::new(method, sibling(&self.path, "logout"), Operation::Logout);
        let login = Endpoint::new(Method::POST, &*self.path, Operation::Login);
        let logouts = [Method::GET, Method::POST].map(logout).into_iter().filter(|_| self.logout);
        std::iter::once(login).chain(logouts).collect()
    }

    fn issue(&self) -> Issue {
        self.issue.clone()
    }

    fn redaction(&self) -> Redaction {
        Redaction::null(&["password", "salt", "tokenExpire"])
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
        let claims = Claims {
            id: grant.subject,
            username: grant.username,
            iat: grant.issued_at,
            exp: grant.expires_at,
            iss: grant.common_issuer,
            aud: grant.audience,
        };
        Ok(serde_json::to_vec(&claims)?)
    }

    fn granted(&self, granted: &Granted<'_>) -> Answer {
        let body = Body {
            user: granted.user,
            token: granted.token,
            token_expire: granted.grant.expires_at,
            token_issued_at: granted.grant.issued_at,
        };
        Answer::json(StatusCode::OK, &body).with_charset()
    }

    fn logged_out(&self) -> Answer {
        message_only(StatusCode::OK, "Logged out")
    }

    fn refused(&self, refused: &Refused<'_>) -> Answer {
        let (status, message) = match refused.refusal {
            Refusal::InvalidCredentials => (StatusCode::NOT_FOUND, "Username or password is not correct"),
            Refusal::UnknownUser => (StatusCode::NOT_FOUND, "No user exists with such username"),
            Refusal::WrongPassword | Refusal::NoPassword => (StatusCode::BAD_REQUEST, "Password is not correct"),
            Refusal::MissingToken => (StatusCode::UNAUTHORIZED, "Require authentication token for request."),
            token if token.is_of_token() => (StatusCode::UNAUTHORIZED, "Invalid token for request"),
            other => other.plainly(),
        };
        message_only(status, message)
    }

    fn guard_refused(&self, refused: &GuardRefused<'_>) -> Option<Answer> {
        let (status, message) = match refused.kind {
            RejectionKind::MissingCredentials => {
                (StatusCode::UNAUTHORIZED, "Require authentication token for request.")
            }
            RejectionKind::InsufficientScope | RejectionKind::CrossSite => (StatusCode::FORBIDDEN, "Forbidden"),
            RejectionKind::Throttled => Refusal::Throttled.plainly(),
            RejectionKind::Unavailable | RejectionKind::Overloaded => {
                (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            _ => (StatusCode::UNAUTHORIZED, "Invalid token for request"),
        };
        Some(message_only(status, message))
    }
}

/// The answer to a login that is granted.
#[derive(Serialize)]
struct Body<'a> {
    user: &'a RawValue,
    token: &'a str,
    #[serde(rename = "tokenExpire")]
    token_expire: Timestamp,
    #[serde(rename = "tokenIssuedAt")]
    token_issued_at: Timestamp,
}

/// Every refusal, and the answer to a logout.
#[derive(Serialize)]
struct Message<'a> {
    message: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    id: &'a Subject,
    username: &'a str,
    iat: Timestamp,
    exp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

fn message_only(status: StatusCode, message: &str) -> Answer {
    Answer::json(status, &Message { message }).with_charset()
}
