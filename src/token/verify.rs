//! From the text of a token to claims that may be trusted. The hot path: no key is built here, no header of a known
//! spelling is parsed, and no claim is read before the signature holds.
//!
//! Accepted is a token that is, in this order:
//! 1. within the size limit, and three base64url parts without padding, white space or spare bits (RFC 7515 §7.1),
//!    which leaves it no byte that is not ASCII;
//! 2. headed by one JSON object of different names, typed as a JWT, with nothing critical (`header.rs`);
//! 3. signed by a configured key of the header's algorithm and `kid`;
//! 4. a claims set: one JSON object of different names, naming a subject, with the right JSON types;
//! 5. of the issuer that its key is bound to, or else the configured one, and for the audience of its key, or else the
//!    configured one, when there are such;
//! 6. within its times: `exp` required, `nbf` and `iat` not in the future, each with the leeway.

use base64::{Engine, decoded_len_estimate, engine::general_purpose::URL_SAFE_NO_PAD};
use memchr::{memchr, memrchr};

use super::{
    KeyRing, TokenClaims, VerifyingKey,
    header::{Header, Purpose},
    registered::Registered,
};
use crate::clock::Timestamp;

/// Room for the signature of an RSA key of 8192 bits, the longest there is, as the decoder estimates it.
const SIGNATURE_LIMIT: usize = 1026;

/// What every token is held to.
#[derive(Clone, Debug)]
pub(crate) struct TokenPolicy {
    /// Bytes.
    pub(crate) size_limit: usize,
    /// Seconds by which clocks may differ.
    pub(crate) leeway: i64,
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
}

/// Until when a token counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// Until its `exp`.
    Expiry,
    /// A ticket, until its `exp` to the second: the leeway would be a second lifetime.
    Ticket,
    /// `exp` may have passed, but not this many seconds since `iat`: for a refresh, which also needs all the claims
    /// that a refreshable token has.
    Refresh(i64),
    /// The same, but counted from when this token was signed, its `nbf`: each refresh opens the window anew.
    Sliding(i64),
}

/// Why a token does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    TooLong,
    /// Not three base64url parts with JSON objects in the first two.
    Malformed,
    /// A header that selects no configured key, or asks for what is not supported.
    Unsupported,
    Signature,
    /// A claim that is required is not there.
    MissingClaim,
    /// Another issuer, or another audience.
    Foreign,
    Expired,
    /// `nbf` or `iat` lies in the future.
    NotYetValid,
    /// The refresh window has passed.
    WindowPassed,
}

impl TokenPolicy {
    pub(crate) fn verify(
        &self,
        keys: &KeyRing,
        token: &[u8],
        now: Timestamp,
        window: Window,
    ) -> Result<TokenClaims, Fault> {
        if token.len() > self.size_limit {
            return Err(Fault::TooLong);
        }
        let parts = Parts::split(token).ok_or(Fault::Malformed)?;
        let claims = decode(parts.claims).ok_or(Fault::Malformed)?;
        let key = parts.verify(keys, window.purpose())?;
        let json = String::from_utf8(claims).map_err(|_| Fault::Malformed)?;
        let registered = Registered::parse(&json).ok_or(Fault::Malformed)?;
        self.judge(&registered, key, now, window)?;
        let read = registered.read().ok_or(Fault::MissingClaim)?;
        Ok(TokenClaims::new(json, read, key))
    }

    /// The moment from which no door accepts the token: its own end, or that of the refresh window if it is later and
    /// the token has what a refresh asks for.
    pub(crate) fn last_moment(&self, claims: &TokenClaims, window: Window) -> Timestamp {
        let window_ends = match window {
            Window::Expiry | Window::Ticket => i64::MIN,
            _ if !claims.may_be_refreshed() => i64::MIN,
            Window::Refresh(seconds) => claims.iat().unwrap_or_default().saturating_add(seconds),
            Window::Sliding(seconds) => claims.nbf().unwrap_or_default().saturating_add(seconds),
        };
        let ends = claims.exp().unwrap_or_default().max(window_ends);
        let ends = u64::try_from(ends).unwrap_or_default();
        Timestamp::from_unix_seconds(ends).plus_seconds(self.leeway.unsigned_abs().saturating_add(1))
    }

