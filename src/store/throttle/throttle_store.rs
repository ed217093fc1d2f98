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
