//! Everything a request may need, made once by the builder and shared behind one `Arc`.

use std::{sync::Arc, time::Duration};

use http::request::Parts;

use crate::{
    challenge::Challenges,
    client_addr::ClientSource,
    clock::Clock,
    credentials::Sources,
    dialect::{Dialect, Refusal},
    flight::Flights,
    form::BodyLimits,
    password::{BasicCache, Passwords},
    placement::Placement,
    routes::Routes,
    store::{RateCount, SessionStore, Successor},
    telemetry::Gate,
    throttle::Throttle,
    token::{KeyRing, TokenCache, TokenKey, TokenPolicy, Window},
};

/// Most seconds by which a login's token is dated ahead, to differ from those that were revoked in this second.
pub(crate) const MOST_AHEAD: u8 = 2;

pub(crate) struct Context<L> {
    pub(crate) lookup: L,
    pub(crate) lookup_timeout: Duration,
    /// Whether it verifies passwords itself.
    pub(crate) lookup_verifies: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: KeyRing,
    pub(crate) tokens: TokenPolicy,
    /// None: every signature is verified.
    pub(crate) token_cache: Option<TokenCache>,
    pub(crate) passwords: Passwords,
    /// None: every password of Basic is hashed.
    pub(crate) basic_cache: Option<BasicCache>,
    pub(crate) sessions: Arc<dyn SessionStore>,
    /// Refreshes under way.
    pub(crate) refreshes: Flights<TokenKey, Refreshed>,
    /// Logouts under way.
    pub(crate) logouts: Flights<TokenKey, LoggedOut>,
    pub(crate) throttle: Arc<Throttle>,
    /// Where a client's address is read.
    pub(crate) clients: ClientSource,
    pub(crate) dialects: Vec<Box<dyn Dialect>>,
    pub(crate) routes: Routes,
    pub(crate) placement: Placement,
    pub(crate) body: BodyLimits,
    /// None: sessions are not listed.
    pub(crate) listing: Option<SessionListing>,
    /// The longest that a token, or the window to refresh it, may last.
    pub(crate) longest_life: Duration,
    /// In which others may refresh a token that this layer knows, where it was said how long tokens last.
    pub(crate) others_window: Option<Window>,
    /// For how long a refreshed token still works.
    pub(crate) grace: Duration,
    /// Where tokens are looked for.
    pub(crate) sources: Sources,
    pub(crate) guard: GuardPolicy,
    /// What is told about those who are let in.
    pub(crate) gate: Gate,
    pub(crate) disclose_unknown_users: bool,
}

/// What a refresh comes to.
pub(crate) type Refreshed = Result<Successor, NotDone>;

/// What a logout comes to.
pub(crate) type LoggedOut = Result<(), NotDone>;

/// Why a refresh or a logout was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotDone {
    Refused(Refusal),
    /// The account is beyond its limit.
    Beyond(RateCount),
}

/// How the sessions of a user are listed.
pub(crate) struct SessionListing {
    pub(crate) most: usize,
    pub(crate) label: Option<Labeller>,
}

impl SessionListing {
    /// Most sessions that any user may have: each question about a user's sessions looks at all of them.
    pub(crate) const MOST: usize = 256;
}

impl Default for SessionListing {
    fn default() -> Self {
        Self { most: Self::MOST, label: None }
    }
}

/// What the application calls the client that sends a request.
pub(crate) type Labeller = Box<dyn Fn(&Parts) -> Option<String> + Send + Sync>;

/// What guarded routes are held to.
pub(crate) struct GuardPolicy {
    pub(crate) challenges: Challenges,
    pub(crate) accepts_basic: bool,
    /// Whether a token is believed without looking its user up.
    pub(crate) claims_only: bool,
    pub(crate) allows_preflight: bool,
    /// The dialect whose shape refusals have, by its number.
    pub(crate) refuses_like: Option<usize>,
}

impl From<Refusal> for NotDone {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<RateCount> for NotDone {
    fn from(count: RateCount) -> Self {
        Self::Beyond(count)
    }
}
