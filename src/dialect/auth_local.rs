//! The contract `auth_local`: `POST /auth/local`, as Strapi 3 serves it, or Strapi 4, and the logout of their
//! successors.

use std::time::Duration;

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    Answer, Dialect, Endpoint, Form, Grant, Granted, GuardRefused, HeaderOrder, Issue, LoginForm, Member, Operation,
    Refusal, Refused, identifier::is_email, path::sibling, strapi_4,
};
use crate::{Algorithm, BoxError, Identifier, RejectionKind, Subject, Timestamp, store::Rate};

/// `POST /auth/local` with `identifier` and `password`, answered by `{"jwt","user"}`.
///
/// | | |
/// |---|---|
/// | **Route** | `POST /auth/local`; with [`logout`](Self::logout) `POST /auth/logout` with the token as Bearer |
/// | **Accepts** | JSON, urlencoded, multipart: `identifier` (an e-mail address in any case, or a user name), `password` |
/// | **Grants** | 200 `{"jwt","user"}` with `X-RateLimit-*`; secret members of the user are left out; a logout 200 `{"ok":true}` |
/// | **Refuses** | 400 with `statusCode`, `error`, `message[].messages[].{id,message}` and `data` alike; 429 after 10 requests in 60 s; at logout 401 and 403 with `statusCode`, `error`, `message` |
/// | **Claims** | HS256: `id`, `iat`, `exp`; 2 592 000 s (30 days) |
///
/// [`strapi_4`](Self::strapi_4) is the same contract as the next version has it.
///
/// ```
/// use std::time::Duration;
///
/// use tower_auth::dialect::AuthLocal;
///
/// let contract = AuthLocal::new().path("/api/auth/local").lifetime(Duration::from_secs(86_400));
/// # let _ = contract;
/// ```
#[derive(Clone, Debug)]
pub struct AuthLocal {
    path: String,
    issue: Issue,
    logout: bool,
    edition: Edition,
}

/// Which version's refusals and rate it has. What is granted is the same in both.
#[derive(Clone, Copy, Debug)]
enum Edition {
    Strapi3,
    Strapi4,
}

impl Default for AuthLocal {
    fn default() -> Self {
        let issue = Issue::new(Algorithm::Hs256, HeaderOrder::AlgorithmFirst, Duration::from_secs(2_592_000));
        Self { path: "/auth/local".into(), issue, logout: false, edition: Edition::Strapi3 }
    }
}

impl AuthLocal {
    /// The contract's name.
    pub const NAME: &'static str = "auth_local";

    /// The contract as documented.
    pub fn new() -> Self {
        Self::default()
    }

    /// The contract as Strapi 4 serves it: at `/api/auth/local`, with refusals as
    /// `{"data":null,"error":{"status","name","message","details"}}`, and 429 after 5 requests in 300 s. Credentials,
    /// grants and claims are the same.
    ///
    /// ```
    /// use tower_auth::{AuthLayer, dialect::AuthLocal};
    ///
    /// let builder = AuthLayer::builder()
    ///     .dialect(AuthLocal::strapi_4()) // in place of the contract as documented
    ///     .refuse_like(AuthLocal::NAME); // guarded routes as well
    /// # let _ = builder;
    /// ```
    pub fn strapi_4() -> Self {
        Self { edition: Edition::Strapi4, ..Self::new().path("/api/auth/local") }
    }

    /// Moves it. Defaults to `/auth/local`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets how long tokens live, in whole seconds. Defaults to 30 days.
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

    /// Serves `POST /auth/logout` too, beside the login's own path: the token sent as Bearer is revoked. Defaults to no
    /// logout.
    pub fn logout(mut self) -> Self {
        self.logout = true;
        self
    }
}

impl Dialect for AuthLocal {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let logout = Endpoint::new(Method::POST, sibling(&self.path, "logout"), Operation::Logout);
        let login = Endpoint::new(Method::POST, &*self.path, Operation::Login);
        std::iter::once(login).chain(self.logout.then_some(logout)).collect()
    }

    fn issue(&self) -> Issue {
        self.issue.clone()
    }

    fn rate(&self) -> Option<Rate> {
        Some(match self.edition {
            Edition::Strapi3 => Rate::new(10, Duration::from_secs(60)),
            Edition::Strapi4 => Rate::new(5, Duration::from_secs(300)),
        })
    }

    fn read(&self, form: &Form) -> Result<LoginForm, Refusal> {
        let identifier = form.filled("identifier")?.ok_or(Refusal::MissingUserId)?;
        let password = form.filled("password")?.ok_or(Refusal::MissingPassword)?;
        let identifier = match is_email(identifier) {
            true => Identifier::Email(identifier.to_lowercase()),
            false => Identifier::Username(identifier.to_owned()),
        };
        Ok(LoginForm::new(identifier, password))
    }

    fn members(&self) -> Vec<Member> {
        vec![Member::new("identifier", "ada@example.com"), Member::secret("password", "correct horse")]
    }

    fn claims(&self, grant: &Grant<'_>) -> Result<Vec<u8>, BoxError> {
        let claims = Claims {
            id: grant.subject,
            iat: grant.issued_at,
            exp: grant.expires_at,
            iss: grant.common_issuer,
            aud: grant.audience,
        };
        Ok(serde_json::to_vec(&claims)?)
    }

    fn granted(&self, granted: &Granted<'_>) -> Answer {
        let body = Body { jwt: granted.token, user: granted.user };
        Answer::json(StatusCode::OK, &body).with_charset().with_rate(granted.rate)
    }

    fn logged_out(&self) -> Answer {
        Answer::json(StatusCode::OK, &LoggedOut { ok: true }).with_charset()
    }

    fn refused(&self, refused: &Refused<'_>) -> Answer {
        let answer = match self.edition {
            Edition::Strapi3 => refusal(refused.refusal),
            Edition::Strapi4 => strapi_4::refusal(refused.refusal),
        };
        answer.with_charset().with_rate(refused.rate)
    }

    fn guard_refused(&self, refused: &GuardRefused<'_>) -> Option<Answer> {
        let answer = match self.edition {
            Edition::Strapi3 => guard_refusal(refused.kind),
            Edition::Strapi4 => strapi_4::guard_refusal(refused.kind),
        };
        Some(answer.with_charset())
    }
}

