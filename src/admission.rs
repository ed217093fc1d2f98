//! Who may come in: an account and what it shows, judged. Login routes, Basic, Bearer and refresh all ask here, so a
//! blocked user is out at every door.

use std::sync::Arc;

use crate::{
    Account, BoxError, ClientAddr, Password, Subject, TokenClaims,
    clock::Timestamp,
    context::Context,
    dialect::Refusal,
    lookup::{Asking, Identifier, Lookup, Query, ask, is_unanswered},
    password::{Undone, Unverified},
    rejection::{Rejection, RejectionKind},
    store::ThrottleKey,
    telemetry::{self, Question, Span},
    throttle::{Attempt, Locked, Throttle},
    token::TokenKey,
};

/// The account of somebody who may come in, shared at once since it goes on through many hands; or why not.
pub(crate) type Judged<U> = Result<Arc<Account<U>>, Denied>;

/// Why somebody may not come in.
#[derive(Debug)]
pub(crate) enum Denied {
    UnknownUser,
    WrongPassword,
    NoPassword,
    Blocked,
    Unconfirmed,
    /// The token is older than the user's last "log out everywhere".
    Superseded,
    /// Too many failures: no password is verified now.
    Locked(Locked),
    /// No room for the hashing, for so many seconds.
    Overloaded(u64),
    /// It could not be told.
    Unavailable(BoxError),
}

impl<L: Lookup> Context<L> {
    /// Asks for the subject of a verified token, in a span of its own: for whoever does more than that.
    pub(crate) async fn ask_subject_in_span(&self, claims: &TokenClaims) -> Result<Option<Account<L::User>>, BoxError> {
        Span::lookup(Question::Subject).around(async { self.ask_subject(claims).await }).await
    }

    /// Asks for the subject of a verified token.
    #[inline(always)]
    pub(crate) fn ask_subject(&self, claims: &TokenClaims) -> Asking<L::Future> {
        let query = Query::Subject { id: claims.subject().clone(), claims: claims.clone() };
        ask(&self.lookup, query, self.lookup_timeout, &self.gate.lookups)
    }

    /// The account of somebody with a password. Every denial costs the same hashing, but for that of a locked account,
    /// which costs none.
    pub(crate) async fn admit_password(
        self: Arc<Self>,
        identifier: Option<Identifier>,
        password: Password,
        client: Option<ClientAddr>,
    ) -> Judged<L::User> {
        let (account, guesser) = self.ask_who(identifier, &password, client).await?;
        let verified = self.verify(account.as_ref(), &password, guesser).await?;
        judge(account, verified)
    }

    /// The account that somebody names, and with it the guess as far as that is made already.
    pub(crate) async fn ask_who(
        &self,
        identifier: Option<Identifier>,
        password: &Password,
        client: Option<ClientAddr>,
    ) -> Result<(Option<Account<L::User>>, Guesser), Denied> {
        let throttle = &self.throttle;
        let name = Throttle::name(identifier.as_ref().map_or("", Identifier::as_str));
        // A lookup that verifies passwords itself makes the guess, so the guess is counted before it is asked.
        let early = match self.lookup_verifies {
            true => Some(throttle.attempt(name, client).await?),
            false => None,
        };
        early.iter().for_each(Attempt::begin);
        let asking = async {
            match self.ask_login(identifier, || password.clone()) {
                Some(asking) => asking.await,
                None => Ok(None),
            }
        };
        match Span::lookup(Question::Login).around(asking).await {
            Ok(account) => Ok((account, Guesser { name, client, early })),
            Err(error) => {
                // An error is the lookup's word that nothing was verified. What it was too slow to say, or panicked over,
                // may be that the password is wrong.
                if !is_unanswered(&error) {
                    release(early).await;
                }
                Err(Denied::Unavailable(error))
            }
        }
    }

    /// Asks for somebody about to log in. `None` when nobody can be called so, or has such a password: a directory takes
    /// an empty one for an anonymous bind, which succeeds (RFC 4513 §5.1.2), and a contract may have taken it for one.
    pub(crate) fn ask_login(
        &self,
        identifier: Option<Identifier>,
        password: impl FnOnce() -> Password,
    ) -> Option<Asking<L::Future>> {
        let identifier = identifier.filter(Identifier::can_name)?;
        let password = Some(password()).filter(|password| !password.expose().is_empty())?;
        let query = Query::Login { identifier, password };
        Some(ask(&self.lookup, query, self.lookup_timeout, &self.gate.lookups))
    }