    fn judge(&self, claims: &Registered<'_>, key: &VerifyingKey, now: Timestamp, window: Window) -> Result<(), Fault> {
        let issuer = key.bound_issuer().or(self.issuer.as_deref());
        let foreign = issuer.is_some_and(|issuer| claims.issuer.as_deref() != Some(issuer));
        if foreign || !key.recipients.admits(claims, self.audience.as_deref()) {
            return Err(Fault::Foreign);
        }
        let now = now.numeric_date();
        let expires_at = claims.expires_at.ok_or(Fault::MissingClaim)?.floor();
        match window {
            Window::Expiry if self.is_over(expires_at, now) => return Err(Fault::Expired),
            Window::Ticket if now >= expires_at => return Err(Fault::Expired),
            Window::Refresh(seconds) | Window::Sliding(seconds) => {
                let issued_at = claims.issued_at.filter(|_| claims.may_be_refreshed()).ok_or(Fault::MissingClaim)?;
                let opened = match window {
                    Window::Sliding(_) => claims.not_before.unwrap_or(issued_at),
                    _ => issued_at,
                };
                if now > opened.floor().saturating_add(seconds) {
                    return Err(Fault::WindowPassed);
                }
            }
            Window::Expiry | Window::Ticket => {}
        }
        self.require_start(claims.starts_at(), now)
    }

    /// The times of a token that was verified before, whose other claims are what they were.
    pub(crate) fn judge_again(&self, claims: &TokenClaims, now: Timestamp) -> Result<(), Fault> {
        let now = now.numeric_date();
        match claims.exp().is_none_or(|expires_at| self.is_over(expires_at, now)) {
            true => Err(Fault::Expired),
            false => self.require_start(claims.starts_at(), now),
        }
    }

    fn is_over(&self, expires_at: i64, now: i64) -> bool {
        now.saturating_sub(self.leeway) >= expires_at
    }

    fn require_start(&self, starts_at: i64, now: i64) -> Result<(), Fault> {
        if starts_at > now.saturating_add(self.leeway) { Err(Fault::NotYetValid) } else { Ok(()) }
    }
}

impl Window {
    fn purpose(self) -> Purpose {
        match self {
            Self::Expiry | Self::Refresh(_) | Self::Sliding(_) => Purpose::Access,
            Self::Ticket => Purpose::Ticket,
        }
    }
}

/// The three parts of the compact form, still encoded.
struct Parts<'a> {
    header: &'a [u8],
    claims: &'a [u8],
    signature: &'a [u8],
    /// Header and claims with the dot between them: what the signature covers.
    signed: &'a [u8],
}

impl<'a> Parts<'a> {
    fn split(token: &'a [u8]) -> Option<Self> {
        let first = memchr(b'.', token)?;
        let last = memrchr(b'.', token)?;
        let (signed, signature) = (token.get(..last)?, token.get(last + 1..)?);
        // A fourth part would leave a dot in the claims, which no decoder of theirs takes.
        let (header, claims) = (token.get(..first)?, token.get(first + 1..last)?);
        Some(Self { header, claims, signature, signed })
    }

    /// The configured key that signed this.
    fn verify<'k>(&self, keys: &'k KeyRing, purpose: Purpose) -> Result<&'k VerifyingKey, Fault> {
        let mut buffer = [0; SIGNATURE_LIMIT];
        let length = URL_SAFE_NO_PAD.decode_slice(self.signature, &mut buffer).map_err(|_| Fault::Malformed)?;
        let signature = buffer.get(..length).ok_or(Fault::Malformed)?;
        let parsed;
        let known = keys.known_header(self.header).filter(|_| purpose == Purpose::Access);
        let (algorithm, key_id) = if let Some(known) = known {
            known
        } else {
            let json = decode(self.header).and_then(|json| String::from_utf8(json).ok()).ok_or(Fault::Malformed)?;
            parsed = Header::parse(&json).ok_or(Fault::Malformed)?;
            (parsed.algorithm(purpose).ok_or(Fault::Unsupported)?, parsed.key_id.as_deref())
        };
        // A key of others makes no tickets of ours.
        let ours = |key: &&VerifyingKey| purpose == Purpose::Access || !key.is_of_others();
        let mut candidates = keys.candidates(algorithm, key_id).filter(ours).peekable();
        if candidates.peek().is_none() {
            return Err(Fault::Unsupported);
        }
        candidates.find(|key| key.verify(self.signed, signature)).ok_or(Fault::Signature)
    }
}

fn decode(part: &[u8]) -> Option<Vec<u8>> {
    // Not `decode`: zeroed memory costs twice as much as other.
    let mut bytes = Vec::with_capacity(decoded_len_estimate(part.len()));
    URL_SAFE_NO_PAD.decode_vec(part, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests;