/// The answer to a login that is granted.
#[derive(Serialize)]
struct Body<'a> {
    jwt: &'a str,
    user: &'a RawValue,
}

/// The answer to a logout.
#[derive(Serialize)]
struct LoggedOut {
    ok: bool,
}

/// A refusal that names its reason to a program.
#[derive(Serialize)]
struct Reasoned<'a> {
    #[serde(rename = "statusCode")]
    status_code: u16,
    error: &'static str,
    message: [Messages<'a>; 1],
    data: [Messages<'a>; 1],
}

#[derive(Clone, Copy, Serialize)]
struct Messages<'a> {
    messages: [Message<'a>; 1],
}

#[derive(Clone, Copy, Serialize)]
struct Message<'a> {
    id: &'a str,
    message: &'a str,
}

/// A refusal in words only.
#[derive(Serialize)]
struct Plain<'a> {
    #[serde(rename = "statusCode")]
    status_code: u16,
    error: &'static str,
    message: &'a str,
}

/// The refusal of a throttled request, which has no envelope.
#[derive(Serialize)]
struct Throttled<'a> {
    message: [Messages<'a>; 1],
}

#[derive(Serialize)]
struct Claims<'a> {
    id: &'a Subject,
    iat: Timestamp,
    exp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

fn refusal(refusal: Refusal) -> Answer {
    let (id, message) = match refusal {
        Refusal::MissingUserId => ("Auth.form.error.email.provide", "Please provide your username or your e-mail."),
        Refusal::MissingPassword => ("Auth.form.error.password.provide", "Please provide your password."),
        Refusal::InvalidCredentials | Refusal::UnknownUser | Refusal::WrongPassword | Refusal::NotText => {
            ("Auth.form.error.invalid", "Identifier or password invalid.")
        }
        Refusal::NoPassword => (
            "Auth.form.error.password.local",
            "This user never set a local password, please login with the provider used during account creation.",
        ),
        Refusal::UnconfirmedUser => ("Auth.form.error.confirmed", "Your account email is not confirmed"),
        Refusal::BlockedUser => ("Auth.form.error.blocked", "Your account has been blocked by an administrator"),
        Refusal::Throttled => {
            let message = "Too many attempts, please try again in a minute.";
            let body = Throttled { message: messages("Auth.form.error.ratelimit", message) };
            return Answer::json(StatusCode::TOO_MANY_REQUESTS, &body);
        }
        Refusal::MissingToken => return plain(StatusCode::FORBIDDEN, "Forbidden"),
        token if token.is_of_token() => return plain(StatusCode::UNAUTHORIZED, "Invalid token."),
        other => {
            let (status, message) = other.plainly();
            return plain(status, message);
        }
    };
    let body = Reasoned {
        status_code: 400,
        error: "Bad Request",
        message: messages(id, message),
        data: messages(id, message),
    };
    Answer::json(StatusCode::BAD_REQUEST, &body)
}

fn guard_refusal(kind: RejectionKind) -> Answer {
    let (status, message) = match kind {
        RejectionKind::MissingCredentials | RejectionKind::InsufficientScope | RejectionKind::CrossSite => {
            (StatusCode::FORBIDDEN, "Forbidden")
        }
        RejectionKind::UnknownUser => (StatusCode::UNAUTHORIZED, "User Not Found"),
        RejectionKind::BlockedUser => (StatusCode::UNAUTHORIZED, "Your account has been blocked by the administrator."),
        RejectionKind::UnconfirmedUser => (StatusCode::UNAUTHORIZED, "Your account email is not confirmed."),
        RejectionKind::Throttled => Refusal::Throttled.plainly(),
        RejectionKind::Unavailable | RejectionKind::Overloaded => {
            (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
        }
        _ => (StatusCode::UNAUTHORIZED, "Invalid token."),
    };
    plain(status, message)
}

fn messages<'a>(id: &'a str, message: &'a str) -> [Messages<'a>; 1] {
    [Messages { messages: [Message { id, message }] }]
}

fn plain(status: StatusCode, message: &str) -> Answer {
    let error = status.canonical_reason().unwrap_or_default();
    Answer::json(status, &Plain { status_code: status.as_u16(), error, message })
}
