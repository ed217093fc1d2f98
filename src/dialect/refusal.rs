//! `Refusal`: every reason why a login route does not do what it is asked for: name, status, and the words where a
//! contract's document has none of its own.

use std::fmt;

use http::StatusCode;

use super::FormError;

macro_rules! refusals {
    ($($(#[$doc:meta])* $refusal:ident = $name:literal, $status:ident $words:expr;)*) => {
        /// Why a login route refused a request, or failed it. Every such answer carries it in its extensions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Refusal {
            /// A body that cannot be read, and what is wrong with it.
            MalformedBody(&'static str),
            $($(#[$doc])* $refusal,)*
        }

        impl Refusal {
            #[cfg(feature = "openapi")]
            pub(crate) const ALL: &[Self] =
                &[Self::MalformedBody("The request body cannot be read"), $(Self::$refusal),*];

            /// A stable name, for counters and logs.
            pub fn as_str(self) -> &'static str {
                match self {
                    Self::MalformedBody(_) => "malformed_body",
                    $(Self::$refusal => $name,)*
                }
            }

            /// The status, where a contract's document has none of its own.
            pub fn status(self) -> StatusCode {
                self.plainly().0
            }

            /// A sentence for the client, where a contract's document has none of its own.
            pub fn message(self) -> &'static str {
                self.plainly().1
            }

            pub(super) fn plainly(self) -> (StatusCode, &'static str) {
                match self {
                    Self::MalformedBody(what) => (StatusCode::BAD_REQUEST, what),
                    $(Self::$refusal => (StatusCode::$status, $words),)*
                }
            }
        }

        impl fmt::Display for Refusal {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

const WRONG: &str = "The user name or the password is wrong";
const NOT_ACCEPTED: &str = "The token is not accepted";

refusals! {
    /// No user-id, or an empty one.
    MissingUserId = "missing_user_id", BAD_REQUEST "The user name is required";
    /// No password, or an empty one.
    MissingPassword = "missing_password", BAD_REQUEST "The password is required";
    /// A credential that is not text.
    NotText = "not_text", BAD_REQUEST "User name and password have to be text";
    /// A body of a type that is not read here, or an encoded one.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE
        "Send application/json, application/x-www-form-urlencoded or multipart/form-data";
    /// A body beyond the limit.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE "The request body is too large";
    /// A body that took too long to arrive.
    BodyTimedOut = "body_timed_out", REQUEST_TIMEOUT "The request body took too long to arrive";
    /// Unknown user, wrong password, or none stored: one and the same.
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED WRONG;
    /// Unknown user, under `disclose_unknown_users`.
    UnknownUser = "unknown_user", UNAUTHORIZED WRONG;
    /// Wrong password, under `disclose_unknown_users`.
    WrongPassword = "wrong_password", UNAUTHORIZED WRONG;
    /// The account has no password, under `disclose_unknown_users`.
    NoPassword = "no_password", UNAUTHORIZED WRONG;
    /// The credentials are right, the account is blocked.
    BlockedUser = "blocked_user", FORBIDDEN "The account is blocked";
    /// The credentials are right, the account is not confirmed.
    UnconfirmedUser = "unconfirmed_user", FORBIDDEN "The account is not confirmed";
    /// Too many requests of this client, or too many failures at this account.
    Throttled = "throttled", TOO_MANY_REQUESTS "Too many attempts, please try again later";
    /// Too much password hashing at once.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE "Too many logins at the moment, please try again";
    /// Something inside failed: the lookup, a store, signing.
    Failed = "failed", INTERNAL_SERVER_ERROR "An internal server error occurred";
    /// The session store could not be asked, or has no room: nothing was done.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE
        "The service is unavailable at the moment, please try again";
    /// Refresh or logout: no token was sent.
    MissingToken = "missing_token", UNAUTHORIZED NOT_ACCEPTED;
    /// A token in a cookie, and nothing that says that a page of the service's own sent it; or at an exchange a
    /// password, and a browser that was asked for it says that another site's page did.
    CrossSite = "cross_site", FORBIDDEN
        "What a browser adds by itself counts only when a page of this service sends it";
    /// Refresh or logout: not three readable parts.
    MalformedToken = "malformed_token", UNAUTHORIZED NOT_ACCEPTED;
    /// Refresh or logout: no configured key signed it.
    InvalidSignature = "invalid_signature", UNAUTHORIZED NOT_ACCEPTED;
    /// Refresh: it lacks a claim that a refreshable token has.
    MissingClaim = "missing_claim", UNAUTHORIZED NOT_ACCEPTED;
    /// Refresh or logout: another issuer or audience.
    ForeignToken = "foreign_token", UNAUTHORIZED NOT_ACCEPTED;
    /// Refresh or logout: its time has not come.
    EarlyToken = "early_token", UNAUTHORIZED NOT_ACCEPTED;
    /// Refresh or logout: the window in which it could be refreshed has passed.
    RefreshWindowPassed = "refresh_window_passed", UNAUTHORIZED NOT_ACCEPTED;
    /// Refresh: it was refreshed or revoked before.
    RevokedToken = "revoked_token", UNAUTHORIZED NOT_ACCEPTED;
    /// Refresh: its user is gone, blocked or unconfirmed, or has logged out everywhere.
    UserGone = "user_gone", UNAUTHORIZED NOT_ACCEPTED;
}

impl Refusal {
    /// Whether it is about a token that was sent, at refresh or logout.
    pub fn is_of_token(self) -> bool {
        matches!(
            self,
            Self::MalformedToken
                | Self::InvalidSignature
                | Self::MissingClaim
                | Self::ForeignToken
                | Self::EarlyToken
                | Self::RefreshWindowPassed
                | Self::RevokedToken
                | Self::UserGone
        )
    }
}

impl From<FormError> for Refusal {
    fn from(error: FormError) -> Self {
        match error {
            FormError::NotText => Self::NotText,
            FormError::Repeated => Self::MalformedBody("A credential occurs more than once"),
        }
    }
}
