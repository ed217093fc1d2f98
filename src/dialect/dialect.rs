//! `Dialect`, and the plain types it speaks in.

use std::{fmt, time::Duration};

use http::{Method, StatusCode};
use serde_json::value::RawValue;

use super::{Answer, Form, HeaderOrder, Member, Operation, Redaction, Refusal};
use crate::{
    Algorithm, BoxError, Identifier, Password, RejectionKind, Subject, Timestamp,
    store::{Rate, RateCount},
    token::Window,
};

/// One login contract: where it is served, what it reads, and what it answers, to the byte.
///
/// # What implementers owe
///
/// Every method is a pure function of the dialect and its arguments, and does not panic. Answers to refusals tell no
/// more than the [`Refusal`] does, and none repeats what the client sent.
///
/// `examples/custom_dialect.rs` in the repository is a whole contract outside this crate, with its server.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use http::{Method, StatusCode};
/// use serde_json::json;
/// use tower_auth::{
///     Account, Algorithm, AuthLayer, BoxError, Identifier, Query, SigningKey,
///     dialect::{
///         Answer, AuthToken, Dialect, Endpoint, Form, Grant, Granted, HeaderOrder, Issue, LoginForm, Operation,
///         Refusal, Refused,
///     },
/// };
///
/// /// `POST /enter` with `name` and `word`, answered by `{"pass"}` or by a bare status.
/// struct Enter;
///
/// impl Dialect for Enter {
///     fn name(&self) -> &'static str {
///         "enter"
///     }
///
///     fn endpoints(&self) -> Vec<Endpoint> {
///         vec![Endpoint::new(Method::POST, "/enter", Operation::Login)]
///     }
///
///     fn issue(&self) -> Issue {
///         Issue::new(Algorithm::Hs256, HeaderOrder::AlgorithmFirst, Duration::from_secs(900))
///     }
///
///     fn read(&self, form: &Form) -> Result<LoginForm, Refusal> {
///         let name = form.filled("name")?.ok_or(Refusal::MissingUserId)?;
///         let word = form.filled("word")?.ok_or(Refusal::MissingPassword)?;
///         Ok(LoginForm::new(Identifier::Username(name.to_owned()), word))
///     }
///
///     fn claims(&self, grant: &Grant<'_>) -> Result<Vec<u8>, BoxError> {
///         let Grant { subject, issued_at: iat, expires_at: exp, .. } = *grant;
///         Ok(serde_json::to_vec(&json!({ "sub": subject.to_string(), "iat": iat, "exp": exp }))?)
///     }
///
///     fn granted(&self, granted: &Granted<'_>) -> Answer {
///         Answer::json(StatusCode::OK, &json!({ "pass": granted.token }))
///     }
///
///     fn refused(&self, refused: &Refused<'_>) -> Answer {
///         Answer::empty(refused.refusal.status())
///     }
/// }
///
/// # fn main() -> Result<(), BoxError> {
/// let auth = AuthLayer::builder()
///     .key(SigningKey::hs256("a secret that is 32 bytes or longer")?)
///     .dialect(Enter)
///     .without(AuthToken::NAME)
///     .build(async |_: Query| Ok::<Option<Account<()>>, BoxError>(None))?;
/// assert_eq!(auth.explain(&Method::POST, "/enter").to_string(), "endpoint: login of the contract enter");
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no login contract",
    label = "expected a `Dialect`",
    note = "the documented ones are `AuthLocal::new()`, `Login::new()`, `AuthToken::new()` and `Tokens::new()`, and are served without asking; leave one out with `.without(Login::NAME)`"
)]
pub trait Dialect: Send + Sync + 'static {
    /// A stable name, for `without`, `refuse_like`, logs and counters.
    fn name(&self) -> &'static str;

    /// Where it is served.
    fn endpoints(&self) -> Vec<Endpoint>;

    /// How its tokens are issued.
    fn issue(&self) -> Issue;

    /// How many logins by form it admits of one client. Defaults to any number.
    fn rate(&self) -> Option<Rate> {
        None
    }

    /// What becomes of secret members in its user objects. Defaults to taking them out.
    fn redaction(&self) -> Redaction {
        Redaction::remove()
    }

    /// The credentials in a form. Defaults to none, for contracts that read no form.
    ///
    /// # Errors
    ///
    /// When they are not in it, or not as text.
    fn read(&self, form: &Form) -> Result<LoginForm, Refusal> {
        let _ = form;
        Err(Refusal::MissingUserId)
    }

    /// The members of a form that [`read`](Self::read) looks at, for documents such as OpenAPI. Defaults to none, for
    /// contracts that read no form; a form is then documented without its members.
    fn members(&self) -> Vec<Member> {
        Vec::new()
    }

    /// The claims of a token: one JSON object, its members in the contract's order.
    ///
    /// Tokens that can be refreshed need `sub`, `iss`, `iat`, `exp`, `nbf` and `jti`, each as granted: by these the
    /// next refresh knows them, and the session store names them. A contract without refresh leaves `nbf` or `jti` out:
    /// any contract that refreshes tokens of its algorithm would take its tokens for its own, and `build()` refuses
    /// that. A token that names scopes or roles is renewed and
    /// refreshed only where these claims name the same.
    ///
    /// # Errors
    ///
    /// When they cannot be written. The request is answered by [`Refusal::Failed`].
    fn claims(&self, grant: &Grant<'_>) -> Result<Vec<u8>, BoxError>;

    /// The answer that carries a token.
    fn granted(&self, granted: &Granted<'_>) -> Answer;

    /// The answer to a logout. Defaults to 204 without a body.
    fn logged_out(&self) -> Answer {
        Answer::empty(StatusCode::NO_CONTENT)
    }

    /// The answer to a refused or failed request.
    fn refused(&self, refused: &Refused<'_>) -> Answer;

    /// The answer of a guarded route to a refused request, under `refuse_like`. Defaults to the neutral form.
    fn guard_refused(&self, refused: &GuardRefused<'_>) -> Option<Answer> {
        let _ = refused;
        None
    }
}

impl<D: Dialect + ?Sized> Dialect for Box<D> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        (**self).endpoints()
    }

    fn issue(&self) -> Issue {
        (**self).issue()
    }

    fn rate(&self) -> Option<Rate> {
        (**self).rate()
    }

    fn redaction(&self) -> Redaction {
        (**self).redaction()
    }

    fn read(&self, form: &Form) -> Result<LoginForm, Refusal> {
        (**self).read(form)
    }

    fn members(&self) -> Vec<Member> {
        (**self).members()
    }

    fn claims(&self, grant: &Grant<'_>) -> Result<Vec<u8>, BoxError> {
        (**self).claims(grant)
    }

    fn granted(&self, granted: &Granted<'_>) -> Answer {
        (**self).granted(granted)
    }

    fn logged_out(&self) -> Answer {
        (**self).logged_out()
    }

    fn refused(&self, refused: &Refused<'_>) -> Answer {
        (**self).refused(refused)
    }

    fn guard_refused(&self, refused: &GuardRefused<'_>) -> Option<Answer> {
        (**self).guard_refused(refused)
    }
}

