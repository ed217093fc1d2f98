//! What would be a hole or a failure at run time is refused here; the rest becomes the layer.

use std::{sync::Arc, time::Duration};

use super::{AuthLayerBuilder, limits::refuse_if};
use crate::{
    AuthLayer,
    challenge::Challenges,
    client_addr::ClientSource,
    context::{Context, GuardPolicy},
    dialect::{Dialect, Operation},
    error::{BuildError, BuildErrorKind},
    flight::Flights,
    lookup::Lookup,
    password::{BasicCache, Passwords},
    placement::Placement,
    routes::Routes,
    telemetry::Gate,
    throttle::Throttle,
    token::{KeyRing, TokenCache, TokenPolicy, Window},
};

/// For how long something is remembered whose end nobody knows: ten years.
const UNKNOWN_LIFE: Duration = Duration::from_secs(10 * 366 * 86_400);

impl AuthLayerBuilder {
    /// Makes the layer, asking `lookup` about users.
    ///
    /// # Errors
    ///
    /// Every configuration that would be insecure or fail at run time: no key for a contract, two claims on one route,
    /// a public rule over a login route, a lifetime that is zero or beyond its refresh window, a leeway or grace beyond
    /// five minutes, a limit that is zero or excessive, an unknown contract, a realm that is not valid in a header, an
    /// invalid source of tokens, origin or proxy network, two rules for whom to believe about addresses, tickets
    /// without a key that signs, two contracts that refresh tokens of one algorithm as different issuers, a contract
    /// without refresh whose tokens another would refresh, a key of another issuer, or of a set, whose tokens may be
    /// for anybody.
    pub fn build<L: Lookup>(mut self, lookup: L) -> Result<AuthLayer<L>, BuildError> {
        self.leave_out()?;
        self.check_limits()?;
        let keys = KeyRing::new(std::mem::take(&mut self.signing_keys), std::mem::take(&mut self.verifying_keys))?;
        let routes = self.routes()?;
        if self.ticket_path.is_some() && keys.ticket_signer().is_none() {
            return Err(BuildError::new(
                BuildErrorKind::MissingKey,
                "tickets are signed, and there is no key that signs: add one with `.key(…)`",
            ));
        }
        for dialect in &self.dialects {
            check_issue(&**dialect, &keys)?;
        }
        self.check_refreshes()?;
        self.check_audiences(&keys)?;
        let refuses_like = self.refuses_like.as_deref().map(|name| self.position(name)).transpose()?;
        let longest_life = self.longest_life(&keys);
        let challenges = Challenges::new(&self.realm, self.offers_basic && self.accepts_basic)?;
        Ok(AuthLayer::new(Context {
            lookup,
            lookup_timeout: self.lookup_timeout,
            lookup_verifies: self.lookup_verifies,
            keys,
            tokens: TokenPolicy {
                size_limit: self.token_limit,
                leeway: i64::try_from(self.leeway.as_secs()).unwrap_or_default(),
                issuer: self.issuer,
                audience: self.audience,
            },
            token_cache: self.token_cache.and_then(TokenCache::new),
            passwords: Passwords::new(self.lane, self.custom_passwords, self.rehash),
            basic_cache: self.basic_cache.and_then(|(entries, lifetime)| BasicCache::new(entries, lifetime)),
            sessions: self.sessions,
            refreshes: Flights::new(),
            logouts: Flights::new(),
            throttle: Arc::new(Throttle::new(
                self.throttle,
                self.counts_requests,
                self.failures,
                self.session_limit,
                Arc::clone(&self.clock),
            )),
            clients: ClientSource::new(self.clients)?,
            dialects: self.dialects,
            routes,
            placement: Placement::default(),
            body: self.body,
            longest_life,
            others_window: others_window(self.longest_token),
            listing: self.listing,
            grace: self.grace,
            sources: self.sources.check()?,
            guard: GuardPolicy {
                challenges,
                accepts_basic: self.accepts_basic,
                claims_only: self.claims_only,
                allows_preflight: self.allows_preflight,
                refuses_like,
            },
            gate: Gate::new(self.user_id_in_spans),
            disclose_unknown_users: self.disclose_unknown_users,
            clock: self.clock,
        }))
    }

    fn leave_out(&mut self) -> Result<(), BuildError> {
        for name in std::mem::take(&mut self.without) {
            let position = self.position(&name)?;
            self.dialects.remove(position);
        }
        Ok(())
    }

