//! `ThrottleStore`: how often somebody tried, and how often somebody failed.

use std::sync::Arc;

use super::{Guess, Rate, RateCount, ThrottleKey, Verdict};
use crate::{clock::Timestamp, store::StoreFuture};

/// Counts requests in windows of time, and failures: at an account, and those of a network at all accounts.
///
/// "Account" below means any key that guesses are counted under: that of an account, of a name, or of a network in one
/// window of time. A store need not tell these apart.
///
/// # What implementers owe
///
/// Every operation is one atomic step, also between processes that share the store: of parallel guesses no more are
/// admitted than the budget has.
///
/// Hostile keys do not make it grow without bound. It may forget early what is not locked, preferably what has counted
/// little: somebody may then try a few times more. It never forgets a known network to make room for failures, or
/// strangers could shut out whom they like, and never a lock that has not ended. When only locks are left, it answers a
/// new key as locked for one second.
///
/// An error is answered by counting in this process's memory, at half of each limit, until the store is back.
///
/// # Examples
///
/// The rules over two tables. What is missing is the bound: these grow with every key.
///
/// ```
/// use std::{collections::HashMap, future::ready, sync::Mutex, time::Duration};
/// use tower_auth::{
///     BoxError, Timestamp,
///     store::{Budget, Guess, Rate, RateCount, StoreFuture, Tally, ThrottleKey, ThrottleStore, Verdict},
/// };
///
/// #[derive(Default)]
/// struct Tables {
///     windows: Mutex<HashMap<ThrottleKey, RateCount>>,
///     tallies: Mutex<HashMap<ThrottleKey, Tally>>,
/// }
///
/// impl ThrottleStore for Tables {
///     fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
///         let mut windows = self.windows.lock().unwrap();
///         let fresh = RateCount::new(rate, 0, now + rate.window());
///         let mut count = windows.get(&key).copied().filter(|count| count.resets_at > now).unwrap_or(fresh);
///         count.used += 1;
///         windows.insert(key, count);
///         Box::pin(ready(Ok(count)))
///     }
///
///     fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict> {
///         let (now, mut tallies) = (guess.now, self.tallies.lock().unwrap());
///         let tally = |key| tallies.get(&key).copied().unwrap_or_default();
///         let mut account = tally(guess.account);
///         let mut client = guess.client.map(|key| (key, tally(key)));
///         if let Some((_, client)) = &mut client
///             && account.cleared != 0
///             && client.failed <= account.cleared
///         {
///             *client = client.emptied();
///         }
///         let known = client.is_some_and(|(_, client)| client.is_known(now));
///         let by_client = client.and_then(|(_, client)| client.locked(now));
///         let by_account = account.locked(now).filter(|_| !known);
///         if let Some(until) = by_client.max(by_account) {
///             return Box::pin(ready(Ok(Verdict::Locked { until })));
///         }
///         if let Some((key, mut client)) = client {
///             client.add(&guess.client_budget, now);
///             tallies.insert(key, client);
///         }
///         if !known {
///             account.add(&guess.account_budget, now);
///             tallies.insert(guess.account, account);
///         }
///         Box::pin(ready(Ok(Verdict::Admitted { known })))
///     }
///
///     fn release(&self, guess: Guess, known: bool) -> StoreFuture<'_, ()> {
///         let mut tallies = self.tallies.lock().unwrap();
///         for key in guess.client.into_iter().chain((!known).then_some(guess.account)) {
///             tallies.entry(key).or_default().undo(guess.now);
///         }
///         Box::pin(ready(Ok(())))
///     }
///
///     fn succeed(&self, guess: Guess) -> StoreFuture<'_, ()> {
///         let mut tallies = self.tallies.lock().unwrap();
///         let client = guess.client.map(|key| tallies.entry(key).or_default());
///         let known = client.as_ref().is_some_and(|client| client.is_known(guess.now));
///         if let Some(client) = client {
///             *client = client.emptied();
///             client.succeeded = guess.now.unix_millis();
///         }
///         if !known {
///             let account = tallies.entry(guess.account).or_default();
///             *account = account.emptied();
///         }
///         Box::pin(ready(Ok(())))
///     }
///
///     fn clear(&self, account: ThrottleKey, now: Timestamp) -> StoreFuture<'_, ()> {
///         let mut cleared = Tally::default();
///         cleared.cleared = now.unix_millis();
///         self.tallies.lock().unwrap().insert(account, cleared);
///         Box::pin(ready(Ok(())))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let (store, account) = (Tables::default(), ThrottleKey::from_bytes([1; 16]));
/// let two_failures = Budget::new(2, 2, 900, 900, 3600); // in 15 minutes, and then a lock of 15 minutes
/// let guess = Guess::new(account, two_failures, Timestamp::from_unix_seconds(1_700_000_000));
/// for _ in 0..2 {
///     assert_eq!(store.guess(guess).await?, Verdict::Admitted { known: false });
/// }
/// let until = guess.now + Duration::from_secs(900);
/// assert_eq!(store.guess(guess).await?, Verdict::Locked { until });
/// store.clear(account, guess.now).await?;
/// assert_eq!(store.guess(guess).await?, Verdict::Admitted { known: false });
/// # Ok(())
/// # }
/// ```
pub trait ThrottleStore: Send + Sync + 'static {
    /// Counts one request, and says how many there are in this window.
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount>;

    /// Takes back a request that was counted and came to nothing; `count` is what [`count`](Self::count) said of it.
    /// Does nothing once its window is over. Defaults to nothing: it stays counted.
    fn uncount(&self, key: ThrottleKey, count: RateCount, now: Timestamp) -> StoreFuture<'_, ()> {
        let _ = (key, count, now);
        Box::pin(async { Ok(()) })
    }

    /// Counts a guess at a password as a failure, before it is verified, unless the account is locked for it.
    ///
    /// There are two tallies, one for [`Guess::account`] and one for [`Guess::client`]. In this order:
    ///
    /// 1. A client's tally that was last counted at or before the moment of a [`clear`](Self::clear) of its account is
    ///    empty, except that a known client stays known.
    /// 2. The client is *known* while its last success is less than [`Tally::KEPT`](super::Tally::KEPT) old.
    /// 3. If the client's tally is locked, or it is not known and the account's is, the answer is
    ///    [`Verdict::Locked`] until the later lock ends, and nothing is counted.
    /// 4. Else [`Tally::add`](super::Tally::add) counts in the client's tally by its budget and, unless the client is
    ///    known, in the account's.
    fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict>;

    /// Takes back a guess that was admitted and not verified: [`Tally::undo`](super::Tally::undo) in the tallies that
    /// counted it. `known` is what the [`Verdict`] said.
    fn release(&self, guess: Guess, known: bool) -> StoreFuture<'_, ()>;

    /// The password was right: empties the client's tally and, unless the client was known, the account's; and makes
    /// the client known from [`Guess::now`] on.
    ///
    /// Successes of a known client leave the account's tally alone, or a program that logs in all the time would make
    /// room for everybody else's guesses.
    fn succeed(&self, guess: Guess) -> StoreFuture<'_, ()>;

    /// Ends every lock of an account, and forgets its failures, on an administrator's decision.
    fn clear(&self, account: ThrottleKey, now: Timestamp) -> StoreFuture<'_, ()>;
}

impl<S: ThrottleStore + ?Sized> ThrottleStore for Arc<S> {
    fn count(&self, key: ThrottleKey, rate: Rate, now: Timestamp) -> StoreFuture<'_, RateCount> {
        (**self).count(key, rate, now)
    }

    fn uncount(&self, key: ThrottleKey, count: RateCount, now: Timestamp) -> StoreFuture<'_, ()> {
        (**self).uncount(key, count, now)
    }

    fn guess(&self, guess: Guess) -> StoreFuture<'_, Verdict> {
        (**self).guess(guess)
    }

    fn release(&self, guess: Guess, known: bool) -> StoreFuture<'_, ()> {
        (**self).release(guess, known)
    }

    fn succeed(&self, guess: Guess) -> StoreFuture<'_, ()> {
        (**self).succeed(guess)
    }

    fn clear(&self, account: ThrottleKey, now: Timestamp) -> StoreFuture<'_, ()> {
        (**self).clear(account, now)
    }
}