/// One route of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) operation: Operation,
}

impl Endpoint {
    /// A route at `path`: a raw path, compared byte for byte, whose last segment may be `{token}`.
    pub fn new(method: Method, path: impl Into<String>, operation: Operation) -> Self {
        Self { method, path: path.into(), operation }
    }
}

/// How a contract's tokens are issued.
///
/// ```
/// use std::time::Duration;
///
/// use tower_auth::{
///     Algorithm,
///     dialect::{HeaderOrder, Issue},
/// };
///
/// // Good for a quarter of an hour, and refreshed for a day from the login on.
/// let quarter = Duration::from_secs(15 * 60);
/// let mut issue = Issue::new(Algorithm::Hs256, HeaderOrder::AlgorithmFirst, quarter);
/// issue.refresh_window = Some(Duration::from_secs(24 * 60 * 60));
/// issue.issuer = Some("https://id.example.com".into());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Issue {
    /// The algorithm; of its keys, the one added last signs.
    pub algorithm: Algorithm,
    /// The name of the key that signs, instead of the one added last.
    pub key_id: Option<String>,
    /// The order of the header's members.
    pub header: HeaderOrder,
    /// How long until a token expires.
    pub lifetime: Duration,
    /// How long a token can be refreshed, where the contract has refresh: from the first `iat`, the login. To lengthen it
    /// see [`Tokens::refresh_ttl`](crate::dialect::Tokens::refresh_ttl).
    pub refresh_window: Option<Duration>,
    /// What the contract's answers count the two in. [`build`](crate::AuthLayerBuilder::build) refuses what is no whole
    /// number of it, or of seconds, which tokens count.
    pub unit: Duration,
    /// Whether the window counts from the last refresh instead. A stolen token can then be refreshed without end, until
    /// its owner refreshes the same one, logs out or is revoked.
    pub sliding: bool,
    /// The claim `iss`, unless the builder sets one for all.
    pub issuer: Option<String>,
}