    /// Counts a guess, and verifies the password against the account that was found, or against none at the same cost.
    ///
    /// It is counted at the name and at the account. Many names may be one account; and counted at the account alone, a
    /// lock would not hold at a spelling or door by which nobody is found, and so tell that somebody has it.
    pub(crate) async fn verify(
        &self,
        account: Option<&Account<L::User>>,
        password: &Password,
        guesser: Guesser,
    ) -> Result<Result<(), Unverified>, Locked> {
        let (throttle, Guesser { name, client, early }) = (&self.throttle, guesser);
        let is_told = account.is_some_and(|account| account.password.is_told());
        // Where the lookup may have verified it, the guess is made, whatever else becomes of it.
        let is_made = is_told || early.is_some();
        let at_name = match early {
            Some(early) => early,
            None => throttle.attempt(name, client).await?,
        };
        if is_made {
            at_name.begin();
        }
        let attempt = if let Some(account) = account {
            // Locked, it is so for the right password too.
            at_name.and(throttle.attempt_at(Throttle::account(account.id()), client).await?)
        } else {
            throttle.attempt_at_nobody(name, client).await;
            at_name
        };
        if is_made {
            attempt.begin();
        }
        let shown = account.map(|account| (account.id(), &account.password));
        let verified = match is_told && !self.lookup_verifies {
            true => Err(Unverified::Unannounced),
            false => self.passwords.verify(shown, password, || attempt.begin()).await,
        };
        match verified {
            Ok(()) => attempt.succeed().await,
            // Taken back behind the answer, which would wait for a step more where there is an account.
            Err(Unverified::Undone(_)) if !is_made => attempt.put_off(),
            Err(_) => {}
        }
        Ok(verified)
    }
}

/// Who guesses, as far as failures are counted.
pub(crate) struct Guesser {
    /// Of the name that was typed.
    pub(crate) name: ThrottleKey,
    pub(crate) client: Option<ClientAddr>,
    /// The guess, where it had to be counted before the lookup.
    pub(crate) early: Option<Attempt>,
}

/// The account of somebody whose password was verified.
pub(crate) fn judge<U>(account: Option<Account<U>>, verified: Result<(), Unverified>) -> Judged<U> {
    match (account, verified) {
        (Some(account), Ok(())) => standing(&account).map(|()| Arc::new(account)),
        (None, Ok(()) | Err(Unverified::Wrong | Unverified::NoPassword)) => Err(Denied::UnknownUser),
        (Some(_), Err(Unverified::Wrong)) => Err(Denied::WrongPassword),
        (Some(_), Err(Unverified::NoPassword)) => Err(Denied::NoPassword),
        (_, Err(Unverified::Undone(Undone::Overloaded(seconds)))) => Err(Denied::Overloaded(seconds)),
        (_, Err(Unverified::Undone(Undone::Lost))) => Err(lost("a password verification was lost")),
        (_, Err(Unverified::Unannounced)) => {
            Err(lost("the lookup verifies passwords, and the builder's `lookup_verifies_passwords` was not called"))
        }
    }
}

fn lost(why: &'static str) -> Denied {
    telemetry::failed(why);
    Denied::Unavailable(why.into())
}

/// Whether the sessions still know a verified token as good, by every name it has there. Tokens and tickets ask here;
/// of sessions that were never used nothing is asked, and no name is made.
pub(crate) fn admit_token<L, const N: usize>(
    context: &Context<L>,
    claims: &TokenClaims,
    names: impl FnOnce() -> [TokenKey; N],
    now: Timestamp,
) -> Result<(), RejectionKind> {
    let sessions = &context.sessions;
    if sessions.is_unused() {
        return Ok(());
    }
    if sessions.is_stale(now) {
        return Err(RejectionKind::Unavailable);
    }
    if names().iter().any(|name| sessions.is_revoked(name, now)) {
        return Err(RejectionKind::RevokedToken);
    }
    if is_superseded(context, claims.subject(), claims, now) { Err(RejectionKind::SupersededToken) } else { Ok(()) }
}

