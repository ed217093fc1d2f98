//! A token in the contract's words, and what its answer may show.

use std::time::Duration;

use serde_json::value::RawValue;

use super::visit::Visit;
use crate::{
    Account, Subject, Timestamp, TokenClaims,
    context::Context,
    dialect::{Grant, Issue, Refusal, public_profile, text_member},
    lookup::Lookup,
    telemetry,
    token::{Window, sign, token_id},
};

/// What a token is made of, besides the configuration.
pub(super) struct Terms {
    pub(super) subject: Subject,
    pub(super) username: String,
    /// When the login was.
    pub(super) login: Timestamp,
    /// When this token is signed.
    pub(super) signing: Timestamp,
    pub(super) token_id: String,
}

/// By how many seconds a login's token is dated ahead.
#[derive(Clone, Copy, Default)]
pub(super) struct Dated {
    pub(super) login: u8,
    pub(super) signing: u8,
}

/// A signed token, and what it says.
pub(super) struct Issued {
    pub(super) token: String,
    pub(super) user: Box<RawValue>,
    terms: Terms,
    issue: Issue,
}

impl Issued {
    /// Whose it is.
    pub(super) fn subject(&self) -> &Subject {
        &self.terms.subject
    }
}

impl<L: Lookup> Visit<'_, L> {
    /// The first token of a login, for somebody who typed `typed`.
    pub(super) fn issue(&self, account: &Account<L::User>, typed: &str, dated: Dated) -> Result<Issued, Refusal> {
        let user = self.shown(account)?;
        let username = username_of(account, &user);
        let now = self.now.whole_second();
        let terms = Terms {
            subject: account.id().clone(),
            username: username.unwrap_or_else(|| typed.to_owned()),
            login: now + Duration::from_secs(dated.login.into()),
            signing: now + Duration::from_secs(dated.signing.into()),
            token_id: token_id().ok_or_else(|| failed("no randomness for a token id"))?,
        };
        self.sign(terms, user)
    }

    /// Whether this contract's token for the account says of scopes and roles what `old` says, if that says anything: a
    /// token narrows what its user may do, and what renews it does no more.
    pub(super) fn narrows_as(&self, old: &TokenClaims, account: &Account<L::User>) -> Result<bool, Refusal> {
        let said = |claims: &TokenClaims| (claims.scopes(), claims.roles());
        if said(old) == (None, None) {
            return Ok(true);
        }
        let trial = self.issue(account, "", Dated::default())?;
        Ok(said(&self.claims_of(&trial, self.now)?) == said(old))
    }

    /// What a token says that was just issued, as a request would be told `then`.
    pub(super) fn claims_of(&self, issued: &Issued, then: Timestamp) -> Result<TokenClaims, Refusal> {
        let Context { tokens, keys, .. } = &**self.context;
        let claims = tokens.verify(keys, issued.token.as_bytes(), then, Window::Expiry);
        claims.map_err(|_| failed("a token that was just issued does not hold"))
    }

    /// The user as the contract shows it, where a token can be about the account.
    pub(super) fn shown(&self, account: &Account<L::User>) -> Result<Box<RawValue>, Refusal> {
        if !account.id().fits_a_token() {
            return Err(failed("an account's id is empty or beyond 255 bytes: its tokens would be refused"));
        }
        let public = public_profile(&**account.user(), self.dialect.redaction());
        public.map_err(|_| failed("the user does not serialize, or nests deeper than 128 levels"))
    }

    /// A token on the given terms.
    pub(super) fn sign(&self, terms: Terms, user: Box<RawValue>) -> Result<Issued, Refusal> {
        let issue = self.dialect.issue();
        let mut issued = Issued { token: String::new(), user, terms, issue };
        let issue = &issued.issue;
        let key = self.context.keys.signer(issue.algorithm, issue.key_id.as_deref());
        let key = key.ok_or_else(|| failed("no key signs for this contract"))?;
        let claims =
            self.dialect.claims(&self.grant(&issued)).map_err(|_| failed("the claims could not be written"))?;
        let token = sign(key, issue.header, &claims);
        issued.token = token.ok_or_else(|| failed("the token could not be signed"))?;
        Ok(issued)
    }
}

impl<L> Visit<'_, L> {
    /// What an issued token says, in the words of the contract's trait.
    pub(super) fn grant<'a>(&'a self, issued: &'a Issued) -> Grant<'a> {
        let Issued { terms, issue, .. } = issued;
        let common_issuer = self.context.tokens.issuer.as_deref();
        Grant {
            subject: &terms.subject,
            username: &terms.username,
            issued_at: terms.login,
            not_before: terms.signing,
            expires_at: terms.signing + issue.lifetime,
            token_id: &terms.token_id,
            issuer: issue.issuer_under(common_issuer),
            common_issuer,
            audience: self.context.tokens.audience.as_deref(),
        }
    }
}

/// The token that a login by the contract numbered `number` would grant.
#[cfg(feature = "test-util")]
pub(crate) fn token_for<L: Lookup>(
    context: &std::sync::Arc<crate::context::Context<L>>,
    number: usize,
    account: &Account<L::User>,
) -> Option<String> {
    let (parts, ()) = http::Request::new(()).into_parts();
    let dialect = &**context.dialects.get(number)?;
    let served = context.routes.of_dialect(number)?;
    let now = context.clock.now();
    let visit = Visit { context, dialect, served, parts: &parts, now, rate: None, retry_after: None };
    visit.issue(account, account.name().unwrap_or_default(), Dated::default()).ok().map(|issued| issued.token)
}

/// The name that the application gave, or else the one that its user object has.
pub(super) fn username_of<U>(account: &Account<U>, user: &RawValue) -> Option<String> {
    account.name().map(str::to_owned).or_else(|| text_member(user, "username"))
}

/// A failure of ours, which an operator is told of.
pub(super) fn failed(what: &'static str) -> Refusal {
    telemetry::failed(what);
    Refusal::Failed
}
