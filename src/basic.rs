//! Basic on guarded routes. The account is looked up on every request, so standing and stored hash are those of now; a
//! password that was found right a moment ago is known again, and every other one is hashed as at a login.
//!
//! A lookup that verifies passwords itself, for some accounts or for all, makes the guess: that is counted before.
//! Unless this very password was found right a moment ago for who types this name, and by a stored hash. Any other
//! password ends that before the lookup is asked.

use std::{pin::Pin, sync::Arc};

use crate::{
    Account, BoxError, ClientAddr,
    admission::{Denied, Guesser, Judged, judge},
    clock::Timestamp,
    context::Context,
    credentials::BasicCredentials,
    lookup::{Asking, Identifier, Lookup},
    password::{BasicCache, Basis, Claimant, Shown, Version},
    throttle::{Attempt, Throttle},
};

/// What the answer to the lookup comes to.
pub(crate) enum Recognised<U> {
    /// Known again, or refused without any hashing.
    AtOnce(Judged<U>),
    /// To be hashed.
    Hashing(Pin<Box<dyn Future<Output = Judged<U>> + Send>>),
}

impl<L: Lookup> Context<L> {
    /// Asks whose user-id this is. `None` when nobody is called so.
    pub(crate) fn ask_basic(&self, basic: &BasicCredentials) -> Option<Asking<L::Future>> {
        let identifier = Identifier::Username(basic.user_id().to_owned());
        self.ask_login(Some(identifier), || basic.password())
    }

    /// Whether the guess has to be counted before the lookup is asked.
    pub(crate) fn guesses_first(&self, basic: &BasicCredentials, client: Option<ClientAddr>, now: Timestamp) -> bool {
        let knows = |cache: &BasicCache| {
            let fingerprint = cache.fingerprint(basic.user_pass());
            cache.knows_typed(&Claimant::name(basic.user_id(), client), &fingerprint, now)
        };
        self.lookup_verifies && !self.basic_cache.as_ref().is_some_and(knows)
    }

    /// The whole of it where the guess is counted first.
    pub(crate) async fn admit_basic(
        self: Arc<Self>,
        basic: BasicCredentials,
        client: Option<ClientAddr>,
        now: Timestamp,
    ) -> Judged<L::User> {
        let identifier = Identifier::Username(basic.user_id().to_owned());
        let password = basic.password();
        let (account, guesser) = self.ask_who(Some(identifier), &password, client).await?;
        if account.as_ref().is_some_and(|account| !account.password.is_told()) {
            return match self.recognise(Ok(account), &basic, client, now, guesser.early) {
                Recognised::AtOnce(admitted) => admitted,
                Recognised::Hashing(admitting) => admitting.await,
            };
        }
        let verified = self.verify(account.as_ref(), &password, guesser).await?;
        judge(account, verified)
    }

    /// Known again, or to be hashed. An `early` guess is made, and is taken back only where the password is known, or
    /// another found it right meanwhile.
    pub(crate) fn recognise(
        self: &Arc<Self>,
        answer: Result<Option<Account<L::User>>, BoxError>,
        basic: &BasicCredentials,
        client: Option<ClientAddr>,
        now: Timestamp,
        mut early: Option<Attempt>,
    ) -> Recognised<L::User> {
        let account = match answer {
            Ok(account) => account,
            Err(error) => return Recognised::AtOnce(Err(Denied::Unavailable(error))),
        };
        let keeps = account.as_ref().is_some_and(Account::is_welcome);
        let mut shown = None;
        if let Some(cache) = self.cache_for(account.as_ref()) {
            let claimant = match &account {
                Some(account) => Claimant::account(account.id(), client),
                None => Claimant::name(basic.user_id(), client),
            };
            let fingerprint = cache.fingerprint(basic.user_pass());
            let known = keeps && cache.knows(&claimant, &fingerprint, version(account.as_ref()), now);
            self.gate.recalled(known);
            match account {
                Some(account) if known => {
                    early.iter().for_each(Attempt::put_off);
                    return Recognised::AtOnce(Ok(Arc::new(account)));
                }
                // Who is let in again later has the password verified again.
                _ if !keeps => cache.forget(&claimant),
                _ => {}
            }
            shown = Some(Shown { claimant, fingerprint, basis: Basis::of(version(account.as_ref())) });
        }
        let typed = self.lookup_verifies.then(|| Claimant::name(basic.user_id(), client));
        if let (Some(cache), Some(typed)) = (&self.basic_cache, &typed) {
            cache.forget_typed(typed);
        }
        let (context, password, name) = (Arc::clone(self), basic.password(), Throttle::name(basic.user_id()));
        let counted = early.is_some();
        Recognised::Hashing(Box::pin(async move {
            let mut verify =
                || context.verify(account.as_ref(), &password, Guesser { name, client, early: early.take() });
            let verified = match (&context.basic_cache, shown) {
                (Some(cache), Some(shown)) => {
                    let fingerprint = shown.fingerprint;
                    let verified = cache.verify_once(shown, now, keeps, counted, verify).await?;
                    if verified.is_ok() {
                        // Left where another had it verified meanwhile.
                        early.iter().for_each(Attempt::put_off);
                    }
                    if let (Some(typed), true) = (typed, keeps && verified.is_ok()) {
                        cache.was_typed(typed, fingerprint, now);
                    }
                    verified
                }
                _ => verify().await?,
            };
            judge(account, verified)
        }))
    }

    /// `None` when there is no cache: it is switched off, or the closure has verified this very query itself.
    fn cache_for(&self, account: Option<&Account<L::User>>) -> Option<&BasicCache> {
        let is_told = account.is_some_and(|account| account.password.is_told());
        self.basic_cache.as_ref().filter(|_| !is_told)
    }
}

fn version<U>(account: Option<&Account<U>>) -> Version<'_> {
    let proof = account.map(|account| &account.password);
    Version { proof, valid_since: account.and_then(|account| account.valid_since) }
}
