//! A token in the contract's words, and what its answer may show.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use super::serve::Visit;
use crate::{
    Account, Subject,
    dialect::{Grant, Refusal, public_profile, text_member},
    lookup::Lookup,
    telemetry,
    token::sign,
};

const TOKEN_ID_LENGTH: usize = 16;

/// What a token is made of, besides the configuration.
pub(super) struct Terms<'a> {
    pub(super) subject: &'a Subject,
    pub(super) username: &'a str,
    pub(super) issued_at: i64,
    pub(super) signed_at: i64,
    pub(super) token_id: &'a str,
}

/// A signed token, and what it says.
pub(super) struct Issued {
    pub(super) token: String,
    pub(super) user: Box<RawValue>,
    subject: Subject,
    username: String,
    issued_at: i64,
    not_before: i64,
    expires_at: i64,
    token_id: String,
    issuer: Option<String>,
    common_issuer: Option<String>,
    audience: Option<String>,
}

impl Issued {
    pub(super) fn grant(&self) -> Grant<'_> {
        Grant {
            subject: &self.subject,
            username: &self.username,
            issued_at: self.issued_at,
            not_before: self.not_before,
            expires_at: self.expires_at,
            token_id: &self.token_id,
            issuer: self.issuer.as_deref(),
            common_issuer: self.common_issuer.as_deref(),
            audience: self.audience.as_deref(),
        }
    }
}

impl<L: Lookup> Visit<'_, L> {
    /// The first token of a login.
    pub(super) fn issue(&self, account: &Account<L::User>, typed: &str) -> Result<Issued, Refusal> {
        let now = i64::try_from(self.now.unix_seconds()).unwrap_or(i64::MAX);
        let token_id = token_id().ok_or_else(|| failed("no randomness for a token id"))?;
        let terms = Terms {
            subject: account.id(),
            username: account.name().unwrap_or(typed),
            issued_at: now,
            signed_at: now,
            token_id: &token_id,
        };
        let mut issued = self.prepare(&terms, &**account.user())?;
        if account.name().is_none() {
            if let Some(username) = text_member(&issued.user, "username") {
                issued.username = username;
            }
        }
        self.sign(issued)
    }

    /// A token on the given terms.
    pub(super) fn mint(&self, terms: Terms<'_>, user: &Arc<L::User>) -> Result<Issued, Refusal> {
        let issued = self.prepare(&terms, &**user)?;
        self.sign(issued)
    }

    fn prepare(&self, terms: &Terms<'_>, user: &impl Serialize) -> Result<Issued, Refusal> {
        let issue = self.dialect.issue();
        let user = public_profile(user, self.dialect.redaction()).map_err(|_| failed("the user does not serialize"))?;
        let lifetime = i64::try_from(issue.lifetime).unwrap_or(i64::MAX);
        let common_issuer = self.context.tokens.issuer.clone();
        Ok(Issued {
            token: String::new(),
            user,
            subject: terms.subject.clone(),
            username: terms.username.to_owned(),
            issued_at: terms.issued_at,
            not_before: terms.signed_at,
            expires_at: terms.signed_at.saturating_add(lifetime),
            token_id: terms.token_id.to_owned(),
            issuer: common_issuer.clone().or(issue.issuer),
            common_issuer,
            audience: self.context.tokens.audience.clone(),
        })
    }

    fn sign(&self, mut issued: Issued) -> Result<Issued, Refusal> {
        let issue = self.dialect.issue();
        let key = self.context.keys.signer(issue.algorithm, issue.key_id.as_deref());
        let key = key.ok_or_else(|| failed("no key signs for this contract"))?;
        let claims = self.dialect.claims(&issued.grant());
        let token = (!claims.is_empty()).then(|| sign(key, issue.header, &claims)).flatten();
        issued.token = token.ok_or_else(|| failed("the token could not be signed"))?;
        Ok(issued)
    }
}

/// 16 random alphanumerics, 95 bits: what the contract `tokens` has as `jti`.
pub(super) fn token_id() -> Option<String> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    // Bytes beyond the last whole multiple of 62 are thrown away, so that every character is as likely.
    const FAIR: u8 = 248;
    let mut id = String::with_capacity(TOKEN_ID_LENGTH);
    while id.len() < TOKEN_ID_LENGTH {
        let mut bytes = [0; TOKEN_ID_LENGTH];
        getrandom::fill(&mut bytes).ok()?;
        let fair = bytes.into_iter().filter(|byte| *byte < FAIR);
        let letters = fair.filter_map(|byte| ALPHABET.get(usize::from(byte % 62)));
        id.extend(letters.take(TOKEN_ID_LENGTH - id.len()).map(|letter| char::from(*letter)));
    }
    Some(id)
}

fn failed(what: &'static str) -> Refusal {
    telemetry::failed(what);
    Refusal::Failed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s41_token_ids_are_sixteen_alphanumerics_and_differ() {
        let ids: std::collections::HashSet<String> = (0..1000).filter_map(|_| token_id()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())));
    }
}
