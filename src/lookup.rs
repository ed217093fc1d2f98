//! `Lookup`: the one question the layer asks the application.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use pin_project_lite::pin_project;
use serde::Serialize;
use tokio::time::{Sleep, sleep};

use crate::{
    Account, BoxError, Password, Subject, TokenClaims,
    telemetry::{LookupMeter, LookupMeters, Question},
    unwind::{Caught, Panicked, caught},
};

/// What the layer wants to know.
///
/// It is owned, so that a closure can move it into its future. More kinds may be added: answer an unknown one with
/// `Ok(None)`.
///
/// ```
/// use tower_auth::{Account, BoxError, Query};
///
/// async fn find(query: Query) -> Result<Option<Account<&'static str>>, BoxError> {
///     Ok(match query {
///         Query::Login { identifier, .. } if identifier.as_str() == "ada" => Some(Account::new(1, "Ada")),
///         Query::Subject { id, .. } if id.parse() == Some(1) => Some(Account::new(1, "Ada")),
///         _ => None,
///     })
/// }
/// # let _ = find;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Query {
    /// Who is this user, who is about to log in? Neither the name nor the password is empty.
    #[non_exhaustive]
    Login {
        /// What the client typed, and which column it belongs to.
        identifier: Identifier,
        /// What the client typed, for a closure that verifies passwords itself; others ignore it and return the stored
        /// hash.
        password: Password,
    },
    /// Who is the subject of this verified token?
    #[non_exhaustive]
    Subject {
        /// The account's identifier, exactly as the token has it.
        id: Subject,
        /// The token's claims.
        claims: TokenClaims,
    },
}

impl Query {
    /// The question at a login, for tests of a lookup.
    ///
    /// ```
    /// use tower_auth::{Identifier, Password, Query};
    ///
    /// let query = Query::login(Identifier::Username("ada".into()), Password::new("correct horse"));
    /// assert!(matches!(query, Query::Login { identifier, .. } if identifier.as_str() == "ada"));
    /// ```
    pub fn login(identifier: Identifier, password: Password) -> Self {
        Self::Login { identifier, password }
    }

    /// The question at a request with a token, for tests of a lookup: its claims have this subject and nothing else.
    ///
    /// ```
    /// use tower_auth::Query;
    ///
    /// let query = Query::subject(42);
    /// assert!(matches!(query, Query::Subject { id, .. } if id.parse() == Some(42)));
    /// ```
    pub fn subject(id: impl Into<Subject>) -> Self {
        let id = id.into();
        Self::Subject { claims: TokenClaims::naming(&id), id }
    }

    /// As what it is counted.
    fn question(&self) -> Question {
        match self {
            Self::Login { .. } => Question::Login,
            Self::Subject { .. } => Question::Subject,
        }
    }
}

/// What a user logs in with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Identifier {
    /// A user name, compared as the application compares them.
    Username(String),
    /// An e-mail address. The contract `auth_local` gives it in lower case.
    Email(String),
    /// A telephone number as typed. Compare it so: with and without a country's code it is two names to whoever counts
    /// failures.
    Phone(String),
    /// The account's own identifier, digits only.
    Id(String),
}

/// Longest identifier, in bytes, that anybody is looked up by.
const IDENTIFIER_LIMIT: usize = 255;

impl Identifier {
    /// Whether somebody may be called so. Control characters are in no name, and in some databases an error; of no
    /// name, a directory takes any password.
    pub(crate) fn can_name(&self) -> bool {
        (1..=IDENTIFIER_LIMIT).contains(&self.as_str().len()) && !self.as_str().chars().any(char::is_control)
    }

    /// The text, of whichever kind.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Username(text) | Self::Email(text) | Self::Phone(text) | Self::Id(text) => text,
        }
    }
}

