//! Every reason for a refusal: name, status, RFC 6750 code, gRPC status, and the one sentence a client sees.

use std::fmt;

use http::StatusCode;

use crate::error_code::ErrorCode;

/// A row of the table.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) status: StatusCode,
    pub(super) code: Option<ErrorCode>,
    pub(super) grpc: &'static str,
    pub(super) detail: &'static str,
    pub(super) problem: &'static str,
}

macro_rules! rejections {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $status:ident $number:literal $title:literal, $code:expr, $grpc:literal, $detail:literal;)*) => {
        /// Why a request was refused.
        ///
        /// Read it off a refusal with `response.extensions().get::<Rejection>()`, to count or to log.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum RejectionKind {
            $($(#[$doc])* $kind,)*
        }

        #[cfg(any(test, feature = "openapi"))]
        impl RejectionKind {
            pub(crate) const ALL: &[Self] = &[$(Self::$kind),*];
        }

        pub(super) const fn row(kind: RejectionKind) -> Row {
            match kind {
                $(RejectionKind::$kind => Row {
                    name: $name,
                    status: StatusCode::$status,
                    code: $code,
                    grpc: $grpc,
                    detail: $detail,
                    // RFC 9457 §3
                    problem: concat!(
                        r#"{"type":"about:blank","title":""#, $title, r#"","status":"#, $number,
                        r#","detail":""#, $detail, r#""}"#
                    ),
                },)*
            }
        }
    };
}

const INVALID_TOKEN: Option<ErrorCode> = Some(ErrorCode::InvalidToken);

rejections! {
    /// No credentials, or none where the layer looks for them.
    MissingCredentials = "missing_credentials", UNAUTHORIZED 401 "Unauthorized", None, "16", "credentials are required";
    /// A scheme that is not served here.
    UnsupportedScheme = "unsupported_scheme", UNAUTHORIZED 401 "Unauthorized", None, "16", "the authentication scheme is not supported";
    /// More than one credential: which one is meant cannot be told.
    SeveralCredentials = "several_credentials", BAD_REQUEST 400 "Bad Request", Some(ErrorCode::InvalidRequest), "16", "send one credential, not several";
    /// A `Basic` field that cannot be read.
    MalformedBasic = "malformed_basic", UNAUTHORIZED 401 "Unauthorized", None, "16", "the credentials are malformed";
    /// A user-id and password that do not belong together, or to anybody.
    InvalidPassword = "invalid_password", UNAUTHORIZED 401 "Unauthorized", None, "16", "the user-id or the password is wrong";
    /// A `Bearer` field or token that cannot be read.
    MalformedToken = "malformed_token", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the token is malformed";
    /// A token whose header selects no configured key, or asks for what is not supported.
    UnsupportedToken = "unsupported_token", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the token is not of a supported kind";
    /// A token that no configured key signed.
    InvalidSignature = "invalid_signature", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the signature of the token does not hold";
    /// A token without a claim that is required.
    MissingClaim = "missing_claim", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the token lacks a required claim";
    /// A token of another issuer, or for another audience.
    ForeignToken = "foreign_token", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the token was not issued for this service";
    /// A token past its `exp`.
    ExpiredToken = "expired_token", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the token has expired";
    /// A token before its `nbf` or its `iat`.
    EarlyToken = "early_token", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the token is not valid yet";
    /// A token that was revoked, or refreshed a while ago.
    RevokedToken = "revoked_token", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the token is no longer valid";
    /// A token from before the moment its user logged out everywhere.
    SupersededToken = "superseded_token", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the token is no longer valid";
    /// A good token whose user is gone.
    UnknownUser = "unknown_user", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the user of the token is not known";
    /// A good credential whose user is blocked.
    BlockedUser = "blocked_user", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the account is blocked";
    /// A good credential whose user has not confirmed the account.
    UnconfirmedUser = "unconfirmed_user", UNAUTHORIZED 401 "Unauthorized", INVALID_TOKEN, "16", "the account is not confirmed";
    /// A good credential that is not for this.
    InsufficientScope = "insufficient_scope", FORBIDDEN 403 "Forbidden", Some(ErrorCode::InsufficientScope), "7", "the credentials do not cover this request";
    /// Too many wrong passwords for this account: none is verified now.
    Throttled = "throttled", TOO_MANY_REQUESTS 429 "Too Many Requests", None, "8", "too many failed attempts, try again later";
    /// Cross-site request forgery: a token in a cookie, on a request that nothing shows to be from one of the service's
    /// own pages; or a Basic password, which browsers store under
    /// [`offer_basic`](crate::AuthLayerBuilder::offer_basic), on a request that the browser says another site's page
    /// sent.
    CrossSite = "cross_site", FORBIDDEN 403 "Forbidden", None, "7", "what a browser adds by itself counts here only when a page of this service sends it; other clients send the token as Bearer";
    /// The user lookup, or a store, could not tell.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE 503 "Service Unavailable", None, "14", "the credentials cannot be checked at the moment";
    /// Too much password hashing at once.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE 503 "Service Unavailable", None, "8", "too many logins at the moment";
}

impl RejectionKind {
    /// A stable name, for counters and logs.
    pub fn as_str(self) -> &'static str {
        row(self).name
    }

    pub(crate) fn status(self) -> StatusCode {
        row(self).status
    }

    pub(crate) fn code(self) -> Option<ErrorCode> {
        row(self).code
    }

    /// The RFC 9457 body.
    pub(crate) fn problem(self) -> &'static str {
        row(self).problem
    }
}

impl fmt::Display for RejectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_one_problem_and_agrees_with_rfc_6750() {
        for kind in RejectionKind::ALL {
            let row = row(*kind);
            let problem: serde_json::Value = serde_json::from_str(row.problem).unwrap();
            assert_eq!(problem["status"], row.status.as_u16());
            assert_eq!(problem["title"], row.status.canonical_reason().unwrap());
            assert_eq!(problem["detail"], row.detail);
            // RFC 6750 §3.1 fixes the status of each code.
            let status = match row.code {
                Some(ErrorCode::InvalidRequest) => 400,
                Some(ErrorCode::InvalidToken) => 401,
                Some(ErrorCode::InsufficientScope) => 403,
                None => row.status.as_u16(),
            };
            assert_eq!(row.status, status, "{}", row.name);
        }
    }

    #[test]
    fn every_row_is_a_grpc_status_that_fits_and_a_message_that_needs_no_encoding() {
        for kind in RejectionKind::ALL {
            let row = row(*kind);
            let fits: &[&str] = match row.status.as_u16() {
                400 | 401 => &["16"],
                403 => &["7"],
                429 => &["8"],
                503 => &["14", "8"],
                other => panic!("{other} has no status of gRPC"),
            };
            assert!(fits.contains(&row.grpc), "{}: {}", row.name, row.grpc);
            // `Percent-Byte-Unencoded` of the gRPC over HTTP/2 protocol.
            assert!(row.detail.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'%'), "{}", row.detail);
        }
    }

    #[test]
    fn names_are_different() {
        let mut names: Vec<_> = RejectionKind::ALL.iter().map(|kind| kind.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RejectionKind::ALL.len());
    }
}