impl Issue {
    /// Tokens signed by `algorithm`, good for `lifetime`, in answers that count seconds.
    pub fn new(algorithm: Algorithm, header: HeaderOrder, lifetime: Duration) -> Self {
        let unit = Duration::from_secs(1);
        Self { algorithm, key_id: None, header, lifetime, refresh_window: None, unit, sliding: false, issuer: None }
    }

    /// Whether tokens and answers can tell such a length.
    pub(crate) fn counts(&self, length: Duration) -> bool {
        length.subsec_nanos() == 0 && length.as_secs().is_multiple_of(self.unit.as_secs().max(1))
    }

    /// The claim `iss`, where the builder sets the `common` one or none.
    pub(crate) fn issuer_under<'a>(&'a self, common: Option<&'a str>) -> Option<&'a str> {
        common.or(self.issuer.as_deref())
    }

    /// The window in which its tokens can be refreshed, if they can.
    pub(crate) fn window(&self) -> Option<Window> {
        let seconds = i64::try_from(self.refresh_window?.as_secs()).unwrap_or(i64::MAX);
        Some(if self.sliding { Window::Sliding(seconds) } else { Window::Refresh(seconds) })
    }
}

/// Credentials out of a form.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LoginForm {
    /// The user; `None` when what was typed can name nobody, which costs and answers as an unknown user does. So does an
    /// empty name.
    pub identifier: Option<Identifier>,
    /// The password. No lookup is asked about an empty one: it costs and answers as a wrong one does.
    pub password: Password,
}

impl LoginForm {
    /// Takes in credentials.
    pub fn new(identifier: impl Into<Option<Identifier>>, password: &str) -> Self {
        Self { identifier: identifier.into(), password: Password::new(password) }
    }
}

/// What a token is to say. Its moments are whole seconds, and serialize as claims have them.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Grant<'a> {
    /// Whom it is about.
    pub subject: &'a Subject,
    /// The user's name: the account's [`username`](crate::Account::username), else the user's member of that name, else
    /// what was typed at the login. Of a refresh nobody typed one, so it may be empty there.
    pub username: &'a str,
    /// When the login was.
    pub issued_at: Timestamp,
    /// When the token is signed. Later than `issued_at` after a refresh.
    pub not_before: Timestamp,
    /// When the token expires.
    pub expires_at: Timestamp,
    /// 16 random alphanumerics, or after a refresh those of the one successor.
    pub token_id: &'a str,
    /// The issuer, where the contract or the builder has one.
    pub issuer: Option<&'a str>,
    /// The issuer when the builder sets it: every contract then writes it, also one whose document has none.
    pub common_issuer: Option<&'a str>,
    /// The audience, when the builder sets one: every contract then writes it.
    pub audience: Option<&'a str>,
}

/// A token, and what else an answer may show. Neither the token nor the user prints.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Granted<'a> {
    /// Which operation was asked for.
    pub operation: Operation,
    /// The token.
    pub token: &'a str,
    /// What it says.
    pub grant: Grant<'a>,
    /// The public part of the user, already redacted.
    pub user: &'a RawValue,
    /// How much of its window the client has used, when requests are counted.
    pub rate: Option<&'a RateCount>,
}

impl fmt::Debug for Granted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Granted").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// A refused or failed request to a login route.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Refused<'a> {
    /// The reason.
    pub refusal: Refusal,
    /// Which operation was asked for.
    pub operation: Operation,
    /// The endpoint's path as it was configured; never one with a token in it.
    pub path: &'a str,
    /// The moment at which the request is judged.
    pub now: Timestamp,
    /// How much of its window the client has used, when requests are counted.
    pub rate: Option<&'a RateCount>,
}

/// A refused request to a guarded route.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct GuardRefused<'a> {
    /// The reason.
    pub kind: RejectionKind,
    /// The request's path, without a token that is in it.
    pub path: &'a str,
    /// The moment at which the request is judged.
    pub now: Timestamp,
}
