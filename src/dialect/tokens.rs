//! The contract `tokens`: `POST /tokens` and `PATCH /tokens/{token}`, as ThinkSNS Plus serves them.

use std::time::Duration;

use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    Answer, Dialect, Endpoint, Form, FormError, Grant, Granted, GuardRefused, HeaderOrder, Issue, LoginForm, Member,
    Operation, Refusal, Refused,
    identifier::{is_china_mobile, is_email, is_name},
};
use crate::{Algorithm, BoxError, Identifier, RejectionKind, Subject, Timestamp, store::Rate};

/// `POST /tokens` with `login` and `password`, answered by `{"token","user","ttl","refresh_ttl"}`, and
/// `PATCH /tokens/{token}` to refresh.
///
/// | | |
/// |---|---|
/// | **Route** | `POST /tokens`; `PATCH /tokens/{token}`, or `PATCH /tokens` with the token as Bearer; with [`logout`](Self::logout) `DELETE` of the same |
/// | **Accepts** | JSON, urlencoded, multipart: `login` (e-mail, mobile of China, name or numeric id; trimmed), `password` |
/// | **Grants** | 201 `{"token","user","ttl","refresh_ttl"}`, minutes; a refresh the same without `user`; a logout 204 |
/// | **Refuses** | 422 `{"login":[…]}` or `{"password":[…]}` at login, 401 `{"message":[…]}` at refresh and logout, a wrong password in Chinese as its document has it (`密码错误`); 429 after 60 requests in 60 s |
/// | **Claims** | HS256: `sub`, `iss`, `iat`, `exp`, `nbf`, `jti`; 20 160 minutes (14 days), refresh for 40 320 (28 days) from the first `iat` |
///
/// ```
/// use std::time::Duration;
///
/// use tower_auth::dialect::Tokens;
///
/// let (hour, week) = (Duration::from_secs(60 * 60), Duration::from_secs(7 * 24 * 60 * 60));
/// let contract = Tokens::new().path("/api/v2/tokens").ttl(hour).refresh_ttl(week);
/// # let _ = contract;
/// ```
#[derive(Clone, Debug)]
pub struct Tokens {
    path: String,
    issue: Issue,
    logout: bool,
}

impl Default for Tokens {
    fn default() -> Self {
        let mut issue = Issue::new(Algorithm::Hs256, HeaderOrder::TypeFirst, MINUTE * 20_160);
        issue.refresh_window = Some(MINUTE * 40_320);
        issue.unit = MINUTE;
        issue.issuer = Some("tower-auth".into());
        Self { path: "/tokens".into(), issue, logout: false }
    }
}

impl Tokens {
    /// The contract's name.
    pub const NAME: &'static str = "tokens";

    /// The contract as documented.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves it. Defaults to `/tokens`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets how long tokens live, in whole minutes, which answers count. Defaults to 14 days.
    pub fn ttl(mut self, lifetime: Duration) -> Self {
        self.issue.lifetime = lifetime;
        self
    }

    /// Sets how long after the login a token can be refreshed, in whole minutes. What was revoked is forgotten when this
    /// is over: before you lengthen it, set [`longest_token`](crate::AuthLayerBuilder::longest_token) to the new length,
    /// for as long as the old one. Defaults to 28 days.
    pub fn refresh_ttl(mut self, window: Duration) -> Self {
        self.issue.refresh_window = Some(window);
        self
    }

    /// Counts `refresh_ttl` from the last refresh instead of the login, so that a session in use has no end.
    ///
    /// Nor has a stolen one: a thief who refreshes goes on until the owner refreshes the same token (which revokes the
    /// family), logs out, or is revoked or blocked. With the window from the login, a theft ends when that does.
    pub fn sliding_refresh(mut self) -> Self {
        self.issue.sliding = true;
        self
    }

    /// Sets the claim `iss`, unless the builder sets one for all. Defaults to `tower-auth`.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issue.issuer = Some(issuer.into());
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

    /// Serves `DELETE /tokens/{token}` and `DELETE /tokens` too: the token in the path or sent as Bearer is revoked,
    /// with all that it was refreshed from and for. Defaults to no logout.
    pub fn logout(mut self) -> Self {
        self.logout = true;
        self
    }
}

