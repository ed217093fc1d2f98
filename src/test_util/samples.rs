//! Samples of what a contract is asked, for the tests of one.

use std::{sync::LazyLock, time::Duration};

use serde_json::value::RawValue;

use crate::{
    RejectionKind, Subject, Timestamp,
    dialect::{Grant, Granted, GuardRefused, Operation, Refusal, Refused},
};

static ADA: LazyLock<Subject> = LazyLock::new(|| Subject::from(1));

const NOW: Timestamp = Timestamp::from_unix_seconds(1_700_000_000);

impl Grant<'static> {
    /// What a token of user 1 says, called `ada`: signed at 1 700 000 000, good for an hour, and of no issuer.
    ///
    /// ```
    /// use tower_auth::dialect::{Dialect, Grant, Login, Refusal, Refused};
    ///
    /// let claims = Login::new().claims(&Grant::sample())?;
    /// assert_eq!(claims, br#"{"id":1,"username":"ada","iat":1700000000,"exp":1700003600}"#);
    /// let answer = Login::new().refused(&Refused::sample(Refusal::BlockedUser));
    /// assert_eq!(answer.into_response().status(), 403);
    /// # Ok::<(), tower_auth::BoxError>(())
    /// ```
    pub fn sample() -> Self {
        Self {
            subject: &ADA,
            username: "ada",
            issued_at: NOW,
            not_before: NOW,
            expires_at: NOW + Duration::from_secs(3600),
            token_id: "J92UFQSeZ3D1ORXS",
            issuer: None,
            common_issuer: None,
            audience: None,
        }
    }
}

impl<'a> Granted<'a> {
    /// A login that [`Grant::sample`] was granted to, with a token and the public part of its user; uncounted.
    pub fn sample(token: &'a str, user: &'a RawValue) -> Self {
        Self { operation: Operation::Login, token, grant: Grant::sample(), user, rate: None }
    }
}

impl Refused<'static> {
    /// A login at `/login` that was refused at 1 700 000 000; uncounted.
    pub fn sample(refusal: Refusal) -> Self {
        Self { refusal, operation: Operation::Login, path: "/login", now: NOW, rate: None }
    }
}

impl GuardRefused<'static> {
    /// A request to `/me` that was refused at 1 700 000 000.
    pub fn sample(kind: RejectionKind) -> Self {
        Self { kind, path: "/me", now: NOW }
    }
}
