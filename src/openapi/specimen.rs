//! `Specimen`: an endpoint, asked with sample values. Its answers are the contract's own.

use bytes::Bytes;
use http::Response;
use serde_json::{json, value::RawValue};

use crate::{
    Subject, Timestamp,
    context::Context,
    dialect::{Dialect, Grant, Granted, Operation, Refusal, Refused, public_profile},
    endpoint,
    routes::Served,
    store::{Rate, RateCount},
    throttle::SessionAction,
    token::specimen as token,
    token_cookie::TokenCookie,
};

/// When everything happens: a moment that stays the same, so that the document does.
pub(super) const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

/// The `jti` of every sample.
pub(super) const TOKEN_ID: &str = "J92UFQSeZ3D1ORXS";

/// For how many seconds a locked account is.
pub(super) const LOCKED: u64 = 900;

/// An endpoint, asked with sample values.
pub(super) struct Specimen<'a, L> {
    pub(super) context: &'a Context<L>,
    pub(super) dialect: &'a dyn Dialect,
    pub(super) served: &'a Served,
}

impl<'a, L> Specimen<'a, L> {
    pub(super) fn new(context: &'a Context<L>, served: &'a Served) -> Option<Self> {
        let dialect = &**context.dialects.get(served.dialect)?;
        Some(Self { context, dialect, served })
    }

    /// The path as OpenAPI writes it.
    pub(super) fn path(&self) -> String {
        let token = if self.served.takes_token() { "{token}" } else { "" };
        format!("{}{token}", self.served.path)
    }

    /// The rate that its requests are held to, if any.
    pub(super) fn rate(&self) -> Option<Rate> {
        let counts = self.context.throttle.counts_requests() && self.served.operation == Operation::Login;
        self.dialect.rate().filter(|_| counts)
    }

    /// How often an account may ask for it, if that is limited wherever it is served.
    pub(super) fn account_rate(&self) -> Option<Rate> {
        let action = match self.served.operation {
            Operation::Refresh => SessionAction::Refresh,
            Operation::Logout => SessionAction::Logout,
            Operation::Login | Operation::Exchange => return None,
        };
        self.context.throttle.session_rate(action)
    }

    /// The answers to success: with a token, one of them first, and others to tell what in it is the application's.
    pub(super) fn granted(&self) -> Vec<Response<Bytes>> {
        if self.served.operation == Operation::Logout {
            return vec![endpoint::logged_out(self.dialect, self.cookie())];
        }
        let ada = json!({"id": 1, "username": "ada", "email": "ada@example.com", "password": "$argon2id$…"});
        // What the application's user serializes to is nobody's business here: of any type.
        [ada, json!("ada")].iter().filter_map(|user| Some(self.granted_to(&self.shown(user)?))).collect()
    }

    fn shown(&self, user: &serde_json::Value) -> Option<Box<RawValue>> {
        public_profile(user, self.dialect.redaction()).ok()
    }

    fn granted_to(&self, user: &RawValue) -> Response<Bytes> {
        let (issue, tokens) = (self.dialect.issue(), &self.context.tokens);
        let grant = Grant {
            subject: &Subject::from(1),
            username: "ada",
            issued_at: NOW,
            not_before: NOW,
            expires_at: NOW + issue.lifetime,
            token_id: TOKEN_ID,
            issuer: issue.issuer_under(tokens.issuer.as_deref()),
            common_issuer: tokens.issuer.as_deref(),
            audience: tokens.audience.as_deref(),
        };
        let (claims, count) = (self.dialect.claims(&grant).unwrap_or_default(), self.rate().map(|rate| count(rate, 1)));
        let granted = Granted {
            operation: self.served.operation,
            token: &token(issue.algorithm, issue.header, &claims),
            grant,
            user,
            rate: count.as_ref(),
        };
        endpoint::granted(self.dialect, &granted, self.cookie(), NOW)
    }

    fn cookie(&self) -> Option<&TokenCookie> {
        self.context.sources.cookie.as_ref()
    }

    /// The answer to a refusal.
    pub(super) fn refused(&self, refusal: Refusal) -> Response<Bytes> {
        let count = match refusal {
            Refusal::Throttled => {
                self.rate().or(self.account_rate()).map(|rate| count(rate, rate.requests().saturating_add(1)))
            }
            _ => self.rate().map(|rate| count(rate, 1)),
        };
        let locked = (refusal == Refusal::Throttled && count.is_none()).then_some(LOCKED);
        let refused = Refused {
            refusal,
            operation: self.served.operation,
            path: &self.served.path,
            now: NOW,
            rate: count.as_ref(),
        };
        endpoint::refused(self.dialect, &self.context.guard.challenges, &refused, locked)
    }
}

fn count(rate: Rate, used: u32) -> RateCount {
    RateCount::new(rate, used, NOW + rate.window())
}