    fn position(&self, name: &str) -> Result<usize, BuildError> {
        self.dialects.iter().position(|dialect| dialect.name() == name).ok_or_else(|| {
            let known: Vec<_> = self.dialects.iter().map(Dialect::name).collect();
            let known =
                if known.is_empty() { "none is served".into() } else { format!("there are {}", known.join(", ")) };
            BuildError::new(BuildErrorKind::UnknownDialect, format!("there is no contract named {name:?}: {known}"))
        })
    }

    /// The longest time for which any token is accepted at any door. Of another issuer's nobody knows, and where nothing is
    /// issued all are some other service's, unless it was said.
    fn longest_life(&self, keys: &KeyRing) -> Duration {
        if self.longest_token.is_zero() && (keys.is_of_others() || self.dialects.is_empty()) {
            return UNKNOWN_LIFE;
        }
        let issues = self.dialects.iter().map(Dialect::issue);
        let own = issues.map(|issue| issue.lifetime.max(issue.refresh_window.unwrap_or_default())).max();
        own.unwrap_or_default().max(self.longest_token)
    }

    fn routes(&self) -> Result<Routes, BuildError> {
        let mut routes = Routes::new(self.lenient_paths);
        for (number, dialect) in self.dialects.iter().enumerate() {
            for endpoint in dialect.endpoints() {
                routes.add_endpoint(number, &self.mount, endpoint)?;
            }
        }
        if let Some(path) = &self.ticket_path {
            routes.add_tickets(path)?;
        }
        routes.add_rules(&self.rules)?;
        Ok(routes)
    }
}

fn others_window(longest: Duration) -> Option<Window> {
    let seconds = i64::try_from(longest.as_secs()).unwrap_or(i64::MAX);
    (seconds > 0).then_some(Window::Sliding(seconds))
}

fn check_issue(dialect: &dyn Dialect, keys: &KeyRing) -> Result<(), BuildError> {
    let (name, issue) = (dialect.name(), dialect.issue());
    if keys.signer(issue.algorithm, issue.key_id.as_deref()).is_none() {
        let wanted = match &issue.key_id {
            Some(key_id) => format!("an {} key named {key_id:?}", issue.algorithm),
            None => format!("an {} key", issue.algorithm),
        };
        return Err(BuildError::new(
            BuildErrorKind::MissingKey,
            format!(
                "the contract {name} signs with {wanted}, and there is none: add one with `.key(…)`, or leave it out with `.without({name:?})`"
            ),
        ));
    }
    refuse_if(
        issue.lifetime.is_zero(),
        BuildErrorKind::InvalidLifetime,
        format_args!("the tokens of the contract {name} would live for no time at all: set its lifetime"),
    )?;
    let odd = [Some(issue.lifetime), issue.refresh_window].into_iter().flatten().find(|length| !issue.counts(*length));
    refuse_if(
        odd.is_some(),
        BuildErrorKind::InvalidLifetime,
        format_args!(
            "the contract {name} counts times by {:?}, and {:?} is no multiple of it: round it",
            issue.unit,
            odd.unwrap_or_default()
        ),
    )?;
    let refreshes = dialect.endpoints().iter().any(|endpoint| endpoint.operation == Operation::Refresh);
    refuse_if(
        refreshes && issue.refresh_window.is_none(),
        BuildErrorKind::InvalidLifetime,
        format_args!(
            "the contract {name} serves a refresh without a window for it: set `refresh_window` in its `Issue`"
        ),
    )?;
    if let Some((requests, window)) = dialect.rate().map(|rate| (rate.requests(), rate.window())) {
        refuse_if(
            requests == 0 || window.is_zero(),
            BuildErrorKind::InvalidLimit,
            format_args!(
                "the rate of the contract {name} would refuse every request, or none: give it requests and a window"
            ),
        )?;
        refuse_if(
            window.subsec_nanos() != 0,
            BuildErrorKind::InvalidLimit,
            format_args!(
                "the rate of the contract {name} has a window of {window:?}, and answers count whole seconds: round it"
            ),
        )?;
    }
    refuse_if(
        issue.refresh_window.is_some_and(|window| window < issue.lifetime),
        BuildErrorKind::InvalidLifetime,
        format_args!(
            "the tokens of the contract {name} would outlive the window in which they can be refreshed: lengthen `refresh_ttl` or shorten `ttl`"
        ),
    )
}