/// Whether the token is from before the moment `user`, whom it is about, was revoked. Claims count whole seconds: a
/// token of that very second is from before.
pub(crate) fn is_superseded<L>(context: &Context<L>, user: &Subject, claims: &TokenClaims, now: Timestamp) -> bool {
    let since = context.sessions.valid_since(user, now);
    since.is_some_and(|since| claims.issued() < since)
}

/// The account of a verified token, from the answer to the question for its subject.
pub(crate) fn admit_subject<L: Lookup>(
    context: &Context<L>,
    answer: Result<Option<Account<L::User>>, BoxError>,
    claims: &TokenClaims,
    now: Timestamp,
) -> Judged<L::User> {
    let account = Arc::new(answer.map_err(Denied::Unavailable)?.ok_or(Denied::UnknownUser)?);
    let superseded = account.valid_since.is_some_and(|since| claims.iat().is_none_or(|iat| iat < since.numeric_date()));
    // An old system's token may call the user otherwise, who is revoked under the account's own id.
    let is_renamed = !context.sessions.is_unused() && !account.id().is_same_user(claims.subject());
    if superseded || (is_renamed && is_superseded(context, account.id(), claims, now)) {
        Err(Denied::Superseded)
    } else {
        standing(&account).map(|()| account)
    }
}

fn standing<U>(account: &Account<U>) -> Result<(), Denied> {
    if account.unconfirmed {
        return Err(Denied::Unconfirmed);
    }
    if account.blocked {
        return Err(Denied::Blocked);
    }
    Ok(())
}

/// Takes a guess back that was none.
pub(crate) async fn release(attempt: Option<Attempt>) {
    if let Some(attempt) = attempt {
        attempt.release().await;
    }
}

impl From<Locked> for Denied {
    fn from(locked: Locked) -> Self {
        Self::Locked(locked)
    }
}

impl Denied {
    /// Seconds until a locked account's passwords are verified again, or there is room for the hashing.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Locked(locked) => Some(locked.retry_after),
            Self::Overloaded(seconds) => Some(*seconds),
            _ => None,
        }
    }

    /// What a login route makes of it; unknown user, wrong password and none stored are one unless `disclosed`.
    pub(crate) fn at_login(&self, disclosed: bool) -> Refusal {
        match self {
            Self::UnknownUser if disclosed => Refusal::UnknownUser,
            Self::WrongPassword if disclosed => Refusal::WrongPassword,
            Self::NoPassword if disclosed => Refusal::NoPassword,
            Self::UnknownUser | Self::WrongPassword | Self::NoPassword | Self::Superseded => {
                Refusal::InvalidCredentials
            }
            Self::Blocked => Refusal::BlockedUser,
            Self::Unconfirmed => Refusal::UnconfirmedUser,
            Self::Locked(_) => Refusal::Throttled,
            Self::Overloaded(_) => Refusal::Overloaded,
            Self::Unavailable(_) => Refusal::Failed,
        }
    }

    /// What a refresh makes of it.
    pub(crate) fn at_refresh(&self) -> Refusal {
        match self {
            Self::Unavailable(_) => Refusal::Failed,
            Self::Overloaded(_) => Refusal::Overloaded,
            Self::Locked(_) => Refusal::Throttled,
            _ => Refusal::UserGone,
        }
    }

    /// What a guarded route makes of it.
    pub(crate) fn at_guard(self, by_password: bool) -> Rejection {
        let kind = match self {
            Self::Unavailable(error) => return Rejection::unavailable(error, !by_password),
            Self::Locked(locked) => return Rejection::throttled(locked.retry_after),
            Self::Overloaded(seconds) => return Rejection::overloaded(seconds),
            Self::UnknownUser if by_password => RejectionKind::InvalidPassword,
            Self::WrongPassword | Self::NoPassword => RejectionKind::InvalidPassword,
            Self::UnknownUser => RejectionKind::UnknownUser,
            Self::Blocked => RejectionKind::BlockedUser,
            Self::Unconfirmed => RejectionKind::UnconfirmedUser,
            Self::Superseded => RejectionKind::SupersededToken,
        };
        if by_password { Rejection::by_password(kind) } else { kind.into() }
    }
}