impl Dialect for Tokens {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let of_token = |method: Method, operation| {
            let in_path = Endpoint::new(method.clone(), format!("{}/{{token}}", self.path), operation);
            [in_path, Endpoint::new(method, &*self.path, operation)]
        };
        let login = Endpoint::new(Method::POST, &*self.path, Operation::Login);
        let logouts = of_token(Method::DELETE, Operation::Logout).into_iter().filter(|_| self.logout);
        std::iter::once(login).chain(of_token(Method::PATCH, Operation::Refresh)).chain(logouts).collect()
    }

    fn issue(&self) -> Issue {
        self.issue.clone()
    }

    fn rate(&self) -> Option<Rate> {
        Some(Rate::new(60, MINUTE))
    }

    fn read(&self, form: &Form) -> Result<LoginForm, Refusal> {
        let login = text(form, "login", Refusal::MissingUserId)?.trim();
        let password = text(form, "password", Refusal::MissingPassword)?;
        match login {
            "" => Err(Refusal::MissingUserId),
            login => Ok(LoginForm::new(identifier(login), password)),
        }
    }

    fn members(&self) -> Vec<Member> {
        vec![Member::new("login", "ada"), Member::secret("password", "correct horse")]
    }

    fn claims(&self, grant: &Grant<'_>) -> Result<Vec<u8>, BoxError> {
        let claims = Claims {
            sub: grant.subject,
            iss: grant.issuer,
            iat: grant.issued_at,
            exp: grant.expires_at,
            nbf: grant.not_before,
            jti: grant.token_id,
            aud: grant.audience,
        };
        Ok(serde_json::to_vec(&claims)?)
    }

    fn granted(&self, granted: &Granted<'_>) -> Answer {
        let body = Body {
            token: granted.token,
            user: (granted.operation == Operation::Login).then_some(granted.user),
            ttl: minutes(self.issue.lifetime),
            refresh_ttl: minutes(self.issue.refresh_window.unwrap_or_default()),
        };
        Answer::json(StatusCode::CREATED, &body)
    }

    fn refused(&self, refused: &Refused<'_>) -> Answer {
        let (status, text) = match refused.refusal {
            Refusal::MissingUserId => return login(StatusCode::UNPROCESSABLE_ENTITY, "请输入账号"),
            Refusal::MissingPassword => return password("请输入密码"),
            Refusal::UnknownUser => return login(StatusCode::NOT_FOUND, "用户不存在"),
            Refusal::InvalidCredentials | Refusal::WrongPassword | Refusal::NoPassword => {
                return password("密码错误");
            }
            Refusal::BlockedUser | Refusal::UnconfirmedUser => (StatusCode::UNPROCESSABLE_ENTITY, "你已被禁止登陆"),
            Refusal::Throttled => {
                return message(StatusCode::TOO_MANY_REQUESTS, "Too Many Attempts.").with_rate(refused.rate);
            }
            Refusal::Failed if refused.operation == Operation::Login => {
                (StatusCode::INTERNAL_SERVER_ERROR, "Failed to create token.")
            }
            Refusal::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "Failed to refresh token."),
            Refusal::MissingToken => (StatusCode::UNAUTHORIZED, "Token not provided"),
            Refusal::MalformedToken => (StatusCode::UNAUTHORIZED, "Wrong number of segments"),
            Refusal::InvalidSignature | Refusal::ForeignToken => {
                (StatusCode::UNAUTHORIZED, "Token Signature could not be verified.")
            }
            Refusal::MissingClaim => (StatusCode::UNAUTHORIZED, "JWT payload does not contain the required claims"),
            Refusal::EarlyToken => (StatusCode::UNAUTHORIZED, "Not Before (nbf) timestamp cannot be in the future"),
            Refusal::RefreshWindowPassed => {
                (StatusCode::UNAUTHORIZED, "Token has expired and can no longer be refreshed")
            }
            Refusal::RevokedToken => (StatusCode::UNAUTHORIZED, "The token has been blacklisted"),
            Refusal::UserGone => (StatusCode::UNAUTHORIZED, "User not found"),
            other => other.plainly(),
        };
        message(status, text)
    }

    fn guard_refused(&self, refused: &GuardRefused<'_>) -> Option<Answer> {
        let (status, text) = match refused.kind {
            RejectionKind::InsufficientScope | RejectionKind::CrossSite => (StatusCode::FORBIDDEN, "Forbidden"),
            RejectionKind::Throttled => (StatusCode::TOO_MANY_REQUESTS, "Too Many Attempts."),
            RejectionKind::Unavailable | RejectionKind::Overloaded => {
                (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
            _ => (StatusCode::UNAUTHORIZED, "Unauthenticated."),
        };
        Some(message(status, text))
    }
}

/// The contract counts in minutes.
const MINUTE: Duration = Duration::from_secs(60);

fn minutes(length: Duration) -> u64 {
    length.as_secs() / MINUTE.as_secs()
}

/// The answer to a login, and without the user to a refresh.
#[derive(Serialize)]
struct Body<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a RawValue>,
    ttl: u64,
    refresh_ttl: u64,
}

/// A refusal under the member it is about.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Texts<'a> {
    Login([&'a str; 1]),
    Password([&'a str; 1]),
    Message([&'a str; 1]),
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a Subject,
    iss: Option<&'a str>,
    iat: Timestamp,
    exp: Timestamp,
    nbf: Timestamp,
    jti: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

/// The text of a member; what is not text is refused under the member's own name, like one that is missing.
fn text<'a>(form: &'a Form, name: &str, missing: Refusal) -> Result<&'a str, Refusal> {
    match form.filled(name) {
        Ok(text) => text.ok_or(missing),
        Err(FormError::NotText) => Err(missing),
        Err(error) => Err(error.into()),
    }
}

/// The column that `login` belongs to, by its looks.
fn identifier(login: &str) -> Option<Identifier> {
    let text = login.to_owned();
    if is_email(login) {
        Some(Identifier::Email(text))
    } else if is_china_mobile(login) {
        Some(Identifier::Phone(text))
    } else if is_name(login) {
        Some(Identifier::Username(text))
    } else {
        login.bytes().all(|byte| byte.is_ascii_digit()).then_some(Identifier::Id(text))
    }
}

fn login(status: StatusCode, text: &str) -> Answer {
    Answer::json(status, &Texts::Login([text]))
}

fn password(text: &str) -> Answer {
    Answer::json(StatusCode::UNPROCESSABLE_ENTITY, &Texts::Password([text]))
}

fn message(status: StatusCode, text: &str) -> Answer {
    Answer::json(status, &Texts::Message([text]))
}