/// Finds accounts. Closures `Fn(Query) -> impl Future<Output = Result<Option<Account<U>>, E>>` implement it.
///
/// An answer is one of three. `Ok(Some(account))`: found. `Ok(None)`: there is no such user, and the request is
/// refused. `Err(_)`: could not tell, which is never taken for a wrong password; the answer is 503 on a guarded route
/// and the contract's 500 on a login route. The error is logged (with the feature `tracing`), never shown.
///
/// The answer must depend only on the query, and the future must not block its thread. A panic counts as "could not
/// tell", and so does an answer that takes longer than the builder's `lookup_timeout`. The future may be dropped at any
/// await.
///
/// A lookup that verifies passwords itself must be declared with
/// [`lookup_verifies_passwords`](crate::AuthLayerBuilder::lookup_verifies_passwords). It answers with
/// [`Account::password_verified`] or [`Account::password_wrong`], and with `Ok(None)` only if there is no such user:
/// wrong passwords are then counted by account, however its name was spelled. An error means that the password was not
/// verified, and is not counted as a guess. So never return `Err` for a wrong password, or anybody may guess without
/// end, and leave a bind that takes too long to `lookup_timeout`, which is counted.
///
/// A type of your own can be a lookup as well:
///
/// ```
/// use tower_auth::{Account, BoxError, Lookup, Query};
///
/// struct Directory {
///     names: Vec<String>,
/// }
///
/// impl Lookup for Directory {
///     type User = String;
///     type Error = BoxError;
///     type Future = std::future::Ready<Result<Option<Account<String>>, BoxError>>;
///
///     fn lookup(&self, query: Query) -> Self::Future {
///         let position = match query {
///             Query::Login { identifier, .. } => self.names.iter().position(|name| name == identifier.as_str()),
///             Query::Subject { id, .. } => id.parse(),
///             _ => None,
///         };
///         let found = position.and_then(|position| Some((position, self.names.get(position)?.clone())));
///         std::future::ready(Ok(found.map(|(position, name)| Account::new(position as u64, name))))
///     }
/// }
/// # let _ = Directory { names: Vec::new() };
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot look up users",
    label = "expected a closure from `Query` to a future of `Result<Option<Account<U>>, E>`",
    note = "write it as `move |query: Query| find(db.clone(), query)` with an `async fn find(db: Db, query: Query)`, or as `move |query: Query| {{ let db = db.clone(); async move {{ … }} }}`: the query comes owned, and the future has to be `Send`",
    note = "`U` has to be `Serialize + Send + Sync + 'static`, and `E` an error that displays, such as `std::io::Error` or `BoxError`"
)]
pub trait Lookup: Send + Sync + 'static {
    /// The application's user.
    type User: Serialize + Send + Sync + 'static;
    /// Why there is no answer. What is logged is its alternate `Display` form (`{:#}`).
    ///
    /// The bound is not `Into<BoxError>`: that one involves lifetimes, and inside a spawned `async` block the compiler
    /// can then no longer tell that a future of this layer is `Send` when the error is itself a `BoxError`.
    type Error: fmt::Display;
    /// The answer to come.
    type Future: Future<Output = Result<Option<Account<Self::User>>, Self::Error>> + Send;

    /// Answers one query.
    fn lookup(&self, query: Query) -> Self::Future;
}

impl<F, Fut, U, E> Lookup for F
where
    F: Fn(Query) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<Account<U>>, E>> + Send,
    U: Serialize + Send + Sync + 'static,
    E: fmt::Display,
{
    type User = U;
    type Error = E;
    type Future = Fut;

    fn lookup(&self, query: Query) -> Fut {
        self(query)
    }
}

/// Asks, and bounds what a faulty lookup can do: a panic or a hang becomes an error.
#[inline(always)]
pub(crate) fn ask<L: Lookup>(lookup: &L, query: Query, timeout: Duration, meters: &LookupMeters) -> Asking<L::Future> {
    let meter = meters.start(query.question());
    match caught(|| lookup.lookup(query)) {
        Ok(answer) => Asking { answer: Some(Caught::new(answer)), panicked: None, timeout, sleep: None, meter },
        Err(panicked) => Asking { answer: None, panicked: Some(panicked), timeout, sleep: None, meter },
    }
}

pin_project! {
    /// A lookup under way. The timer is made only when the answer is not there at once, and apart from the rest: it
    /// would be half of what every request moves.
    pub(crate) struct Asking<F> {
        #[pin]
        answer: Option<Caught<F>>,
        panicked: Option<Panicked>,
        timeout: Duration,
        sleep: Option<Pin<Box<Sleep>>>,
        meter: LookupMeter,
    }
}

impl<F, U, E> Future for Asking<F>
where
    F: Future<Output = Result<Option<Account<U>>, E>>,
    E: fmt::Display,
{
    type Output = Result<Option<Account<U>>, BoxError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(self.as_mut().poll_answer(cx));
        Poll::Ready(match answer {
            Ok(answer) => {
                self.meter.answered(answer.is_some());
                Ok(answer)
            }
            Err(Untold { cause, error }) => {
                self.meter.failed(cause, &*error);
                Err(error)
            }
        })
    }
}

impl<F> Asking<F> {
    /// The answer, or why there is none.
    fn poll_answer<U, E>(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Option<Account<U>>, Untold>>
    where
        F: Future<Output = Result<Option<Account<U>>, E>>,
        E: fmt::Display,
    {
        let this = self.project();
        if let Some(panicked) = this.panicked.take() {
            return Poll::Ready(Err(Untold::new("panic", panicked)));
        }
        match this.answer.as_pin_mut().map(|answer| answer.poll(cx)) {
            Some(Poll::Ready(Ok(answer))) => {
                return Poll::Ready(answer.map_err(|error| Untold::new("error", format!("{error:#}"))));
            }
            Some(Poll::Ready(Err(panicked))) => return Poll::Ready(Err(Untold::new("panic", panicked))),
            Some(Poll::Pending) | None => {}
        }
        let sleep = this.sleep.get_or_insert_with(|| Box::pin(sleep(*this.timeout)));
        ready!(sleep.as_mut().poll(cx));
        Poll::Ready(Err(Untold::new("timeout", TimedOut(*this.timeout))))
    }
}

/// Whether the lookup has hung or panicked, and not answered that it could not tell.
pub(crate) fn is_unanswered(error: &BoxError) -> bool {
    error.is::<TimedOut>() || error.is::<Panicked>()
}

/// Why there is no answer.
struct Untold {
    /// What that is called where it is counted.
    cause: &'static str,
    error: BoxError,
}

impl Untold {
    fn new(cause: &'static str, error: impl Into<BoxError>) -> Self {
        Self { cause, error: error.into() }
    }
}

#[derive(Debug)]
struct TimedOut(Duration);

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the lookup took longer than {:?}", self.0)
    }
}

impl std::error::Error for TimedOut {}
