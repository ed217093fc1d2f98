//! Every other route: what is public, and what a token and Basic are held to.

use std::time::Duration;

use super::AuthLayerBuilder;
use crate::{routes::Route, token::CacheLimits};

/// Guarded routes.
impl AuthLayerBuilder {
    /// Lets requests through without looking at credentials: `/health`, `GET /login`, `/assets/{*rest}`.
    ///
    /// These routes are open to everybody. Patterns are axum's, and match only paths without empty, `.` and `..`
    /// segments (`..;v=1` is one), backslashes and encoded slashes or dots; a path without a parameter is matched
    /// exactly. A rule without a method covers all methods; `GET` does not cover `HEAD`.
    ///
    /// ```
    /// use tower_auth::AuthLayer;
    ///
    /// let builder = AuthLayer::builder().public("/health").public("GET /assets/{*rest}").optional("GET /feed");
    /// # let _ = builder;
    /// ```
    pub fn public(mut self, rule: impl Into<String>) -> Self {
        self.rules.push((rule.into(), Route::Public));
        self
    }

    /// Lets requests through without credentials, and refuses bad ones. Written as for [`public`](Self::public).
    pub fn optional(mut self, rule: impl Into<String>) -> Self {
        self.rules.push((rule.into(), Route::Optional));
        self
    }

    /// Lets CORS preflights through, without any identity, for a CORS layer inside. Where none answers them, every
    /// handler of `OPTIONS` runs without an identity, except behind [`AuthLayer::require`](crate::AuthLayer::require).
    /// Defaults to guarding them.
    pub fn allow_preflight(mut self) -> Self {
        self.allows_preflight = true;
        self
    }

    /// Puts an issuer into every token issued, and requires it of every token except those of keys bound to another.
    /// Tokens issued without one, as those of `auth_local` and `login` are, are refused from then on. Called again, it
    /// replaces the first. Defaults to none.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Puts an audience into every token issued, and requires it of every token except those of keys that have [an
    /// audience of their own](crate::VerifyingKey::audience) or take
    /// [any](crate::VerifyingKey::dangerous_any_audience). Tokens issued without one are refused from then on. Called
    /// again, it replaces the first. Defaults to none.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Sets the clock skew that is tolerated: whole seconds, since tokens count them, and at most five minutes. Defaults
    /// to 10 seconds.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets the most **bytes** a token may have. Defaults to 16 384.
    pub fn token_limit(mut self, bytes: usize) -> Self {
        self.token_limit = bytes;
        self
    }

    /// Sets how many verified tokens are cached, and the most **bytes** that they take: each takes its own length,
    /// twice that of its claims, and less than 300 more. Only the result that the signature is valid is cached; the
    /// times, the revocation and the user of a token are checked on every request. At least half of the entries stay
    /// for as long as they are used. Routes that refresh or log out verify every time. 0 or 1 entries switch it off.
    /// Defaults to 10 000 and 16 MiB.
    pub fn token_cache(mut self, entries: usize, bytes: usize) -> Self {
        self.token_cache = Some(CacheLimits { entries, bytes });
        self
    }

    /// Verifies the signature of every token, and keeps none in memory. Defaults to [`token_cache`](Self::token_cache).
    pub fn without_token_cache(mut self) -> Self {
        self.token_cache = None;
        self
    }

    /// Trusts a verified token without looking up its user: a blocked user stays in until the token expires. Users of
    /// Basic, which has no claims, are still looked up. Defaults to looking up on each request.
    pub fn claims_only(mut self) -> Self {
        self.claims_only = true;
        self
    }

    /// Admits to guarded routes with Bearer only; the contract `auth_token` still reads Basic. Defaults to Bearer and
    /// Basic.
    pub fn without_basic(mut self) -> Self {
        self.accepts_basic = false;
        self
    }

    /// Sets how many verified Basic passwords of guarded routes are cached, and for how long each is accepted without
    /// hashing it again. An entry takes some 400 bytes, and less than 1 024 (twice that if the lookup verifies
    /// passwords). At most an hour; 0 of either switches it off. Defaults to 10 000 for a minute.
    ///
    /// The user is still looked up on every request: a changed hash, [`blocked`](crate::Account::blocked),
    /// [`unconfirmed`](crate::Account::unconfirmed) and [`valid_since`](crate::Account::valid_since) take effect at
    /// once. Only successes are cached: user-id and password as a digest under a key that is random for each layer,
    /// beside the stored hash that it was verified against, for the network that it came from and until that tries
    /// another password. Requests with the same password at the same time wait for one hash, unless [the lookup
    /// verifies passwords](Self::lookup_verifies_passwords). Login routes hash every time.
    pub fn basic_cache(mut self, entries: usize, lifetime: Duration) -> Self {
        self.basic_cache = Some((entries, lifetime));
        self
    }

    /// Hashes the password of every request with Basic. Defaults to [`basic_cache`](Self::basic_cache).
    pub fn without_basic_cache(mut self) -> Self {
        self.basic_cache = None;
        self
    }

    /// Offers Basic in challenges, so that browsers ask for a password; never to requests that a script sent. Browsers
    /// then store the password and send it unasked, as they do a cookie. So a request with Basic that may change
    /// something is refused when the browser says that another site's page sent it, unless that is a
    /// [`trusted_origin`](Self::trusted_origin). Defaults to offering Bearer only.
    pub fn offer_basic(mut self) -> Self {
        self.offers_basic = true;
        self
    }

    /// Names the protection space in challenges. Defaults to `api`.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = realm.into();
        self
    }

    /// Refuses requests to guarded routes in the shape of a contract, by its name; a name that no served contract has
    /// is refused by [`build`](Self::build). Defaults to RFC 9457 problems.
    pub fn refuse_like(mut self, name: impl Into<String>) -> Self {
        self.refuses_like = Some(name.into());
        self
    }
}
